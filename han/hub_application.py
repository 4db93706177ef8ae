"""What the hub makes of a zigpy radio library's application: Smart Energy packets and joins are events, no more."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import zigpy.types as t
import zigpy.zdo
from zigpy.application import ControllerApplication
from zigpy.device import ZigbeeDevice
from zigpy.zdo import types as zdo

from han.clusters import SMART_ENERGY
from han.radio import UNKNOWN_EUI, SmartEnergyDevice, energy_service_interface, zigpy_eui
from schemas.eui import EUI64


@dataclass(frozen=True, slots=True)
class Came:
    """A Smart Energy packet has come from a device."""

    packet: t.ZigbeePacket


@dataclass(frozen=True, slots=True)
class Lost:
    """The coordinator has not brought a packet to its device."""

    packet: t.ZigbeePacket
    reason: str


@dataclass(frozen=True, slots=True)
class Joined:
    """A device is on the network, at this NWK address."""

    device: EUI64
    address: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The coordinator does not let a device in, or send it away."""

    device: EUI64
    reason: str


Event = Came | Lost | Joined | Refused


class _RealDevice(SmartEnergyDevice):
    def schedule_initialize(self) -> "asyncio.Task[Any] | None":
        # zigpy's interview reads what a home automation wants to know; the hub knows its devices from its log.
        return None


class HubApplication(ControllerApplication):
    """What is the hub's in a zigpy application, put before a driver's own class.

    Attributes:
        put: takes each event.
    """

    put: Callable[[Event], None]

    async def register_endpoints(self) -> None:
        """Declare the hub's endpoint 1."""
        await self.add_endpoint(energy_service_interface())

    def add_device(self, ieee: t.EUI64, nwk: t.NWK) -> ZigbeeDevice:
        """Create the device object; zigpy does not ask it what it is."""
        device = _RealDevice(self, ieee, nwk)
        self.devices[ieee] = device
        return device

    def handle_join(self, nwk: t.NWK, ieee: t.EUI64, parent_nwk: t.NWK, *, handle_rejoin: bool = True) -> None:
        """A device has joined, or has said where it is."""
        if ieee in (UNKNOWN_EUI, self.state.node_info.ieee):
            return
        device = self.devices.get(ieee)
        if isinstance(device, ZigbeeDevice):
            device.nwk = nwk
        else:
            self.add_device(t.EUI64(ieee), nwk)
        self.put(Joined(EUI64(ieee.serialize()[::-1]), int(nwk)))

    def packet_received(self, packet: t.ZigbeePacket) -> None:
        """Take a packet: Smart Energy to the hub, all others to zigpy."""
        if packet.profile_id == SMART_ENERGY and packet.src is not None and self._knows(packet.src):
            self.put(Came(packet))
        else:
            # Of a device that it does not know, zigpy asks who it is, which ends in a join.
            super().packet_received(packet)

    def _knows(self, source: t.AddrModeAddress) -> bool:
        try:
            self.get_device_with_address(source)
        except (KeyError, ValueError):
            return False
        return True


async def ask_for(app: ControllerApplication, device: EUI64) -> None:
    """Ask the network where a device is; its answer is a join."""
    await zigpy.zdo.broadcast(  # type: ignore[no-untyped-call]
        app,
        zdo.ZDOCmd.NWK_addr_req,
        None,
        0,
        IEEEAddr=zigpy_eui(device),
        RequestType=zdo.AddrRequestType.Single,
        StartIndex=0,
    )
