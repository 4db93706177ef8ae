"""Calendars: schedules (class 10), special days (11), switching tables of a tariff (20) and single schedules (22).

What a row of a schedule does depends on the script table that it names: auxiliary controllers, the supply, or the
period of maximum demand. Layouts: gbcs-reference 3.4; the use cases' modules calendar_fields, prepayment_fields,
tariff_fields and configuration.
"""

from __future__ import annotations

from schemas.gbcs.auxiliary import DAYS, SET_STATE_SCRIPT
from schemas.gbcs.describe.data import collected, describe_data
from schemas.gbcs.describe.load_control import schedule_selector
from schemas.gbcs.describe.shapes import CLOCK, DATE, DATE_TIME, OBJECT, TEXT, Form, choice, named, record, rows, words
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.data import Data, Tag

SUPPLY_SCRIPT = bytes.fromhex("00000A006AFF")
TARIFF_SCRIPT = bytes.fromhex("00000A0064FF")
DEMAND_SCRIPT = bytes.fromhex("00000A8064FF")

SUPPLY_SELECTORS = {
    32: "start of non-disablement",
    33: "stop of non-disablement",
    51: "enable supply",
    52: "disable supply",
    54: "arm supply",
}
_DEMAND_SELECTORS = {1: "start of the period", 2: "end of the period"}
RESET_BLOCK_COUNTERS = 99
_TOU, _BLOCKS, _SECOND_TOU = range(1, 49), range(101, 109), range(201, 205)
_COLUMNS = 10


def tariff_selector(number: int) -> str:
    """What a script of the tariff switches to: a price, or the counters of a block tariff back to 0."""
    if number in _TOU:
        return f"{number} time of use price {number}"
    if number in _BLOCKS:
        return f"{number} block prices of band {number - _BLOCKS[0] + 1}"
    if number in _SECOND_TOU:
        return f"{number} time of use price {number - _SECOND_TOU[0] + 1} of the second element"
    return f"{number} reset of the block counters" if number == RESET_BLOCK_COUNTERS else str(number)


_UNSIGNED = (Tag.LONG_UNSIGNED,)
_SELECTORS: dict[bytes, Form] = {
    SET_STATE_SCRIPT: words(lambda value: schedule_selector(value.number), *_UNSIGNED),
    SUPPLY_SCRIPT: choice(SUPPLY_SELECTORS),
    DEMAND_SCRIPT: choice(_DEMAND_SELECTORS),
    TARIFF_SCRIPT: words(lambda value: tariff_selector(value.number), *_UNSIGNED),
}
_ANY_SELECTOR: Form = words(lambda value: f"{value.number}", *_UNSIGNED)


def _week(value: Data) -> str:
    if len(value.bits) != len(DAYS):
        return value.bits
    return ", ".join(day for day, bit in zip(DAYS, value.bits, strict=True) if bit == "1") or "none"


def _chosen(value: Data) -> str:
    places = [str(place) for place, bit in enumerate(value.bits, start=1) if bit == "1"]
    return f"{', '.join(places) or 'none'} of {len(value.bits)}"


_INDEX = words(lambda value: str(value.number), Tag.LONG_UNSIGNED, Tag.UNSIGNED)

_ROW: tuple[tuple[str, Form], ...] = (
    ("index", _INDEX),
    ("enabled", words(lambda value: "yes" if value.value else "no", Tag.BOOLEAN)),
    ("script table", OBJECT),
    ("selector", _ANY_SELECTOR),
    ("switch time", CLOCK),
    ("validity window", words(lambda value: f"{value.number:04X}", Tag.LONG_UNSIGNED)),
    ("days of week", words(_week, Tag.BIT_STRING)),
    ("special days", words(_chosen, Tag.BIT_STRING)),
    ("season start", DATE),
    ("season end", DATE),
)


def describe_row(name: str, value: Data, bare: bool = False) -> Tree:
    """One row of a schedule, called by its index."""
    if value.tag is not Tag.STRUCTURE or len(value.items) != _COLUMNS or value.items[0].tag is not Tag.LONG_UNSIGNED:
        return describe_data("row", value, bare)
    script = value.items[2]
    selector = _SELECTORS.get(script.octets, _ANY_SELECTOR) if script.tag is Tag.OCTET_STRING else _ANY_SELECTOR
    children = tuple(
        (selector if field == "selector" else form)(field, item, bare)
        for (field, form), item in zip(_ROW, value.items, strict=True)
    )
    return Tree(f"row {value.items[0].number}", "", children, collected(value, children, bare))


def special_day(day: str) -> Form:
    """One special day, called by its index.

    Args:
        day: what its third field is: a day of a switching table, or the special day's own number again.
    """
    fields = record(("index", _INDEX), ("date", DATE), (day, _INDEX))

    def form(name: str, value: Data, bare: bool) -> Tree:
        tree = fields("special day", value, bare)
        items = value.items if value.tag is Tag.STRUCTURE else ()
        if [item.tag for item in items] != [Tag.LONG_UNSIGNED, Tag.OCTET_STRING, Tag.UNSIGNED]:
            return tree
        index, shown, _ = tree.children
        return Tree(f"special day {index.value}", shown.value, tree.children, tree.raw)

    return form


def _table(name: str, entry: str, form: Form) -> Form:
    return named(name, rows(entry, form))


_DAY_PROFILE = words(lambda value: f"day profile {value.number}", Tag.UNSIGNED)
_WEEK_NAME = words(lambda value: value.octets.hex().upper() or "empty", Tag.OCTET_STRING)

SCHEDULE = _table("rows", "row", describe_row)
SPECIAL_DAYS = _table("special days", "special day", special_day("number"))
TARIFF_SPECIAL_DAYS = _table("special days", "special day", special_day("day profile"))
SEASONS = _table("seasons", "season", record(("name", TEXT), ("start", DATE_TIME), ("week profile", _WEEK_NAME)))
WEEKS = _table("week profiles", "week profile", record(("name", _WEEK_NAME), *((day, _DAY_PROFILE) for day in DAYS)))
DAY_PROFILES = _table(
    "day profiles",
    "day profile",
    record(
        ("day", _INDEX),
        (
            "switches",
            rows(
                "switch",
                record(("start time", CLOCK), ("script table", OBJECT), ("selector", _SELECTORS[TARIFF_SCRIPT])),
            ),
        ),
    ),
)
EXECUTION_TIMES = _table("times", "time", record(("time of day", CLOCK), ("date", DATE)))
