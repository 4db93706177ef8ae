"""New certificates into the cells of a device: each judged by itself, and what is told of it.

A certificate that is refused leaves its cell as it was and is told with the old values twice (vectors); the others of
the command are placed all the same (vector: the future dated error).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING

from devices.asn1 import sequence
from devices.certificates import leads_to, load, read_remote, valid_at
from devices.replacement import Floor, Replacement, cell_parts
from devices.trust import Anchor, Cell, Role, Use
from schemas.errors import Malformed, NotAuthentic
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.use_cases.asn1_fields import ENUMERATED, integer, octet_string

if TYPE_CHECKING:
    from collections.abc import Set

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    from devices.trust import TrustStore

_ROOT = Cell(Role.ROOT, Use.CERTIFICATES)
_NOBODY = bytes(8)
_CERTIFIED_AS = {Role.LOAD_CONTROLLER: {Role.LOAD_CONTROLLER, Role.SUPPLIER}}
"""A supplier's certificates may stand in the cells of the load controller (CS02g vectors)."""


class Status(IntEnum):
    """Outcome of one certificate, or of one role that is read: numbers of RFC 5934."""

    SUCCESS = 0
    BAD_CERTIFICATE = 5
    NO_TRUST_ANCHOR = 10
    TRUST_ANCHOR_NOT_FOUND = 25
    OTHER = 127


@dataclass(frozen=True, slots=True)
class Judged:
    """One cell's part of a replacement: what it held, and what it holds from now on."""

    cell: Cell
    status: Status
    before: Anchor | None
    after: Anchor | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a replacement.

    Attributes:
        replacement: the command.
        cells: in its order.
    """

    replacement: Replacement
    cells: tuple[Judged, ...]

    @property
    def success(self) -> bool:
        """Every cell was replaced."""
        return all(each.status is Status.SUCCESS for each in self.cells)

    def value(self) -> Ber:
        """As a response or an alert has it."""
        floors = sequence(*(_floor(each) for each in self.replacement.floors))
        head = integer(self.replacement.counter), integer(self.replacement.mode.number)
        return sequence(*head, floors, sequence(*(_row(each) for each in self.cells)))


def place(replacement: Replacement, trust: TrustStore, at: datetime | None, faults: Set[Cell]) -> Outcome:
    """Carry a replacement out: certificates, then the floors of the roles that changed.

    Args:
        replacement: the command.
        trust: the device's cells.
        at: when the certificates have to be valid; None asks for no check.
        faults: cells that cannot be written.
    """
    path = [load(each) for each in replacement.path]
    judged = tuple(_judge(cell, der, path, trust, at, faults) for cell, der in replacement.certificates.items())
    placed = {each.cell: each.after for each in judged if each.after is not None and each.status is Status.SUCCESS}
    trust.place(placed)
    for floor in replacement.floors:
        if floor.role in {cell.role for cell in placed}:
            trust.set_floor(floor.role, floor.floor, floor.top_up)
    return Outcome(replacement, judged)


def _judge(
    cell: Cell,
    der: bytes,
    path: Sequence[x509.Certificate],
    trust: TrustStore,
    at: datetime | None,
    faults: Set[Cell],
) -> Judged:
    before = trust.anchors.get(cell)
    if cell not in trust.slots:
        return Judged(cell, Status.TRUST_ANCHOR_NOT_FOUND, before, before)
    if cell in faults:
        return Judged(cell, Status.OTHER, before, before)
    root = trust.anchors.get(_ROOT)
    try:
        after = _checked(cell, der, path, None if root is None else root.key, at)
    except Malformed:
        return Judged(cell, Status.BAD_CERTIFICATE, before, before)
    except NotAuthentic:
        return Judged(cell, Status.NO_TRUST_ANCHOR, before, before)
    return Judged(cell, Status.SUCCESS, before, after)


def _checked(
    cell: Cell,
    der: bytes,
    path: Sequence[x509.Certificate],
    root: ec.EllipticCurvePublicKey | None,
    at: datetime | None,
) -> Anchor:
    new = read_remote(der)
    if new.role not in _CERTIFIED_AS.get(cell.role, {cell.role}):
        raise Malformed("OrganizationalUnitName", f"is that of the {cell.role}, not {new.role:02X}")
    if new.signs != (cell.use is Use.SIGNATURE):
        raise Malformed("keyUsage", f"is {cell.use.value}")
    if not valid_at(new.certificate, at):
        raise Malformed("certificate validity", f"covers {at}")
    if not leads_to(new.certificate, path, root, at):
        raise NotAuthentic("certification path", "leads to the root that this device trusts")
    return Anchor.of(new.party, new.key)


def _row(judged: Judged) -> Ber:
    role, status = integer(judged.cell.role), Ber(ENUMERATED, bytes((judged.status,)))
    cell = sequence(role, *cell_parts(judged.cell))
    return sequence(cell, status, *_told(judged.before), *_told(judged.after))


def _told(anchor: Anchor | None) -> tuple[Ber, Ber]:
    """Party and key identifier; zeros for a cell with nobody in it (assumed)."""
    party, key_id = (_NOBODY, _NOBODY) if anchor is None else (anchor.party, anchor.key_id)
    return octet_string(party), octet_string(key_id)


def _floor(floor: Floor) -> Ber:
    top_ups = () if floor.top_up is None else (sequence(sequence(integer(0), integer(floor.top_up))),)
    return sequence(integer(floor.role), integer(floor.floor), *top_ups)
