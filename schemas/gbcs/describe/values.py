"""Single values of electricity meters and hubs that are more than their number or octets."""

from __future__ import annotations

import json

from schemas.errors import Malformed
from schemas.gbcs.describe.shapes import choice, number, words
from schemas.gbcs.dlms.data import Data, Tag

VOLTS, WATTS, PERIOD = number("V"), number("W"), number("seconds")
PERCENTAGE = words(lambda value: f"{value.number / 100:.2f} %", Tag.LONG_UNSIGNED)
"""Hundredths of one per cent."""

NOTHING = words(lambda value: f"{value.number}, none needed", Tag.INTEGER)
"""The parameter of methods that take none."""

_NO_THRESHOLD = 0xFFFFFFFF
_CONTROL_STATES = {0: "disconnected: disabled", 1: "connected: enabled", 2: "ready for reconnection: armed"}
_CLOCK_BASES = {
    0: "not defined",
    1: "internal crystal",
    2: "mains 50 Hz",
    3: "mains 60 Hz",
    4: "GPS",
    5: "radio controlled",
}
_CLOCK_BITS = {0: "invalid value", 1: "doubtful value", 2: "other clock base", 3: "invalid status", 7: "summer time"}
"""By bit, the lowest first (DLMS, clock status)."""

_VARIANTS = {b"A": "single element", b"B": "twin element", b"C": "polyphase"}
_CONTROLLER_TYPES = {b"": "none", b"\xff": "APC", bytes(8): "ALCS"}
_MPAN = 13


def _clock_status(value: Data) -> str:
    told = [word for bit, word in _CLOCK_BITS.items() if value.number >> bit & 1]
    return f"{value.number:02X} {', '.join(told) or 'reliable'}"


def _threshold(value: Data) -> str:
    return "none (FFFFFFFF)" if value.number == _NO_THRESHOLD else str(value.number)


def _variant(value: Data) -> str:
    if value.octets not in _VARIANTS:
        raise Malformed("meter variant", "is A, B or C")
    return f"{value.octets.decode()}, {_VARIANTS[value.octets]}"


def _controller_type(value: Data) -> str:
    octets = value.octets
    shown = octets.hex().upper() or "empty"
    if octets in _CONTROLLER_TYPES:
        return f"{shown}, {_CONTROLLER_TYPES[octets]}"
    if len(octets) != len(bytes(8)):
        raise Malformed("type of a controller", "is none, APC, ALCS or the identifier of an HCALCS")
    return f"{octets.hex('-').upper()}, HCALCS"


def _state(value: Data) -> str:
    text = value.octets.decode("utf-8", "backslashreplace")
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        members = None
    told = []
    if isinstance(members, dict):
        named_levels = (("outputState", "output"), ("inputState", "input"))
        told = [f"{word} level {members[name]} %" for name, word in named_levels if name in members]
    return f"utf8-string {text} ({', '.join(told)})" if told else f"utf8-string {text}"


def _mpans(value: Data) -> str:
    if len(value.octets) not in (0, _MPAN, 2 * _MPAN) or not value.octets.isascii():
        raise Malformed("MPANs", f"are one or two of {_MPAN} characters")
    text = value.octets.decode("ascii")
    return ", ".join(filter(None, (text[:_MPAN], text[_MPAN:]))) or "empty"


CLOCK_STATUS = words(_clock_status, Tag.UNSIGNED)
CLOCK_BASE = choice(_CLOCK_BASES)
CONTROL_STATE = choice(_CONTROL_STATES)
BLOCK_THRESHOLD = words(_threshold, Tag.DOUBLE_LONG_UNSIGNED)
VARIANT = words(_variant, Tag.OCTET_STRING)
CONTROLLER_TYPE = words(_controller_type, Tag.OCTET_STRING)
MPANS = words(_mpans, Tag.OCTET_STRING)
STATE = words(_state, Tag.UTF8_STRING)
"""State and associated information of a controller: JSON text, with its levels in words."""
