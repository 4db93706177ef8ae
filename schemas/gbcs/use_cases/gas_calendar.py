"""Calendars of a gas meter, in both directions: day profiles, week profiles, seasons and special days.

A tariff's calendar and the non-disablement calendar of prepayment have the same commands; what a day's entries switch
differs, and so do the names of some elements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.use_cases.declare import Context
from schemas.gbcs.use_cases.gas_fields import issued, provided, start, within
from schemas.gbcs.use_cases.zigbee import Readings, Row, Send, SendEach, Step, Values
from schemas.gbcs.zcl import calendar
from schemas.gbcs.zcl.fields import ANY, NEVER, NEVER_CALENDAR, NOW
from schemas.gbcs.zcl.layout import Fields

CALENDAR, DAY, WEEK, SEASONS, SPECIAL_DAYS = range(5)
"""Publish commands of the calendar cluster; the ones that get them have the same numbers."""

_FIRST_YEAR, _LAST_YEAR = 1900, 1900 + ANY - 1
_DATE = (
    ("GasYearWithWildcards", "SpecifiedYear", "NonSpecifiedYear", _FIRST_YEAR, (2014, _LAST_YEAR)),
    ("GasMonthWithWildcards", "SpecifiedMonth", "NonSpecifiedMonth", 0, (1, 12)),
    ("GasDayOfMonthWithWildcards", "SpecifiedDayOfMonth", "GasNonSpecifiedDayOfMonth", 0, (1, 31)),
    ("GasDayOfWeekWithWildcards", "SpecifiedDayOfWeek", "NonSpecifiedDayOfWeek", 0, (1, 7)),
)
"""Parts of a date: element, its choices, what is taken off the number, and its range."""

_WEEKS = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """One kind of calendar and where DUIS has its parts.

    Attributes:
        kind: calendar type.
        days, weeks, seasons, special_days: paths of the repeated elements in the body.
        day_id: element with a day profile's number.
        entries: a day profile's schedule entries.
    """

    kind: int
    days: str
    weeks: str
    seasons: str
    special_days: str
    day_id: str
    entries: Callable[[Node], Sequence[Row]]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The commands, in wire order: the calendar, its days, weeks, seasons and special days."""
        send = partial(Send, calendar.CLUSTER, to_client=True)
        each = partial(SendEach, calendar.CLUSTER, to_client=True)
        return (
            send(CALENDAR, self._calendar),
            each(DAY, self._days),
            each(WEEK, self._weeks),
            send(SEASONS, self._seasons),
            send(SPECIAL_DAYS, self._special_days),
        )

    def _calendar(self, body: Node, context: Context) -> Values:
        return {
            **_head(context),
            "start time": start(body, NEVER_CALENDAR),
            "calendar type": self.kind,
            "calendar time reference": 0,
            "calendar name": b"",
            "number of seasons": len(body.all(self.seasons)),
            "number of week profiles": len(body.all(self.weeks)),
            "number of day profiles": len(body.all(self.days)),
        }

    def _days(self, body: Node, context: Context) -> Iterator[Values]:
        for day in body.all(self.days):
            entries = self.entries(day)
            yield {
                **_head(context),
                "day id": day.integer(self.day_id),
                "total number of schedule entries": len(entries),
                **_WHOLE,
                "calendar type": self.kind,
                "schedule entries": entries,
            }

    def _weeks(self, body: Node, context: Context) -> Iterator[Values]:
        for week in body.all(self.weeks):
            days = {day.integer("@index"): day.integer("") for day in week.all("ReferencedDayName")}
            if sorted(days) != list(range(1, 8)):
                raise Malformed("ReferencedDayName", "has each index from 1 to 7 once")
            yield {
                **_head(context),
                "week id": week.integer("WeekName"),
                **{name: days[index] for index, name in enumerate(calendar.WEEKDAYS, start=1)},
            }

    def _seasons(self, body: Node, context: Context) -> Values:
        seasons: list[Row] = [
            {"season start date": date(season.node("SeasonStartDate")), "week id": season.integer("ReferencedWeekName")}
            for season in body.all(self.seasons)
        ]
        return {**_head(context), **_WHOLE, "seasons": seasons}

    def _special_days(self, body: Node, context: Context) -> Values:
        days: list[Row] = [
            {"special day date": date(day.node("Date")), "day id": day.integer("ReferencedDayName")}
            for day in body.all(self.special_days)
        ]
        return {
            **_head(context),
            "start time": start(body, NEVER_CALENDAR),
            "calendar type": self.kind,
            "total number of special days": len(days),
            **_WHOLE,
            "special days": days,
        }


_WHOLE = {"command index": 0, "total number of commands": 1}
"""Each list goes in one command."""


def _head(context: Context) -> Mapping[str, int]:
    # The calendar's id is the moment it was made, too.
    return {**provided(context), "issuer calendar id": issued(context)["issuer event id"]}


def minutes(node: Node, path: str) -> int:
    """A time of day as minutes from midnight.

    Raises:
        Malformed: it has seconds, which ZigBee's schedule entries cannot carry.
    """
    at = node.clock(path)
    if at.second or at.microsecond:
        raise Malformed(f"{node.name}/{path}", f"has whole minutes in GBCS, not {node.text(path)}")
    return at.hour * 60 + at.minute


def date(node: Node) -> bytes:
    """A date with wildcards as ZCL date: year from 1900, month, day of month, day of week (Monday is 1), FF for any.

    Raises:
        Malformed: a year after 2154.
    """
    parts = []
    for name, specified, _, base, _ in _DATE:
        part = node.node(name)
        number = part.integer(specified) - base if part.has(specified) else ANY
        if number > ANY or (number == ANY and part.has(specified)):
            raise Malformed(f"{name}/{specified}", f"is at most {_LAST_YEAR} in GBCS, not {part.text(specified)}")
        parts.append(number)
    return bytes(parts)


def date_node(name: str, octets: bytes) -> Node:
    """A ZCL date as MMC's GasDateWithWildcards."""
    parts = (
        branch(part, branch(wild) if octet == ANY else leaf(specified, within(specified, octet + base, *limits)))
        for octet, (part, specified, wild, base, limits) in zip(octets, _DATE, strict=True)
    )
    return branch(name, *parts)


def day_profiles(readings: Readings, day: Callable[[Fields], Node]) -> list[Node]:
    """DayProfiles, each as ``day`` tells; nothing where none was found."""
    found = readings.published(calendar.CLUSTER, DAY)
    return _inside("DayProfiles", [day(each) for each in found])


def week_profiles(readings: Readings, referenced: str, days: int) -> list[Node]:
    """WeekProfiles; ``referenced`` is the element that names a day, of which there are at most ``days``."""
    found = readings.published(calendar.CLUSTER, WEEK)
    return _inside("WeekProfiles", [_week(each, referenced, days) for each in found])


def _week(week: Fields, referenced: str, days: int) -> Node:
    ids = (within(name, week.integer(name), 1, days) for name in calendar.WEEKDAYS)
    profile = (leaf(referenced, day, index=index) for index, day in enumerate(ids, start=1))
    return branch("WeekProfile", _week_name("WeekName", week), *profile)


def _week_name(element: str, fields: Fields) -> Node:
    return leaf(element, within("week id", fields.integer("week id"), 1, _WEEKS))


def seasons(readings: Readings, element: str) -> list[Node]:
    """Seasons, inside ``element``."""
    found = readings.published(calendar.CLUSTER, SEASONS)
    return _inside(element, [_season(row) for each in found for row in each.rows("seasons")])


def _season(row: Fields) -> Node:
    return branch(
        "Season",
        date_node("SeasonStartDate", row.octets("season start date")),
        _week_name("ReferencedWeekName", row),
    )


def special_days(readings: Readings, element: str, referenced: str, days: int) -> list[Node]:
    """Special days, inside ``element``; ``referenced`` is the element that names one of at most ``days`` days."""
    found = readings.published(calendar.CLUSTER, SPECIAL_DAYS)
    rows = [row for each in found for row in each.rows("special days")]
    return _inside(element, [_special_day(row, referenced, days) for row in rows])


def _special_day(row: Fields, referenced: str, days: int) -> Node:
    day = leaf(referenced, within("day id", row.integer("day id"), 1, days))
    return branch("SpecialDay", date_node("Date", row.octets("special day date")), day)


def _inside(element: str, nodes: list[Node]) -> list[Node]:
    return [branch(element, *nodes)] if nodes else []


def get_calendar(kind: int) -> tuple[Step, ...]:
    """The commands that read the calendar of one kind whole: days, weeks, seasons and special days."""
    which = {"provider id": 0, "issuer calendar id": NEVER if kind == calendar.DELIVERED else NEVER_CALENDAR}
    ids = {**which, "first id": 1, "number of ids": 0}
    days = {**which, "start time": NOW, "number of events": 0, "calendar type": kind}
    asked: tuple[tuple[int, Values], ...] = ((DAY, ids), (WEEK, ids), (SEASONS, which), (SPECIAL_DAYS, days))
    return tuple(_get(command, values) for command, values in asked)


def _get(command: int, values: Values) -> Step:
    return Send(calendar.CLUSTER, command, lambda body, context: values)
