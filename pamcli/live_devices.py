# ruff: noqa: TID251 - asks FFmpeg what it can do
"""What live streams can come from and go to on this machine, and what is still to be installed."""

import importlib.util
import os
import sys
from pathlib import Path

import av
from av.codec import Codec

from pamcli.live_open import CAMERA_FORMATS

NAMES = Path("/sys/class/video4linux")

LOOPBACK = "v4l2loopback"

NO_VIRTUAL = (
    "none; apt-get install v4l2loopback-dkms && modprobe v4l2loopback exclusive_caps=1 makes one"
)
NO_CAMERA = "none"


def cameras(names: Path = NAMES) -> list[str]:
    """Each real camera, its device and its name. names: the folder where Linux lists them."""
    return [f"{device} ({name})" for device, name, is_virtual in _devices(names) if not is_virtual]


def virtual_cameras(names: Path = NAMES) -> list[str]:
    """Each virtual camera, to which a live stream can go."""
    return [f"{device} ({name})" for device, name, is_virtual in _devices(names) if is_virtual]


def _devices(names: Path) -> list[tuple[str, str, bool]]:
    """Device, name, and whether it is virtual: those stand on no bus."""
    if not names.is_dir():
        return []
    found = []
    for entry in sorted(names.iterdir()):
        try:
            name = (entry / "name").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            continue
        is_virtual = "virtual" in Path(os.path.realpath(entry)).parts or LOOPBACK in name.lower()
        found.append((f"/dev/{entry.name}", name, is_virtual))
    return found


def protocols() -> dict[str, bool]:
    """Whether this build of FFmpeg has what each way in or out needs."""
    formats, camera = av.formats_available, CAMERA_FORMATS.get(sys.platform, "v4l2")
    has_camera = any(camera in name.split(",") for name in formats)
    return {
        "rtmp": "flv" in formats,
        "rtsp": "rtsp" in formats,
        "hls": "hls" in formats,
        "udp": "mpegts" in formats,
        "fifo": "fifo" in formats,
        camera: has_camera,
    }


def encoders() -> dict[str, bool]:
    """Whether the encoders of live sinks are there."""
    return {name: _is_there(name) for name in ("libx264", "aac")}


def _is_there(encoder: str) -> bool:
    return encoder in av.codecs_available and Codec(encoder, "w").is_encoder


def live_facts() -> dict[str, str]:
    """What a person should know, line by line."""
    missing = [name for name, there in {**protocols(), **encoders()}.items() if not there]
    there = [name for name, is_there in {**protocols(), **encoders()}.items() if is_there]
    lacks = f"; missing: {' '.join(missing)}" if missing else ""
    is_linux = sys.platform == "linux"
    return {
        "cameras": ", ".join(cameras()) or (NO_CAMERA if is_linux else "not listed here"),
        "virtual cameras": ", ".join(virtual_cameras())
        or (NO_VIRTUAL if is_linux else "only on Linux"),
        "live": f"{' '.join(there)}{lacks}; no srt: srt-live-transmit makes udp of it",
        "monitor": _monitor(),
    }


def _monitor() -> str:
    needed = "starlette", "uvicorn"
    if all(importlib.util.find_spec(name) for name in needed):
        return "installed"
    return "not installed; pip install 'pamcli[monitor]'"
