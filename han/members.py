"""Who is on one network: devices join, come back and are sent away, as frames on its air. Virtual time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Final

from han.frames.management import (
    DEVICE_ANNCE,
    LEAVE,
    REJOIN_REQUEST,
    REJOIN_RESPONSE,
    ROUTER,
    Announcement,
    KeyType,
    read_announcement,
    read_transport_key,
    request_key,
)
from han.frames.nwk import ALL_RX_ON_WHEN_IDLE
from han.frames.security import KeyId
from han.frames.station import Asdu
from han.joiner import GaveUp, Joiner, Network
from han.reports import Arrived, Left, NotArrived
from han.stack import Outgoing
from han.trust_centre import Joined, OnAir, Refused, TrustCentre
from schemas.errors import Malformed, NotPossible, SmartMeterError

if TYPE_CHECKING:
    import zigpy.types as t

    from han import joiner, trust_centre
    from han.frames.aps import ApsFrame
    from han.frames.receiver import Heard
    from han.link import Medium
    from han.pan import Pan
    from han.port import Port
    from han.stack import Stack
    from schemas.eui import EUI64

LAST_ADDRESS: Final = 0xFFF7
"""Highest NWK address of a node (Zigbee 3.6.1.10); above are broadcasts."""
ANNOUNCEMENTS: Final = 3
ANNOUNCE_AGAIN: Final = timedelta(milliseconds=500)
"""How often a device says that it is there, and how soon again; nwkMaxBroadcastRetries is 3, the rest our choice."""
ZDO: Final = 0x0000
"""Profile and endpoint of the device object."""

Report = Arrived | NotArrived | Left


class Members:
    """The members of one network, and those who want to be.

    Args:
        medium, pan: the air and the network.
        hub: the hub's stack.
        rng: draws addresses.
        settle: called with a device that has its address and the network key: gives its way on to the air.
        report: told what has become of who wanted to join or was sent away.

    Attributes:
        link_key: the key by which the hub knows a device, None for one that is not in its device log.
        trust_centre: takes and refuses.
        given: the application link key that a device was given over the air, by device and partner.
    """

    def __init__(
        self,
        medium: Medium,
        pan: Pan,
        hub: Stack,
        rng: Random,
        settle: Callable[[EUI64], Port],
        report: Callable[[Report, datetime], None],
    ) -> None:
        self.link_key: Callable[[EUI64], bytes | None] = lambda eui: None
        self.given: dict[tuple[EUI64, EUI64], bytes] = {}
        self.trust_centre = TrustCentre(
            hub.station, lambda eui: self.link_key(eui), self.address, pan.address, pan.link_key
        )
        self._medium = medium
        self._pan = pan
        self._hub = hub
        self._rng = rng
        self._settle = settle
        self._report = report
        self._joiners: dict[EUI64, Joiner] = {}
        hub.management = self._at_hub

    def address(self, eui: EUI64) -> int:
        """The NWK address of a device, drawn where it has none yet."""
        known = self._pan.address(eui)
        if known is not None:
            return known
        while (drawn := self._rng.randint(1, LAST_ADDRESS)) in self._pan.euis:
            pass
        self._pan.assign(eui, drawn)
        return drawn

    def join(self, eui: EUI64, link_key: bytes, now: datetime) -> None:
        """Let a device look for the network with the key of its install code; one that does so already goes on.

        Raises:
            NotPossible: it is on the network.
        """
        if eui in self._joiners:
            return
        self._joiners[eui] = newcomer = Joiner(eui, link_key)
        try:
            self._medium.attach(eui, lambda psdu, when: self._of_joiner(eui, newcomer.hear(psdu, when), when))
        except NotPossible:
            del self._joiners[eui]
            raise
        self._of_joiner(eui, newcomer.start(now), now)

    def rejoin(self, port: Port, now: datetime) -> None:
        """Let a device that has the network key come back: it asks, is answered and announces itself."""
        command = bytes((REJOIN_REQUEST, ROUTER))
        psdu = port.stack.station.nwk_command(0x0000, command, self._pan.hub)
        self._medium.transmit(port.stack.eui, psdu, now, "NWK rejoin request")

    def request_key(self, port: Port, partner: EUI64, now: datetime) -> None:
        """Let a device ask the trust centre for a key with ``partner``, under its own link key."""
        key = self._pan.link_key(port.stack.eui, self._pan.hub)
        psdu = port.stack.station.key_command(0x0000, request_key(partner), key, KeyId.LINK)
        self._medium.transmit(port.stack.eui, psdu, now, "Request-Key")

    def send_away(self, eui: EUI64, now: datetime) -> None:
        """The hub tells a device to leave."""
        address = self._pan.address(eui)
        if address is not None:
            self._of_hub(self.trust_centre.send_away(eui, address), now)

    def watch(self, port: Port) -> None:
        """Let a device take what is said to it about the network."""
        port.stack.management = partial(self._at_device, port)

    def announced(self, packet: t.ZigbeePacket, now: datetime) -> None:
        """The hub has heard a packet of the device objects."""
        if packet.cluster_id != DEVICE_ANNCE:
            raise NotPossible("cluster", f"0x{packet.cluster_id:04X} of the device object is not answered")
        said = read_announcement(packet.data.serialize())
        if self._pan.address(said.eui) != said.address:
            raise Malformed("Device_annce", "says the address that the hub has given")
        self._of_hub(self.trust_centre.announced(said), now)

    def next_timer(self) -> datetime | None:
        """When ``handle_timer`` wants to be called."""
        if not self._joiners:
            return self.trust_centre.next_timer()
        timers = [self.trust_centre.next_timer(), *(joiner.next_timer() for joiner in self._joiners.values())]
        return min((due for due in timers if due is not None), default=None)

    def handle_timer(self, now: datetime) -> None:
        """Do what is due."""
        self._of_hub(self.trust_centre.handle_timer(now), now)
        for eui, newcomer in list(self._joiners.items()):
            self._of_joiner(eui, newcomer.handle_timer(now), now)

    def _at_hub(self, heard: Heard, now: datetime) -> None:
        self._of_hub(self.trust_centre.hear(heard, now), now)

    def _at_device(self, port: Port, heard: Heard, now: datetime) -> None:
        nwk = heard.nwk
        if nwk is None or nwk.auxiliary is None or nwk.auxiliary.source != self._pan.hub:
            return
        if heard.aps is not None:
            self._take_key(port, heard.aps)
        elif nwk.payload[:1] == bytes((LEAVE,)):
            port.leave()
            self._report(Left(port.stack.eui), now)
        elif nwk.payload[:1] == bytes((REJOIN_RESPONSE,)):
            self._announce(port, now)

    def _take_key(self, port: Port, aps: ApsFrame) -> None:
        stack = port.stack
        try:
            said = read_transport_key(aps.payload)
            sealed = aps.auxiliary is not None and aps.auxiliary.key_id is KeyId.KEY_LOAD
            # Both ends grow their key from the secret too: another one would not be what the partner has.
            fits = said.key == self._pan.link_key(stack.eui, said.party)
            if said.kind is not KeyType.APPLICATION_LINK or not sealed or not fits:
                raise NotPossible("Transport-Key", "is an application link key for this node, under its key-load key")
        except SmartMeterError as error:
            stack.dropped[error.field] += 1
            return
        self.given[stack.eui, said.party] = said.key

    def _of_hub(self, outcomes: list[trust_centre.Outcome], now: datetime) -> None:
        for outcome in outcomes:
            match outcome:
                case OnAir(psdu, about):
                    self._medium.transmit(self._hub.eui, psdu, now, about)
                case Joined(eui):
                    self._report(Arrived(eui), now)
                case Refused(eui, reason):
                    self._report(NotArrived(eui, reason), now)

    def _of_joiner(self, eui: EUI64, outcomes: list[joiner.Outcome], now: datetime) -> None:
        newcomer = self._joiners.get(eui)
        if newcomer is None:
            return
        if newcomer.address is not None:
            self._medium.assign(eui, newcomer.address)
        for outcome in outcomes:
            match outcome:
                case OnAir(psdu, about):
                    self._medium.transmit(eui, psdu, now, about)
                case Network():
                    self._come(eui, outcome, now)
                case GaveUp(reason):
                    self._forget(eui)
                    self._report(NotArrived(eui, reason), now)

    def _come(self, eui: EUI64, network: Network, now: datetime) -> None:
        self._forget(eui)
        if (network.network_key, network.hub, network.pan) != (self._pan.network_key, self._pan.hub, self._pan.pan_id):
            self._report(NotArrived(eui, "has the key of another network"), now)
            return
        self._announce(self._settle(eui), now)

    def _announce(self, port: Port, now: datetime) -> None:
        """Say it a few times: nobody acknowledges a broadcast."""
        for number in range(ANNOUNCEMENTS):
            self._medium.call_at(now + number * ANNOUNCE_AGAIN, partial(self._say_who, port))

    def _say_who(self, port: Port, now: datetime) -> None:
        # It may have been sent away since.
        if self._medium.attached(port.stack.address):
            stack = port.stack
            counter = stack.next_counter(ALL_RX_ON_WHEN_IDLE)
            said = Announcement(counter, stack.address, stack.eui).encode()
            asdu = Asdu(said, DEVICE_ANNCE, ZDO, ZDO, ZDO, counter)
            stack.send(ALL_RX_ON_WHEN_IDLE, Outgoing(asdu, about="Device_annce"), now)

    def _forget(self, eui: EUI64) -> None:
        del self._joiners[eui]
        self._medium.detach(eui)
