"""A screen's light, taken off the mattes of one stream."""

from dataclasses import replace

from pamcli.composite import parse_colour
from pamcli.despill import despill
from pamcli.frame import Matte
from pamcli.trimap_key import KeyColour, find_key

AUTO = "auto"

WITH_KEY = 0.8
"""Strength where a screen is known and nobody says more. On cut-outs before made screens, the error
of the colours in the band is least between 0.8 and 1, and what is green itself keeps a little."""


class Spill:
    """What is done about the light that a screen throws on the subject.

    The colour of the screen is asked of the first frame where nobody names it; only its strongest
    channel matters, so that any frame of a clip gives the same.
    """

    def __init__(self, key: str | None, strength: float | None) -> None:
        """key: the screen's colour, None or "auto": looked for. strength: in [0, 1], 0 for nothing;
        None: WITH_KEY where a key is given, else 0. Raises InputError for what is no colour.
        """
        self._strength = (WITH_KEY if key else 0.0) if strength is None else strength
        self._screen: KeyColour | None = None if key in (None, AUTO) else parse_colour(str(key))
        self._looked = False

    def off(self, matte: Matte) -> Matte:
        """The matte with the light taken off its foreground."""
        if not self._strength:
            return matte
        if self._screen is None and not self._looked:
            self._screen, self._looked = find_key(matte.frame.rgb), True
        if self._screen is None:
            return matte
        cleaned = despill(matte.foreground, matte.alpha, self._screen, self._strength)
        return replace(matte, foreground=cleaned)

    def notes(self) -> list[str]:
        """What a person should know."""
        if self._looked and self._screen is None:
            return ["no screen of one colour was found: no spill was taken off"]
        return []
