"""A virtual node: endpoint 1, Smart Energy profile; Zigbee packets in, Zigbee packets and messages out. Sans-IO.

Endpoint numbers of GB devices are not public to us; all are 1 here.
"""

from collections import Counter
from datetime import datetime
from functools import lru_cache

import zigpy.types as t
from zigpy.zcl.foundation import (
    GENERAL_COMMANDS,
    FrameControl,
    GeneralCommand,
    Status,
    ZCLHeader,
)

from han import application
from han.addresses import address_number, nwk_address
from han.application import Heard
from han.clusters import SMART_ENERGY, Tunneling
from han.tunnel import NOT_ACKNOWLEDGED, Failed, Output, Received, Transmit, TunnelSide
from han.zcl import Frame, decode, encode
from schemas.errors import Malformed, NotPossible, SmartMeterError
from schemas.zse import HanCommand, ReadAttributes, ReadAttributesResponse

ENDPOINT = 1

_DEFAULT_RESPONSE = GENERAL_COMMANDS[GeneralCommand.Default_Response].schema
_OPTIONS = t.TransmitOptions.ACK | t.TransmitOptions.APS_Encryption
_address = lru_cache(maxsize=1024)(nwk_address)

NodeOutput = t.ZigbeePacket | Received | Failed | Heard


def tunnel_packet(peer: int, data: bytes, now: datetime) -> t.ZigbeePacket:
    """Return the packet that carries one ZCL frame of the Tunneling cluster to ``peer``."""
    return packet_to(peer, data, now, Tunneling.cluster_id)


def packet_to(peer: int, data: bytes, now: datetime, cluster: int) -> t.ZigbeePacket:
    """Return the packet that carries one ZCL frame to ``peer``; the radio adds the source."""
    return t.ZigbeePacket(
        timestamp=now,  # zigpy's default is the wall clock
        src_ep=ENDPOINT,  # type: ignore[arg-type]  # plain numbers do, and zigpy's types cost time
        dst=_address(peer),
        dst_ep=ENDPOINT,  # type: ignore[arg-type]
        profile_id=SMART_ENERGY,  # type: ignore[arg-type]
        cluster_id=cluster,  # type: ignore[arg-type]
        data=t.SerializableBytes(data),
        tx_options=_OPTIONS,
    )


class Node:
    """One node's endpoint 1, with a tunnel side for each peer it talks to.

    Attributes:
        sides: tunnel side by the peer's NWK address; a device has its hub, a hub all its devices.
        dropped: how many packets were dropped, by reason.
    """

    def __init__(self) -> None:
        self.sides: dict[int, TunnelSide] = {}
        self.dropped: Counter[str] = Counter()
        self._tsn = 0
        self._asked: dict[tuple[int, int], int] = {}

    def next_tsn(self) -> int:
        """Take the next ZCL transaction number, 0 to 255."""
        self._tsn = (self._tsn + 1) % 256
        return self._tsn

    def receive(self, packet: t.ZigbeePacket, now: datetime) -> list[NodeOutput]:
        """Take one packet. A bad one is dropped and counted; it never raises and changes nothing else."""
        if packet.cluster_id in application.CLUSTERS:
            return self._hear(packet, now)
        try:
            peer, side = self._side(packet)
            data = packet.data.serialize()
            frame = decode(packet.cluster_id, data)
            outputs = side.receive(peer, frame, now)
        except SmartMeterError as error:
            self.dropped[error.field] += 1
            return []
        packets = self.perform(outputs, now)
        if frame.wants_default_response and not any(
            isinstance(out, Transmit) and out.tsn == frame.tsn for out in outputs
        ):
            packets.append(tunnel_packet(peer, _default_response(frame, data[2]), now))
        return packets

    def command(self, peer: int, command: HanCommand, now: datetime) -> t.ZigbeePacket:
        """The packet that carries a command of a cluster beside Tunneling; an answer has its question's number.

        Raises:
            Malformed: a field is out of its range.
        """
        tsn = None
        if isinstance(command, ReadAttributesResponse):
            tsn = self._asked.pop((peer, command.cluster), None)
        cluster, data = application.encode(command, self.next_tsn() if tsn is None else tsn)
        return packet_to(peer, data, now, cluster)

    def undelivered(self, packet: t.ZigbeePacket, now: datetime) -> list[NodeOutput]:
        """Nobody has acknowledged a packet of ours: its tunnel is told, or whoever runs this node."""
        assert packet.dst is not None  # it has been sent
        peer, data = address_number(packet.dst), packet.data.serialize()
        if packet.cluster_id != Tunneling.cluster_id:
            return [Failed(peer, data, NOT_ACKNOWLEDGED)]
        side = self.sides.get(peer)
        return [] if side is None else self.perform(side.undelivered(decode(packet.cluster_id, data), now), now)

    def next_timer(self) -> datetime | None:
        """When ``handle_timer`` wants to be called."""
        due: datetime | None = None
        for side in self.sides.values():
            other = side.next_timer()
            if due is None or (other is not None and other < due):
                due = other
        return due

    def handle_timer(self, now: datetime) -> list[NodeOutput]:
        """Do what the tunnels have due by ``now``."""
        return [out for side in self.sides.values() for out in self.perform(side.handle_timer(now), now)]

    def perform(self, outputs: list[Output], now: datetime) -> list[NodeOutput]:
        """Turn what a tunnel side wants sent into packets; pass on what it reports."""
        return [
            tunnel_packet(out.peer, encode(out.command, out.tsn), now) if isinstance(out, Transmit) else out
            for out in outputs
        ]

    def _hear(self, packet: t.ZigbeePacket, now: datetime) -> list[NodeOutput]:
        try:
            peer = _peer(packet)
            data = packet.data.serialize()
            tsn, answer, command = application.decode(packet.cluster_id, data)
        except SmartMeterError as error:
            self.dropped[error.field] += 1
            return []
        if isinstance(command, ReadAttributes):
            self._asked[peer, command.cluster] = tsn
        heard: list[NodeOutput] = [Heard(peer, tsn, command)]
        if answer:
            frame = decode(packet.cluster_id, data)
            heard.append(packet_to(peer, _default_response(frame, data[2]), now, packet.cluster_id))
        return heard

    def _side(self, packet: t.ZigbeePacket) -> tuple[int, TunnelSide]:
        peer = _peer(packet)
        if packet.cluster_id != Tunneling.cluster_id:
            raise NotPossible("cluster", f"0x{packet.cluster_id:04X} does not exist on endpoint {ENDPOINT}")
        if peer not in self.sides:
            raise NotPossible("source address", f"0x{peer:04X} is no peer of this node")
        return peer, self.sides[peer]


def _peer(packet: t.ZigbeePacket) -> int:
    if packet.profile_id != SMART_ENERGY:
        raise Malformed("profile", "is Smart Energy, 0x0109")
    if packet.dst_ep != ENDPOINT:
        raise NotPossible("endpoint", f"{packet.dst_ep} does not exist")
    if packet.src is None or packet.src.addr_mode != t.AddrMode.NWK:
        raise Malformed("source address", "is a NWK address")
    return address_number(packet.src)


def _default_response(frame: Frame, command_id: int) -> bytes:
    """ZCL 2.5.12: success, to a sender who asked for it. GB nodes do not; zigpy does unless told otherwise."""
    direction = frame.direction.flip()
    control = FrameControl.general(direction).replace(disable_default_response=1)
    header = ZCLHeader(frame_control=control, tsn=frame.tsn, command_id=GeneralCommand.Default_Response)
    return header.serialize() + _DEFAULT_RESPONSE(command_id, Status.SUCCESS).serialize()
