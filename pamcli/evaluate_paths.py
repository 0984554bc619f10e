"""Whether choosing a path for each still is worth it: the chosen path against those not chosen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pamcli.path import CostTable, NetworkPath, path_name


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStatistics:
    """Mean SAD / 1e3 over the stills under one C_c, by who chooses the path."""

    constraint: int  # C_c, GMAC per 1024x1024
    taken: Mapping[str, int]  # path to how many stills it was chosen for
    chosen: float  # by the network, or by the runtime while its path selection is untrained
    cheapest: float  # always the cheapest feasible path
    random: float  # expectation of a feasible path drawn at random for each still
    oracle: float  # the best feasible path of each still, known only from the truth
    static: float  # the one feasible path that is best over all stills
    static_path: str
    each: Mapping[str, float]  # every feasible path for all stills, cheapest first


def path_statistics(
    costs: CostTable,
    constraint: int,
    chosen: Sequence[NetworkPath],
    sads: Sequence[Mapping[NetworkPath, float]],
) -> PathStatistics:
    """Compare the paths chosen under C_c with all that were feasible.

    chosen: the path taken for each still. sads: SAD / 1e3 of each still by each of the 16 paths.
    Raises InputError when C_c is below C_min.
    """
    feasible = costs.feasible(constraint)
    table = np.array([[sad[path] for path in feasible] for sad in sads])  # stills, paths
    means = table.mean(axis=0)
    best = int(means.argmin())
    taken = Counter(path_name(path) for path in chosen)
    return PathStatistics(
        constraint=constraint,
        taken=dict(taken.most_common()),
        chosen=float(np.mean([sad[path] for sad, path in zip(sads, chosen, strict=True)])),
        cheapest=float(means[0]),
        random=float(table.mean()),
        oracle=float(table.min(axis=1).mean()),
        static=float(means[best]),
        static_path=path_name(feasible[best]),
        each={path_name(path): float(sad) for path, sad in zip(feasible, means, strict=True)},
    )
