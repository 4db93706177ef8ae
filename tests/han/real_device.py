"""A device on the air of a coordinator that is not emulated: it grants tunnels, and answers messages."""

from collections.abc import Callable
from typing import Any

import zigpy.types as zt
import zigpy_znp.commands as c
import zigpy_znp.types as t
from zigpy.zdo import types as zdo

from han.node import Node
from han.radio import zigpy_eui
from han.tunnel import Received
from han.tunnel_server import TunnelServer
from schemas.eui import EUI64
from tests.han.conftest import START
from tests.han.fake_znp import zdo_message


class RealDevice:
    """A node without a radio: packets in, packets out.

    Args:
        answer: what it says to a message; by default the message reversed.

    Attributes:
        received: the messages that have come through its tunnel.
        reachable: whether anybody acknowledges what is sent to it.
    """

    def __init__(
        self,
        eui: EUI64,
        address: int = 0x5E01,
        answer: Callable[[bytes], list[bytes]] = lambda message: [message[::-1]],
    ) -> None:
        self.eui = eui
        self.address = address
        self.received: list[bytes] = []
        self.reachable = True
        self._answer = answer
        self._node = Node()
        self._server = TunnelServer(self._node.next_tsn)
        self._node.sides[0] = self._server

    def hear(self, packet: zt.ZigbeePacket) -> list[zt.ZigbeePacket]:
        """Take a packet of the hub; give what the device says to it."""
        source = zt.AddrModeAddress(zt.AddrMode.NWK, zt.NWK(0))
        outputs = self._node.receive(packet.replace(src=source), START)
        for out in list(outputs):
            if isinstance(out, Received):
                self.received.append(out.message)
                for message in self._answer(out.message):
                    outputs += self._node.perform(self._server.send(0, message, START), START)
        here = zt.AddrModeAddress(zt.AddrMode.NWK, zt.NWK(self.address))
        return [out.replace(src=here) for out in outputs if isinstance(out, zt.ZigbeePacket)]

    def announcement(self) -> Any:
        """Where it is, as a host of Z-Stack hears it."""
        body = zt.NWK(self.address).serialize() + zigpy_eui(self.eui).serialize() + b"\x8e"
        return zdo_message(self.address, zdo.ZDOCmd.Device_annce, 1, body)

    def at_znp(self, request: Any) -> list[Any]:
        """What a Z-Stack coordinator tells its host after this data request."""
        if request.DstAddrModeAddress.mode != t.AddrMode.NWK:
            asked = request.ClusterId == zdo.ZDOCmd.NWK_addr_req and zigpy_eui(self.eui).serialize() in request.Data
            body = b"\x00" + zigpy_eui(self.eui).serialize() + zt.NWK(self.address).serialize()
            return [zdo_message(self.address, zdo.ZDOCmd.NWK_addr_rsp, request.TSN, body)] if asked else []
        here = self.reachable and request.DstAddrModeAddress.address == self.address
        status = t.Status.SUCCESS if here else t.Status.MAC_NO_ACK
        told: list[Any] = [c.AF.DataConfirm.Callback(Status=status, Endpoint=request.SrcEndpoint, TSN=request.TSN)]
        if not here:
            return told
        packet = zt.ZigbeePacket(
            src_ep=request.SrcEndpoint,
            dst_ep=request.DstEndpoint,
            profile_id=0x0109,
            cluster_id=request.ClusterId,
            data=zt.SerializableBytes(bytes(request.Data)),
        )
        return told + [self._incoming(answer) for answer in self.hear(packet)]

    def _incoming(self, packet: zt.ZigbeePacket) -> Any:
        return c.AF.IncomingMsg.Callback(
            GroupId=0,
            ClusterId=packet.cluster_id,
            SrcAddr=zt.NWK(self.address),
            SrcEndpoint=1,
            DstEndpoint=1,
            WasBroadcast=t.Bool.false,
            LQI=200,
            SecurityUse=t.Bool.true,
            TimeStamp=0,
            TSN=7,
            Data=t.ShortBytes(packet.data.serialize()),
            MacSrcAddr=zt.NWK(self.address),
            MsgResultRadius=29,
        )
