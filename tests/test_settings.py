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


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"mask": Path("m"), "plate": Path("p")}, "--mask and --plate"),
        ({"key_masks": ((Fraction(0), Path("k")),), "key": "auto"}, "--key-mask and --key"),
        (
            {"trimap": Path("t"), "key_masks": ((Fraction(0), Path("k")),)},
            "--trimap and --key-mask",
        ),
    ],
)
def test_hints_that_exclude_each_other_are_named_by_their_options(
    values: dict[str, object], names: str
) -> None:
    with pytest.raises(UsageError, match=f"^{names} exclude each other: give one hint$"):
        HintSettings(**values)  # type: ignore[arg-type]


def test_two_key_masks_of_one_time_contradict_each_other() -> None:
    with pytest.raises(UsageError, match="two masks are given for one time"):
        HintSettings(key_masks=((Fraction(1), Path("a")), (Fraction(1), Path("b"))))


def test_a_background_needs_a_composite() -> None:
    with pytest.raises(UsageError, match="needs --output composite"):
        OutputSettings(output=Output.ALPHA, target=Path("a.mp4"), background="red")


def test_threads_are_at_least_one() -> None:
    with pytest.raises(UsageError, match="--threads 0"):
        RuntimeSettings(threads=0)
