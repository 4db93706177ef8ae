"""One node's sending side: a payload becomes PSDUs, with this node's counters."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from han.frames import mac, usual
from han.frames.aps import ApsFrame, ApsType, Block, Mode, Part
from han.frames.fragments import split
from han.frames.mac import MAX_PSDU, MacFrame, MacType
from han.frames.nwk import FIRST_BROADCAST, NwkFrame, NwkType
from han.frames.security import MIC_LENGTH, Auxiliary, KeyId
from schemas.eui import EUI64

_MAC, _NWK, _NWK_AUXILIARY, _APS, _APS_AUXILIARY, _BLOCK = 9 + mac.FCS_LENGTH, 8, 14 + MIC_LENGTH, 8, 13 + MIC_LENGTH, 2
MAX_ASDU: Final = MAX_PSDU - _MAC - _NWK - _NWK_AUXILIARY - _APS - _APS_AUXILIARY
"""Octets of a payload that goes in one frame under both layers' security: 65."""
MAX_BLOCK: Final = MAX_ASDU - _BLOCK
"""Octets of a fragment: 63."""
_ALL_RECEIVED: Final = 0xFF


class Asdu(NamedTuple):
    """A payload of the APS layer and where it goes.

    Attributes:
        endpoint, source_endpoint: 0 to 255.
        counter: APS counter, 0 to 255.
    """

    payload: bytes
    cluster: int
    profile: int
    endpoint: int
    source_endpoint: int
    counter: int


class Numbers:
    """Numbers from 0 on, in a circle of ``size`` where it is given.

    Attributes:
        following: the next one.
    """

    __slots__ = ("_size", "following")

    def __init__(self, size: int | None = None, following: int = 0) -> None:
        self.following = following
        self._size = size

    def __next__(self) -> int:
        number = self.following
        self.following = number + 1 if number + 1 != self._size else 0
        return number


@dataclass(slots=True)
class Station:
    """A node that sends.

    Attributes:
        address: NWK address, 0x0000 to 0xFFF7.
        network_key: 16 octets.
        mac_sequence, nwk_sequence, aps_sequence, nwk_counter: of its frames.
        aps_counters: frame counters, by key.
    """

    address: int
    eui: EUI64
    pan: int
    network_key: bytes
    key_sequence: int = 0
    mac_sequence: Numbers = field(default_factory=lambda: Numbers(256))
    nwk_sequence: Numbers = field(default_factory=lambda: Numbers(256))
    aps_sequence: Numbers = field(default_factory=lambda: Numbers(256))
    nwk_counter: Numbers = field(default_factory=Numbers)
    aps_counters: dict[bytes, Numbers] = field(default_factory=dict)

    def next_counter(self) -> int:
        """The next APS counter, 0 to 255."""
        return next(self.aps_sequence)

    def data(self, destination: int, asdu: Asdu, key: bytes | None) -> list[tuple[Block | None, bytes]]:
        """The PSDUs of ``asdu``, as many as it takes, each with its block.

        Args:
            destination: NWK address; a broadcast asks for no acknowledgement and has no blocks.
            key: link key of both ends; None for what goes under the network key alone (ZDO, broadcasts).

        Raises:
            Malformed: too long for 255 blocks, or a broadcast that is too long for one frame.
            NotAuthentic: a frame counter is used up.
        """
        return [
            (block, self.frame(destination, asdu, key, block, piece))
            for block, piece in self.pieces(destination, asdu, key)
        ]

    def pieces(self, destination: int, asdu: Asdu, key: bytes | None) -> list[tuple[Block | None, bytes]]:
        """The payload as it goes into frames: whole, or its blocks; arguments as for ``data``.

        Raises:
            Malformed: too long for 255 blocks.
        """
        spare = 0 if key is not None else _APS_AUXILIARY
        if destination < FIRST_BROADCAST and len(asdu.payload) > MAX_ASDU + spare:
            return list(split(asdu.payload, MAX_BLOCK + spare))
        return [(None, asdu.payload)]

    def acknowledge(self, destination: int, asdu: Asdu, key: bytes | None, block: Block | None) -> bytes:
        """The PSDU that acknowledges one frame of ``asdu``, which ``destination`` sent: as secured as that was."""
        named = asdu.source_endpoint, asdu.cluster, asdu.profile, asdu.endpoint
        if block is not None:
            block = Block(block.part, 0 if block.part is Part.FIRST else block.number, _ALL_RECEIVED)
        if key is not None and destination < FIRST_BROADCAST:
            return usual.seal(self, destination, usual.acknowledgement_header(named, asdu.counter, block), b"", key)
        frame = ApsFrame(ApsType.ACKNOWLEDGEMENT, asdu.counter, b"", *named, block=block)
        return self._on_air(destination, frame, key)

    def frame(self, destination: int, asdu: Asdu, key: bytes | None, block: Block | None, piece: bytes) -> bytes:
        """The PSDU of one piece, under fresh counters: sent again by the APS layer, it is another frame.

        Raises:
            Malformed: a broadcast that is too long for one frame.
            NotAuthentic: a frame counter is used up.
        """
        named = asdu.endpoint, asdu.cluster, asdu.profile, asdu.source_endpoint
        unicast = destination < FIRST_BROADCAST
        if key is not None and unicast:
            return usual.seal(self, destination, usual.data_header(named, asdu.counter, block), piece, key)
        mode = Mode.UNICAST if unicast else Mode.BROADCAST
        frame = ApsFrame(ApsType.DATA, asdu.counter, piece, *named, mode, ack_request=unicast, block=block)
        return self._on_air(destination, frame, key)

    def nwk_command(self, destination: int, command: bytes, other: EUI64, *, secured: bool = True) -> bytes:
        """The PSDU of a NWK command between this node and ``other``, both EUI-64 in its header (3.4).

        Raises:
            NotAuthentic: a frame counter is used up.
        """
        frame = NwkFrame(
            NwkType.COMMAND,
            destination,
            self.address,
            next(self.nwk_sequence),
            command,
            radius=1,
            discover_route=0,
            destination_eui=other,
            source_eui=self.eui,
        )
        return self._in_mac(destination, self._sealed(frame) if secured else frame.encode())

    def key_command(
        self, destination: int, command: bytes, key: bytes, key_id: KeyId, *, secured: bool = True
    ) -> bytes:
        """The PSDU of an APS command under a link key, or a key derived from one.

        Args:
            key: what seals the command.
            key_id: which kind of key that is.
            secured: with the network key too; not for a node that has none yet.

        Raises:
            NotAuthentic: a frame counter is used up.
        """
        counter = self.next_under(key)
        aps = ApsFrame(ApsType.COMMAND, self.next_counter(), command)
        octets = aps.sealed(key, Auxiliary(key_id, counter, self.eui), self.eui)
        frame = NwkFrame(NwkType.DATA, destination, self.address, next(self.nwk_sequence), octets)
        return self._in_mac(destination, self._sealed(frame) if secured else frame.encode())

    def mac_command(self, command: bytes, destination: mac.Address, source: mac.Address, **fields: Any) -> bytes:
        """The PSDU of a MAC command.

        Args:
            fields: more of ``MacFrame``.
        """
        number = next(self.mac_sequence)
        return MacFrame(MacType.COMMAND, number, self.pan, destination, source, command, **fields).encode()

    def beacon(self, content: bytes) -> bytes:
        """The PSDU of a beacon."""
        return MacFrame(MacType.BEACON, next(self.mac_sequence), self.pan, None, self.address, content).encode()

    def _sealed(self, frame: NwkFrame) -> bytes:
        return frame.sealed(self.network_key, next(self.nwk_counter), self.eui, self.key_sequence)

    def _in_mac(self, destination: int, payload: bytes) -> bytes:
        unicast = destination < FIRST_BROADCAST
        target = destination if unicast else mac.BROADCAST
        number = next(self.mac_sequence)
        return MacFrame(MacType.DATA, number, self.pan, target, self.address, payload, unicast).encode()

    def _on_air(self, destination: int, aps: ApsFrame, key: bytes | None) -> bytes:
        if key is None:
            octets = aps.encode()
        else:
            octets = aps.sealed(key, Auxiliary(KeyId.LINK, self.next_under(key), self.eui), self.eui)
        sequence, route = next(self.nwk_sequence), 1 if destination < FIRST_BROADCAST else 0
        nwk = NwkFrame(NwkType.DATA, destination, self.address, sequence, octets, discover_route=route)
        return self._in_mac(destination, self._sealed(nwk))

    def next_under(self, key: bytes) -> int:
        """The next frame counter under a key."""
        numbers = self.aps_counters.get(key)
        if numbers is None:
            numbers = self.aps_counters[key] = Numbers()
        return next(numbers)
