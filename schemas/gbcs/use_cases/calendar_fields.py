"""Calendars, special days and commanded states: DUIS and MMC on one side, DLMS rows on the other.

ECS46c (switches, on or off) and ECS46d (auxiliary controllers, levels) share the rows and differ in the script
selector and in the names of their elements; ``CalendarNames`` holds the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.auxiliary import (
    DAYS,
    CommandedState,
    CosemDate,
    Direction,
    ScheduleRow,
    SpecialDay,
    calendar_selector,
    calendar_state,
)
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data
from schemas.gbcs.use_cases.declare import Part


@dataclass(frozen=True, slots=True)
class CalendarNames:
    """What the elements are called in one generation of the calendar.

    Attributes:
        rows: the repeated row element of the DUIS body, and ``read_row`` that of MMC.
        action: the element inside a row that says what to do; encoded and decoded by the two functions.
        period: the element with switch time and season.
        special_days: the list of definitions and ``special_day`` one of them, numbered by attribute ``number``.
    """

    rows: str
    read_row: str
    action: str
    period: str
    special_days: str
    special_day: str
    number: str
    to_selector: Callable[[Node], int]
    from_selector: Callable[[int], Node]

    def defined_days(self, body: Node) -> tuple[SpecialDay, ...]:
        """The special days that the body defines, in document order."""
        found = body.find(self.special_days)
        if found is None:
            return ()
        return tuple(SpecialDay(day.integer(f"@{self.number}"), read_date(day)) for day in found.all(self.special_day))

    def write_days(self, body: Node) -> Data:
        """The special days table."""
        days = self.defined_days(body)
        numbers = [day.number for day in days]
        if len(set(numbers)) != len(numbers):
            raise Malformed(f"{self.special_day}/@{self.number}", f"is used once each, not {numbers}")
        return dlms.array(*(day.to_data() for day in days))

    def write_rows(self, body: Node) -> Data:
        """The schedule table; the special day bits follow the order of the definitions."""
        numbers = [day.number for day in self.defined_days(body)]
        rows = body.all(self.rows)
        return dlms.array(*(self._row(index, row, numbers).to_data() for index, row in enumerate(rows, start=1)))

    def _row(self, index: int, row: Node, defined: list[int]) -> ScheduleRow:
        applies = {day.integer(f"@{self.number}") for day in row.all("SpecialDaysApplicability")}
        unknown = sorted(applies.difference(defined))
        if unknown:
            raise Malformed("SpecialDaysApplicability", f"names a defined special day, not {unknown[0]}")
        week = row.find("DaysOfWeekApplicability")
        named = {day.text("DayOfWeekID") for day in week.all("DayOfWeekApplicability")} if week is not None else set()
        period = row.node(self.period)
        clock = period.clock("SwitchTime")
        if clock.microsecond:
            raise Malformed(f"{self.period}/SwitchTime", f"has whole seconds, not {period.text('SwitchTime')}")
        return ScheduleRow(
            index,
            self.to_selector(row.node(self.action)),
            clock,
            "".join("1" if day in named else "0" for day in DAYS),
            "".join("1" if number in applies else "0" for number in defined),
            read_date(period.node("StartDate")),
            read_date(period.node("EndDate")),
        )

    def read_days(self, value: Data) -> Iterable[Part]:
        """The special days of a response."""
        days = [SpecialDay.from_data(item) for item in value.items]
        nodes = [branch(self.special_day, *write_date(day.day), **{self.number: day.number}) for day in days]
        yield Part(branch(self.special_days, *nodes))

    def read_rows(self, value: Data) -> Iterable[Part]:
        """The calendar of a response; a bit's number is its place, as the definitions are numbered in the vectors."""
        for item in value.items:
            row = ScheduleRow.from_data(item)
            special = [
                branch("SpecialDaysApplicability", **{self.number: place})
                for place, bit in enumerate(row.special_days, start=1)
                if bit == "1"
            ]
            week = [
                branch("DayOfWeekApplicability", leaf("DayOfWeekID", day))
                for day, bit in zip(DAYS, row.weekdays, strict=True)
                if bit == "1"
            ]
            period = branch(
                self.period,
                leaf("SwitchTime", row.switch_time),
                branch("StartDate", *write_date(row.start)),
                branch("EndDate", *write_date(row.end)),
            )
            days = [branch("DaysOfWeekApplicability", *week)] if week else []
            yield Part(branch(self.read_row, self.from_selector(row.selector), *special, *days, period))


def commanded_state(node: Node) -> CommandedState:
    """The state that an element with auxiliaryControllerN, CommandedStateLevel, [InputFromControlledLoad] commands."""
    direction = Direction.INPUT if node.has("InputFromControlledLoad") else Direction.OUTPUT
    return CommandedState(node.integer("@auxiliaryControllerN"), node.integer("CommandedStateLevel"), direction)


def state_word(body: Node) -> Data:
    """The script parameter of ECS47a and ECS47e."""
    return dlms.long_unsigned(commanded_state(body).word)


def _from_calendar_selector(selector: int) -> Node:
    state = calendar_state(selector)
    direction = [branch("InputFromControlledLoad")] if state.direction is Direction.INPUT else []
    return branch(
        "AuxiliaryControllerAction",
        leaf("CommandedStateLevel", state.level),
        *direction,
        auxiliaryControllerN=state.controller,
    )


def _to_switch_selector(action: Node) -> int:
    return action.integer("@index") << 8 | (1 if action.has("ActivateSwitch") else 2)


def _from_switch_selector(selector: int) -> Node:
    if selector & 0xFF not in (1, 2):
        raise Malformed("script selector", f"is 01 on or 02 off in its low octet, not {selector & 0xFF:02X}")
    if not 1 <= selector >> 8 <= _SWITCHES:
        raise Malformed("script selector", f"is of switch 1 to {_SWITCHES} in its high octet, not {selector >> 8}")
    switch = branch("ActivateSwitch" if selector & 0xFF == 1 else "DeactivateSwitch")
    return branch("ActivateDeactivateSwitch", switch, index=selector >> 8)


CONTROLLERS = CalendarNames(
    rows="AuxiliaryControllerSchedule",
    read_row="AuxiliaryControllerSchedule",
    action="AuxiliaryControllerAction",
    period="AuxiliaryControllerSchedulePeriodAndTime",
    special_days="AuxiliaryControllerSpecialDayDefinitions",
    special_day="AuxiliaryControllerSpecialDayDefinition",
    number="identifier",
    to_selector=lambda action: calendar_selector(commanded_state(action)),
    from_selector=_from_calendar_selector,
)
"""ECS46d and ECS61d."""

SWITCHES = CalendarNames(
    rows="ALCSHCALCSConnectionSchedule",
    read_row="ALCSScheduler",
    action="ActivateDeactivateSwitch",
    period="ALCSScheduleDatesAndTime",
    special_days="ALCSHCALCSSpecialDays",
    special_day="ALCSHCALCSSpecialDay",
    number="index",
    to_selector=_to_switch_selector,
    from_selector=_from_switch_selector,
)
"""ECS46c and ECS61a."""

_FIRST_YEAR, _LAST_YEAR = 2014, 9999
_SWITCHES = 5


def read_date(node: Node) -> CosemDate:
    """A DUIS date with wildcards: Year, Month, DayOfMonth, DayOfWeek."""
    day = _specified(node, "DayOfMonth/SpecifiedDayOfMonth")
    if node.has("DayOfMonth/LastDayOfMonth"):
        day = CosemDate.LAST_DAY
    elif node.has("DayOfMonth/SecondLastDayOfMonth"):
        day = CosemDate.SECOND_LAST_DAY
    return CosemDate(
        _specified(node, "Year/SpecifiedYear"),
        _specified(node, "Month/SpecifiedMonth"),
        day,
        _specified(node, "DayOfWeek/SpecifiedDayOfWeek"),
    )


def write_date(day: CosemDate) -> tuple[Node, Node, Node, Node]:
    """The four elements of a date in MMC.

    Raises:
        Malformed: a year that MMC has no room for.
    """
    if day.year is not None and not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Malformed("year", f"is {_FIRST_YEAR} to {_LAST_YEAR} in MMC, not {day.year}")
    named = {CosemDate.LAST_DAY: "LastDayOfMonth", CosemDate.SECOND_LAST_DAY: "SecondLastDayOfMonth"}
    of_month = branch(named[day.day]) if day.day in named else _choice("DayOfMonth", day.day)
    return (
        branch("Year", _choice("Year", day.year)),
        branch("Month", _choice("Month", day.month)),
        branch("DayOfMonth", of_month),
        branch("DayOfWeek", _choice("DayOfWeek", day.weekday)),
    )


def _specified(node: Node, path: str) -> int | None:
    return node.integer(path) if node.has(path) else None


def _choice(name: str, value: int | None) -> Node:
    return branch(f"NonSpecified{name}") if value is None else leaf(f"Specified{name}", value)
