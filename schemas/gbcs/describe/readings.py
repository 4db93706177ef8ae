"""What the encrypted reads of an electricity meter and its billing alert (ECS68) hold, with names, by message code.

The meanings are those that schemas/gbcs/use_cases/protected_reads.py and register_rows.py declare.
"""

from __future__ import annotations

from schemas.errors import Malformed
from schemas.gbcs.describe.data import describe_data, seconds
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.data import Data, Tag

_MATRICES = {48: "time of use", 4: "time of use, second element"}
_BLOCK = 8
_BALANCES = (
    "emergency credit balance",
    "meter balance",
    "payment debt",
    "time debt 1",
    "time debt 2",
    "accumulated debt",
)
_REGISTERS = ("active import", "active import, second element")

_NAMES: dict[int, tuple[str, ...]] = {
    0x0027: ("active import", "unit", "reactive import", "unit", "active import, second element"),
    0x002D: (_BALANCES[1], _BALANCES[0], _BALANCES[5], *_BALANCES[2:5]),
    0x0029: ("time of use", "time of use, second element"),
    0x002A: ("blocks and counters",),
}
"""The values of a structure that is not a log."""

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
    names = _NAMES.get(code)
    if names is not None and value.tag is Tag.STRUCTURE and len(value.items) <= len(names):
        children = tuple(describe_data(name, item) for name, item in zip(names, value.items, strict=False))
        return Tree(f"value {place}", "", children, value.encode())
    if value.tag in (Tag.COMPACT_ARRAY, Tag.ARRAY) and value.items:
        bare = value.tag is Tag.COMPACT_ARRAY
        try:
            entries = tuple(_entry(code, number, row, bare) for number, row in enumerate(value.items, start=1))
        except Malformed:
            return describe_data(f"value {place}", value)
        return Tree("log", f"{len(entries)} entries", entries, value.encode())
    return describe_data(f"value {place}", value)


def _entry(code: int, number: int, row: Data, bare: bool) -> Tree:
    at, *columns = row.expect(Tag.STRUCTURE).items or (Data(Tag.NULL),)
    raw = at.encode_bare() if bare else at.encode()
    fields = [Tree("time", seconds(at.expect(Tag.DOUBLE_LONG_UNSIGNED).number), (), raw)]
    names = _names(code, columns)
    fields += (describe_data(name, column, bare) for name, column in zip(names, columns, strict=True))
    return Tree(f"entry {number}", "", tuple(fields), row.encode_bare() if bare else row.encode())


def _names(code: int, columns: list[Data]) -> list[str]:
    """Names of a row's columns: by place where the code says so, else by their form."""
    if code in _COLUMNS and len(columns) <= len(_COLUMNS[code]):
        return list(_COLUMNS[code][: len(columns)])
    numbers, blocks, balances = iter(_REGISTERS), iter(range(1, len(columns) + 1)), iter(_BALANCES)
    names = []
    for place, column in enumerate(columns, start=2):
        other = f"column {place}"
        if column.tag is Tag.DOUBLE_LONG_UNSIGNED:
            names.append(next(numbers, other))
        elif column.tag is Tag.DOUBLE_LONG:
            names.append(next(balances, other))
        elif column.tag is Tag.ARRAY and len(column.items) == _BLOCK:
            names.append(f"block {next(blocks)}")
        else:
            names.append(_MATRICES.get(len(column.items), other) if column.tag is Tag.ARRAY else other)
    return names
