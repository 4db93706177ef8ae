"""Whom a device trusts: trust anchor cells, replay counters, and the shared secrets of its peers.

GBCS role numbers are those of the CS02b and CS02g vectors. That every command's counter must be higher than the
last one accepted from its originator is assumed: no vector tests replay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from schemas.errors import NotAllowed, NotAuthentic
from schemas.gbcs.protection import shared_secret, verify_mac, verify_signature

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

    from schemas.eui import EUI64
    from schemas.gbcs.envelope import Message


class Role(IntEnum):
    """Remote party roles."""

    ROOT = 0
    RECOVERY = 1
    SUPPLIER = 2
    NETWORK_OPERATOR = 3
    ACCESS_CONTROL_BROKER = 4
    TRANSITIONAL_COS = 5
    WAN_PROVIDER = 6
    LOAD_CONTROLLER = 8

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class TrustAnchorCell:
    """What a device holds of one remote party.

    Attributes:
        role: the party's role; a device holds one cell per role.
        eui: the party's identifier, the business originator of its commands.
        digital_signing: P-256 public key that its signatures verify under.
        key_agreement: P-256 public key for the shared secret Z.
    """

    role: Role
    eui: EUI64
    digital_signing: ec.EllipticCurvePublicKey
    key_agreement: ec.EllipticCurvePublicKey


class TrustStore:
    """The trust anchor cells of one device.

    Args:
        cells: at most one per role and one per party.
        key_agreement: the device's own key agreement key.
    """

    def __init__(self, cells: Iterable[TrustAnchorCell], key_agreement: ec.EllipticCurvePrivateKey) -> None:
        cells = tuple(cells)
        self._by_party = {cell.eui: cell for cell in cells}
        self._by_role = {cell.role: cell for cell in cells}
        if not len(self._by_party) == len(self._by_role) == len(cells):
            raise NotAllowed("trust anchor cells", "are at most one per role and one per party")
        self._key_agreement = key_agreement
        self._secrets: dict[EUI64, bytes] = {}
        self.counters: Mapping[EUI64, int] = {}

    def cell(self, party: EUI64) -> TrustAnchorCell:
        """The cell of a known remote party.

        Raises:
            NotAllowed: for a party whose certificates the device does not hold.
        """
        try:
            return self._by_party[party]
        except KeyError:
            raise NotAllowed("business originator", f"is a remote party this device knows, not {party}") from None

    def holder(self, role: Role) -> TrustAnchorCell | None:
        """The cell of ``role``, if it is filled."""
        return self._by_role.get(role)

    def secret(self, party: EUI64) -> bytes:
        """Z with ``party``: one key agreement per peer, kept, because it is the same for every message."""
        secret = self._secrets.get(party)
        if secret is None:
            secret = self._secrets[party] = shared_secret(self._key_agreement, self.cell(party).key_agreement)
        return secret

    def verify(self, command: Message, critical: bool) -> None:
        """Check a command's MAC and signature.

        The MAC is the access control broker's whoever originates; a critical command must also be signed by its
        originator. A signature where none is due must still be right.

        Raises:
            NotAuthentic: when either is missing or wrong.
        """
        broker = self.holder(Role.ACCESS_CONTROL_BROKER)
        if broker is None:
            raise NotAuthentic("MAC", "cannot be checked: this device holds no access control broker")
        verify_mac(command, self.secret(broker.eui))
        if critical or command.signature:
            verify_signature(command, self.cell(command.originator).digital_signing)

    def check_counter(self, command: Message) -> None:
        """The originator counter must exceed the last one accepted from that party; parties are kept apart.

        Raises:
            NotAuthentic: for a replayed or overtaken command.
        """
        last = self.counters.get(command.originator, -1)
        if command.originator_counter <= last:
            raise NotAuthentic("originator counter", f"is higher than {last}, not {command.originator_counter}")

    def accept_counter(self, command: Message) -> None:
        """Remember the counter; call it once the command has passed every check."""
        self.counters = {**self.counters, command.originator: command.originator_counter}
