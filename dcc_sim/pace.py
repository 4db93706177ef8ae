"""What the gateway serves, and how fast its clock runs: by hand, or as a multiple of real time."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from dcc_sim.control_models import Faults
from dcc_sim.delivery import Callbacks
from dcc_sim.snapshots import Snapshot
from dcc_sim.world import World
from schemas.errors import NotPossible
from schemas.eui import EUI64

TICK = 0.05
"""Real seconds between two steps of a running clock."""
POST_AGAIN = 5.0
"""Real seconds between two rounds of posting what callbacks have not taken, whether the clock runs or not."""


class Stage:
    """One world at a time, with its callbacks and its pace.

    Args:
        world: served first.
        callbacks: posts its documents; None where there is nobody to post.
        renew: makes another world of a seed, with its callbacks; None where records outlive the process.
        resume: makes a world of a snapshot, with its callbacks; None where this gateway takes none.
        again: real seconds between two rounds of posting.
        real_time: the clock runs as real time does and nobody turns it: devices on a real radio have no other.

    Attributes:
        speed: virtual seconds a real one; 0 is paused, as it is at first.
        faults: those that were set, by device.
        turn: whoever holds it moves the world; the running clock waits for it.
        ticking: told before a running clock goes on, and by how much.
    """

    def __init__(
        self,
        world: World,
        callbacks: Callbacks | None = None,
        renew: Callable[[int], tuple[World, Callbacks | None]] | None = None,
        again: float = POST_AGAIN,
        resume: Callable[[Snapshot], tuple[World, Callbacks | None]] | None = None,
        *,
        real_time: bool = False,
    ) -> None:
        self.world = world
        self.callbacks = callbacks
        self.speed = 1.0 if real_time else 0.0
        self.faults: dict[EUI64, Faults] = {}
        self.turn = asyncio.Lock()
        self.ticking: Callable[[timedelta], None] = lambda by: None
        self._renew = renew
        self._resume = resume
        self._real_time = real_time
        self._running = False
        self._again = again

    @property
    def keeps_pace(self) -> bool:
        """Whether somebody moves the clock with real time."""
        return self._running

    def check_turnable(self) -> None:
        """The clock may be turned by hand.

        Raises:
            NotPossible: it keeps real time.
        """
        if self._real_time:
            raise NotPossible("clock", "keeps real time with a real radio: it is not turned, reset or restored")

    def reset(self, seed: int) -> None:
        """Serve another world, made of ``seed``, from its beginning; the clock is paused.

        Raises:
            NotPossible: the records of this world outlive it, or its clock keeps real time.
        """
        self.check_turnable()
        if self._renew is None:
            raise NotPossible("reset", "is for a gateway whose records are in memory")
        self.world, self.callbacks = self._renew(seed)
        self.speed = 0.0
        self.faults.clear()

    def restore(self, snapshot: Snapshot) -> None:
        """Serve the world of a snapshot; the clock is paused.

        Raises:
            NotPossible: this gateway takes none, or its clock keeps real time.
            Malformed: it lacks something; the world stays.
        """
        self.check_turnable()
        if self._resume is None:
            raise NotPossible("snapshot", "is for a gateway in memory, without --record, --journal and --capture")
        self.world, self.callbacks = self._resume(snapshot)
        self.speed = 0.0
        self.faults.clear()

    async def advance(self, by: timedelta) -> None:
        """Let virtual time pass, and post what came of it."""
        self.world.advance(by)
        if self.callbacks is not None:
            await self.callbacks.deliver()

    async def run(self) -> None:
        """Keep the clock at its pace, and post again what callbacks have not taken, until cancelled."""
        loop = asyncio.get_running_loop()
        self._running, before = True, loop.time()
        posting = asyncio.create_task(self._keep_posting())
        try:
            while not posting.done():
                await asyncio.sleep(TICK)
                now = loop.time()
                if self.speed:
                    async with self.turn:
                        by = timedelta(seconds=(now - before) * self.speed)
                        self.ticking(by)
                        await self.advance(by)
                before = now
            await posting
        finally:
            posting.cancel()
            self._running = False

    async def _keep_posting(self) -> None:
        # Beside the clock: a callback that hangs must not hold it up.
        while True:
            if self.callbacks is not None and self.callbacks.registered:
                await self.callbacks.deliver()
            await asyncio.sleep(self._again)
