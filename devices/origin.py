"""The command that something goes back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.record import record

if TYPE_CHECKING:
    from schemas.eui import EUI64


@record
class Origin:
    """A command, by what tells it from every other.

    Attributes:
        originator: EUI-64 of the party that sent it.
        originator_counter: its counter, unsigned 64-bit.
        message_code: of its use case.
    """

    originator: EUI64
    originator_counter: int
    message_code: int

    def __str__(self) -> str:
        return f"{self.message_code:04X} of {self.originator}, counter {self.originator_counter}"
