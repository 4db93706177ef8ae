"""Ready-made simple types: the built-in ones of XML Schema, and those DUIS uses all over (DUIS XML Schema 5.4)."""

import re
from decimal import Decimal

from schemas.duis.moments import Date, DateTime, Time
from schemas.duis.simple import Base64, Boolean, Eui, Fraction, Integer, OneOf, Text

DATE_TIME = DateTime()
DATE = Date()
TIME = Time()
BOOLEAN = Boolean()
BYTES = Base64()
STRING = Text()
INTEGER = Integer()
DECIMAL = Fraction()
SHORT = Integer(-(2**15), 2**15 - 1)
INT = Integer(-(2**31), 2**31 - 1)
UNSIGNED_SHORT = Integer(0, 2**16 - 1)
UNSIGNED_INT = Integer(0, 2**32 - 1)

EUI = Eui()
CERTIFICATE = BYTES
"""A certificate in DER; no length is set by the format."""
SCHEDULE_ID = Integer(0, 10**12)
SEQUENCE_NUMBER = Integer(0, 2**63 - 1)
"""A floor sequence number: an originator counter below which a device refuses messages."""
MPAN = Text(13, 13)
MPXN = Text(1, 13)
"""An MPAN (13 digits) or MPRN (up to 10)."""
FIRMWARE_VERSION = Text(1, 8)
UPRN = Integer(1, 10**12 - 1)
"""Unique property reference number, up to 12 digits."""


def integer(low: int | None = None, high: int | None = None) -> Integer:
    """A whole number from low to high."""
    return Integer(low, high)


def fraction(low: str, high: str, places: int, *, inside: bool = False) -> Fraction:
    """A decimal number from low to high (both out where ``inside``) with at most so many digits after the point."""
    return Fraction(Decimal(low), Decimal(high), places, inside)


def string(low: int = 0, high: int | None = None) -> Text:
    """Text of so many characters."""
    return Text(low, high)


def printable(low: int, high: int) -> Text:
    """Text of so many printable ASCII characters."""
    return Text(low, high, re.compile(r"[ -~]+"), "printable ASCII")


def one_of(*texts: str) -> OneOf:
    """One of some texts."""
    return OneOf(frozenset(texts))
