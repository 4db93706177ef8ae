"""ASN.1 content as a tree of BER values that re-encodes to the same octets.

Devices write lengths from 128 to 255 as ``82 00xx``, longer than DER allows (32 of 32 in the vectors): a value keeps
the number of length octets it came with.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.errors import Malformed
from schemas.gbcs.reader import Reader, encode_length

MAX_DEPTH = 24
_CONSTRUCTED = 0x20
_LONG_TAG = 0x1F
_LONGEST_ARC = 9
_TIME_LENGTH = len("YYYYMMDDhhmmssZ")
_NAMES = {
    0x01: "BOOLEAN",
    0x02: "INTEGER",
    0x03: "BIT STRING",
    0x04: "OCTET STRING",
    0x05: "NULL",
    0x06: "OBJECT IDENTIFIER",
    0x0A: "ENUMERATED",
    0x0C: "UTF8String",
    0x13: "PrintableString",
    0x17: "UTCTime",
    0x18: "GeneralizedTime",
    0x30: "SEQUENCE",
    0x31: "SET",
}
_CLASSES = {0x40: "APPLICATION ", 0x80: "", 0xC0: "PRIVATE "}


@dataclass(frozen=True, slots=True)
class Ber:
    """One BER value.

    Attributes:
        tag: the identifier octet.
        content: the octets of a primitive value.
        children: the values of a constructed one.
        length_octets: how many octets its length took.
    """

    tag: int
    content: bytes = b""
    children: tuple[Ber, ...] = ()
    length_octets: int = 1

    @property
    def constructed(self) -> bool:
        """Whether it holds values."""
        return bool(self.tag & _CONSTRUCTED)

    @property
    def name(self) -> str:
        """Its type, or ``[n]`` for a context tag."""
        if self.tag & 0xC0:
            return f"[{_CLASSES[self.tag & 0xC0]}{self.tag & 0x1F}]"
        return _NAMES.get(self.tag, f"tag {self.tag:02X}")

    @property
    def number(self) -> int:
        """The value of an INTEGER or ENUMERATED, or of a context tag that stands for one.

        Raises:
            Malformed: it has no octets.
        """
        if not self.content:
            raise Malformed(self.name, "has at least one octet")
        return int.from_bytes(self.content, "big", signed=True)

    def encode(self) -> bytes:
        """The octets as they came."""
        body = b"".join(child.encode() for child in self.children) if self.constructed else self.content
        return bytes((self.tag,)) + _length(len(body), self.length_octets) + body


def generalized_time(value: Ber) -> datetime:
    """The moment of a GeneralizedTime, ``YYYYMMDDhhmmssZ``.

    Raises:
        Malformed: another form, or no such time.
    """
    text = value.content.decode("ascii", "replace")
    try:
        if len(text) != _TIME_LENGTH or not text[:-1].isdecimal():
            raise ValueError
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Malformed("GeneralizedTime", f"is YYYYMMDDhhmmssZ, not {text[:20]!r}") from None


def object_identifier(value: Ber) -> str:
    """The dotted form of an OBJECT IDENTIFIER.

    Raises:
        Malformed: no octets, an arc cut short, in more octets than it needs, or above 2^63.
    """
    arcs: list[int] = []
    arc, octets = 0, 0
    for octet in value.content:
        if octet == 0x80 and octets == 0:
            raise Malformed("OBJECT IDENTIFIER", "writes each arc in its fewest octets")
        arc, octets = arc << 7 | octet & 0x7F, octets + 1
        if octets > _LONGEST_ARC:
            raise Malformed("OBJECT IDENTIFIER", f"has arcs of at most {_LONGEST_ARC} octets")
        if not octet & 0x80:
            arcs.append(arc)
            arc, octets = 0, 0
    if octets or not arcs:
        raise Malformed("OBJECT IDENTIFIER", "ends with the end of an arc")
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def bit_string(value: Ber) -> str:
    """The bits of a BIT STRING, first bit first.

    Raises:
        Malformed: no octet that counts the unused bits, or a count that does not fit.
    """
    if not value.content or value.content[0] > 7 or (value.content[0] and len(value.content) == 1):
        raise Malformed("BIT STRING", "begins with the number of unused bits of its last octet")
    bits = "".join(f"{octet:08b}" for octet in value.content[1:])
    return bits[: len(bits) - value.content[0]]


def decode_ber(payload: bytes) -> Ber:
    """Read one BER value that is the whole payload.

    Raises:
        Malformed: naming what is wrong.
    """
    reader = Reader(payload)
    value = _value(reader, 0)
    reader.finish("ASN.1 content")
    return value


def _value(reader: Reader, depth: int) -> Ber:
    if depth >= MAX_DEPTH:
        raise Malformed("ASN.1 content", f"nests at most {MAX_DEPTH} deep")
    tag = reader.byte("ASN.1 tag")
    if tag & _LONG_TAG == _LONG_TAG:
        raise Malformed("ASN.1 tag", f"has one octet, not {tag:02X} and more")
    start = reader.position
    length = _read_length(reader)
    octets = reader.position - start
    end = reader.position + length
    if end > reader.end:
        raise Malformed("ASN.1 length", f"is {length}, but only {reader.left} octets follow")
    if not tag & _CONSTRUCTED:
        return Ber(tag, reader.take(length, "ASN.1 value"), (), octets)
    inner = Reader(reader.data, reader.position, end)
    children = []
    while inner.left:
        children.append(_value(inner, depth + 1))
    reader.position = end
    return Ber(tag, b"", tuple(children), octets)


def _read_length(reader: Reader) -> int:
    first = reader.byte("ASN.1 length")
    if first < 0x80:
        return first
    if first not in (0x81, 0x82, 0x83):
        raise Malformed("ASN.1 length", f"has at most 3 octets after the first, not {first:02X}")
    return reader.uint(first & 0x7F, "ASN.1 length")


def _length(value: int, octets: int) -> bytes:
    shortest = encode_length(value)
    if octets <= len(shortest):
        return shortest
    return bytes((0x80 | octets - 1,)) + value.to_bytes(octets - 1, "big")
