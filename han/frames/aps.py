"""Zigbee APS frames: data, command, acknowledgement, and their security (Zigbee 2.2.5, 4.4)."""

from enum import IntEnum
from struct import Struct
from typing import NamedTuple

from han.frames.security import Auxiliary, read_auxiliary, seal, unseal_any
from schemas.errors import Malformed, NotAuthentic
from schemas.eui import EUI64

_ACK_FORMAT, _SECURITY, _ACK_REQUEST, _EXTENDED = 0x10, 0x20, 0x40, 0x80
_ADDRESSED = Struct("<BHHBB")
_GROUPED = Struct("<HHHBB")


class ApsType(IntEnum):
    """Frame type (2.2.5.1.1.1)."""

    DATA = 0
    COMMAND = 1
    ACKNOWLEDGEMENT = 2


class Mode(IntEnum):
    """Delivery mode (2.2.5.1.1.2)."""

    UNICAST = 0
    BROADCAST = 2
    GROUP = 3


class Part(IntEnum):
    """Fragmentation (2.2.5.1.8.1)."""

    FIRST = 1
    LATER = 2


_TYPES = {int(kind): kind for kind in ApsType}
_MODES = {int(mode): mode for mode in Mode}
_PARTS = {int(part): part for part in Part}


class Block(NamedTuple):
    """The extended header of a fragment, or of its acknowledgement.

    Attributes:
        number: of a first fragment, how many there are; of a later one, its index from 1; of an acknowledgement, the
            first block of the window.
        bitmap: acknowledgement only: bit n for block ``number + n`` received, bits beyond the window set.
    """

    part: Part
    number: int
    bitmap: int | None = None

    def encode(self) -> bytes:
        """Two octets, three in an acknowledgement."""
        return bytes((self.part, self.number)) + (b"" if self.bitmap is None else bytes((self.bitmap,)))


class ApsFrame(NamedTuple):
    """One APS frame.

    Attributes:
        counter: APS counter, 0 to 255; an acknowledgement repeats that of its frame, as it repeats the rest.
        endpoint: destination endpoint, or the group's address; None in a command and the acknowledgement of one.
        cluster, profile, source_endpoint: None where ``endpoint`` is.
        payload: sealed, with its MIC, where ``auxiliary`` says so on the air.
        block: extended header.
    """

    kind: ApsType
    counter: int
    payload: bytes = b""
    endpoint: int | None = None
    cluster: int | None = None
    profile: int | None = None
    source_endpoint: int | None = None
    mode: Mode = Mode.UNICAST
    ack_request: bool = False
    auxiliary: Auxiliary | None = None
    block: Block | None = None

    def header(self, *, secured: bool | None = None) -> bytes:
        """Octets before the auxiliary header, extended header included; ``secured`` is by that header if not given."""
        control = (
            self.kind
            | self.mode << 2
            | _ACK_FORMAT * (self.kind is ApsType.ACKNOWLEDGEMENT and self.endpoint is None)
            | _SECURITY * (self.auxiliary is not None if secured is None else secured)
            | _ACK_REQUEST * self.ack_request
            | _EXTENDED * (self.block is not None)
        )
        octets = bytes((control,))
        if self.endpoint is None:
            octets += bytes((self.counter,))
        else:
            layout = _GROUPED if self.mode is Mode.GROUP else _ADDRESSED
            octets += layout.pack(self.endpoint, self.cluster, self.profile, self.source_endpoint, self.counter)
        return octets if self.block is None else octets + self.block.encode()

    def sealed(self, key: bytes, auxiliary: Auxiliary, source: EUI64) -> bytes:
        """The whole frame, its payload in clear sealed under ``auxiliary``; a fragment is sealed by itself.

        Args:
            source: the node that made the frame.

        Raises:
            NotAuthentic: the counter is used up.
        """
        header = self.header(secured=True)
        return header + seal(header, auxiliary, self.payload, key, source)

    def encode(self) -> bytes:
        """The whole frame."""
        auxiliary = b"" if self.auxiliary is None else self.auxiliary.encode()
        return self.header() + auxiliary + self.payload


def decode_aps(octets: bytes) -> ApsFrame:
    """Read one APS frame; a secured payload stays sealed.

    Raises:
        Malformed: cut short, reserved values, or an extended header out of place.
    """
    if not octets:
        raise Malformed("APS frame", "has at least 2 octets, not 0")
    control = octets[0]
    kind, mode = _TYPES.get(control & 3), _MODES.get(control >> 2 & 3)
    if kind is None:
        raise Malformed("APS frame type", f"is data, command or acknowledgement, not {control & 3}")
    if mode is None:
        raise Malformed("APS delivery mode", f"is unicast, broadcast or group, not {control >> 2 & 3}")
    short = bool(control & _ACK_FORMAT)
    if short and kind is not ApsType.ACKNOWLEDGEMENT:
        raise Malformed("APS frame control", "has the format bit in acknowledgements only")
    if control & _EXTENDED and (kind is ApsType.COMMAND or short or mode is not Mode.UNICAST):
        raise Malformed("APS extended header", "is in data to one node and its acknowledgement only")
    endpoint = cluster = profile = source_endpoint = None
    if kind is ApsType.COMMAND or short:
        if len(octets) < 2:
            raise Malformed("APS header", "is cut short")
        counter, at = octets[1], 2
    else:
        layout = _GROUPED if mode is Mode.GROUP else _ADDRESSED
        at = 1 + layout.size
        if len(octets) < at:
            raise Malformed("APS header", "is cut short")
        endpoint, cluster, profile, source_endpoint, counter = layout.unpack_from(octets, 1)
    block = None
    if control & _EXTENDED:
        block, at = _block(octets, at, acknowledgement=kind is ApsType.ACKNOWLEDGEMENT)
    auxiliary, payload = None, octets[at:]
    if control & _SECURITY:
        auxiliary, payload = read_auxiliary(payload)
    elif kind is ApsType.ACKNOWLEDGEMENT and payload:
        raise Malformed("APS acknowledgement", "has no content")
    return ApsFrame(
        kind,
        counter,
        payload,
        endpoint,
        cluster,
        profile,
        source_endpoint,
        mode,
        bool(control & _ACK_REQUEST),
        auxiliary,
        block,
    )


def open_aps(frame: ApsFrame, keys: tuple[bytes, ...], source: EUI64 | None) -> tuple[ApsFrame, bytes]:
    """The frame with its payload in clear, and the key that fits; the auxiliary header stays.

    Args:
        keys: tried in turn, of the kind that the auxiliary header names.
        source: who made the frame, for headers that do not say it.

    Raises:
        Malformed: no MIC.
        NotAuthentic: unsecured, of nobody, or no key fits.
    """
    auxiliary = frame.auxiliary
    if auxiliary is None:
        raise NotAuthentic("APS frame", "is secured")
    made_by = auxiliary.source or source
    if made_by is None:
        raise NotAuthentic("APS auxiliary header", "or the NWK one names the source")
    plain, key = unseal_any(frame.header(), auxiliary, frame.payload, keys, made_by)
    return ApsFrame._make((*frame[:2], plain, *frame[3:])), key


def _block(octets: bytes, at: int, *, acknowledgement: bool) -> tuple[Block, int]:
    end = at + (3 if acknowledgement else 2)
    if len(octets) < end:
        raise Malformed("APS extended header", "is cut short")
    part = _PARTS.get(octets[at])
    if part is None:
        raise Malformed("APS extended frame control", f"is first or later fragment, not 0x{octets[at]:02X}")
    return Block(part, octets[at + 1], octets[at + 2] if acknowledgement else None), end
