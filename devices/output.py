"""What a device hands back: messages to send, and notes of what it verified and decided."""

from dataclasses import dataclass

from schemas.eui import EUI64
from schemas.zse import HanCommand


@dataclass(frozen=True, slots=True)
class Send:
    """One GBCS message for a remote party, whole and protected; the hub takes it to the WAN."""

    message: bytes


@dataclass(frozen=True, slots=True)
class Tell:
    """One command for another device of the HAN, e.g. a Load Control Event."""

    target: EUI64
    command: HanCommand


@dataclass(frozen=True, slots=True)
class Note:
    """One line for the trace; no device or party acts on it.

    Attributes:
        kind: ``verified``, ``refused``, ``acted``, ``alert``, ``level`` or ``power``.
        text: what happened, in words, with the values; never a secret.
    """

    kind: str
    text: str


Output = Send | Tell | Note
