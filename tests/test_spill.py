"""The screen's light over a stream: whose colour, how much, and what is said."""

from fractions import Fraction

import numpy as np
import pytest

from pamcli.despill import despill
from pamcli.errors import InputError
from pamcli.frame import Frame, Matte
from pamcli.spill import WITH_KEY, Spill

SCREEN = (20, 180, 60)


def matte(screen: tuple[int, int, int] = SCREEN) -> Matte:
    """A spilt square before a screen."""
    rgb = np.full((120, 160, 3), screen, np.uint8)
    rgb[60:, 50:110] = 150, 190, 110
    alpha = np.zeros((120, 160), np.float32)
    alpha[60:, 50:110] = 1
    return Matte(Frame(rgb, 0, Fraction(1)), alpha, rgb)


def test_a_named_screen_is_taken_off_at_the_usual_strength() -> None:
    spilt = matte()
    found = Spill("#14b43c", None).off(spilt)
    exact = despill(spilt.foreground, spilt.alpha, SCREEN, WITH_KEY)
    assert np.array_equal(found.foreground, exact)
    assert found.alpha is spilt.alpha and found.frame is spilt.frame
    assert not np.array_equal(exact, spilt.foreground)


@pytest.mark.parametrize("key", [None, "auto"])
def test_the_screen_is_looked_for_when_nobody_names_it(key: str | None) -> None:
    spilt = matte()
    found = Spill(key, 1.0).off(spilt)
    assert np.array_equal(found.foreground, despill(spilt.foreground, spilt.alpha, SCREEN, 1.0))


def test_without_a_key_nothing_is_done_unless_asked() -> None:
    spilt = matte()
    assert Spill(None, None).off(spilt) is spilt
    assert Spill("#14b43c", 0.0).off(spilt) is spilt


def test_no_screen_is_said_once_a_frame_was_seen() -> None:
    grey = matte((128, 128, 128))
    spill = Spill(None, 1.0)
    assert spill.notes() == []
    assert spill.off(grey) is grey
    assert spill.notes() == ["no screen of one colour was found: no spill was taken off"]


def test_no_colour_is_refused() -> None:
    with pytest.raises(InputError, match="'greenish' is no colour"):
        Spill("greenish", 1.0)
