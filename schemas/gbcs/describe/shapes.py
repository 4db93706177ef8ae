"""What DLMS values are made of, for declarations: a ``Form`` gives a value and everything in it a name and a meaning.

A form never fails: of another type or layout, a value is shown as plain data. Every form keeps the octets that it
shows, so that the octets of all fields join up to the message.
"""

from __future__ import annotations

from collections.abc import Callable

from schemas.errors import Malformed
from schemas.gbcs.describe.data import clock, collected, date, date_time, describe_data, seconds
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.names.cosem import UNITS, class_name, member_name, obis_text, object_name

Form = Callable[[str, Data, bool], Tree]
"""Describes a value under a name; the third argument: it travels without tag, inside a compact array."""

_EUI_LENGTH, _OBIS_LENGTH = 8, 6
_SIGNED_AND_NOT = (
    Tag.INTEGER,
    Tag.LONG,
    Tag.DOUBLE_LONG,
    Tag.UNSIGNED,
    Tag.LONG_UNSIGNED,
    Tag.DOUBLE_LONG_UNSIGNED,
    Tag.ENUM,
)


def plain(name: str, value: Data, bare: bool = False) -> Tree:
    """Type and value: for what its name explains."""
    return describe_data(name, value, bare)


def words(meaning: Callable[[Data], str], *tags: Tag) -> Form:
    """One value of one of the types ``tags``, as ``meaning`` words it; Malformed of it means plain data."""

    def form(name: str, value: Data, bare: bool) -> Tree:
        if value.tag not in tags:
            return describe_data(name, value, bare)
        try:
            text = meaning(value)
        except Malformed:
            return describe_data(name, value, bare)
        return Tree(name, text, (), value.encode_bare() if bare else value.encode())

    return form


def record(*fields: tuple[str, Form]) -> Form:
    """A structure of these fields, by name."""

    def form(name: str, value: Data, bare: bool) -> Tree:
        if value.tag is not Tag.STRUCTURE or len(value.items) != len(fields):
            return describe_data(name, value, bare)
        children = tuple(
            describe(field, item, bare) for (field, describe), item in zip(fields, value.items, strict=True)
        )
        return Tree(name, "", children, collected(value, children, bare))

    return form


def rows(entry: str, describe: Form, counted: str = "") -> Form:
    """An array or compact array of like entries, numbered from 1.

    Args:
        entry: what one is called, before its number.
        counted: what follows how many there are.
    """

    def form(name: str, value: Data, bare: bool) -> Tree:
        if value.tag not in (Tag.ARRAY, Tag.COMPACT_ARRAY):
            return describe_data(name, value, bare)
        inside = bare or value.tag is Tag.COMPACT_ARRAY
        children = tuple(describe(f"{entry} {place}", item, inside) for place, item in enumerate(value.items, start=1))
        return Tree(name, f"{len(children)} {counted}".rstrip(), children, collected(value, children, bare))

    return form


def cells(names: tuple[str, ...], describe: Form) -> Form:
    """An array of as many values as there are ``names``."""

    def form(name: str, value: Data, bare: bool) -> Tree:
        if value.tag is not Tag.ARRAY or len(value.items) != len(names):
            return describe_data(name, value, bare)
        children = tuple(describe(cell, item, bare) for cell, item in zip(names, value.items, strict=True))
        return Tree(name, str(len(children)), children, collected(value, children, bare))

    return form


def named(name: str, form: Form) -> Form:
    """Under this name, whatever the place is called."""
    return lambda _, value, bare: form(name, value, bare)


def number(unit: str) -> Form:
    """A number with its unit."""
    return words(lambda value: f"{value.number} {unit}", *_SIGNED_AND_NOT)


def choice(names: dict[int, str]) -> Form:
    """A number that stands for a word; one that is not among ``names`` says so."""
    return words(lambda value: f"{value.number} {names.get(value.number, 'meaning not known here')}", *_SIGNED_AND_NOT)


def flag(true: str, false: str) -> Form:
    """A boolean by what it means."""
    return words(lambda value: f"{bool(value.value)}, {true if value.value else false}", Tag.BOOLEAN)


def _text(value: Data) -> str:
    text = value.octets.decode("ascii", "replace")
    if not (value.octets.isascii() and text.isprintable()):
        raise Malformed("text", "is printable ASCII")
    return text or "empty"


def _eui(value: Data) -> str:
    if len(value.octets) != _EUI_LENGTH:
        raise Malformed("identifier", f"has {_EUI_LENGTH} octets")
    return value.octets.hex("-").upper()


def object_text(octets: bytes) -> str:
    """A logical name as it is written, and what it names.

    Raises:
        Malformed: it has not six octets.
    """
    if len(octets) != _OBIS_LENGTH:
        raise Malformed("logical name", f"has {_OBIS_LENGTH} octets")
    if not any(octets):
        return f"{obis_text(octets)}, none"
    known = object_name(octets)
    return f"{obis_text(octets)}{', ' + known if known else ''}"


def _class(value: Data) -> str:
    return f"{value.number} {class_name(value.number)}" if value.number else "0, none"


def _special_date_time(value: Data) -> str:
    if len(value.octets) != len(_NO_DATE_TIME):
        raise Malformed("date-time", f"has {len(_NO_DATE_TIME)} octets")
    return "not specified" if value.octets == _NO_DATE_TIME else date_time(value.octets)


_NO_DATE_TIME = bytes.fromhex("FFFFFFFFFFFFFFFFFF8000FF")

TEXT = words(_text, Tag.OCTET_STRING)
"""ASCII in an octet-string."""

EUI = words(_eui, Tag.OCTET_STRING)
"""A device's or a party's identifier, or an extended PAN id, 8 octets."""

HEX = words(lambda value: value.octets.hex().upper() or "none", Tag.OCTET_STRING)
"""Octets that mean nothing but themselves: hashes, keys."""

SECONDS = words(lambda value: seconds(value.number), Tag.DOUBLE_LONG_UNSIGNED)
"""Seconds since 2000, 32 bits, as a moment."""

DATE_TIME = words(_special_date_time, Tag.OCTET_STRING)
"""A 12-octet date-time; with nothing specified it is no moment (in what answers and settings hold)."""

DATE = words(lambda value: date(value.octets), Tag.OCTET_STRING)
CLOCK = words(lambda value: clock(value.octets), Tag.OCTET_STRING)
OBJECT = words(lambda value: object_text(value.octets), Tag.OCTET_STRING)
CLASS = words(_class, Tag.LONG_UNSIGNED)
SCALER = words(lambda value: f"{value.number} (powers of ten)", Tag.INTEGER)
UNIT = words(lambda value: f"{value.number} {UNITS.get(value.number, 'unit not known here')}", Tag.ENUM)

SCALER_UNIT = record(("scaler", SCALER), ("unit", UNIT))


def attribute_of(place: str) -> Form:
    """A structure that names an attribute: class, object, attribute, and what else ``place`` calls the fourth.

    The attribute's own name comes from the class beside it.
    """

    def form(name: str, value: Data, bare: bool) -> Tree:
        tags = [item.tag for item in value.items] if value.tag is Tag.STRUCTURE else []
        if tags[:3] != [Tag.LONG_UNSIGNED, Tag.OCTET_STRING, Tag.INTEGER] or len(tags) != (4 if place else 3):
            return describe_data(name, value, bare)
        class_id, obis, member, *rest = value.items
        word = member_name(class_id.number, member.number, False) if class_id.number else "none"
        children = (
            CLASS("class", class_id, bare),
            OBJECT("object", obis, bare),
            words(lambda item: f"{item.number} {word}".rstrip(), Tag.INTEGER)("attribute", member, bare),
            *(plain(place, item, bare) for item in rest),
        )
        return Tree(name, "", children, collected(value, children, bare))

    return form
