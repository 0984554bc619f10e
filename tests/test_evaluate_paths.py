"""Statistics of the paths against a slow count."""

import numpy as np
import pytest
from evaluations import TABLE

from pamcli.errors import InputError
from pamcli.evaluate_paths import path_statistics
from pamcli.path import ALL_PATHS, SHORTEST_PATH, NetworkPath, path_name


def random_sads(stills: int) -> list[dict[NetworkPath, float]]:
    values = np.random.default_rng(3).uniform(1, 9, (stills, len(ALL_PATHS))).tolist()
    return [dict(zip(ALL_PATHS, row, strict=True)) for row in values]


@pytest.mark.parametrize("constraint", [39, 60, 75, 81])
def test_each_chooser_has_its_mean(constraint: int) -> None:
    sads = random_sads(5)
    allowed = [path for path in ALL_PATHS if TABLE.cost(path) <= constraint]
    chosen = [allowed[number % len(allowed)] for number in range(5)]
    found = path_statistics(TABLE, constraint, chosen, sads)
    means = {path: sum(sad[path] for sad in sads) / 5 for path in allowed}
    best = min(allowed, key=lambda path: means[path])
    assert found.chosen == pytest.approx(
        sum(sad[path] for sad, path in zip(sads, chosen, strict=True)) / 5
    )
    assert found.cheapest == pytest.approx(means[SHORTEST_PATH])
    assert found.random == pytest.approx(sum(means.values()) / len(allowed))
    assert found.oracle == pytest.approx(sum(min(s[p] for p in allowed) for s in sads) / 5)
    assert found.static_path == path_name(best)
    assert found.static == pytest.approx(means[best])
    assert found.oracle <= found.static <= found.random
    each = {path_name(path): means[path] for path in allowed}
    assert dict(found.each) == pytest.approx(each)
    assert sum(found.taken.values()) == 5


def test_the_cheapest_constraint_leaves_one_path() -> None:
    found = path_statistics(TABLE, 39, [SHORTEST_PATH] * 2, random_sads(2))
    assert found.chosen == found.cheapest == found.random == found.oracle == found.static
    assert found.taken == {"0000": 2}


def test_a_constraint_below_the_minimum_is_refused() -> None:
    with pytest.raises(InputError, match="too small"):
        path_statistics(TABLE, 10, [SHORTEST_PATH], random_sads(1))
