"""What goes between the nodes of one HAN, and when: messages down to the air and up again, and everybody's timers.

A message goes: tunnel side > node > ZCL frame in a Zigbee packet > radio or port > stack > frames on the medium, and
the same way up. What the stack cannot bring to the other end's stack is reported as undelivered.
"""

import contextlib
from collections.abc import Iterable
from datetime import datetime, timedelta

import zigpy.types as t
from zigpy.exceptions import DeliveryError

from han.application import Heard
from han.device import Device
from han.link import Medium
from han.members import ZDO, Members
from han.node import Node, NodeOutput
from han.pan import Pan
from han.radio import COORDINATOR, EmulatedCoordinator, Radio, complete, configuration
from han.real_radio import HubRadio
from han.real_side import RealSide
from han.reports import Arrived, Commanded, Delivery, Result, Undelivered
from han.sleepy import HubEnd
from han.tunnel import NOT_ACKNOWLEDGED, Failed, Received
from schemas.errors import NotReached, SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.block_transfer import Assembler, is_block
from schemas.zse import HanCommand


class Traffic:
    """The hub's node and those of its devices, and what they have under way.

    Args:
        pan: the network, with the hub.
        medium: its air.
        idle_close: after how long without use devices close their tunnels; ``None`` for never.
        radio: a real coordinator, for real devices beside the emulated air.

    Attributes:
        members: who joins, and who is sent away; given by who makes the network.
    """

    members: Members

    def __init__(self, pan: Pan, medium: Medium, idle_close: timedelta | None, radio: HubRadio | None) -> None:
        self.hub = pan.hub
        self.pan = pan
        self.medium = medium
        self._idle_close = idle_close
        self._devices: dict[EUI64, Device] = {}
        self._clients: dict[EUI64, HubEnd] = {}
        self._waiting: dict[int, Device] = {}
        self._hub_node = Node()
        self._assemblers: dict[tuple[int, int], Assembler] = {}
        self._results: list[Result] = []
        self._results_since: datetime | None = None
        self.hub_is_on = True
        self._coordinator = EmulatedCoordinator(self.medium, self.pan, configuration(self.pan.pan_id))
        complete(self._coordinator.connect())
        self._coordinator.packet_handler = self._at_hub
        self._coordinator.failure_handler = self._hub_failed
        self.radio: Radio = self._coordinator
        self.real = None if radio is None else RealSide(self.hub, radio, self._add_result)

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

    def listen(self, now: datetime) -> None:
        """Take what has come at the real radio, if there is one: it comes when the hub listens."""
        if self.real is not None:
            self.real.listen(now)

    def address(self, eui: EUI64) -> int:
        """Return the NWK address of the hub or a device.

        Raises:
            NotReached: no such device here.
        """
        return COORDINATOR if eui == self.hub else self._device(eui).address

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

    def _with_timers(self) -> Iterable[Device]:
        # A device's end of a tunnel has no other timers than CloseTunnelTimeout and that of messages without a tunnel.
        if self._idle_close is not None:
            return self._devices.values()
        return tuple(self._waiting.values()) if self._waiting else ()

    def _open(self, eui: EUI64, now: datetime) -> None:
        if self.hub_is_on:
            self._from_hub(self._hub_node.perform(self._clients[eui].open(now), now), now)

    def _watch(self, device: Device) -> None:
        """Devices without a timer cost nothing."""
        if device.server.next_timer() is None:
            self._waiting.pop(device.address, None)
        else:
            self._waiting[device.address] = device

    def _device(self, eui: EUI64) -> Device:
        device = self._devices.get(eui)
        if device is None:
            raise NotReached("device", f"{eui} is not on this HAN")
        return device

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
