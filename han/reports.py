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
class Arrived:
    """A device has joined the network."""

    device: EUI64


@dataclass(frozen=True, slots=True)
class NotArrived:
    """A device has tried to join the network, and is not on it."""

    device: EUI64
    reason: str


@dataclass(frozen=True, slots=True)
class Left:
    """A device was sent away, and has left the network."""

    device: EUI64


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """One ZCL frame on its way, for the trace; the frames of the air that carry it are the sniffer's.

    Attributes:
        time: when it was given to the sender's radio; of a LOST one, when the sender gave it up.
        destination: ``None`` for a broadcast.
        zcl: the ZCL frame.
        description: the frame in one line of English.
        fate: SENT as it is sent, or UNREACHABLE; LOST in a second record, when nobody has acknowledged it.
    """

    time: datetime
    source: EUI64
    destination: EUI64 | None
    cluster: int
    zcl: bytes
    description: str
    fate: Fate


Result = Delivery | Commanded | Undelivered | Arrived | NotArrived | Left
"""What comes of what was sent, and of who has joined."""
