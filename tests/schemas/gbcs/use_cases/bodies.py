"""Legal DUIS bodies of load control, drawn by hypothesis, and the values they were made of."""

from dataclasses import dataclass
from datetime import UTC, datetime, time

from hypothesis import strategies as st

from schemas.duis.node import Node, branch, leaf
from schemas.gbcs.auxiliary import DAYS, CommandedState, CosemDate, Direction, ScheduleRow, SpecialDay

SECONDS = st.datetimes(datetime(2000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
LOG_SECONDS = st.datetimes(datetime(2000, 1, 1), datetime(2136, 2, 7), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
"""What 32 bits of seconds since 2000 hold."""
STATES = st.builds(CommandedState, st.integers(1, 5), st.integers(0, 100), st.sampled_from(Direction))
DATES = st.builds(
    CosemDate,
    st.none() | st.integers(2014, 9999),
    st.none() | st.integers(1, 12),
    st.none() | st.integers(1, 31) | st.sampled_from((CosemDate.LAST_DAY, CosemDate.SECOND_LAST_DAY)),
    st.none() | st.integers(1, 7),
)
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
SPECIAL_DAYS = st.lists(st.builds(SpecialDay, st.integers(1, 20), DATES), max_size=20, unique_by=lambda day: day.number)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a calendar, before it is written."""

    state: CommandedState
    at: time
    weekdays: frozenset[int]
    special: tuple[int, ...]
    start: CosemDate
    end: CosemDate

    def bits(self, days: list[SpecialDay]) -> tuple[str, str]:
        """Weekdays, and special days in the order of their definitions, as bits."""
        week = "".join("1" if day in self.weekdays else "0" for day in range(7))
        return week, "".join("1" if day.number in self.special else "0" for day in days)

    def expected(self, index: int, selector: int, days: list[SpecialDay]) -> ScheduleRow:
        """The row that a device reads."""
        return ScheduleRow(index, selector, self.at, *self.bits(days), self.start, self.end)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar and its special days."""

    rows: list[Row]
    days: list[SpecialDay]


@st.composite
def calendars(draw: st.DrawFn, least: int = 0, most: int = 6) -> Calendar:
    """Rows that apply to special days which are defined."""
    days = draw(SPECIAL_DAYS)
    numbers = [day.number for day in days]
    special = st.lists(st.sampled_from(numbers), unique=True).map(tuple) if numbers else st.just(())
    rows = st.builds(Row, STATES, TIMES, st.frozensets(st.integers(0, 6)), special, DATES, DATES)
    return Calendar(draw(st.lists(rows, min_size=least, max_size=most)), days)


def date_nodes(day: CosemDate) -> tuple[Node, ...]:
    """The four elements of a date, written apart from the project's own writer."""
    named = {CosemDate.LAST_DAY: "LastDayOfMonth", CosemDate.SECOND_LAST_DAY: "SecondLastDayOfMonth"}
    of_month = branch(named[day.day]) if day.day in named else _part("DayOfMonth", day.day)
    return (
        branch("Year", _part("Year", day.year)),
        branch("Month", _part("Month", day.month)),
        branch("DayOfMonth", of_month),
        branch("DayOfWeek", _part("DayOfWeek", day.weekday)),
    )


def _part(name: str, value: int | None) -> Node:
    return branch(f"NonSpecified{name}") if value is None else leaf(f"Specified{name}", value)


def state_nodes(state: CommandedState) -> tuple[Node, ...]:
    """CommandedStateLevel and, for input, InputFromControlledLoad."""
    level = leaf("CommandedStateLevel", state.level)
    return (level, branch("InputFromControlledLoad")) if state.direction is Direction.INPUT else (level,)


def timed_state(element: str, state: CommandedState, start: datetime, end: datetime) -> Node:
    """The body of 7.13 and 7.16."""
    times = leaf("StartDateTime", start), leaf("EndDateTime", end)
    return branch(element, *times, *state_nodes(state), auxiliaryControllerN=state.controller)


def _week(row: Row) -> list[Node]:
    if not row.weekdays:
        return []
    days = (branch("DayOfWeekApplicability", leaf("DayOfWeekID", DAYS[day])) for day in sorted(row.weekdays))
    return [branch("DaysOfWeekApplicability", *days)]


def _season(element: str, row: Row) -> Node:
    at = leaf("SwitchTime", row.at)
    dates = branch("StartDate", *date_nodes(row.start)), branch("EndDate", *date_nodes(row.end))
    return branch(element, at, *dates)


def controller_calendar(calendar: Calendar, execution: datetime | None = None) -> Node:
    """The body of 6.14.3."""
    rows = [
        branch(
            "AuxiliaryControllerSchedule",
            branch("AuxiliaryControllerAction", *state_nodes(row.state), auxiliaryControllerN=row.state.controller),
            *(branch("SpecialDaysApplicability", identifier=number) for number in row.special),
            *_week(row),
            _season("AuxiliaryControllerSchedulePeriodAndTime", row),
        )
        for row in calendar.rows
    ]
    days = [
        branch("AuxiliaryControllerSpecialDayDefinition", *date_nodes(day.day), identifier=day.number)
        for day in calendar.days
    ]
    return branch(
        "UpdateDeviceConfigurationAuxiliaryControllerScheduler",
        *([] if execution is None else [leaf("ExecutionDateTime", execution)]),
        *rows,
        branch("AuxiliaryControllerSpecialDayDefinitions", *days),
    )


def switch_calendar(calendar: Calendar, types: list[tuple[int, str | None]], execution: datetime | None = None) -> Node:
    """The body of 6.14.2; levels of 50 and above switch on, and types are (index, EUI or None for an ALCS)."""
    rows = [
        branch(
            "ALCSHCALCSConnectionSchedule",
            branch(
                "ActivateDeactivateSwitch",
                branch("ActivateSwitch" if row.state.level >= 50 else "DeactivateSwitch"),
                index=row.state.controller,
            ),
            *(branch("SpecialDaysApplicability", index=number) for number in row.special),
            *_week(row),
            _season("ALCSScheduleDatesAndTime", row),
        )
        for row in calendar.rows
    ]
    days = [branch("ALCSHCALCSSpecialDay", *date_nodes(day.day), index=day.number) for day in calendar.days]
    kinds = [
        branch("SwitchTypeAndId", branch("ALCS") if eui is None else leaf("HCALCS", eui), index=index)
        for index, eui in types
    ]
    return branch(
        "UpdateDeviceConfigurationALCScheduler",
        *([] if execution is None else [leaf("ExecutionDateTime", execution)]),
        *rows,
        branch("ALCSHCALCSSpecialDays", *days),
        *kinds,
    )


def descriptions(texts: list[tuple[int, str]]) -> Node:
    """The body of 6.14.1."""
    return branch(
        "UpdateDeviceConfigurationALCDescriptions",
        *(branch("ALCSHCALCSDescription", leaf("SwitchDescription", text), index=index) for index, text in texts),
    )


def switched(element: str, inner: str, index: int, minutes: int | None) -> Node:
    """The bodies of 7.5, 7.6 and 7.8."""
    duration = [] if minutes is None else [leaf("Duration", minutes)]
    return branch(element, branch(inner, *duration, index=index))


def boost(element: str, inner: str, wanted: list[bool]) -> Node:
    """The bodies of 7.9 and 7.10."""
    return branch(element, *(leaf(inner, value, index=index) for index, value in enumerate(wanted, start=1)))


def log_period(element: str, start: datetime, end: datetime, *before: Node) -> Node:
    """The bodies of 7.11 and, with LogToRead before, of 6.13."""
    return branch(
        element,
        *before,
        branch("ReadLogPeriod", leaf("StartDateTime", start), leaf("EndDateTime", end)),
    )
