"""What the values of an ASN.1 content are, by message code and direction: ASN.1 itself names no fields.

Each content is declared as nested fields (gbcs-reference 4.1 to 4.5). Values are named as declared, in order, up to
the first that does not fit; the rest is shown by its types alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.envelope import CraFlag
from schemas.gbcs.names import statuses
from schemas.gbcs.names.alerts import alert
from schemas.gbcs.names.parties import (
    CELL_USAGES,
    CONTROL_MODES,
    DEVICE_TYPES,
    FLOOR_USAGES,
    JOIN_METHODS,
    KEY_USAGES,
    ROLES,
)

_INTEGER, _BITS, _OCTETS, _NULL, _ENUMERATED, _TIME, _SEQUENCE = 0x02, 0x03, 0x04, 0x05, 0x0A, 0x18, 0x30


class Document(Enum):
    """What the library reads whole."""

    CERTIFICATE = auto()
    REQUEST = auto()


def _unexplained(_: Ber) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Field:
    """A value with its name.

    Attributes:
        tag: the identifier octet it has.
        meaning: a word for the value, or nothing.
        members: what is inside, in order.
        each: what every value inside is, instead of ``members``.
        optional: may be left out.
        document: a certificate or a certification request.
    """

    name: str
    tag: int
    meaning: Callable[[Ber], str] = _unexplained
    members: tuple[Field, ...] = ()
    each: Field | None = None
    optional: bool = False
    document: Document | None = None


def form(code: int, cra: CraFlag, value: Ber) -> Field | None:
    """What a content is, or None."""
    fields = _ALERTS if cra is CraFlag.ALERT else _COMMANDS if cra is CraFlag.COMMAND else _RESPONSES
    unknown = (_ALERT,) if cra is CraFlag.ALERT else ()
    return next((field for field in fields.get(code, unknown) if field.tag == value.tag), None)


def inside(field: Field | None, children: Sequence[Ber]) -> Iterator[Field | None]:
    """What each of the values inside a field is, or None."""
    if field is not None and field.each is not None:
        yield from (field.each if child.tag == field.each.tag else None for child in children)
        return
    expected = iter(() if field is None else field.members)
    for child in children:
        found = next((each for each in expected if each.tag == child.tag or not each.optional), None)
        if found is None or found.tag != child.tag:
            expected = iter(())
            found = None
        yield found


def _words(table: Mapping[int, str]) -> Callable[[Ber], str]:
    def meaning(value: Ber) -> str:
        try:
            return table.get(value.number, "")
        except Malformed:
            return ""

    return meaning


def _alert_name(value: Ber) -> str:
    try:
        return alert(value.number)
    except Malformed:
        return ""


def _decimal(value: Ber) -> str:
    # Only what a counter can be: nobody reads longer ones, and writing them takes long.
    return str(value.number) if 0 < len(value.content) <= 9 else ""


def _number(name: str, table: Mapping[int, str] | None = None, tag: int = _INTEGER) -> Field:
    return Field(name, tag, _unexplained if table is None else _words(table))


def _octets(name: str) -> Field:
    return Field(name, _OCTETS)


def _sequence(name: str, *members: Field, tag: int = _SEQUENCE) -> Field:
    return Field(name, tag, members=members)


def _list(name: str, each: Field, tag: int = _SEQUENCE) -> Field:
    return Field(name, tag, each=each)


def _or_none(field: Field) -> Field:
    return replace(field, optional=True)


def _alert(*extra: Field) -> Field:
    return _sequence("alert", Field("alert code", _INTEGER, _alert_name), Field("time stamp", _TIME), *extra)


_ALERT = _alert()
_CERTIFICATE = Field("certificate", _SEQUENCE, document=Document.CERTIFICATE)
_REQUEST = Field("certification request", _SEQUENCE, document=Document.REQUEST)
_ROLE = _number("role", ROLES)
_USAGE = Field("key usage", _BITS, lambda value: KEY_USAGES.get(value.content, ""))
_CELL_USAGE = _or_none(_number("cell usage", CELL_USAGES))
_CELL = _sequence("cell", _ROLE, _USAGE, _CELL_USAGE)
_STATUS = _number("status", statuses.CREDENTIAL_STATUSES, _ENUMERATED)
_MODE = _number("control mode", CONTROL_MODES)
_COUNTER = _number("counter")
_NOTHING = Field("nothing", _NULL)
_ACCEPTED = Field("accepted", _NULL)
_DEVICE = _sequence("entry", _octets("device"), _number("device type", DEVICE_TYPES))
_VERSION = _octets("firmware version")

_SPECIAL_FLOOR = _sequence("floor", _number("floor usage", FLOOR_USAGES), _number("floor"))
_PARTY_FLOOR = _sequence("party", _ROLE, _number("floor"), _or_none(_list("other floors", _SPECIAL_FLOOR)))
_CONTROL = _sequence(
    "authorising party's control",
    _MODE,
    _or_none(_number("[1] time-based checks not applied", tag=0x81)),
    _or_none(_sequence("[2] authorising party's cell", _ROLE, _USAGE, _CELL_USAGE, tag=0xA2)),
    _or_none(Field("[3] counter", 0x83, _decimal)),
    _or_none(Field("[4] new floor", 0x84, _decimal)),
    _or_none(_list("[5] prepayment top-up floor", _SPECIAL_FLOOR, tag=0xA5)),
    _or_none(_list("[6] floors of other parties", _PARTY_FLOOR, tag=0xA6)),
)
_REPLACE = _sequence(
    "credentials",
    _CONTROL,
    _list("replacements", _sequence("replacement", _CERTIFICATE, _CELL)),
    _list("certification path", _CERTIFICATE),
    _or_none(Field("execution date-time", _TIME)),
)
_REPLACED = _sequence(
    "replacement",
    _CELL,
    _STATUS,
    _octets("old subject"),
    _octets("old key id"),
    _octets("new subject"),
    _octets("new key id"),
)
_OUTCOME = _sequence("outcome", _COUNTER, _MODE, _list("floors", _PARTY_FLOOR), _list("replacements", _REPLACED))
_HELD = _sequence("cell", _USAGE, _CELL_USAGE, _octets("subject"), _octets("key id"))
_PARTY = _sequence("party", _ROLE, _STATUS, _or_none(_COUNTER), _or_none(_list("cells", _HELD)))
_ASK = _sequence("request", _sequence("asking party's cell", _ROLE, _USAGE, _CELL_USAGE), _list("roles", _ROLE))

_JOIN = _sequence("join", _number("method and role", JOIN_METHODS), *_DEVICE.members, _or_none(_CERTIFICATE))
_JOINED = _number("join response code", statuses.JOIN_RESULTS)
_UNJOINED = _number("unjoin response code", statuses.UNJOIN_RESULTS)
_RESTORED = _sequence("outcome", _DEVICE, _JOINED)
_ACTIVATED = _sequence("activation outcome", _number("result", statuses.ACTIVATION_RESULTS), _VERSION)
_ACTIVATE = _sequence("activation", _octets("image hash"), _COUNTER, _or_none(Field("activation date-time", _TIME)))
_READ = _number("result", statuses.READ_RESULTS)

_JOINS = (0x000D, 0x000E, 0x00AB, 0x00AF)
_UNJOINS = (0x000F, 0x0010)
_PARTIES = (0x0008, 0x011B)
_REPLACEMENTS = (*range(0x0100, 0x010A), 0x0125, 0x0126)

_Forms = dict[int, tuple[Field, ...]]

_COMMANDS: _Forms = {
    **dict.fromkeys(_JOINS, (_JOIN,)),
    **dict.fromkeys(_UNJOINS, (_octets("device"),)),
    **dict.fromkeys(_PARTIES, (_ASK,)),
    **dict.fromkeys(_REPLACEMENTS, (_REPLACE,)),
    0x000A: (_sequence("request", _USAGE),),
    0x000B: (_CERTIFICATE,),
    0x000C: (_sequence("request", _USAGE),),
    0x0012: (_ACTIVATE,),
    0x0013: (_NOTHING,),
    0x007F: (_sequence("clock setting", Field("current time", _TIME), Field("latest time", _TIME)),),
    0x008C: (_sequence("restored log", _list("devices", _DEVICE)),),
    0x0129: (_NOTHING,),
}
_RESPONSES: _Forms = {
    **dict.fromkeys(_JOINS, (_JOINED,)),
    **dict.fromkeys(_UNJOINS, (_UNJOINED,)),
    **dict.fromkeys(_PARTIES, (_list("parties", _PARTY),)),
    **dict.fromkeys(_REPLACEMENTS, (_sequence("response", _ACCEPTED, _or_none(_OUTCOME)),)),
    0x000A: (_REQUEST, _number("result", statuses.KEY_PAIR_RESULTS)),
    0x000B: (_number("result", statuses.DEVICE_CERTIFICATE_RESULTS),),
    0x000C: (_CERTIFICATE, _number("result", statuses.HELD_CERTIFICATE_RESULTS)),
    0x0012: (_ACCEPTED, _ACTIVATED),
    0x0013: (_sequence("device log", _READ, _or_none(_list("devices", _DEVICE))),),
    0x007F: (_sequence("clock", Field("device time", _TIME), _number("clock state", statuses.CLOCK_STATES)),),
    0x008C: (_sequence("restored log", _list("outcomes", _RESTORED)),),
    0x0129: (_sequence("firmware", _VERSION, _READ),),
}
_ALERTS: _Forms = {
    0x00B2: (_alert(_list("devices", _DEVICE)),),
    0x00CA: (_alert(_COUNTER, _ACTIVATED),),
    0x00CB: (_alert(_OUTCOME),),
    0x0124: (_alert(_OUTCOME),),
    0x0128: (_alert(_octets("device"), _VERSION, _number("result", statuses.TRANSFER_RESULTS)),),
    0x012B: (_alert(_VERSION, _number("result", statuses.ACTIVATION_RESULTS)),),
}
