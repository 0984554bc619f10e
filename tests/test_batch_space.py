"""How much room a batch will take is told beforehand, and not too little."""

from pathlib import Path

import numpy as np
import pytest
from test_batch_plan import plan_of, settings

from pamcli import images
from pamcli.batch_space import check_space, expected_bytes, megabytes
from pamcli.errors import OutputError
from pamcli.settings import Output, Preset


def write(file: Path, size: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(bytes(size))


def test_stills_and_clips_grow_by_what_is_made_of_them(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.jpg", 1000)
    write(tmp_path / "in" / "b.png", 1000)
    write(tmp_path / "in" / "c.mov", 1000)
    write(tmp_path / "in" / "d.mov", 500)
    plan = plan_of(tmp_path)
    # The parts of the largest clip stand beside it.
    assert expected_bytes(plan.items, settings()) == 8000 + 1400 + 2.5 * (1500 + 1000)
    alpha = settings(output=Output.ALPHA, preset=Preset.FFV1)
    assert expected_bytes(plan.items, alpha) == 1600 + 400 + 5 * (1500 + 1000)


def test_a_missing_source_needs_no_room(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.jpg", 1000)
    plan = plan_of(tmp_path)
    (tmp_path / "in" / "a.jpg").unlink()
    assert expected_bytes(plan.items, settings()) == 0


def test_a_textured_still_takes_no_more_than_was_told(tmp_path: Path) -> None:
    y, x = np.mgrid[0:200, 0:300]
    wave = 120 + 50 * np.sin(x / 7) * np.cos(y / 5)
    rgb = np.stack([wave, wave * 0.8, wave * 0.6], -1).astype(np.uint8)
    (tmp_path / "in").mkdir()
    images.write_rgb(tmp_path / "in" / "a.jpg", rgb)
    images.write_rgb(tmp_path / "in" / "b.png", rgb)
    alpha = (y > 100) * 255
    told = expected_bytes(plan_of(tmp_path).items, settings())
    for name in ("a", "b"):
        images.write_png(tmp_path / f"{name}.png", np.dstack([rgb, alpha.astype(np.uint8)]))
    taken = sum((tmp_path / f"{name}.png").stat().st_size for name in ("a", "b"))
    assert taken < told < 8 * taken


def test_too_little_room_is_an_error(tmp_path: Path) -> None:
    check_space(1, tmp_path)
    with pytest.raises(OutputError, match=r"about 1000000 GB will be needed and .* are free"):
        check_space(10**15, tmp_path)


@pytest.mark.parametrize(("size", "said"), [(0, "0 MB"), (5_400_000, "5 MB"), (2e10, "20 GB")])
def test_bytes_are_said_in_words(size: int, said: str) -> None:
    assert megabytes(int(size)) == said
