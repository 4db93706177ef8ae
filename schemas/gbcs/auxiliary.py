"""What auxiliary controllers are told, as typed values: commanded states, calendar rows, special days.

The same value goes from DUIS into a command, from a command into a device, and from a response into MMC. Layouts:
ECS46c, ECS46d, ECS47, ECS47a, ECS47e, ECS61a, ECS61d of the RTDS vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import IntEnum

from schemas.errors import Malformed
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.record import record

SET_STATE_SCRIPT = bytes.fromhex("00000A0067FF")
"""0-0:10.0.103.255, the script that sets a controller's state; calendar rows name it too."""

LIMIT_SCRIPT = bytes.fromhex("00000A006BFF")
"""0-0:10.0.107.255, the script that limits an APC's level."""

CONTROLLERS = range(1, 6)
MAX_LEVEL = 100
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WHOLE_DAY_WINDOW = 0xFFFF
_HUNDREDTH = 10_000  # microseconds


class Direction(IntEnum):
    """Whether energy flows to the controlled load (output) or from it (input, DUIS InputFromControlledLoad)."""

    OUTPUT = 1
    INPUT = 2


_DIRECTIONS = {direction.value: direction for direction in Direction}


@record
class CommandedState:
    """A level for one controller: ``direction << 12 | controller << 8 | level`` in ECS47a and ECS47e.

    Attributes:
        controller: 1 to 5.
        level: 0 to 100. For an APC a percentage of its maximum flow; for an ALCS or HCALCS 100 closes, else open.
    """

    controller: int
    level: int
    direction: Direction = Direction.OUTPUT

    def __post_init__(self) -> None:
        if self.controller not in CONTROLLERS:
            raise Malformed("auxiliaryControllerN", f"is 1 to 5, not {self.controller}")
        if not 0 <= self.level <= MAX_LEVEL:
            raise Malformed("CommandedStateLevel", f"is 0 to 100, not {self.level}")

    @property
    def word(self) -> int:
        """The 16-bit script parameter."""
        return self.direction << 12 | self.controller << 8 | self.level

    @classmethod
    def from_word(cls, word: int) -> CommandedState:
        """Read a script parameter; bit 7 must be clear."""
        direction = _DIRECTIONS.get(word >> 12)
        if direction is None:
            raise Malformed("direction", f"is 1 output or 2 input, not {word >> 12}")
        return cls(word >> 8 & 0xF, word & 0xFF, direction)


@dataclass(frozen=True, slots=True)
class CosemDate:
    """A 5-octet date with wildcards.

    Attributes:
        year: None for every year.
        month: 1 to 12, None for every month.
        day: 1 to 31, LAST_DAY or SECOND_LAST_DAY, None for every day.
        weekday: 1 Monday to 7 Sunday, None for every one.

    Raises:
        Malformed: another value.
    """

    LAST_DAY = 0xFE
    SECOND_LAST_DAY = 0xFD

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None

    def __post_init__(self) -> None:
        # FFFF and FF are the wildcards: as numbers they would read back as None.
        if self.year is not None and not 0 <= self.year < 0xFFFF:
            raise Malformed("year", f"is 0 to 65534, not {self.year}")
        if self.month is not None and not 1 <= self.month <= 12:
            raise Malformed("month", f"is 1 to 12 or FF, not {self.month}")
        named = self.day in (self.LAST_DAY, self.SECOND_LAST_DAY)
        if self.day is not None and not 1 <= self.day <= 31 and not named:
            raise Malformed("day of month", f"is 1 to 31, FD, FE or FF, not {self.day}")
        if self.weekday is not None and not 1 <= self.weekday <= 7:
            raise Malformed("day of week", f"is 1 to 7 or FF, not {self.weekday}")

    def encode(self) -> bytes:
        """Five octets; FFFF and FF where not specified."""
        year = 0xFFFF if self.year is None else self.year
        parts = (self.month, self.day, self.weekday)
        return year.to_bytes(2, "big") + bytes(0xFF if part is None else part for part in parts)

    @classmethod
    def decode(cls, octets: bytes) -> CosemDate:
        """Read five octets."""
        if len(octets) != 5:
            raise Malformed("date", f"has 5 octets, not {len(octets)}")
        year = int.from_bytes(octets[:2], "big")
        month, day, weekday = (None if octet == 0xFF else octet for octet in octets[2:])
        return cls(None if year == 0xFFFF else year, month, day, weekday)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A special day: its number (1 to 20 in DUIS) and its date."""

    number: int
    day: CosemDate

    def to_data(self) -> Data:
        """Structure of index, date and day id; index and day id are the same number."""
        return dlms.structure(
            dlms.long_unsigned(self.number), dlms.octets(self.day.encode()), dlms.unsigned(self.number)
        )

    @classmethod
    def from_data(cls, value: Data) -> SpecialDay:
        """Read the structure."""
        index, day, day_id = value.fields(3)
        number = index.expect(Tag.LONG_UNSIGNED).number
        if day_id.expect(Tag.UNSIGNED).number != number:
            raise Malformed("day id", f"equals the special day's index, {number}, not {day_id.number}")
        return cls(number, CosemDate.decode(day.octets))


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One row of a calendar: the auxiliary controllers' or, with another script, the non-disablement one.

    Attributes:
        index: 1 up, the row's place.
        selector: the script selector. ECS46d: a CommandedState's word with bit 7 set. ECS46c: switch number in the
            high octet, 1 on or 2 off in the low one.
        switch_time: UTC time of day.
        weekdays: seven bits as text, Monday first.
        special_days: one bit per defined special day, day 1 first.
        start, end: the season in which the row counts.
        script: logical name of the script table that the selector is of.

    Raises:
        Malformed: bits that are not seven, or a time finer than the wire's hundredths of a second.
    """

    index: int
    selector: int
    switch_time: time
    weekdays: str
    special_days: str
    start: CosemDate
    end: CosemDate
    script: bytes = SET_STATE_SCRIPT

    def __post_init__(self) -> None:
        if len(self.weekdays) != len(DAYS):
            raise Malformed("days of week", f"has 7 bits, not {len(self.weekdays)}")
        if (self.weekdays + self.special_days).strip("01"):
            raise Malformed("calendar row", "writes its days as 0 and 1")
        if self.switch_time.microsecond % _HUNDREDTH:
            raise Malformed("switch time", "has whole hundredths of a second")

    def to_data(self) -> Data:
        """Structure of ten; enable and validity window are the same in every vector."""
        clock = self.switch_time
        return dlms.structure(
            dlms.long_unsigned(self.index),
            dlms.boolean(True),
            dlms.octets(self.script),
            dlms.long_unsigned(self.selector),
            dlms.octets(bytes((clock.hour, clock.minute, clock.second, clock.microsecond // _HUNDREDTH))),
            dlms.long_unsigned(_WHOLE_DAY_WINDOW),
            dlms.bit_string(self.weekdays),
            dlms.bit_string(self.special_days),
            dlms.octets(self.start.encode()),
            dlms.octets(self.end.encode()),
        )

    @classmethod
    def from_data(cls, value: Data, script: bytes = SET_STATE_SCRIPT) -> ScheduleRow:
        """Read the structure; a row that is disabled or names another script than ``script`` is refused."""
        index, enable, table, selector, clock, window, weekdays, special, start, end = value.fields(10)
        if enable.expect(Tag.BOOLEAN).value is not True:
            raise Malformed("calendar row", "is enabled")
        if table.octets != script:
            raise Malformed("calendar row script", f"is {script.hex().upper()}, not {table.octets.hex().upper()}")
        if window.expect(Tag.LONG_UNSIGNED).number != _WHOLE_DAY_WINDOW:
            raise Malformed("validity window", f"is FFFF, not {window.number:04X}")
        return cls(
            index.expect(Tag.LONG_UNSIGNED).number,
            selector.expect(Tag.LONG_UNSIGNED).number,
            _time_of_day(clock.octets),
            weekdays.bits,
            special.bits,
            CosemDate.decode(start.octets),
            CosemDate.decode(end.octets),
            script,
        )


CALENDAR_BIT = 0x80
"""Set in the level octet of every ECS46d calendar row, clear in ECS47a and ECS47e; its purpose is not public."""


def calendar_selector(state: CommandedState) -> int:
    """The script selector of a calendar row (ECS46d)."""
    return state.word | CALENDAR_BIT


def calendar_state(selector: int) -> CommandedState:
    """The state that an ECS46d script selector commands."""
    if not selector & CALENDAR_BIT:
        raise Malformed("script selector", f"has bit 7 set in a calendar row, {selector:04X} has not")
    return CommandedState.from_word(selector & ~CALENDAR_BIT)


def _time_of_day(octets: bytes) -> time:
    if len(octets) != 4:
        raise Malformed("switch time", f"has 4 octets, not {len(octets)}")
    try:
        return time(octets[0], octets[1], octets[2], octets[3] * _HUNDREDTH)
    except ValueError:
        raise Malformed("switch time", f"is a time of day, not {octets.hex().upper()}") from None
