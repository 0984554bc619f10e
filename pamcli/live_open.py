# ruff: noqa: TID251 - how live sources are opened
"""A live source opened, whatever it is: soon, with time-outs, and within its own protocols."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import av
import av.error
from av.container import InputContainer

from pamcli.errors import InputError
from pamcli.live_status import masked
from pamcli.video_decode import MOST_PIXELS

SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
DEVICE = re.compile(r"/dev/video\d+")
CAMERA = "camera:"

SECOND = 1_000_000  # FFmpeg counts microseconds

NETWORK = (
    "rtmp,rtmpe,rtmps,rtmpt,rtmpte,rtmpts,ffrtmphttp,rtp,srtp,tcp,udp,udplite,tls,http,https,"
    "httpproxy,crypto,data"
)
"""Protocols that a stream of the network may lead on to: never a file of this machine."""

SAME_TRACKS = {"merge_pmt_versions": "1"}
"""An MPEG stream that numbers its tracks anew goes on with those that are there: of another one
nothing would be heard."""

CAMERA_FORMATS = {"linux": "v4l2", "darwin": "avfoundation", "win32": "dshow"}


class SourceKind(StrEnum):
    """Which way a source has to be asked."""

    FILE = "file"
    CAMERA = "camera"
    RTMP = "rtmp"
    RTSP = "rtsp"
    HTTP = "http"  # HLS as a rule
    DATAGRAMS = "udp"  # UDP and RTP
    OTHER = "other"  # TCP and what else FFmpeg knows


KINDS = {
    "file": SourceKind.FILE,
    "rtmp": SourceKind.RTMP,
    "rtmps": SourceKind.RTMP,
    "rtmpt": SourceKind.RTMP,
    "rtmpts": SourceKind.RTMP,
    "rtsp": SourceKind.RTSP,
    "rtsps": SourceKind.RTSP,
    "http": SourceKind.HTTP,
    "https": SourceKind.HTTP,
    "udp": SourceKind.DATAGRAMS,
    "rtp": SourceKind.DATAGRAMS,
    "tcp": SourceKind.OTHER,
    "tls": SourceKind.OTHER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """A live source, and how patient to be with it."""

    address: str  # URL, /dev/videoN, camera:NAME or file
    audio: bool = True
    loop: bool = False  # a file begins again at its end
    patience: float = 3.0  # seconds without a picture after which it counts as gone
    longest_wait: float = 5.0  # seconds between two attempts to reach it again, at most
    reconnects: int | None = None  # attempts in a row without a picture; None: without end
    options: Mapping[str, str] = field(default_factory=dict)  # FFmpeg's, for this source

    @property
    def kind(self) -> SourceKind:
        """Raises InputError for a scheme that is not known here."""
        if self.address.startswith(CAMERA) or DEVICE.fullmatch(self.address):
            return SourceKind.CAMERA
        scheme = SCHEME.match(self.address)
        if scheme is None:
            return SourceKind.FILE
        kind = KINDS.get(scheme[1].lower())
        if kind is None:
            raise InputError(f"{self.name}: {unknown_scheme(scheme[1])}")
        return kind

    @property
    def name(self) -> str:
        """To show to a person: nothing secret in it."""
        return masked(self.address)

    @property
    def is_paced(self) -> bool:
        """Whether it comes in lumps, or as fast as it is read, and its times have to be waited
        for."""
        return self.kind in (SourceKind.FILE, SourceKind.HTTP)

    @property
    def read_timeout(self) -> float:
        """Seconds; HLS brings a whole segment at a time."""
        return max(self.patience, 15.0) if self.kind is SourceKind.HTTP else self.patience


def unknown_scheme(scheme: str) -> str:
    """Why a URL cannot be used."""
    if scheme.lower() == "srt":
        return "SRT is not in this build of FFmpeg; let srt-live-transmit make udp:// of it"
    return f"{scheme}:// is not known here"


ANALYSES = (1.0, 3.0, 10.0)
"""Seconds of a stream that are looked at for its tracks; longer when no picture shows in them."""


def open_live(source: SourceSettings, analysis: float) -> InputContainer:
    """A container that gives packets, or an error when none comes in time. The caller closes it.

    analysis: seconds to look for tracks. Raises what FFmpeg raises.
    """
    kind = source.kind
    options = {"max_pixels": str(MOST_PIXELS), **_options(source, analysis), **source.options}
    return av.open(
        _asked(source),
        format=CAMERA_FORMATS.get(sys.platform) if kind is SourceKind.CAMERA else None,
        options=options,
        metadata_errors="replace",
        timeout=(source.read_timeout + analysis, source.read_timeout),
    )


def _asked(source: SourceSettings) -> str:
    """The name as FFmpeg must see it."""
    kind, address = source.kind, source.address
    if kind is SourceKind.FILE:
        return str(Path(address.removeprefix("file://")).absolute())
    if kind is not SourceKind.CAMERA:
        return address
    name = address.removeprefix(CAMERA)
    if sys.platform == "linux":
        return f"/dev/video{name}" if name.isdigit() else name
    return f"video={name}" if sys.platform == "win32" else name


def _options(source: SourceSettings, analysis: float) -> dict[str, str]:
    kind = source.kind
    if kind is SourceKind.FILE:
        return {"protocol_whitelist": "file,crypto,data"}
    if kind is SourceKind.CAMERA:
        return {}
    wait = str(round(source.patience * SECOND))
    # not "nobuffer": it throws away what was looked at, and with it the only key frame for long
    common = {
        "protocol_whitelist": NETWORK,
        "analyzeduration": str(round(analysis * SECOND)),
    }
    own = {
        SourceKind.RTMP: {"rw_timeout": wait, "rtmp_live": "live"},
        SourceKind.RTSP: {"timeout": wait, "rtsp_transport": "tcp", "max_delay": str(SECOND // 2)},
        SourceKind.HTTP: {"rw_timeout": str(round(source.read_timeout * SECOND))},
        SourceKind.DATAGRAMS: {
            "timeout": wait,
            "overrun_nonfatal": "1",
            "fifo_size": "50000",
            **SAME_TRACKS,
        },
        SourceKind.OTHER: {"timeout": wait, **SAME_TRACKS},
    }
    return {**common, **own[kind]}


def check_present(source: SourceSettings) -> None:
    """Raises InputError for a file or a camera that is not there: waiting will not bring it."""
    if source.kind is SourceKind.FILE:
        file = Path(source.address.removeprefix("file://"))
        if not file.exists():
            raise InputError(f"{file}: no such file")
        if not file.is_file():
            raise InputError(f"{file}: not a file")
    is_device = source.kind is SourceKind.CAMERA and sys.platform == "linux"
    if is_device and not Path(_asked(source)).exists():
        raise InputError(f"{source.name}: no such camera; `pamcli doctor` lists those that are")


def explained(error: av.error.FFmpegError | OSError, source: SourceSettings) -> str:
    """What is wrong with the connection, in a few words."""
    if isinstance(error, av.error.ExitError | av.error.TimeoutError):
        return f"nothing came for {source.read_timeout:g} s"
    text = getattr(error, "strerror", None) or str(error)
    return masked(" ".join(str(text).split()).lower())
