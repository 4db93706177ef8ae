"""The envelope and DLMS content declared field by field with construct.

This is the oracle for the hand-written fast paths in ``envelope`` and ``dlms``: the tests read and write every vector
with both. It shares no code with them but the value types. Nothing of construct leaves this file.
"""

from typing import Any

from construct import (
    Array,
    Byte,
    Bytes,
    Check,
    Const,
    Construct,
    ConstructError,
    ExprAdapter,
    ExprValidator,
    FocusedSeq,
    GreedyBytes,
    GreedyRange,
    GreedyString,
    If,
    Int8sb,
    Int8ub,
    Int16sb,
    Int16ub,
    Int24ub,
    Int32sb,
    Int32ub,
    Int64sb,
    Int64ub,
    LazyBound,
    Mapping,
    OneOf,
    Optional,
    Pass,
    Prefixed,
    PrefixedArray,
    Select,
    Sequence,
    Struct,
    Switch,
    Terminated,
    len_,
    this,
)

from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, DataNotification, Dlms, Item, Selection
from schemas.gbcs.dlms.data import Data, Tag, TypeDescription
from schemas.gbcs.envelope import CraFlag, Message, Supplementary

# --- Envelope -------------------------------------------------------------------------------------------------------


def _length_form(head: bytes, field: Any, lowest: int) -> Any:
    return FocusedSeq("n", Const(head), "n" / ExprValidator(field, lambda n, _: n >= lowest))


LENGTH = Select(
    ExprValidator(Int8ub, lambda n, _: n < 0x80),
    _length_form(b"\x81", Int8ub, 0x80),
    _length_form(b"\x82", Int16ub, 0x100),
    _length_form(b"\x83", Int24ub, 0x1_0000),
)
EUI = FocusedSeq("eui", Const(b"\x08"), "eui" / Bytes(8))
CERTIFICATE = ExprValidator(
    GreedyBytes, lambda der, _: der[:2] == b"\x30\x82" and len(der) == 4 + int.from_bytes(der[2:4], "big")
)
OTHER_INFORMATION = Struct(
    "message_code" / Int16ub,
    "remote_party" / Optional(Bytes(8)),
    "remote_party_counter" / If(lambda at: at.remote_party is not None, Optional(Int64ub)),
    "originator_counter"
    / If(lambda at: at.remote_party_counter is not None, Optional(FocusedSeq("n", "n" / Int64ub, Terminated))),
    "certificate"
    / If(lambda at: at.remote_party_counter is not None and at.originator_counter is None, Optional(CERTIFICATE)),
    Terminated,
)
SIGNATURE = Prefixed(OneOf(Int8ub, (0, 64)), GreedyBytes)


def _grouping(signature: Any) -> Any:
    return Struct(
        Const(b"\xdf"),
        Const(b"\x09"),
        "cra" / OneOf(Byte, (1, 2, 3)),
        "originator_counter" / Int64ub,
        "originator" / EUI,
        "target" / EUI,
        "date_time" / Prefixed(OneOf(Int8ub, (0, 12)), GreedyBytes),
        "other" / Prefixed(LENGTH, OTHER_INFORMATION),
        "payload" / Prefixed(LENGTH, GreedyBytes),
        "signature" / signature,
    )


PLAIN = Struct("grouping" / _grouping(Optional(SIGNATURE)), Terminated)
MACED = Struct(
    Const(bytes.fromhex("DD000000000000")),
    "service"
    / Prefixed(
        LENGTH,
        Struct(Const(bytes.fromhex("1100000000")), "grouping" / _grouping(SIGNATURE), "mac" / Bytes(12), Terminated),
    ),
    Terminated,
)


def parse_message(data: bytes) -> Message:
    """Read one GBCS message by its declaration.

    Raises:
        Malformed: it is not exactly one message.
    """
    if data[:1] == b"\xdd":
        service = _parse(MACED, data).service
        return _message(service.grouping, service.mac)
    return _message(_parse(PLAIN, data).grouping, None)


def build_message(message: Message) -> bytes:
    """The message as it travels, by its declaration."""
    extra = message.supplementary
    grouping = {
        "cra": int(message.cra),
        "originator_counter": message.originator_counter,
        "originator": message.originator,
        "target": message.target,
        "date_time": message.date_time,
        "other": {
            "message_code": message.message_code,
            "remote_party": extra.remote_party if extra else None,
            "remote_party_counter": extra.remote_party_counter if extra else None,
            "originator_counter": extra.originator_counter if extra else None,
            "certificate": extra.certificate or None if extra else None,
        },
        "payload": message.payload,
        "signature": message.signature,
    }
    if message.mac is None:
        return bytes(PLAIN.build({"grouping": grouping}))
    return bytes(MACED.build({"service": {"grouping": grouping, "mac": message.mac}}))


def _message(fields: Any, mac: bytes | None) -> Message:
    other, extra = fields.other, None
    if other.remote_party is not None:
        party = EUI64(other.remote_party)
        extra = Supplementary(party, other.remote_party_counter, other.originator_counter, other.certificate or b"")
    return Message(
        CraFlag(fields.cra),
        fields.originator_counter,
        EUI64(fields.originator),
        EUI64(fields.target),
        other.message_code,
        fields.payload,
        fields.date_time,
        extra,
        fields.signature,
        mac,
    )


# --- DLMS data ------------------------------------------------------------------------------------------------------

DATA: Any = LazyBound(lambda: _DATA)
DESCRIPTION: Any = LazyBound(lambda: _DESCRIPTION)
OCTETS = Prefixed(LENGTH, GreedyBytes)


def _to_bits(raw: Any, _: Any) -> str:
    return "".join(f"{octet:08b}" for octet in raw.octets)[: raw.count]


def _from_bits(bits: str, _: Any) -> dict[str, object]:
    padded = bits + "0" * (-len(bits) % 8)
    octets = bytes(int(padded[place : place + 8], 2) for place in range(0, len(padded), 8))
    return {"count": len(bits), "octets": octets}


BIT_STRING = ExprAdapter(
    Struct(
        "count" / LENGTH,
        "octets" / Bytes((this.count + 7) // 8),
        Check(lambda at: not at.count % 8 or at.octets[-1] & (0xFF >> at.count % 8) == 0),
    ),
    _to_bits,
    _from_bits,
)
VALUES: dict[int, Any] = {
    Tag.NULL: Pass,
    Tag.ARRAY: PrefixedArray(LENGTH, DATA),
    Tag.STRUCTURE: PrefixedArray(LENGTH, DATA),
    Tag.BOOLEAN: Mapping(Byte, {False: 0x00, True: 0xFF}),
    Tag.BIT_STRING: BIT_STRING,
    Tag.DOUBLE_LONG: Int32sb,
    Tag.DOUBLE_LONG_UNSIGNED: Int32ub,
    Tag.OCTET_STRING: OCTETS,
    Tag.VISIBLE_STRING: Prefixed(LENGTH, GreedyString("ascii")),
    Tag.UTF8_STRING: OCTETS,
    Tag.INTEGER: Int8sb,
    Tag.LONG: Int16sb,
    Tag.UNSIGNED: Int8ub,
    Tag.LONG_UNSIGNED: Int16ub,
    # The elements have no tags: _bare declares them from the description, once it is known.
    Tag.COMPACT_ARRAY: Struct("contents" / DESCRIPTION, "packed" / OCTETS),
    Tag.LONG64: Int64sb,
    Tag.LONG64_UNSIGNED: Int64ub,
    Tag.ENUM: Int8ub,
}
_DATA: Any = Struct("tag" / OneOf(Byte, [int(tag) for tag in Tag]), "value" / Switch(this.tag, VALUES))
_DESCRIPTION: Any = Struct(
    "tag" / OneOf(Byte, [int(tag) for tag in Tag if tag not in (Tag.NULL, Tag.COMPACT_ARRAY)]),
    "elements"
    / Switch(
        this.tag,
        {
            Tag.STRUCTURE: PrefixedArray(ExprValidator(LENGTH, lambda n, _: n > 0), DESCRIPTION),
            Tag.ARRAY: Sequence(ExprValidator(Int16ub, lambda n, _: n > 0), DESCRIPTION),
        },
    ),
)


def _bare(contents: TypeDescription) -> Any:
    if contents.tag is Tag.STRUCTURE:
        return Sequence(*(_bare(element) for element in contents.elements))
    if contents.tag is Tag.ARRAY:
        return Array(contents.count, _bare(contents.elements[0]))
    return VALUES[contents.tag]


def _description(fields: Any) -> TypeDescription:
    tag = Tag(fields.tag)
    if tag is Tag.STRUCTURE:
        return TypeDescription(tag, tuple(map(_description, fields.elements)))
    if tag is Tag.ARRAY:
        return TypeDescription(tag, (_description(fields.elements[1]),), fields.elements[0])
    return TypeDescription(tag)


def _described(contents: TypeDescription) -> dict[str, object]:
    elements: list[object] = [_described(element) for element in contents.elements]
    return {"tag": int(contents.tag), "elements": [contents.count, *elements] if contents.count else elements}


def _data(fields: Any) -> Data:
    tag = Tag(fields.tag)
    if tag in (Tag.ARRAY, Tag.STRUCTURE):
        return Data(tag, tuple(map(_data, fields.value)))
    if tag is Tag.COMPACT_ARRAY:
        contents = _description(fields.value.contents)
        packed = FocusedSeq("items", "items" / GreedyRange(_bare(contents)), Terminated)
        items = _parse(packed, fields.value.packed)
        return Data(tag, tuple(_element(contents, item) for item in items), contents)
    return Data(tag, fields.value)


def _element(contents: TypeDescription, value: Any) -> Data:
    if contents.tag is Tag.STRUCTURE:
        return Data(contents.tag, tuple(map(_element, contents.elements, value)))
    if contents.tag is Tag.ARRAY:
        return Data(contents.tag, tuple(_element(contents.elements[0], each) for each in value))
    return Data(contents.tag, value)


def _fields(data: Data) -> dict[str, object]:
    value: object = data.value
    if data.contents is not None:
        packed = GreedyRange(_bare(data.contents)).build([_bare_value(item) for item in data.items])
        value = {"contents": _described(data.contents), "packed": packed}
    elif isinstance(data.value, tuple):
        value = [_fields(item) for item in data.value]
    return {"tag": int(data.tag), "value": value}


def _bare_value(data: Data) -> object:
    return [_bare_value(item) for item in data.value] if isinstance(data.value, tuple) else data.value


# --- DLMS access ----------------------------------------------------------------------------------------------------

_GETS = (Choice.GET, Choice.GET_WITH_SELECTION)
SPECIFICATION = Struct(
    "choice" / OneOf(Byte, [int(choice) for choice in Choice]),
    "class_id" / Int16ub,
    "obis" / Bytes(6),
    "member" / Byte,
    "selection" / If(this.choice == Choice.GET_WITH_SELECTION, Struct("selector" / Byte, "parameters" / DATA)),
)
NO_DATE_TIME = Const(b"\x00")
NO_SPECIFICATIONS = Const(b"\x00")
REQUEST = Struct(
    Const(b"\xd9"),
    "liid" / Int32ub,
    NO_DATE_TIME,
    "specifications" / PrefixedArray(LENGTH, SPECIFICATION),
    "data" / PrefixedArray(LENGTH, DATA),
    Check(len_(this.specifications) == len_(this.data)),
    Terminated,
)
RESPONSE = Struct(
    Const(b"\xda"),
    "liid" / Int32ub,
    NO_DATE_TIME,
    NO_SPECIFICATIONS,
    "data" / PrefixedArray(LENGTH, DATA),
    "results" / PrefixedArray(LENGTH, Sequence(OneOf(Byte, (1, 2, 3)), Byte)),
    Check(len_(this.results) == len_(this.data)),
    Terminated,
)
NOTIFICATION = Struct(Const(b"\x0f"), "liid" / Int32ub, NO_DATE_TIME, "body" / DATA, Terminated)
_CONTENTS = {0xD9: REQUEST, 0xDA: RESPONSE, 0x0F: NOTIFICATION}


def parse_dlms(payload: bytes) -> Dlms:
    """Read a whole DLMS content by its declaration.

    Raises:
        Malformed: it is not exactly one content.
    """
    layout = _CONTENTS.get(payload[0] if payload else -1)
    if layout is None:
        raise Malformed("DLMS tag", "is D9, DA or 0F")
    fields = _parse(layout, payload)
    if layout is NOTIFICATION:
        return DataNotification(fields.liid, _data(fields.body))
    data = tuple(map(_data, fields.data))
    if layout is RESPONSE:
        return AccessResponse(fields.liid, data, tuple((Choice(choice), result) for choice, result in fields.results))
    return AccessRequest(fields.liid, tuple(map(_item, fields.specifications, data)))


def build_dlms(content: Dlms) -> bytes:
    """The content as it travels, by its declaration."""
    if isinstance(content, DataNotification):
        return bytes(NOTIFICATION.build({"liid": content.liid, "body": _fields(content.body)}))
    if isinstance(content, AccessResponse):
        results = [[int(choice), result] for choice, result in content.results]
        data = [_fields(each) for each in content.data]
        return bytes(RESPONSE.build({"liid": content.liid, "data": data, "results": results}))
    specifications = [_specification(item) for item in content.items]
    data = [_fields(item.data) for item in content.items]
    return bytes(REQUEST.build({"liid": content.liid, "specifications": specifications, "data": data}))


def _item(fields: Any, data: Data) -> Item:
    choice, chosen = Choice(fields.choice), fields.selection
    if choice in _GETS and data.tag is not Tag.NULL:
        raise Malformed("data", "is null for a GET")
    selection = None if chosen is None else Selection(chosen.selector, _data(chosen.parameters))
    return Item(choice, fields.class_id, fields.obis, fields.member, data, selection)


def _specification(item: Item) -> dict[str, object]:
    chosen = item.selection
    return {
        "choice": int(item.choice),
        "class_id": item.class_id,
        "obis": item.obis,
        "member": item.member,
        "selection": chosen and {"selector": chosen.selector, "parameters": _fields(chosen.parameters)},
    }


def _parse(layout: Construct, data: bytes) -> Any:
    try:
        return layout.parse(data)
    except (ConstructError, RecursionError) as error:
        raise Malformed("message", f"follows its declaration: {error}") from None
