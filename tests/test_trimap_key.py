"""Screens lit unevenly, with spill, noise and halved chroma, against the alpha of their making."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scenes import before_screen, iou, wrong

from pamcli.errors import InputError
from pamcli.frame import Frame
from pamcli.hints import open_hint
from pamcli.settings import HintSettings
from pamcli.trimap_key import find_key, key_estimate, keyness, screen_colour

GREEN, BLUE = (20, 170, 60), (20, 60, 190)
CLIP = Path("clip.mp4")

SHIRTS = {
    "red": (GREEN, (180, 40, 40)),
    "teal": (GREEN, (0, 128, 128)),
    "olive": (GREEN, (110, 120, 50)),
    "white": (GREEN, (235, 235, 235)),
    "black": (GREEN, (15, 15, 18)),
    "jeans before blue": (BLUE, (70, 90, 140)),
    "red before blue": (BLUE, (180, 40, 40)),
}


def as_colour(key: tuple[int, int, int]) -> np.ndarray:
    return np.array([[key]], np.float32)


@pytest.mark.parametrize("name", SHIRTS)
def test_no_shirt_is_taken_for_the_screen_and_no_screen_for_a_shirt(name: str) -> None:
    screen, shirt = SHIRTS[name]
    rgb, alpha = before_screen(screen, shirt)
    key = find_key(rgb)
    assert key is not None
    mask, uncertainty = key_estimate(rgb, key)
    assert iou(mask, alpha) > 0.92
    assert uncertainty[alpha == 0].mean() < 0.02
    trimap = open_hint(HintSettings(key="auto"), CLIP).trimap(Frame(rgb, 0, Fraction(1)))
    assert wrong(trimap, alpha) < 0.006  # the gaps at the strands' roots
    assert (trimap == 128).mean() < 0.2


@pytest.mark.parametrize("light", [(1.0, 1.0), (0.5, 1.2), (1.3, 0.35)])
def test_the_trimap_does_not_depend_on_how_the_screen_is_lit(light: tuple[float, float]) -> None:
    rgb, alpha = before_screen(GREEN, (180, 40, 40), light=light)
    key = find_key(rgb)
    assert key is not None and np.abs(np.array(key) / key[1] - np.array(GREEN) / 170).max() < 0.1
    mask, _ = key_estimate(rgb, key)
    assert iou(mask, alpha) > 0.96


def test_thin_strands_are_in_doubt() -> None:
    rgb, alpha = before_screen(GREEN, (180, 40, 40))
    strands = alpha.copy()
    strands[92:] = 0  # the head's upper half and its strands
    rows, columns = np.mgrid[:240, :320]
    strands[np.hypot(rows - 90, columns - 160) < 41] = 0
    assert (strands > 0.5).sum() > 150
    trimap = open_hint(HintSettings(key="auto"), CLIP).trimap(Frame(rgb, 0, Fraction(1)))
    assert (trimap[strands > 0.5] != 0).mean() > 0.95


def test_the_screens_colour_is_known_behind_the_subject_too() -> None:
    rgb, _ = before_screen(GREEN, (180, 40, 40), noise=0, spill=0)
    light = np.linspace(0.5, 1.2, 80)[None, :, None]
    assert np.abs(screen_colour(rgb, GREEN) - np.array(GREEN) * light).max() < 6


def test_a_picture_without_the_screen_has_the_keys_colour_everywhere() -> None:
    gray = np.full((60, 80, 3), 140, np.uint8)
    assert np.abs(screen_colour(gray, GREEN) - np.array(GREEN)).max() == 0
    mask, _ = key_estimate(gray, GREEN)
    assert (mask == 1).all()


def test_keyness_is_one_on_the_key_and_not_above_zero_elsewhere() -> None:
    colours = np.array([[GREEN, (255, 255, 255), (0, 0, 0), (200, 40, 40)]], np.uint8)
    found = keyness(colours, as_colour(GREEN))[0]
    assert found[0] == pytest.approx(1, abs=0.01)
    assert (np.abs(found[1:3]) < 0.05).all()
    assert found[3] < 0


@pytest.mark.parametrize("brightness", [0.6, 0.8, 1.2])
def test_keyness_holds_in_light_and_shade(brightness: float) -> None:
    shaded = np.rint(as_colour(GREEN) * brightness).astype(np.uint8)
    assert keyness(shaded, as_colour(GREEN))[0, 0] == pytest.approx(1, abs=0.2)


def test_the_colour_given_serves_like_the_one_found() -> None:
    rgb, _ = before_screen(GREEN, (180, 40, 40))
    each = Frame(rgb, 0, Fraction(1))
    by_itself = open_hint(HintSettings(key="auto"), CLIP).trimap(each)
    given = open_hint(HintSettings(key="#14aa3c"), CLIP).trimap(each)
    assert (by_itself == given).mean() > 0.99


def test_no_screen_is_said() -> None:
    gray = Frame(np.full((90, 120, 3), 140, np.uint8), 0, Fraction(1))
    expected = r"^clip\.mp4: no screen of one colour along the picture's border$"
    with pytest.raises(InputError, match=expected):
        open_hint(HintSettings(key="auto"), CLIP).trimap(gray)
