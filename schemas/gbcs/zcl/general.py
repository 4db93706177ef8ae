"""The general ZCL commands that GBCS uses: read attributes, its response, default response (Zigbee Cluster Library)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.errors import Malformed
from schemas.gbcs.reader import Reader

READ, READ_RESPONSE, DEFAULT_RESPONSE = 0x00, 0x01, 0x0B
SUCCESS, NOT_FOUND = 0x00, 0x8B

FIXED: dict[int, tuple[str, int]] = {
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
"""Data types of a fixed length: name and octets."""

UNSIGNED, SIGNED = range(0x20, 0x28), range(0x28, 0x30)
STRINGS = {0x41: ("octet string", 1), 0x42: ("string", 1), 0x43: ("long octet string", 2), 0x44: ("long string", 2)}
"""Data types that begin with their length: name and octets of the length."""

TEXTS = (0x42, 0x44)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a read attributes response.

    Attributes:
        number: attribute id.
        status: ZCL status; ``kind`` and ``octets`` follow only after success.
        kind: ZCL data type.
        octets: the value as it travels, little-endian, a string without its length.
        raw: the whole record.
    """

    number: int
    status: int
    kind: int
    octets: bytes
    raw: bytes

    @property
    def value(self) -> int:
        """The value as a number, signed where its type is."""
        if self.kind in STRINGS:
            raise Malformed(f"attribute {self.number:04X}", "is a number, not a string")
        return int.from_bytes(self.octets, "little", signed=self.kind in SIGNED)

    @property
    def text(self) -> str:
        """The value of a string, as ASCII."""
        if self.kind not in STRINGS or not self.octets.isascii():
            raise Malformed(f"attribute {self.number:04X}", "is a string of ASCII characters")
        return self.octets.decode("ascii")


@dataclass(frozen=True, slots=True)
class DefaultResponse:
    """The answer to a command that has no response of its own, or that failed.

    Attributes:
        command: which command; FF where an earlier one failed and this was not tried.
        status: ZCL status.
    """

    command: int
    status: int


def read_attributes(numbers: Iterable[int]) -> bytes:
    """The payload that asks for these attributes."""
    return b"".join(number.to_bytes(2, "little") for number in numbers)


def asked_attributes(payload: bytes) -> tuple[int, ...]:
    """Which attributes a read attributes command asks for.

    Raises:
        Malformed: half an attribute id.
    """
    reader = Reader(payload)
    return tuple(little(reader, 2, "attribute id") for _ in range((len(payload) + 1) // 2))


def attributes(payload: bytes) -> tuple[Attribute, ...]:
    """The records of a read attributes response.

    Raises:
        Malformed: naming the field that is cut short, or the type that is not known.
    """
    reader = Reader(payload)
    found = []
    while reader.left:
        start = reader.position
        number, status = little(reader, 2, "attribute id"), reader.byte("status")
        kind, octets = _value(reader) if status == SUCCESS else (0, b"")
        found.append(Attribute(number, status, kind, octets, payload[start : reader.position]))
    return tuple(found)


def default_response(payload: bytes) -> DefaultResponse:
    """A default response.

    Raises:
        Malformed: another length than two octets.
    """
    reader = Reader(payload)
    answer = DefaultResponse(reader.byte("command"), reader.byte("status"))
    reader.finish("default response")
    return answer


def little(reader: Reader, size: int, field: str) -> int:
    """A little-endian number."""
    return int.from_bytes(reader.take(size, field), "little")


def _value(reader: Reader) -> tuple[int, bytes]:
    kind = reader.byte("data type")
    if kind in STRINGS:
        return kind, reader.take(little(reader, STRINGS[kind][1], "string length"), "string")
    if kind not in FIXED:
        raise Malformed("data type", f"is one known here, not {kind:02X}")
    name, size = FIXED[kind]
    return kind, reader.take(size, name)
