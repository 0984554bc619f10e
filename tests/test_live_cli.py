"""`pamcli live`: what is refused, in one line, before anything runs; and a short run."""

import json
from pathlib import Path

import av
import numpy as np
import pytest
from clips import number_of
from command_line import Run

from pamcli.cli.live_options import bit_rate_of, duration_of, pairs, size_of
from pamcli.errors import UsageError
from pamcli.images import write_png

USAGE, ERROR = 2, 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing.mp4", "o.mkv"], ERROR, "nothing.mp4: no such file"),
        (["srt://host:1", "o.mkv"], ERROR, "SRT is not in this build"),
        (["gopher://host", "o.mkv"], ERROR, "gopher:// is not known here"),
        (["CLIP", "o.avi"], ERROR, "o.avi: no sink"),
        (["CLIP", "srt://host:1"], ERROR, "srt-live-transmit"),
        (["CLIP", "missing/o.mkv"], ERROR, "no such folder"),
        (["CLIP", "/dev/video77"], ERROR, "no such device"),
        (["/dev/video77", "o.mkv"], ERROR, "no such camera"),
        (["CLIP", "o.mkv", "o.mkv"], USAGE, "given twice"),
        (["CLIP", "o.mkv", "--key-mask", "0=m.png"], USAGE, "a live stream has none"),
        (["CLIP", "o.mkv", "--mask", "masks.mp4"], USAGE, "a live stream takes one still"),
        (["CLIP", "o.mkv", "--output", "rgba"], USAGE, "carries no alpha"),
        (["CLIP", "o.mkv", "--size", "63x48"], USAGE, "even numbers"),
        (["CLIP", "o.mkv", "--size", "wide"], USAGE, "not of the form WxH"),
        (["CLIP", "o.mkv", "--bit-rate", "fast"], USAGE, "no number of bits"),
        (["CLIP", "o.mkv", "--duration", "soon"], USAGE, "is no time"),
        (["CLIP", "o.mkv", "--source-option", "x"], USAGE, "NAME=VALUE"),
        (["CLIP", "o.mkv", "--fps", "15", "--cost", "70"], USAGE, "exclude each other"),
        (["CLIP", "o.mkv", "--background", "nosuch.jpg"], ERROR, "neither a colour"),
        (["CLIP", "o.mkv", "--key", "nosuch"], ERROR, "no colour"),
        (["CLIP", "o.mkv", "--min-cost", "1"], ERROR, "too small"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    arguments: list[str],
    code: int,
    said: str,
    run: Run,
    sound_clip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run("live", *(str(sound_clip) if word == "CLIP" else word for word in arguments))
    assert ran.code == code and said in ran.err
    assert ran.err.startswith("pamcli: error: ") and ran.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_credentials_are_never_shown(run: Run, tmp_path: Path) -> None:
    ran = run("live", "gopher://user:secret@host/app/key", tmp_path / "o.mkv")
    assert "secret" not in ran.err and "host" in ran.err


def test_a_target_that_exists_is_kept(run: Run, sound_clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "o.mkv"
    target.write_text("mine")
    ran = run("live", sound_clip, target)
    assert ran.code == ERROR and "--overwrite replaces it" in ran.err
    assert target.read_text() == "mine"


def test_a_file_is_matted_in_real_time_with_its_sound(
    run: Run, sound_clip: Path, tmp_path: Path
) -> None:
    mask = np.zeros((48, 64), np.uint8)
    mask[:16] = 255
    write_png(tmp_path / "mask.png", mask)
    target, log = tmp_path / "o.mp4", tmp_path / "log.csv"
    ran = run(
        *("live", sound_clip, target, "--mask", tmp_path / "mask.png", "--background", "red"),
        *("--fps", "25", "--json", "--log", log),
    )
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    assert report["received"] == 20 and report["width"] == 64 and report["height"] == 48
    assert report["matted"] + report["dropped"] + report["skipped"] == 20
    assert report["matted"] >= 5
    with av.open(str(target)) as container:
        pictures = [
            np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            for frame in container.decode(video=0)
        ]
        assert container.streams.audio[0].codec_context.name == "aac"
    assert len(pictures) == report["matted"] == len(log.read_text().splitlines()) - 1
    numbers = [number_of(picture) for picture in pictures]
    assert numbers == sorted(set(numbers)) and numbers[-1] >= 18
    red = pictures[-1][40:, 32:].reshape(-1, 3).mean(axis=0)
    assert red[0] > 200 and red[1:].max() < 60
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["log.csv", "mask.png", "o.mp4"]


def test_words_become_settings() -> None:
    assert size_of("1280x720") == (720, 1280) and size_of(None) is None
    assert [bit_rate_of(text) for text in ("2500k", "4M", "1.5M", "800000")] == [
        2_500_000,
        4_000_000,
        1_500_000,
        800_000,
    ]
    assert duration_of("01:00:00") == 3600
    assert pairs(["video_size=640x480", "a=b=c"]) == {"video_size": "640x480", "a": "b=c"}
    with pytest.raises(UsageError, match="above 0"):
        duration_of("0")
