"""The worker processes of one world: started, listened to, and started again when one has ended."""

import asyncio
import contextlib
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

from dcc_sim.channel import Answered, Orders, Ready, packed, received
from schemas.errors import NotPossible

Heard = Callable[[Answered], None]


class Workers:
    """Some workers behind one public socket.

    Args:
        number: how many, from 1.
        orders: for each; they get their numbers here.
        public: listens; the workers take connections from it.
        heard: called with every request that a worker has answered.
        ended: called when a worker has ended: what it did last, it may not have told.
    """

    def __init__(
        self, number: int, orders: Orders, public: socket.socket, heard: Heard, ended: Callable[[], None]
    ) -> None:
        self._orders = [replace(orders, number=each) for each in range(1, number + 1)]
        self._public = public
        self._heard = heard
        self._ended = ended
        self._tasks: list[asyncio.Task[None]] = []
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def processes(self) -> list[int]:
        """The process ids, by number of the worker."""
        return [process.pid for _, process in sorted(self._processes.items())]

    async def start(self) -> None:
        """Start them all, and wait until each takes requests.

        Raises:
            NotPossible: one has ended before.
        """
        ready = [asyncio.get_running_loop().create_future() for _ in self._orders]
        self._tasks = [
            asyncio.create_task(self._keep(orders, each)) for orders, each in zip(self._orders, ready, strict=True)
        ]
        await asyncio.gather(*ready)

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
        for process in self._processes.values():
            process.terminate()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError, NotPossible):
                await task
        for process in self._processes.values():
            process.wait()

    async def _keep(self, orders: Orders, first: asyncio.Future[None]) -> None:
        while True:
            if not await self._one(orders, first):
                refused = NotPossible("worker", f"{orders.number} takes requests; it has ended before, and says why")
                if not first.done():
                    first.set_exception(refused)
                    return
                raise refused
            self._ended()

    async def _one(self, orders: Orders, first: asyncio.Future[None]) -> bool:
        """One process from its start to its end; whether it took requests."""
        ours, theirs = socket.socketpair()
        with theirs:
            numbers = self._public.fileno(), theirs.fileno()
            self._processes[orders.number] = process = subprocess.Popen(
                [sys.executable, "-m", "dcc_sim.worker", *map(str, numbers)], pass_fds=numbers
            )
        reader, writer = await asyncio.open_connection(sock=ours)
        writer.write(packed(orders))
        was_ready = False
        try:
            while (message := await received(reader)) is not None:
                if isinstance(message, Answered):
                    self._heard(message)
                elif isinstance(message, Ready):
                    was_ready = True
                    if not first.done():
                        first.set_result(None)
        finally:
            writer.close()
        await asyncio.to_thread(process.wait)
        return was_ready
