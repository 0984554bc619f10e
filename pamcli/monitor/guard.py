"""Stands before every page of the monitor: who may come in, and what every answer says."""

from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pamcli.monitor.access import Access, foreign_host, foreign_post

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

LARGEST_HEAD = 16384
"""Bytes of a request's address and headers."""

DOOR = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>pamcli live</title>
<main><h1>pamcli live</h1><form action="/"><label>Token
<input name="token" type="password" autocomplete="off" required autofocus></label>
<button>Open</button></form></main></html>
"""

ENTERED = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/">
<title>pamcli live</title><p><a href="/">pamcli live</a></p></html>
"""
"""Not a redirection: a strict cookie would not go along with one that began on another site."""


class Guard:
    """Lets requests through to `app` that `access` allows."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer = self._answer(Request(scope)) or self._app
        await answer(scope, receive, send_with_headers)

    def _answer(self, request: Request) -> Response | None:
        """What is answered here and now; None where the request may go on."""
        access, headers = self._access, request.headers
        if _head_size(request.scope) > LARGEST_HEAD:
            return refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too long a request")
        host, path = headers.get("host", ""), request.scope["path"]
        if access.is_local and (refusal := foreign_host(host)):
            return refused(*refusal)
        if path == "/" and access.is_token(request.query_params.get("token", "")):
            return self._entered()
        cookie = request.cookies.get(access.cookie, "")
        if not access.knows(headers.get("authorization", ""), cookie):
            return _closed(path)
        if request.method not in ("GET", "HEAD"):
            content_type = headers.get("content-type", "")
            refusal = foreign_post(headers.get("origin"), host, content_type)
            return None if refusal is None else refused(*refusal)
        return None

    def _entered(self) -> Response:
        response = HTMLResponse(ENTERED)
        access = self._access
        response.set_cookie(access.cookie, access.session, httponly=True, samesite="strict")
        return response


def refused(status: HTTPStatus, why: str) -> JSONResponse:
    """An answer that says in one line why not."""
    return JSONResponse({"error": why}, status)


def _head_size(scope: Scope) -> int:
    headers = sum(len(name) + len(value) for name, value in scope["headers"])
    return headers + len(scope["raw_path"]) + len(scope["query_string"])


def _closed(path: str) -> Response:
    headers = {"WWW-Authenticate": "Bearer"}
    if path == "/":
        return HTMLResponse(DOOR, HTTPStatus.UNAUTHORIZED, headers)
    why = {"error": "a token is needed: Authorization: Bearer TOKEN"}
    return JSONResponse(why, HTTPStatus.UNAUTHORIZED, headers)
