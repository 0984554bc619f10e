"""What a live job says of itself: its source, its sinks, its speed and what it was asked for."""

import re
from dataclasses import dataclass
from enum import StrEnum

HIDDEN = "…"

USER = re.compile(r"(?<=://)[^/?#\s]*@")
QUERY = re.compile(r"(://[^?\s]*\?)[^\s'\"]*[^\s'\":,;.)]")
STREAM_KEY = re.compile(r"(rtmp[a-z]*://[^/\s]*/[^/?\s]+/)[^\s'\"]*[^\s'\":,;.)]")


class LinkState(StrEnum):
    """Of the connection to a source or a sink."""

    CONNECTING = "connecting"
    UP = "up"
    DOWN = "down"  # waiting to reconnect
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """A source or a sink at one moment."""

    name: str  # credentials masked
    state: LinkState
    reconnects: int = 0
    frames: int = 0  # received, or sent
    error: str = ""  # the last one; "" when there was none


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveStatus:
    """A live job at one moment."""

    uptime: float  # seconds
    source: LinkStatus
    sinks: tuple[LinkStatus, ...]
    width: int  # of the sent picture, pixels; 0 before the first frame
    height: int
    target_fps: float
    fps: float  # mattes a second over the last 2 s
    cost_constraint: int  # C_c, GMAC per 1024x1024
    scale: float  # processing size / frame size
    path: str  # four digits, g1 first; "" before the first matte
    latency_ms: float  # of the last frame, and over the last minute
    latency_p50_ms: float
    latency_p95_ms: float
    latency_p99_ms: float
    received: int  # frames
    matted: int
    dropped: int
    repeated: int  # sent again, or a slate, while the source was away
    memory_bytes: int
    background: str
    hint: str
    min_cost: int
    max_cost: int


def masked(text: str) -> str:
    """The text without what opens the doors of the URLs in it.

    Of each URL the user and password and the query are hidden, and of an RTMP address the stream
    key: scheme, host and application are left.
    """
    text = USER.sub(f"{HIDDEN}@", text)
    text = STREAM_KEY.sub(rf"\1{HIDDEN}", text)
    return QUERY.sub(rf"\1{HIDDEN}", text)
