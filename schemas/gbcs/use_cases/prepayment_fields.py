"""The non-disablement calendar of an electricity meter, DUIS and MMC on one side, DLMS rows on the other.

A row starts or stops a time in which the supply stays on whatever the credit. ECS08 and ECS08a write it, ECS26a reads
it. Its dates are xs:date, which has no wildcards: year 65535 (FFFF on the wire) stands for every year.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.auxiliary import DAYS, CosemDate, ScheduleRow, SpecialDay
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.calendar_fields import read_date, write_date

SUPPLY_SCRIPT = bytes.fromhex("00000A006AFF")
"""0-0:10.0.106.255, the script table of the supply."""

_SELECTORS = {"START": 32, "STOP": 33}
_SCRIPTS = {selector: script for script, selector in _SELECTORS.items()}
_NUMBERS = range(1, 21)
"""Of special days."""

_EVERY_YEAR = 0xFFFF
_DATE = re.compile(r"(-?[0-9]+)-([0-9]{2})-([0-9]{2}).*")
_CALENDAR = "UpdatePrepayConfigElectricity/ElectricityNonDisablementCalendar"


def write_special_days(body: Node) -> Data:
    """The special days table, in the order of the request.

    Raises:
        Malformed: an index is there twice.
    """
    return dlms.array(*(day.to_data() for day in _special_days(body)))


def write_schedule(body: Node) -> Data:
    """The schedule table; the special day bits follow the order of the definitions.

    Raises:
        Malformed: a row applies to a special day that is not defined, or has a time or date that GBCS cannot carry.
    """
    defined = [day.number for day in _special_days(body)]
    rows = body.all(f"{_CALENDAR}/ElectricityNonDisablementSchedule")
    return dlms.array(*(_row(index, row, defined).to_data() for index, row in enumerate(rows, start=1)))


def read_calendar(special_days: Data | None, schedule: Data | None) -> Node | None:
    """NonDisablementCalendar of MMC; without what was not read, None where nothing was.

    Raises:
        Malformed: a row that MMC cannot carry.
    """
    nodes: list[Node] = []
    # Where the definitions are not read, a bit's place is its number, as definitions are numbered in the vectors.
    numbers: Sequence[int] = _NUMBERS
    if special_days is not None:
        days = [SpecialDay.from_data(item) for item in special_days.expect(Tag.ARRAY).items]
        numbers = [day.number for day in days]
        listed = (branch("SpecialDay", *write_date(day.day), index=day.number) for day in days)
        nodes.append(branch("ElectricitySpecialDays", *listed))
    if schedule is not None:
        nodes.extend(_read_row(item, numbers) for item in schedule.expect(Tag.ARRAY).items)
    return branch("NonDisablementCalendar", *nodes) if nodes else None


def _special_days(body: Node) -> list[SpecialDay]:
    found = body.all(f"{_CALENDAR}/ElectricitySpecialDays/SpecialDay")
    days = [SpecialDay(day.integer("@index"), read_date(day.node("Date"))) for day in found]
    numbers = [day.number for day in days]
    if len(set(numbers)) != len(numbers):
        raise Malformed("SpecialDay/@index", f"is used once each, not {numbers}")
    return days


def _row(index: int, row: Node, defined: list[int]) -> ScheduleRow:
    named = row.all("SpecialDaysApplicability/SpecialDayApplicability")
    applies = {day.integer("SpecialDayID") for day in named}
    unknown = sorted(applies.difference(defined))
    if unknown:
        raise Malformed("SpecialDayApplicability/SpecialDayID", f"names a defined special day, not {unknown[0]}")
    week = {day.text("DayOfWeekID") for day in row.all("DaysOfWeekApplicability/DayOfWeekApplicability")}
    period = row.node("ScheduleDatesAndTime")
    clock = period.clock("SwitchTime")
    if clock.microsecond:
        raise Malformed("ScheduleDatesAndTime/SwitchTime", f"has whole seconds, not {period.text('SwitchTime')}")
    return ScheduleRow(
        index,
        _SELECTORS[row.text("NonDisablementScript")],
        clock,
        "".join("1" if day in week else "0" for day in DAYS),
        "".join("1" if number in applies else "0" for number in defined),
        _date(period, "StartDate"),
        _date(period, "EndDate"),
        SUPPLY_SCRIPT,
    )


def _date(period: Node, name: str) -> CosemDate:
    text = period.text(name)
    found = _DATE.fullmatch(text)
    year = int(found[1]) if found else -1
    if found is None or not 0 < year <= _EVERY_YEAR:
        raise Malformed(f"ScheduleDatesAndTime/{name}", f"has a year of 1 to 65534, or 65535 for every one, not {text}")
    return CosemDate(None if year == _EVERY_YEAR else year, int(found[2]), int(found[3]))


def _read_row(value: Data, numbers: Sequence[int]) -> Node:
    row = ScheduleRow.from_data(value, SUPPLY_SCRIPT)
    if row.selector not in _SCRIPTS:
        raise Malformed("script selector", f"is 32 (start) or 33 (stop), not {row.selector}")
    set_bits = [place for place, bit in enumerate(row.special_days) if bit == "1"]
    if set_bits and set_bits[-1] >= len(numbers):
        raise Malformed("special days of a row", f"are of the {len(numbers)} defined ones, not {row.special_days}")
    special = (branch("SpecialDayApplicability", leaf("SpecialDayID", numbers[place])) for place in set_bits)
    week = (
        branch("DayOfWeekApplicability", leaf("DayOfWeekID", day))
        for day, bit in zip(DAYS, row.weekdays, strict=True)
        if bit == "1"
    )
    return branch(
        "ElectricityNonDisablementSchedule",
        leaf("NonDisablementScript", _SCRIPTS[row.selector]),
        branch("SpecialDaysApplicability", *special),
        branch("DaysOfWeekApplicability", *week),
        branch(
            "ScheduleDatesAndTime",
            leaf("SwitchTime", row.switch_time),
            *_read_date("StartDate", row.start),
            *_read_date("EndDate", row.end),
        ),
    )


def _read_date(name: str, day: CosemDate) -> list[Node]:
    if day == CosemDate():
        return []  # no bound at all: MMC leaves it out
    year = _EVERY_YEAR if day.year is None else day.year
    try:
        # Dates repeat every 400 years: this checks month and day of years that Python does not have.
        exact = date(2000 + year % 400, day.month or 0, day.day or 0)
    except ValueError:
        raise Malformed(name, f"is a date, or one of every year, not {day.encode().hex().upper()}") from None
    return [leaf(name, f"{year:04}-{exact.month:02}-{exact.day:02}")]
