"""The boost button: which controllers it works on, the boost that is running, and the boosts that were."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from devices.event_log import CAPACITY
from schemas.errors import NotPossible


@dataclass(frozen=True, slots=True)
class Boost:
    """The boost function of a meter, one frozen value.

    Attributes:
        available: whether the meter has the button.
        controls: whether it works on controllers 1 to 5.
        running: start (included) and end (not included) of the boost that was asked for last, if it is not over.
        log: start and end of each boost that is over, oldest first, 100 at most (assumed: no limit is in the vectors).
    """

    available: bool = True
    controls: tuple[bool, ...] = (False,) * 5
    running: tuple[datetime, datetime] | None = None
    log: tuple[tuple[datetime, datetime], ...] = ()

    def covers(self, number: int, now: datetime) -> bool:
        """Whether controller ``number``, 1 to 5, is boosted at ``now``."""
        return self.controls[number - 1] and self.running is not None and self.running[0] <= now < self.running[1]

    def associated(self, number: int, boosted: bool) -> Boost:
        """With controller ``number`` added to the button or taken from it (ECS62); a running boost follows at once."""
        controls = (*self.controls[: number - 1], boosted, *self.controls[number:])
        return replace(self, controls=controls)

    def started(self, now: datetime, end: datetime) -> Boost:
        """With a boost from ``now`` to ``end``; one that runs ends now and is logged (assumed).

        Raises:
            NotPossible: there is no button, or the end is not after the start.
        """
        if not self.available:
            raise NotPossible("boost function", "is available on this meter")
        if end <= now:
            raise NotPossible("boost period", "ends after its start")
        return replace(self.ended(now), running=(now, end))

    def ended(self, now: datetime) -> Boost:
        """Without a running boost: it is logged as over at ``now``, or at its end if that was earlier."""
        if self.running is None:
            return self
        start, end = self.running
        return replace(self, running=None, log=(*self.log, (start, min(end, now)))[-CAPACITY:])

    def settled(self, now: datetime) -> Boost:
        """As it is at ``now``: a boost whose end has come is over."""
        return self if self.running is None or now < self.running[1] else self.ended(now)
