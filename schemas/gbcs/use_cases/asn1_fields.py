"""ASN.1 values from DUIS (DER, as commands have them) and from responses into MMC nodes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from cryptography import x509

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber, decode_ber
from schemas.gbcs.dlms.times import CANCELLATION
from schemas.gbcs.use_cases.fields import whole_second

INTEGER, BITS, OCTETS, ENUMERATED, TIME, SEQUENCE = 0x02, 0x03, 0x04, 0x0A, 0x18, 0x30
NULL = Ber(0x05)
_NEVER = b"99991231235959Z"
"""Cancels a future-dated command (CS02b; assumed for CS06)."""


def sequence(*children: Ber, tag: int = SEQUENCE) -> Ber:
    """A SEQUENCE, or another constructed value."""
    return Ber(tag, b"", children)


def integer(number: int, tag: int = INTEGER) -> Ber:
    """A whole number in its fewest octets, with a sign."""
    return Ber(tag, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def octet_string(octets: bytes) -> Ber:
    """Octets as they are."""
    return Ber(OCTETS, octets)


def certificate(element: str, octets: bytes) -> Ber:
    """A certificate as it is.

    Raises:
        Malformed: not an X.509 certificate in DER.
    """
    try:
        x509.load_der_x509_certificate(octets)
    except ValueError:
        raise Malformed(element, "is an X.509 certificate in DER") from None
    return decode_ber(octets)


def time_value(at: datetime) -> Ber:
    """A moment as GeneralizedTime, YYYYMMDDhhmmssZ."""
    utc = at.astimezone(UTC)
    return Ber(TIME, f"{utc.year:04}{utc:%m%d%H%M%S}Z".encode("ascii"))


def execution_time(body: Node) -> tuple[Ber, ...]:
    """ExecutionDateTime: nothing where it is left out, 3000-12-31 never."""
    if not body.has("ExecutionDateTime"):
        return ()
    at = whole_second(body, "ExecutionDateTime")
    return (Ber(TIME, _NEVER) if at == CANCELLATION else time_value(at),)


def expect(value: Ber, what: str, tag: int) -> Ber:
    """The value, if it has the tag.

    Raises:
        Malformed: it has another.
    """
    if value.tag != tag:
        raise Malformed(what, f"has ASN.1 tag {tag:02X}, not {value.tag:02X}")
    return value


def fields(value: Ber, what: str, *tags: int) -> tuple[Ber, ...]:
    """The values inside a SEQUENCE that has exactly these.

    Raises:
        Malformed: it has others.
    """
    if value.tag != SEQUENCE or [child.tag for child in value.children] != list(tags):
        raise Malformed(what, f"is a sequence of the ASN.1 tags {' '.join(f'{tag:02X}' for tag in tags)}")
    return value.children


def elements(value: Ber, what: str, tag: int) -> tuple[Ber, ...]:
    """The values inside a SEQUENCE OF.

    Raises:
        Malformed: one has another tag.
    """
    if value.tag != SEQUENCE or any(child.tag != tag for child in value.children):
        raise Malformed(what, f"is a sequence of values with ASN.1 tag {tag:02X}")
    return value.children


def status(element: str, words: Mapping[int, str], value: Ber) -> Node:
    """A StatusASN1: the number, and its word where it has one."""
    number = value.number
    return branch(element, leaf("ASN1Status", words.get(number, "notKnown")), ResponseCode=number)
