"""Which precision is right and fast here: looked at before the first frame, not believed."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from pamcli.frame import Alpha, Rgb, Trimap
from pamcli.graph import Inputs, Request
from pamcli.path import FULL_PATH, N_ADAPTIVE, NetworkPath
from pamcli.settings import Precision

FREE = -1
"""Says in the model's `path` input that the network decides on a group itself."""

CHECK_CONSTRAINT = 1000
"""A C_c that allows every path, GMAC per 1024x1024."""

CHECK_SIZE = 192, 256
"""Height and width of the picture on which precisions are compared."""

GROWING_SIZES = ((32, 32), (64, 96), (128, 160))
"""(height, width) of pictures each larger than the one before."""

ROUNDS = 3
"""Timed runs of each precision, in turns; the fastest counts, which other work delays least."""

MEAN_DIFFERENCE, MAX_DIFFERENCE = 5e-3, 5e-2
"""How far the alpha of the self-check may be from float32's before a precision is refused."""

GAIN = 0.9
"""A less exact precision is taken for at most this share of a more exact one's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the self-check found for one precision."""

    precision: Precision
    milliseconds: float
    mean: float  # of |alpha - float32's alpha|, whole picture
    largest: float

    @property
    def agrees(self) -> bool:
        """Whether it gives float32's alpha but for rounding: not every processor's does."""
        return self.mean <= MEAN_DIFFERENCE and self.largest <= MAX_DIFFERENCE

    def __str__(self) -> str:
        """`int8 8.3 ms, differs by 0.0021 (at most 0.015)`."""
        time_taken = f"{self.precision} {self.milliseconds:.1f} ms"
        if self.precision is Precision.F32:
            return time_taken
        verdict = "differs" if self.agrees else "refused, differs"
        return f"{time_taken}, {verdict} by {self.mean:.4f} (at most {self.largest:.3f})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What runs here, and why. `keeps_memory`: see that function; of `precision`."""

    precision: Precision
    keeps_memory: bool
    trials: tuple[Trial, ...] = ()  # empty for a precision that was asked for

    def to_bytes(self) -> bytes:
        """JSON, for the cache."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Verdict":
        """What `to_bytes` gave."""
        record = json.loads(content)
        trials = (
            Trial(**{**trial, "precision": Precision(trial["precision"])})
            for trial in record["trials"]
        )
        return cls(
            precision=Precision(record["precision"]),
            keeps_memory=bool(record["keeps_memory"]),
            trials=tuple(trials),
        )


def network_inputs(
    rgb: Rgb, trimap: Trimap, constraint: int, path: NetworkPath | None = None
) -> Inputs:
    """What the model takes, without a copy where the pictures are contiguous."""
    return {
        "image": np.ascontiguousarray(rgb)[None],
        "trimap": np.ascontiguousarray(trimap)[None],
        "cost_constraint": np.array([constraint], np.int32),
        "path": np.array([FREE] * N_ADAPTIVE if path is None else path, np.int32),
    }


def compare(requests: Mapping[Precision, Request]) -> tuple[Trial, ...]:
    """Every precision against float32, which has to be there: agreement and time, on one picture.

    The longest path runs, so that all of the network is looked at.
    """
    inputs = _check_inputs(CHECK_SIZE)
    alphas = {precision: _alpha(request, inputs) for precision, request in requests.items()}
    fastest = dict.fromkeys(requests, np.inf)
    for _ in range(ROUNDS):
        for precision, request in requests.items():
            started = time.perf_counter()
            request.infer(inputs)
            fastest[precision] = min(fastest[precision], time.perf_counter() - started)
    return tuple(_trials(alphas, fastest))


def choose(trials: tuple[Trial, ...]) -> Precision:
    """The fastest precision that agrees. trials: the most exact first, float32 among them."""
    chosen = trials[0]
    for trial in trials[1:]:
        if trial.agrees and trial.milliseconds <= GAIN * chosen.milliseconds:
            chosen = trial
    return chosen.precision


def keeps_memory(request: Request) -> bool:
    """Whether the first run on a larger picture than all before is right.

    OpenVINO 2026.4 can lose what an `If` gave when memory grows; the released graph is built
    around that, and this looks whether it is so with the version and processor at hand.
    """
    return all(
        np.array_equal(_alpha(request, inputs), _alpha(request, inputs))
        for inputs in map(_check_inputs, GROWING_SIZES)
    )


def _trials(
    alphas: Mapping[Precision, Alpha], seconds: Mapping[Precision, float]
) -> Iterator[Trial]:
    for precision, alpha in alphas.items():
        difference = np.abs(alpha - alphas[Precision.F32])
        yield Trial(
            precision=precision,
            milliseconds=seconds[precision] * 1e3,
            mean=float(difference.mean()),
            largest=float(difference.max()),
        )


def _alpha(request: Request, inputs: Inputs) -> Alpha:
    alpha: Alpha = request.infer(inputs)["alpha"].copy()  # the next run overwrites it
    return alpha


def _check_inputs(size: tuple[int, int]) -> Inputs:
    return network_inputs(*check_picture(*size), CHECK_CONSTRAINT, FULL_PATH)


def check_picture(height: int, width: int) -> tuple[Rgb, Trimap]:
    """Two colours with a wave of each on the other, and a disc of foreground with a wide band."""
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(y / height - 0.5, x / width - 0.5)
    share = np.clip((0.4 - distance) / 0.25, 0, 1)[..., None]
    wave = 30 * np.sin(x / 3 + y / 5)[..., None]
    rgb = share * np.array([200, 150, 90]) + (1 - share) * np.array([60, 80, 140]) + wave
    trimap = np.select([distance < 0.15, distance > 0.4], [255, 0], 128)
    return rgb.clip(0, 255).astype(np.uint8), trimap.astype(np.uint8)
