"""Faults of calendar, offset and clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from devices.auxiliary_state import Rule
from devices.calendar import Calendar
from devices.sapc import SAPC
from schemas.gbcs.auxiliary import Direction
from tests.dcc_sim.sapc_kit.mutants.making import fault


def calendar_of(device: SAPC, change: Callable[[Calendar], Calendar]) -> None:
    """Spoils each calendar that is written."""

    def settle(now: datetime) -> None:
        state = device.auxiliary.state
        if state.active.rows and getattr(device, "spoilt", None) != state.active:
            spoilt = change(state.active)
            device.spoilt = spoilt  # type: ignore[attr-defined]
            device.auxiliary.state = replace(state, active=spoilt)
        settled(now)

    settled = device.auxiliary.settle
    device.auxiliary.settle = settle  # type: ignore[method-assign]


@fault("ignores special days")
def _(device: SAPC) -> None:
    calendar_of(device, lambda calendar: Calendar(calendar.rows, (), calendar.origin))


@fault("ignores seasons")
def _(device: SAPC) -> None:
    def always(calendar: Calendar) -> Calendar:
        first = calendar.rows[0]
        rows = tuple(replace(row, start=first.start, end=first.end) for row in calendar.rows)
        return Calendar(rows, calendar.special_days, calendar.origin)

    calendar_of(device, always)


@fault("takes Sunday as the first day of the week")
def _(device: SAPC) -> None:
    def shifted(calendar: Calendar) -> Calendar:
        rows = tuple(replace(row, weekdays=row.weekdays[1:] + row.weekdays[:1]) for row in calendar.rows)
        return Calendar(rows, calendar.special_days, calendar.origin)

    calendar_of(device, shifted)


@fault("lets no switch hold over midnight")
def _(device: SAPC) -> None:
    plain = device.auxiliary.level_at

    def level_at(number: int, direction: Direction, now: datetime) -> Any:
        level = plain(number, direction, now)
        switch = device.auxiliary.state.active.last_switch(number, direction, now)
        if level.rule is Rule.CALENDAR and switch is not None and switch[0].date() != now.date():
            return replace(level, percent=100 - 100 * direction)
        return level

    device.auxiliary.level_at = level_at  # type: ignore[method-assign]


@fault("runs its calendar on local time")
def _(device: SAPC) -> None:
    plain = device.auxiliary.level_at

    def level_at(number: int, direction: Direction, now: datetime) -> Any:
        local = now + (now.astimezone(ZoneInfo("Europe/London")).utcoffset() or timedelta())
        by_calendar = plain(number, direction, now)
        return plain(number, direction, local) if by_calendar.rule is Rule.CALENDAR else by_calendar

    device.auxiliary.level_at = level_at  # type: ignore[method-assign]


@fault("has no randomised offset")
def _(device: SAPC) -> None:
    device.auxiliary.state = replace(device.auxiliary.state, randomised_offset_number=0)


@fault("delays set states by the randomised offset")
def _(device: SAPC) -> None:
    plain = device.auxiliary.set_state

    def late(state: Any, start: datetime, end: datetime, *more: Any) -> None:
        offset = device.auxiliary.state.late
        plain(state, start + offset, end + offset, *more)

    device.auxiliary.set_state = late  # type: ignore[method-assign]


@fault("activates a calendar for later at once")
def _(device: SAPC) -> None:
    device.auxiliary.schedule = lambda activation: device.auxiliary.activate(activation.attribute)  # type: ignore[method-assign]


@fault("cannot cancel a calendar for later")
def _(device: SAPC) -> None:
    plain, schedule = device.auxiliary.cancel, device.auxiliary.schedule

    def again(activation: Any) -> None:
        device.auxiliary.cancel = plain  # type: ignore[method-assign]
        schedule(activation)
        device.auxiliary.cancel = lambda attribute: None  # type: ignore[method-assign]

    device.auxiliary.schedule = again  # type: ignore[method-assign]
    device.auxiliary.cancel = lambda attribute: None  # type: ignore[method-assign]


@fault("never adjusts its clock")
def _(device: SAPC) -> None:
    start = device.clock.state
    device.clock.settle = lambda now: setattr(device.clock, "state", start)  # type: ignore[method-assign]
