"""Settings check themselves."""

from fractions import Fraction
from pathlib import Path

import pytest

from pamcli.errors import UsageError
from pamcli.settings import CostSettings, HintSettings, Output, OutputSettings, RuntimeSettings


@pytest.mark.parametrize(
    "values",
    [
        {"fps": Fraction(0)},
        {"fps": Fraction(2000)},
        {"fps": Fraction(15), "constraint": 60},
        {"scale": 0.1},
        {"scale": 1.5},
        {"minimum": 60, "maximum": 50},
    ],
)
def test_costs_that_contradict_or_leave_their_range(values: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        CostSettings(**values)  # type: ignore[arg-type]


def test_one_hint_at_most() -> None:
    with pytest.raises(UsageError, match="--trimap and --key exclude each other"):
        HintSettings(trimap=Path("a.png"), key="auto")
    with pytest.raises(UsageError, match="--band 0 "):
        HintSettings(band=0)


def test_a_background_needs_a_composite() -> None:
    with pytest.raises(UsageError, match="needs --output composite"):
        OutputSettings(output=Output.ALPHA, target=Path("a.mp4"), background="red")


def test_threads_are_at_least_one() -> None:
    with pytest.raises(UsageError, match="--threads 0"):
        RuntimeSettings(threads=0)
