"""The three DUIS web services as ASGI, in front of everything else that is served at the port.

They take nearly all requests, and a body of XML needs nothing of what FastAPI does for one of JSON.
"""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from dcc_sim.border import Reply, problem
from dcc_sim.media import REASON, XML
from dcc_sim.world import SERVICES
from schemas.errors import Malformed

PREFIX = "/api/v1/"
LARGEST_BODY = 1_000_000
"""Octets; the largest request of the schema is far below."""
SLOWEST_BODY = 30.0
"""Real seconds that a body may take to come (assumed)."""


class DuisServices:
    """Answers ``POST /api/v1/serviceT``, ``serviceS`` and ``serviceD``, and hands everything else on.

    Args:
        app: takes what is for another path.
        post: answers a body that has come whole, to one of them by its name.
        slowest: real seconds that a body may take to come.
    """

    def __init__(self, app: ASGIApp, post: Callable[[str, bytes], Reply], slowest: float = SLOWEST_BODY) -> None:
        self._app = app
        self._post = post
        self._slowest = slowest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        path = scope.get("path", "")
        service = path.removeprefix(PREFIX)
        if scope["type"] != "http" or len(service) == len(path) or not service or "/" in service:
            await self._app(scope, receive, send)
        elif scope["method"] != "POST":
            await _send(send, 405, b"Method Not Allowed", "text/plain; charset=utf-8", (b"allow", b"POST"))
        else:
            reply = await self._reply(service, scope, receive)
            reason = ((REASON.lower().encode(), _header_text(reply.reason)),) if reply.reason else ()
            await _send(send, reply.status, reply.body, reply.media_type, *reason)

    async def _reply(self, service: str, scope: Scope, receive: Receive) -> Reply:
        if service not in SERVICES:
            return problem(404, Malformed("web service", f"is one of {', '.join(SERVICES)}"))
        kind = _content_type(scope)
        if kind != XML:
            return problem(415, Malformed("Content-Type", f"is {XML}, not {kind[:60] or 'absent'}"))
        try:
            async with asyncio.timeout(self._slowest):
                body = await _body(receive)
        except TimeoutError:
            return problem(408, Malformed("body", f"comes within {self._slowest:g} s"))
        return body if isinstance(body, Reply) else self._post(service, body)


async def _body(receive: Receive) -> bytes | Reply:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            # Nobody is there to read it; without an answer it would be logged as an error of ours.
            return problem(400, Malformed("body", "comes whole"))
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            return problem(413, Malformed("body", f"has at most {LARGEST_BODY} octets"))
        if not message.get("more_body", False):
            return bytes(body)


def _content_type(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    return str(given.decode("latin-1")).partition(";")[0].strip().lower()


async def _send(send: Send, status: int, body: bytes, media_type: str, *headers: tuple[bytes, bytes]) -> None:
    size, kind = (b"content-length", str(len(body)).encode()), (b"content-type", media_type.encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, size, kind]})
    await send({"type": "http.response.body", "body": body})


def _header_text(reason: str) -> bytes:
    # A header holds printable Latin-1 on one line; what is not, is shown escaped.
    return reason.encode("ascii", "backslashreplace").replace(b"\r", b"\\r").replace(b"\n", b"\\n")[:500]
