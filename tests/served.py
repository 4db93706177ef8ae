"""`dcc-sim serve` in a thread of the test: a real socket, and the world where the test can look at it afterwards."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue

from dcc_sim.gateway import build
from dcc_sim.pace import Stage
from dcc_sim.server import LOOPBACK, serving
from dcc_sim.smki import save
from dcc_sim.store import Store
from dcc_sim.world import World
from tests.pairs import START

PATIENCE = 60.0


@dataclass
class Served:
    """A gateway that listens."""

    port: int
    stage: Stage
    loop: asyncio.AbstractEventLoop
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Where."""
        return f"http://{LOOPBACK}:{self.port}"


@contextmanager
def served(keys: Path | None = None, slowest: float = 30.0) -> Iterator[Served]:
    """Serve a fresh world on a free port; with ``keys``, the users' keys are written there."""
    listening: Queue[Served] = Queue()

    async def run() -> None:
        # The store's connection belongs to the thread that serves.
        stage = Stage(World(1, START, Store()))
        stage.world.plug_in_car()
        for credentials in stage.world.users.values() if keys is not None else ():
            assert keys is not None
            save(credentials, keys)
        async with serving(build(stage.world, stage=stage, slowest=slowest)) as port:
            here = Served(port, stage, asyncio.get_running_loop())
            pace = asyncio.create_task(stage.run())
            listening.put(here)
            await here.ended.wait()
            pace.cancel()
        stage.world.dcc.store.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    here = listening.get(timeout=PATIENCE)
    try:
        yield here
    finally:
        here.loop.call_soon_threadsafe(here.ended.set)
        thread.join(PATIENCE)
