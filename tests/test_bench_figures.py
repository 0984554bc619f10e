"""The table of `pamcli bench`, and its picture."""

from typing import Any

import numpy as np

from pamcli.bench_figures import as_text, draw
from pamcli.bench_panels import HEIGHT, PANEL

ROWS = [
    {"path": "0000", "cost": 38.5, "gmac": 5.4, "ms": 30.0, "gflops": 360.0, "share": 0.75},
    {"path": "1111", "cost": 74.6, "gmac": 10.5, "ms": 60.0, "gflops": 350.0, "share": 0.7},
]
FOUND = {"paths": ROWS, "convolution": 480.0, "fit": {"ms_per_gmac": 5.9, "ms": -1.6}}
TABLE: dict[str, Any] = {
    "processor": "A processor",
    "height": 288,
    "width": 512,
    "threads": 2,
    "chosen": "int8",
    "precisions": {"f32": FOUND, "int8": {**FOUND, "convolution": 1500.0}},
}
PIPELINE = {
    "source": "a made clip",
    "height": 720,
    "width": 1280,
    "hint": "trimap",
    "precision": "int8",
    "frames": 40,
    "fps": 8.0,
    "period_ms": 125.0,
    "ms": {"decode": 3.0, "network": 110.0, "encode": 9.0},
}


def test_the_machine_comes_first_then_the_network_then_the_pipeline() -> None:
    lines = as_text({**TABLE, "pipeline": PIPELINE}).splitlines()
    assert lines[0] == "A processor, 2 threads, int8 chosen"
    assert lines[1].endswith("f32 480, int8 1500 GFLOP/s")
    assert lines[2] == "network on 512x288"
    assert lines[3].startswith("f32") and lines[7].startswith("int8")
    assert lines[5].split() == ["1111", "74.6", "10.5", "60.0", "350", "70%"]
    assert lines[6].strip() == "5.90 ms per GMAC + -1.6 ms"
    assert lines[11].endswith("40 frames at the highest quality: 8.00 frames/s")
    assert lines[12].endswith("decode 3.0, network 110.0, encode 9.0")
    assert lines[13].endswith("125.0")


def test_the_share_at_the_larger_size_is_said_where_it_was_measured() -> None:
    share = {"network": 400.0, "convolution": 500.0, "share": 0.8}
    text = as_text({**TABLE, "precisions": {"f32": {**FOUND, "peak": share}}})
    assert "path 1111 at 1024x1024, f32: 400 GFLOP/s, 80% of the 500 GFLOP/s" in text


def test_the_picture_has_a_panel_for_the_network_and_one_for_the_pipeline() -> None:
    assert draw(TABLE).shape == (HEIGHT, PANEL, 3)
    both = draw({**TABLE, "pipeline": PIPELINE})
    assert both.shape == (HEIGHT, 2 * PANEL, 3) and both.dtype == np.uint8
