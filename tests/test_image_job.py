"""Stills: colours without spill, on whatever background."""

from pathlib import Path

import numpy as np
import pytest

from pamcli import images
from pamcli.background_blur import blur_background
from pamcli.engine import Engine
from pamcli.errors import InputError, UsageError
from pamcli.frame import Rgb
from pamcli.image_job import ImageJob, run
from pamcli.models import load_model
from pamcli.settings import CostSettings, Fit, HintSettings, Output, Precision, RuntimeSettings

SCREEN = (20, 180, 60)
SPILT = (180, 190, 120)
SIZE = 96, 128


def job(folder: Path, hint: HintSettings, output: Output, **more: object) -> ImageJob:
    return ImageJob(
        sources=(folder / "still.png",),
        target=folder / "out.png",
        output=output,
        hint=hint,
        cost=CostSettings(scale=0.5),
        runtime=RuntimeSettings(),
        overwrite=True,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def engine() -> Engine:
    """Compiled once for all runs."""
    return Engine(load_model(), precision=Precision.F32)


@pytest.fixture(autouse=True)
def ready(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pamcli.image_job.Engine", lambda model, **options: engine)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """still.png, a spilt square before a screen, its trimap.png, and wide.png."""
    rgb = np.full((*SIZE, 3), SCREEN, np.uint8)
    rgb[30:, 40:90] = SPILT
    trimap = np.zeros(SIZE, np.uint8)
    trimap[26:, 36:94], trimap[34:, 44:86] = 128, 255
    wide = np.full((16, 128, 3), (0, 0, 250), np.uint8)
    for name, picture in (("still", rgb), ("trimap", trimap), ("wide", wide)):
        images.write_png(tmp_path / f"{name}.png", picture)
    return tmp_path


def made(wanted: ImageJob) -> Rgb:
    (result,) = run(wanted)
    assert result.notes == ()
    return images.read_rgb(result.target)


def test_a_key_takes_the_screens_light_off_unless_told_not_to(folder: Path) -> None:
    key = HintSettings(key="#14b43c")
    cleaned = made(job(folder, key, Output.FOREGROUND))[60, 65]
    kept = made(job(folder, key, Output.FOREGROUND, despill=0.0))[60, 65]
    assert kept.tolist() == list(SPILT)
    assert cleaned[1] < kept[1] and cleaned[[0, 2]].tolist() == [180, 120]


def test_a_trimap_takes_nothing_off_unless_told_to(folder: Path) -> None:
    hint = HintSettings(trimap=folder / "trimap.png")
    assert made(job(folder, hint, Output.FOREGROUND))[60, 65].tolist() == list(SPILT)
    cleaned = made(job(folder, hint, Output.FOREGROUND, despill=1.0))[60, 65]
    assert cleaned[1] < SPILT[1]


def test_a_picture_is_contained_behind_the_subject(folder: Path) -> None:
    hint = HintSettings(trimap=folder / "trimap.png")
    wide = str(folder / "wide.png")
    shown = made(job(folder, hint, Output.COMPOSITE, background=wide, fit=Fit.CONTAIN))
    assert shown[10, 10].tolist() == [0, 0, 0] and shown[48, 10].tolist() == [0, 0, 250]
    assert shown[60, 65].tolist() == list(SPILT)


def test_the_still_itself_can_be_the_background_out_of_focus(folder: Path) -> None:
    hint = HintSettings(trimap=folder / "trimap.png")
    shown = made(job(folder, hint, Output.COMPOSITE, background="blur:100"))
    trimap = images.read_gray(folder / "trimap.png")
    alpha = (trimap > 0).astype(np.float32)
    rgb = images.read_rgb(folder / "still.png")
    blurred = blur_background(rgb, alpha, 100 * 96 / 1080)
    outside = trimap == 0
    assert np.abs(shown[outside].astype(int) - blurred[outside]).max() <= 1
    assert np.array_equal(shown[trimap == 255], rgb[trimap == 255])


def test_no_background_is_said_by_its_name(folder: Path) -> None:
    hint = HintSettings(trimap=folder / "trimap.png")
    with pytest.raises(InputError, match=r"beach.gif: neither"):
        run(job(folder, hint, Output.COMPOSITE, background="beach.gif"))
    assert not (folder / "out.png").exists()


def test_a_strength_out_of_range_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"--despill 1\.5 is not within 0 to 1"):
        job(folder, HintSettings(key="lime"), Output.RGBA, despill=1.5)


def test_premultiplied_colours_are_those_of_straight_ones_times_alpha(folder: Path) -> None:
    hint = HintSettings(trimap=folder / "trimap.png")
    run(job(folder, hint, Output.RGBA))
    straight = images.read_rgba(folder / "out.png").astype(np.float64)
    run(job(folder, hint, Output.RGBA, premultiplied=True))
    stored = images.read_rgba(folder / "out.png").astype(np.float64)
    assert np.array_equal(stored[..., 3], straight[..., 3])
    wanted = straight[..., :3] * straight[..., 3:] / 255
    assert np.abs(stored[..., :3] - wanted).max() <= 0.5
    with pytest.raises(UsageError, match="--premultiplied needs --output rgba, not alpha"):
        job(folder, hint, Output.ALPHA, premultiplied=True)
