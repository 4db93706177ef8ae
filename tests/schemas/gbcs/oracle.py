"""What the declared layouts read, as the codecs' own values, and back: so that the two can be compared.

Nothing of construct leaves this file.
"""

from typing import Any

from construct import Construct, ConstructError

from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs import layouts
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, DataNotification, Dlms, Item, Selection
from schemas.gbcs.dlms.data import Data, Tag, TypeDescription
from schemas.gbcs.envelope import CraFlag, Message, Supplementary


def parse_message(octets: bytes) -> Message:
    """Read one message by its declaration."""
    fields = _parse(layouts.ENVELOPE, octets)
    outer = fields.get("service", fields)
    inner, other, extra = outer.grouping, outer.grouping.other, None
    if other.remote_party is not None:
        party = EUI64(other.remote_party)
        extra = Supplementary(party, other.remote_party_counter, other.originator_counter, other.certificate or b"")
    return Message(
        CraFlag(inner.cra),
        inner.originator_counter,
        EUI64(inner.originator),
        EUI64(inner.target),
        other.message_code,
        inner.payload,
        inner.date_time,
        extra,
        inner.signature,
        outer.get("mac"),
    )


def build_message(message: Message) -> bytes:
    """Write a message by its declaration."""
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
        return bytes(layouts.WITHOUT_MAC.build({"grouping": grouping}))
    return bytes(layouts.WITH_MAC.build({"service": {"grouping": grouping, "mac": message.mac}}))


def parse_dlms(payload: bytes) -> Dlms:
    """Read a DLMS content by its declaration."""
    if payload[:1] == b"\x0f":
        fields = _parse(layouts.DATA_NOTIFICATION, payload)
        return DataNotification(fields.liid, _data(fields.body))
    if payload[:1] == b"\xda":
        fields = _parse(layouts.ACCESS_RESPONSE, payload)
        results = tuple((Choice(choice), result) for choice, result in fields.results)
        return AccessResponse(fields.liid, tuple(map(_data, fields.data)), results)
    fields = _parse(layouts.ACCESS_REQUEST, payload)
    return AccessRequest(fields.liid, tuple(map(_item, fields.specifications, fields.data)))


def build_dlms(content: Dlms) -> bytes:
    """Write a DLMS content by its declaration."""
    if isinstance(content, DataNotification):
        return bytes(layouts.DATA_NOTIFICATION.build({"liid": content.liid, "body": _fields(content.body)}))
    if isinstance(content, AccessResponse):
        results = [[int(choice), result] for choice, result in content.results]
        data = [_fields(each) for each in content.data]
        return bytes(layouts.ACCESS_RESPONSE.build({"liid": content.liid, "data": data, "results": results}))
    specifications = [_specification(item) for item in content.items]
    data = [_fields(item.data) for item in content.items]
    return bytes(layouts.ACCESS_REQUEST.build({"liid": content.liid, "specifications": specifications, "data": data}))


def _item(fields: Any, data: Any) -> Item:
    chosen = fields.selection
    selection = None if chosen is None else Selection(chosen.selector, _data(chosen.parameters))
    return Item(Choice(fields.choice), fields.class_id, fields.obis, fields.member, _data(data), selection)


def _specification(item: Item) -> dict[str, object]:
    chosen = item.selection
    return {
        "choice": int(item.choice),
        "class_id": item.class_id,
        "obis": item.obis,
        "member": item.member,
        "selection": chosen and {"selector": chosen.selector, "parameters": _fields(chosen.parameters)},
    }


def _data(fields: Any) -> Data:
    tag = Tag(fields.tag)
    if tag in (Tag.ARRAY, Tag.STRUCTURE):
        return Data(tag, tuple(map(_data, fields.value)))
    if tag is Tag.COMPACT_ARRAY:
        contents = _description(fields.value.contents)
        items = _parse(layouts.compact_contents(fields.value.contents), fields.value.packed)
        return Data(tag, tuple(_element(contents, item) for item in items), contents)
    return Data(tag, fields.value)


def _description(fields: Any) -> TypeDescription:
    tag = Tag(fields.tag)
    if tag is Tag.STRUCTURE:
        return TypeDescription(tag, tuple(map(_description, fields.elements)))
    if tag is Tag.ARRAY:
        count, element = fields.elements
        return TypeDescription(tag, (_description(element),), count)
    return TypeDescription(tag)


def _element(contents: TypeDescription, value: Any) -> Data:
    if contents.tag is Tag.STRUCTURE:
        return Data(contents.tag, tuple(map(_element, contents.elements, value)))
    if contents.tag is Tag.ARRAY:
        return Data(contents.tag, tuple(_element(contents.elements[0], each) for each in value))
    return Data(contents.tag, value)


def _fields(data: Data) -> dict[str, object]:
    value: object = data.value
    if data.contents is not None:
        contents = _described(data.contents)
        items = [_bare(item) for item in data.items]
        value = {"contents": contents, "packed": layouts.compact_contents(contents).build(items)}
    elif isinstance(data.value, tuple):
        value = [_fields(item) for item in data.value]
    return {"tag": int(data.tag), "value": value}


def _described(contents: TypeDescription) -> dict[str, object]:
    elements: list[object] = [_described(element) for element in contents.elements]
    return {"tag": int(contents.tag), "elements": [contents.count, *elements] if contents.count else elements}


def _bare(data: Data) -> object:
    return [_bare(item) for item in data.value] if isinstance(data.value, tuple) else data.value


def _parse(layout: Construct, octets: bytes) -> Any:
    try:
        return layout.parse(octets)
    except (ConstructError, RecursionError, ValueError) as error:
        raise Malformed("message", f"follows its declaration: {error}") from None
