"""What a device made of each command that came to it: refused, failed or carried out, and why."""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING

from schemas.record import record

if TYPE_CHECKING:
    from datetime import datetime

    from devices.origin import Origin
    from schemas.eui import EUI64

CAPACITY = 1000
"""Receipts kept by a device; the oldest goes."""


class Answer(StrEnum):
    """What a command came to at its device."""

    REFUSED = "refused"
    FAILED = "failed"
    DONE = "carried out"


@record
class Receipt:
    """One command as it came; a replay of it is another receipt.

    Attributes:
        moment: by the device's clock.
        command: as it names itself; where it was refused, by whomever it was made.
        name: of its use case; empty where the device has none of its message code.
        reason: field and rule where it was refused or failed, else empty.
    """

    moment: datetime
    command: Origin
    name: str
    answer: Answer
    reason: str = ""

    def __str__(self) -> str:
        what = f"{self.name} " if self.name else ""
        why = f": {self.reason}" if self.reason else ""
        return f"{what}{self.answer} at {self.moment:%Y-%m-%d %H:%M:%S}{why}"


class Receipts:
    """The last thousand commands of a device, oldest first."""

    def __init__(self) -> None:
        self._kept: deque[Receipt] = deque(maxlen=CAPACITY)

    def add(self, receipt: Receipt) -> None:
        """Keep one more."""
        self._kept.append(receipt)

    def of(self, originator: EUI64, counter: int) -> tuple[Receipt, ...]:
        """Those of the command that a party sent under this counter."""
        return tuple(
            each
            for each in self._kept
            if each.command.originator_counter == counter and each.command.originator == originator
        )

    def carried_out_at(self, moment: datetime) -> Origin | None:
        """The last command, if it was carried out at ``moment``."""
        last = self._kept[-1] if self._kept else None
        return last.command if last is not None and last.answer is Answer.DONE and last.moment == moment else None
