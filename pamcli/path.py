"""The network's paths: which groups run, what that costs, which a cost constraint allows."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from pamcli.errors import InputError

N_ADAPTIVE = 4
"""N^a of the paper: the number of path selection layers."""

REFERENCE_PIXELS = 1024 * 1024
"""Costs and constraints are GMAC for a picture of this many pixels (paper, Table 1)."""

MMAC_PER_GMAC = 1000

NetworkPath = tuple[bool, bool, bool, bool]
"""One flag for each group g1 to g4; True: the group runs, False: its connect layer does."""

FULL_PATH: NetworkPath = (True, True, True, True)
SHORTEST_PATH: NetworkPath = (False, False, False, False)
ALL_PATHS: tuple[NetworkPath, ...] = tuple(
    (g1, g2, g3, g4) for g1, g2, g3, g4 in product((False, True), repeat=N_ADAPTIVE)
)


def path_name(path: NetworkPath) -> str:
    """Four digits, g1 first: "1011"."""
    return "".join("1" if run else "0" for run in path)


def parse_path(name: str) -> NetworkPath:
    """The inverse of `path_name`. Raises InputError for anything but four of 0 and 1."""
    if len(name) != N_ADAPTIVE or set(name) - {"0", "1"}:
        raise InputError(
            f"{name!r} is no network path: four digits 0 or 1 are needed, such as 1011"
        )
    g1, g2, g3, g4 = (digit == "1" for digit in name)
    return g1, g2, g3, g4


@dataclass(frozen=True)
class CostTable:
    """F_c of every path in whole MMAC at 1024 x 1024, rounded up, so that sums never understate.

    shortest: cost of the path that bypasses every group.
    savings: what running each group costs more than its connect layer.
    prior: cost of the colour prior; it is the same on every path and counted beside F_c.
    """

    shortest: int
    savings: tuple[int, int, int, int]
    prior: int = 0

    def mmac(self, path: NetworkPath) -> int:
        """F_c(path) in MMAC."""
        return self.shortest + sum(s for s, run in zip(self.savings, path, strict=True) if run)

    def cost(self, path: NetworkPath) -> float:
        """F_c(path) in GMAC at 1024 x 1024."""
        return self.mmac(path) / MMAC_PER_GMAC

    @cached_property
    def minimum(self) -> int:
        """C_min: the smallest whole GMAC that some path meets."""
        return -(-self.mmac(SHORTEST_PATH) // MMAC_PER_GMAC)

    @cached_property
    def maximum(self) -> int:
        """C_max: the smallest whole GMAC that every path meets."""
        return -(-self.mmac(FULL_PATH) // MMAC_PER_GMAC)

    def is_feasible(self, path: NetworkPath, constraint: int) -> bool:
        """Eq. 2: F_c(path) <= C_c, in whole numbers."""
        return self.mmac(path) <= constraint * MMAC_PER_GMAC

    def feasible(self, constraint: int) -> list[NetworkPath]:
        """Every path within `constraint` (GMAC), cheapest first. Raises InputError below C_min."""
        self.check(constraint)
        paths = [path for path in ALL_PATHS if self.is_feasible(path, constraint)]
        return sorted(paths, key=self.mmac)

    def costliest(self, constraint: int) -> NetworkPath:
        """The path that spends the most within `constraint`. Raises InputError below C_min."""
        return self.feasible(constraint)[-1]

    def check(self, constraint: int) -> None:
        """Raises InputError when no path can meet `constraint` (GMAC)."""
        if constraint < self.minimum:
            raise InputError(
                f"cost constraint {constraint} is too small: the cheapest path needs "
                f"{self.minimum} GMAC per 1024x1024"
            )

    def steps(self) -> list[int]:
        """Whole constraints at which a costlier path becomes feasible; ascending, C_min first."""
        return sorted({-(-self.mmac(path) // MMAC_PER_GMAC) for path in ALL_PATHS})


def mask_infeasible(wanted: Iterable[bool], table: CostTable, constraint: int) -> NetworkPath:
    """The decisions that remain once each one that would break `constraint` is turned to bypass.

    A group may run only if what is spent so far, plus itself, plus the cheapest rest stays within
    C_c; as every earlier decision kept that promise, the shortest rest always fits.
    """
    table.check(constraint)
    slack = constraint * MMAC_PER_GMAC - table.shortest
    decided: list[bool] = []
    for want, saving in zip(wanted, table.savings, strict=True):
        run = bool(want) and saving <= slack
        slack -= saving if run else 0
        decided.append(run)
    g1, g2, g3, g4 = decided
    return g1, g2, g3, g4


def gmac_of_frame(cost: float, height: int, width: int) -> float:
    """GMAC spent on `height` x `width` pixels by a path of `cost` GMAC per 1024 x 1024."""
    return cost * height * width / REFERENCE_PIXELS
