"""What the doctor says of live streams."""

from pathlib import Path

from pamcli.live_devices import cameras, encoders, live_facts, protocols, virtual_cameras


def test_cameras_are_told_from_virtual_ones(tmp_path: Path) -> None:
    names = tmp_path / "class"
    names.mkdir()
    for number, (place, name) in enumerate(
        [("pci0000:00/usb1", "Integrated Camera"), ("virtual/video4linux", "OBS Camera")]
    ):
        device = tmp_path / "devices" / place / f"video{number}"
        device.mkdir(parents=True)
        (device / "name").write_text(f"{name}\n")
        (names / f"video{number}").symlink_to(device)
    assert cameras(names) == ["/dev/video0 (Integrated Camera)"]
    assert virtual_cameras(names) == ["/dev/video1 (OBS Camera)"]


def test_without_cameras_there_are_none(tmp_path: Path) -> None:
    assert cameras(tmp_path / "missing") == virtual_cameras(tmp_path / "missing") == []


def test_everything_that_live_streams_need_is_in_the_package() -> None:
    assert all(encoders().values())
    found = protocols()
    assert all(found[name] for name in ("rtmp", "rtsp", "hls", "udp", "fifo"))


def test_the_doctor_says_so() -> None:
    facts = live_facts()
    assert set(facts) == {"cameras", "virtual cameras", "live", "monitor"}
    assert "missing" not in facts["live"]
