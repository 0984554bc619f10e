"""Agreement first, then speed; and the verdict comes back from the cache as it was."""

import numpy as np
import pytest

from pamcli.graph import Inputs
from pamcli.self_check import (
    MAX_DIFFERENCE,
    MEAN_DIFFERENCE,
    Trial,
    Verdict,
    check_picture,
    choose,
    compare,
    keeps_memory,
    network_inputs,
)
from pamcli.settings import Precision

F32, BF16, INT8 = Precision.F32, Precision.BF16, Precision.INT8


class Fake:
    """Gives alpha 0.5 plus `error` on one pixel of every four."""

    def __init__(self, error: float = 0.0, *, forgets: bool = False) -> None:
        self.error, self.forgets = error, forgets
        self.shown: list[tuple[int, ...]] = []

    def infer(self, inputs: Inputs) -> dict[str, np.ndarray]:
        size = inputs["trimap"].shape
        alpha = np.full(size, 0.5, np.float32)
        alpha[..., ::4] += self.error
        if self.forgets and size not in self.shown:
            alpha += 0.25
        self.shown.append(size)
        return {"alpha": alpha}


def trial(precision: Precision, milliseconds: float, mean: float = 0.0) -> Trial:
    return Trial(precision=precision, milliseconds=milliseconds, mean=mean, largest=mean)


@pytest.mark.parametrize(
    ("trials", "chosen"),
    [
        ((trial(F32, 10),), F32),
        ((trial(F32, 10), trial(BF16, 5), trial(INT8, 3)), INT8),
        ((trial(F32, 10), trial(BF16, 5), trial(INT8, 4.6)), BF16),  # not worth it
        ((trial(F32, 10), trial(BF16, 9.5), trial(INT8, 8.9)), INT8),
        ((trial(F32, 10), trial(BF16, 5), trial(INT8, 1, 0.04)), BF16),  # it differs
        ((trial(F32, 10), trial(BF16, 1, np.nan), trial(INT8, 12)), F32),
    ],
)
def test_the_fastest_that_agrees_is_chosen(trials: tuple[Trial, ...], chosen: Precision) -> None:
    assert choose(trials) is chosen


def test_differences_are_from_float32_and_every_precision_is_timed() -> None:
    requests = {F32: Fake(), BF16: Fake(0.01), INT8: Fake(0.125)}
    exact, half, eighth = compare(requests)  # type: ignore[arg-type]
    assert (exact.mean, exact.largest) == (0, 0)
    assert half.mean == pytest.approx(0.01 / 4, rel=1e-4) and half.agrees
    assert eighth.largest == 0.125 and not eighth.agrees
    assert min(each.milliseconds for each in (exact, half, eighth)) > 0
    assert len({len(request.shown) for request in requests.values()}) == 1


def test_both_bounds_hold() -> None:
    on_the_edge = Trial(
        precision=BF16, milliseconds=1, mean=MEAN_DIFFERENCE, largest=MAX_DIFFERENCE
    )
    assert on_the_edge.agrees
    assert not Trial(precision=BF16, milliseconds=1, mean=0, largest=0.051).agrees
    assert not Trial(precision=BF16, milliseconds=1, mean=0.0051, largest=0.01).agrees


def test_a_first_run_that_differs_from_the_second_is_seen() -> None:
    assert keeps_memory(Fake())  # type: ignore[arg-type]
    assert not keeps_memory(Fake(forgets=True))  # type: ignore[arg-type]


def test_a_verdict_comes_back_as_it_was() -> None:
    trials = trial(F32, 10), trial(INT8, 3.25, 0.001)
    verdict = Verdict(precision=INT8, keeps_memory=False, trials=trials)
    again = Verdict.from_bytes(verdict.to_bytes())
    assert again == verdict and again.trials[1].precision is INT8


def test_a_trial_says_what_it_found() -> None:
    assert str(trial(F32, 10)) == "f32 10.0 ms"
    assert str(trial(INT8, 3.25, 0.001)) == "int8 3.2 ms, differs by 0.0010 (at most 0.001)"
    assert str(trial(BF16, 3, 0.5)) == "bf16 3.0 ms, refused, differs by 0.5000 (at most 0.500)"


def test_a_free_path_is_left_to_the_network() -> None:
    rgb, trimap = check_picture(32, 64)
    assert {0, 128, 255} == set(np.unique(trimap))
    free = network_inputs(rgb, trimap, 60)
    assert free["path"].tolist() == [-1] * 4 and free["cost_constraint"].tolist() == [60]
    assert free["image"].base is not None and np.shares_memory(free["image"], rgb)
    forced = network_inputs(rgb, trimap, 60, (True, False, False, True))
    assert forced["path"].tolist() == [1, 0, 0, 1]
