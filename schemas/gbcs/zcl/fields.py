"""Fields that many ZCL payloads share, and what their values mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from construct import Construct

from schemas.gbcs.dlms.times import from_seconds
from schemas.gbcs.names.alerts import alert
from schemas.gbcs.zcl.layout import OCTETS, U8, U16, U32, Field, Show, Value

NOW, NEVER, NEVER_CALENDAR = 0, 0xFFFFFFFF, 0xFFFFFFFE
"""A start at once; a start that cancels; the same for a calendar, a price matrix and what belongs to them."""

ANY = 0xFF
"""Of a date: a part that is not specified."""

_DATE_PARTS = (("year", 1900), ("month", 0), ("day of month", 0), ("day of week", 0))
_UNITS = {0x00: "kWh", 0x01: "m3"}
CURRENCIES = {826: "GBP", 978: "EUR"}
"""ISO 4217 numbers of the currencies that DUIS names."""


def show_time(seconds: int) -> str:
    """A UTC time for people, the special ones by name."""
    special = {NOW: "now", NEVER: "never", NEVER_CALENDAR: "never (calendar)"}
    return special.get(seconds) or f"{from_seconds(seconds):%Y-%m-%d %H:%M:%S}Z"


def show_minutes(count: int) -> str:
    """Minutes from midnight as a time of day."""
    return f"{count // 60:02}:{count % 60:02}"


def show_date(date: bytes) -> str:
    """A ZCL date, four octets, FF for any."""
    parts = zip(date, _DATE_PARTS, strict=True)
    return ", ".join(f"{name} {'any' if part == ANY else part + base}" for part, (name, base) in parts)


def show_text(text: bytes) -> str:
    """Text, with what is not ASCII escaped."""
    return text.decode("ascii", "backslashreplace")


def show_unit(unit: int) -> str:
    """A unit of measure."""
    return _UNITS.get(unit & 0x7F, "unit not known here")


def show_currency(code: int) -> str:
    """A currency by its ISO 4217 number."""
    return CURRENCIES.get(code, "currency not known here")


def show_alert(code: int) -> str:
    """An alert or event code with its name."""
    return f"{code:04X} {alert(code)}"


def show_bits(width: int) -> Show:
    """A bit map in so many hex digits."""
    return lambda bits: f"0x{bits:0{width}X}"


def words(names: Mapping[int, str]) -> Show:
    """A number by name."""
    return lambda code: names.get(code, "not known here")


def number(name: str, form: Construct[Any, Any] = U8) -> Field:
    """A number that needs no explanation."""
    return Field(name, form)


def moment(name: str) -> Field:
    """A UTC time."""
    return Field(name, U32, show_time)


def text(name: str) -> Field:
    """An octet string of text."""
    return Field(name, OCTETS, show_text)


def integer_of(values: Mapping[str, Value], name: str) -> int:
    """A number among the values before a field."""
    value = values[name]
    return value if isinstance(value, int) else 0


PROVIDER = number("provider id", U32)
EVENT = moment("issuer event id")
START = moment("start time")
IMPLEMENTATION = moment("implementation time")
CALENDAR = moment("issuer calendar id")
TARIFF = number("issuer tariff id", U32)
COMMAND_INDEX = number("command index")
TOTAL_COMMANDS = number("total number of commands")
UNIT = Field("unit of measure", U8, show_unit)
CURRENCY = Field("currency", U16, show_currency)
TRAILING_DIGIT = Field("trailing digit", U8, show_bits(2))
