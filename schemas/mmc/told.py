"""What an alert tells, whichever kind of payload it has."""

from dataclasses import dataclass
from datetime import datetime

from schemas.duis.node import Node


@dataclass(frozen=True, slots=True)
class Told:
    """An alert's content.

    Attributes:
        code: alert code.
        at: the device's time stamp, in UTC.
        payload: what MMC has inside Payload, or None where it has no element for it.
    """

    code: int
    at: datetime
    payload: Node | None = None
