"""How a ZCL payload is declared: an ordered list of named fields, each a ``construct`` form.

Cutting a payload field by field gives values, and where each stood; building checks each value and names the field.
ZigBee is little-endian.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from construct import Bytes, BytesInteger, Construct, ConstructError, GreedyBytes, Int8ul, Int16ul, Int32ul, Prefixed
from construct import Int32sl as _Int32sl

from schemas.errors import Malformed

Value = int | bytes | tuple["Fields", ...]
"""A number, octets, or rows of fields."""

Show = Callable[[Any], str]
"""What a value means, for people."""

U8, U16, U24, U32, U48 = Int8ul, Int16ul, BytesInteger(3, swapped=True), Int32ul, BytesInteger(6, swapped=True)
S24, S32 = BytesInteger(3, signed=True, swapped=True), _Int32sl
OCTETS = Prefixed(Int8ul, GreedyBytes)
"""ZCL octet string: a length octet, then as many octets."""


def octets(length: int) -> Construct[bytes, bytes]:
    """Octets of a fixed length, in the order they travel."""
    return Bytes(length)


@dataclass(frozen=True, slots=True)
class Fields:
    """Values of a payload or of one row, by the names of its layout."""

    values: Mapping[str, Value]

    def integer(self, name: str) -> int:
        """A number."""
        value = self._value(name)
        if not isinstance(value, int):
            raise Malformed(name, "is a number")
        return value

    def octets(self, name: str) -> bytes:
        """Octets."""
        value = self._value(name)
        if not isinstance(value, bytes):
            raise Malformed(name, "is octets")
        return value

    def rows(self, name: str) -> tuple[Fields, ...]:
        """Rows of fields."""
        value = self._value(name)
        if not isinstance(value, tuple):
            raise Malformed(name, "is rows")
        return value

    def _value(self, name: str) -> Value:
        if name not in self.values:  # one of a choice of layouts: another was taken
            raise Malformed(name, "is in this payload")
        return self.values[name]


@dataclass(frozen=True, slots=True)
class Field:
    """One value.

    Attributes:
        name: ZigBee's own name for it.
        form: its construct.
        show: what a value means, where its number alone does not tell.
    """

    name: str
    form: Construct[Any, Any]
    show: Show | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The same fields again and again: as often as an earlier field says, or to the end of the payload.

    Attributes:
        count: the number of rows by the fields before; None for to the end.
    """

    name: str
    fields: tuple[Field, ...]
    count: Callable[[Mapping[str, Value]], int] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Fields that depend on the value of an earlier one."""

    by: str
    cases: Mapping[int, tuple[Element, ...]]


Element = Field | Rows | Choice


@dataclass(frozen=True, slots=True)
class Cut:
    """A field as it was found: its value, the octets it took, and the rows inside."""

    field: Field | Rows
    value: Value
    raw: bytes
    rows: tuple[tuple[Cut, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A payload: its elements in order."""

    name: str
    elements: tuple[Element, ...]

    def cut(self, payload: bytes) -> tuple[Cut, ...]:
        """The payload, field by field.

        Raises:
            Malformed: it is too short for a field, or goes on after the last; naming the field.
        """
        stream = BytesIO(payload)
        cuts = tuple(_cut(self.elements, stream, len(payload)))
        if stream.tell() != len(payload):
            raise Malformed(self.name, f"ends after {stream.tell()} octets, not {len(payload)}")
        return cuts

    def read(self, payload: bytes) -> Fields:
        """The payload's values by name.

        Raises:
            Malformed: as ``cut``.
        """
        return _fields(self.cut(payload))

    def build(self, values: Mapping[str, int | bytes | Sequence[Mapping[str, int | bytes]]]) -> bytes:
        """The payload with these values.

        Raises:
            Malformed: a value does not fit its field, which is named.
        """
        return b"".join(_build(self.elements, values))


def _cut(elements: tuple[Element, ...], stream: BytesIO, size: int) -> Iterator[Cut]:
    before: dict[str, Value] = {}
    todo = list(elements)
    while todo:
        element = todo.pop(0)
        if isinstance(element, Choice):
            chosen = before[element.by]
            if not isinstance(chosen, int) or chosen not in element.cases:
                known = ", ".join(f"{each:02X}" for each in element.cases)
                raise Malformed(element.by, f"is one of {known} in GBCS")
            todo = [*element.cases[chosen], *todo]
            continue
        cut = _cut_rows(element, before, stream, size) if isinstance(element, Rows) else _cut_field(element, stream)
        before[cut.field.name] = cut.value
        yield cut


def _cut_field(field: Field, stream: BytesIO) -> Cut:
    start = stream.tell()
    try:
        value = field.form.parse_stream(stream)
    except ConstructError:
        raise Malformed(field.name, "is there whole") from None
    end = stream.tell()
    stream.seek(start)
    return Cut(field, value, stream.read(end - start))


def _cut_rows(rows: Rows, before: Mapping[str, Value], stream: BytesIO, size: int) -> Cut:
    start = stream.tell()
    found: list[tuple[Cut, ...]] = []
    count = None if rows.count is None else rows.count(before)
    while stream.tell() < size if count is None else len(found) < count:
        found.append(tuple(_cut_field(field, stream) for field in rows.fields))
    end = stream.tell()
    stream.seek(start)
    return Cut(rows, tuple(map(_fields, found)), stream.read(end - start), tuple(found))


def _fields(cuts: Sequence[Cut]) -> Fields:
    return Fields({cut.field.name: cut.value for cut in cuts})


def _build(elements: tuple[Element, ...], values: Mapping[str, Any]) -> Iterator[bytes]:
    for element in elements:
        if isinstance(element, Choice):
            yield from _build(element.cases[values[element.by]], values)
        elif isinstance(element, Rows):
            for row in values[element.name]:
                yield from _build(element.fields, row)
        else:
            try:
                yield element.form.build(values[element.name])
            except ConstructError:
                raise Malformed(element.name, f"fits its ZigBee field, not {values[element.name]!r}") from None
