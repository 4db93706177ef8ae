"""Zigbee NWK frames, and their security with the network key (Zigbee 3.3, 4.3)."""

from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

from han.frames.security import Auxiliary, KeyId, on_air_eui, read_auxiliary, seal, unseal_any
from schemas.errors import Malformed, NotAuthentic
from schemas.eui import EUI64

PROTOCOL_VERSION: Final = 2
"""Zigbee PRO (3.3.1.1.2)."""
ALL_RX_ON_WHEN_IDLE: Final = 0xFFFD
FIRST_BROADCAST: Final = 0xFFF8
RADIUS: Final = 30
"""Twice nwkMaxDepth of Zigbee PRO (3.6.1.10)."""

_FIXED = Struct("<HHHBB")
_SECURITY, _SOURCE_ROUTE, _DESTINATION_EUI, _SOURCE_EUI, _END_DEVICE = 0x200, 0x400, 0x800, 0x1000, 0x2000
_UNSUPPORTED = 0xC100  # multicast and reserved bits


class NwkType(IntEnum):
    """Frame type (3.3.1.1.1)."""

    DATA = 0
    COMMAND = 1


_TYPES = {int(kind): kind for kind in NwkType}


class NwkFrame(NamedTuple):
    """One NWK frame.

    Attributes:
        destination, source: NWK addresses.
        sequence: 0 to 255.
        payload: an APS frame or a NWK command; sealed, with its MIC, where ``auxiliary`` says so on the air.
        auxiliary: the security header, or None for an unsecured frame.
        discover_route: 0 suppressed, 1 enabled.
        relays: source route, nearest the destination first, with ``relay_index``; None for no such field.
        end_device_initiator: the sender is an end device (Zigbee PRO 2015).
    """

    kind: NwkType
    destination: int
    source: int
    sequence: int
    payload: bytes
    auxiliary: Auxiliary | None = None
    radius: int = RADIUS
    discover_route: int = 1
    destination_eui: EUI64 | None = None
    source_eui: EUI64 | None = None
    relays: tuple[int, ...] | None = None
    relay_index: int = 0
    end_device_initiator: bool = False

    def header(self, *, secured: bool | None = None) -> bytes:
        """Octets before the auxiliary header; ``secured`` is by that header if it is not given."""
        control = (
            self.kind
            | PROTOCOL_VERSION << 2
            | self.discover_route << 6
            | _SECURITY * (self.auxiliary is not None if secured is None else secured)
            | _SOURCE_ROUTE * (self.relays is not None)
            | _DESTINATION_EUI * (self.destination_eui is not None)
            | _SOURCE_EUI * (self.source_eui is not None)
            | _END_DEVICE * self.end_device_initiator
        )
        octets = _FIXED.pack(control, self.destination, self.source, self.radius, self.sequence)
        if self.destination_eui is not None:
            octets += self.destination_eui[::-1]
        if self.source_eui is not None:
            octets += self.source_eui[::-1]
        if self.relays is not None:
            octets += bytes((len(self.relays), self.relay_index))
            octets += b"".join(relay.to_bytes(2, "little") for relay in self.relays)
        return octets

    def sealed(self, key: bytes, counter: int, source: EUI64, key_sequence: int = 0) -> bytes:
        """The whole frame, its payload in clear sealed with the network key.

        Args:
            counter: the transmitting node's, for this key.
            source: the node that transmits this hop.

        Raises:
            NotAuthentic: the counter is used up.
        """
        header = self.header(secured=True)
        auxiliary = Auxiliary(KeyId.NETWORK, counter, source, key_sequence)
        return header + seal(header, auxiliary, self.payload, key, source)

    def encode(self) -> bytes:
        """The whole frame."""
        auxiliary = b"" if self.auxiliary is None else self.auxiliary.encode()
        return self.header() + auxiliary + self.payload


def decode_nwk(octets: bytes) -> NwkFrame:
    """Read one NWK frame; a secured payload stays sealed.

    Raises:
        Malformed: cut short, another protocol version, multicast, or reserved bits.
    """
    if len(octets) < _FIXED.size:
        raise Malformed("NWK header", f"has at least {_FIXED.size} octets, not {len(octets)}")
    control, destination, source, radius, sequence = _FIXED.unpack_from(octets)
    if control & _UNSUPPORTED or control >> 2 & 15 != PROTOCOL_VERSION:
        raise Malformed("NWK frame control", f"is of version 2, no multicast, reserved bits 0, not 0x{control:04X}")
    kind = _TYPES.get(control & 3)
    if kind is None:
        raise Malformed("NWK frame type", f"is data or command, not {control & 3}")
    at = _FIXED.size
    euis: list[EUI64 | None] = []
    for bit in (_DESTINATION_EUI, _SOURCE_EUI):
        if not control & bit:
            euis.append(None)
            continue
        if len(octets) < at + 8:
            raise Malformed("NWK header", "is cut short")
        euis.append(on_air_eui(octets[at : at + 8]))
        at += 8
    relays, relay_index = None, 0
    if control & _SOURCE_ROUTE:
        relays, relay_index, at = _source_route(octets, at)
    auxiliary, payload = None, octets[at:]
    if control & _SECURITY:
        auxiliary, payload = read_auxiliary(payload)
    return NwkFrame(
        kind,
        destination,
        source,
        sequence,
        payload,
        auxiliary,
        radius,
        control >> 6 & 3,
        euis[0],
        euis[1],
        relays,
        relay_index,
        bool(control & _END_DEVICE),
    )


def open_nwk(octets: bytes, keys: tuple[bytes, ...]) -> tuple[NwkFrame, bytes | None]:
    """Read one NWK frame, its payload in clear, and the key of ``keys`` that fits; an unsecured one as it is, and None.

    Raises:
        Malformed: as ``decode_nwk``; no MIC.
        NotAuthentic: secured without a source or with another kind of key, or no key fits.
    """
    frame = decode_nwk(octets)
    auxiliary = frame.auxiliary
    if auxiliary is None:
        return frame, None
    if auxiliary.key_id is not KeyId.NETWORK or auxiliary.source is None:
        raise NotAuthentic("NWK auxiliary header", "names the network key and its source")
    header = octets[: len(octets) - len(frame.payload) - auxiliary.size]
    plain, key = unseal_any(header, auxiliary, frame.payload, keys, auxiliary.source)
    return NwkFrame._make((*frame[:4], plain, *frame[5:])), key


def _source_route(octets: bytes, at: int) -> tuple[tuple[int, ...], int, int]:
    count = octets[at] if len(octets) > at else 0
    end = at + 2 + 2 * count
    if len(octets) < end:
        raise Malformed("NWK source route", "is cut short")
    relays = tuple(int.from_bytes(octets[i : i + 2], "little") for i in range(at + 2, end, 2))
    return relays, octets[at + 1], end
