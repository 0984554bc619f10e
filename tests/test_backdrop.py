"""What a matte becomes in the target."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pamcli import images
from pamcli.backdrop import open_backdrop, pixels
from pamcli.errors import InputError
from pamcli.frame import Frame, Matte
from pamcli.settings import Output


@pytest.fixture
def matte() -> Matte:
    """A ramp of alpha over red on grey."""
    rgb = np.full((2, 5, 3), 128, np.uint8)
    red = np.zeros((2, 5, 3), np.uint8)
    red[..., 0] = 200
    alpha = np.tile(np.linspace(0, 1, 5, dtype=np.float32), (2, 1))
    return Matte(Frame(rgb, 0, Fraction(1)), alpha, red)


def test_alpha_is_rounded_to_eight_bits(matte: Matte) -> None:
    assert pixels(matte, Output.ALPHA, None)[0].tolist() == [0, 64, 128, 191, 255]


def test_rgba_is_straight(matte: Matte) -> None:
    rgba = pixels(matte, Output.RGBA, None)
    assert rgba[0, 0].tolist() == [200, 0, 0, 0] and rgba[1, 4].tolist() == [200, 0, 0, 255]


def test_the_foreground_goes_out_as_it_is(matte: Matte) -> None:
    assert np.array_equal(pixels(matte, Output.FOREGROUND, None), matte.foreground)


def test_a_composite_mixes_by_alpha(matte: Matte) -> None:
    blue = open_backdrop("#0000ff", (2, 5))
    mixed = pixels(matte, Output.COMPOSITE, blue)
    assert mixed[0, 0].tolist() == [0, 0, 255] and mixed[0, 4].tolist() == [200, 0, 0]
    assert mixed[0, 2] == pytest.approx([100, 0, 127.5], abs=0.51)


def test_a_picture_covers_the_frame(tmp_path: Path) -> None:
    images.write_png(tmp_path / "wide.png", np.full((10, 40, 3), 77, np.uint8))
    backdrop = open_backdrop(str(tmp_path / "wide.png"), (24, 16))
    assert backdrop.shape == (24, 16, 3) and (backdrop == 77).all()


def test_what_is_neither_is_refused() -> None:
    with pytest.raises(InputError, match="neither a picture nor a colour"):
        open_backdrop("beach.jpeg", (4, 4))
