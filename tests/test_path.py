"""Paths, their costs and the arithmetic of the constraint."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pamcli.errors import InputError
from pamcli.path import (
    ALL_PATHS,
    FULL_PATH,
    SHORTEST_PATH,
    CostTable,
    gmac_of_frame,
    mask_infeasible,
    parse_path,
    path_name,
)

TABLE = CostTable(shortest=38472, savings=(8465, 6214, 3964, 17466), prior=73)


def test_there_are_sixteen_paths_and_names_round_trip() -> None:
    assert len(set(ALL_PATHS)) == 16
    assert [parse_path(path_name(path)) for path in ALL_PATHS] == list(ALL_PATHS)


@pytest.mark.parametrize("name", ["", "111", "11111", "10a1", "2000"])
def test_a_name_that_is_no_path_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="four digits"):
        parse_path(name)


def test_bounds_follow_from_the_table() -> None:
    assert (TABLE.minimum, TABLE.maximum) == (39, 75)
    assert TABLE.cost(FULL_PATH) == pytest.approx(74.581)


@pytest.mark.parametrize(
    ("constraint", "best"), [(75, "1111"), (74, "1101"), (70, "1011"), (60, "0011"), (39, "0000")]
)
def test_the_costliest_feasible_path_is_the_papers(constraint: int, best: str) -> None:
    assert path_name(TABLE.costliest(constraint)) == best


def test_below_the_minimum_nothing_is_feasible() -> None:
    with pytest.raises(InputError, match=r"38 is too small: .* 39 GMAC"):
        TABLE.feasible(38)


@given(
    st.integers(1, 50_000),
    st.tuples(*[st.integers(0, 20_000)] * 4),
    st.tuples(*[st.booleans()] * 4),
    st.integers(0, 80),
)
def test_masked_decisions_never_break_the_constraint(
    shortest: int, savings: tuple[int, int, int, int], wanted: tuple[bool, ...], above: int
) -> None:
    table = CostTable(shortest=shortest, savings=savings)
    constraint = table.minimum + above
    path = mask_infeasible(wanted, table, constraint)
    assert table.mmac(path) <= constraint * 1000
    assert all(want or not run for want, run in zip(wanted, path, strict=True))


@pytest.mark.parametrize("constraint", range(39, 80))
def test_a_wish_that_is_feasible_is_granted(constraint: int) -> None:
    for wanted in product((False, True), repeat=4):
        path = (wanted[0], wanted[1], wanted[2], wanted[3])
        if TABLE.is_feasible(path, constraint):
            assert mask_infeasible(path, TABLE, constraint) == path


def test_steps_are_where_a_costlier_path_becomes_feasible() -> None:
    steps = TABLE.steps()
    assert steps[0] == TABLE.minimum and steps[-1] == TABLE.maximum
    for step in steps[1:]:
        assert TABLE.costliest(step) != TABLE.costliest(step - 1)


def test_cost_scales_with_pixels() -> None:
    assert gmac_of_frame(TABLE.cost(SHORTEST_PATH), 512, 1024) == pytest.approx(19.236)
