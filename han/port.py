"""A node's way on to the air, for nodes that speak in zigpy's packets: packets to payloads of its stack and back."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final

import zigpy.types as t

from han.addresses import address_number, changed, nwk_address
from han.frames.nwk import FIRST_BROADCAST
from han.frames.receiver import Heard
from han.frames.station import Asdu
from han.link import Fate, Medium
from han.pan import Pan
from han.stack import Outgoing, Stack
from schemas.eui import EUI64

Told = Callable[[datetime, int, t.ZigbeePacket, Fate], tuple[int | None, str]]
"""Told each packet as it is sent, and as nobody has acknowledged it: when, from where, what, and its fate.

Gives the number of its message in the trace, if there is one, and what it is in a line.
"""

_address = lru_cache(maxsize=1024)(nwk_address)
_BROADCAST: Final = t.AddrMode.Broadcast


class Port:
    """One node's attachment to a medium.

    Args:
        medium: the air.
        pan: the network that the node has joined.
        eui: the node.
        receiver: called with each packet and its arrival time, duplicates removed.
        failed: called with each packet that nobody has acknowledged.
    """

    def __init__(
        self,
        medium: Medium,
        pan: Pan,
        eui: EUI64,
        receiver: Callable[[t.ZigbeePacket, datetime], None],
        failed: Callable[[t.ZigbeePacket, datetime], None] = lambda packet, now: None,
    ) -> None:
        self.told: Told | None = None
        self.stack = Stack(medium, pan, eui, self._deliver, self._failed)
        self.address = nwk_address(self.stack.address)
        self._medium = medium
        self._receiver = receiver
        self._give_back = failed

    def send(self, packet: t.ZigbeePacket, now: datetime) -> Fate:
        """Send with this node's address and next APS counter: SENT, or UNREACHABLE where the address is nobody's.

        Raises:
            Malformed: too long for its blocks.
            NotPossible: too many payloads wait for this destination.
        """
        assert packet.dst is not None
        destination = address_number(packet.dst)
        if packet.dst.addr_mode not in (t.AddrMode.NWK, _BROADCAST):
            return self._tell(packet, now, Fate.UNREACHABLE)
        if destination < FIRST_BROADCAST and not self._medium.attached(destination):
            return self._tell(packet, now, Fate.UNREACHABLE)
        data = packet.data.serialize()
        counter = self.stack.next_counter(destination)
        asdu = Asdu(data, packet.cluster_id, packet.profile_id, packet.dst_ep or 0, packet.src_ep or 0, counter)
        message, about = (None, "") if self.told is None else self.told(now, self.stack.address, packet, Fate.SENT)
        self.stack.send(destination, Outgoing(asdu, packet, message, about), now)
        return Fate.SENT

    def leave(self) -> None:
        """Go off the air."""
        self.stack.leave()

    def restart(self) -> list[t.ZigbeePacket]:
        """Lose what a loss of power takes, and return the packets that were on their way out."""
        return [each.token for each in self.stack.restart() if isinstance(each.token, t.ZigbeePacket)]

    def _tell(self, packet: t.ZigbeePacket, now: datetime, fate: Fate) -> Fate:
        if self.told is not None:
            self.told(now, self.stack.address, packet, fate)
        return fate

    def _deliver(self, heard: Heard, now: datetime) -> None:
        nwk, aps = heard.nwk, heard.aps
        assert nwk is not None and aps is not None and heard.payload is not None  # as the stack delivers them
        broadcast = nwk.destination >= FIRST_BROADCAST
        packet = changed(
            _BLANK,
            timestamp=now,
            src=_address(nwk.source),
            src_ep=aps.source_endpoint,
            dst=_broadcast(nwk.destination) if broadcast else self.address,
            dst_ep=aps.endpoint,
            profile_id=aps.profile,
            cluster_id=aps.cluster,
            tsn=aps.counter,
            data=t.SerializableBytes(heard.payload),
        )
        self._receiver(packet, now)

    def _failed(self, outgoing: Outgoing, destination: int, now: datetime) -> None:
        packet = outgoing.token
        assert isinstance(packet, t.ZigbeePacket)  # as sent above
        self._tell(packet, now, Fate.LOST)
        self._give_back(packet, now)


@lru_cache(maxsize=8)
def _broadcast(number: int) -> t.AddrModeAddress:
    return t.AddrModeAddress(_BROADCAST, t.BroadcastAddress(number))  # type: ignore[no-untyped-call]


_BLANK: Final = t.ZigbeePacket(profile_id=0, cluster_id=0, data=t.SerializableBytes(b""))  # type: ignore[arg-type]
