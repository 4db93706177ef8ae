"""Times as COSEM writes them: date-time (12 octets), date (5), time (4), and seconds since 2000."""

from datetime import UTC, datetime, timedelta
from struct import Struct

from schemas.errors import Malformed

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Logs, GBZ and ZigBee count seconds from here."""

NOW = bytes.fromhex("0000000000000000008000FF")
"""Activation date-time of an immediate command."""

NEVER = bytes.fromhex("FFFFFFFFFFFFFFFFFF8000FF")
"""Activation date-time that cancels a future-dated command."""

CANCELLATION = datetime(3000, 12, 31, tzinfo=UTC)
"""The DUIS ExecutionDateTime that asks for a cancellation."""

_TAIL = bytes.fromhex("008000FF")  # hundredths, deviation not specified, clock status not specified
_ANY_DAY = 0xFF
_DATE_TIME = Struct(">HBBxBBBxHx")
_UTC = (0x8000, 0x0000)  # not specified, as in every vector, or none


def encode_date_time(moment: datetime) -> bytes:
    """UTC date-time, day of week not specified, hundredths 0, as every command in the vectors writes it.

    Raises:
        Malformed: for a moment with parts of a second, which GBCS cannot carry.
    """
    moment = moment.astimezone(UTC)
    if moment.microsecond:
        raise Malformed("date-time", "has whole seconds in GBCS")
    head = moment.year.to_bytes(2, "big") + bytes((moment.month, moment.day, _ANY_DAY))
    return head + bytes((moment.hour, moment.minute, moment.second)) + _TAIL


def decode_date_time(octets: bytes) -> datetime:
    """A fully specified UTC date-time; the day of week, hundredths and status are not used.

    Raises:
        Malformed: for another length, a local time, or a date that does not exist, wildcards included.
    """
    if len(octets) != 12:
        raise Malformed("date-time", f"has 12 octets, not {len(octets)}")
    year, month, day, hour, minute, second, deviation = _DATE_TIME.unpack(octets)
    if deviation not in _UTC:
        raise Malformed("date-time", f"is in UTC, not with deviation {deviation:04X}")
    try:
        return datetime(year, month, day, hour, minute, second, 0, UTC)
    except ValueError:
        raise Malformed("date-time", f"is a date and time that exist, not {octets.hex().upper()}") from None


def encode_activation(moment: datetime | None) -> bytes:
    """The activation date-time of a DUIS ExecutionDateTime: absent is now, 3000-12-31 cancels."""
    if moment is None:
        return NOW
    return NEVER if moment == CANCELLATION else encode_date_time(moment)


def to_seconds(moment: datetime) -> int:
    """Seconds since 2000-01-01T00:00:00Z, 32 bits."""
    return int((moment - EPOCH).total_seconds())


def from_seconds(seconds: int) -> datetime:
    """The moment ``seconds`` after 2000-01-01T00:00:00Z."""
    return EPOCH + timedelta(seconds=seconds)
