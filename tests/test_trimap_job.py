"""Trimaps written for a person, and read back as what they were."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips import FRAME_TIMES, VFR_TIMES, Clip, write_clip
from scenes import SIZE, truth, walk

from pamcli.errors import InputError, OutputError
from pamcli.frame import Frame, Rgb
from pamcli.hints import open_hint
from pamcli.images import read_gray, read_rgb, write_png
from pamcli.settings import HintSettings
from pamcli.trimap_job import TrimapJob, default_target, run
from pamcli.video_read import probe, read_frames


def scene(number: int, height: int, width: int) -> Rgb:
    return walk(number)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 frames at irregular times after a start at half a second."""
    times = tuple(45_000 + t for t in VFR_TIMES if t != 36_001)  # Matroska rounds to 1 ms
    target = tmp_path_factory.mktemp("walk") / "walk.mov"
    return write_clip(target, Clip(times=times, size=SIZE, picture=scene))


def job(clip: Path, target: Path, **more: object) -> TrimapJob:
    hint = HintSettings(band=30)
    return TrimapJob(**{"source": clip, "info": probe(clip), "target": target, "hint": hint} | more)  # type: ignore[arg-type]


def expected(clip: Path, cut: dict[str, Any]) -> list[np.ndarray]:
    with open_hint(HintSettings(band=30), clip) as hint:
        return [hint.trimap(frame) for frame in read_frames(clip, **cut)]


def read_back(trimaps: Path, clip: Path, cut: dict[str, Any]) -> list[np.ndarray]:
    with open_hint(HintSettings(trimap=trimaps), clip) as hint:
        return [hint.trimap(frame) for frame in read_frames(clip, **cut)]


@pytest.mark.parametrize("name", ["trimaps", "trimaps.mkv"])
@pytest.mark.parametrize("cut", [{}, {"start": Fraction(1, 5)}, {"end": Fraction(2, 5)}])
def test_the_trimaps_of_a_clip_are_read_back_exactly(
    clip: Path, tmp_path: Path, name: str, cut: dict[str, Any]
) -> None:
    report = run(job(clip, tmp_path / name, **cut))
    wanted, found = expected(clip, cut), read_back(tmp_path / name, clip, cut)
    assert report.frames == len(wanted) == len(found) > 4
    assert all(np.array_equal(one, two) for one, two in zip(wanted, found, strict=True))
    assert {0, 128, 255} == set(np.unique(np.stack(found)))


def test_a_folder_is_named_in_order(clip: Path, tmp_path: Path) -> None:
    run(job(clip, tmp_path / "trimaps", end=Fraction(1, 10)))
    names = sorted(entry.name for entry in (tmp_path / "trimaps").iterdir())
    assert names == [f"trimaps_{n:06d}.png" for n in range(1, len(names) + 1)]


def test_a_still_gives_a_png_that_is_read_back(tmp_path: Path) -> None:
    write_png(tmp_path / "still.png", walk(10))
    still = TrimapJob(source=tmp_path / "still.png", target=tmp_path / "t.png", hint=HintSettings())
    assert run(still).frames == 1
    with open_hint(HintSettings(), still.source, still=True) as hint:
        wanted = hint.trimap(Frame(walk(10), 0, Fraction(1)))
    assert np.array_equal(read_gray(tmp_path / "t.png"), wanted)


def test_a_preview_shows_the_subject_as_it_is_and_the_rest_dark(clip: Path, tmp_path: Path) -> None:
    write_png(tmp_path / "mask.png", np.rint(truth(3) * 255).astype(np.uint8))
    write_png(tmp_path / "still.png", walk(3))
    hint = HintSettings(mask=tmp_path / "mask.png")
    still = TrimapJob(
        source=tmp_path / "still.png", target=tmp_path / "look.png", hint=hint, preview=True
    )
    run(still)
    drawn, rgb = read_rgb(tmp_path / "look.png"), walk(3)
    y, x = 72, 66
    assert drawn[y, x].tolist() == rgb[y, x].tolist()
    assert drawn[5, 200].tolist() == np.rint(rgb[5, 200] * 0.35).tolist()
    report = run(job(clip, tmp_path / "look.mp4", preview=True, start=Fraction(1, 5)))
    assert probe(tmp_path / "look.mp4").frames == report.frames
    assert probe(tmp_path / "look.mp4").start == 0


def test_key_masks_learn_from_the_mattes_of_a_run(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "c.mp4", Clip(times=FRAME_TIMES[:4], size=SIZE, picture=scene))
    write_png(tmp_path / "key.png", np.rint(truth(0) * 255).astype(np.uint8))
    hint = HintSettings(key_masks=((Fraction(0), tmp_path / "key.png"),))
    assert run(job(clip, tmp_path / "t", hint=hint)).frames == 4
    blind = open_hint(hint, clip)
    said = [blind.trimap(frame) for frame in read_frames(clip)]
    found = read_back(tmp_path / "t", clip, {})
    assert np.array_equal(said[0], found[0])
    assert not np.array_equal(said[3], found[3])


@pytest.mark.parametrize("name", ["t.mp4", "t.mov"])
def test_trimaps_are_not_written_with_loss(clip: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=r"trimaps are written without loss: a \.mkv or a folder"):
        run(job(clip, tmp_path / name))
    assert list(tmp_path.iterdir()) == []


def test_the_trimap_of_a_still_is_a_png(tmp_path: Path) -> None:
    write_png(tmp_path / "still.png", walk(3))
    still = TrimapJob(source=tmp_path / "still.png", target=tmp_path / "t.jpg", hint=HintSettings())
    with pytest.raises(OutputError, match=r"t\.jpg: the trimap of a still is written as \.png$"):
        run(still)


def test_what_the_hint_has_to_say_is_reported(clip: Path, tmp_path: Path) -> None:
    write_png(tmp_path / "empty.png", np.zeros(SIZE, np.uint8))
    report = run(job(clip, tmp_path / "t", hint=HintSettings(mask=tmp_path / "empty.png")))
    count = report.frames
    assert report.notes == [
        f"no subject was found in {count} of {count} frames: the matte is empty there"
    ]


def test_a_hint_that_cannot_be_used_leaves_nothing(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.png: no such file"):
        run(job(clip, tmp_path / "t", hint=HintSettings(mask=tmp_path / "gone.png")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("source", "preview", "name"),
    [
        ("a/cat.jpg", False, "cat_trimap.png"),
        ("a/cat.jpg", True, "cat_trimap_preview.png"),
        ("a/talk.mp4", False, "talk_trimap"),
        ("a/talk.mp4", True, "talk_trimap_preview.mp4"),
    ],
)
def test_the_default_target_stands_beside_the_source(source: str, preview: bool, name: str) -> None:
    assert default_target(Path(source), preview=preview) == Path("a") / name
