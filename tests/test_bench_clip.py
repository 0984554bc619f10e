"""Made clips, and clips brought to another size."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import Clip, write_clip

from pamcli.bench_clip import Material, made_material, scaled_material, scaled_size
from pamcli.images import write_png
from pamcli.settings import HintSettings
from pamcli.video_read import probe, read_frames


def test_a_made_clip_goes_there_and_back_and_its_trimaps_with_it(tmp_path: Path) -> None:
    made = made_material(tmp_path, (64, 96), pictures=3, frames=6)
    assert made.hint.trimap is not None
    trimaps = [frame.rgb[..., 0] for frame in read_frames(made.hint.trimap)]
    assert len(trimaps) == len(list(read_frames(made.clip))) == 6
    assert {0, 128, 255} == set(np.unique(trimaps[0]).tolist())
    for one, other in ((0, 4), (1, 3), (1, 5)):
        assert np.array_equal(trimaps[one], trimaps[other])
    assert not np.array_equal(trimaps[0], trimaps[2])


@pytest.mark.parametrize(
    ("size", "side", "wanted"),
    [
        ((720, 1280), 1080, (1080, 1920)),
        ((720, 1280), 480, (480, 854)),
        ((1920, 1080), 720, (1280, 720)),
        ((49, 67), 48, (48, 66)),
    ],
)
def test_the_shorter_side_is_what_is_asked_for_and_both_are_even(
    sound_clip: Path, size: tuple[int, int], side: int, wanted: tuple[int, int]
) -> None:
    from dataclasses import replace

    info = replace(probe(sound_clip), height=size[0], width=size[1])
    assert scaled_size(info, side) == wanted


def test_a_clip_and_its_trimaps_are_scaled_together(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", Clip(rate=Fraction(25)))  # 64x48, 20 frames
    trimap = np.zeros((48, 64), np.uint8)
    trimap[:, 20:40], trimap[:, 40:] = 128, 255
    write_png(tmp_path / "trimap.png", trimap)
    given = Material(clip=clip, hint=HintSettings(trimap=tmp_path / "trimap.png"))
    for side, size in ((24, (24, 32)), (96, (96, 128))):
        scaled = scaled_material(given, tmp_path, side, frames=5)
        frames = list(read_frames(scaled.clip))
        assert [frame.size for frame in frames] == [size] * 5
        assert [f.pts * f.time_base for f in frames] == [Fraction(n, 25) for n in range(5)]
        assert scaled.hint.trimap is not None
        found = [frame.rgb[..., 0] for frame in read_frames(scaled.hint.trimap)]
        assert len(found) == 5 and found[0].shape == size
        shares = [float(np.mean(found[0] == value)) for value in (0, 255)]
        assert shares == pytest.approx([20 / 64, 24 / 64], abs=0.03)


def test_a_clip_of_that_size_is_taken_as_it_is(sound_clip: Path, tmp_path: Path) -> None:
    given = Material(clip=sound_clip, hint=HintSettings())
    assert scaled_material(given, tmp_path, 48, frames=5) is given
    assert not list(tmp_path.iterdir())
