"""The same network in OpenVINO, PyTorch and ONNX Runtime: whether they agree, then their times."""

import copy
import logging
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median

import numpy as np
import openvino as ov
import torch
from torch import Tensor, nn

from convert.fold import prepare
from convert.ir import image_adaptive
from convert.verify import stir
from pam.network import COSTS, NetworkPath, Pam, colour_prior
from pamcli.bench_peak import sample_picture
from pamcli.frame import Alpha, Rgb, Trimap
from pamcli.graph import Request, network_of, plain_request, prior_request
from pamcli.machine import usable_cores
from pamcli.path import FULL_PATH, SHORTEST_PATH, path_name
from pamcli.self_check import network_inputs
from pamcli.settings import Precision

SIDES = 512, 1024
PATHS = FULL_PATH, SHORTEST_PATH
REPEATS = 7

REST = 0.2
"""Seconds between two runs: the threads of one library spin for a while before they let go."""

SEED = 0

TRUTH = "PyTorch, eager f32"
COMPARED = "OpenVINO f32", "OpenVINO bf16"
"""The times that the others are put in relation to."""

Infer = Callable[[], Alpha]


class AlphaAlong(nn.Module):
    """The network along one path, from uint8 pictures to alpha."""

    def __init__(self, network: Pam, path: NetworkPath) -> None:
        super().__init__()
        self.network = network
        self.path = path

    def forward(self, image: Tensor, trimap: Tensor) -> Tensor:
        """image: uint8 (1, H, W, 3) RGB; trimap: uint8 (1, H, W); alpha float32 (1, H, W)."""
        picture = image.permute(0, 3, 1, 2).float() / 255
        known = trimap.unsqueeze(1).float() / 255
        constraint = torch.tensor([COSTS.maximum])
        alpha, *_ = self.network.run(
            picture,
            known,
            colour_prior(picture, known),
            self.network.embedding(constraint),
            lambda group, logits: self.path[group],
        )
        return alpha.squeeze(1)


def report(network: Pam) -> None:
    """Print a line for each path, size and library; every weight of zero gets noise instead, so
    that there is something to agree on.
    """
    threads, before = usable_cores(), torch.get_num_threads()
    prepared = prepare(stir(copy.deepcopy(network), SEED))
    torch.set_num_threads(threads)
    try:
        for path in PATHS:
            for side in SIDES:
                print(f"path {path_name(path)}, {side}x{side}, {threads} threads:", flush=True)
                engines = open_engines(prepared, path, side, threads)
                for line in lines(differences(engines), times(engines)):
                    print(line, flush=True)
    finally:
        torch.set_num_threads(before)


def open_engines(prepared: Pam, path: NetworkPath, side: int, threads: int) -> dict[str, Infer]:
    """Ways to get the alpha of one picture of `side` by `side`. prepared: of `prepare`.

    ONNX Runtime is left out, with a word, where it or its exporter is not installed.
    """
    picture = sample_picture(side, side)
    module = AlphaAlong(prepared, path).eval()
    last = AlphaAlong(copy.deepcopy(prepared), path).eval()
    last.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    engines = {
        TRUTH: _torch_engine(module, *picture),
        f"{TRUTH}, channels last": _torch_engine(last, *picture),
    }
    try:
        engines["ONNX Runtime f32"] = _onnx_engine(module, *picture, threads)
    except ModuleNotFoundError as error:
        print(f"  no ONNX Runtime: {error.name} is missing; pip install 'pamcli[compare]'")
    model = _as_released(prepared)
    for precision in (Precision.F32, Precision.BF16):
        engine = _openvino_engine(model, precision, path, picture, threads)
        engines[f"OpenVINO {precision}"] = engine
    return engines


def differences(engines: Mapping[str, Infer]) -> dict[str, float]:
    """The largest absolute difference of each alpha from that of TRUTH."""
    truth = engines[TRUTH]()
    return {name: float(np.abs(infer() - truth).max()) for name, infer in engines.items()}


def times(engines: Mapping[str, Infer], repeats: int = REPEATS) -> dict[str, float]:
    """Median seconds of each, run in turns after one round that is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(repeats + 1):
        for name, infer in engines.items():
            time.sleep(REST)
            started = time.perf_counter()
            infer()
            taken[name].append(time.perf_counter() - started)
    return {name: median(seconds[1:]) for name, seconds in taken.items()}


def lines(apart: Mapping[str, float], seconds: Mapping[str, float]) -> Iterator[str]:
    """What a person is shown of one path and size."""
    for name, taken in seconds.items():
        shares = ", ".join(f"{one} {seconds[one] / taken:.3f}" for one in COMPARED)
        yield (
            f"  {name:34} {taken * 1e3:7.1f} ms, alpha differs by at most {apart[name]:.1e}; "
            f"times over this one: {shares}"
        )


def _torch_engine(module: AlphaAlong, rgb: Rgb, trimap: Trimap) -> Infer:
    image, known = torch.from_numpy(rgb)[None], torch.from_numpy(trimap)[None]

    def infer() -> Alpha:
        with torch.inference_mode():
            return np.asarray(module(image, known)[0].numpy(), np.float32)

    return infer


def _as_released(prepared: Pam) -> ov.Model:
    """Written and read again, as the runtime meets it."""
    core = ov.Core()
    core.set_property({"ENABLE_MMAP": False})  # the files are gone before the model is
    with tempfile.TemporaryDirectory() as folder:
        xml = Path(folder) / "pam.xml"
        ov.save_model(image_adaptive(prepared), xml, compress_to_fp16=False)
        return core.read_model(xml)


def _openvino_engine(
    model: ov.Model,
    precision: Precision,
    path: NetworkPath,
    picture: tuple[Rgb, Trimap],
    threads: int,
) -> Infer:
    """As the runtime does it: one model for all paths, the prior in float32."""
    hints = {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": threads,
        "ENABLE_CPU_PINNING": False,
    }
    network = plain_request(network_of(model), precision, hints)
    request = Request(prior_request(model, hints), network)
    inputs = network_inputs(*picture, COSTS.maximum, path)
    return lambda: np.array(request.infer(inputs)["alpha"][0])


def _onnx_engine(module: AlphaAlong, rgb: Rgb, trimap: Trimap, threads: int) -> Infer:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    model = onnx_model(module, rgb, trimap)
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    inputs = {"image": rgb[None], "trimap": trimap[None]}
    return lambda: np.asarray(session.run(["alpha"], inputs)[0][0], np.float32)


def onnx_model(module: AlphaAlong, rgb: Rgb, trimap: Trimap) -> bytes:
    """The module as ONNX, for pictures of this size only. Raises ModuleNotFoundError."""
    example = torch.from_numpy(rgb)[None], torch.from_numpy(trimap)[None]
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module,
            example,
            input_names=["image", "trimap"],
            output_names=["alpha"],
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    return bytes(program.model_proto.SerializeToString())
