"""Whom a device trusts: trust anchor cells, replay counters and their floors, and the shared secrets of its peers.

A cell is for one role and one use of a key; GBCS role numbers and uses are those of the CS02b and CS02g vectors. One
party may hold the cells of several roles: the broker does until it hands a device over (CS02b handover vectors), and
a supplier may place itself as load controller (CS02g vectors). That every command's counter must be higher than the
last one accepted from its originator is assumed: no vector tests replay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, NamedTuple

from cryptography.x509 import load_der_x509_certificate

from devices.certificates import key_identifier
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


class Use(Enum):
    """What the key in a cell is for."""

    SIGNATURE = "digital signature"
    AGREEMENT = "key agreement"
    TOP_UP = "prepayment top-up key agreement"
    CERTIFICATES = "certificate signing"


class Cell(NamedTuple):
    """The name of one trust anchor cell."""

    role: Role
    use: Use

    def __str__(self) -> str:
        return f"{self.role}, {self.use.value}"


@dataclass(frozen=True, slots=True)
class Anchor:
    """What one cell holds.

    Attributes:
        party: the remote party's identifier.
        key: P-256 public key.
        key_id: its key identifier, 8 octets.
    """

    party: EUI64
    key: ec.EllipticCurvePublicKey
    key_id: bytes

    @classmethod
    def of(cls, party: EUI64, key: ec.EllipticCurvePublicKey) -> Anchor:
        """With its key identifier worked out."""
        return cls(party, key, key_identifier(key))


@dataclass(frozen=True, slots=True)
class TrustAnchorCell:
    """What a device holds of one remote party in one role.

    Attributes:
        role: the party's role.
        eui: the party's identifier, the business originator of its commands.
        digital_signing: P-256 public key that its signatures verify under.
        key_agreement: P-256 public key for the shared secret Z.
        top_up: the same for prepayment top-ups, a supplier's alone.
        certificate_signing: the root's key.
        floor: its counters are higher than this.
    """

    role: Role
    eui: EUI64
    digital_signing: ec.EllipticCurvePublicKey | None = None
    key_agreement: ec.EllipticCurvePublicKey | None = None
    top_up: ec.EllipticCurvePublicKey | None = None
    certificate_signing: ec.EllipticCurvePublicKey | None = None
    floor: int = 0

    def anchors(self) -> Iterator[tuple[Cell, Anchor]]:
        """The cells that it fills."""
        keys = (self.digital_signing, self.key_agreement, self.top_up, self.certificate_signing)
        for use, key in zip(Use, keys, strict=True):
            if key is not None:
                yield Cell(self.role, use), Anchor.of(self.eui, key)


class TrustStore:
    """The trust anchor cells of one device.

    Args:
        cells: at most one per role.
        key_agreement: the device's own key agreement key.
        empty: cells that the device has besides, with nobody in them yet.

    Attributes:
        anchors: what is in the cells; ``place`` changes it.
        counters: the last counter accepted from each party, kept when its certificates go: it never goes back.
        floors, top_up_floors: as they were set last, for those who read them.
        version: rises whenever cells or floors change.
    """

    def __init__(
        self, cells: Iterable[TrustAnchorCell], key_agreement: ec.EllipticCurvePrivateKey, empty: Iterable[Cell] = ()
    ) -> None:
        cells = tuple(cells)
        if len({cell.role for cell in cells}) != len(cells):
            raise NotAllowed("trust anchor cells", "are at most one per role")
        self.counters: Mapping[EUI64, int] = {cell.eui: cell.floor for cell in cells if cell.floor}
        self.floors: Mapping[Role, int] = {cell.role: cell.floor for cell in cells}
        self.top_up_floors: Mapping[Role, int] = {}
        self.version = 0
        self._key_agreement = key_agreement
        self._secrets: dict[bytes, bytes] = {}
        self._index({name: anchor for cell in cells for name, anchor in cell.anchors()})
        self.slots = frozenset(self.anchors) | frozenset(empty)

    def roles(self, party: EUI64) -> frozenset[Role]:
        """The roles whose cells a known remote party holds.

        Raises:
            NotAllowed: for a party whose certificates the device does not hold.
        """
        try:
            return self._roles[party]
        except KeyError:
            raise NotAllowed("business originator", f"is a remote party this device knows, not {party}") from None

    def holder(self, role: Role) -> EUI64 | None:
        """The party in the cells of ``role``, if one is filled: whose signatures count, where there are two."""
        for use in Use:
            if (role, use) in self.anchors:
                return self.anchors[Cell(role, use)].party
        return None

    def place(self, anchors: Mapping[Cell, Anchor]) -> None:
        """Put new certificates into cells; other cells keep theirs."""
        self._index({**self.anchors, **anchors})

    def set_floor(self, role: Role, floor: int, top_up: int | None = None) -> None:
        """From now on the counters of the party in ``role`` are higher than ``floor``, and never lower than before."""
        self.version += 1
        self.floors = {**self.floors, role: floor}
        if top_up is not None:
            self.top_up_floors = {**self.top_up_floors, role: top_up}
        party = self.holder(role)
        if party is not None:
            self.counters = {**self.counters, party: max(floor, self.counters.get(party, floor))}

    def restore(
        self,
        anchors: Mapping[Cell, Anchor],
        counters: Mapping[EUI64, int],
        floors: Mapping[Role, int],
        top_up_floors: Mapping[Role, int],
    ) -> None:
        """Go on with what the cells held before, and with their counters and floors."""
        self._index(anchors)
        self.counters, self.floors, self.top_up_floors = counters, floors, top_up_floors

    def own_key(self, key_agreement: ec.EllipticCurvePrivateKey) -> None:
        """The device has another key agreement key."""
        self._key_agreement = key_agreement
        self._secrets.clear()

    def secret(self, party: EUI64) -> bytes:
        """Z with ``party``: one key agreement per peer, kept, because it is the same for every message."""
        anchor = self._agreement.get(party)
        if anchor is None:
            raise NotAllowed("key agreement", f"is with a remote party this device knows, not {party}")
        secret = self._secrets.get(anchor.key_id)
        if secret is None:
            secret = self._secrets[anchor.key_id] = shared_secret(self._key_agreement, anchor.key)
        return secret

    def secret_of(self, certificate: bytes) -> bytes:
        """Z with the key of a certificate in DER that a command brought along.

        Raises:
            NotAllowed: it is no certificate of a key on P-256.
        """
        try:
            key = load_der_x509_certificate(certificate).public_key()
            return shared_secret(self._key_agreement, key)  # type: ignore[arg-type]
        except (ValueError, AttributeError, TypeError):
            raise NotAllowed("remote party certificate", "is one of a key agreement key on P-256") from None

    def verify(self, command: Message, critical: bool, roles: frozenset[Role] = frozenset()) -> None:
        """Check a command's MAC and signature.

        The MAC is the access control broker's whoever originates; a critical command must also be signed by its
        originator. A signature where none is due must still be right.

        Args:
            command: what came.
            critical: whether it must be signed.
            roles: those that may send it: of an originator in several roles, the key of one of these counts.

        Raises:
            NotAuthentic: when either is missing or wrong.
        """
        self.verify_mac(command)
        if critical or command.signature:
            self.verify_signature(command, roles)

    def verify_mac(self, command: Message) -> None:
        """Check the access control broker's MAC.

        Raises:
            NotAuthentic: it is missing or wrong.
        """
        broker = self._broker
        if broker is None:
            raise NotAuthentic("MAC", "cannot be checked: this device holds no access control broker")
        verify_mac(command, self.secret(broker.party))

    def verify_signature(self, command: Message, roles: frozenset[Role]) -> None:
        """Check the originator's signature, under its key in one of ``roles``, or in any if it has none of these.

        Raises:
            NotAuthentic: it is missing or wrong, or the device holds no such key.
        """
        held = self.roles(command.originator)
        for role in sorted(held & roles or held):
            anchor = self._signers.get(role)
            if anchor is not None and anchor.party == command.originator:
                verify_signature(command, anchor.key)
                return
        raise NotAuthentic("signature", f"cannot be checked: this device holds no signing key of {command.originator}")

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

    def _index(self, anchors: Mapping[Cell, Anchor]) -> None:
        self.version += 1
        self.anchors: Mapping[Cell, Anchor] = dict(anchors)
        roles: dict[EUI64, frozenset[Role]] = {}
        for cell, anchor in self.anchors.items():
            roles[anchor.party] = roles.get(anchor.party, frozenset()) | {cell.role}
        self._roles = roles
        self._broker = self.anchors.get(_BROKER)
        self._signers = {cell.role: anchor for cell, anchor in self.anchors.items() if cell.use is Use.SIGNATURE}
        # Of a party in several roles: the broker as such, and a supplier before it is a load controller.
        agreements = [cell for cell in self.anchors if cell.use is Use.AGREEMENT]
        agreements.sort(key=lambda cell: (cell == _BROKER, -cell.role))
        self._agreement = {self.anchors[cell].party: self.anchors[cell] for cell in agreements}


_BROKER = Cell(Role.ACCESS_CONTROL_BROKER, Use.AGREEMENT)
