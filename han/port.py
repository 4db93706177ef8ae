"""A node's way on to the air: what the radio's own stack does below ZCL.

It stamps source address and APS counter on packets going out and rejects duplicates coming in (Zigbee 2.2.8.4.2: the
APS layer delivers a counter once within its time-out). MAC, NWK and APS framing and security belong at this place too.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime

import zigpy.types as t

from han.link import Fate, Medium, Receiver, address_number, changed, nwk_address

_REMEMBERED = 64
"""APS counters remembered a sender: well above what can be overtaken, well below the 256 a counter has.

Counters run a destination, not a node as in a real stack: a hub that sends 256 packets to others in no time at all, as
virtual time allows, must not look like a repeat to the one it comes back to.
"""


class Port:
    """One node's attachment to a medium.

    Args:
        medium: the air.
        address: this node's NWK address, 0x0000 to 0xFFF7.
        receiver: called with each packet and its arrival time, duplicates removed.
    """

    def __init__(self, medium: Medium, address: int, receiver: Receiver) -> None:
        self.duplicates = 0
        self.address = nwk_address(address)
        self._medium = medium
        self._receiver: Callable[[t.ZigbeePacket, datetime], None] = receiver
        self._counters: dict[int, int] = {}
        self._heard: dict[tuple[int, int], deque[int]] = {}
        medium.attach(address, self._receive)

    def send(self, packet: t.ZigbeePacket, now: datetime) -> Fate:
        """Send with this node's address and next APS counter."""
        assert packet.dst is not None
        destination = address_number(packet.dst)
        counter = self._counters[destination] = (self._counters.get(destination, -1) + 1) % 256
        return self._medium.send(changed(packet, src=self.address, tsn=counter, timestamp=now), now)

    def _receive(self, packet: t.ZigbeePacket, now: datetime) -> None:
        assert packet.src is not None and packet.dst is not None  # the medium carries nothing without
        pair = address_number(packet.src), address_number(packet.dst)
        heard = self._heard.get(pair)
        if heard is None:
            heard = self._heard[pair] = deque(maxlen=_REMEMBERED)
        if packet.tsn in heard:
            self.duplicates += 1
            return
        heard.append(int(packet.tsn))
        self._receiver(changed(packet, timestamp=now), now)
