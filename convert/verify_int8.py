"""Is the network in int8 still the network? Compared with float32 on composites, on every path."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov

from convert.verify import CONSTRAINTS, VerificationError
from pam.data.batch import TrainingBatch
from pam.network import COSTS
from pamcli.frame import Alpha, Rgb, Trimap
from pamcli.graph import (
    PICTURES,
    Inputs,
    Prior,
    Request,
    network_of,
    plain_request,
    prior_request,
)
from pamcli.path import ALL_PATHS, NetworkPath, path_name
from pamcli.self_check import compare, network_inputs
from pamcli.settings import Precision
from pamcli.trimap import FOREGROUND, UNKNOWN

LARGEST_LOSS = 0.03
"""By how much SAD may grow on any path, as a share of float32's."""

LARGEST_DIFFERENCE = 0.01
"""Mean over the unknown pixels of how far alpha may be from float32's on any path."""

HINTS = {"PERFORMANCE_HINT": "LATENCY"}


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """A picture with a trimap and its true alpha, as `pamcli` is given them."""

    rgb: Rgb
    trimap: Trimap
    alpha: Alpha

    @classmethod
    def of_crop(cls, crop: TrainingBatch) -> "Composite":
        """crop: a batch of one."""
        rgb = (crop.image[0].permute(1, 2, 0) * 255).round().clamp(0, 255)
        level = crop.trimap[0, 0].numpy()
        trimap = np.select([level < 0.25, level > 0.75], [0, FOREGROUND], UNKNOWN)
        return cls(
            np.ascontiguousarray(rgb.numpy().astype(np.uint8)),
            trimap.astype(np.uint8),
            crop.alpha[0, 0].numpy(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The parts of a released model: the prior to run, the network as a graph."""

    prior: Prior
    network: ov.Model

    @classmethod
    def read(cls, xml: Path) -> "Pair":
        """Raises RuntimeError for what is no model, KeyError for one without a prior."""
        graph = ov.Core().read_model(xml)
        return cls(prior=prior_request(graph, HINTS), network=network_of(graph))


@dataclass(frozen=True, slots=True, kw_only=True)
class Int8Differences:
    """What int8 changes on held-out composites, by path."""

    loss: dict[str, float]  # growth of SAD as a share of float32's
    mean: dict[str, float]  # of |alpha - float32's alpha| over the unknown pixels
    largest: float  # of the same, any path
    equal_choices: int
    choices: int  # decisions left to the network that were compared

    def lines(self) -> Iterator[str]:
        """The report, one line for each path."""
        for name, loss in self.loss.items():
            yield f"{name}  SAD {loss:+.2%}, mean difference {self.mean[name]:.2e}"
        yield f"largest difference {self.largest:.3f}"
        yield f"{self.equal_choices} of {self.choices} free choices equal"

    def check(self) -> None:
        """Raises VerificationError when int8 costs too much on any path."""
        loss, mean = max(self.loss.values()), max(self.mean.values())
        if not loss <= LARGEST_LOSS or not mean <= LARGEST_DIFFERENCE:
            raise VerificationError(
                f"int8 differs too much: SAD {loss:+.1%} (allowed {LARGEST_LOSS:.0%}), mean "
                f"difference {mean:.1e} (allowed {LARGEST_DIFFERENCE:.0e})"
            )

    def record(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "sad": {name: round(loss, 5) for name, loss in self.loss.items()},
            "mean_difference": {name: round(mean, 6) for name, mean in self.mean.items()},
            "largest_difference": round(self.largest, 5),
            "equal_choices": f"{self.equal_choices} of {self.choices}",
        }


def compare_int8(pair: Pair, quantised: Path, composites: Iterable[Composite]) -> Int8Differences:
    """The int8 network in `quantised` against float32, on every path and left to itself."""
    requests = [
        plain_request(network, Precision.F32, HINTS)
        for network in (pair.network, ov.Core().read_model(quantised))
    ]
    tally = _Tally(pair.prior, *requests)
    for composite in composites:
        tally.add(composite)
    return tally.result()


def check_start(pair: Pair, quantised: Path) -> None:
    """Raises VerificationError when the runtime's own check at its start would refuse int8 here."""
    fast = plain_request(ov.Core().read_model(quantised), Precision.F32, HINTS)
    exact = plain_request(pair.network, Precision.F32, HINTS)
    requests = {
        Precision.F32: Request(pair.prior, exact),
        Precision.INT8: Request(pair.prior, fast),
    }
    trial = compare(requests)[-1]
    print(trial, flush=True)
    if not trial.agrees:
        raise VerificationError(f"the runtime would refuse it: {trial}")


def inputs_of(prior: Prior, composite: Composite, path: NetworkPath | None) -> Inputs:
    """Everything that the network takes, the prior's tensors copied. path: None leaves it free."""
    given = network_inputs(composite.rgb, composite.trimap, COSTS.maximum, path)
    found = prior.infer({name: given[name] for name in PICTURES})
    return {**given, **{name: tensor.copy() for name, tensor in found.items()}}


class _Tally:
    def __init__(self, prior: Prior, exact: Any, fast: Any) -> None:
        self._prior, self._exact, self._fast = prior, exact, fast
        self._errors = {path_name(path): np.zeros(2) for path in ALL_PATHS}  # exact, fast
        self._differences = {path_name(path): 0.0 for path in ALL_PATHS}
        self._pixels, self._largest = 0, 0.0
        self._equal = self._choices = 0

    def add(self, composite: Composite) -> None:
        inputs = inputs_of(self._prior, composite, None)
        unknown = composite.trimap == UNKNOWN
        true = composite.alpha[unknown]
        self._pixels += true.size
        for path in ALL_PATHS:
            given = {**inputs, "path": np.array(path, np.int32)}
            exact, fast = (r.infer(given)["alpha"][0][unknown] for r in (self._exact, self._fast))
            errors = [np.abs(alpha - true).sum(dtype=np.float64) for alpha in (exact, fast)]
            self._errors[path_name(path)] += errors
            difference = np.abs(fast - exact)
            self._differences[path_name(path)] += float(difference.sum(dtype=np.float64))
            self._largest = max(self._largest, float(difference.max(initial=0)))
        for constraint in CONSTRAINTS:
            given = {**inputs, "cost_constraint": np.array([constraint], np.int32)}
            exact, fast = (r.infer(given)["decided"] for r in (self._exact, self._fast))
            self._equal += bool(np.array_equal(exact, fast))
            self._choices += 1

    def result(self) -> Int8Differences:
        return Int8Differences(
            loss={name: float(fast / exact - 1) for name, (exact, fast) in self._errors.items()},
            mean={name: total / self._pixels for name, total in self._differences.items()},
            largest=self._largest,
            equal_choices=self._equal,
            choices=self._choices,
        )
