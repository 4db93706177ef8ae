"""Event, security and power event logs of an electricity meter and of a communications hub: SR 6.13.

A log is an array of structures (compact on the wire): seconds since 2000, code, and in some a third column.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.dlms.times import from_seconds
from schemas.gbcs.names.alerts import ALERT_CODES
from schemas.gbcs.names.message_codes import MESSAGE_CODES
from schemas.gbcs.use_cases.access import Access, Get, attribute
from schemas.gbcs.use_cases.declare import DeviceType, Part, UseCase
from schemas.gbcs.use_cases.fields import period

_METERS = frozenset({DeviceType.ESME})
_HUB = frozenset({DeviceType.CHF})
HAN_COMMANDS = (0x8154, 0x8155)
"""A command over the home network carried out or failed: the other information is its message code (assumed)."""

_MAX_OTHER = 32
"""Octets of other information that we pass on; the vectors have 0, 2 or 4."""


def log_time(value: Data) -> Node:
    """The Timestamp of a log entry."""
    return leaf("Timestamp", from_seconds(value.expect(Tag.DOUBLE_LONG_UNSIGNED).number))


def log_meaning(code: int) -> str:
    """Our own words for a log code; MMC takes at most 200 characters."""
    return ALERT_CODES.get(code, f"Event {code:04X}")


def _entry(columns: int, row: Data) -> Node:
    at, code, *other = row.fields(columns)
    number = code.expect(Tag.LONG_UNSIGNED).number
    nodes = [log_time(at), leaf("LogCode", f"{number:04X}"), leaf("LogMeaning", log_meaning(number))]
    if other:
        text = _other_information(other[0])
        if text:
            nodes.append(leaf("OtherInformation", text))
        if number in HAN_COMMANDS and int(text or "0", 16) in MESSAGE_CODES:
            nodes.append(leaf("OtherInformationLogMeaning", MESSAGE_CODES[int(text, 16)]))
    return branch("LogEntry", *nodes)


def _other_information(value: Data) -> str:
    """The third column as hex digits: octets as they are, a number (power event log) in its four octets."""
    if value.tag is Tag.DOUBLE_LONG_UNSIGNED:
        return f"{value.number:08X}"
    octets = value.octets
    if len(octets) > _MAX_OTHER:
        raise Malformed("other information", f"has at most {_MAX_OTHER} octets, not {len(octets)}")
    return octets.hex().upper()


def _read_with_other(value: Data) -> Iterable[Part]:
    """Event and power event log."""
    yield Part(branch("Log", *(_entry(3, row) for row in value.items)))


def _read_codes(value: Data) -> Iterable[Part]:
    """Security log."""
    yield Part(branch("Log", *(_entry(2, row) for row in value.items)))


def _log(name: str, code: int, log: str, steps: tuple[Get, ...], devices: frozenset[DeviceType]) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="6.13",
        element="ReadEventOrSecurityLog",
        critical=False,
        devices=devices,
        content=Access(steps),
        response="ReadEventOrSecurityLogRsp",
        brokered=devices == _HUB,
        applies=lambda body: body.text("LogToRead") == log,
    )


_EVENTS = (Get(attribute(7, "0-0:99.98.0.255", 2), _read_with_other, period("ReadLogPeriod")),)
_SECURITY = (Get(attribute(7, "0-0:99.98.1.255", 2), _read_codes, period("ReadLogPeriod")),)
_POWER = (Get(attribute(7, "0-0:99.98.4.255", 2), _read_with_other, period("ReadLogPeriod")),)

LOGS = (
    _log("ECS35a", 0x0048, "Event", _EVENTS, _METERS),
    _log("ECS35b", 0x0049, "Security", _SECURITY, _METERS),
    _log("ECS35c", 0x0093, "Event", _EVENTS, _HUB),
    _log("ECS35d", 0x0094, "Security", _SECURITY, _HUB),
    _log("ECS35e", 0x00B9, "PowerEvent", _POWER, _METERS),
)
"""The meter's and the hub's logs are told apart by the type of the target alone."""
