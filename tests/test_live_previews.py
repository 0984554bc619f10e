"""Previews: the newest frame's, small, and only while someone looks."""

import numpy as np
import pytest

from pamcli.frame import Alpha, Rgb, Trimap
from pamcli.live_previews import LivePreviews, PreviewKind


class Clock:
    """Seconds that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def pictures(height: int, width: int) -> tuple[Rgb, Trimap, Alpha, Rgb]:
    """Source, trimap, alpha and composite of one frame, each of one value."""
    rgb = np.full((height, width, 3), (10, 20, 30), np.uint8)
    trimap = np.full((height, width), 128, np.uint8)
    alpha = np.full((height, width), 0.6, np.float32)
    return rgb, trimap, alpha, np.full((height, width, 3), (200, 100, 50), np.uint8)


def test_nobody_watches_until_a_picture_is_asked_for_and_for_5_s_after() -> None:
    clock = Clock()
    previews = LivePreviews(clock)
    assert not previews.watched
    assert previews.picture(PreviewKind.ALPHA) is None
    assert previews.watched
    clock.now += 5.0
    assert previews.watched
    clock.now += 0.1
    assert not previews.watched


def test_what_was_shown_to_an_earlier_watcher_is_not_shown_again() -> None:
    clock = Clock()
    previews = LivePreviews(clock)
    previews.picture(PreviewKind.SOURCE)
    previews.show(*pictures(4, 6))
    clock.now += 4.0
    assert previews.picture(PreviewKind.SOURCE) is not None
    clock.now += 60.0
    assert previews.picture(PreviewKind.SOURCE) is None


@pytest.mark.parametrize(
    ("kind", "colour"),
    [
        (PreviewKind.SOURCE, (10, 20, 30)),
        (PreviewKind.TRIMAP, (128, 128, 128)),
        (PreviewKind.ALPHA, (153, 153, 153)),
        (PreviewKind.COMPOSITE, (200, 100, 50)),
    ],
)
@pytest.mark.parametrize(
    ("size", "shown"), [((48, 64), (48, 64)), ((720, 1280), (360, 640)), ((721, 1281), (360, 640))]
)
def test_each_kind_comes_in_colour_and_at_most_640_wide(
    kind: PreviewKind, colour: tuple[int, int, int], size: tuple[int, int], shown: tuple[int, int]
) -> None:
    previews = LivePreviews()
    previews.picture(kind)
    previews.show(*pictures(*size))
    picture = previews.picture(kind)
    assert picture is not None
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, np.full((*shown, 3), colour, np.uint8))


def test_the_newest_wins_and_is_not_copied() -> None:
    previews = LivePreviews()
    previews.picture(PreviewKind.SOURCE)
    previews.show(*pictures(4, 6))
    newest = pictures(4, 6)
    previews.show(*newest)
    assert previews.picture(PreviewKind.SOURCE) is newest[0]


def test_a_small_trimap_keeps_its_three_values() -> None:
    rgb, _, alpha, composite = pictures(700, 1300)
    trimap = np.random.default_rng(0).choice(np.array([0, 128, 255], np.uint8), (700, 1300))
    previews = LivePreviews()
    previews.picture(PreviewKind.TRIMAP)
    previews.show(rgb, trimap, alpha, composite)
    picture = previews.picture(PreviewKind.TRIMAP)
    assert picture is not None
    assert set(np.unique(picture)) == {0, 128, 255}
