"""ZCL payloads field by field: general commands, and the cluster commands declared in schemas.gbcs.zcl.

A payload that does not read as its command is shown as octets: describing refuses nothing.
"""

from __future__ import annotations

from schemas.errors import Malformed
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.names.results import zcl_status
from schemas.gbcs.names.zigbee import GENERAL_COMMANDS
from schemas.gbcs.zcl.attributes import attribute_meaning, attribute_name
from schemas.gbcs.zcl.general import (
    DEFAULT_RESPONSE,
    FIXED,
    READ,
    READ_RESPONSE,
    SIGNED,
    STRINGS,
    SUCCESS,
    TEXTS,
    UNSIGNED,
    Attribute,
    asked_attributes,
    attributes,
    default_response,
)
from schemas.gbcs.zcl.layout import Cut, Field
from schemas.gbcs.zcl.table import CLUSTER_COMMAND, TO_CLIENT, find

_NOT_TRIED = "not tried, an earlier one failed"


def command_name(cluster: int, frame_control: int, number: int) -> str:
    """A ZCL command by cluster, kind and direction, with its number."""
    if frame_control & CLUSTER_COMMAND == 0:
        return f"{number:02X} {GENERAL_COMMANDS.get(number, 'general command not known here')}"
    side = "server to client" if frame_control & TO_CLIENT else "client to server"
    # The outcomes of GCS05's calendar (8F66) tell it with the other direction: what is not known one way is named so.
    layout = find(cluster, frame_control, number) or find(cluster, frame_control ^ TO_CLIENT, number)
    return f"{number:02X} {layout.name if layout else 'command not known here'}, {side}"


def describe_zcl(cluster: int, frame_control: int, command: int, payload: bytes) -> tuple[Tree, ...] | None:
    """The fields of a command's payload, or None where it does not read as one."""
    try:
        if frame_control & CLUSTER_COMMAND == 0:
            return _general(cluster, frame_control, command, payload)
        layout = find(cluster, frame_control, command)
        # Rows of which there are none have no octets to show; the field that counts them says so.
        return None if layout is None else tuple(_cut(each) for each in layout.cut(payload) if each.raw)
    except Malformed:
        return None


def _general(cluster: int, frame_control: int, command: int, payload: bytes) -> tuple[Tree, ...] | None:
    if command == READ:
        return tuple(
            Tree(f"attribute {attribute_name(cluster, number)}", "", (), number.to_bytes(2, "little"))
            for number in asked_attributes(payload)
        )
    if command == READ_RESPONSE:
        return tuple(_attribute(cluster, each) for each in attributes(payload))
    if command == DEFAULT_RESPONSE:
        answer = default_response(payload)
        # The answer goes the other way than the command that it names.
        answered = find(cluster, CLUSTER_COMMAND | (frame_control & TO_CLIENT ^ TO_CLIENT), answer.command)
        name = answered.name if answered else _NOT_TRIED if answer.command == 0xFF else ""
        return (
            Tree("command", f"{answer.command:02X} {name}".rstrip(), (), payload[:1]),
            Tree("status", _status(answer.status), (), payload[1:]),
        )
    return None


def _attribute(cluster: int, found: Attribute) -> Tree:
    name = f"attribute {attribute_name(cluster, found.number)}"
    if found.status != SUCCESS:
        return Tree(name, _status(found.status), (), found.raw)
    return Tree(name, f"{_status(found.status)}, {_value(cluster, found)}", (), found.raw)


def _value(cluster: int, found: Attribute) -> str:
    octets = found.octets
    if found.kind in STRINGS:
        printable = found.kind in TEXTS or (octets.isascii() and octets.decode("ascii").isprintable())
        text = octets.decode("utf-8", "backslashreplace") if printable else octets.hex().upper()
        return f"{STRINGS[found.kind][0]} {text}".rstrip()
    kind = FIXED[found.kind][0]
    meaning = attribute_meaning(cluster, found.number, found.value)
    if found.kind in UNSIGNED or found.kind in SIGNED:
        return f"{kind} {found.value}{f' {meaning}' if meaning else ''}"
    # Shown most significant octet first, as identifiers and bit maps are read.
    digits = octets[::-1].hex().upper()
    shown = f"{kind} {digits}".rstrip()
    return f"{shown} {meaning}" if meaning and meaning != f"0x{digits}" else shown


def _cut(cut: Cut) -> Tree:
    if not isinstance(cut.field, Field):
        rows = (
            Tree(str(place), "", tuple(map(_cut, row)), b"".join(each.raw for each in row))
            for place, row in enumerate(cut.rows, start=1)
        )
        return Tree(cut.field.name, str(len(cut.rows)), tuple(rows), cut.raw)
    return Tree(cut.field.name, _shown(cut.field, cut.value), (), cut.raw)


def _shown(field: Field, value: object) -> str:
    if field.show is None:
        return value.hex().upper() or "empty" if isinstance(value, bytes) else str(value)
    meaning = field.show(value)
    if isinstance(value, bytes):
        return meaning or "empty"
    return meaning if meaning.startswith("0x") else f"{value} {meaning}"


def _status(status: int) -> str:
    return f"{status:02X} {zcl_status(status)}"
