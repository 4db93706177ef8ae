"""From DUIS values to DLMS data (``Write``) and from DLMS data to MMC nodes (``Read``): the simple ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from schemas.duis.node import Node, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import Selection
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.dlms.times import encode_activation, encode_date_time, to_seconds
from schemas.gbcs.use_cases.access import Read, Select, Write
from schemas.gbcs.use_cases.declare import Part

_LOG_TIME_STAMP = bytes.fromhex("00005E2C64FF")
"""0-0:94.44.100.255, the restricting object of every log read."""

_LAST_SECOND = 2**32 - 1
"""Logs count seconds since 2000 in 32 bits."""


def constant(value: Data) -> Write:
    """The same value in every command."""
    return lambda body: value


def long_unsigned(path: str) -> Write:
    """A whole number of the body as long-unsigned."""
    return lambda body: dlms.long_unsigned(body.integer(path))


def visible(path: str) -> Write:
    """A text of the body as visible-string."""
    return lambda body: dlms.visible(body.text(path))


def whole_second(body: Node, path: str) -> datetime:
    """A date-time of the body.

    Raises:
        Malformed: it has parts of a second, which GBCS cannot carry.
    """
    at = body.moment(path)
    if at.microsecond:
        raise Malformed(f"{body.name}/{path}", f"has whole seconds in GBCS, not {body.text(path)}")
    return at


def moment(path: str) -> Write:
    """A date-time of the body as octet-string(12)."""
    return lambda body: dlms.octets(encode_date_time(whole_second(body, path)))


def activation(body: Node) -> Data:
    """ExecutionDateTime as activation date-time: absent now, 3000-12-31 never."""
    at = whole_second(body, "ExecutionDateTime") if body.has("ExecutionDateTime") else None
    return dlms.octets(encode_activation(at))


def _log_second(body: Node, path: str) -> Data:
    seconds = to_seconds(whole_second(body, path))
    if not 0 <= seconds <= _LAST_SECOND:
        raise Malformed(f"{body.name}/{path}", f"is from 2000 to 2136-02-07T06:28:15Z in GBCS, not {body.text(path)}")
    return dlms.double_long_unsigned(seconds)


def period(path: str) -> Select:
    """Selective access to the log entries between StartDateTime and EndDateTime of ``path``."""

    def select(body: Node) -> Selection:
        restricting = dlms.structure(
            dlms.long_unsigned(1), dlms.octets(_LOG_TIME_STAMP), dlms.integer(2), dlms.long_unsigned(0)
        )
        bounds = (_log_second(body, f"{path}/{edge}") for edge in ("StartDateTime", "EndDateTime"))
        return Selection(1, dlms.structure(restricting, *bounds, dlms.array()))

    return select


def ignored(value: Data) -> Iterable[Part]:
    """An answer that MMC has no element for."""
    return ()


def number(name: str) -> Read:
    """A number as the element ``name``."""
    return lambda value: [Part(leaf(name, value.number))]


def flag(name: str) -> Read:
    """A boolean as the element ``name``."""
    return lambda value: [Part(leaf(name, bool(value.value)))]


def hexadecimal(name: str) -> Read:
    """An octet-string as hex digits in the element ``name``."""
    return lambda value: [Part(leaf(name, value.octets.hex().upper()))]


def date_time(name: str, decode: Callable[[bytes], datetime]) -> Read:
    """An octet-string(12) as xs:dateTime in the element ``name``."""
    return lambda value: [Part(leaf(name, decode(value.octets)))]


def in_unit(name: str, value: Data | None, scale: Data | None, unit: int) -> int | None:
    """The value of a register as a whole number of its unit: MMC has no element for a power of ten.

    Args:
        value: None where it was not read.
        scale: its scaler and unit, or None where they were not read; then the scaler counts as 0, as in every vector.
        unit: DLMS code of the unit that MMC means.

    Raises:
        Malformed: another unit, or a value that is no whole number of it.
    """
    exponent = 0
    if scale is not None:
        power, code = scale.fields(2)
        if code.expect(Tag.ENUM).number != unit:
            raise Malformed(name, f"is in unit {unit}, not {code.number}")
        exponent = power.expect(Tag.INTEGER).number
    if value is None:
        return None
    number = value.expect(Tag.DOUBLE_LONG_UNSIGNED).number
    whole, rest = divmod(number * 10 ** max(exponent, 0), 10 ** max(-exponent, 0))
    if rest:
        raise Malformed(name, f"is a whole number of its unit, not {number} times ten to the power of {exponent}")
    return int(whole)
