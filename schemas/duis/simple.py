"""The simple XML types DUIS is made of: from text to value, by the lexical rules of XML Schema part 2.

Every type is an object with ``read(text)`` that gives the value and the text it was written as, with white space
collapsed where the type does so, or raises ValueError with the rule broken. Patterns have no nested repetition, so
reading is linear in the length of the text.
"""

import re
from binascii import a2b_base64
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from schemas.duis.node import Value
from schemas.eui import EUI64

WHITE = " \t\r\n"
"""XML's white space; str.strip() alone would also take away no-break spaces."""

_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_EUI = re.compile(r"[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7}")
_MOST_DIGITS = 200


class Simple(Protocol):
    """A simple type."""

    def read(self, text: str) -> tuple[Value, str]:
        """Give value and collapsed text, or raise ValueError saying the rule."""


def compact(text: str) -> str:
    """``text`` without its white space."""
    if "\n" in text or " " in text or "\r" in text or "\t" in text:
        # Four looks that mostly find nothing are a fifth of one translation.
        text = text.replace("\n", "").replace(" ", "").replace("\r", "").replace("\t", "")
    return text


def shown(text: str) -> str:
    """A value as an error shows it: quoted, at most 40 characters."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number from ``low`` to ``high``, None being open; signs and leading zeros as XML Schema
    allows them for every integer type."""

    low: int | None = None
    high: int | None = None

    def read(self, text: str) -> tuple[Value, str]:
        """Give the number."""
        lexical = text.strip(WHITE)
        if _INTEGER.fullmatch(lexical) and len(lexical) <= _MOST_DIGITS:
            value = int(lexical)
            if (self.low is None or value >= self.low) and (self.high is None or value <= self.high):
                return value, lexical
        raise ValueError(f"is a whole number{self._range()}, not {shown(text)}")

    def _range(self) -> str:
        low = f" from {self.low}" if self.low is not None else ""
        return low + (f" to {self.high}" if self.high is not None else "")


@dataclass(frozen=True, slots=True)
class Fraction:
    """A decimal number from ``low`` to ``high``, with at most ``places`` digits after the point; None is open."""

    low: Decimal | None = None
    high: Decimal | None = None
    places: int | None = None
    inside: bool = False
    """Whether the bounds themselves are out."""

    def read(self, text: str) -> tuple[Value, str]:
        """Give the number."""
        lexical = text.strip(WHITE)
        if _DECIMAL.fullmatch(lexical) and len(lexical) <= _MOST_DIGITS:
            value = Decimal(lexical)
            if self._fits(value) and (self.places is None or _places(lexical) <= self.places):
                return value, lexical
        raise ValueError(f"is a decimal number{self._rule()}, not {shown(text)}")

    def _fits(self, value: Decimal) -> bool:
        if self.inside and value in (self.low, self.high):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def _rule(self) -> str:
        verb = "between" if self.inside else "from"
        span = f" {verb} {self.low} {'and' if self.inside else 'to'} {self.high}" if self.low is not None else ""
        return span + (f" with at most {self.places} decimal places" if self.places is not None else "")


def _places(lexical: str) -> int:
    return len(lexical.partition(".")[2].rstrip("0"))


@dataclass(frozen=True, slots=True)
class Text:
    """Text of ``low`` to ``high`` characters, white space kept, with an optional pattern said in words by ``rule``."""

    low: int = 0
    high: int | None = None
    pattern: re.Pattern[str] | None = None
    rule: str = ""

    def read(self, text: str) -> tuple[Value, str]:
        """Give the text."""
        size = len(text)
        fits = size >= self.low and (self.high is None or size <= self.high)
        if fits and (self.pattern is None or self.pattern.fullmatch(text)):
            return text, text
        most = "" if self.high is None else f" to {self.high}"
        raise ValueError(f"has {self.low}{most} characters{self.rule and ' of ' + self.rule}, not {shown(text)}")


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some texts, white space kept unless ``token``."""

    texts: Collection[str]
    token: bool = False

    def read(self, text: str) -> tuple[Value, str]:
        """Give the text."""
        lexical = text.strip(WHITE) if self.token else text
        if lexical in self.texts:
            return lexical, lexical
        known = sorted(self.texts) if len(self.texts) <= 12 else ["the values of the format"]
        raise ValueError(f"is one of {', '.join(known)}, not {shown(text)}")


@dataclass(frozen=True, slots=True)
class Token:
    """Text by a pattern, white space around it not counted; ``rule`` says the pattern in words."""

    pattern: re.Pattern[str]
    rule: str

    def read(self, text: str) -> tuple[Value, str]:
        """Give the text."""
        lexical = text.strip(WHITE)
        if self.pattern.fullmatch(lexical):
            return lexical, lexical
        raise ValueError(f"is {self.rule}, not {shown(text)}")


@dataclass(frozen=True, slots=True)
class Boolean:
    """xs:boolean."""

    def read(self, text: str) -> tuple[Value, str]:
        """Give True or False."""
        lexical = text.strip(WHITE)
        if lexical in ("true", "1"):
            return True, lexical
        if lexical in ("false", "0"):
            return False, lexical
        raise ValueError(f"is true, false, 1 or 0, not {shown(text)}")


@dataclass(frozen=True, slots=True)
class Eui:
    """An EUI-64 as DUIS writes it: 8 pairs of hex digits in any case with hyphens between."""

    def read(self, text: str) -> tuple[Value, str]:
        """Give the `EUI64`."""
        lexical = text.strip(WHITE)
        if _EUI.fullmatch(lexical):
            return EUI64(bytes.fromhex(lexical.replace("-", ""))), lexical
        raise ValueError(f"is 8 pairs of hex digits with hyphens between, not {shown(text)}")


@dataclass(frozen=True, slots=True)
class Hex:
    """xs:hexBinary of ``low`` to ``high`` bytes, or one of ``values``."""

    low: int = 0
    high: int | None = None
    values: frozenset[bytes] | None = None

    def read(self, text: str) -> tuple[Value, str]:
        """Give the bytes."""
        lexical = text.strip(WHITE)
        try:
            value = bytes.fromhex(lexical) if lexical.isalnum() or not lexical else None
        except ValueError:
            value = None
        if value is not None and self._fits(value):
            return value, lexical
        sizes = f"{self.low}{'' if self.high is None else f' to {self.high}'}"
        known = f", one of {', '.join(sorted(v.hex().upper() for v in self.values))}" if self.values else ""
        raise ValueError(f"is {sizes} bytes in hex{known}, not {shown(text)}")

    def _fits(self, value: bytes) -> bool:
        if self.values is not None and value not in self.values:
            return False
        return len(value) >= self.low and (self.high is None or len(value) <= self.high)


@dataclass(frozen=True, slots=True)
class Base64:
    """xs:base64Binary of at most ``high`` bytes; white space anywhere in it is not counted."""

    high: int | None = None

    def read(self, text: str) -> tuple[Value, str]:
        """Give the bytes."""
        return self.octets(text), text.strip(WHITE)

    def octets(self, text: str) -> bytes:
        """The bytes alone; ValueError as for ``read``."""
        characters = compact(text)
        try:
            value = a2b_base64(characters, strict_mode=True)
        except ValueError:  # binascii.Error, or text that is not ASCII
            raise ValueError(f"is base64, not {shown(text)}") from None
        if len(characters) % 4 or (characters[-1:] == "=" and not _padded_with_zero_bits(characters)):
            raise ValueError(f"is base64 in full groups of four, padded with zero bits, not {shown(characters[-40:])}")
        if self.high is not None and len(value) > self.high:
            raise ValueError(f"has at most {self.high} bytes, not {len(value)}")
        return value


def _padded_with_zero_bits(characters: str) -> bool:
    if characters.endswith("=="):
        return characters[-3] in "AQgw"
    return characters[-2] in "AEIMQUYcgkosw048"
