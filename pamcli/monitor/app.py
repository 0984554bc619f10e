"""The monitor's pages: status, history, previews, controls, metrics, health."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pamcli.errors import InputError
from pamcli.live_controls import LiveControls
from pamcli.live_previews import LivePreviews, PreviewKind
from pamcli.live_status import LinkStatus, LiveStatus, masked
from pamcli.monitor.access import Access
from pamcli.monitor.exposition import CONTENT_TYPE, exposition
from pamcli.monitor.guard import Guard, refused
from pamcli.monitor.history import History
from pamcli.monitor.pictures import Pictures
from pamcli.monitor.wishes import Choices, change_of, wish_words

PAGE = Path(__file__).with_name("page")

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Of the page's files: the system's own table of types may say otherwise."""

LARGEST_BODY = 4096
"""Bytes."""

PERIOD = 1.0
"""Seconds between two samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The job that the pages show."""

    status: Callable[[], LiveStatus]  # from any thread
    controls: LiveControls
    pictures: Pictures
    history: History
    choices: Choices

    async def sample(self) -> None:
        """Fill the history, for ever."""
        while True:
            self.history.add(await run_in_threadpool(self.status))
            await asyncio.sleep(PERIOD)

    def show_status(self, request: Request) -> Response:
        """What the job says of itself and what it was asked for."""
        controls = self.controls
        return JSONResponse(
            {
                "status": status_words(self.status()),
                "wish": wish_words(controls.wish),
                "error": masked(controls.error),
                "ill": self.history.ill(),
            }
        )

    async def show_history(self, request: Request) -> Response:
        """The samples from number `after` on."""
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) < 12):
            return refused(HTTPStatus.UNPROCESSABLE_ENTITY, "after: give a whole number")
        return JSONResponse(self.history.columns(int(after)))

    def show_choices(self, request: Request) -> Response:
        """What may be asked for."""
        costs = self.controls.costs
        return JSONResponse(
            {
                "backgrounds": list(self.choices.backgrounds.files()),
                "hints": self.choices.hints,
                "costs": costs,
            }
        )

    async def change(self, request: Request) -> Response:
        """Take in a change: JSON, the fields of `change_of`."""
        try:
            content = await request.body()
            change = await run_in_threadpool(change_of, content, self.choices)
            wish = self.controls.change(**change)
        except InputError as error:
            line = " ".join(masked(str(error)).replace("--", "").split())
            return refused(HTTPStatus.UNPROCESSABLE_ENTITY, line)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody reads it
        return JSONResponse({"wish": wish_words(wish)})

    async def show_picture(self, request: Request) -> Response:
        """The newest picture as a JPEG; nothing where there is none yet."""
        try:
            kind = PreviewKind(request.path_params["kind"])
        except ValueError as error:
            raise HTTPException(HTTPStatus.NOT_FOUND) from error
        jpeg = await self.pictures.jpeg(kind)
        if jpeg is None:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        return Response(jpeg, media_type="image/jpeg")

    def show_metrics(self, request: Request) -> Response:
        """For Prometheus."""
        content = exposition(self.status(), is_healthy=not self.history.ill())
        return Response(content, headers={"Content-Type": CONTENT_TYPE})

    async def show_health(self, request: Request) -> Response:
        """Whether frames are sent."""
        why = self.history.ill()
        status = HTTPStatus.SERVICE_UNAVAILABLE if why else HTTPStatus.OK
        return JSONResponse({"healthy": not why, "reason": why}, status)


def build_app(
    status: Callable[[], LiveStatus],
    controls: LiveControls,
    previews: LivePreviews,
    choices: Choices,
    access: Access,
) -> ASGIApp:
    """The application for one job. status: may be called from any thread."""
    watched = Watched(
        status=status,
        controls=controls,
        pictures=Pictures(previews),
        history=History(time.monotonic),
        choices=choices,
    )
    return Guard(_routed(watched), access)


def _routed(watched: Watched) -> ASGIApp:
    """The pages, with the sampling tied to the server's life."""

    @asynccontextmanager
    async def sampling(app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(watched.sample())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    routes = [
        *_page_routes(),
        Route("/api/status", watched.show_status),
        Route("/api/history", watched.show_history),
        Route("/api/choices", watched.show_choices),
        Route("/api/controls", watched.change, methods=["POST"]),
        Route("/preview/{kind}.jpg", watched.show_picture),
        Route("/metrics", watched.show_metrics),
        Route("/health", watched.show_health),
    ]
    return Starlette(
        routes=routes,
        lifespan=sampling,
        exception_handlers={HTTPException: _plain},
        max_body_size=LARGEST_BODY,
    )


def status_words(status: LiveStatus) -> dict[str, object]:
    """The status as JSON takes it; credentials are masked."""
    words = asdict(status)
    words["background"] = masked(status.background)
    words["source"] = _link_words(status.source)
    words["sinks"] = [_link_words(sink) for sink in status.sinks]
    return words


def _link_words(link: LinkStatus) -> dict[str, object]:
    return {**asdict(link), "name": masked(link.name), "error": masked(link.error)}


def _page_routes() -> list[Route]:
    """The page's files, read once: no request ever names a file."""

    def route(file: Path) -> Route:
        content, content_type = file.read_bytes(), TYPES[file.suffix]

        async def send(request: Request) -> Response:
            return Response(content, headers={"Content-Type": content_type})

        return Route("/" if file.name == "index.html" else f"/{file.name}", send)

    return [route(file) for file in sorted(PAGE.iterdir()) if file.suffix in TYPES]


async def _plain(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return refused(HTTPStatus(error.status_code), error.detail.lower())
