"""Values of a device's state as JSON values, and back: frozen dataclasses, enumerations, moments, octets.

Only the classes named here are made from a text: what a database holds can make no other object.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, time, timedelta
from enum import Enum, Flag
from functools import lru_cache
from typing import Any

from devices.alerts import AlertCode
from devices.auxiliary_state import Activation, AuxiliaryState, Controller, ControllerType, Level, Period, Rule
from devices.boost import Boost
from devices.calendar import Calendar
from devices.charge_point import Allowed
from devices.clock import ClockState
from devices.display import Shown
from devices.drlc_client import Held, Settings
from devices.drlc_server import Ordered
from devices.event_log import Action, ControllerEntry, Entry, Outcome
from devices.hcalcs import Fallback
from devices.hub_log import HubLog
from devices.metering import Period as MeteredPeriod
from devices.metering import Registers
from devices.objects import Member
from devices.origin import Origin
from devices.power_series import Sample
from devices.receipts import Answer, Receipt
from devices.regulation_delay import Delayed, Levels
from devices.supply import LimitEvent, LoadLimit, SupplyRecord, SupplyState
from devices.trust import Cell, Role, Use
from devices.vehicle import Discharge, Trip
from schemas.errors import Malformed, NotPossible
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import CommandedState, CosemDate, Direction, ScheduleRow, SpecialDay
from schemas.gbcs.dlms.data import Data, decode_data
from schemas.gbcs.reader import Reader
from schemas.zse.drlc import CancelControl, DeviceClass, EventControl, EventStatus, LoadControlEvent

_RECORDS: dict[str, type[Any]] = {
    each.__name__: each
    for each in (
        Activation,
        Allowed,
        AuxiliaryState,
        Boost,
        Calendar,
        Cell,
        ClockState,
        CommandedState,
        Controller,
        ControllerEntry,
        CosemDate,
        Delayed,
        Discharge,
        Entry,
        Held,
        HubLog,
        Level,
        Levels,
        LimitEvent,
        LoadControlEvent,
        LoadLimit,
        Member,
        Ordered,
        Origin,
        Period,
        Receipt,
        Registers,
        Sample,
        ScheduleRow,
        Settings,
        Shown,
        SpecialDay,
        SupplyRecord,
        Trip,
    )
} | {"MeteredPeriod": MeteredPeriod}
_NAMES = {each: name for name, each in _RECORDS.items()}
_ENUMS: dict[str, type[Enum]] = {
    each.__name__: each
    for each in (
        Action,
        AlertCode,
        Answer,
        CancelControl,
        ControllerType,
        DeviceClass,
        Direction,
        EventControl,
        EventStatus,
        Fallback,
        Outcome,
        Role,
        Rule,
        SupplyState,
        Use,
    )
}


def to_plain(value: object) -> Any:
    """What ``json`` can write, and ``from_plain`` reads.

    Raises:
        NotPossible: for a value of another class.
    """
    if type(value) in _NAMES:
        return _entry(value) if isinstance(value, ControllerEntry) else _record(value)
    match value:
        case Flag() if type(value).__name__ in _ENUMS:
            return {"enum": type(value).__name__, "value": value.value}
        case Enum() if type(value).__name__ in _ENUMS:
            return {"enum": type(value).__name__, "name": value.name}
        case None | bool() | int() | float() | str():
            return value
        case datetime() | time():
            return {type(value).__name__: value.isoformat()}
        case timedelta():
            return {"microseconds": value // timedelta(microseconds=1)}
        case EUI64():
            return {"eui": str(value)}
        case bytes():
            return {"octets": value.hex()}
        case Data():
            return {"dlms": value.encode().hex()}
        case tuple() | list() | deque():
            return [to_plain(each) for each in value]
        case set() | frozenset():
            return {"set": sorted((to_plain(each) for each in value), key=repr)}
        case Mapping():
            return {"map": [[to_plain(key), to_plain(each)] for key, each in value.items()]}
    raise NotPossible("state", f"is of the classes that are kept, not {type(value).__name__}")


@lru_cache(maxsize=4096)
def _entry(entry: ControllerEntry) -> dict[str, Any]:
    """A log's entries are most of a state, and all but the last are as they were at the time before."""
    return _record(entry)


def _record(value: Any) -> dict[str, Any]:
    names = getattr(value, "_fields", None) or [each.name for each in fields(value)]
    return {"of": _NAMES[type(value)], "fields": {name: to_plain(getattr(value, name)) for name in names}}


def from_plain(plain: Any) -> Any:
    """The value again; a list comes back as a tuple.

    Raises:
        Malformed: for what ``to_plain`` does not write.
    """
    match plain:
        case None | bool() | int() | float() | str():
            return plain
        case list():
            return tuple(from_plain(each) for each in plain)
        case {"of": str() as name, "fields": dict() as given} if name in _RECORDS:
            return _RECORDS[name](**{field: from_plain(each) for field, each in given.items()})
        case {"enum": str() as name, "name": str() as member} if name in _ENUMS:
            return _ENUMS[name][member]
        case {"enum": str() as name, "value": int() as number} if name in _ENUMS:
            return _ENUMS[name](number)
        case {"set": list() as members}:
            return {from_plain(each) for each in members}
        case {"datetime": str() as text}:
            return datetime.fromisoformat(text)
        case {"time": str() as text}:
            return time.fromisoformat(text)
        case {"microseconds": int() as number}:
            return timedelta(microseconds=number)
        case {"eui": str() as text}:
            return EUI64.parse(text)
        case {"octets": str() as text}:
            return bytes.fromhex(text)
        case {"dlms": str() as text}:
            return decode_data(Reader(bytes.fromhex(text)))
        case {"map": list() as pairs}:
            return {from_plain(key): from_plain(each) for key, each in pairs}
    raise Malformed("kept state", "is of the classes that are kept")
