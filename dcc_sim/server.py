"""uvicorn in the running event loop: started, awaited until it listens, and stopped again."""

import asyncio
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

try:
    import uvloop
except ImportError:  # there is none for Windows
    uvloop = None  # type: ignore[assignment]

LOOPBACK = "127.0.0.1"
_POLL = 0.01
_BACKLOG = 2048


@asynccontextmanager
async def serving(app: Any, port: int = 0, host: str = LOOPBACK, at: socket.socket | None = None) -> AsyncIterator[int]:
    """Serve ``app``, on the loopback interface if not said otherwise; gives the port, a free one for 0.

    Args:
        at: a socket that is bound already, in place of ``port`` and ``host``; the port is then none of ours.

    Raises:
        OSError: the port is taken.
    """
    config = uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(None if at is None else [at]))
    while not server.started:
        if task.done():
            raise OSError(f"cannot listen on port {port}")
        await asyncio.sleep(_POLL)
    try:
        yield port if at is not None else server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


def listening(port: int, host: str, number: int) -> list[socket.socket]:
    """Sockets that listen at one port, for as many processes: the system deals the connections out to them.

    Raises:
        OSError: the port is taken.
    """
    # Without sharing first: two servers at one port would else be given each other's requests.
    with socket.create_server((host, port)) as alone:
        port = alone.getsockname()[1]
    return [socket.create_server((host, port), backlog=_BACKLOG, reuse_port=True) for _ in range(number)]


def run(main: Coroutine[Any, Any, None]) -> None:
    """``asyncio.run``, on uvloop where there is one: less work for each request than in the standard library's loop."""
    with asyncio.Runner(loop_factory=None if uvloop is None else uvloop.new_event_loop) as runner:
        runner.run(main)
