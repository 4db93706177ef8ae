"""The randomised delay that the Smart Charge Points Regulations ask of a charge point itself.

SI 2021/1467, regulation 11, as quoted by vendors: at each increase or decrease of load a random delay, 600 seconds at
most by default and 1,800 at most when set so, whole seconds; its owner may override it each time; none where an
equivalent delay has already been applied. The meter's randomised offset is such a delay, but it is applied by another
device, which a charge point may not know of: then one transition is delayed twice, and that is what is told here.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from schemas.errors import NotPossible

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

DEFAULT_LIMIT = 600
MAX_LIMIT = 1800
"""Seconds."""

_KEPT = 100


@dataclass(frozen=True, slots=True)
class Levels:
    """What the controller wants of the charge point: output and input level, percent."""

    output: int
    input: int


@dataclass(frozen=True, slots=True)
class Delayed:
    """One transition of the charge point.

    Attributes:
        moment: the world's time at which the controller's level changed.
        levels: the new ones.
        delay: drawn for it; zero where it acts at once.
        offset: the randomised offset that the transition had already come late by.
        followed: the world's time at which the charge point did or will follow; earlier than the delay says where its
            owner has overridden it, or another transition took its place.
        overridden: by the owner.
    """

    moment: datetime
    levels: Levels
    delay: timedelta
    offset: timedelta
    followed: datetime
    overridden: bool = False

    @property
    def twice(self) -> bool:
        """Whether both the offset and the delay made it late."""
        return bool(self.offset) and self.followed > self.moment

    def __str__(self) -> str:
        late = self.followed - self.moment
        told = f"the charge point follows {late.total_seconds():g} s later by its regulation delay"
        if self.overridden:
            told += ", cut short by its owner"
        if self.twice:
            told += f", delayed twice: {self.offset.total_seconds():g} s of randomised offset came before"
        return told


class RegulationDelay:
    """The delay of one charge point.

    Args:
        draw: 0 (included) to 1 (not included), a new one each time.
        limit: the longest delay, 0 to 1,800 seconds.
        recognises_offset: whether it spares a transition that the randomised offset has delayed already.

    Attributes:
        transitions: the last hundred, oldest first.
        delayed, twice: how many transitions it has delayed, and how many of these after a randomised offset.
        next_timer: when the charge point follows, or None.

    Raises:
        NotPossible: the limit is out of its range.
    """

    def __init__(
        self, draw: Callable[[], float], *, limit: int = DEFAULT_LIMIT, recognises_offset: bool = False
    ) -> None:
        if not 0 <= limit <= MAX_LIMIT:
            raise NotPossible("regulation delay", f"is 0 to {MAX_LIMIT} seconds, not {limit}")
        self.limit = limit
        self.recognises_offset = recognises_offset
        self.transitions: deque[Delayed] = deque(maxlen=_KEPT)
        self.delayed = self.twice = 0
        self.next_timer: datetime | None = None
        self._draw = draw
        self._wanted: Levels | None = None
        self._offered: Levels | None = None

    def follow(self, wanted: Levels, now: datetime, *, offset: timedelta, at_once: bool) -> Levels:
        """What the charge point goes by at ``now``; the first call finds it as it is.

        Args:
            wanted: the controller's levels.
            offset: what the controller's last change has come late by, zero if it was on time.
            at_once: whether a change is one that no delay applies to.
        """
        if self._offered is None:
            self._wanted = self._offered = wanted
        if wanted != self._wanted:
            self._begin(wanted, now, offset, at_once)
        if self.next_timer is not None and self.next_timer <= now:
            self._offered, self.next_timer = wanted, None
        return self._offered

    def override(self, now: datetime) -> bool:
        """The owner wants the change now, this once; False where none is waiting."""
        if self.next_timer is None or self.next_timer <= now:
            return False
        self.transitions[-1] = self._cut_short(now, overridden=True)
        self.next_timer = now
        return True

    def at(self, moment: datetime) -> Delayed | None:
        """The last transition at or before ``moment``, of those kept."""
        return next((each for each in reversed(self.transitions) if each.moment <= moment), None)

    def _begin(self, wanted: Levels, now: datetime, offset: timedelta, at_once: bool) -> None:
        if self.next_timer is not None and self.next_timer > now:
            self.transitions[-1] = self._cut_short(now, overridden=False)
        elif self.next_timer is not None:
            self._offered = self._wanted  # it was due at this very moment
        self._wanted, self.next_timer = wanted, now
        delay = timedelta()
        if wanted == self._offered:
            return  # back before it had followed: there is nothing to change
        if not at_once and not (offset and self.recognises_offset):
            # Whole seconds, the limit itself as likely as any other.
            delay = timedelta(seconds=int(self._draw() * (self.limit + 1)))
        self.next_timer = now + delay
        made = Delayed(now, wanted, delay, offset, self.next_timer)
        self.transitions.append(made)
        self.delayed += bool(delay)
        self.twice += made.twice

    def _cut_short(self, now: datetime, *, overridden: bool) -> Delayed:
        last = self.transitions[-1]
        return replace(last, followed=now, overridden=overridden)
