"""DLMS content, described item by item: objects and members by name, values by what the object holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from schemas.errors import Malformed
from schemas.gbcs.auxiliary import ScheduleRow, SpecialDay
from schemas.gbcs.describe.answers import Asked, asked
from schemas.gbcs.describe.calendars import SCHEDULE, SPECIAL_DAYS
from schemas.gbcs.describe.data import describe_data
from schemas.gbcs.describe.logs import log_period
from schemas.gbcs.describe.notification import describe_notification
from schemas.gbcs.describe.objects import answer_form, attribute_form, parameter_form
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, Dlms, Item
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.names.cosem import UNITS, class_name, member_name, obis_text, object_name
from schemas.gbcs.names.results import result_name

_Scales = dict[bytes, tuple[int, int]]
"""Scaler and unit by logical name."""

_REGISTERS, _VALUE, _SCALER_UNIT = (3, 4), 2, 3
_WHOLE_NUMBERS = (Tag.UNSIGNED, Tag.LONG_UNSIGNED, Tag.DOUBLE_LONG_UNSIGNED, Tag.DOUBLE_LONG, Tag.LONG, Tag.INTEGER)
_NAMES = {0xD9: "access request", 0xDA: "access response", 0x0F: "data notification"}


def describe_dlms(code: int, content: Dlms) -> tuple[Tree, ...]:
    """The fields of the DLMS content of a message with message code ``code``."""
    if isinstance(content, AccessRequest):
        tag, fields = 0xD9, tuple(_item(place, item) for place, item in enumerate(content.items, start=1))
    elif isinstance(content, AccessResponse):
        places = asked(code, tuple(choice for choice, _ in content.results))
        scales = _scales(places, content.data)
        items = enumerate(zip(places, content.data, content.results, strict=True), start=1)
        tag, fields = 0xDA, tuple(_result(place, *item, scales) for place, item in items)
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
    obis = obis_text(item.obis)
    if item.choice is Choice.ACTION:
        return parameter_form(item.class_id, obis, item.member)("parameter", item.data, False)
    return attribute_form(item.class_id, obis, item.member)("value", item.data, False)


def _scales(places: Sequence[Asked | None], values: Sequence[Data]) -> _Scales:
    """Scaler and unit of each register whose scaler_unit is read beside it."""
    found: _Scales = {}
    for place, value in zip(places, values, strict=True):
        if place is not None and place.where.class_id in _REGISTERS and place.where.member == _SCALER_UNIT:
            tags = [item.tag for item in value.items] if value.tag is Tag.STRUCTURE else []
            if tags == [Tag.INTEGER, Tag.ENUM]:
                found[place.where.obis] = value.items[0].number, value.items[1].number
    return found


def _result(number: int, place: Asked | None, value: Data, pair: tuple[Choice, int], scales: _Scales) -> Tree:
    choice, result = pair
    text = f"{choice.name} {result:02X} {result_name(result)}{'' if place is None else f', {place.name}'}"
    fields = () if value.tag is Tag.NULL else (_answer(place, value, scales),)
    return Tree(f"item {number}", text, fields, bytes((choice, result)))


def _answer(place: Asked | None, value: Data, scales: _Scales) -> Tree:
    if place is None:
        return _by_form(value)
    where = place.where
    if place.choice is Choice.ACTION:
        return answer_form(where.class_id, where.member)("answer", value, False)
    if where.class_id in _REGISTERS and where.member == _VALUE and where.obis in scales:
        return _quantity(value, *scales[where.obis])
    return attribute_form(where.class_id, obis_text(where.obis), where.member)("value", value, False)


def _quantity(value: Data, scaler: int, unit: int) -> Tree:
    if value.tag not in _WHOLE_NUMBERS:
        return describe_data("value", value)
    quantity = Decimal(value.number).scaleb(scaler)
    return Tree("value", f"{quantity:f} {UNITS.get(unit, 'unit not known here')}", (), value.encode())


def _by_form(value: Data) -> Tree:
    """A value of an object that is not known: rows and special days are told by their form."""
    if value.tag is Tag.ARRAY and value.items:
        if _is(ScheduleRow.from_data, value.items[0]):
            return SCHEDULE("rows", value, False)
        if _is(SpecialDay.from_data, value.items[0]):
            return SPECIAL_DAYS("special days", value, False)
    return describe_data("value", value)


def _is(form: Callable[[Data], object], value: Data) -> bool:
    try:
        form(value)
    except Malformed:
        return False
    return True
