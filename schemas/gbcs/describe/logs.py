"""Logs in access responses: entries by column, told by the message code (gbcs-reference 3.7, 3.8, 6)."""

from collections.abc import Callable

from schemas.errors import Malformed
from schemas.gbcs.describe.data import describe_data, seconds
from schemas.gbcs.describe.load_control import SWITCH_ACTIONS
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.names.alerts import alert

_OUTCOMES = {0: "not known", 1: "success", 2: "failure"}
_HCALCS_ANSWER = 0x00


def _time(value: Data) -> str:
    return seconds(value.expect(Tag.DOUBLE_LONG_UNSIGNED).number)


def _code(value: Data) -> str:
    code = value.expect(Tag.LONG_UNSIGNED).number
    return f"{code:04X} {alert(code)}"


def _switch_action(value: Data) -> str:
    word = value.expect(Tag.LONG_UNSIGNED).number
    action = "answer of the HCALCS" if word & 0xFF == _HCALCS_ANSWER else SWITCH_ACTIONS.get(word & 0xFF, "action")
    return f"{word:04X}: {action}, switch {word >> 8}"


def _outcome(value: Data) -> str:
    outcome = value.expect(Tag.ENUM).number
    return f"{outcome} {_OUTCOMES.get(outcome, 'outcome not known here')}"


def _octets(value: Data) -> str:
    return value.octets.hex().upper() or "empty"


def _number(value: Data) -> str:
    return f"{value.number:08X}"


def _amount(value: Data) -> str:
    return str(value.number)


_Column = tuple[str, Callable[[Data], str]]

_EVENT_LOG: tuple[_Column, ...] = (("time", _time), ("code", _code), ("other information", _octets))
_SECURITY_LOG: tuple[_Column, ...] = (("time", _time), ("code", _code))
_SWITCH_LOG: tuple[_Column, ...] = (
    ("time", _time),
    ("switch and action", _switch_action),
    ("outcome", _outcome),
    ("HAN command id", _number),
)
_BOOST_LOG: tuple[_Column, ...] = (("first time", _time), ("second time", _time))

_AMOUNTS: tuple[_Column, ...] = (("time", _time), ("amount", _amount))

_LOGS: dict[int, tuple[_Column, ...]] = {
    0x002E: _AMOUNTS,  # ECS20a
    0x0035: (("time", _time), ("active export", _amount)),  # ECS21c
    0x0036: (("time", _time), ("active export", _amount), ("reactive export", _amount)),  # ECS22a
    0x0038: (("time", _time), ("reactive import", _amount)),  # ECS22c
    0x0048: _EVENT_LOG,  # ECS35a
    0x0049: _SECURITY_LOG,  # ECS35b
    0x005E: _BOOST_LOG,  # ECS61c
    0x0093: _EVENT_LOG,  # ECS35c
    0x0094: _SECURITY_LOG,  # ECS35d
    0x00BA: _SWITCH_LOG,  # ECS35f
    0x00C9: _AMOUNTS,  # ECS20d
    0x00FD: _SWITCH_LOG,  # ECS35g
}
"""Columns of the compact array that the response with a message code holds."""


def describe_log(code: int, value: Data) -> Tree | None:
    """The entries of a log, or None where the message code or the value is not of a known log."""
    columns = _LOGS.get(code)
    if columns is None or value.tag is not Tag.COMPACT_ARRAY:
        return None
    try:
        entries = tuple(_entry(place, item, columns) for place, item in enumerate(value.items, start=1))
    except Malformed:
        return None
    return Tree("log", f"{len(entries)} entries", entries, value.encode())


def log_period(name: str, selector: int, parameters: Data) -> Tree:
    """Selective access by range, from and to in seconds since 2000; of another form, as plain data."""
    fields = parameters.items if parameters.tag is Tag.STRUCTURE else ()
    if [field.tag for field in fields] != _RANGE:
        return describe_data(name, parameters)
    restricting, start, end, columns = fields
    children = (
        describe_data("restricting object", restricting),
        Tree("from", seconds(start.number), (), start.encode()),
        Tree("to", seconds(end.number), (), end.encode()),
        describe_data("columns", columns) if columns.items else Tree("columns", "all", (), columns.encode()),
    )
    return Tree(name, "by range", children, bytes((selector,)) + parameters.encode())


_RANGE = [Tag.STRUCTURE, Tag.DOUBLE_LONG_UNSIGNED, Tag.DOUBLE_LONG_UNSIGNED, Tag.ARRAY]


def _entry(place: int, value: Data, columns: tuple[_Column, ...]) -> Tree:
    fields = value.fields(len(columns))
    children = tuple(
        Tree(name, read(field), (), field.encode_bare()) for (name, read), field in zip(columns, fields, strict=True)
    )
    return Tree(f"entry {place}", "", children, value.encode_bare())
