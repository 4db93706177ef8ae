"""ZCL payloads as plain JSON values and back, by the names of their fields; octets are hex digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.errors import Malformed
from schemas.gbcs.zcl.general import (
    DEFAULT_RESPONSE,
    READ,
    READ_RESPONSE,
    STRINGS,
    SUCCESS,
    asked_attributes,
    attributes,
    default_response,
    read_attributes,
)
from schemas.gbcs.zcl.layout import Element, Field, Fields, Rows
from schemas.gbcs.zcl.table import CLUSTER_COMMAND, find

Json = dict[str, Any]


def zcl_to_portable(cluster: int, frame_control: int, command: int, payload: bytes) -> Json | None:
    """The fields of a payload, or None where it does not read as one that these fields would build again."""
    try:
        fields = _fields(cluster, frame_control, command, payload)
        same = fields is not None and zcl_from_portable(cluster, frame_control, command, fields) == payload
    except Malformed:
        return None
    return fields if same else None


def zcl_from_portable(cluster: int, frame_control: int, command: int, fields: Mapping[str, Any]) -> bytes:
    """The payload of such fields.

    Raises:
        Malformed: no such command, or a field that is missing, unknown or of another form.
    """
    layout = find(cluster, frame_control, command)
    try:
        if layout is not None:
            return layout.build(_values(layout.elements, fields))
        if frame_control & CLUSTER_COMMAND == 0 and command in _GENERAL:
            return _GENERAL[command](fields)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise Malformed("fields", f"are those that decode prints for this command: {error!r}"[:200]) from None
    raise Malformed("command", f"is one whose fields are known, not {command:02X} of cluster {cluster:04X}")


def _fields(cluster: int, frame_control: int, command: int, payload: bytes) -> Json | None:
    layout = find(cluster, frame_control, command)
    if layout is not None:
        return _plain(layout.read(payload))
    if frame_control & CLUSTER_COMMAND:
        return None
    if command == READ:
        return {"attributes": [f"{number:04X}" for number in asked_attributes(payload)]}
    if command == READ_RESPONSE:
        return {
            "attributes": [
                {"attribute": f"{each.number:04X}", "status": each.status}
                | ({"type": each.kind, "value": each.octets.hex()} if each.status == SUCCESS else {})
                for each in attributes(payload)
            ]
        }
    if command == DEFAULT_RESPONSE:
        answer = default_response(payload)
        return {"command": answer.command, "status": answer.status}
    return None


def _plain(fields: Fields) -> Json:
    return {
        name: value.hex()
        if isinstance(value, bytes)
        else [_plain(row) for row in value]
        if isinstance(value, tuple)
        else value
        for name, value in fields.values.items()
    }


def _values(elements: Sequence[Element], fields: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for element in elements:
        if isinstance(element, Rows):
            values[element.name] = [_values(element.fields, row) for row in fields[element.name]]
        elif isinstance(element, Field):
            value = fields[element.name]
            values[element.name] = bytes.fromhex(value) if isinstance(value, str) else value
        else:
            values |= _values(element.cases[values[element.by]], fields)
    return values


def _read(fields: Mapping[str, Any]) -> bytes:
    return read_attributes(int(number, 16) for number in fields["attributes"])


def _response(fields: Mapping[str, Any]) -> bytes:
    return b"".join(_record(each) for each in fields["attributes"])


def _record(record: Mapping[str, Any]) -> bytes:
    head = read_attributes((int(record["attribute"], 16),)) + bytes((record["status"],))
    if record["status"] != SUCCESS:
        return head
    kind, octets = record["type"], bytes.fromhex(record["value"])
    size = len(octets).to_bytes(STRINGS[kind][1], "little") if kind in STRINGS else b""
    return head + bytes((kind,)) + size + octets


def _default(fields: Mapping[str, Any]) -> bytes:
    return bytes((fields["command"], fields["status"]))


_GENERAL = {READ: _read, READ_RESPONSE: _response, DEFAULT_RESPONSE: _default}
