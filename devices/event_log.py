"""A device's event log and security log: bounded, the oldest entry falls out (GBCS ECS35a, ECS35b)."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

CAPACITY = 100
"""Entries kept per log (assumed: the vectors show 25 at most and no limit)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One log entry.

    Attributes:
        moment: the device's clock, UTC.
        code: event or alert code, 16 bits.
        other: other information, octets (event log only), e.g. a message code.
        text: the same for people; not part of GBCS.
    """

    moment: datetime
    code: int
    other: bytes = b""
    text: str = ""


class EventLog:
    """A log of at most ``capacity`` entries, oldest first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._entries: deque[Entry] = deque(maxlen=capacity)

    def append(self, entry: Entry) -> None:
        """Add an entry; when the log is full the oldest one goes."""
        self._entries.append(entry)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def codes(self) -> list[int]:
        """The codes, oldest first."""
        return [entry.code for entry in self._entries]
