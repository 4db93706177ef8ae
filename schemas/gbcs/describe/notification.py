"""DLMS alerts: the code, the time stamp, and the use case's own elements (gbcs-reference 2.5, 3.9, 4.9)."""

from collections.abc import Callable

from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.describe.data import describe_data, described_date_time
from schemas.gbcs.describe.hub import BACKUP, CHANNELS, CONFIGURATION, TRIGGER
from schemas.gbcs.describe.load_control import direction_and_index
from schemas.gbcs.describe.protection import protections
from schemas.gbcs.describe.shapes import EUI, HEX, Form, record
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.describe.values import STATE
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.envelope import CraFlag
from schemas.gbcs.names.alerts import alert
from schemas.gbcs.names.cosem import class_name, member_name, obis_text, object_name
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
        Tree("attribute", f"{member} {member_name(class_id, member, False)}".rstrip(), (), bytes((member,))),
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


def _form(name: str, form: Form) -> Callable[[Data], Tree]:
    return lambda value: form(name, value, False)


def _discarded(name: str, octets: bytes, raw: bytes) -> Tree:
    """Sender, receiver, flag and counter of a message, 25 octets."""
    reader = Reader(octets)
    try:
        sender, receiver = EUI64(reader.take(8, "sender")), EUI64(reader.take(8, "receiver"))
        flag, counter = reader.byte("flag"), reader.uint(8, "counter")
        reader.finish("discarded message")
    except Malformed:
        return Tree(name, octets.hex().upper(), (), raw)
    fields = (
        Tree("business originator", str(sender), (), bytes(sender)),
        Tree("business target", str(receiver), (), bytes(receiver)),
        Tree("CRA flag", f"{flag:02X} {_FLAGS.get(flag, 'not known')}", (), bytes((flag,))),
        Tree("originator counter", str(counter), (), counter.to_bytes(8, "big")),
    )
    return Tree(name, "", fields, raw)


_FLAGS = {flag.value: flag.name.lower() for flag in CraFlag}


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
    0x0018: (_form("hub device log", BACKUP),),  # CS14
    0x0061: (_form("protection", protections), _form("encrypted part", HEX)),  # ECS68
    0x0067: (_time("outage start"), _time("outage end")),  # ECS80
    0x00CC: (_octets("future dated instruction", future_instruction),),
    0x00CE: (_form("firmware hash", HEX),),
    0x00F0: (_form("integrity issue", HEX),),
    0x0110: (_form("device", EUI),),  # DBCH06
    0x0111: (_form("channel change", record(("operating channel", CHANNELS), ("scan trigger", TRIGGER))),),
    0x0112: (_form("scan request", record(("scan trigger", TRIGGER), ("assessment", HEX))),),  # DBCH08
    0x0113: (_form("sub-GHz configuration", CONFIGURATION),),  # DBCH09
    0x0114: (_octets("discarded message", _discarded),),  # DBCH10
    0x0115: (_form("device", EUI),),  # DBCH11
    0x0120: (_octets("command not supported", refused_command),),
    0x0121: (_CONTROLLER, _time("limit period start"), _time("limit period end"), _LEVEL),
    0x0122: (_CONTROLLER, _LEVEL),
    0x0123: (_form("state and associated information", STATE),),
}
