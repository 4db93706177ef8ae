"""The SM WAN between the DCC and a communications hub: each message takes its time, and waits while the hub is offline.

The network tries again until it gets through (assumed: every RETRY). A command can be taken back until then, so that
one whose time is over is not carried out after all. What the hub has for the DCC it keeps until it is online (assumed).
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.eui import EUI64

DELAY = timedelta(milliseconds=500)
"""One way between the DCC and a hub (assumed: round trip classes are public, latencies are not)."""
RETRY = timedelta(seconds=5)


@dataclass(order=True, slots=True)
class OnTheWan:
    """A message under way.

    Attributes:
        due: when it arrives, or is tried again.
        waits: it has been tried, and the hub was offline.
    """

    due: datetime
    number: int
    to_hub: bool = field(compare=False)
    hub: EUI64 = field(compare=False)
    message: bytes = field(compare=False)
    waits: bool = field(compare=False, default=False)


class Wan:
    """Messages under way, in the order of their arrival.

    Attributes:
        offline: whether nothing gets through now, either way.
    """

    def __init__(self) -> None:
        self.offline = False
        self._under_way: list[OnTheWan] = []
        self._sent = 0

    def send(self, to_hub: bool, hub: EUI64, message: bytes, now: datetime) -> None:
        """Put a message on its way."""
        self._sent += 1
        heapq.heappush(self._under_way, OnTheWan(now + DELAY, self._sent, to_hub, hub, message))

    def recall(self, message: bytes) -> bool:
        """Take back a command that has not reached its hub; whether there was one."""
        left = [item for item in self._under_way if not (item.to_hub and item.waits and item.message == message)]
        found = len(left) < len(self._under_way)
        if found:
            self._under_way = left
            heapq.heapify(self._under_way)
        return found

    def forget_from_hub(self) -> list[bytes]:
        """The hub has lost power: what it had for the DCC is gone. Returns those messages."""
        lost = [item.message for item in sorted(self._under_way) if not item.to_hub]
        self._under_way = [item for item in self._under_way if item.to_hub]
        heapq.heapify(self._under_way)
        return lost

    @property
    def under_way(self) -> list[OnTheWan]:
        """What is under way, in the order of its arrival."""
        return sorted(self._under_way)

    @property
    def sent(self) -> int:
        """How many messages were sent so far."""
        return self._sent

    def go_on(self, sent: int, under_way: list[OnTheWan]) -> None:
        """Be as another one was: what was under way there is under way here."""
        self._sent, self._under_way = sent, sorted(under_way)

    def next_timer(self) -> datetime | None:
        """When the next one arrives, or is tried again."""
        return self._under_way[0].due if self._under_way else None

    def arrivals(self, now: datetime) -> Iterator[tuple[OnTheWan, bool]]:
        """Everything due by ``now``: the message, and whether it has arrived. One that has not is told of once."""
        while self._under_way and self._under_way[0].due <= now:
            item = heapq.heappop(self._under_way)
            if not self.offline:
                yield item, True
                continue
            first, item.waits, item.due = not item.waits, True, now + RETRY
            heapq.heappush(self._under_way, item)
            if first:
                yield item, False
