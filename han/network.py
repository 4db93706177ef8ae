"""One home's HAN as the world sees it: a hub, its devices, whole GBCS messages in and out. Sans-IO, virtual time.

A message goes: tunnel side > node > ZCL frame in a Zigbee packet > radio or port > stack > frames on the medium, and
the same way up. What the stack cannot bring to the other end's stack is reported as undelivered.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random

import zigpy.types as t
from zigpy.exceptions import DeliveryError

from han.addresses import address_number
from han.application import Heard
from han.blocks import Blocks
from han.conditions import Conditions
from han.link import Fate, Medium
from han.members import ZDO, Members
from han.node import Node, NodeOutput
from han.pan import Pan
from han.port import Port
from han.radio import COORDINATOR, EmulatedCoordinator, Radio, complete, configuration
from han.real_radio import HubRadio
from han.real_side import RealSide
from han.reports import Arrived, Commanded, Delivery, FrameRecord, Left, NotArrived, Undelivered
from han.sleepy import MAX_SLEEPY, WAKES_EVERY, DeviceEnd, HubEnd, Mailbox, Sleeper
from han.tunnel import NOT_ACKNOWLEDGED, Failed, Received
from han.tunnel_client import RESTARTED, TunnelClient
from han.tunnel_server import TunnelServer
from han.zcl import describe
from schemas.errors import NotPossible, NotReached, SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.block_transfer import MAX_MESSAGE, Assembler, is_block
from schemas.zse import HanCommand

Result = Delivery | Commanded | Undelivered | Arrived | NotArrived | Left
"""What comes of what was sent, and of who has joined."""
Observer = Callable[[FrameRecord], int | None]
"""Told every ZCL frame; gives the number of its message in the trace, if there is one."""


class Device:
    """A device on the network: its node, its way on to the air and its end of the tunnel."""

    def __init__(self, address: int, idle_close: timedelta | None) -> None:
        self.address = address
        self.node = Node()
        self.port: Port
        # Of what goes either way between this device and the hub.
        self.down, self.up = Blocks(), Blocks()
        self.limit = MAX_MESSAGE
        self.end(TunnelServer(self.node.next_tsn, idle_close=idle_close))

    def end(self, end: DeviceEnd) -> None:
        """This is the device's end of its tunnel from now on."""
        self.server = end
        self.node.sides[COORDINATOR] = end


class Han:
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
        self.hub = hub
        self.pan = Pan(hub, rng.randint(1, 0xFFFE) if pan_id is None else pan_id, secret)
        self.medium = Medium(rng)
        self._rng = rng
        self._idle_close = idle_close
        self._observer: Observer | None = None
        self._devices: dict[EUI64, Device] = {}
        self._clients: dict[EUI64, HubEnd] = {}
        self._waiting: dict[int, Device] = {}
        self._hub_node = Node()
        self._assemblers: dict[tuple[int, int], Assembler] = {}
        self._results: list[Result] = []
        self._results_since: datetime | None = None
        self._silent: frozenset[EUI64] = frozenset()
        self.hub_is_on = True
        self._coordinator = EmulatedCoordinator(self.medium, self.pan, configuration(self.pan.pan_id))
        complete(self._coordinator.connect())
        self._coordinator.packet_handler = self._at_hub
        self._coordinator.failure_handler = self._hub_failed
        self.radio: Radio = self._coordinator
        self.real = None if radio is None else RealSide(hub, radio, self._add_result)
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

    def to_device(self, eui: EUI64, message: bytes, now: datetime) -> None:
        """Send ``message`` from the hub: up to 1500 octets in one transfer, more in blocks.

        Raises:
            NotReached: no such device here.
            Malformed: empty, or too long for one transfer and no GBCS message.
            NotPossible: 64 transfers wait for this tunnel already.
        """
        if self.real is not None and eui in self.real:
            self.real.to_device(eui, message, now)
            return
        device = self._device(eui)
        for transfer in device.down.cut(message, device.limit):
            self._from_hub(self._hub_node.perform(self._clients[eui].send(transfer, now), now), now)

    def to_hub(self, eui: EUI64, message: bytes, now: datetime) -> None:
        """Send ``message`` from the device, as ``to_device``; it waits there for the hub to open the tunnel.

        Raises:
            NotReached, Malformed, NotPossible: as ``to_device``.
        """
        device = self._device(eui)
        for transfer in device.up.cut(message, device.limit):
            self._from_device(device, device.node.perform(device.server.send(COORDINATOR, transfer, now), now), now)
        self._watch(device)
        # The hub asks for its tunnels after joining (GBCS 10.2.2.1); with joining to come, first use stands for it.
        self._open(eui, now)

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

    def listen(self, now: datetime) -> None:
        """Take what has come at the real radio, if there is one: it comes when the hub listens."""
        if self.real is not None:
            self.real.listen(now)

    def command(self, source: EUI64, target: EUI64, command: HanCommand, now: datetime) -> None:
        """Send a command of a cluster beside Tunneling from a device, or the hub, to another; it may be lost.

        Raises:
            NotReached: one of the two is not here.
            Malformed: a field is out of its range.
        """
        address = self.address(target)
        if source == self.hub:
            self._from_hub([self._hub_node.command(address, command, now)], now)
        else:
            device = self._device(source)
            self._from_device(device, [device.node.command(address, command, now)], now)

    def next_timer(self) -> datetime | None:
        """When ``handle_timer`` wants to be called; ``None`` when nothing is under way."""
        return min((due for due in (self._results_since, self._due()) if due is not None), default=None)

    def handle_timer(self, now: datetime) -> list[Result]:
        """Let everything happen that is due by ``now``, each at its own time; return what came of it, in order."""
        self._run(now)
        results, self._results, self._results_since = self._results, [], None
        return results

    def run_quietly(self, until: datetime) -> None:
        """Let everything happen that is due before ``until``, up to the first thing that is for somebody else."""
        self._run(until, quietly=True)

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

    def address(self, eui: EUI64) -> int:
        """Return the NWK address of the hub or a device.

        Raises:
            NotReached: no such device here.
        """
        return COORDINATOR if eui == self.hub else self._device(eui).address

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

    def _run(self, until: datetime, *, quietly: bool = False) -> None:
        """Let happen what is due by ``until``; quietly, what is due before, and no more once there is a result."""
        medium, later = self.medium, self._later()
        while not (quietly and self._results_since is not None):
            due = medium.next_timer()
            if due is None or (later is not None and later < due):
                due = later
            if due is None or due > until or (quietly and due == until):
                return
            medium.handle_timer(due)
            later = self._later()
            # Nearly all that happens is a frame, of which only its receiver's timers may come to be due.
            if later is not None and later <= due:
                self._happen(due)
                later = self._later()

    def _happen(self, due: datetime) -> None:
        self.members.handle_timer(due)
        self._from_hub(self._hub_node.handle_timer(due), due)
        if self.real is not None:
            self.real.handle_timer(due)
        for device in self._with_timers():
            self._from_device(device, device.node.handle_timer(due), due)
            self._watch(device)

    def _open(self, eui: EUI64, now: datetime) -> None:
        if self.hub_is_on:
            self._from_hub(self._hub_node.perform(self._clients[eui].open(now), now), now)

    def _watch(self, device: Device) -> None:
        """Devices without a timer cost nothing."""
        if device.server.next_timer() is None:
            self._waiting.pop(device.address, None)
        else:
            self._waiting[device.address] = device

    def _hush(self) -> None:
        self.medium.silent = self._silent if self.hub_is_on else self._silent | {self.hub}

    def _device(self, eui: EUI64) -> Device:
        device = self._devices.get(eui)
        if device is None:
            raise NotReached("device", f"{eui} is not on this HAN")
        return device

    def _with_timers(self) -> Iterable[Device]:
        # A device's end of a tunnel has no other timers than CloseTunnelTimeout and that of messages without a tunnel.
        if self._idle_close is not None:
            return self._devices.values()
        return tuple(self._waiting.values()) if self._waiting else ()

    def _due(self) -> datetime | None:
        air, later = self.medium.next_timer(), self._later()
        return later if air is None or (later is not None and later < air) else air

    def _later(self) -> datetime | None:
        """When something is due that is not on the air."""
        first = self._hub_node.next_timer()
        due = self.members.next_timer()
        if due is not None and (first is None or due < first):
            first = due
        for device in self._with_timers():
            due = device.node.next_timer()
            if due is not None and (first is None or due < first):
                first = due
        if self.real is not None:
            due = self.real.next_timer()
            if due is not None and (first is None or due < first):
                first = due
        return first

    def _at_hub(self, packet: t.ZigbeePacket) -> None:
        if packet.profile_id == ZDO:
            try:
                self.members.announced(packet, packet.timestamp)
            except SmartMeterError as error:
                self._hub_node.dropped[error.field] += 1
            return
        self._from_hub(self._hub_node.receive(packet, packet.timestamp), packet.timestamp)

    def _hub_failed(self, packet: t.ZigbeePacket, now: datetime) -> None:
        self._from_hub(self._hub_node.undelivered(packet, now), now)

    def _at_device(self, device: Device, packet: t.ZigbeePacket, now: datetime) -> None:
        self._from_device(device, device.node.receive(packet, now), now)
        self._watch(device)

    def _from_hub(self, outputs: list[NodeOutput], now: datetime) -> None:
        for out in outputs:
            if isinstance(out, t.ZigbeePacket):
                # Nobody there: the tunnel's time-out deals with it.
                with contextlib.suppress(DeliveryError):
                    complete(self.radio.send_packet(out))
            else:
                self._report(COORDINATOR, out, now)

    def _from_device(self, device: Device, outputs: list[NodeOutput], now: datetime) -> None:
        for out in outputs:
            if isinstance(out, t.ZigbeePacket):
                device.port.send(out, now)
            else:
                self._report(device.address, out, now)

    def _report(self, here: int, out: Received | Failed | Heard, now: datetime) -> None:
        peer = self.pan.euis[out.peer]
        if isinstance(out, Heard):
            self._add_result(Commanded(peer, self.pan.euis[here], out.command), now)
        elif isinstance(out, Received):
            message = self._assembled(here, out) if is_block(out.message) else out.message
            if message is not None:
                self._add_result(Delivery(peer, self.pan.euis[here], message), now)
        else:
            self._failed(here, out, now)

    def _failed(self, here: int, out: Failed, now: datetime) -> None:
        """A block goes again; a message is told once."""
        peer = self.pan.euis[out.peer]
        from_hub = here == COORDINATOR
        device = self._devices.get(peer if from_hub else self.pan.euis[here])
        again: bytes | None = None
        message: bytes | None = out.message
        if device is not None:
            blocks = device.down if from_hub else device.up
            again, message = blocks.failed(out.message, again=out.reason == NOT_ACKNOWLEDGED)
        if again is not None and device is not None:
            if from_hub:
                self._from_hub(self._hub_node.perform(self._clients[peer].send(again, now), now), now)
            else:
                self._from_device(device, device.node.perform(device.server.send(COORDINATOR, again, now), now), now)
        elif message is not None:
            self._add_result(Undelivered(peer, message, out.reason), now)

    def _add_result(self, result: Result, now: datetime) -> None:
        if self._results_since is None:
            self._results_since = now
        self._results.append(result)
        if isinstance(result, Arrived) and result.device in self._clients:
            # The hub asks a newcomer for its tunnel (GBCS 10.2.2.1).
            self._from_hub(self._hub_node.perform(self._clients[result.device].open(now), now), now)

    def _assembled(self, here: int, out: Received) -> bytes | None:
        node = self._hub_node if here == COORDINATOR else self._device(self.pan.euis[here]).node
        try:
            return self._assemblers.setdefault((out.peer, here), Assembler()).take(out.message)
        except SmartMeterError as error:
            node.dropped[error.field] += 1
            return None

    def _tell(self, now: datetime, source: int, packet: t.ZigbeePacket, fate: Fate) -> tuple[int | None, str]:
        if self._observer is None or packet.dst is None:
            return None, ""
        known = packet.dst.addr_mode == t.AddrMode.NWK
        destination = self.pan.euis.get(address_number(packet.dst)) if known else None
        zcl = packet.data.serialize()
        cluster = int(packet.cluster_id)
        about = describe(cluster, zcl)
        return self._observer(FrameRecord(now, self.pan.euis[source], destination, cluster, zcl, about, fate)), about
