"""A screen's light taken off: which channel, how far, and what is left alone."""

import numpy as np
import pytest

from pamcli.despill import RIM, despill, rim
from pamcli.frame import Alpha, Rgb

GREEN, BLUE = (20, 180, 60), (20, 60, 200)
SIZE = 1080, 1200


def one(colour: tuple[int, int, int], size: tuple[int, int] = (8, 8)) -> Rgb:
    return np.full((*size, 3), colour, np.uint8)


def everywhere(value: float, size: tuple[int, int] = (8, 8)) -> Alpha:
    return np.full(size, value, np.float32)


@pytest.mark.parametrize(
    ("colour", "screen", "at_the_edge", "inside"),
    [
        ((100, 200, 60), GREEN, (100, 80, 60), (100, 100, 60)),
        ((224, 220, 150), GREEN, (224, 187, 150), (224, 220, 150)),  # skin with spill
        ((224, 172, 140), GREEN, (224, 172, 140), (224, 172, 140)),  # skin
        ((255, 255, 0), GREEN, (255, 128, 0), (255, 255, 0)),  # yellow
        ((80, 60, 200), BLUE, (80, 60, 70), (80, 60, 80)),
        ((90, 200, 60), BLUE, (90, 200, 60), (90, 200, 60)),
    ],
)
def test_the_screens_channel_is_held_to_the_others(
    colour: tuple[int, int, int],
    screen: tuple[int, int, int],
    at_the_edge: tuple[int, int, int],
    inside: tuple[int, int, int],
) -> None:
    for alpha, expected in ((0.5, at_the_edge), (1.0, inside)):
        found = despill(one(colour), everywhere(alpha), screen, 1.0)
        assert np.abs(found.astype(int) - expected).max() <= 1
        unchanged = np.array(screen) < max(screen)
        assert np.array_equal(found[..., unchanged], one(colour)[..., unchanged])


@pytest.mark.parametrize("level", [0, 1, 90, 255])
def test_grey_is_never_changed(level: int) -> None:
    grey = one((level, level, level))
    for alpha in (0.0, 0.5, 1.0):
        assert np.array_equal(despill(grey, everywhere(alpha), GREEN, 1.0), grey)


def test_strength_takes_a_share() -> None:
    picture, edge = one((100, 200, 60)), everywhere(0.5)
    assert np.array_equal(despill(picture, edge, GREEN, 0.0), picture)
    assert despill(picture, edge, GREEN, 0.5)[0, 0].tolist() == [100, 140, 60]


def test_a_grey_screen_has_no_channel_to_hold() -> None:
    picture = one((100, 200, 60))
    assert np.array_equal(despill(picture, everywhere(0.5), (128, 128, 128), 1.0), picture)


def test_the_picture_that_is_given_stays_as_it_is() -> None:
    picture = one((100, 200, 60))
    despill(picture, everywhere(0.5), GREEN, 1.0)
    assert (picture == (100, 200, 60)).all()


def test_the_rim_ends_its_width_inside_the_edge() -> None:
    alpha = everywhere(0.0, SIZE)
    alpha[:, 600:] = 1
    edge = rim(alpha)[540]
    assert (edge[:598] == 1).all() and edge[600] == pytest.approx(1, abs=0.1)
    assert edge[600 + RIM // 2] == pytest.approx(0.5, abs=0.1)
    assert (edge[600 + RIM + 6 :] == 0).all()  # not at the frame's own edge either
    assert (np.diff(edge) <= 1e-6).all()


def test_the_limit_goes_over_gradually_towards_the_inside() -> None:
    alpha = everywhere(0.0, SIZE)
    alpha[:, 600:] = 1
    green = despill(one((200, 180, 100), SIZE), alpha, GREEN, 1.0)[540, :, 1]
    assert green[500] == 150 and green[700] == 180
    assert (np.diff(green.astype(int)) >= 0).all() and len(np.unique(green)) > 10
