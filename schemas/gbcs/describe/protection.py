"""Data protection (class 30): which attributes are read, and for whom they are encrypted (gbcs-reference 4.6)."""

from __future__ import annotations

from collections.abc import Callable

from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.describe.data import date_time, describe_data
from schemas.gbcs.describe.shapes import HEX, choice, record, words
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.names.cosem import class_name, member_name, obis_text, object_name

_WHOLE, _BY_DATE = 0, 1
_PROTECTION_TYPE = choice({0: "authentication", 1: "encryption", 2: "authenticated encryption", 3: "digital signature"})
_AGREEMENTS = {b"\x01": "ephemeral and static key", b"\x02": "static keys of both"}
"""Key agreement C(1e, 1s) and C(0e, 2s) of the DLMS standard; the vectors have the second."""

_KEY = record(
    ("key", choice({0: "identified", 1: "wrapped", 2: "agreed"})),
    (
        "agreement",
        record(
            ("key parameters", words(lambda value: _agreement(value.octets), Tag.OCTET_STRING)),
            ("ciphered key data", HEX),
        ),
    ),
)
_TRANSACTION_LENGTH, _OBIS_LENGTH = 9, 6


def protected_read(name: str, value: Data, bare: bool = False) -> Tree:
    """The parameter of the method that reads protected attributes; of another form, as plain data."""
    try:
        attributes, protection = value.fields(2)
        fields = (
            _list("attributes", attributes, _attribute),
            _list("protection", protection, _protection),
        )
    except Malformed:
        return describe_data(name, value)
    return Tree(name, "", fields, value.encode())


def protected_answer(name: str, value: Data, bare: bool = False) -> Tree:
    """What that method returns; of another form, as plain data."""
    try:
        protection, sealed = value.fields(2)
        fields = (
            _list("protection", protection, _protection),
            Tree("encrypted part", sealed.octets.hex().upper(), (), sealed.encode()),
        )
    except Malformed:
        return describe_data(name, value, bare)
    return Tree("protected attributes", "", fields, value.encode())


def protections(name: str, value: Data, bare: bool = False) -> Tree:
    """Who encrypted for whom, and how; of another form, as plain data."""
    try:
        return _list(name, value, _protection)
    except Malformed:
        return describe_data(name, value, bare)


def _agreement(octets: bytes) -> str:
    return f"{octets.hex().upper()} {_AGREEMENTS.get(octets, 'agreement not known here')}"


def _list(name: str, value: Data, describe: Callable[[int, Data], Tree]) -> Tree:
    items = value.expect(Tag.ARRAY).items
    children = tuple(describe(place, item) for place, item in enumerate(items, start=1))
    return Tree(name, str(len(children)), children, value.encode())


def _attribute(place: int, value: Data) -> Tree:
    class_id, obis, member, index, restriction = value.fields(5)
    if len(obis.octets) != _OBIS_LENGTH:
        raise Malformed("logical name", f"has {_OBIS_LENGTH} octets")
    name, known = object_name(obis.octets), member_name(class_id.number, member.number, False)
    fields = (
        Tree("class", f"{class_id.number} {class_name(class_id.number)}", (), class_id.encode()),
        Tree("object", f"{obis_text(obis.octets)}{', ' + name if name else ''}", (), obis.encode()),
        Tree("attribute", f"{member.number} {known}".rstrip(), (), member.encode()),
        describe_data("data index", index),
        _restriction(restriction),
    )
    return Tree(f"attribute {place}", "", fields, value.encode())


def _restriction(value: Data) -> Tree:
    kind, bounds = value.fields(2)
    kinds = {_WHOLE: "none", _BY_DATE: "by date"}
    fields: tuple[Tree, ...] = (Tree("kind", kinds.get(kind.number, str(kind.number)), (), kind.encode()),)
    if kind.number == _BY_DATE:
        start, end = bounds.fields(2)
        fields += tuple(
            Tree(name, date_time(edge.octets), (), edge.encode()) for name, edge in (("from", start), ("to", end))
        )
    else:
        fields += (describe_data("bounds", bounds),)
    return Tree("restriction", "", fields, value.encode())


def _protection(place: int, value: Data) -> Tree:
    kind, parameters = value.fields(2)
    transaction, originator, recipient, information, key = parameters.fields(5)
    if len(transaction.octets) != _TRANSACTION_LENGTH:
        raise Malformed("transaction id", f"has {_TRANSACTION_LENGTH} octets")
    flag, counter = transaction.octets[0], int.from_bytes(transaction.octets[1:], "big")
    fields = (
        _PROTECTION_TYPE("protection type", kind, False),
        Tree("transaction id", f"flag {flag:02X}, counter {counter}", (), transaction.encode()),
        Tree("originator", str(EUI64(originator.octets)), (), originator.encode()),
        Tree("recipient", str(EUI64(recipient.octets)), (), recipient.encode()),
        HEX("other information", information, False),
        _KEY("key information", key, False),
    )
    return Tree(f"protection {place}", "", fields, value.encode())
