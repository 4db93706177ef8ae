"""Zigbee NWK frames, and their security with the network key (Zigbee 3.3, 4.3)."""

from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

from han.frames.security import (
    EXTENDED_NONCE,
    LAST_COUNTER,
    LEVEL,
    Auxiliary,
    KeyId,
    on_air_eui,
    read_auxiliary,
    seal,
    seal_usual,
    unseal_any,
    used_up,
)
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
# A frame under the network key with nothing more in its header: nearly every one of a network, so it has a short way.
_USUAL = Struct("<HHHBBBI8sB")
_VARIABLE = _UNSUPPORTED | _SECURITY | _SOURCE_ROUTE | _DESTINATION_EUI | _SOURCE_EUI | 0x3C
_SECURED, _USUAL_CONTROL = _SECURITY | PROTOCOL_VERSION << 2, KeyId.NETWORK << 3 | EXTENDED_NONCE


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


def seal_data(
    destination: int,
    source: int,
    sequence: int,
    payload: bytes,
    discover_route: int,
    key: bytes,
    counter: int,
    eui: EUI64,
    key_sequence: int,
) -> bytes:
    """What ``NwkFrame.sealed`` makes of data with nothing more in its header, in a third of its time.

    Raises:
        NotAuthentic: the counter is used up.
    """
    if counter >= LAST_COUNTER:
        raise used_up()
    control, security = NwkType.DATA | _SECURED | discover_route << 6, _USUAL_CONTROL | LEVEL
    header = _USUAL.pack(control, destination, source, RADIUS, sequence, security, counter, eui[::-1], key_sequence)
    return seal_usual(header, _FIXED.size, payload, key)


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
    if len(octets) >= _USUAL.size and octets[_FIXED.size] == _USUAL_CONTROL:
        control, destination, source, radius, sequence, _, counter, maker, number = _USUAL.unpack_from(octets)
        kind = _TYPES.get(control & 3)
        if control & _VARIABLE == _SECURED and kind is not None:
            eui = on_air_eui(maker)
            used = Auxiliary(KeyId.NETWORK, counter, eui, number)
            plain, key = unseal_any(octets[: _FIXED.size], used, octets[_USUAL.size :], keys, eui)
            ended = control & _END_DEVICE != 0
            fields = kind, destination, source, sequence, plain, used, radius, control >> 6 & 3
            return _made(NwkFrame, (*fields, None, None, None, 0, ended)), key
    frame = decode_nwk(octets)
    auxiliary = frame.auxiliary
    if auxiliary is None:
        return frame, None
    if auxiliary.key_id is not KeyId.NETWORK or auxiliary.source is None:
        raise NotAuthentic("NWK auxiliary header", "names the network key and its source")
    header = octets[: len(octets) - len(frame.payload) - auxiliary.size]
    plain, key = unseal_any(header, auxiliary, frame.payload, keys, auxiliary.source)
    return NwkFrame._make((*frame[:4], plain, *frame[5:])), key


# A named tuple of all its fields, without the price of its constructor.
_made = tuple.__new__


def _source_route(octets: bytes, at: int) -> tuple[tuple[int, ...], int, int]:
    count = octets[at] if len(octets) > at else 0
    end = at + 2 + 2 * count
    if len(octets) < end:
        raise Malformed("NWK source route", "is cut short")
    relays = tuple(int.from_bytes(octets[i : i + 2], "little") for i in range(at + 2, end, 2))
    return relays, octets[at + 1], end
