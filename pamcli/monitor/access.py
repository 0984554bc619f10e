"""Who may ask the monitor: the token, the name it was called by, the site that sent a request."""

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import ip_address
from secrets import compare_digest, token_urlsafe
from urllib.parse import urlsplit

from pamcli.errors import UsageError

LEAST_TOKEN = 12
"""Characters."""

LOCAL_NAME = "localhost"

Refusal = tuple[HTTPStatus, str]
"""The status of the answer, and a line that says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may ask.

    A browser that has shown the token gets `session` as a cookie instead, so that no token is kept
    in it; another run of the job has another one.
    """

    token: str | None
    is_local: bool  # bound to this machine alone
    cookie: str  # its name
    session: str = field(default_factory=token_urlsafe, repr=False)

    def is_token(self, text: str) -> bool:
        """Compared in a time that does not depend on how much of it is right."""
        return self.token is not None and same(text, self.token)

    def knows(self, authorization: str, cookie: str) -> bool:
        """Whether one of a request's headers shows the token or the session."""
        scheme, _, token = authorization.partition(" ")
        by_token = scheme.lower() == "bearer" and self.is_token(token.strip())
        return self.token is None or by_token or same(cookie, self.session)


def check_token(token: str | None, *, is_local: bool) -> None:
    """Raises UsageError for a token that is missing where others may ask, or easily guessed."""
    if token is None:
        if not is_local:
            raise UsageError("--monitor-host: on another address than loopback, give a token")
    elif not re.fullmatch(rf"[!-~]{{{LEAST_TOKEN},}}", token):
        raise UsageError(f"--monitor-token: give {LEAST_TOKEN} or more ASCII characters, no spaces")


def same(text: str, other: str) -> bool:
    """Equality, compared in constant time."""
    return compare_digest(text.encode(errors="replace"), other.encode())


def is_loopback(address: str) -> bool:
    """Whether an IP address is reached from this machine alone."""
    return ip_address(address).is_loopback


def foreign_host(host: str) -> Refusal | None:
    """The refusal of a request to a local monitor under another name than this machine's.

    Another site's name that was made to resolve to 127.0.0.1 (DNS rebinding) makes its scripts
    same-origin with the monitor. host: the Host header.
    """
    name = _host_name(host)
    if name == LOCAL_NAME or _is_local_address(name):
        return None
    return HTTPStatus.MISDIRECTED_REQUEST, "this monitor answers to localhost only"


def foreign_post(origin: str | None, host: str, content_type: str) -> Refusal | None:
    """The refusal of a change that another site's page may have sent with a person's cookie.

    origin: its header, None where there is none, as from programs.
    """
    if origin is not None and _site(origin) != host.lower():
        return HTTPStatus.FORBIDDEN, "changes from another site's page are refused"
    if content_type.partition(";")[0].strip().lower() != "application/json":
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send application/json"
    return None


def _site(origin: str) -> str | None:
    """ "name:port" of an origin; None for what is none, as of a page from a file."""
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None


def _host_name(host: str) -> str:
    """Of "name:port" or "[::1]:port"; "" for what is neither."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_local_address(name: str) -> bool:
    try:
        return is_loopback(name)
    except ValueError:
        return False
