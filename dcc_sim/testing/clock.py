"""The virtual clock as a test moves it."""

from __future__ import annotations

import heapq
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from dcc_sim.moments import When, moment
from schemas.errors import NotPossible

if TYPE_CHECKING:
    from collections.abc import Callable

    from dcc_sim.testing.emulator import Emulator


class Clock:
    """The virtual clock; it moves only when it is told to."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._planned: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = count()

    @property
    def now(self) -> datetime:
        """The present virtual moment, aware UTC."""
        return self._emulator.world.clock.now

    def advance(self, by: timedelta | None = None, **units: float) -> datetime:
        """Let time pass: ``advance(hours=1, minutes=30)`` or a ``timedelta``; everything due happens at its own time.

        Raises:
            NotPossible: time runs forward only.
        """
        span = (by or timedelta()) + timedelta(**units)
        if span < timedelta():
            raise NotPossible("clock", f"goes forward only, not by {span}")
        world, until = self._emulator.world, self.now + span
        # From one event to the next, so that the trace tells a document's delivery at its own time.
        while (due := self._next()) is not None and due <= until:
            world.advance(max(due - self.now, timedelta()))
            while self._planned and self._planned[0][0] <= self.now:
                heapq.heappop(self._planned)[2]()
            self._emulator.collect()
        world.advance(until - self.now)
        self._emulator.collect()
        return self.now

    def plan(self, when: When, action: Callable[[], None]) -> None:
        """Call ``action`` at a moment to come, whoever lets the time pass until then."""
        heapq.heappush(self._planned, (moment(when, self.now), next(self._numbers), action))

    def _next(self) -> datetime | None:
        planned = self._planned[0][0] if self._planned else None
        return min((each for each in (planned, self._emulator.world.next_timer()) if each is not None), default=None)

    def to(self, when: When) -> datetime:
        """Let time pass until a moment: a ``datetime``, ``"18:00"`` (the next), ``"+1h"`` or ISO 8601.

        Raises:
            NotPossible: it has passed.
        """
        return self.advance(moment(when, self.now) - self.now)
