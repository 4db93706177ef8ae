"""The gateway of a world with workers: they have the public port, the world answers them what is no DUIS request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

from fastapi import FastAPI

from dcc_sim.channel import Answered, Orders
from dcc_sim.knowledge import Knowledge
from dcc_sim.server import listening, serving
from dcc_sim.sharing import POSSIBLE
from dcc_sim.worker_process import Forking
from dcc_sim.workers import Workers
from dcc_sim.world import World
from schemas.errors import NotPossible

Kept = Callable[[], Awaitable[None]]
"""Lasts as long as what it keeps is served."""
TOGETHER = 0.02
"""Real seconds in which what comes into the outbox is collected, to be taken out in one transaction; less than a step
of a running clock."""
_READING = ("GET", "HEAD", "OPTIONS")


class Published:
    """An ASGI application that answers by what the workers have changed, and whose changes they know before its answer
    goes out.

    Args:
        app: the gateway over a world.
        knowledge: of that world.
    """

    def __init__(self, app: FastAPI, knowledge: Knowledge) -> None:
        self._app = app
        self._knowledge = knowledge

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                self._knowledge.publish()
            await send(message)

        self._knowledge.look()
        await self._app(scope, receive, send if scope.get("method") in _READING else sent)


@asynccontextmanager
async def behind_workers(
    app: FastAPI, world: World, number: int, orders: Orders, port: int, host: str, forking: Forking | None = None
) -> AsyncIterator[tuple[int, Kept]]:
    """Serve ``app`` and the DUIS services with ``number`` workers; gives the port, and what keeps them.

    Args:
        forking: what the workers are forked from at first.

    Raises:
        NotPossible: this system has no such sockets, or a worker does not start.
        OSError: the port is taken.
    """
    if not POSSIBLE or world.knowledge is None:
        raise NotPossible("workers", "are for systems whose processes share sockets and lock files: not this one")

    loop, waiting = asyncio.get_running_loop(), False

    def soon() -> None:
        nonlocal waiting
        if not waiting:
            waiting = True
            loop.call_later(TOGETHER, look)

    def look() -> None:
        nonlocal waiting
        waiting = False
        world.take_outbox()

    def heard(answered: Answered) -> None:
        world.exchanged(answered.moment, answered.service, answered.xml, answered.reply)
        app.state.observer.answered(answered.service, answered.xml, answered.reply, answered.seconds)
        # The trace tells the request before the command that it caused.
        soon()

    with ExitStack() as closing:
        public = [closing.enter_context(each) for each in listening(port, host, number)]
        async with serving(Published(app, world.knowledge)) as control:
            workers = Workers(replace(orders, control=control), public, heard, soon, forking)
            try:
                await workers.start()
                yield public[0].getsockname()[1], workers.run
            finally:
                await workers.stop()
