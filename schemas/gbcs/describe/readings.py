"""What the encrypted reads of an electricity meter and its billing alert (ECS68) hold, with names, by message code.

The meanings are those that schemas/gbcs/use_cases/protected_reads.py and register_rows.py declare.
"""

from __future__ import annotations

from schemas.gbcs.describe.accounts import MONEY
from schemas.gbcs.describe.data import collected, describe_data
from schemas.gbcs.describe.shapes import SCALER_UNIT, SECONDS, Form, cells, named, number, plain, rows
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.data import Data, Tag

_WH = number("Wh")
_TOU, _BANDS = range(1, 49), range(1, 9)
_BLOCKS = range(1, 5)

_TIMES_OF_USE = cells(tuple(f"time of use {place}" for place in _TOU), _WH)
_SECOND_TIMES_OF_USE = cells(tuple(f"time of use {place}" for place in range(1, 5)), _WH)
_BLOCK = cells(tuple(f"band {band}" for band in _BANDS), _WH)
_BLOCKS_AND_COUNTERS = cells(
    tuple(
        f"block {block} {kind}, band {band}" for kind in ("register", "counter") for block in _BLOCKS for band in _BANDS
    ),
    plain,
)
_MATRICES = {
    len(_TOU): ("time of use", _TIMES_OF_USE),
    4: ("time of use, second element", _SECOND_TIMES_OF_USE),
}
_BALANCES = (
    "emergency credit balance",
    "meter balance",
    "payment debt",
    "time debt 1",
    "time debt 2",
    "accumulated debt",
)
_REGISTERS = ("active import", "active import, second element")

_STRUCTURES: dict[int, tuple[tuple[str, Form], ...]] = {
    0x0027: (
        ("active import", plain),
        ("unit", SCALER_UNIT),
        ("reactive import", plain),
        ("unit", SCALER_UNIT),
        ("active import, second element", plain),
    ),
    0x002D: tuple((name, MONEY) for name in (_BALANCES[1], _BALANCES[0], _BALANCES[5], *_BALANCES[2:5])),
    0x0029: (("time of use", _TIMES_OF_USE), ("time of use, second element", _SECOND_TIMES_OF_USE)),
    0x002A: (("blocks and counters", _BLOCKS_AND_COUNTERS),),
}
"""The values of a structure that is not a log; the last may be absent."""

_COLUMNS: dict[int, tuple[str, ...]] = {
    0x0037: ("active import", "active import, second element"),
    0x0060: ("consumption",),
}
"""The columns of a log after its time; the logs not named here hold registers, then balances."""


def describe_readings(code: int, value: Data) -> tuple[Tree, ...]:
    """The values inside the structure that stands for what was read; of another form, as plain data."""
    if value.tag is not Tag.STRUCTURE:
        return (describe_data("value", value),)
    return tuple(_reading(code, place, item) for place, item in enumerate(value.items, start=1))


def _reading(code: int, place: int, value: Data) -> Tree:
    fields = _STRUCTURES.get(code)
    if fields is not None and value.tag is Tag.STRUCTURE and len(value.items) <= len(fields):
        children = tuple(form(name, item, False) for (name, form), item in zip(fields, value.items, strict=False))
        return Tree(f"value {place}", "", children, value.encode())
    if value.tag in (Tag.COMPACT_ARRAY, Tag.ARRAY) and value.items and all(map(_is_row, value.items)):
        return named("log", rows("entry", _entry(code), "entries"))("log", value, False)
    return describe_data(f"value {place}", value)


def _is_row(row: Data) -> bool:
    return row.tag is Tag.STRUCTURE and bool(row.items) and row.items[0].tag is Tag.DOUBLE_LONG_UNSIGNED


def _entry(code: int) -> Form:
    def form(name: str, row: Data, bare: bool) -> Tree:
        at, *columns = row.items
        forms = _forms(code, columns)
        children = (
            SECONDS("time", at, bare),
            *(describe(column, item, bare) for (column, describe), item in zip(forms, columns, strict=True)),
        )
        return Tree(name, "", children, collected(row, children, bare))

    return form


def _forms(code: int, columns: list[Data]) -> list[tuple[str, Form]]:
    """Names and forms of a row's columns: by place where the code says so, else by their type and size."""
    if code in _COLUMNS and len(columns) <= len(_COLUMNS[code]):
        return [(name, _WH) for name in _COLUMNS[code][: len(columns)]]
    registers, blocks, balances = iter(_REGISTERS), iter(range(1, len(columns) + 1)), iter(_BALANCES)
    forms: list[tuple[str, Form]] = []
    for place, column in enumerate(columns, start=2):
        other = f"column {place}"
        if column.tag is Tag.DOUBLE_LONG_UNSIGNED:
            forms.append((next(registers, other), _WH))
        elif column.tag is Tag.DOUBLE_LONG:
            forms.append((next(balances, other), MONEY))
        elif column.tag is Tag.ARRAY and len(column.items) == len(_BANDS):
            forms.append((f"block {next(blocks)}", _BLOCK))
        elif column.tag is Tag.ARRAY:
            forms.append(_MATRICES.get(len(column.items), (other, plain)))
        else:
            forms.append((other, plain))
    return forms
