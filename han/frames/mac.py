"""IEEE 802.15.4 MAC frames: beacon, data, acknowledgement and command (IEEE 802.15.4-2006, 7.2).

Not here: frames of later versions, and MAC security, which Zigbee does not use.
"""

from binascii import crc_hqx
from enum import IntEnum
from typing import Final, NamedTuple

from schemas.errors import Malformed
from schemas.eui import EUI64

MAX_PSDU: Final = 127
"""Octets of a frame, check sequence included (IEEE 802.15.4, aMaxPHYPacketSize)."""
BROADCAST: Final = 0xFFFF
FCS_LENGTH: Final = 2

_SECURED, _PENDING, _ACK_REQUEST, _COMPRESSED = 0x0008, 0x0010, 0x0020, 0x0040
_RESERVED = 0x0380
_VERSION = 0x3000
_SHORTEST = 3
_NONE, _SHORT, _EXTENDED = 0, 2, 3
_REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))

Address = int | EUI64 | None


class MacType(IntEnum):
    """Frame type (7.2.1.1.1)."""

    BEACON = 0
    DATA = 1
    ACKNOWLEDGEMENT = 2
    COMMAND = 3


_TYPES = {int(kind): kind for kind in MacType}


class MacFrame(NamedTuple):
    """One MAC frame.

    Attributes:
        sequence: 0 to 255; an acknowledgement repeats that of its frame.
        destination, source: short address as a number, extended as EUI-64, or none.
        pan: of the destination; of the source where there is no destination; None where there is no address.
        source_pan: only where both addresses are there and the PAN identifier is not compressed.
        pending: the coordinator has more for a sleeping child.
    """

    kind: MacType
    sequence: int
    pan: int | None = None
    destination: Address = None
    source: Address = None
    payload: bytes = b""
    ack_request: bool = False
    pending: bool = False
    source_pan: int | None = None

    def encode(self) -> bytes:
        """The PSDU, check sequence included.

        Raises:
            Malformed: longer than 127 octets.
        """
        both = self.destination is not None and self.source is not None
        control = (
            self.kind
            | _PENDING * self.pending
            | _ACK_REQUEST * self.ack_request
            | _COMPRESSED * (both and self.source_pan is None)
            | _mode(self.destination) << 10
            | _mode(self.source) << 14
        )
        octets = control.to_bytes(2, "little") + bytes((self.sequence,))
        if self.pan is not None:
            octets += self.pan.to_bytes(2, "little")
        octets += _encoded(self.destination)
        if self.source_pan is not None:
            octets += self.source_pan.to_bytes(2, "little")
        octets += _encoded(self.source) + self.payload
        if len(octets) + FCS_LENGTH > MAX_PSDU:
            raise Malformed("PSDU", f"has at most {MAX_PSDU} octets, not {len(octets) + FCS_LENGTH}")
        return octets + check_sequence(octets)


def check_sequence(octets: bytes) -> bytes:
    """The FCS as on the air: CRC-16 of ITU-T, least significant bit first, start 0 (7.2.1.9)."""
    # The standard library's CRC takes the most significant bit first: turned over before and after, it is the same.
    return crc_hqx(octets.translate(_REVERSED), 0).to_bytes(2, "big").translate(_REVERSED)


def is_checked(psdu: bytes) -> bool:
    """Whether the FCS at the end is that of the frame before it."""
    # A CRC over octets and their own CRC is 0, and over them and anything else it is not.
    return crc_hqx(psdu.translate(_REVERSED), 0) == 0


def decode_mac(psdu: bytes) -> MacFrame:
    """Read one PSDU, check sequence included.

    Raises:
        Malformed: cut short, too long, wrong check sequence, reserved or unsupported.
    """
    if not _SHORTEST + FCS_LENGTH <= len(psdu) <= MAX_PSDU:
        raise Malformed("PSDU", f"has 5 to {MAX_PSDU} octets, not {len(psdu)}")
    if not is_checked(psdu):
        raise Malformed("FCS", "matches the frame")
    control = psdu[0] | psdu[1] << 8
    if control & (_RESERVED | _VERSION | _SECURED):
        raise Malformed("MAC frame control", f"is of version 0, unsecured, reserved bits 0, not 0x{control:04X}")
    kind = _TYPES.get(control & 7)
    if kind is None:
        raise Malformed("MAC frame type", f"is beacon, data, acknowledgement or command, not {control & 7}")
    octets = psdu[:-FCS_LENGTH]
    to_mode, from_mode = control >> 10 & 3, control >> 14
    compressed = bool(control & _COMPRESSED)
    if compressed and not (to_mode and from_mode):
        raise Malformed("PAN ID compression", "has both addresses")
    at = _SHORTEST
    pan = source_pan = None
    destination: Address = None
    source: Address = None
    if to_mode:
        pan, at = _number(octets, at)
        destination, at = _address(octets, at, to_mode)
    if from_mode:
        if not compressed:
            source_pan, at = _number(octets, at)
            if not to_mode:
                pan, source_pan = source_pan, None
        source, at = _address(octets, at, from_mode)
    if kind is MacType.ACKNOWLEDGEMENT and at + to_mode + from_mode != len(octets):
        raise Malformed("MAC acknowledgement", "has neither addresses nor content")
    return MacFrame(
        kind,
        octets[2],
        pan,
        destination,
        source,
        octets[at:],
        bool(control & _ACK_REQUEST),
        bool(control & _PENDING),
        source_pan,
    )


def _mode(address: Address) -> int:
    if address is None:
        return _NONE
    return _EXTENDED if isinstance(address, EUI64) else _SHORT


def _encoded(address: Address) -> bytes:
    if address is None:
        return b""
    return address[::-1] if isinstance(address, EUI64) else address.to_bytes(2, "little")


def _number(octets: bytes, at: int) -> tuple[int, int]:
    if at + 2 > len(octets):
        raise Malformed("MAC header", "is cut short")
    return int.from_bytes(octets[at : at + 2], "little"), at + 2


def _address(octets: bytes, at: int, mode: int) -> tuple[Address, int]:
    if mode == _SHORT:
        return _number(octets, at)
    if mode != _EXTENDED:
        raise Malformed("MAC addressing mode", f"is none, short or extended, not {mode}")
    if at + 8 > len(octets):
        raise Malformed("MAC header", "is cut short")
    return EUI64(octets[at : at + 8][::-1]), at + 8


_ACKNOWLEDGEMENTS: Final = tuple(MacFrame(MacType.ACKNOWLEDGEMENT, number).encode() for number in range(256))


def acknowledgement(psdu: bytes) -> bytes:
    """What a receiver's radio answers to ``psdu`` by itself."""
    return _ACKNOWLEDGEMENTS[psdu[2]]
