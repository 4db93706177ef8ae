"""General ZCL commands (read, write, default response) field by field; cluster commands stay octets.

ZCL is little-endian. A payload that does not read as its command is shown as octets: describing refuses nothing.
"""

from schemas.errors import Malformed
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.names.results import zcl_status
from schemas.gbcs.names.zigbee import GENERAL_COMMANDS
from schemas.gbcs.reader import Reader

_READ, _READ_RESPONSE, _WRITES, _WRITE_RESPONSE, _DEFAULT_RESPONSE = 0x00, 0x01, (0x02, 0x03, 0x05), 0x04, 0x0B
_SUCCESS = 0x00

_FIXED: dict[int, tuple[str, int]] = {
    0x00: ("no data", 0),
    0x10: ("boolean", 1),
    0x30: ("enum8", 1),
    0x31: ("enum16", 2),
    0xE0: ("time of day", 4),
    0xE1: ("date", 4),
    0xE2: ("UTC time", 4),
    0xE8: ("cluster id", 2),
    0xE9: ("attribute id", 2),
    0xF0: ("IEEE address", 8),
    0xF1: ("128-bit key", 16),
} | {
    first + size - 1: (f"{name}{8 * size}", size)
    for first, name in ((0x08, "data"), (0x18, "bitmap"), (0x20, "uint"), (0x28, "int"))
    for size in range(1, 9)
}
_UNSIGNED, _SIGNED = range(0x20, 0x28), range(0x28, 0x30)
_STRINGS = {0x41: ("octet string", 1), 0x42: ("string", 1), 0x43: ("long octet string", 2), 0x44: ("long string", 2)}
_TEXTS = (0x42, 0x44)


def describe_zcl(command: int, payload: bytes) -> tuple[Tree, ...] | None:
    """The fields of a general command's payload, or None where it does not read as one."""
    reader = Reader(payload)
    if command not in GENERAL_COMMANDS:
        return None
    fields: list[Tree] = []
    try:
        while reader.left:
            fields.append(_field(reader, command))
    except Malformed:
        return None
    return tuple(fields)


def _field(reader: Reader, command: int) -> Tree:
    start = reader.position
    if command == _DEFAULT_RESPONSE:
        answered, status = reader.byte("command"), reader.byte("status")
        reader.finish("default response")
        return Tree(f"command {answered:02X}", _status(status), (), reader.data[start:])
    if command == _WRITE_RESPONSE:
        return _write_status(reader)
    attribute = f"attribute {_little(reader, 2, 'attribute id'):04X}"
    value = ""
    if command == _READ_RESPONSE:
        status = reader.byte("status")
        value = _status(status)
        if status == _SUCCESS:
            value += f", {_value(reader)}"
    elif command in _WRITES:
        value = _value(reader)
    return Tree(attribute, value, (), reader.data[start : reader.position])


def _write_status(reader: Reader) -> Tree:
    start = reader.position
    status = reader.byte("status")
    # One octet, success, stands for all attributes; else each that failed is named.
    name = "attributes" if not reader.left and not start else f"attribute {_little(reader, 2, 'attribute id'):04X}"
    return Tree(name, _status(status), (), reader.data[start : reader.position])


def _status(status: int) -> str:
    return f"{status:02X} {zcl_status(status)}"


def _little(reader: Reader, size: int, field: str) -> int:
    return int.from_bytes(reader.take(size, field), "little")


def _value(reader: Reader) -> str:
    kind = reader.byte("data type")
    if kind in _STRINGS:
        name, size = _STRINGS[kind]
        octets = reader.take(_little(reader, size, "string length"), "string")
        shown = octets.decode("utf-8", "backslashreplace") if kind in _TEXTS else octets.hex().upper()
        return f"{name} {shown}".rstrip()
    if kind not in _FIXED:
        raise Malformed("data type", f"is one known here, not {kind:02X}")
    name, size = _FIXED[kind]
    octets = reader.take(size, name)
    if kind in _UNSIGNED or kind in _SIGNED:
        return f"{name} {int.from_bytes(octets, 'little', signed=kind in _SIGNED)}"
    # Shown most significant octet first, as identifiers and bit maps are read.
    return f"{name} {octets[::-1].hex().upper()}".rstrip()
