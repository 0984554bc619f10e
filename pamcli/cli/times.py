"""Times as people write them."""

import re
from fractions import Fraction

from pamcli.errors import InputError, UsageError

CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)")


def parse_time(text: str, rate: Fraction | None) -> Fraction:
    """Seconds of "12.5", "01:02:03.250", "02:03" or "120f" (frames at `rate` a second).

    Raises UsageError for anything else, InputError for frames where the source has no rate.
    """
    if re.fullmatch(r"\d+f", text):
        if not rate:
            raise InputError(f"{text}: the source names no frame rate; give seconds")
        return Fraction(int(text[:-1])) / rate
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return Fraction(text)
    clock = CLOCK.fullmatch(text)
    if clock is None:
        raise UsageError(f"{text!r} is no time: seconds, hh:mm:ss.mmm or frames such as 120f")
    hours, minutes, seconds = clock.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + Fraction(seconds)
