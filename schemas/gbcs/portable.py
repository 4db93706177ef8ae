"""A GBCS message as plain JSON values and back, octet for octet: what ``decode --json`` prints and ``encode`` reads.

Octets are hex digits, EUI-64s as DUIS writes them, DLMS data objects with a ``type`` and a ``value`` or ``items``,
and ZCL payloads by the names of their fields.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, DataNotification, Item, Selection
from schemas.gbcs.dlms.data import Data, Tag, TypeDescription
from schemas.gbcs.envelope import CraFlag, Message, Supplementary
from schemas.gbcs.gbz import Component, GbzAlert, GbzMessage
from schemas.gbcs.payload import Payload, decode_payload
from schemas.gbcs.zcl.portable import zcl_from_portable, zcl_to_portable

Json = dict[str, Any]
T = TypeVar("T")

_HEX_TYPES = (Tag.OCTET_STRING, Tag.UTF8_STRING)
_COLLECTIONS = (Tag.ARRAY, Tag.STRUCTURE, Tag.COMPACT_ARRAY)


def to_portable(message: Message) -> Json:
    """The message as JSON values.

    Raises:
        Malformed: its content is of no known kind.
    """
    return {
        "cra": message.cra.name.lower(),
        "originatorCounter": message.originator_counter,
        "originator": str(message.originator),
        "target": str(message.target),
        "messageCode": f"{message.message_code:04X}",
        "dateTime": message.date_time.hex(),
        "supplementary": None if message.supplementary is None else _supplementary(message.supplementary),
        "content": _content(decode_payload(message)),
        "signature": None if message.signature is None else message.signature.hex(),
        "mac": None if message.mac is None else message.mac.hex(),
    }


def to_octets(value: object) -> bytes:
    """The message of JSON values as it travels.

    Raises:
        Malformed: a member is missing, of another form, or does not fit its field.
    """
    message = from_portable(value)
    try:
        return message.encode()
    except (OverflowError, ValueError, struct.error) as error:
        raise Malformed("message", f"has values that fit their fields: {error}") from None


def from_portable(value: object) -> Message:
    """The message of JSON values.

    Raises:
        Malformed: naming the member that is missing or of another form.
    """
    members = _members(value, "message")
    extra = _get(members, "supplementary", lambda each: None if each is None else _read_supplementary(each))
    return Message(
        _get(members, "cra", lambda each: CraFlag[_string(each).upper()]),
        _get(members, "originatorCounter", _number),
        _get(members, "originator", lambda each: EUI64.parse(_string(each))),
        _get(members, "target", lambda each: EUI64.parse(_string(each))),
        _get(members, "messageCode", lambda each: int(_string(each), 16)),
        _get(members, "content", lambda each: _encoded(_read_content(each))),
        _get(members, "dateTime", _octets),
        extra,
        _get(members, "signature", lambda each: None if each is None else _octets(each)),
        _get(members, "mac", lambda each: None if each is None else _octets(each)),
    )


def _encoded(content: Payload) -> bytes:
    try:
        return content.encode()
    except (OverflowError, ValueError, struct.error) as error:
        raise Malformed("content", f"has values that fit their fields: {error}") from None


def _supplementary(extra: Supplementary) -> Json:
    return {
        "remoteParty": str(extra.remote_party),
        "remotePartyCounter": extra.remote_party_counter,
        "originatorCounter": extra.originator_counter,
        "certificate": extra.certificate.hex(),
    }


def _read_supplementary(value: object) -> Supplementary:
    members = _members(value, "supplementary")
    return Supplementary(
        _get(members, "remoteParty", lambda each: EUI64.parse(_string(each))),
        _get(members, "remotePartyCounter", _optional_number),
        _get(members, "originatorCounter", _optional_number),
        _get(members, "certificate", _octets),
    )


def _content(content: Payload) -> Json:
    match content:
        case AccessRequest():
            return {"kind": "accessRequest", "liid": content.liid, "items": [_item(item) for item in content.items]}
        case AccessResponse():
            results = [{"choice": choice.name, "result": result} for choice, result in content.results]
            data = [_data(value) for value in content.data]
            return {"kind": "accessResponse", "liid": content.liid, "data": data, "results": results}
        case DataNotification():
            return {"kind": "dataNotification", "liid": content.liid, "body": _data(content.body)}
        case GbzMessage():
            return {"kind": "gbz", "components": [_component(each) for each in content.components]}
        case GbzAlert():
            fields = {"count": content.count, "code": content.code, "time": content.time}
            return {"kind": "gbzAlert", **fields, "content": content.content.hex()}
        case Ber():
            return {"kind": "asn1", "value": _ber(content)}


def _read_content(value: object) -> Payload:
    members = _members(value, "content")
    kind = _get(members, "kind", _string)
    if kind == "accessRequest":
        return AccessRequest(_get(members, "liid", _number), _get(members, "items", _tuple(_read_item)))
    if kind == "accessResponse":
        data = _get(members, "data", _tuple(_read_data))
        return AccessResponse(_get(members, "liid", _number), data, _get(members, "results", _tuple(_read_result)))
    if kind == "dataNotification":
        return DataNotification(_get(members, "liid", _number), _get(members, "body", _read_data))
    if kind == "gbz":
        return GbzMessage(_get(members, "components", _tuple(_read_component)))
    if kind == "gbzAlert":
        code, at = _get(members, "code", _number), _get(members, "time", _number)
        return GbzAlert(_get(members, "count", _number), code, at, _get(members, "content", _octets))
    if kind == "asn1":
        return _get(members, "value", _read_ber)
    raise Malformed("content/kind", f"is one that decode prints, not {kind[:40]!r}")


def _item(item: Item) -> Json:
    described: Json = {
        "choice": item.choice.name,
        "class": item.class_id,
        "obis": item.obis.hex(),
        "member": item.member,
        "data": _data(item.data),
    }
    if item.selection is not None:
        described["selector"] = item.selection.selector
        described["parameters"] = _data(item.selection.parameters)
    return described


def _read_item(value: object) -> Item:
    members = _members(value, "item")
    selection = None
    if "selector" in members:
        selection = Selection(_get(members, "selector", _number), _get(members, "parameters", _read_data))
    return Item(
        _get(members, "choice", lambda each: Choice[_string(each)]),
        _get(members, "class", _number),
        _get(members, "obis", _octets),
        _get(members, "member", _number),
        _get(members, "data", _read_data),
        selection,
    )


def _read_result(value: object) -> tuple[Choice, int]:
    members = _members(value, "result")
    return _get(members, "choice", lambda each: Choice[_string(each)]), _get(members, "result", _number)


def _data(value: Data) -> Json:
    described: Json = {"type": value.tag.name.lower().replace("_", "-")}
    if value.contents is not None:
        described["contents"] = _description(value.contents)
    if value.tag in _COLLECTIONS:
        described["items"] = [_data(item) for item in value.items]
    elif value.tag in _HEX_TYPES:
        described["value"] = value.octets.hex()
    elif value.tag is not Tag.NULL:
        described["value"] = value.value
    return described


def _read_data(value: object) -> Data:
    members = _members(value, "data")
    tag = _get(members, "type", _tag)
    if tag in _COLLECTIONS:
        contents = _get(members, "contents", _read_description) if tag is Tag.COMPACT_ARRAY else None
        return Data(tag, _get(members, "items", _tuple(_read_data)), contents)
    if tag is Tag.NULL:
        return Data(tag)
    if tag in _HEX_TYPES:
        return Data(tag, _get(members, "value", _octets))
    if tag is Tag.BOOLEAN:
        return Data(tag, _get(members, "value", _boolean))
    if tag in (Tag.VISIBLE_STRING, Tag.BIT_STRING):
        return Data(tag, _get(members, "value", _bits if tag is Tag.BIT_STRING else _string))
    return Data(tag, _get(members, "value", _number))


def _description(value: TypeDescription) -> Json:
    elements = [_description(element) for element in value.elements]
    return {"type": value.tag.name.lower().replace("_", "-"), "elements": elements, "count": value.count}


def _read_description(value: object) -> TypeDescription:
    members = _members(value, "contents")
    elements = _get(members, "elements", _tuple(_read_description))
    return TypeDescription(_get(members, "type", _tag), elements, _get(members, "count", _number))


def _component(value: Component) -> Json:
    described: Json = {
        "last": value.last,
        "encrypted": value.encrypted,
        "cluster": value.cluster,
        "fromTime": value.from_time,
        "frameControl": value.frame_control,
        "sequence": value.sequence,
        "command": value.command,
        "headerControl": value.header_control,
        "frameCounter": value.frame_counter,
    }
    fields = None
    if not value.encrypted:
        fields = zcl_to_portable(value.cluster, value.frame_control, value.command, value.payload)
    return described | ({"payload": value.payload.hex()} if fields is None else {"fields": fields})


def _read_component(value: object) -> Component:
    members = _members(value, "component")
    cluster, control, command = (_get(members, name, _number) for name in ("cluster", "frameControl", "command"))
    if "fields" in members:
        payload = zcl_from_portable(cluster, control, command, _members(members["fields"], "fields"))
    else:
        payload = _get(members, "payload", _octets)
    return Component(
        _get(members, "last", _boolean),
        cluster,
        _get(members, "fromTime", _optional_number),
        control,
        _get(members, "sequence", _number),
        command,
        payload,
        _get(members, "encrypted", _boolean),
        _get(members, "headerControl", _number),
        _get(members, "frameCounter", _number),
    )


def _ber(value: Ber) -> Json:
    described: Json = {"tag": value.tag, "lengthOctets": value.length_octets}
    if value.constructed:
        described["children"] = [_ber(child) for child in value.children]
    else:
        described["content"] = value.content.hex()
    return described


def _read_ber(value: object) -> Ber:
    members = _members(value, "ASN.1 value")
    tag, size = _get(members, "tag", _number), _get(members, "lengthOctets", _number)
    if "children" in members:
        return Ber(tag, b"", _get(members, "children", _tuple(_read_ber)), size)
    return Ber(tag, _get(members, "content", _octets), (), size)


def _members(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Malformed(name, "is a JSON object")
    return value


def _get(members: Mapping[str, object], name: str, read: Callable[[object], T]) -> T:
    if name not in members:
        raise Malformed(name, "is present")
    try:
        return read(members[name])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Malformed(name, f"has the form that decode prints, not {str(members[name])[:40]!r}") from None


def _tuple(read: Callable[[object], T]) -> Callable[[object], tuple[T, ...]]:
    def read_all(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise TypeError
        return tuple(read(each) for each in value)

    return read_all


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _optional_number(value: object) -> int | None:
    return None if value is None else _number(value)


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _octets(value: object) -> bytes:
    return bytes.fromhex(_string(value))


def _bits(value: object) -> str:
    text = _string(value)
    if text.strip("01"):
        raise ValueError
    return text


def _tag(value: object) -> Tag:
    return Tag[_string(value).upper().replace("-", "_")]
