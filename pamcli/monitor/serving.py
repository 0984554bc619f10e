"""Serves the monitor's pages beside a live job, from a thread of its own."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pamcli.errors import InputError, OutputError, UsageError
from pamcli.live_controls import LiveControls
from pamcli.live_previews import LivePreviews
from pamcli.live_status import LiveStatus
from pamcli.monitor.access import Access, check_token, is_loopback
from pamcli.monitor.backgrounds import Backgrounds
from pamcli.monitor.wishes import Choices

EXTRA = frozenset({"starlette", "uvicorn", "prometheus_client"})

EVERYWHERE = frozenset({"0.0.0.0", "::"})


@dataclass(frozen=True, slots=True)
class Monitor:
    """A monitor that serves."""

    url: str


@contextmanager
def serve(
    status: Callable[[], LiveStatus],
    controls: LiveControls,
    previews: LivePreviews,
    *,
    host: str = "127.0.0.1",
    port: int,
    token: str | None = None,
    backgrounds: tuple[Path, ...] = (),
) -> Iterator[Monitor]:
    """Serve the page until the block is left; that takes at most 2 s, whoever is connected.

    status: asked about once a second, from other threads. port: 0 takes a free one. token: needed
    on any other address than loopback, at least 12 characters. backgrounds: folders whose files the
    page offers; on loopback it may name any file.
    Raises UsageError for a wrong option, OutputError for a port that cannot be had, InputError
    where the libraries are not installed.
    """
    address = _resolved(host, port)
    is_local = is_loopback(address)
    check_token(token, is_local=is_local)
    first = controls.wish
    offered = Backgrounds(folders=backgrounds, is_local=is_local, first=first.background)
    try:
        from pamcli.monitor.app import build_app
        from pamcli.monitor.server import running
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        raise InputError("--monitor needs more libraries: pip install 'pamcli[monitor]'") from error
    with closing(_listening(address, port)) as listener:
        bound = listener.getsockname()[1]
        access = Access(token=token, is_local=is_local, cookie=f"pamcli_monitor_{bound}")
        choices = Choices(backgrounds=offered, first=first)
        with running(build_app(status, controls, previews, choices, access), listener):
            yield Monitor(_url(address, bound))


def _resolved(host: str, port: int) -> str:
    """The address of a host's name. Raises UsageError."""
    if not 0 <= port <= 65535:
        raise UsageError(f"--monitor {port}: no port, 0 to 65535")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"--monitor-host {host}: no such host") from error
    return str(found[0][4][0])


def _listening(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise OutputError(f"--monitor {port}: {why} on {address}") from error


def _url(address: str, port: int) -> str:
    """What to open in a browser; where every address is served, by this machine's name."""
    name = socket.gethostname() if address in EVERYWHERE else address
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"
