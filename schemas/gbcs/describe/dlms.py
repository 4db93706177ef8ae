"""DLMS content, described item by item: objects by name, times as times, load control explained."""

from __future__ import annotations

from collections.abc import Callable

from schemas.errors import Malformed
from schemas.gbcs.auxiliary import (
    DAYS,
    CommandedState,
    CosemDate,
    ScheduleRow,
    SpecialDay,
    calendar_state,
)
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, DataNotification, Dlms, Item, Result
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.dlms.times import NEVER, NOW, decode_date_time
from schemas.gbcs.names.alerts import alert
from schemas.gbcs.names.cosem import CLASSES, obis_text, object_name

_STATE_SCRIPTS = (bytes.fromhex("00000A0067FF"), bytes.fromhex("00000A006BFF"))
_SWITCH_SCRIPTS = {0x11: "activate", 0x12: "deactivate", 0x20: "reset to the calendar"}
_SCHEDULE, _SPECIAL_DAYS = 10, 11
_DATE_TIME_LENGTH = 12


def describe_dlms(content: Dlms) -> tuple[Tree, ...]:
    """The fields of a DLMS content."""
    number = Tree("long invoke id", f"{content.liid:08X}")
    if isinstance(content, AccessRequest):
        items = (_item(place, item) for place, item in enumerate(content.items, start=1))
        return (Tree("access request"), number, *items)
    if isinstance(content, AccessResponse):
        pairs = enumerate(zip(content.data, content.results, strict=True), start=1)
        return (Tree("access response"), number, *(_result(place, *pair) for place, pair in pairs))
    return (Tree("data notification"), number, *_notification(content))


def date_time(octets: bytes) -> str:
    """A 12-octet date-time: the moment, its special meaning, or its octets."""
    if octets == NOW:
        return "now (immediate)"
    if octets == NEVER:
        return "never (cancel)"
    try:
        return f"{decode_date_time(octets):%Y-%m-%d %H:%M:%S}Z"
    except Malformed:
        return octets.hex().upper()


def describe_data(name: str, value: Data) -> Tree:
    """One value and all inside it."""
    if value.tag in (Tag.ARRAY, Tag.STRUCTURE, Tag.COMPACT_ARRAY):
        children = (describe_data(str(place), item) for place, item in enumerate(value.items, start=1))
        return Tree(name, f"{_type(value)} of {len(value.items)}", tuple(children))
    return Tree(name, f"{_type(value)} {_text(value)}".rstrip())


def _type(value: Data) -> str:
    return value.tag.name.lower().replace("_", "-")


def _text(value: Data) -> str:
    if value.tag is Tag.OCTET_STRING:
        octets = value.octets
        shown = octets.hex().upper() or "empty"
        return f"{shown} ({date_time(octets)})" if _looks_like_time(octets) else shown
    if value.tag is Tag.UTF8_STRING:
        return value.octets.decode("utf-8", "backslashreplace")
    return "" if value.value is None else str(value.value)


def _looks_like_time(octets: bytes) -> bool:
    return len(octets) == _DATE_TIME_LENGTH and octets[9:11] == NOW[9:11]


def _item(place: int, item: Item) -> Tree:
    kind = "method" if item.choice is Choice.ACTION else "attribute"
    name = object_name(item.obis)
    target = f"class {item.class_id} {CLASSES.get(item.class_id, 'not known here')}, {obis_text(item.obis)}"
    fields = [Tree("object", f"{target}{', ' + name if name else ''}"), Tree(kind, str(item.member))]
    if item.selection is not None:
        fields.append(describe_data(f"selector {item.selection.selector}", item.selection.parameters))
    if item.choice in (Choice.SET, Choice.ACTION):
        fields.append(_value(item))
    return Tree(f"item {place}", item.choice.name.replace("_", " "), tuple(fields))


def _value(item: Item) -> Tree:
    if item.class_id == _SCHEDULE and item.data.tag is Tag.ARRAY:
        return _array("rows", item.data, _row)
    if item.class_id == _SPECIAL_DAYS and item.data.tag is Tag.ARRAY:
        return _array("special days", item.data, _special_day)
    if item.obis in _STATE_SCRIPTS and item.data.tag is Tag.LONG_UNSIGNED:
        return Tree("parameter", _state(item.data.number))
    return describe_data("parameter" if item.choice is Choice.ACTION else "value", item.data)


def _array(name: str, value: Data, describe: Callable[[Data], Tree]) -> Tree:
    return Tree(name, str(len(value.items)), tuple(describe(item) for item in value.items))


def _state(word: int) -> str:
    low = word & 0xFF
    if word >> 12 == 0 and low in _SWITCH_SCRIPTS:
        return f"{word:04X}: {_SWITCH_SCRIPTS[low]} switch {word >> 8}"
    try:
        return f"{word:04X}: {_commanded(CommandedState.from_word(word))}"
    except Malformed:
        return f"{word:04X}"


def _commanded(state: CommandedState) -> str:
    return f"controller {state.controller}, {state.direction.name.lower()}, level {state.level} %"


def _row(value: Data) -> Tree:
    try:
        row = ScheduleRow.from_data(value)
    except Malformed:
        return describe_data("row", value)
    days = [day for day, bit in zip(DAYS, row.weekdays, strict=True) if bit == "1"]
    special = [str(place) for place, bit in enumerate(row.special_days, start=1) if bit == "1"]
    fields = (
        Tree("selector", _selector(row.selector)),
        Tree("switch time", f"{row.switch_time:%H:%M:%S}Z"),
        Tree("days of week", ", ".join(days) or "none"),
        Tree("special days", f"{', '.join(special) or 'none'} of {len(row.special_days)}"),
        Tree("season", f"{_date(row.start)} to {_date(row.end)}"),
    )
    return Tree(f"row {row.index}", children=fields)


def _selector(selector: int) -> str:
    try:
        return f"{selector:04X}: {_commanded(calendar_state(selector))}"
    except Malformed:
        action = {1: "activate", 2: "deactivate"}.get(selector & 0xFF)
        return f"{selector:04X}: {action} switch {selector >> 8}" if action else f"{selector:04X}"


def _special_day(value: Data) -> Tree:
    try:
        day = SpecialDay.from_data(value)
    except Malformed:
        return describe_data("special day", value)
    return Tree(f"special day {day.number}", _date(day.day))


def _date(day: CosemDate) -> str:
    named = {CosemDate.LAST_DAY: "last day", CosemDate.SECOND_LAST_DAY: "second last day"}
    year = "every year" if day.year is None else str(day.year)
    month = "every month" if day.month is None else f"month {day.month}"
    of_month = "every day" if day.day is None else named.get(day.day, f"day {day.day}")
    weekday = "" if day.weekday is None else f", {DAYS[day.weekday - 1]}"
    return f"{year}, {month}, {of_month}{weekday}"


def _result(place: int, value: Data, pair: tuple[Choice, int]) -> Tree:
    choice, result = pair
    try:
        word = Result(result).name.lower().replace("_", " ")
    except ValueError:
        word = "result not known here"
    fields = () if value.tag is Tag.NULL else (_response_value(value),)
    return Tree(f"item {place}", f"{choice.name} {result:02X} {word}", fields)


def _response_value(value: Data) -> Tree:
    # A response names no objects: rows and special days are told by their form.
    if value.tag is Tag.ARRAY and value.items:
        for name, form, describe in (
            ("rows", ScheduleRow.from_data, _row),
            ("special days", SpecialDay.from_data, _special_day),
        ):
            if _is(form, value.items[0]):
                return _array(name, value, describe)
    return describe_data("value", value)


def _is(form: Callable[[Data], object], value: Data) -> bool:
    try:
        form(value)
    except Malformed:
        return False
    return True


def _notification(content: DataNotification) -> list[Tree]:
    body = content.body
    if body.tag is not Tag.STRUCTURE or not body.items or body.items[0].tag is not Tag.LONG_UNSIGNED:
        return [describe_data("body", body)]
    code = body.items[0].number
    fields = [Tree("alert code", f"{code:04X} {alert(code)}")]
    names = ("time stamp", *(f"element {place}" for place in range(3, len(body.items) + 1)))
    fields += [describe_data(name, item) for name, item in zip(names, body.items[1:], strict=True)]
    return fields
