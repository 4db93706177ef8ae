"""What a HAN tells of itself: messages that arrived, messages that did not, and packets on the air."""

from dataclasses import dataclass
from datetime import datetime

from han.link import Fate
from schemas.eui import EUI64
from schemas.zse import HanCommand


@dataclass(frozen=True, slots=True)
class Delivery:
    """A whole message has arrived."""

    source: EUI64
    target: EUI64
    message: bytes


@dataclass(frozen=True, slots=True)
class Commanded:
    """A command between two devices has arrived."""

    source: EUI64
    target: EUI64
    command: HanCommand


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The HAN knows that a message will not arrive."""

    target: EUI64
    message: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """One packet on the air, for the trace.

    Attributes:
        time: when it was sent (or, for one that finds its target gone, when it would have arrived).
        destination: ``None`` for a broadcast.
        zcl: the ZCL frame.
        description: the frame in one line of English.
    """

    time: datetime
    source: EUI64
    destination: EUI64 | None
    cluster: int
    zcl: bytes
    description: str
    fate: Fate
