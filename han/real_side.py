"""The hub's node on a real radio: the tunnels to devices that are real. Sans-IO but for the radio, which never waits.

It stands beside the emulated air of the same home: two networks, and the hub is on both. A device is on one of them.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

import zigpy.types as t

from han.addresses import address_number
from han.application import Heard
from han.blocks import Blocks
from han.hub_application import Came, Event, Joined, Lost, Refused
from han.link import Fate
from han.node import Node, NodeOutput
from han.real_radio import HubRadio
from han.reports import Arrived, Commanded, Delivery, FrameRecord, NotArrived, Undelivered
from han.tunnel import NOT_ACKNOWLEDGED, Failed, Received
from han.tunnel_client import TunnelClient
from han.zcl import describe
from schemas.errors import NotReached, SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.block_transfer import Assembler, is_block

JOIN_SECONDS = 254
"""The longest that Zigbee lets a network be open at a time (ZDO permit duration, 2.4.3.3.7)."""

RealResult = Delivery | Commanded | Undelivered | Arrived | NotArrived


class RealSide:
    """The real devices of one hub.

    Args:
        hub: the Communications Hub's EUI-64.
        radio: its real radio.
        report: takes what comes of things, with its time.

    Attributes:
        observer: told every ZCL frame, to and from real devices.
        is_on: whether the hub has power.
        dropped: what came from devices that the hub does not expect, by reason.
    """

    def __init__(self, hub: EUI64, radio: HubRadio, report: Callable[[RealResult, datetime], None]) -> None:
        self.observer: Callable[[FrameRecord], int | None] | None = None
        self.is_on = True
        self._hub = hub
        self._radio = radio
        self._report = report
        self._node = Node()
        self._expected: set[EUI64] = set()
        self._addresses: dict[EUI64, int] = {}
        self._devices: dict[int, EUI64] = {}
        self._clients: dict[EUI64, TunnelClient] = {}
        self._blocks: dict[EUI64, Blocks] = {}
        self._assemblers: dict[EUI64, Assembler] = {}
        self._unknown: Counter[str] = Counter()

    def __contains__(self, device: EUI64) -> bool:
        return device in self._expected

    @property
    def dropped(self) -> Counter[str]:
        """What was dropped, by reason."""
        return self._node.dropped + self._unknown

    def admit(self, device: EUI64, link_key: bytes, seconds: int) -> None:
        """Let a device join, with the link key of its install code (16 octets); a report tells when it has.

        Args:
            seconds: how long the network is open, from 1; Zigbee has no more than 254 at a time.
        """
        self._expected.add(device)
        self._radio.admit(device, link_key, min(seconds, JOIN_SECONDS))

    def expect(self, device: EUI64) -> None:
        """The device joined in an earlier life of this process: take it when it says where it is, and ask for it."""
        self._expected.add(device)
        self._radio.find(device)

    def send_away(self, device: EUI64, now: datetime) -> None:
        """Tell a device to leave, and speak to it no more; what waits for it fails."""
        self._radio.send_away(device)
        self._forget(device, now)
        self._expected.discard(device)

    def to_device(self, device: EUI64, message: bytes, now: datetime) -> None:
        """Send a message, as `Han.to_device`.

        Raises:
            NotReached: the device has not joined yet.
            Malformed: empty, or too long for one transfer and no GBCS message.
            NotPossible: 64 transfers wait for this tunnel already.
        """
        client = self._clients.get(device)
        if client is None:
            raise NotReached("device", f"{device} has not joined at the real radio")
        for transfer in self._blocks[device].cut(message):
            self._perform(self._node.perform(client.send(transfer, now), now), now)

    def listen(self, now: datetime) -> None:
        """Take what the radio has for us; ``now`` is when it has come."""
        for event in self._radio.events():
            if self.is_on:
                self._take(event, now)

    def next_timer(self) -> datetime | None:
        """When ``handle_timer`` wants to be called."""
        return self._node.next_timer()

    def handle_timer(self, now: datetime) -> None:
        """Do what the tunnels have due by ``now``."""
        self._perform(self._node.handle_timer(now), now)

    def stop(self, now: datetime) -> None:
        """The hub loses power: tunnels, queues and messages that are not whole are gone."""
        for client in self._clients.values():
            self._perform(self._node.perform(client.restart(), now), now)
        self._assemblers.clear()
        self.is_on = False

    def start(self, now: datetime) -> None:
        """The hub has power again, and asks its devices for their tunnels."""
        self.is_on = True
        for client in self._clients.values():
            self._perform(self._node.perform(client.open(now), now), now)

    def _take(self, event: Event, now: datetime) -> None:
        match event:
            case Came(packet):
                self._come(packet, now)
            case Lost(packet, _):
                self._note(packet, now, Fate.LOST)
                self._perform(self._node.undelivered(packet, now), now)
            case Joined(device, address):
                self._joined(device, address, now)
            case Refused(device, reason):
                self._report(NotArrived(device, reason), now)

    def _come(self, packet: t.ZigbeePacket, now: datetime) -> None:
        source = None if packet.src is None else self._devices.get(address_number(packet.src))
        if source is None:
            self._unknown["source address"] += 1
            return
        self._tell(now, source, self._hub, packet, Fate.SENT)
        self._perform(self._node.receive(packet, now), now)

    def _joined(self, device: EUI64, address: int, now: datetime) -> None:
        if device not in self._expected:
            self._unknown["device log"] += 1
            return
        if self._addresses.get(device) == address:
            return  # it announces itself again
        returned = device in self._addresses
        self._forget(device, now)
        taken = self._devices.get(address)
        if taken is not None:
            self._forget(taken, now)
        client = TunnelClient(address, self._node.next_tsn)
        self._addresses[device], self._devices[address], self._clients[device] = address, device, client
        self._node.sides[address] = client
        self._blocks[device] = Blocks()
        if not returned:
            self._report(Arrived(device), now)
        self._perform(self._node.perform(client.open(now), now), now)

    def _forget(self, device: EUI64, now: datetime) -> None:
        address = self._addresses.pop(device, None)
        if address is None:
            return
        self._perform(self._node.perform(self._clients[device].restart(), now), now)
        del self._node.sides[address], self._devices[address], self._blocks[device], self._clients[device]
        self._assemblers.pop(device, None)

    def _perform(self, outputs: list[NodeOutput], now: datetime) -> None:
        for out in outputs:
            if not isinstance(out, t.ZigbeePacket):
                self._pass_on(out, now)
            elif self.is_on:
                self._note(out, now, Fate.SENT)
                self._radio.send(out)

    def _pass_on(self, out: Received | Failed | Heard, now: datetime) -> None:
        device = self._devices[out.peer]
        if isinstance(out, Heard):
            self._report(Commanded(device, self._hub, out.command), now)
        elif isinstance(out, Failed):
            self._failed(device, out, now)
        else:
            message = self._assembled(device, out.message) if is_block(out.message) else out.message
            if message is not None:
                self._report(Delivery(device, self._hub, message), now)

    def _failed(self, device: EUI64, out: Failed, now: datetime) -> None:
        again, message = self._blocks[device].failed(out.message, again=out.reason == NOT_ACKNOWLEDGED)
        if again is not None:
            self._perform(self._node.perform(self._clients[device].send(again, now), now), now)
        elif message is not None:
            self._report(Undelivered(device, message, out.reason), now)

    def _assembled(self, device: EUI64, block: bytes) -> bytes | None:
        try:
            return self._assemblers.setdefault(device, Assembler()).take(block)
        except SmartMeterError as error:
            self._unknown[error.field] += 1
            return None

    def _note(self, packet: t.ZigbeePacket, now: datetime, fate: Fate) -> None:
        assert packet.dst is not None  # the hub's packets have one
        target = self._devices.get(address_number(packet.dst))
        if target is not None:
            self._tell(now, self._hub, target, packet, fate)

    def _tell(self, now: datetime, source: EUI64, target: EUI64, packet: t.ZigbeePacket, fate: Fate) -> None:
        if self.observer is not None:
            zcl, cluster = packet.data.serialize(), int(packet.cluster_id)
            self.observer(FrameRecord(now, source, target, cluster, zcl, describe(cluster, zcl), fate))
