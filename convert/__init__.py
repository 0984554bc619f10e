"""From a checkpoint to the OpenVINO IR that `pamcli` runs."""

from pamcli.graph import load_openvino

load_openvino()  # before anything here imports it by name: its telemetry is switched off there

from convert.ir import image_adaptive, static_subnetwork  # noqa: E402

__all__ = ["image_adaptive", "static_subnetwork"]
