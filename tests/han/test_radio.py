"""The emulated radio: stock zigpy drives a virtual node through it, and the hub drives it without an event loop."""

import asyncio
import contextlib
from random import Random

import pytest
import zigpy.types as t
from zigpy.endpoint import Status
from zigpy.exceptions import DeliveryError, NetworkNotFormed
from zigpy.zcl.foundation import CommandSchema
from zigpy.zdo import types as zdo

from han.clusters import SMART_ENERGY, RequestTunnelResponse, TransferDataToClient, TunnelStatus
from han.link import Medium
from han.node import Node, tunnel_packet
from han.pan import Pan
from han.port import Port
from han.radio import EmulatedCoordinator, SmartEnergyDevice, complete, configuration, zigpy_eui
from han.tunnel import Received
from han.tunnel_server import TunnelServer
from schemas.errors import NotPossible
from tests.han.conftest import ESME, HCALCS, HUB, START

METER = 0x5E01


def network() -> Pan:
    """A hub and a meter."""
    pan = Pan(HUB, 0x1A2B)
    pan.assign(ESME, METER)
    return pan


def meter(medium: Medium, pan: Pan) -> Node:
    """Attach a device that answers each message with its octets reversed."""
    node = Node()
    server = TunnelServer(node.next_tsn)
    node.sides[0] = server

    def heard(packet: t.ZigbeePacket, now: object) -> None:
        outputs = node.receive(packet, packet.timestamp)
        for out in list(outputs):
            if isinstance(out, Received):
                outputs += node.perform(server.send(0, out.message[::-1], packet.timestamp), packet.timestamp)
        for out in outputs:
            if isinstance(out, t.ZigbeePacket):
                port.send(out, packet.timestamp)

    port = Port(medium, pan, ESME, heard)
    return node


async def pump(medium: Medium) -> None:
    """Let packets arrive as soon as zigpy waits: virtual delays take no real time."""
    while True:
        if (due := medium.next_timer()) is not None:
            medium.handle_timer(due)
        await asyncio.sleep(0)


async def stock_zigpy() -> None:
    medium = Medium(Random(1))
    pan = network()
    node = meter(medium, pan)
    app = EmulatedCoordinator(medium, pan, configuration(0x1A2B))
    air = asyncio.create_task(pump(medium))
    try:
        await app.startup(auto_form=True)
        assert app.state.network_info.pan_id == 0x1A2B
        assert app.state.node_info.nwk == 0 and app.state.node_info.ieee == zigpy_eui(HUB)
        app.backups.from_network_state().as_dict()  # the trap: a bare 0 as address cannot be written down

        device = app.add_device(zigpy_eui(ESME), t.NWK(METER))
        assert isinstance(device, SmartEnergyDevice)
        device.node_desc = app._device.node_desc.replace(logical_type=zdo.LogicalType.Router)
        endpoint = device.add_endpoint(1)
        endpoint.profile_id = SMART_ENERGY
        tunneling = endpoint.add_input_cluster(0x0704)
        endpoint.status = Status.ZDO_INIT
        device.status = type(device.status).ENDPOINTS_INIT
        device.model, device.manufacturer = "ESME", "dcc-sim"

        response = await tunneling.command(0, 6, 0xFFFF, False, 1500, timeout=2)
        assert isinstance(response, RequestTunnelResponse)
        assert response.tunnel_status is TunnelStatus.SUCCESS

        for number in range(300):  # more than the 256 transaction numbers, every answer alike
            with app.wait_for_response(device, [lambda header, command: header.command_id == 1]) as answer:
                await tunneling.command(2, response.tunnel_id, b"cba", expect_reply=number == 0, timeout=2)
                got: CommandSchema = (await asyncio.wait_for(answer, 2))[1]
            assert isinstance(got, TransferDataToClient)
            assert bytes(got.data) == b"abc"
        assert set(node.dropped) == {"profile"}  # the start-up broadcasts of ZDO and Green Power

        with pytest.raises(DeliveryError):
            await app.send_packet(tunnel_packet(0x7777, b"", START))
        packet = tunnel_packet(0, b"", START).replace(dst=t.AddrModeAddress(t.AddrMode.IEEE, device.ieee))
        await app.send_packet(packet)
        with pytest.raises(DeliveryError):
            await app.send_packet(packet.replace(dst=t.AddrModeAddress(t.AddrMode.IEEE, zigpy_eui(HCALCS))))
        await app.permit_with_link_key(device.ieee, t.KeyData(bytes(16)), 60)
        assert app.joining == 60 and device.ieee in app.link_keys
        await app.permit(0)
        assert app.joining == 0
        await app.force_remove(device)
        with pytest.raises(DeliveryError):
            await app.send_packet(packet)
        await app.reset_network_info()
        with pytest.raises(NetworkNotFormed):
            await app.load_network_info()
    finally:
        await app.shutdown()
        air.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await air


def test_stock_zigpy_drives_a_virtual_node() -> None:
    asyncio.run(stock_zigpy())


def test_not_connected() -> None:
    app = EmulatedCoordinator(Medium(Random(1)), network(), configuration(1))
    with pytest.raises(DeliveryError, match="not connected"):
        complete(app.send_packet(tunnel_packet(METER, b"", START)))
    complete(app.disconnect())


def test_complete_refuses_to_wait() -> None:
    async def waits() -> None:
        await asyncio.sleep(0)

    with pytest.raises(NotPossible, match="waits"):
        complete(waits())


def test_handler_gets_smart_energy_without_a_loop() -> None:
    medium = Medium(Random(1))
    app = EmulatedCoordinator(medium, network(), configuration(1))
    heard: list[t.ZigbeePacket] = []
    app.packet_handler = heard.append
    complete(app.connect())
    complete(app.connect())
    Port(medium, network(), ESME, lambda packet, now: None).send(tunnel_packet(0, b"abc", START), START)
    due = medium.next_timer()
    assert due is not None
    medium.handle_timer(due)
    assert [packet.data.serialize() for packet in heard] == [b"abc"]
    assert heard[0].timestamp == due
