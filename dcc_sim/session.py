"""A session as a journal: everything that came in, in one order, and every message and answer that came of it.

JSON lines. The first one says how the world was made; then, as they happened:

    {"request": "POST", "path": ..., "type": ..., "body": hex}     over HTTP, DUIS and control API alike
    {"answer": 200, "reason": ..., "body": hex}                     to the request before it
    {"tick": microseconds}                                          a running clock went on
    {"delivered": user, "document": hex}                            a callback has taken a document
    {"message": sequence, "time": ..., "source": ..., ...}          what the trace tells: DUIS, GBCS, HAN, notes

Requests are taken one after the other while a session is recorded, so that the order is one.
"""

import json
from collections.abc import Callable, MutableMapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from dcc_sim.media import REASON
from dcc_sim.pace import Stage
from dcc_sim.trace import TraceRecord
from dcc_sim.world import World
from schemas.errors import Malformed
from schemas.eui import EUI64

VERSION: Final = 1
_NOT_REPEATABLE = ("/metrics", "/health", "/docs", "/openapi.json")
"""What says how long things really took, or is always the same."""
_REASON = REASON.lower().encode()
Scope = MutableMapping[str, Any]


class Recorder:
    """Writes the lines of a session.

    Args:
        write: takes each line, ended.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def begin(self, seed: int, start: datetime, policy: str, installed: bool) -> None:
        """How the world is made."""
        self.line(session=VERSION, seed=seed, start=start.isoformat(), policy=policy, installed=installed)

    def watch(self, world: World) -> None:
        """Write every message of a world from now on."""
        world.trace.observe(self._message)

    def ticked(self, by: timedelta) -> None:
        """A running clock is about to go on."""
        self.line(tick=by // timedelta(microseconds=1))

    def delivered(self, user: EUI64, document: bytes) -> None:
        """A callback has taken a document."""
        self.line(delivered=str(user), document=document.hex())

    def line(self, **fields: object) -> None:
        """Write one line."""
        self._write(json.dumps(fields, ensure_ascii=False) + "\n")

    def _message(self, record: TraceRecord) -> None:
        self.line(
            message=record.sequence,
            time=record.time.isoformat(),
            correlation=record.correlation,
            source=record.source,
            target=record.target,
            what=record.what,
            kind=record.kind,
            verdict=record.verdict,
            body=record.body.hex(),
        )


class Recording:
    """An ASGI application around a gateway: one request after the other, each written before and after.

    Args:
        app: the gateway.
        stage: its clock takes turns with the requests.
    """

    def __init__(self, app: Any, stage: Stage, recorder: Recorder) -> None:
        self._app = app
        self._stage = stage
        self._recorder = recorder

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"].startswith(_NOT_REPEATABLE):
            await self._app(scope, receive, send)
            return
        body = await _whole(receive)
        async with self._stage.turn:
            headers = dict(scope["headers"])
            query = scope.get("query_string", b"").decode()
            self._recorder.line(
                request=scope["method"],
                path=scope["path"] + (f"?{query}" if query else ""),
                type=headers.get(b"content-type", b"").decode("latin-1"),
                body=body.hex(),
            )
            await self._app(scope, _once(body), self._answering(send))

    def _answering(self, send: Any) -> Any:
        started: dict[str, Any] = {}
        parts = bytearray()

        async def answer(message: Scope) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            elif message["type"] == "http.response.body":
                parts.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    reason = dict(started["headers"]).get(_REASON, b"").decode("latin-1")
                    self._recorder.line(answer=started["status"], reason=reason, body=bytes(parts).hex())
            await send(message)

        return answer


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a session's journal.

    Raises:
        Malformed: it is none.
        OSError: it cannot be read.
    """
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (ValueError, RecursionError):
        raise Malformed(str(path), "is JSON lines") from None
    if not lines or not all(isinstance(each, dict) for each in lines) or lines[0].get("session") != VERSION:
        raise Malformed(str(path), f"is the journal of a session, version {VERSION}: see dcc-sim serve --record")
    return lines


async def _whole(receive: Any) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body", False):
            return bytes(body)


def _once(body: bytes) -> Any:
    async def receive() -> Scope:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
