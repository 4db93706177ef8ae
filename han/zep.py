"""ZEP version 2: IEEE 802.15.4 frames in UDP datagrams, as Wireshark and sniffers speak it, and a tunnel over them.

A datagram is ``EX``, the version and a type: 1 carries a frame with channel, link quality, time stamp and sequence
number; 2 acknowledges a sequence number. Layout: Wireshark's ZigBee Encapsulation Protocol.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from han.clusters import SMART_ENERGY, Tunneling
from han.frames import mac
from han.frames.keys import stand_in_key
from han.frames.mac import MacFrame, MacType
from han.frames.receiver import Receiver
from han.frames.station import Asdu, Station
from han.node import ENDPOINT
from han.tunnel import Received, Transmit
from han.zcl import decode, encode
from schemas.errors import Malformed, SmartMeterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from han.tunnel import Output
    from han.tunnel_client import TunnelClient
    from han.tunnel_server import TunnelServer
    from schemas.eui import EUI64

PAN: Final = 0x1A62
HUB, DEVICE = 0x0000, 0x0001
"""NWK addresses of the two ends."""
_DATA, _ACKNOWLEDGEMENT = 1, 2
_HEAD = Struct(">2sBB")
_REST = Struct(">BHBBQL10xB")
_CHANNEL: Final = 11
_CRC_MODE, _QUALITY = 1, 255
_NTP_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BEACON_REQUEST = b"\x07"
_ERA = 2**32


class Heard(NamedTuple):
    """A datagram with a frame.

    Attributes:
        moment: by the sender's clock.
        psdu: with its FCS.
    """

    moment: datetime
    sequence: int
    psdu: bytes


def encode_data(psdu: bytes, moment: datetime, sequence: int) -> bytes:
    """A frame as a datagram; the time stamp is NTP's, exact to a microsecond."""
    seconds, rest = divmod((moment - _NTP_EPOCH) // _MICROSECOND, 10**6)
    stamp = (seconds % _ERA) << 32 | -(-(rest << 32) // 10**6)
    head = _HEAD.pack(b"EX", 2, _DATA)
    return head + _REST.pack(_CHANNEL, 0, _CRC_MODE, _QUALITY, stamp, sequence % _ERA, len(psdu)) + psdu


def encode_acknowledgement(sequence: int) -> bytes:
    """The datagram with this sequence number was heard, and what came of it has been sent."""
    return _HEAD.pack(b"EX", 2, _ACKNOWLEDGEMENT) + (sequence % _ERA).to_bytes(4)


def decode_datagram(octets: bytes) -> Heard | int:
    """A frame, or the sequence number that is acknowledged.

    Raises:
        Malformed: it is no ZEP datagram of version 2.
    """
    if len(octets) < _HEAD.size or octets[:3] != b"EX\x02":
        raise Malformed("ZEP", "begins with EX and version 2")
    if octets[3] == _ACKNOWLEDGEMENT and len(octets) == _HEAD.size + 4:
        return int.from_bytes(octets[_HEAD.size :])
    if octets[3] != _DATA or len(octets) < _HEAD.size + _REST.size:
        raise Malformed("ZEP", "is of type 1 with a whole header, or of type 2 with a sequence number")
    _, _, _, _, stamp, sequence, length = _REST.unpack_from(octets, _HEAD.size)
    psdu = octets[_HEAD.size + _REST.size :]
    if len(psdu) != length:
        raise Malformed("ZEP length", f"is {length}, {len(psdu)} octets follow")
    # Seconds of NTP begin anew in 2036: what lies before 1968 is of the next era.
    seconds = (stamp >> 32) + (0 if stamp >> 63 else _ERA)
    return Heard(_NTP_EPOCH + timedelta(seconds=seconds, microseconds=(stamp % _ERA) * 10**6 >> 32), sequence, psdu)


@dataclass(slots=True)
class TunnelEnd:
    """One end of the tunnel between a hub and a device, from GBCS messages to datagrams and back. Sans-IO.

    Network key and link key grow from a seed: what stands for joining, which has been before (assumed).

    Args:
        own, peer: NWK addresses.
        side: the end of the tunnel that this is.
        seed: of the keys.
        hub, device: EUI-64 of both ends.
    """

    own: int
    peer: int
    side: TunnelClient | TunnelServer
    seed: bytes
    hub: EUI64
    device: EUI64
    _sequence: count[int] = field(default_factory=lambda: count(1))
    _station: Station = field(init=False)
    _receiver: Receiver = field(init=False)
    _link_key: bytes = field(init=False)

    def __post_init__(self) -> None:
        network_key = stand_in_key(self.seed, self.hub)
        self._link_key = stand_in_key(self.seed, *sorted((self.hub, self.device)))
        self._station = Station(self.own, self.hub if self.own == HUB else self.device, PAN, network_key)
        self._receiver = Receiver([network_key], [self._link_key])

    def say(self, outputs: Iterable[Output], now: datetime) -> list[bytes]:
        """The datagrams of what the tunnel's side wants to send."""
        return [
            encode_data(psdu, now, next(self._sequence))
            for output in outputs
            if isinstance(output, Transmit)
            for _, psdu in self._station.data(self.peer, self._asdu(output), self._link_key)
        ]

    def tick(self, now: datetime) -> bytes:
        """A frame that says nothing but the time in its datagram: a beacon request, which every device may ignore."""
        frame = MacFrame(MacType.COMMAND, 0, mac.BROADCAST, mac.BROADCAST, None, _BEACON_REQUEST)
        return encode_data(frame.encode(), now, next(self._sequence))

    def hear(self, heard: Heard, take: Callable[[bytes], list[Output]]) -> list[bytes]:
        """Take a frame; the datagrams that answer it. A frame that is not in order is dropped.

        Args:
            take: given each GBCS message that is complete with it; gives what the tunnel's side wants to send.
        """
        frame = self._receiver.hear(heard.psdu)
        if frame is None or frame.payload is None:
            return []
        try:
            outputs = self.side.receive(self.peer, decode(Tunneling.cluster_id, frame.payload), heard.moment)
        except SmartMeterError:
            return []
        datagrams: list[bytes] = []
        for output in outputs:
            if isinstance(output, Received):
                datagrams += self.say(take(output.message), heard.moment)
            else:
                datagrams += self.say([output], heard.moment)
        return datagrams

    def _asdu(self, output: Transmit) -> Asdu:
        zcl = encode(output.command, output.tsn)
        counter = self._station.next_counter()
        return Asdu(zcl, Tunneling.cluster_id, SMART_ENERGY, ENDPOINT, ENDPOINT, counter)
