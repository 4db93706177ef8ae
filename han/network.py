"""One home's HAN as the world sees it: a hub, its devices, whole GBCS messages in and out. Sans-IO, virtual time.

Here is who is on the network, how its links are, and power; what goes through it is in traffic.py.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random

import zigpy.types as t

from han.addresses import address_number
from han.conditions import Conditions
from han.device import Device
from han.link import Fate, Medium
from han.members import Members
from han.pan import Pan
from han.port import Port
from han.radio import COORDINATOR
from han.real_radio import HubRadio
from han.reports import FrameRecord, Undelivered
from han.sleepy import MAX_SLEEPY, WAKES_EVERY, DeviceEnd, HubEnd, Mailbox, Sleeper
from han.traffic import Traffic
from han.tunnel_client import RESTARTED, TunnelClient
from han.tunnel_server import TunnelServer
from han.zcl import describe
from schemas.errors import NotPossible
from schemas.eui import EUI64
from schemas.gbcs.block_transfer import MAX_MESSAGE

Observer = Callable[[FrameRecord], int | None]
"""Told every ZCL frame; gives the number of its message in the trace, if there is one."""


class Han(Traffic):
    """The network of one hub.

    Args:
        hub: the Communications Hub's EUI-64.
        rng: source of all chance: addresses, PAN, loss. The same seed and calls give the same frames.
        pan_id: 1 to 0xFFFE, drawn if not given.
        idle_close: after how long without use devices close their tunnels; ``None`` for never. The hub asks for a
            closed tunnel again at once, so with a time here there is always a next timer.
        secret: from which network key and link keys grow.
        observer: told every packet; it costs time to describe them, so ``None`` is fastest.
        radio: a real coordinator, for real devices beside the emulated air.

    Attributes:
        pan: identifier, addresses and keys of the network.
        members: who joins, and who is sent away.
        medium: the air, with its counters.
        radio: the hub's radio on the emulated air.
        real: the hub's node on its real radio, if it has one.
        hub_is_on: whether the hub has power.
    """

    def __init__(
        self,
        hub: EUI64,
        rng: Random,
        pan_id: int | None = None,
        *,
        idle_close: timedelta | None = None,
        secret: bytes = b"",
        observer: Observer | None = None,
        radio: HubRadio | None = None,
    ) -> None:
        pan = Pan(hub, rng.randint(1, 0xFFFE) if pan_id is None else pan_id, secret)
        super().__init__(pan, Medium(rng), idle_close, radio)
        self._rng = rng
        self._observer: Observer | None = None
        self._silent: frozenset[EUI64] = frozenset()
        self._left: dict[EUI64, Device] = {}
        self.members = Members(self.medium, self.pan, self._coordinator.stack, rng, self._settle, self._add_result)
        self.observe(observer)

    def add_device(self, eui: EUI64) -> None:
        """Put a device on the network, at a drawn NWK address; its tunnel is opened when first used, from either end.

        Raises:
            NotPossible: it is there already, or is the hub.
        """
        if eui in self._devices or eui == self.hub:
            raise NotPossible("device", f"{eui} is already on this HAN")
        self._settle(eui)

    def join(self, eui: EUI64, link_key: bytes, now: datetime) -> None:
        """Let a device look for this network; a report tells what came of it.

        Args:
            link_key: of its install code, 16 octets.

        Raises:
            NotPossible: it is there already, or is the hub.
        """
        if eui in self._devices or eui == self.hub:
            raise NotPossible("device", f"{eui} is already on this HAN")
        if eui in self._left:
            # It may not have heard that it was sent away.
            self._left[eui].port.leave()
        self.members.join(eui, link_key, now)

    def rejoin(self, eui: EUI64, now: datetime) -> None:
        """Let a device come back to the network that it was on, as after a restart.

        Raises:
            NotReached: no such device here.
        """
        self.members.rejoin(self._device(eui).port, now)

    def request_key(self, eui: EUI64, partner: EUI64, now: datetime) -> None:
        """Let a device ask the hub for an application link key with ``partner``; ``members.given`` has what comes.

        Raises:
            NotReached: no such device here.
        """
        self.members.request_key(self._device(eui).port, partner, now)

    def send_away(self, eui: EUI64, now: datetime) -> None:
        """The hub tells a device to leave, and speaks to it no more; it keeps its address, should it come again.

        Raises:
            NotReached: no such device here.
        """
        if self.real is not None and eui in self.real:
            self.real.send_away(eui, now)
            return
        device = self._device(eui)
        self.members.send_away(eui, now)
        self._left[eui] = self._devices.pop(eui)
        self._waiting.pop(device.address, None)
        del self._clients[eui]
        del self._hub_node.sides[device.address]

    def _settle(self, eui: EUI64) -> Port:
        address = self.members.address(eui)
        device = self._left.pop(eui, None)
        if device is None:
            device = self._made(eui, address)
        else:
            # Its counters go on where they were: a counter that begins anew is a replay.
            device.port.stack.come_back()
        client = TunnelClient(address, self._hub_node.next_tsn)
        self._hub_node.sides[address] = client
        self._clients[eui] = client
        self._devices[eui] = device
        return device.port

    def _made(self, eui: EUI64, address: int) -> Device:
        device = Device(address, self._idle_close)
        device.port = Port(
            self.medium,
            self.pan,
            eui,
            lambda packet, now: self._at_device(device, packet, now),
            lambda packet, now: self._from_device(device, device.node.undelivered(packet, now), now),
        )
        device.port.told = None if self._observer is None else self._tell
        self.members.watch(device.port)
        return device

    def let_sleep(self, eui: EUI64, now: datetime, every: timedelta | None = WAKES_EVERY) -> None:
        """Let a device sleep and fetch its messages when it wakes (GET, PUT), or with ``None`` listen always again.

        What waits in its old tunnel is reported as undelivered.

        Raises:
            NotReached: no such device here.
            Malformed: ``every`` is not above 0.
        """
        device = self._device(eui)
        end: DeviceEnd
        hub_end: HubEnd
        if every is None:
            end = TunnelServer(device.node.next_tsn, idle_close=self._idle_close)
            hub_end, limit = TunnelClient(device.address, self._hub_node.next_tsn), MAX_MESSAGE
        else:
            end = Sleeper(COORDINATOR, device.node.next_tsn, now, every)
            hub_end, limit = Mailbox(device.address, self._hub_node.next_tsn), MAX_SLEEPY
        self._from_hub(self._hub_node.perform(self._clients[eui].restart(), now), now)
        device.limit = limit
        device.end(end)
        self._clients[eui] = self._hub_node.sides[device.address] = hub_end
        self._watch(device)

    def conditions(self, eui: EUI64, conditions: Conditions) -> None:
        """Change the links of a device, to the hub and to the other devices, both ways, from the next packet on.

        Raises:
            NotReached: no such device here.
        """
        self._device(eui)
        for other in (self.hub, *self._devices):
            if other != eui:
                self.medium.set_conditions(other, eui, conditions)

    def nodes(self) -> tuple[EUI64, ...]:
        """The hub and the devices."""
        return self.hub, *self._devices

    @property
    def silent(self) -> frozenset[EUI64]:
        """Nodes that hear nothing and say nothing."""
        return self._silent

    @silent.setter
    def silent(self, nodes: Iterable[EUI64]) -> None:
        self._silent = frozenset(nodes)
        self._hush()

    def stop_hub(self, now: datetime) -> None:
        """The hub loses power: it is off the air, and tunnels, queues and messages that are not whole are gone.

        What it has not brought to its device is reported as undelivered. Keys and frame counters are kept.
        """
        self.hub_is_on = False
        self._hush()
        for client in self._clients.values():
            self._from_hub(self._hub_node.perform(client.restart(), now), now)
        for packet in self._coordinator.restart():
            self._from_hub(self._hub_node.undelivered(packet, now), now)
        for pair in [pair for pair in self._assemblers if pair[1] == COORDINATOR]:
            # Their senders have an acknowledgement for each of these blocks, and will not send them again.
            device = self._devices.get(self.pan.euis[pair[0]])
            lost = [] if device is None else device.up.abandon(self._assemblers[pair].unfinished())
            for message in lost:
                self._add_result(Undelivered(self.hub, message, RESTARTED), now)
            del self._assemblers[pair]
        if self.real is not None:
            self.real.stop(now)

    def start_hub(self, now: datetime) -> None:
        """The hub has power again, and asks its devices for their tunnels."""
        self.hub_is_on = True
        self._hush()
        for eui in self._clients:
            self._open(eui, now)
        if self.real is not None:
            self.real.start(now)

    def port(self, eui: EUI64) -> Port:
        """Where a device's packets go on to the air, for those who want to send others than the device does.

        Raises:
            NotReached: no such device here.
        """
        return self._device(eui).port

    def observe(self, observer: Observer | None) -> None:
        """Tell every ZCL frame from now on to ``observer``, or to nobody."""
        self._observer = observer
        told = None if observer is None else self._tell
        for device in self._devices.values():
            device.port.told = told
        self._coordinator.told = told
        if self.real is not None:
            self.real.observer = observer

    def dropped(self, eui: EUI64) -> Counter[str]:
        """Return how many frames the hub or a device dropped, at any layer, by reason."""
        if eui == self.hub:
            real = Counter() if self.real is None else self.real.dropped
            return self._hub_node.dropped + self._coordinator.dropped + real
        device = self._device(eui)
        return device.node.dropped + device.port.stack.dropped

    def _hush(self) -> None:
        self.medium.silent = self._silent if self.hub_is_on else self._silent | {self.hub}

    def _tell(self, now: datetime, source: int, packet: t.ZigbeePacket, fate: Fate) -> tuple[int | None, str]:
        if self._observer is None or packet.dst is None:
            return None, ""
        known = packet.dst.addr_mode == t.AddrMode.NWK
        destination = self.pan.euis.get(address_number(packet.dst)) if known else None
        zcl = packet.data.serialize()
        cluster = int(packet.cluster_id)
        about = describe(cluster, zcl)
        return self._observer(FrameRecord(now, self.pan.euis[source], destination, cluster, zcl, about, fate)), about
