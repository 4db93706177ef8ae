"""CS02b and CS02g as a device reads them: which cells get which certificates, by whose authority, from when.

Every rule of layout is the vectors' (gbcs-reference 4.3). What does not keep to it is no command of its message code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from devices.certificates import load
from devices.trust import Cell, Role, Use
from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber, generalized_time
from schemas.gbcs.use_cases.asn1_fields import BITS, INTEGER, SEQUENCE, TIME, elements, expect

CANCELLED = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_NO_TIME_CHECKS, _AUTHORITY, _COUNTER, _FLOOR, _TOP_UP_FLOOR, _OTHERS_FLOORS = 0x81, 0xA2, 0x83, 0x84, 0xA5, 0xA6
_SIGNATURE, _AGREEMENT = bytes.fromhex("0780"), bytes.fromhex("0308")
_TOP_UP = 1


@dataclass(frozen=True, slots=True)
class Mode:
    """One mode of replacement.

    Attributes:
        number: as the control has it.
        authority: the cell whose holder may order it.
        replaced: the roles whose cells it may replace.
    """

    number: int
    authority: Cell
    replaced: frozenset[Role]


def _mode(number: int, authority: Role, *replaced: Role, use: Use = Use.SIGNATURE) -> Mode:
    return Mode(number, Cell(authority, use), frozenset(replaced or (authority,)))


_ANY_BUT_ROOT = tuple(role for role in Role if role is not Role.ROOT)
MODES: Mapping[int, Mode] = {
    0x0102: _mode(2, Role.SUPPLIER),
    0x0103: _mode(3, Role.NETWORK_OPERATOR),
    0x0104: _mode(4, Role.ACCESS_CONTROL_BROKER, use=Use.AGREEMENT),
    0x0105: _mode(5, Role.WAN_PROVIDER),
    0x0106: _mode(6, Role.TRANSITIONAL_COS),
    0x0107: _mode(7, Role.TRANSITIONAL_COS, Role.SUPPLIER),
    0x0108: _mode(8, Role.RECOVERY, *_ANY_BUT_ROOT),
    0x0125: _mode(10, Role.LOAD_CONTROLLER),
    0x0126: _mode(11, Role.SUPPLIER, Role.LOAD_CONTROLLER),
}
"""By message code."""


@dataclass(frozen=True, slots=True)
class Floor:
    """A role's new counter floor, and that of its top-ups where there is one."""

    role: Role
    floor: int
    top_up: int | None = None


@dataclass(frozen=True, slots=True)
class Replacement:
    """A command.

    Attributes:
        mode: who replaces whose.
        counter: its originator counter.
        timed: whether the validity of the certificates is checked.
        floors: in the command's order.
        certificates: DER, by the cell that each is for, in the command's order.
        path: the authorities that come along, DER.
        at: when it is to happen, CANCELLED to take an earlier one back, None at once.
    """

    mode: Mode
    counter: int
    timed: bool
    floors: tuple[Floor, ...]
    certificates: Mapping[Cell, bytes] = field(repr=False)
    path: tuple[bytes, ...] = field(repr=False)
    at: datetime | None


def read_replacement(value: Ber, mode: Mode, counter: int) -> Replacement:
    """A command's content.

    Args:
        value: the content.
        mode: of its message code.
        counter: the header's originator counter.

    Raises:
        Malformed: another layout, mode, counter or authority, or a cell that this mode does not replace.
    """
    tags = [child.tag for child in value.children]
    if value.tag != SEQUENCE or tags not in ([SEQUENCE] * 3, [*[SEQUENCE] * 3, TIME]):
        raise Malformed("replacement", "is control, certificates, certification path and at most a time")
    control, replaced, path, *time = value.children
    timed, floors = _control(control, mode, counter)
    certificates = _certificates(replaced, mode)
    authorities = tuple(each.encode() for each in elements(path, "certification path", SEQUENCE))
    for authority in authorities:
        load(authority)
    if any(each.role not in {cell.role for cell in certificates} for each in floors):
        raise Malformed("floors", "are of the roles whose certificates are replaced")
    at = generalized_time(time[0]) if time else None
    return Replacement(mode, counter, timed, floors, certificates, authorities, at)


def cell_of(role: Ber, usage: Ber, cell_usage: Ber | None = None) -> Cell:
    """The cell that a command names.

    Raises:
        Malformed: a role or use that no cell has.
    """
    if role.number not in set(Role):
        raise Malformed("remote party role", f"is one of {', '.join(str(int(each)) for each in Role)}")
    top_up = cell_usage is not None and cell_usage.number == _TOP_UP
    if cell_usage is not None and cell_usage.number not in (0, _TOP_UP):
        raise Malformed("cell usage", f"is 0 management or 1 top-up, not {cell_usage.number}")
    if usage.content == _SIGNATURE and not top_up:
        return Cell(Role(role.number), Use.SIGNATURE)
    if usage.content == _AGREEMENT:
        return Cell(Role(role.number), Use.TOP_UP if top_up else Use.AGREEMENT)
    raise Malformed("key usage", f"is digital signature or key agreement, not {usage.content.hex()}")


def cell_parts(cell: Cell) -> tuple[Ber, ...]:
    """Its key usage, and its cell usage where that is told."""
    usage = Ber(BITS, _SIGNATURE if cell.use is Use.SIGNATURE else _AGREEMENT)
    return (usage, Ber(INTEGER, bytes((_TOP_UP,)))) if cell.use is Use.TOP_UP else (usage,)


def natural(value: Ber, what: str) -> int:
    """A number that is not negative.

    Raises:
        Malformed: it is.
    """
    if value.number < 0:
        raise Malformed(what, f"is not negative, as {value.number} is")
    return value.number


def _control(control: Ber, mode: Mode, counter: int) -> tuple[bool, tuple[Floor, ...]]:
    parts = {child.tag: child for child in control.children}
    order = (INTEGER, _NO_TIME_CHECKS, _AUTHORITY, _COUNTER, _FLOOR, _TOP_UP_FLOOR, _OTHERS_FLOORS)
    if [child.tag for child in control.children] != [tag for tag in order if tag in parts] or INTEGER not in parts:
        raise Malformed("control", "has a mode and then its parts, each once and in their order")
    if parts[INTEGER].number != mode.number:
        raise Malformed("replacement mode", f"is {mode.number} with this message code, not {parts[INTEGER].number}")
    if _COUNTER not in parts or natural(parts[_COUNTER], "counter") != counter:
        raise Malformed("counter in the control", f"is that of the header, {counter}")
    signed = mode.authority.use is Use.SIGNATURE
    if (_AUTHORITY in parts) != signed or (signed and cell_of(*_pair(parts[_AUTHORITY])) != mode.authority):
        raise Malformed("authorising cell", f"is that of the {mode.authority}")
    return _NO_TIME_CHECKS not in parts, tuple(_floors(parts, mode))


def _floors(parts: Mapping[int, Ber], mode: Mode) -> list[Floor]:
    own = mode.authority.role
    floors = []
    if _FLOOR in parts:
        top_up = _top_up(parts[_TOP_UP_FLOOR].children) if _TOP_UP_FLOOR in parts else None
        floors.append(Floor(own, natural(parts[_FLOOR], "floor"), top_up))
    elif _TOP_UP_FLOOR in parts:
        raise Malformed("top-up floor", "goes with a floor")
    for other in parts[_OTHERS_FLOORS].children if _OTHERS_FLOORS in parts else ():
        role, floor, *more = _tagged(other, "floor", ([INTEGER, INTEGER], [INTEGER, INTEGER, SEQUENCE]))
        if role.number not in set(Role) or role.number == own:
            raise Malformed("floor", "is of another remote party than the authorising one")
        floors.append(Floor(Role(role.number), natural(floor, "floor"), _top_up(more[0].children) if more else None))
    return floors


def _top_up(values: Sequence[Ber]) -> int:
    if len(values) != 1:
        raise Malformed("top-up floors", "are one")
    _, floor = _tagged(values[0], "top-up floor", ([INTEGER, INTEGER],))
    return natural(floor, "top-up floor")


def _certificates(replaced: Ber, mode: Mode) -> Mapping[Cell, bytes]:
    certificates: dict[Cell, bytes] = {}
    for each in elements(replaced, "replacements", SEQUENCE):
        certificate, name = _tagged(each, "replacement", ([SEQUENCE, SEQUENCE],))
        cell = cell_of(*_tagged(name, "cell", ([INTEGER, BITS], [INTEGER, BITS, INTEGER])))
        if cell.role not in mode.replaced or cell in certificates:
            raise Malformed("cell", f"is one that mode {mode.number} replaces, and is named once, not {cell}")
        certificates[cell] = certificate.encode()
    if not certificates:
        raise Malformed("replacements", "are at least one")
    return certificates


def _pair(value: Ber) -> tuple[Ber, Ber]:
    role, usage = value.children if len(value.children) == 2 else (None, None)
    if role is None or usage is None:
        raise Malformed("authorising cell", "is a role and a key usage")
    return expect(role, "remote party role", INTEGER), expect(usage, "key usage", BITS)


def _tagged(value: Ber, what: str, layouts: Sequence[list[int]]) -> tuple[Ber, ...]:
    if value.tag != SEQUENCE or [child.tag for child in value.children] not in layouts:
        raise Malformed(what, "is a sequence of another layout")
    return value.children
