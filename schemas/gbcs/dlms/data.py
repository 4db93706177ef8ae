"""DLMS data: a tag octet and a value, nested in arrays and structures (the types that the RTDS vectors use)."""

from __future__ import annotations

from enum import IntEnum

from schemas.errors import Malformed
from schemas.gbcs.reader import Reader, encode_length
from schemas.record import record

MAX_DEPTH = 16
"""Deepest nesting accepted; the vectors stay below 8. Bounds the stack for hostile input."""


class Tag(IntEnum):
    """Type tags."""

    NULL = 0x00
    ARRAY = 0x01
    STRUCTURE = 0x02
    BOOLEAN = 0x03
    BIT_STRING = 0x04
    DOUBLE_LONG = 0x05
    DOUBLE_LONG_UNSIGNED = 0x06
    OCTET_STRING = 0x09
    VISIBLE_STRING = 0x0A
    UTF8_STRING = 0x0C
    INTEGER = 0x0F
    LONG = 0x10
    UNSIGNED = 0x11
    LONG_UNSIGNED = 0x12
    COMPACT_ARRAY = 0x13
    LONG64 = 0x14
    LONG64_UNSIGNED = 0x15
    ENUM = 0x16


_NUMBERS: dict[int, tuple[int, bool]] = {  # tag: (octets, signed)
    Tag.DOUBLE_LONG: (4, True),
    Tag.DOUBLE_LONG_UNSIGNED: (4, False),
    Tag.INTEGER: (1, True),
    Tag.LONG: (2, True),
    Tag.UNSIGNED: (1, False),
    Tag.LONG_UNSIGNED: (2, False),
    Tag.LONG64: (8, True),
    Tag.LONG64_UNSIGNED: (8, False),
    Tag.ENUM: (1, False),
}
# Members of an enumeration are looked up on its class each time; these are asked for with every value.
_NULL, _COMPACT_ARRAY, _OCTET_STRING = Tag.NULL, Tag.COMPACT_ARRAY, Tag.OCTET_STRING
_OCTET_STRING_TAG = bytes((_OCTET_STRING,))
_COLLECTIONS = (Tag.ARRAY, Tag.STRUCTURE)
_STRINGS = (Tag.OCTET_STRING, Tag.UTF8_STRING)
_TAGS = {tag.value: tag for tag in Tag}
_NAMES = {tag: tag.name for tag in Tag}
_LENGTH_NAMES = {tag: f"{tag.name} length" for tag in Tag}


@record
class TypeDescription:
    """The element type of a compact array: a simple type, a structure of types, or a fixed array of one type."""

    tag: Tag
    elements: tuple[TypeDescription, ...] = ()
    count: int = 0


@record
class Data:
    """One DLMS value.

    Attributes:
        tag: its type.
        value: None for null; int for numbers and enum; bool; bytes for octet and UTF-8 strings; str for visible
            strings (ASCII); a string of ``0`` and ``1`` for bit strings, first bit first; a tuple of Data for
            array, structure and compact array.
        contents: of a compact array only, the type of its elements.
    """

    tag: Tag
    value: int | bool | bytes | str | tuple[Data, ...] | None = None
    contents: TypeDescription | None = None

    @property
    def items(self) -> tuple[Data, ...]:
        """The elements of an array, structure or compact array."""
        if not isinstance(self.value, tuple):
            raise Malformed("DLMS data", f"is an array or structure here, not {self.tag.name}")
        return self.value

    @property
    def number(self) -> int:
        """The value of a number or enum."""
        if type(self.value) is not int:
            raise Malformed("DLMS data", f"is a number here, not {self.tag.name}")
        return self.value

    @property
    def octets(self) -> bytes:
        """The value of an octet-string or utf8-string."""
        if not isinstance(self.value, bytes):
            raise Malformed("DLMS data", f"is an octet-string here, not {self.tag.name}")
        return self.value

    @property
    def text(self) -> str:
        """The value of a visible-string."""
        if self.tag is not Tag.VISIBLE_STRING or not isinstance(self.value, str):
            raise Malformed("DLMS data", f"is a visible-string here, not {self.tag.name}")
        return self.value

    @property
    def bits(self) -> str:
        """The bits of a bit-string, first bit first."""
        if self.tag is not Tag.BIT_STRING or not isinstance(self.value, str):
            raise Malformed("DLMS data", f"is a bit-string here, not {self.tag.name}")
        return self.value

    def fields(self, count: int) -> tuple[Data, ...]:
        """The elements of a structure that must have ``count`` of them."""
        items = self.items
        if self.tag is not Tag.STRUCTURE or len(items) != count:
            raise Malformed("DLMS data", f"is a structure of {count} here, not {self.tag.name} of {len(items)}")
        return items

    def expect(self, tag: Tag) -> Data:
        """Itself, if it has the type ``tag``."""
        if self.tag is not tag:
            raise Malformed("DLMS data", f"is {tag.name} here, not {self.tag.name}")
        return self

    def encode(self) -> bytes:
        """Tag and value as they travel."""
        tag, value = self.tag, self.value
        if tag is _OCTET_STRING and type(value) is bytes and len(value) < 128:
            return bytes((tag, len(value))) + value
        if tag is _COMPACT_ARRAY:
            if self.contents is None:
                raise Malformed("compact array", "says the type of its elements")
            packed = b"".join(item.encode_bare() for item in self.items)
            return b"\x13" + _encode_description(self.contents) + encode_length(len(packed)) + packed
        return bytes((tag,)) + _encode_body(self)

    def encode_bare(self) -> bytes:
        """The value as it travels inside a compact array, without tags and counts."""
        if self.tag in _COLLECTIONS:
            return b"".join(item.encode_bare() for item in self.items)
        return _encode_body(self)


NULL = Data(Tag.NULL)


def boolean(value: bool) -> Data:
    """Boolean: FF or 00."""
    return Data(Tag.BOOLEAN, value)


def unsigned(value: int) -> Data:
    """Unsigned, 8 bits."""
    return Data(Tag.UNSIGNED, value)


def long_unsigned(value: int) -> Data:
    """Long-unsigned, 16 bits."""
    return Data(Tag.LONG_UNSIGNED, value)


def double_long_unsigned(value: int) -> Data:
    """Double-long-unsigned, 32 bits."""
    return Data(Tag.DOUBLE_LONG_UNSIGNED, value)


def integer(value: int) -> Data:
    """Integer, 8 bits, signed."""
    return Data(Tag.INTEGER, value)


def enum(value: int) -> Data:
    """Enum, 8 bits."""
    return Data(Tag.ENUM, value)


def octets(value: bytes) -> Data:
    """Octet-string."""
    return Data(Tag.OCTET_STRING, value)


def visible(value: str) -> Data:
    """Visible-string, ASCII."""
    return Data(Tag.VISIBLE_STRING, value)


def utf8(value: str) -> Data:
    """UTF8-string."""
    return Data(Tag.UTF8_STRING, value.encode())


def bit_string(value: str) -> Data:
    """Bit-string from ``0`` and ``1``, first bit first."""
    return Data(Tag.BIT_STRING, value)


def array(*items: Data) -> Data:
    """Array."""
    return Data(Tag.ARRAY, items)


def structure(*items: Data) -> Data:
    """Structure."""
    return Data(Tag.STRUCTURE, items)


def compact_array(contents: TypeDescription, *items: Data) -> Data:
    """Compact array: the element type once, then the elements without tags."""
    return Data(Tag.COMPACT_ARRAY, items, contents)


def _encode_body(data: Data) -> bytes:
    tag, value = data.tag, data.value
    if tag in _NUMBERS:
        size, signed = _NUMBERS[tag]
        try:
            return data.number.to_bytes(size, "big", signed=signed)
        except OverflowError:
            raise Malformed("DLMS data", f"{tag.name} has {size} octets, too few for {data.number}") from None
    if tag in (Tag.OCTET_STRING, Tag.UTF8_STRING):
        return encode_length(len(data.octets)) + data.octets
    if tag is Tag.VISIBLE_STRING:
        return _encode_visible(data.text)
    if tag is Tag.BIT_STRING:
        return _encode_bits(data.bits)
    if tag in _COLLECTIONS:
        return encode_length(len(data.items)) + b"".join(item.encode() for item in data.items)
    if tag is Tag.BOOLEAN:
        return b"\xff" if value else b"\x00"
    return b""


def _encode_visible(text: str) -> bytes:
    if not text.isascii():
        raise Malformed("visible-string", "is ASCII")
    return encode_length(len(text)) + text.encode("ascii")


def _encode_bits(bits: str) -> bytes:
    padded = bits + "0" * (-len(bits) % 8)
    return encode_length(len(bits)) + (int(padded, 2).to_bytes(len(padded) // 8, "big") if padded else b"")


def _encode_description(description: TypeDescription) -> bytes:
    head = bytes((description.tag,))
    if description.tag is Tag.STRUCTURE:
        head += encode_length(len(description.elements))
    elif description.tag is Tag.ARRAY:
        head += description.count.to_bytes(2, "big")
    return head + b"".join(_encode_description(element) for element in description.elements)


def decode_data(reader: Reader, depth: int = 0) -> Data:
    """Read one value with its tag.

    Raises:
        Malformed: for an unknown tag, a value cut short, or nesting deeper than MAX_DEPTH.
    """
    octets, position = reader.data, reader.position
    # Most of what is read: an octet-string of a length in one octet. All else, and what is cut short, goes below.
    if octets[position : position + 1] == _OCTET_STRING_TAG and position + 1 < reader.end:
        end = position + 2 + octets[position + 1]
        if octets[position + 1] < 0x80 and end <= reader.end:
            reader.position = end
            return Data(_OCTET_STRING, octets[position + 2 : end])
    tag = _tag(reader)
    if tag is _NULL:
        return NULL
    if tag is _COMPACT_ARRAY:
        return _decode_compact_array(reader, depth)
    return Data(tag, _decode_value(reader, tag, depth))


def _tag(reader: Reader) -> Tag:
    octet = reader.byte("DLMS data tag")
    tag = _TAGS.get(octet)
    if tag is None:
        raise Malformed("DLMS data tag", f"is a type that GBCS uses, not {octet:02X}")
    return tag


def _decode_value(reader: Reader, tag: Tag, depth: int) -> int | bool | bytes | str | tuple[Data, ...] | None:
    number = _NUMBERS.get(tag)
    if number is not None:
        return int.from_bytes(reader.take(number[0], _NAMES[tag]), "big", signed=number[1])
    if tag in _STRINGS:
        return reader.take(reader.length(_LENGTH_NAMES[tag]), _NAMES[tag])
    if tag in _COLLECTIONS:
        return _decode_collection(reader, depth)
    if tag is Tag.BOOLEAN:
        octet = reader.byte("BOOLEAN")
        if octet not in (0x00, 0xFF):
            raise Malformed("BOOLEAN", f"is FF or 00, not {octet:02X}")
        return octet == 0xFF
    if tag is Tag.NULL:
        return None
    length = reader.length(_LENGTH_NAMES[tag])
    if tag is Tag.BIT_STRING:
        return _decode_bits(reader, length)
    value = reader.take(length, _NAMES[tag])
    if not value.isascii():
        raise Malformed("VISIBLE_STRING", "is ASCII")
    return value.decode("ascii")


def _decode_collection(reader: Reader, depth: int) -> tuple[Data, ...]:
    if depth >= MAX_DEPTH:
        raise Malformed("DLMS data", f"nests at most {MAX_DEPTH} deep")
    count = reader.length("element count")
    if count > reader.left:
        raise Malformed("element count", f"is {count}, but only {reader.left} octets follow")
    return tuple(decode_data(reader, depth + 1) for _ in range(count))


def _decode_bits(reader: Reader, count: int) -> str:
    octet_string = reader.take((count + 7) // 8, "BIT_STRING")
    bits = f"{int.from_bytes(octet_string, 'big'):0{len(octet_string) * 8}b}" if octet_string else ""
    if "1" in bits[count:]:
        raise Malformed("BIT_STRING", "has zeros in its spare bits")
    return bits[:count]


def _decode_compact_array(reader: Reader, depth: int) -> Data:
    description = _decode_description(reader, depth)
    end = reader.length("compact array length") + reader.position
    if end > reader.end:
        raise Malformed("compact array length", f"is {end - reader.position}, but only {reader.left} octets follow")
    items: list[Data] = []
    while reader.position < end:
        items.append(_decode_bare(reader, description))
    if reader.position != end:
        raise Malformed("compact array", "holds whole elements only")
    return Data(Tag.COMPACT_ARRAY, tuple(items), description)


def _decode_description(reader: Reader, depth: int) -> TypeDescription:
    if depth >= MAX_DEPTH:
        raise Malformed("compact array type", f"nests at most {MAX_DEPTH} deep")
    tag = _tag(reader)
    if tag is Tag.STRUCTURE:
        count = reader.length("type count")
        if not 1 <= count <= reader.left:
            raise Malformed("type count", f"is 1 to the {reader.left} octets that follow, not {count}")
        return TypeDescription(tag, tuple(_decode_description(reader, depth + 1) for _ in range(count)))
    if tag is Tag.ARRAY:
        count = reader.uint(2, "type count")
        if count == 0:
            raise Malformed("type count", "is at least 1")
        return TypeDescription(tag, (_decode_description(reader, depth + 1),), count)
    # A null has no octets: a few bytes of nested arrays of nulls would ask for more values than memory holds.
    if tag in (Tag.COMPACT_ARRAY, Tag.NULL):
        raise Malformed("compact array type", f"has octets of its own and no further type, not {tag.name}")
    return TypeDescription(tag)


def _decode_bare(reader: Reader, description: TypeDescription) -> Data:
    if description.tag is Tag.STRUCTURE:
        return Data(Tag.STRUCTURE, tuple(_decode_bare(reader, element) for element in description.elements))
    if description.tag is Tag.ARRAY:
        if description.count > reader.left:
            raise Malformed("compact array", f"has {description.count} elements, only {reader.left} octets follow")
        return Data(Tag.ARRAY, tuple(_decode_bare(reader, description.elements[0]) for _ in range(description.count)))
    return Data(description.tag, _decode_value(reader, description.tag, 0))
