"""Between the hub and its devices without a radio: for load on the DCC, where the air is not what is tested.

A message arrives whole, after `TAKES`, in the order in which it was sent, and nothing is lost. Joining, and what
devices say to each other, stay on the HAN.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from han.reports import Delivery

TAKES = timedelta(milliseconds=100)
"""About what the HAN takes with frames: our choice."""


@dataclass(frozen=True, slots=True)
class _UnderWay:
    due: datetime
    delivery: Delivery


class DirectLine:
    """What is under way, in the order of its arrival."""

    def __init__(self) -> None:
        self._under_way: deque[_UnderWay] = deque()

    def send(self, delivery: Delivery, now: datetime) -> None:
        """Put a message on its way."""
        self._under_way.append(_UnderWay(now + TAKES, delivery))

    def next_timer(self) -> datetime | None:
        """When the next one arrives."""
        return self._under_way[0].due if self._under_way else None

    def arrivals(self, now: datetime) -> list[Delivery]:
        """Everything due by ``now``."""
        arrived = []
        while self._under_way and self._under_way[0].due <= now:
            arrived.append(self._under_way.popleft().delivery)
        return arrived
