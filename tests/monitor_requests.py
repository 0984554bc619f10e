"""Requests to a monitor."""

import json
import socket
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlsplit

JSON = {"Content-Type": "application/json"}


class Answer(NamedTuple):
    """What came back; names of headers in lower case."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> dict[str, object]:
        parsed = json.loads(self.content)
        assert isinstance(parsed, dict)
        return parsed


class Client:
    """Asks one monitor, a connection for each request."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        assert address.hostname is not None and address.port is not None
        self.host, self.port = address.hostname, address.port

    def ask(
        self,
        target: str,
        method: str = "GET",
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """`target` goes out as it is, dots and all."""
        connection = HTTPConnection(self.host, self.port, timeout=10)
        try:
            connection.request(method, target, content, headers or {})
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()

    def get(self, target: str, **headers: str) -> Answer:
        return self.ask(target, headers=headers)

    def change(self, **fields: object) -> Answer:
        """As the page sends it."""
        return self.ask("/api/controls", "POST", json.dumps(fields).encode(), JSON)

    def raw(self, content: bytes) -> bytes:
        """The whole answer to whatever bytes; the connection is ours to break."""
        with socket.create_connection((self.host, self.port), timeout=10) as connection:
            connection.sendall(content)
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
            return b"".join(parts)
