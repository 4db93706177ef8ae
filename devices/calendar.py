"""The calendar of auxiliary controllers: which level it commands at a moment, and when that next changes.

UTC only. A row counts on a day in its season: on a special day if the row has that day's bit, on any other day if
it has the weekday's (assumed from ECS46c: its weekday rows would else fight its special day rows). The latest
switch at or before the moment holds until the next, over midnight, for LOOK_BACK days; then the calendar is silent
(assumed: a season's end does not switch).
"""

from __future__ import annotations

import calendar as gregorian
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from schemas.errors import Malformed
from schemas.gbcs.auxiliary import CONTROLLERS, MAX_LEVEL, CommandedState, CosemDate, Direction, calendar_state

if TYPE_CHECKING:
    from devices.origin import Origin
    from schemas.gbcs.auxiliary import ScheduleRow, SpecialDay

LOOK_BACK = 8
"""Days, today included, in which the last switch is looked for (assumed: a weekly pattern always finds one)."""

_DAY = timedelta(days=1)
_SWITCH_ON, _SWITCH_OFF = 1, 2


def row_state(selector: int) -> CommandedState:
    """What a row commands: ECS46d's packed word, or ECS46c's ``0nAA`` with AA 01 on (100 %) and 02 off (0 %).

    Raises:
        Malformed: for a selector of neither form.
    """
    if selector >> 12:
        return calendar_state(selector)
    controller, action = selector >> 8, selector & 0xFF
    if controller not in CONTROLLERS or action not in (_SWITCH_ON, _SWITCH_OFF):
        raise Malformed("script selector", f"names a controller and an action, not {selector:04X}")
    return CommandedState(controller, MAX_LEVEL if action == _SWITCH_ON else 0)


def day_matches(pattern: CosemDate, day: date) -> bool:
    """Whether ``day`` is one of the days that ``pattern``, with its wildcards, means."""
    last = gregorian.monthrange(day.year, day.month)[1]
    special = {CosemDate.LAST_DAY: last, CosemDate.SECOND_LAST_DAY: last - 1}
    return (
        pattern.year in (None, day.year)
        and pattern.month in (None, day.month)
        and (pattern.day is None or special.get(pattern.day, pattern.day) == day.day)
        and pattern.weekday in (None, day.isoweekday())
    )


def in_season(start: CosemDate, end: CosemDate, day: date) -> bool:
    """Whether ``day`` lies from ``start`` to ``end``, both included.

    With a year in either, that one bounds by itself. With a year in neither, the season comes every year (or every
    month) and may run over its end. Days of the week in season dates have no effect (assumed).
    """
    if start.year is not None or end.year is not None:
        return (start.year is None or _lower(start) <= (day.year, day.month, day.day)) and (
            end.year is None or (day.year, day.month, day.day) <= _upper(end)
        )
    first, last = _lower(start)[1:], _upper(end)[1:]
    today: tuple[int, ...] = (day.month, day.day)
    if start.month is None or end.month is None:
        first, last, today = first[1:], last[1:], today[1:]
    return first <= today <= last if first <= last else today >= first or today <= last


def _lower(bound: CosemDate) -> tuple[int, ...]:
    return (bound.year or 0, bound.month or 1, _day_number(bound.day, 1))


def _upper(bound: CosemDate) -> tuple[int, ...]:
    return (bound.year or 0, bound.month or 12, _day_number(bound.day, 31))


def _day_number(day: int | None, unspecified: int) -> int:
    special = {None: unspecified, CosemDate.LAST_DAY: 31, CosemDate.SECOND_LAST_DAY: 30}
    return special.get(day, day or unspecified)


@dataclass(frozen=True)
class Calendar:
    """Schedule rows and the special days that their bits count.

    Attributes:
        rows: 120 at most in DUIS; any number here.
        special_days: bit k of a row stands for the k-th of these.
        origin: the command that wrote the rows.
    """

    rows: tuple[ScheduleRow, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    origin: Origin | None = field(default=None, compare=False)

    @cached_property
    def _by_controller(self) -> dict[tuple[int, Direction], list[tuple[time, int, ScheduleRow]]]:
        found: dict[tuple[int, Direction], list[tuple[time, int, ScheduleRow]]] = {}
        # At equal times the row with the higher index comes last and so holds (assumed).
        for row in sorted(self.rows, key=lambda row: (row.switch_time, row.index)):
            state = row_state(row.selector)
            found.setdefault((state.controller, state.direction), []).append((row.switch_time, state.level, row))
        return found

    def switches(self, controller: int, direction: Direction, day: date) -> list[tuple[datetime, int]]:
        """The moments at which the calendar switches on ``day``, with the level in percent, in order."""
        rows = self._by_controller.get((controller, direction), [])
        special = [place for place, entry in enumerate(self.special_days) if day_matches(entry.day, day)]
        # By moment, so that of rows at the same time only the last, which holds, is left.
        found = {
            datetime.combine(day, moment, UTC): level
            for moment, level, row in rows
            if in_season(row.start, row.end, day) and _applies(row, day, special)
        }
        return list(found.items())

    def level(self, controller: int, direction: Direction, now: datetime) -> int | None:
        """The level in percent that the calendar commands, or None where it has nothing to say."""
        last = self.last_switch(controller, direction, now)
        return None if last is None else last[1]

    def next_change(self, controller: int, direction: Direction, now: datetime) -> datetime | None:
        """When to look again: the next switch or fall into silence that changes the level.

        Where none comes within LOOK_BACK days, the midnight that ends them; None without rows.
        """
        if (controller, direction) not in self._by_controller:
            return None
        last = self.last_switch(controller, direction, now)
        today = now.astimezone(UTC).date()
        for day in (today + ahead * _DAY for ahead in range(LOOK_BACK)):
            if last is not None and day - last[0].date() >= LOOK_BACK * _DAY:
                return datetime.combine(day, time(), UTC)
            for switch in self.switches(controller, direction, day):
                if switch[0] > now:
                    if last is None or switch[1] != last[1]:
                        return switch[0]
                    last = switch
        return datetime.combine(today + LOOK_BACK * _DAY, time(), UTC)

    def last_switch(self, controller: int, direction: Direction, now: datetime) -> tuple[datetime, int] | None:
        """The switch that holds at ``now``: its moment and level; None where the calendar has nothing to say."""
        if (controller, direction) not in self._by_controller:
            return None
        today = now.astimezone(UTC).date()
        for back in range(LOOK_BACK):
            for switch in reversed(self.switches(controller, direction, today - back * _DAY)):
                if switch[0] <= now:
                    return switch
        return None


def _applies(row: ScheduleRow, day: date, special: list[int]) -> bool:
    if special:
        return any(row.special_days[place : place + 1] == "1" for place in special)
    return row.weekdays[day.weekday()] == "1"
