"""What a page or a program may ask of the job, from JSON to a checked change and back."""

import json
from dataclasses import dataclass

from pamcli.composite import parse_colour
from pamcli.errors import UsageError
from pamcli.live_controls import LiveChange, LiveWish
from pamcli.live_status import masked
from pamcli.monitor.backgrounds import Backgrounds
from pamcli.settings import HintSettings

FIELDS = ("fps", "background", "hint", "min_cost", "max_cost")

LONGEST = 1000
"""Characters of a text."""

LARGEST = 1_000_000
"""Of a number: no range reaches further, and it can be written out."""

SUBJECT, KEY, AUTO = "subject", "key", "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What may be asked for."""

    backgrounds: Backgrounds
    first: LiveWish  # that the job began with

    @property
    def hints(self) -> list[str]:
        """Words for hints; COLOUR stands for one."""
        words = (self.first.hint.kind, SUBJECT, f"{KEY}:{AUTO}", f"{KEY}:COLOUR")
        return list(dict.fromkeys(words))


def change_of(content: bytes, choices: Choices) -> LiveChange:
    """The change that a JSON object asks for, as far as it can be told without the job.

    Its fields: fps, a number. background, a text; null: the usual one. hint: one of the words of
    `Choices`. min_cost, max_cost: whole GMAC; null: the model's.
    Raises InputError, one line.
    """
    asked = _parsed(content)
    change = LiveChange()
    if "fps" in asked:
        change["fps"] = _fps(asked["fps"])
    if "background" in asked:
        name = asked["background"]
        chosen = choices.backgrounds.chosen
        change["background"] = None if name is None else chosen(_text("background", name))
    if "hint" in asked:
        change["hint"] = _hint(_text("hint", asked["hint"]), choices)
    if "min_cost" in asked:
        change["min_cost"] = _gmac("min_cost", asked["min_cost"])
    if "max_cost" in asked:
        change["max_cost"] = _gmac("max_cost", asked["max_cost"])
    return change


def wish_words(wish: LiveWish) -> dict[str, object]:
    """The wish as JSON takes it; credentials are masked."""
    return {
        "fps": wish.fps,
        "background": None if wish.background is None else masked(wish.background),
        "hint": wish.hint.kind if wish.hint.key is None else f"{KEY}:{wish.hint.key}",
        "min_cost": wish.min_cost,
        "max_cost": wish.max_cost,
    }


def _parsed(content: bytes) -> dict[str, object]:
    try:
        asked = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UsageError("no JSON") from error
    if not isinstance(asked, dict) or not asked:
        raise UsageError(f"give a JSON object with some of {', '.join(FIELDS)}")
    unknown = sorted(asked.keys() - set(FIELDS))
    if unknown:
        raise UsageError(f"unknown field {unknown[0][:40]!r}: give {', '.join(FIELDS)}")
    return asked


def _fps(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST:
        raise UsageError("fps: give a number of frames a second, 0 to 1000")
    return value


def _gmac(field: str, value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST:
        raise UsageError(f"{field}: give a whole number of GMAC, or null")
    return value


def _text(field: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise UsageError(f"{field}: give a text")
    if len(value) > LONGEST:
        raise UsageError(f"{field}: longer than {LONGEST} characters")
    return value.strip()


def _hint(word: str, choices: Choices) -> HintSettings:
    first = choices.first.hint
    kind, _, colour = word.partition(":")
    if word == first.kind:
        return first
    if word == SUBJECT:
        return HintSettings(band=first.band, temporal=first.temporal)
    if kind != KEY or not colour:
        raise UsageError(f"hint: {word} is not offered: give {', '.join(choices.hints)}")
    if colour != AUTO:
        parse_colour(colour)
    return HintSettings(key=colour, band=first.band, temporal=first.temporal)
