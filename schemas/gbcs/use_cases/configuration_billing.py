"""The billing calendar of an electricity meter: SR 6.8 and 6.2.3.

A single action schedule, class 22, attribute 4: an array of structure(time, date), one row per billing day that the
wildcards of one row cannot express. ECS30 and ECS26d are the older pair, ECS30a and ECS26l that of all periodicities;
by the request alone ECS30 takes the monthly calendar, ECS30a the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.auxiliary import CosemDate
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.access import Access, Get, Set, attribute
from schemas.gbcs.use_cases.declare import DeviceType, Part, UseCase

_CALENDAR = attribute(22, "0-0:15.0.0.255", 4)
_METERS = frozenset({DeviceType.ESME})
_MONTHS = 12
_LAST_DAY = 28
_EVERY = {"Quarterly": 3, "SixMonthly": 6, "Yearly": 12}
"""Months between billing days."""


def _rows(body: Node) -> Data:
    calendar = body.node("ElectricityBillingCalendar")
    at = calendar.clock("BillingTime")
    if at.microsecond:
        text = calendar.text("BillingTime")
        raise Malformed("ElectricityBillingCalendar/BillingTime", f"has whole seconds in GBCS, not {text}")
    clock = dlms.octets(bytes((at.hour, at.minute, at.second, 0)))
    return dlms.array(*(dlms.structure(clock, dlms.octets(day.encode())) for day in _days(calendar)))


def _days(calendar: Node) -> list[CosemDate]:
    """The dates of a period. The vectors show Daily, Monthly and Quarterly; the rest follow their pattern (assumed)."""
    if calendar.has("Daily"):
        return [CosemDate(None, None, None, None)]
    if calendar.has("Weekly"):
        return [CosemDate(None, None, None, calendar.integer("Weekly"))]
    if calendar.has("Monthly"):
        return [CosemDate(None, None, calendar.integer("Monthly"), None)]
    for name, step in _EVERY.items():
        if calendar.has(name):
            day, first = calendar.integer(f"{name}/DayOfMonth"), calendar.integer(f"{name}/BillingPeriodStartMonth")
            # In the order of billing from the first month on; past December it goes on in January (assumed).
            months = [(first - 1 + offset) % _MONTHS + 1 for offset in range(0, _MONTHS, step)]
            return [CosemDate(None, month, day, None) for month in months]
    raise Malformed("ElectricityBillingCalendar", "has a period")


def _read_rows(value: Data) -> Iterable[Part]:
    rows = [row.fields(2) for row in value.expect(Tag.ARRAY).items]
    if not rows:
        return
    clocks = {clock.octets for clock, _ in rows}
    if len(clocks) != 1:
        raise Malformed("billing calendar", "has one time for all its days")
    period = _period([CosemDate.decode(day.octets) for _, day in rows])
    at = leaf("BillingTime", _clock(clocks.pop()))
    yield Part(branch("BillingCalendar", branch("ElectricityBillingCalendar", at, period)))


def _clock(octets: bytes) -> time:
    try:
        hour, minute, second, hundredths = octets
        return time(hour, minute, second, hundredths * 10_000)
    except ValueError:
        raise Malformed("billing time", f"is a time of day, not {octets.hex().upper()}") from None


def _period(days: list[CosemDate]) -> Node:
    first = days[0]
    if any(day.year is not None for day in days):
        raise Malformed("billing calendar", "repeats every year")
    if len(days) == 1 and first.month is None:
        if first.weekday is not None and first.day is None:
            return leaf("Weekly", first.weekday)
        if first.day is not None and first.weekday is None:
            return leaf("Monthly", _day(first))
        if first.day is None and first.weekday is None:
            return branch("Daily")
    for name, step in _EVERY.items():
        if len(days) == _MONTHS // step and first.month is not None and first.day is not None:
            months = [(first.month - 1 + offset) % _MONTHS + 1 for offset in range(0, _MONTHS, step)]
            if days == [CosemDate(None, month, first.day, None) for month in months]:
                start = leaf("BillingPeriodStartMonth", first.month)
                return branch(name, leaf("DayOfMonth", _day(first)), start)
    raise Malformed("billing calendar", "is daily, weekly, monthly, quarterly, six-monthly or yearly")


def _day(date: CosemDate) -> int:
    if date.day is None or not 1 <= date.day <= _LAST_DAY:
        raise Malformed("billing day", f"is 1 to {_LAST_DAY}, not {date.day}")
    return date.day


def _monthly(body: Node) -> bool:
    """The one period of the older use case's vectors; the newer one's have daily and quarterly."""
    return body.has("ElectricityBillingCalendar/Monthly")


def _reading(name: str, code: int) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="6.2.3",
        element="ReadDeviceConfigurationBillingCalendar",
        critical=False,
        devices=_METERS,
        content=Access((Get(_CALENDAR, _read_rows),)),
        response="ReadDeviceConfigurationDataBillingCalendarRsp",
    )


def _updating(name: str, code: int, *, monthly: bool) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="6.8",
        element="UpdateDeviceConfigurationBillingCalendar",
        critical=True,
        devices=_METERS,
        content=Access((Set(_CALENDAR, _rows),)),
        response="UpdateDeviceConfigurationBillingCalendarRsp",
        applies=lambda body: body.has("ElectricityBillingCalendar") and _monthly(body) is monthly,
    )


BILLING = (
    _updating("ECS30", 0x0046, monthly=True),
    _updating("ECS30a", 0x00D7, monthly=False),
    _reading("ECS26l", 0x00D9),
    # Of the read pair the one that reports every periodicity comes first; the older one is asked for by name.
    _reading("ECS26d", 0x003E),
)
