"""xs:dateTime, xs:date and xs:time. DUIS times are UTC: one without a zone is read as UTC.

XML Schema knows years that Python does not, and DUIS requests carry them: year 65535 (hex FFFF, "not specified" in
the meter's own calendar) stands in the date fields of 2.1. The value of such a date is its text.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from schemas.duis.node import Value
from schemas.duis.simple import WHITE, shown

_DAY = r"(-?(?:[1-9][0-9]{4,8}|[0-9]{4}))-([0-9]{2})-([0-9]{2})"
_CLOCK = r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
_ZONE = r"(Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
_DATE_TIME = re.compile(f"{_DAY}T{_CLOCK}{_ZONE}")
_DATE = re.compile(_DAY + _ZONE)
_TIME = re.compile(_CLOCK + _ZONE)
_NO_SHIFT = timedelta()


@dataclass(frozen=True, slots=True)
class DateTime:
    """xs:dateTime; the value is aware and in UTC, exact to a microsecond; text for years other than 1 to 9999."""

    def read(self, text: str) -> tuple[Value, str]:
        """Give the moment."""
        lexical = text.strip(WHITE)
        found = _DATE_TIME.fullmatch(lexical)
        try:
            if found:
                year, month, day, hour, minute, second, fraction, zone = found.groups()
                clock, midnight = _clock(hour, minute, second, fraction)
                calendar_day = _day(year, month, day)
                if calendar_day is None:
                    return lexical, lexical
                value = datetime.combine(calendar_day, clock, UTC)
                return (value if zone == "Z" and not midnight else value + midnight - _shift(zone)), lexical
        except OverflowError:  # the zone or midnight moves it out of Python's years
            return lexical, lexical
        except ValueError:
            pass
        raise ValueError(f"is a date and time such as 2026-11-22T18:30:00Z, not {shown(text)}")


@dataclass(frozen=True, slots=True)
class Date:
    """xs:date; a zone is accepted and not applied; the value is text for years other than 1 to 9999."""

    def read(self, text: str) -> tuple[Value, str]:
        """Give the date."""
        lexical = text.strip(WHITE)
        found = _DATE.fullmatch(lexical)
        try:
            if found:
                return _day(found[1], found[2], found[3]) or lexical, lexical
        except ValueError:
            pass
        raise ValueError(f"is a date such as 2026-11-22, not {shown(text)}")


@dataclass(frozen=True, slots=True)
class Time:
    """xs:time; the value is naive and in UTC, a zone being applied."""

    def read(self, text: str) -> tuple[Value, str]:
        """Give the time of day."""
        lexical = text.strip(WHITE)
        found = _TIME.fullmatch(lexical)
        try:
            if found:
                clock, _ = _clock(found[1], found[2], found[3], found[4])
                # Any day but the first or last would do: only the time of day is kept.
                return (datetime.combine(date(2000, 1, 2), clock, UTC) - _shift(found[5])).time(), lexical
        except ValueError:
            pass
        raise ValueError(f"is a time of day such as 18:30:00, not {shown(text)}")


def _day(year: str, month: str, day: str) -> date | None:
    number = int(year)
    if number == 0:
        raise ValueError(year)
    if 0 < number <= 9999:
        return date(number, int(month), int(day))
    # Same leap rule every 400 years: this checks month and day.
    date(2000 + number % 400, int(month), int(day))
    return None


def _clock(hour: str, minute: str, second: str, fraction: str | None) -> tuple[time, timedelta]:
    if hour == "24":  # XML Schema's other name for the next midnight
        if minute == second == "00" and not (fraction or "").strip("0"):
            return time(), timedelta(days=1)
        raise ValueError(hour)
    microsecond = int(fraction[:6].ljust(6, "0")) if fraction else 0
    return time(int(hour), int(minute), int(second), microsecond), _NO_SHIFT


def _shift(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return _NO_SHIFT
    shift = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return shift if zone[0] == "+" else -shift
