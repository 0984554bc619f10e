"""Sound that a container does not take: encoded again, to the sample where it was."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clip_writing import copy_clip, writer_settings
from rich_clips import Rich, write_rich


def copied(
    tmp_path: Path,
    rich: Rich,
    name: str,
    *,
    start: Fraction | None = None,
    end: Fraction | None = None,
) -> tuple[Path, list[str]]:
    suffix = {"matroska": ".mkv"}.get(rich.container, f".{rich.container}")
    source = write_rich(tmp_path / f"source{suffix}", rich)
    target = tmp_path / name
    writer = copy_clip(
        source, target, writer_settings(target, audio_from=source, start=start, end=end)
    )
    return target, writer.notes


def click_times(source: Path) -> list[Fraction]:
    """Seconds at which clicks begin, on the clock of the pictures."""
    with av.open(str(source)) as container:
        stream = container.streams.audio[0]
        frames = list(container.decode(stream))
    assert frames[0].pts is not None and frames[0].time_base is not None
    begin = frames[0].pts * frames[0].time_base
    wave = np.abs(np.concatenate([frame.to_ndarray().astype(float)[0] for frame in frames]))
    if not frames[0].format.is_planar:
        wave = wave[:: frames[0].layout.nb_channels]
    rate = frames[0].sample_rate
    length = round(10 * rate / 44_100)
    likeness = np.convolve(wave, np.ones(length), "valid")
    found = []
    for _ in range(5):
        at = int(likeness.argmax())
        found.append(begin + Fraction(at, rate))
        likeness[max(at - rate // 8, 0) : at + rate // 8] = 0
    return sorted(found)


@pytest.mark.parametrize(
    ("rich", "name", "note"),
    [
        (Rich(container="mov", audio="pcm_s16le", subtitles=None, cover=False), "out.mp4",
         "sound: mp4 does not take pcm_s16le; encoded again as aac"),
        (Rich(subtitles=None, cover=False, audio="pcm_s16le"), "out.webm",
         "sound: webm does not take pcm_s16le; encoded again as opus"),
        (Rich(subtitles=None, cover=False, audio="pcm_s16le", delay=4410), "out.webm",
         "sound: webm does not take pcm_s16le; encoded again as opus"),
        (Rich(container="mov", audio="pcm_s16le", subtitles=None, cover=False, delay=4410),
         "out.mp4", "sound: mp4 does not take pcm_s16le; encoded again as aac"),
    ],
)  # fmt: skip
def test_clicks_stay_where_they_were(tmp_path: Path, rich: Rich, name: str, note: str) -> None:
    target, notes = copied(tmp_path, rich, name)
    delay = Fraction(rich.delay, rich.rate)
    expected = [delay + Fraction(n, 2) for n in range(1, 6)]
    found = click_times(target)[-5:]
    # A millisecond is what Matroska and WebM round the first packet's time to.
    tolerance = Fraction(1, 1000) if name.endswith(".webm") else Fraction(4, 44_100)
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= tolerance
    assert notes == [note]


def test_a_gap_in_the_sound_is_silence_of_its_length(tmp_path: Path) -> None:
    rich = Rich(audio="pcm_s16le", subtitles=None, cover=False, gap=(30 * 1024, 50 * 1024))
    target, _ = copied(tmp_path, rich, "out.mp4")
    found = click_times(target)
    assert max(abs(a - b) for a, b in zip(found[-3:], (1.5, 2, 2.5), strict=True)) < 0.001


def test_a_cut_is_exact_to_the_sample(tmp_path: Path) -> None:
    rich = Rich(container="mov", audio="pcm_s16le", subtitles=None, cover=False)
    start, end = Fraction(4, 5), Fraction(2)
    target, _ = copied(tmp_path, rich, "out.mp4", start=start, end=end)
    with av.open(str(target)) as container:
        frames = list(container.decode(audio=0))
    assert frames[0].pts == 0
    assert 0 <= sum(frame.samples for frame in frames) - 1.2 * 44_100 < 1024
    near = [time for time in click_times(target) if 0.1 < time < 1.1][:2]
    assert max(abs(a - b) for a, b in zip(near, (0.2, 0.7), strict=True)) < 0.0002


def test_an_arrangement_that_the_encoder_does_not_know_becomes_stereo(tmp_path: Path) -> None:
    rich = Rich(
        container="matroska",
        audio="pcm_s16le",
        layout="hexadecagonal",
        subtitles=None,
        cover=False,
    )
    target, notes = copied(tmp_path, rich, "out.mp4")
    assert "sound: 16 channels were mixed to 2" in notes
    with av.open(str(target)) as container:
        assert container.streams.audio[0].layout.name == "stereo"
        assert len(list(container.decode(audio=0))) > 100


def test_surround_stays_surround(tmp_path: Path) -> None:
    rich = Rich(audio="pcm_s16le", layout="5.1", subtitles=None, cover=False)
    target, _ = copied(tmp_path, rich, "out.mp4")
    with av.open(str(target)) as container:
        assert container.streams.audio[0].layout.name == "5.1"
        assert len(list(container.decode(audio=0))) > 100
