"""Load control explained: packed words by controller, direction and level; calendar rows; special days."""

from schemas.errors import Malformed
from schemas.gbcs.auxiliary import (
    DAYS,
    LIMIT_SCRIPT,
    SET_STATE_SCRIPT,
    CommandedState,
    CosemDate,
    Direction,
    ScheduleRow,
    SpecialDay,
    calendar_state,
)
from schemas.gbcs.describe.data import describe_data
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.data import Data

SCRIPTS = (SET_STATE_SCRIPT, LIMIT_SCRIPT)

SWITCH_ACTIONS = {0x11: "activate", 0x12: "deactivate", 0x20: "reset to the calendar"}
"""Low octet of ECS47's script parameter; the high one is the switch."""

_ROW_ACTIONS = {1: "activate", 2: "deactivate"}
_NAMED_DAYS = {CosemDate.LAST_DAY: "last day", CosemDate.SECOND_LAST_DAY: "second last day"}


def script_parameter(word: int) -> str:
    """The parameter of the set-state or limit-level script: ECS47a and ECS47e's packed word, or ECS47's."""
    low = word & 0xFF
    if word >> 12 == 0 and low in SWITCH_ACTIONS:
        return f"{word:04X}: {SWITCH_ACTIONS[low]} switch {word >> 8}"
    try:
        return f"{word:04X}: {_commanded(CommandedState.from_word(word))}"
    except Malformed:
        return f"{word:04X}"


def direction_and_index(octet: int) -> str:
    """The high octet of a packed word, as alerts ECS101 and ECS102 carry it."""
    if octet >> 4 in (Direction.OUTPUT, Direction.INPUT):
        return f"{octet:02X}: controller {octet & 0xF}, {Direction(octet >> 4).name.lower()}"
    return f"{octet:02X}"


def describe_row(value: Data) -> Tree:
    """One row of the controllers' calendar; of another form, as plain data."""
    try:
        row = ScheduleRow.from_data(value)
    except Malformed:
        return describe_data("row", value)
    index, enabled, script, selector, clock, window, weekdays, special, start, end = (
        item.encode() for item in value.items
    )
    days = [day for day, bit in zip(DAYS, row.weekdays, strict=True) if bit == "1"]
    chosen = [str(place) for place, bit in enumerate(row.special_days, start=1) if bit == "1"]
    fields = (
        Tree("index", str(row.index), (), index),
        Tree("enabled", "yes", (), enabled),
        Tree("script table", "0-0:10.0.103.255, set state script", (), script),
        Tree("selector", _selector(row.selector), (), selector),
        Tree("switch time", f"{row.switch_time:%H:%M:%S}Z", (), clock),
        Tree("validity window", "FFFF", (), window),
        Tree("days of week", ", ".join(days) or "none", (), weekdays),
        Tree("special days", f"{', '.join(chosen) or 'none'} of {len(row.special_days)}", (), special),
        Tree("season start", _date(row.start), (), start),
        Tree("season end", _date(row.end), (), end),
    )
    return Tree(f"row {row.index}", "", fields, value.encode())


def describe_special_day(value: Data) -> Tree:
    """One special day; of another form, as plain data."""
    try:
        day = SpecialDay.from_data(value)
    except Malformed:
        return describe_data("special day", value)
    return Tree(f"special day {day.number}", _date(day.day), (), value.encode())


def _commanded(state: CommandedState) -> str:
    return f"controller {state.controller}, {state.direction.name.lower()}, level {state.level} %"


def _selector(selector: int) -> str:
    try:
        return f"{selector:04X}: {_commanded(calendar_state(selector))}"
    except Malformed:
        action = _ROW_ACTIONS.get(selector & 0xFF)
        return f"{selector:04X}: {action} switch {selector >> 8}" if action else f"{selector:04X}"


def _date(day: CosemDate) -> str:
    year = "every year" if day.year is None else str(day.year)
    month = "every month" if day.month is None else f"month {day.month}"
    of_month = "every day" if day.day is None else _NAMED_DAYS.get(day.day, f"day {day.day}")
    weekday = "" if day.weekday is None else f", {DAYS[day.weekday - 1]}"
    return f"{year}, {month}, {of_month}{weekday}"
