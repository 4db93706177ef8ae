"""A device's event log and security log: bounded, the oldest entry falls out (GBCS ECS35a, ECS35b)."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from enum import IntEnum

from schemas.record import record

CAPACITY = 100
"""Entries kept per log (assumed: the vectors show 25 at most and no limit)."""


@record
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

    def clear(self) -> None:
        """Without entries."""
        self._entries.clear()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def codes(self) -> list[int]:
        """The codes, oldest first."""
        return [entry.code for entry in self._entries]


class Action(IntEnum):
    """What the auxiliary controllers' log says was done (vectors ECS35f, ECS35g)."""

    HCALCS_ANSWER = 0x00
    ON = 0x11
    OFF = 0x12
    REVERT = 0x20


class Outcome(IntEnum):
    """How it ended (vectors; which of 1 and 2 is success is assumed)."""

    NOT_KNOWN = 0
    SUCCESS = 1
    FAILURE = 2


@record
class ControllerEntry:
    """One entry of the auxiliary controllers' event log.

    Attributes:
        moment: the device's clock, UTC.
        number: the controller, 1 to 5.
        command_id: of the command over the HAN to an HCALCS, 32 bits; 0 for the others.
    """

    moment: datetime
    number: int
    action: Action
    outcome: Outcome = Outcome.SUCCESS
    command_id: int = 0
