"""The coordinator's radio: a zigpy ``ControllerApplication`` on the in-process medium.

A real one (bellows, zigpy-znp) stands beside it, in a thread of its own: real_radio.py.

zigpy's application can be built without an event loop and reads no clock in ``send_packet`` and ``packet_received`` as
overridden here, so the hub uses the class itself in virtual time: while ``packet_handler`` is set, packets
go straight there. Without it, all packets go zigpy's own way (devices, clusters, asyncio and its wall clock), and any
zigpy program can drive virtual nodes. Sending time is the packet's own time stamp in both cases.
"""

from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Protocol, cast

import zigpy.config as conf
import zigpy.types as t
from zigpy.application import ControllerApplication
from zigpy.device import ResponseKey, ZigbeeDevice
from zigpy.endpoint import Status as EndpointStatus
from zigpy.exceptions import DeliveryError, NetworkNotFormed
from zigpy.profiles import zha
from zigpy.state import NetworkInfo, NodeInfo
from zigpy.zcl.clusters.general import Basic
from zigpy.zcl.foundation import ZCLHeader
from zigpy.zdo import types as zdo

from han.addresses import nwk_address
from han.clusters import SMART_ENERGY, Tunneling
from han.link import Fate, Medium
from han.pan import Pan
from han.port import Port, Told
from han.stack import Stack
from schemas.errors import NotPossible
from schemas.eui import EUI64

COORDINATOR = 0x0000
"""NWK address of the coordinator (Zigbee 3.6.1)."""
CHANNEL = 11
"""2.4 GHz channel, 11 to 26. Nothing on the medium depends on it."""
UNKNOWN_EUI = t.EUI64.deserialize(b"\xff" * 8)[0]
ENERGY_SERVICE_INTERFACE = 0x0500
"""ZSE device type of the hub's endpoint (ZSE 5.12)."""


class Radio(Protocol):
    """All the hub asks of a radio."""

    packet_handler: Callable[[t.ZigbeePacket], None] | None

    async def send_packet(self, packet: t.ZigbeePacket) -> None:
        """Send ``packet``; raise zigpy's ``DeliveryError`` if nobody is there."""


def complete(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that never waits to its end, here and now, without an event loop.

    zigpy declares its radio methods ``async`` because serial ports are slow. The emulated radio never waits: a first
    ``send(None)`` runs such a coroutine from start to end, which it tells by ``StopIteration``.

    Raises:
        NotPossible: it did wait; a real radio must be driven from an event loop.
    """
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise NotPossible("radio", "waits for I/O and cannot run in virtual time")


def zigpy_eui(eui: EUI64) -> t.EUI64:
    """Return ``eui`` in zigpy's form, which keeps the octets as on air, least significant first."""
    return t.EUI64.deserialize(eui[::-1])[0]


def energy_service_interface() -> zdo.SimpleDescriptor:
    """The hub's endpoint 1."""
    return zdo.SimpleDescriptor(
        endpoint=1,
        profile=SMART_ENERGY,
        device_type=ENERGY_SERVICE_INTERFACE,
        device_version=0,
        input_clusters=[Basic.cluster_id],
        output_clusters=[Tunneling.cluster_id],
    )


class SmartEnergyDevice(ZigbeeDevice):
    """A zigpy device whose Smart Energy frames zigpy reads."""

    def _parse_packet_header(
        self, packet: t.ZigbeePacket
    ) -> tuple[zdo.ZDOHeader | ZCLHeader, ResponseKey] | tuple[None, None]:
        # zigpy reads profile 0x0104 and Light Link only; the ZCL below is the same.
        if packet.profile_id == SMART_ENERGY:
            packet = packet.replace(profile_id=zha.PROFILE_ID)
        return super()._parse_packet_header(packet)

    def _should_filter_packet(self, packet: t.ZigbeePacket) -> bool:
        # zigpy drops equal packets within 10 s of wall clock, which loses true repeats; the port below has removed
        # duplicates by APS counter already.
        return False


def configuration(pan_id: int) -> dict[str, Any]:
    """Return a zigpy configuration without background traffic and without a scan for a channel."""
    return {
        conf.CONF_DEVICE: {conf.CONF_DEVICE_PATH: "in-process medium"},
        conf.CONF_NWK: {conf.CONF_NWK_CHANNEL: CHANNEL, conf.CONF_NWK_PAN_ID: pan_id},
        conf.CONF_WATCHDOG_ENABLED: False,
        conf.CONF_NWK_BACKUP_ENABLED: False,
        conf.CONF_TOPO_SCAN_ENABLED: False,
        conf.CONF_OTA: {conf.CONF_OTA_ENABLED: False},
    }


class EmulatedCoordinator(ControllerApplication):
    """The hub's radio, at NWK address 0x0000 of ``medium`` from ``connect()`` to ``disconnect()``.

    Args:
        medium: the air.
        pan: the network, with the hub's EUI-64 and the keys.
        config: zigpy configuration, e.g. ``configuration(pan_id)``.

    Attributes:
        packet_handler: takes packets instead of zigpy.
        failure_handler: takes packets that nobody has acknowledged, with the time when they were given up.
        joining: seconds for which joining was last permitted; 0 is closed.
        link_keys: link keys given for joining, by zigpy EUI-64.
    """

    def __init__(self, medium: Medium, pan: Pan, config: dict[str, Any]) -> None:
        super().__init__(config)
        self.packet_handler: Callable[[t.ZigbeePacket], None] | None = None
        self.failure_handler: Callable[[t.ZigbeePacket, datetime], None] | None = None
        self.joining = 0
        self.link_keys: dict[t.EUI64, t.KeyData] = {}
        self._medium = medium
        self._pan = pan
        self._eui = zigpy_eui(pan.hub)
        self._port: Port | None = None
        self._told: Told | None = None
        self._stored: tuple[NetworkInfo, NodeInfo] | None = None

    async def connect(self) -> None:
        """Go on air."""
        if self._port is None:
            self._port = Port(self._medium, self._pan, self._pan.hub, self._heard, self._failed)
            self._port.told = self._told

    async def disconnect(self) -> None:
        """Leave the air."""
        if self._port is not None:
            self._port.leave()
            self._port = None

    def restart(self) -> list[t.ZigbeePacket]:
        """Lose what a loss of power takes, and return the packets that were on their way out."""
        return [] if self._port is None else self._port.restart()

    @property
    def stack(self) -> Stack:
        """Its stack, while it is on the air.

        Raises:
            NotPossible: it is not.
        """
        if self._port is None:
            raise NotPossible("radio", "is connected")
        return self._port.stack

    @property
    def told(self) -> Told | None:
        """Told every packet that is sent."""
        return self._told

    @told.setter
    def told(self, told: Told | None) -> None:
        self._told = told
        if self._port is not None:
            self._port.told = told

    @property
    def dropped(self) -> Counter[str]:
        """Frames that were not in order, by reason."""
        return Counter() if self._port is None else self._port.stack.dropped

    async def write_network_info(self, *, network_info: NetworkInfo, node_info: NodeInfo) -> None:
        """Keep the network's settings, as a radio does in its flash memory."""
        # zigpy forms with a bare 0 as address, which its own backup then cannot write down; and leaves our EUI open.
        ieee = self._eui if node_info.ieee == UNKNOWN_EUI else node_info.ieee
        nwk = t.NWK(node_info.nwk)  # type: ignore[no-untyped-call]
        self._stored = network_info.replace(), node_info.replace(nwk=nwk, ieee=ieee)

    async def load_network_info(self, *, load_devices: bool = False) -> None:
        """Read the settings back; raise ``NetworkNotFormed`` when there are none."""
        if self._stored is None:
            raise NetworkNotFormed("no network was formed on this medium")
        self.state.network_info, self.state.node_info = self._stored

    async def reset_network_info(self) -> None:
        """Forget the network."""
        self._stored = None

    async def start_network(self) -> None:
        """Start the formed network with ourselves as its coordinator."""
        await self.load_network_info()
        me = self.add_device(self.state.node_info.ieee, self.state.node_info.nwk)
        me.model, me.manufacturer = "dcc-sim emulated coordinator", "dcc-sim"
        me.node_desc = zdo.NodeDescriptor(  # type: ignore[no-untyped-call]
            logical_type=zdo.LogicalType.Coordinator,
            complex_descriptor_available=0,
            user_descriptor_available=0,
            reserved=0,
            aps_flags=0,
            frequency_band=zdo.NodeDescriptor.FrequencyBand.Freq2400MHz,
            mac_capability_flags=zdo.NodeDescriptor.MACCapabilityFlags.AllocateAddress,
            manufacturer_code=0,
            maximum_buffer_size=82,
            maximum_incoming_transfer_size=1500,
            server_mask=0,
            maximum_outgoing_transfer_size=1500,
            descriptor_capability_field=zdo.NodeDescriptor.DescriptorCapability.NONE,
        )
        await self.register_endpoints()

    async def register_endpoints(self) -> None:
        """Declare endpoint 1 as the hub's Energy Service Interface, client of Tunneling (GBCS 10.2.2.1)."""
        await self.add_endpoint(energy_service_interface())

    async def add_endpoint(self, descriptor: zdo.SimpleDescriptor) -> None:
        """Add an endpoint to our own device."""
        endpoint = self._device.add_endpoint(descriptor.endpoint)
        endpoint.profile_id = descriptor.profile
        endpoint.device_type = descriptor.device_type  # type: ignore[assignment]
        for cluster_id in descriptor.input_clusters:
            endpoint.add_input_cluster(cluster_id)
        for cluster_id in descriptor.output_clusters:
            endpoint.add_output_cluster(cluster_id)
        endpoint.status = EndpointStatus.ZDO_INIT

    async def permit_ncp(self, time_s: int = 60) -> None:
        """Open joining at the coordinator for ``time_s`` seconds (0 closes)."""
        self.joining = time_s

    async def permit_with_link_key(self, node: t.EUI64, link_key: t.KeyData, time_s: int = 60) -> None:
        """Open joining to ``node`` under its install-code link key."""
        self.link_keys[node] = link_key
        await self.permit(time_s)

    async def force_remove(self, dev: ZigbeeDevice) -> None:
        """Take a device off the air at once."""
        self._medium.detach(EUI64(dev.ieee.serialize()[::-1]))

    async def send_packet(self, packet: t.ZigbeePacket) -> None:
        """Put ``packet`` on the medium at its own time stamp; never waits.

        Raises:
            DeliveryError: not connected, or nobody has the address.
        """
        if self._port is None:
            raise DeliveryError("the radio is not connected")
        if packet.dst is not None and packet.dst.addr_mode == t.AddrMode.IEEE:
            device = self.devices.get(cast(t.EUI64, packet.dst.address))
            if not isinstance(device, ZigbeeDevice):
                raise DeliveryError(f"no device {packet.dst.address}")
            packet = packet.replace(dst=nwk_address(device.nwk))
        if self._port.send(packet, packet.timestamp) is Fate.UNREACHABLE:
            raise DeliveryError(f"nobody at {packet.dst}")

    def packet_received(self, packet: t.ZigbeePacket) -> None:
        """Take a packet from the air: to the handler if there is one, else to zigpy."""
        if self.packet_handler is not None:
            self.packet_handler(packet)
        else:
            super().packet_received(packet)

    def add_device(self, ieee: t.EUI64, nwk: t.NWK) -> ZigbeeDevice:
        """Create the device object, of our kind: interviews and the database come through here too."""
        device = SmartEnergyDevice(self, ieee, nwk)
        self.devices[ieee] = device
        return device

    def _failed(self, packet: t.ZigbeePacket, now: datetime) -> None:
        if self.failure_handler is not None:
            self.failure_handler(packet, now)

    def _heard(self, packet: t.ZigbeePacket, now: datetime) -> None:
        self.packet_received(packet)
