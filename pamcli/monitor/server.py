"""The web server in a thread of its own."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

GRACE = 1
"""Seconds that requests under way get when the server ends."""

END = 1.9
"""Seconds after which its thread is left to die with the process."""

MOST_CONNECTIONS = 64

LARGEST_WAITING = 16384
"""Bytes of a request's head that may wait for the rest of it."""

LOG = logging.getLogger("uvicorn.error")


@contextmanager
def running(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Serve `app` on a listening socket until the block is left."""
    server = uvicorn.Server(_config(app))
    arguments = {"sockets": [listener]}
    thread = Thread(target=server.run, kwargs=arguments, name="monitor", daemon=True)
    thread.start()
    try:
        yield
    finally:
        LOG.setLevel(logging.CRITICAL)  # who was cut off is nobody's concern
        server.should_exit = True
        thread.join(END)


def _config(app: ASGIApp) -> uvicorn.Config:
    """Nothing of a request is logged: its address may hold a token."""
    return uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        interface="asgi3",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=LARGEST_WAITING,
    )
