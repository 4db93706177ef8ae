"""ASN.1 as devices write it: lengths from 128 on take three octets, where DER would use two (every vector)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from schemas.gbcs.asn1 import Ber
from schemas.gbcs.use_cases.asn1_fields import SEQUENCE

if TYPE_CHECKING:
    from schemas.gbcs.envelope import Message

Handler = Callable[["Message", Ber, datetime], Ber]
"""What answers a command with an ASN.1 content: the command, its content and the device's time in, an answer out.

Malformed where it is not of its message code, NotAllowed where its sender may not; both get an alert and no response.
"""

_SHORT = 0x80
_LONG_LENGTH_OCTETS = 3


def sequence(*children: Ber) -> Ber:
    """A SEQUENCE of a device."""
    long = sum(len(child.encode()) for child in children) >= _SHORT
    return Ber(SEQUENCE, b"", children, _LONG_LENGTH_OCTETS if long else 1)
