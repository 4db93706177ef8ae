"""DLMS content, described item by item: objects and members by name, load control and logs explained."""

from __future__ import annotations

from collections.abc import Callable

from schemas.errors import Malformed
from schemas.gbcs.auxiliary import ScheduleRow, SpecialDay
from schemas.gbcs.describe.data import describe_data
from schemas.gbcs.describe.load_control import SCRIPTS, describe_row, describe_special_day, script_parameter
from schemas.gbcs.describe.logs import describe_log, log_period
from schemas.gbcs.describe.notification import describe_notification
from schemas.gbcs.describe.protection import describe_protected_answer, describe_protected_read
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, Dlms, Item
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.names.cosem import class_name, member_name, obis_text, object_name
from schemas.gbcs.names.results import result_name

_SCHEDULE, _SPECIAL_DAYS, _DATA_PROTECTION = 10, 11, 30
_NAMES = {0xD9: "access request", 0xDA: "access response", 0x0F: "data notification"}


def describe_dlms(code: int, content: Dlms) -> tuple[Tree, ...]:
    """The fields of the DLMS content of a message with message code ``code``."""
    if isinstance(content, AccessRequest):
        tag, fields = 0xD9, tuple(_item(place, item) for place, item in enumerate(content.items, start=1))
    elif isinstance(content, AccessResponse):
        pairs = enumerate(zip(content.data, content.results, strict=True), start=1)
        tag, fields = 0xDA, tuple(_result(code, place, *pair) for place, pair in pairs)
    else:
        tag, fields = 0x0F, describe_notification(code, content.body)
    number = Tree("long invoke id", f"{content.liid:08X}", (), content.liid.to_bytes(4, "big"))
    return (Tree(_NAMES[tag], "", (), bytes((tag,))), number, *fields)


def _item(place: int, item: Item) -> Tree:
    method = item.choice is Choice.ACTION
    name = object_name(item.obis)
    target = f"class {item.class_id} {class_name(item.class_id)}, {obis_text(item.obis)}{', ' + name if name else ''}"
    address = bytes((item.choice,)) + item.class_id.to_bytes(2, "big") + item.obis
    member = f"{item.member} {member_name(item.class_id, item.member, method)}".rstrip()
    fields = [
        Tree("object", target, (), address),
        Tree("method" if method else "attribute", member, (), bytes((item.member,))),
    ]
    if item.selection is not None:
        selection = item.selection
        fields.append(log_period(f"selector {selection.selector}", selection.selector, selection.parameters))
    if item.choice in (Choice.SET, Choice.ACTION):
        fields.append(_value(item))
    return Tree(f"item {place}", item.choice.name.replace("_", " "), tuple(fields))


def _value(item: Item) -> Tree:
    if item.class_id == _SCHEDULE and item.data.tag is Tag.ARRAY:
        return _array("rows", item.data, describe_row)
    if item.class_id == _SPECIAL_DAYS and item.data.tag is Tag.ARRAY:
        return _array("special days", item.data, describe_special_day)
    if item.obis in SCRIPTS and item.data.tag is Tag.LONG_UNSIGNED:
        return Tree("parameter", script_parameter(item.data.number), (), item.data.encode())
    if item.class_id == _DATA_PROTECTION and item.choice is Choice.ACTION:
        return describe_protected_read("parameter", item.data)
    return describe_data("parameter" if item.choice is Choice.ACTION else "value", item.data)


def _array(name: str, value: Data, describe: Callable[[Data], Tree]) -> Tree:
    return Tree(name, str(len(value.items)), tuple(describe(item) for item in value.items), value.encode())


def _result(code: int, place: int, value: Data, pair: tuple[Choice, int]) -> Tree:
    choice, result = pair
    fields = () if value.tag is Tag.NULL else (_response_value(code, value),)
    return Tree(f"item {place}", f"{choice.name} {result:02X} {result_name(result)}", fields, bytes((choice, result)))


def _response_value(code: int, value: Data) -> Tree:
    # A response names no objects: rows and special days are told by their form, logs by the message code.
    if value.tag is Tag.ARRAY and value.items:
        if _is(ScheduleRow.from_data, value.items[0]):
            return _array("rows", value, describe_row)
        if _is(SpecialDay.from_data, value.items[0]):
            return _array("special days", value, describe_special_day)
    return describe_log(code, value) or describe_protected_answer(value) or describe_data("value", value)


def _is(form: Callable[[Data], object], value: Data) -> bool:
    try:
        form(value)
    except Malformed:
        return False
    return True
