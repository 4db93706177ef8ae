"""A node drops and counts what is not for it, whatever the octets; fuzzed."""

from random import Random

import pytest
import zigpy.types as t
from hypothesis import given
from hypothesis import strategies as st

from han import clusters as c
from han.addresses import nwk_address
from han.node import Node, tunnel_packet
from han.tunnel import Received, State
from han.tunnel_client import TunnelClient
from han.tunnel_server import TunnelServer
from han.zcl import decode, encode
from schemas.errors import SmartMeterError
from tests.han.conftest import START

HUB, METER = 0, 0x5E01


def device() -> tuple[Node, TunnelServer]:
    node = Node()
    server = TunnelServer(node.next_tsn)
    node.sides[HUB] = server
    node.receive(packet(encode(c.RequestTunnel(6, 0xFFFF, False, 1500), 1)), START)
    assert server.state(HUB) is State.OPEN
    return node, server


def packet(data: bytes, source: int = HUB) -> t.ZigbeePacket:
    return tunnel_packet(METER, data, START).replace(src=nwk_address(source))


def test_message_in() -> None:
    node, _ = device()
    assert node.receive(packet(encode(c.TransferData(0, b"abc"), 2)), START) == [Received(HUB, b"abc")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"profile_id": 0x0104}, "profile"),
        ({"dst_ep": 2}, "endpoint"),
        ({"cluster_id": 0x0705}, "cluster"),
        ({"src": nwk_address(9)}, "source address"),
        ({"src": None}, "source address"),
        ({"data": t.SerializableBytes(b"")}, "ZCL header"),
    ],
)
def test_wrong_packets_are_counted(change: dict[str, object], reason: str) -> None:
    node, _ = device()
    good = packet(encode(c.TransferData(0, b"abc"), 2))
    assert node.receive(good.replace(**change), START) == []
    assert node.dropped == {reason: 1}


def test_default_response_to_who_wants_it() -> None:
    node, _ = device()
    data = encode(c.TransferData(0, b"abc"), 2)
    message, response = node.receive(packet(bytes([data[0] & ~0x10]) + data[1:]), START)
    assert message == Received(HUB, b"abc") or response == Received(HUB, b"abc")
    (out,) = [x for x in (message, response) if isinstance(x, t.ZigbeePacket)]
    assert out.data.serialize().hex() == "18020b0200"


def test_packets_carry_our_time_and_parameters() -> None:
    out = tunnel_packet(METER, b"abc", START)
    assert out.timestamp == START and out.profile_id == 0x0109 and out.cluster_id == 0x0704
    assert (out.src_ep, out.dst_ep) == (1, 1)
    assert t.TransmitOptions.APS_Encryption in out.tx_options


GOOD = [
    encode(command, 7)
    for command in (
        c.RequestTunnel(6, 0xFFFF, False, 1500),
        c.CloseTunnel(0),
        c.TransferData(0, b"abc"),
        c.TransferDataError(0, c.TransferStatus.NO_SUCH_TUNNEL),
        c.GetSupportedTunnelProtocols(0),
        c.RequestTunnelResponse(0, c.TunnelStatus.SUCCESS, 1500),
        c.TransferDataToClient(0, b"abc"),
        c.TransferDataErrorToClient(0, c.TransferStatus.WRONG_DEVICE),
        c.TunnelClosureNotification(0),
    )
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(0, 3))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)[: draw(st.integers(0, len(data)))] + draw(st.binary(max_size=3))


@given(st.lists(st.one_of(st.binary(max_size=20), mutated()), max_size=8))
def test_any_octets_never_raise_and_bad_ones_change_nothing(frames: list[bytes]) -> None:
    server_node, server = device()
    hub = Node()
    client = TunnelClient(HUB, hub.next_tsn)
    hub.sides[HUB] = client
    hub.perform(client.open(START), START)
    for data in frames:
        before = server.state(HUB), client.state, client.tunnel_id, client.next_timer()
        server_node.receive(packet(data), START)
        hub.receive(packet(data), START)
        try:
            decode(0x0704, data)
        except SmartMeterError:
            assert (server.state(HUB), client.state, client.tunnel_id, client.next_timer()) == before


def test_noise_is_only_counted() -> None:
    node, _ = device()
    rng = Random(1)
    for _ in range(2000):
        node.receive(packet(rng.randbytes(rng.randint(0, 100))), START)
    assert sum(node.dropped.values()) > 1900
