"""A zigpy radio without a serial port that really waits: for the event loop, not for anybody's clock."""

import asyncio
from random import Random
from typing import Any

import zigpy.types as zt
from zigpy.zdo import types as zdo

from han.clusters import SMART_ENERGY
from han.link import Medium
from han.pan import Pan
from han.radio import EmulatedCoordinator, zigpy_eui
from tests.han.conftest import HUB
from tests.han.real_device import RealDevice


class Waiting(EmulatedCoordinator):
    """A radio that really waits, with each packet its own time; its device's answers come as late."""

    device: RealDevice

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(Medium(Random(1)), Pan(HUB, 1), config)
        self.wait = Random(7)

    async def send_packet(self, packet: zt.ZigbeePacket) -> None:
        await asyncio.sleep(self.wait.uniform(0, 0.02))
        if packet.cluster_id == zdo.ZDOCmd.NWK_addr_req:
            self.handle_join(zt.NWK(self.device.address), zigpy_eui(self.device.eui), zt.NWK(0))
        if packet.profile_id == SMART_ENERGY:
            for answer in self.device.hear(packet):
                self.packet_received(answer)

    async def permit_with_link_key(self, node: zt.EUI64, link_key: zt.KeyData, time_s: int = 60) -> None:
        await asyncio.sleep(0.01)
        self.link_keys[node] = link_key
        if node == zigpy_eui(self.device.eui):
            self.handle_join(zt.NWK(self.device.address), node, zt.NWK(0))


def waiting(device: RealDevice) -> type[Waiting]:
    """A radio on whose air there is this device."""
    return type("WaitingHere", (Waiting,), {"device": device})
