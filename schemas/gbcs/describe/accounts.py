"""Payment of an electricity meter: accounts (class 111), credits (112) and charges (113), with the labels of prices.

Layouts and meanings: the use cases' modules prices, payment_mode and account.
"""

from __future__ import annotations

from schemas.errors import Malformed
from schemas.gbcs.describe.data import describe_data
from schemas.gbcs.describe.shapes import OBJECT, SCALER, Form, attribute_of, choice, named, number, record, rows, words
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.data import Data, Tag

MONEY = number("millipence or millicents")
"""Balances, limits and debts: thousandths of the hundredth of the currency."""

_MODES = {1: "credit", 2: "prepayment"}
_STATUSES = {1: "new, inactive", 2: "active", 3: "closed"}
"""DLMS's account status; the vectors have 1 and 2."""

_COLLECTIONS = {"111": "always", "110": "not while the supply is disabled"}
"""What the vectors show with debts suspended, and without."""

_TOU = range(1, 49)
_BLOCKS, _BANDS = range(1, 5), range(1, 9)


def price_label(octets: bytes) -> str:
    """What a price is for: a time of use price, or a block's in a band; A1 is block 1 in band 1, D8 block 4 in band 8.

    Raises:
        Malformed: the label is of neither.
    """
    if not octets:
        return "price"
    if len(octets) == 1:
        high, low = octets[0] >> 4, octets[0] & 0xF
        if octets[0] in _TOU:
            return f"time of use price {octets[0]}"
        if high - 9 in _BLOCKS and low in _BANDS:
            return f"block {high - 9} price of band {low}"
    raise Malformed("price label", f"is of a time of use price or a block, not {octets[:20].hex().upper()}")


def _price(name: str, value: Data, bare: bool) -> Tree:
    items = value.items if value.tag is Tag.STRUCTURE else ()
    if [item.tag for item in items] != [Tag.OCTET_STRING, Tag.LONG]:
        return describe_data(name, value, bare)
    label, price = items
    try:
        called = price_label(label.octets)
    except Malformed:
        called = f"price labelled {label.octets.hex().upper()}"
    return Tree(called, str(price.number), (), value.encode_bare() if bare else value.encode())


CHARGE = record(
    ("scales", record(("commodity scale", SCALER), ("price scale", SCALER))),
    ("commodity", attribute_of("")),
    ("prices", rows("price", _price)),
)
MODE_AND_STATUS = record(("payment mode", choice(_MODES)), ("account status", choice(_STATUSES)))


def _collected(value: Data) -> str:
    return f"{value.bits} {_COLLECTIONS.get(value.bits, 'meaning not public here')}"


CREDIT_CHARGES: Form = named(
    "credits and charges",
    rows("pair", record(("credit", OBJECT), ("charge", OBJECT), ("collected", words(_collected, Tag.BIT_STRING)))),
)
"""Which charge is taken from which credit, and when."""
