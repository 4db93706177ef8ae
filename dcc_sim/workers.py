"""The worker processes of one world: started, listened to, and started again when one has ended."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace

from dcc_sim.channel import Answered, Orders, Ready, packed, received
from dcc_sim.worker_process import Forking
from schemas.errors import NotPossible

MOST_FAILURES = 5
"""Starts in a row that end before a request can be taken; then something is wrong that another start does not mend."""
_PAUSE = 0.1
Heard = Callable[[Answered], None]


class Workers:
    """Some workers behind one public port.

    Args:
        orders: for each; they get their numbers here.
        public: one for each worker; what comes there while a worker starts waits for it.
        heard: called with every request that a worker has answered.
        ended: called when a worker has ended: what it did last, it may not have told.
        forking: what to fork from at first; else another process is started.
    """

    def __init__(
        self,
        orders: Orders,
        public: Sequence[socket.socket],
        heard: Heard,
        ended: Callable[[], None],
        forking: Forking | None = None,
    ) -> None:
        self._orders = [replace(orders, number=each) for each in range(1, len(public) + 1)]
        self._public = public
        self._heard = heard
        self._ended = ended
        self._tasks: list[asyncio.Task[None]] = []
        self._forking = forking

    async def start(self) -> None:
        """Start them all, and wait until each takes requests.

        Raises:
            NotPossible: one of them does not come to that.
        """
        ready = [asyncio.Event() for _ in self._orders]
        self._tasks = [
            asyncio.create_task(self._keep(orders, each)) for orders, each in zip(self._orders, ready, strict=True)
        ]

        async def all_ready() -> None:
            for each in ready:
                await each.wait()

        waiting = asyncio.create_task(all_ready())
        await asyncio.wait({waiting, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            await self.run()

    async def run(self) -> None:
        """Keep them, until cancelled.

        Raises:
            NotPossible: one cannot be started again.
        """
        await asyncio.gather(*self._tasks)

    async def stop(self) -> None:
        """End them."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError, NotPossible):
                await task
        self._give_up()

    async def _keep(self, orders: Orders, ready: asyncio.Event) -> None:
        failures = 0
        while failures < MOST_FAILURES:
            failures = 0 if await self._one(orders, ready) else failures + 1
            self._ended()
            await asyncio.sleep(failures * _PAUSE)
        raise NotPossible("worker", f"{orders.number} takes requests; it has ended before, {failures} times in a row")

    async def _one(self, orders: Orders, ready: asyncio.Event) -> bool:
        """One process from its start to its end; whether it took requests."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._fork(self._public[orders.number - 1], theirs)
        reader, writer = await asyncio.open_connection(sock=ours)
        writer.write(packed(orders))
        took = False
        try:
            while (message := await received(reader)) is not None:
                if isinstance(message, Answered):
                    self._heard(message)
                elif isinstance(message, Ready):
                    took = True
                    ready.set()
        finally:
            writer.close()
        return took

    def _fork(self, public: socket.socket, channel: socket.socket) -> None:
        """Ask for a worker with these; of a new process to fork from, where the last has ended."""
        sockets = [public.fileno(), channel.fileno()]
        if self._forking is not None:
            try:
                self._forking.ask(sockets)
                return
            except OSError:
                self._give_up()
        self._forking = Forking.started()
        self._forking.ask(sockets)

    def _give_up(self) -> None:
        if self._forking is not None:
            self._forking.calls.close()
            with contextlib.suppress(ProcessLookupError):
                self._forking.end()
            self._forking = None
