"""Times as people write them."""

from fractions import Fraction

import pytest

from pamcli.cli.times import parse_time
from pamcli.errors import InputError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12", Fraction(12)),
        ("12.5", Fraction(25, 2)),
        ("02:03", Fraction(123)),
        ("01:02:03.250", Fraction(14893, 4)),
        ("120f", Fraction(4)),
    ],
)
def test_every_form_is_exact(text: str, seconds: Fraction) -> None:
    assert parse_time(text, Fraction(30)) == seconds


@pytest.mark.parametrize("text", ["", "-1", "1:2:3:4", "ten", "5s"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no time"):
        parse_time(text, Fraction(30))


def test_frames_need_a_rate() -> None:
    with pytest.raises(InputError, match="no frame rate"):
        parse_time("120f", None)
