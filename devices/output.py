"""What a device hands back: messages to send, and notes of what it verified and decided."""

from schemas.eui import EUI64
from schemas.record import record
from schemas.zse import HanCommand


@record
class Send:
    """One GBCS message for a remote party, whole and protected; the hub takes it to the WAN."""

    message: bytes


@record
class Tell:
    """One command for another device of the HAN, e.g. a Load Control Event."""

    target: EUI64
    command: HanCommand


@record
class Note:
    """One line for the trace; no device or party acts on it.

    Attributes:
        kind: ``verified``, ``refused``, ``acted``, ``alert``, ``level`` or ``power``.
        text: what happened, in words, with the values; never a secret.
    """

    kind: str
    text: str


Output = Send | Tell | Note
