"""What nodes say to each other to form a network: MAC commands and beacons, NWK and APS commands, Device_annce.

MAC: IEEE 802.15.4-2006, 7.2.2.1 and 7.3. NWK: Zigbee 3.4. APS: 4.4.9. ZDO: 2.4.3.1.11. Only what joining needs.
"""

from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

from han.frames.security import KEY_LENGTH
from schemas.errors import Malformed
from schemas.eui import EUI64

ROUTER: Final = 0x8E
"""Capability of a GB device on mains power: full function, listens always, wants an address (7.3.1.2, 3.4.6.3.1)."""
DEVICE_ANNCE: Final = 0x0013
"""ZDO cluster."""
ASSOCIATION_REQUEST, ASSOCIATION_RESPONSE, DATA_REQUEST, BEACON_REQUEST = 1, 2, 4, 7
"""MAC commands (7.3)."""
LEAVE, REJOIN_REQUEST, REJOIN_RESPONSE = 4, 6, 7
"""NWK commands (3.4)."""
TRANSPORT_KEY, REQUEST_KEY = 5, 8
"""APS commands (4.4.9)."""
NO_ADDRESS: Final = 0xFFFF

_SUPERFRAME, _NO_SLOTS, _NONE_PENDING = 0x4FFF, 0, 0  # beaconless, PAN coordinator; bit 15 permits association
_PERMIT = 0x8000
_STACK, _CAPACITY = 0x22, 0x84  # Zigbee PRO, protocol version 2; takes routers and end devices
_BEACON = Struct("<HBBBBB8s3sB")
_RESPONSE = Struct("<BHB")
_ANNOUNCEMENT = Struct("<BH8sB")
_LEAVE_REQUEST = 0x40
_APPLICATION_KEY = 2


class Verdict(IntEnum):
    """Of an association (7.3.2.3) or a rejoin (3.4.7.3.2)."""

    TAKEN = 0
    AT_CAPACITY = 1
    DENIED = 2


class KeyType(IntEnum):
    """In Transport-Key (4.4.9.2.1)."""

    NETWORK = 1
    APPLICATION_LINK = 3
    TRUST_CENTRE_LINK = 4


class Beacon(NamedTuple):
    """What a network says to who looks for one.

    Attributes:
        permit: it takes new devices now.
        extended_pan: EUI-64 of its coordinator, as hubs choose it (assumed).
    """

    permit: bool
    extended_pan: EUI64

    def encode(self) -> bytes:
        """Its octets."""
        superframe = _SUPERFRAME | _PERMIT * self.permit
        name = self.extended_pan[::-1]
        return _BEACON.pack(superframe, _NO_SLOTS, _NONE_PENDING, 0, _STACK, _CAPACITY, name, b"\xff" * 3, 0)


def read_beacon(octets: bytes) -> Beacon:
    """Read a beacon's content.

    Raises:
        Malformed: it is no Zigbee PRO beacon without slots.
    """
    if len(octets) != _BEACON.size:
        raise Malformed("beacon", f"has {_BEACON.size} octets, not {len(octets)}")
    superframe, slots, pending, protocol, stack, _, name, _, _ = _BEACON.unpack(octets)
    if (slots, pending, protocol, stack) != (_NO_SLOTS, _NONE_PENDING, 0, _STACK):
        raise Malformed("beacon", "is that of a Zigbee PRO network")
    return Beacon(bool(superframe & _PERMIT), EUI64(name[::-1]))


class Response(NamedTuple):
    """To an association or a rejoin.

    Attributes:
        address: NWK address given, 0xFFFF for none.
    """

    address: int
    verdict: Verdict

    def encode(self, command: int) -> bytes:
        """As ASSOCIATION_RESPONSE or REJOIN_RESPONSE."""
        return _RESPONSE.pack(command, self.address, self.verdict)


def read_response(octets: bytes) -> Response:
    """Read what follows from the command's number on.

    Raises:
        Malformed: another length, or an unknown verdict.
    """
    if len(octets) != _RESPONSE.size:
        raise Malformed("association response", f"has {_RESPONSE.size} octets, not {len(octets)}")
    _, address, verdict = _RESPONSE.unpack(octets)
    if verdict > Verdict.DENIED:
        raise Malformed("association status", f"is 0 to 2, not {verdict}")
    return Response(address, Verdict(verdict))


class TransportKey(NamedTuple):
    """A key on its way.

    Attributes:
        key: 16 octets.
        party: of a network key, whom it is for; of an application link key, the other end.
        sender: of a network key, the trust centre.
        sequence: of a network key, 0 to 255.
        initiator: of an application link key, whether the receiver asked for it.
    """

    kind: KeyType
    key: bytes
    party: EUI64
    sender: EUI64 | None = None
    sequence: int = 0
    initiator: bool = False

    def encode(self) -> bytes:
        """Its octets, from the command's number on."""
        head = bytes((TRANSPORT_KEY, self.kind)) + self.key
        if self.kind is KeyType.APPLICATION_LINK:
            return head + self.party[::-1] + bytes((self.initiator,))
        tail = self.party[::-1] + (b"" if self.sender is None else self.sender[::-1])
        return head + (bytes((self.sequence,)) if self.kind is KeyType.NETWORK else b"") + tail


def read_transport_key(octets: bytes) -> TransportKey:
    """Read a Transport-Key command of a network key or an application link key.

    Raises:
        Malformed: another kind of key, or another length.
    """
    kind = octets[1] if len(octets) > 1 else None
    at = 2 + KEY_LENGTH
    if kind == KeyType.NETWORK and len(octets) == at + 17:
        party, sender = (EUI64(octets[start : start + 8][::-1]) for start in (at + 1, at + 9))
        return TransportKey(KeyType.NETWORK, octets[2:at], party, sender, octets[at])
    if kind == KeyType.APPLICATION_LINK and len(octets) == at + 9:
        party = EUI64(octets[at : at + 8][::-1])
        return TransportKey(KeyType.APPLICATION_LINK, octets[2:at], party, initiator=bool(octets[at + 8]))
    raise Malformed("Transport-Key", "carries a network key or an application link key, whole")


def request_key(partner: EUI64) -> bytes:
    """Request-Key for an application link key with ``partner``."""
    return bytes((REQUEST_KEY, _APPLICATION_KEY)) + partner[::-1]


def read_request_key(octets: bytes) -> EUI64:
    """The partner of a Request-Key command.

    Raises:
        Malformed: for another key, or another length.
    """
    if len(octets) != 10 or octets[1] != _APPLICATION_KEY:
        raise Malformed("Request-Key", "asks for an application link key with one partner")
    return EUI64(octets[2:][::-1])


def leave() -> bytes:
    """NWK Leave, by which a trust centre sends a node away (3.4.4)."""
    return bytes((LEAVE, _LEAVE_REQUEST))


class Announcement(NamedTuple):
    """Device_annce.

    Attributes:
        sequence: ZDO transaction, 0 to 255.
    """

    sequence: int
    address: int
    eui: EUI64

    def encode(self) -> bytes:
        """Its octets."""
        return _ANNOUNCEMENT.pack(self.sequence, self.address, self.eui[::-1], ROUTER)


def read_announcement(octets: bytes) -> Announcement:
    """Read a Device_annce.

    Raises:
        Malformed: another length.
    """
    if len(octets) != _ANNOUNCEMENT.size:
        raise Malformed("Device_annce", f"has {_ANNOUNCEMENT.size} octets, not {len(octets)}")
    sequence, address, eui, _ = _ANNOUNCEMENT.unpack(octets)
    return Announcement(sequence, address, EUI64(eui[::-1]))
