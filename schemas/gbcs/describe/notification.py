"""DLMS alerts: the code, the time stamp, and the use case's own elements (gbcs-reference 2.5, 3.9, 4.9)."""

from collections.abc import Callable

from schemas.errors import Malformed
from schemas.gbcs.describe.data import describe_data, described_date_time
from schemas.gbcs.describe.load_control import direction_and_index
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.names.alerts import alert
from schemas.gbcs.names.cosem import class_name, obis_text, object_name
from schemas.gbcs.names.message_codes import message_code
from schemas.gbcs.reader import Reader


def describe_notification(code: int, body: Data) -> tuple[Tree, ...]:
    """The elements of an alert's content; of another form, as plain data."""
    items = body.items if body.tag is Tag.STRUCTURE else ()
    if len(items) < 2 or items[0].tag is not Tag.LONG_UNSIGNED:
        return (describe_data("body", body),)
    number = items[0].number
    head = (
        Tree("alert code", f"{number:04X} {alert(number)}", (), items[0].encode()),
        described_date_time("time stamp", items[1]),
    )
    describers = _CONTENTS.get(code, ())
    if len(describers) != len(items) - 2:
        describers = tuple(_plain(f"element {place}") for place in range(3, len(items) + 1))
    return head + tuple(describe(item) for describe, item in zip(describers, items[2:], strict=True))


def future_instruction(name: str, octets: bytes, raw: bytes) -> Tree:
    """Which instruction of which command has been carried out or has failed, 19 octets."""
    reader = Reader(octets)
    try:
        code, counter = reader.uint(2, "message code"), reader.uint(8, "originator counter")
        class_id, obis, member = reader.uint(2, "class"), reader.take(6, "logical name"), reader.byte("attribute")
        reader.finish("future dated instruction")
    except Malformed:
        return Tree(name, octets.hex().upper(), (), raw)
    known = object_name(obis)
    fields = (
        *_command(code, counter),
        Tree("class", f"{class_id} {class_name(class_id)}", (), class_id.to_bytes(2, "big")),
        Tree("object", f"{obis_text(obis)}{', ' + known if known else ''}", (), obis),
        Tree("attribute", str(member), (), bytes((member,))),
    )
    return Tree(name, "", fields, raw)


def refused_command(name: str, octets: bytes, raw: bytes) -> Tree:
    """Message code and counter of a command, 10 octets."""
    reader = Reader(octets)
    try:
        code, counter = reader.uint(2, "message code"), reader.uint(8, "originator counter")
        reader.finish("command")
    except Malformed:
        return Tree(name, octets.hex().upper(), (), raw)
    return Tree(name, "", _command(code, counter), raw)


def _command(code: int, counter: int) -> tuple[Tree, ...]:
    return (
        Tree("message code", f"{code:04X} {message_code(code)}", (), code.to_bytes(2, "big")),
        Tree("originator counter", str(counter), (), counter.to_bytes(8, "big")),
    )


def _plain(name: str) -> Callable[[Data], Tree]:
    return lambda value: describe_data(name, value)


def _octets(name: str, describe: Callable[[str, bytes, bytes], Tree]) -> Callable[[Data], Tree]:
    def described(value: Data) -> Tree:
        if value.tag is not Tag.OCTET_STRING:
            return describe_data(name, value)
        return describe(name, value.octets, value.encode())

    return described


def _unsigned(name: str, text: Callable[[int], str]) -> Callable[[Data], Tree]:
    def described(value: Data) -> Tree:
        if value.tag is not Tag.UNSIGNED:
            return describe_data(name, value)
        return Tree(name, text(value.number), (), value.encode())

    return described


def _time(name: str) -> Callable[[Data], Tree]:
    return lambda value: described_date_time(name, value)


_CONTROLLER = _unsigned("direction and controller", direction_and_index)
_LEVEL = _unsigned("resulting level", lambda level: f"{level} %")

_CONTENTS: dict[int, tuple[Callable[[Data], Tree], ...]] = {
    0x00CC: (_octets("future dated instruction", future_instruction),),
    0x00CE: (_plain("firmware hash"),),
    0x00F0: (_plain("issue"),),
    0x0120: (_octets("command not supported", refused_command),),
    0x0121: (_CONTROLLER, _time("limit period start"), _time("limit period end"), _LEVEL),
    0x0122: (_CONTROLLER, _LEVEL),
    0x0123: (_plain("state and associated information"),),
}
