"""What a sink is, whoever it is: where it leads, and what a live job asks of it."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from pamcli.errors import OutputError
from pamcli.live_encode import Coded
from pamcli.live_open import DEVICE, SCHEME, unknown_scheme
from pamcli.live_status import LinkState, LinkStatus, masked
from pamcli.pixels import Pixels

WINDOW = "window"
HLS_SUFFIX = ".m3u8"


class SinkKind(StrEnum):
    """Which way a sink has to be fed."""

    NETWORK = "network"
    FILE = "file"
    HLS = "hls"
    DEVICE = "device"
    WINDOW = "window"


NETWORK_FORMATS = {
    "rtmp": "flv",
    "rtmps": "flv",
    "rtmpt": "flv",
    "rtmpts": "flv",
    "rtsp": "rtsp",
    "udp": "mpegts",
    "tcp": "mpegts",
}

FILE_FORMATS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".ts": "mpegts",
    ".flv": "flv",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkSettings:
    """A live sink."""

    address: str  # URL, /dev/videoN, "window", or file
    longest_wait: float = 5.0  # seconds between two attempts to reach it again, at most
    overwrite: bool = False
    options: Mapping[str, str] = field(default_factory=dict)  # FFmpeg's, for its container

    @property
    def name(self) -> str:
        """To show to a person: nothing secret in it."""
        return masked(self.address)

    @property
    def file(self) -> Path:
        """Of a file or a playlist."""
        return Path(self.address)

    @property
    def kind(self) -> SinkKind:
        """Raises OutputError for what is no sink."""
        if self.address == WINDOW:
            return SinkKind.WINDOW
        if DEVICE.fullmatch(self.address):
            return SinkKind.DEVICE
        scheme = SCHEME.match(self.address)
        if scheme is not None:
            if scheme[1].lower() not in NETWORK_FORMATS:
                raise OutputError(f"{self.name}: {unknown_scheme(scheme[1])}")
            return SinkKind.NETWORK
        suffix = self.file.suffix.lower()
        if suffix == HLS_SUFFIX:
            return SinkKind.HLS
        if suffix not in FILE_FORMATS:
            known = ", ".join(FILE_FORMATS)
            raise OutputError(
                f"{self.name}: no sink; use rtmp://, rtsp://, udp://, /dev/videoN, {WINDOW}, "
                f"a playlist {HLS_SUFFIX} or a file {known}"
            )
        return SinkKind.FILE

    @property
    def answers(self) -> bool:
        """Whether a peer has to take a connection before it gets anything."""
        return not self.address.lower().startswith("udp://")

    @property
    def format(self) -> str:
        """FFmpeg's name of the container of a file or of a network's stream."""
        scheme = re.match(SCHEME, self.address)
        if scheme is not None:
            return NETWORK_FORMATS[scheme[1].lower()]
        return FILE_FORMATS[self.file.suffix.lower()]


@dataclass(slots=True)
class LinkRecord:
    """The state of one connection, as it changes."""

    name: str
    state: LinkState = LinkState.CONNECTING
    reconnects: int = 0
    frames: int = 0
    error: str = ""

    def status(self) -> LinkStatus:
        """As it is now."""
        return LinkStatus(
            name=self.name,
            state=self.state,
            reconnects=self.reconnects,
            frames=self.frames,
            error=self.error,
        )


class CodedSink(Protocol):
    """Takes packets; never waits for anyone, raises nothing that belongs to one sink alone."""

    record: LinkRecord

    @property
    def wants_key(self) -> bool:
        """Whether a key frame is needed before anything can be written."""

    def write(self, coded: Coded) -> None:
        """Pass on a packet, as far as the sink is there."""

    def close(self) -> None:
        """End it properly; the last call."""


class PictureSink(Protocol):
    """Takes pictures as they are."""

    record: LinkRecord

    def show(self, pixels: Pixels) -> None:
        """uint8 (H, W) or (H, W, 3)."""

    def close(self) -> None:
        """End it properly; the last call."""


def now() -> float:
    """Seconds of the clock by which sinks count."""
    return time.monotonic()


def check_sink(sink: SinkSettings) -> None:
    """Raises OutputError for a sink that is none, or that cannot be written from the beginning."""
    if sink.kind is SinkKind.DEVICE and not Path(sink.address).exists():
        raise OutputError(f"{sink.name}: no such device; v4l2loopback makes virtual cameras")
    if sink.kind in (SinkKind.FILE, SinkKind.HLS):
        if not sink.file.parent.is_dir():
            raise OutputError(f"{sink.file}: no such folder: {sink.file.parent}")
        if sink.file.exists() and not sink.overwrite:
            raise OutputError(f"{sink.file}: exists; --overwrite replaces it")
