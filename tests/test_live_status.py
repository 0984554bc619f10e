"""What is shown of a link's address."""

import pytest

from pamcli.live_status import LinkState, LinkStatus, masked


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://anna:secret@10.0.0.7:554/cam/1", "rtsp://…@10.0.0.7:554/cam/1"),
        ("rtsp://anna:p@ss@host/cam", "rtsp://…@host/cam"),
        ("rtmp://host/live/abcd-efgh", "rtmp://host/live/…"),
        ("rtmps://u:p@host:443/live/abcd/efgh?x=1", "rtmps://…@host:443/live/…"),
        ("rtmp://host/live?key=abcd", "rtmp://host/live?…"),
        ("https://host/a/index.m3u8?token=abcd&x=1", "https://host/a/index.m3u8?…"),
        ("udp://239.0.0.1:5000", "udp://239.0.0.1:5000"),
        ("/dev/video0", "/dev/video0"),
        ("clip 1.mp4", "clip 1.mp4"),
    ],
)
def test_an_address_shows_no_credentials(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_every_address_in_a_line_is_masked_and_the_rest_stays() -> None:
    line = "rtmp://h/live/key: refused; 'https://u:p@h/x?t=1' (rtsp://a:b@c/d)."
    assert masked(line) == "rtmp://h/live/…: refused; 'https://…@h/x?…' (rtsp://…@c/d)."


def test_masking_again_changes_nothing() -> None:
    once = masked("rtmp://u:p@h/live/key?x=1")
    assert masked(once) == once


def test_a_link_starts_without_counts_and_errors() -> None:
    link = LinkStatus(name="a", state=LinkState.CONNECTING)
    assert (link.reconnects, link.frames, link.error) == (0, 0, "")
