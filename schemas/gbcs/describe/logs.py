"""Logs, buffers of class 7: entries by column, and the period that a read asks for (gbcs-reference 3.7, 3.8, 6)."""

from schemas.gbcs.describe.accounts import MONEY
from schemas.gbcs.describe.data import describe_data, seconds
from schemas.gbcs.describe.hub import CHANNEL_AND_TRIGGER
from schemas.gbcs.describe.load_control import SWITCH_ACTIONS
from schemas.gbcs.describe.shapes import SECONDS, Form, attribute_of, choice, named, number, record, rows, words
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.names.alerts import alert
from schemas.gbcs.names.message_codes import MESSAGE_CODES

_OUTCOMES = {0: "not known", 1: "success", 2: "failure"}
_HCALCS_ANSWER = 0x00
_HAN_COMMANDS = (0x8154, 0x8155)
"""A command over the home network carried out or failed: the other information is its message code (assumed)."""


def _code(value: Data) -> str:
    return f"{value.number:04X} {alert(value.number)}"


def _switch_action(value: Data) -> str:
    word = value.number
    action = "answer of the HCALCS" if word & 0xFF == _HCALCS_ANSWER else SWITCH_ACTIONS.get(word & 0xFF, "action")
    return f"{word:04X}: {action}, switch {word >> 8}"


def _message(value: Data) -> str:
    code = int.from_bytes(value.octets, "big")
    return f"{value.octets.hex().upper()} {MESSAGE_CODES.get(code, 'message code not known here')}"


_TIME = ("time", SECONDS)
_EVENT = ("code", words(_code, Tag.LONG_UNSIGNED))
_WORD = words(lambda value: f"{value.number:08X}", Tag.DOUBLE_LONG_UNSIGNED)
_OTHER = words(lambda value: value.octets.hex().upper() or "empty", Tag.OCTET_STRING)
_MESSAGE_CODE = words(_message, Tag.OCTET_STRING)

_WITH_MESSAGE = record(_TIME, _EVENT, ("other information", _MESSAGE_CODE))
_WITH_OTHER = record(_TIME, _EVENT, ("other information", _OTHER))


def _event(name: str, value: Data, bare: bool) -> Tree:
    code = value.items[1] if value.tag is Tag.STRUCTURE and len(value.items) > 1 else value
    of_command = code.tag is Tag.LONG_UNSIGNED and code.number in _HAN_COMMANDS
    return (_WITH_MESSAGE if of_command else _WITH_OTHER)(name, value, bare)


def _log(entry: Form) -> Form:
    return named("log", rows("entry", entry, "entries"))


def _profile(*columns: tuple[str, Form]) -> Form:
    return _log(record(_TIME, *columns))


EVENT_LOG = _log(_event)
SECURITY_LOG = _log(record(_TIME, _EVENT))
POWER_EVENT_LOG = _log(record(_TIME, _EVENT, ("other information", _WORD)))
SWITCH_LOG = _log(
    record(
        _TIME,
        ("switch and action", words(_switch_action, Tag.LONG_UNSIGNED)),
        ("outcome", choice(_OUTCOMES)),
        ("HAN command id", _WORD),
    )
)
BOOST_LOG = _log(record(("boost start", SECONDS), ("boost end", SECONDS)))
CHANNEL_LOG = _log(record(_TIME, _EVENT, ("channel and scan trigger", CHANNEL_AND_TRIGGER)))
VOLTAGE_LOG = _log(record(_TIME, ("average RMS voltage", number("V"))))

_WH, _VARH = number("Wh"), number("varh")

AMOUNTS = _profile(("amount", MONEY))
DAILY_EXPORT = _profile(("active export", _WH))
EXPORT_PROFILE = _profile(("active export", _WH), ("reactive export", _VARH))
REACTIVE_IMPORT = _profile(("reactive import", _VARH))


def log_period(name: str, selector: int, parameters: Data) -> Tree:
    """Selective access by range, from and to in seconds since 2000; of another form, as plain data."""
    fields = parameters.items if parameters.tag is Tag.STRUCTURE else ()
    if [field.tag for field in fields] != _RANGE:
        return describe_data(name, parameters)
    restricting, start, end, columns = fields
    children = (
        _RESTRICTING("restricting object", restricting, False),
        Tree("from", seconds(start.number), (), start.encode()),
        Tree("to", seconds(end.number), (), end.encode()),
        describe_data("columns", columns) if columns.items else Tree("columns", "all", (), columns.encode()),
    )
    return Tree(name, "by range", children, bytes((selector,)) + parameters.encode())


_RESTRICTING = attribute_of("data index")
_RANGE = [Tag.STRUCTURE, Tag.DOUBLE_LONG_UNSIGNED, Tag.DOUBLE_LONG_UNSIGNED, Tag.ARRAY]
