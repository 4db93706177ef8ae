"""Both ends of a tunnel joined by hand: every refusal, error and repeat of ZSE D.6."""

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

import pytest
from zigpy.zcl.foundation import CommandSchema

from han import clusters as c
from han.tunnel import Failed, Output, Received, State, Transmit
from han.tunnel_client import RETRIES, TIME_OUT, TunnelClient
from han.tunnel_server import TunnelServer
from han.zcl import decode, encode
from schemas.errors import Malformed, NotPossible
from tests.han.conftest import START

CLIENT, SERVER, OTHER = 0, 2, 5
REQUEST = c.RequestTunnel(6, 0xFFFF, False, 1500)


class Pair:
    def __init__(self, idle_close: timedelta | None = None, max_tunnels: int = 1) -> None:
        self.client = TunnelClient(SERVER, count().__next__)
        self.server = TunnelServer(count(100).__next__, idle_close=idle_close, max_tunnels=max_tunnels)

    def to_server(
        self, command: CommandSchema, tsn: int = 0, peer: int = CLIENT, now: datetime = START
    ) -> list[Output]:
        return self.server.receive(peer, decode(0x0704, encode(command, tsn)), now)

    def to_client(self, command: CommandSchema, tsn: int = 0, now: datetime = START) -> list[Output]:
        return self.client.receive(SERVER, decode(0x0704, encode(command, tsn)), now)

    def settle(self, from_client: Sequence[Output] = (), from_server: Sequence[Output] = ()) -> list[Output]:
        """Carry frames to and fro until there are none; return what is not a frame."""
        results: list[Output] = []
        while from_client or from_server:
            results += [out for out in (*from_client, *from_server) if not isinstance(out, Transmit)]
            down: list[Output] = []
            up: list[Output] = []
            for take, frames, replies in ((self.to_server, from_client, down), (self.to_client, from_server, up)):
                for out in frames:
                    if isinstance(out, Transmit):
                        with contextlib.suppress(NotPossible):  # as a node does
                            replies += take(out.command, out.tsn)
            from_client, from_server = up, down
        return results


def answer(outputs: list[Output]) -> CommandSchema:
    assert len(outputs) == 1 and isinstance(outputs[0], Transmit)
    return outputs[0].command


def test_opens_queues_and_carries_both_ways() -> None:
    pair = Pair()
    first = pair.client.send(b"one", START)
    assert first == [Transmit(SERVER, 0, REQUEST)]
    assert pair.client.send(b"two", START) == [] and pair.client.state is State.OPENING
    assert pair.server.send(CLIENT, b"alert", START) == []
    results = pair.settle(first)
    assert results == [Received(SERVER, b"alert"), Received(CLIENT, b"one"), Received(CLIENT, b"two")]
    assert pair.client.state is State.OPEN and pair.client.next_timer() is None
    assert pair.settle(pair.client.send(bytes(1500), START)) == [Received(CLIENT, bytes(1500))]
    assert pair.settle((), pair.server.send(CLIENT, b"back", START)) == [Received(SERVER, b"back")]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (c.RequestTunnel(5, 0xFFFF, False, 1500), c.TunnelStatus.PROTOCOL_NOT_SUPPORTED),
        (c.RequestTunnel(6, 0x121D, False, 1500), c.TunnelStatus.PROTOCOL_NOT_SUPPORTED),
        (c.RequestTunnel(6, 0xFFFF, True, 1500), c.TunnelStatus.FLOW_CONTROL_NOT_SUPPORTED),
    ],
)
def test_refusals(request_: c.RequestTunnel, status: c.TunnelStatus) -> None:
    pair = Pair()
    assert answer(pair.to_server(request_)) == c.RequestTunnelResponse(0xFFFF, status, 1500)
    assert pair.server.state(CLIENT) is State.CLOSED


def test_one_tunnel_a_device_and_the_same_again_for_the_same_client() -> None:
    pair = Pair()
    granted = answer(pair.to_server(REQUEST))
    assert granted == answer(pair.to_server(REQUEST))
    refused = answer(pair.to_server(REQUEST, peer=OTHER))
    assert refused == c.RequestTunnelResponse(0xFFFF, c.TunnelStatus.NO_MORE_TUNNEL_IDS, 1500)


@pytest.mark.parametrize("status", list(c.TunnelStatus)[2:])
def test_client_gives_up_at_once_when_refused(status: c.TunnelStatus) -> None:
    pair = Pair()
    pair.client.send(b"x", START)
    outputs = pair.to_client(c.RequestTunnelResponse(0xFFFF, status, 1500))
    assert outputs == [Failed(SERVER, b"x", f"tunnel refused: {status.name}")]
    assert pair.client.state is State.CLOSED and pair.client.next_timer() is None


def test_client_asks_a_busy_device_again_then_gives_up() -> None:
    pair = Pair()
    pair.server.busy = True
    assert pair.settle(pair.client.send(b"x", START)) == []
    now = START
    for _ in range(RETRIES):
        now += TIME_OUT
        assert pair.client.next_timer() == now
        assert pair.client.handle_timer(now - timedelta(milliseconds=1)) == []
        assert pair.settle(pair.client.handle_timer(now)) == []
    assert pair.client.handle_timer(now + TIME_OUT) == [Failed(SERVER, b"x", "tunnel refused: BUSY")]
    assert pair.client.state is State.CLOSED
    pair.server.busy = False
    assert pair.settle(pair.client.send(b"y", now)) == [Received(CLIENT, b"y")]


def test_silence_fails_what_waits() -> None:
    pair = Pair()
    pair.client.send(b"x", START)
    now, asked = START, 1
    while (outputs := pair.client.handle_timer(now := now + TIME_OUT)) and isinstance(outputs[0], Transmit):
        asked += 1
    assert asked == 1 + RETRIES
    assert outputs == [Failed(SERVER, b"x", "no answer to RequestTunnel")]


def test_late_answer_to_an_earlier_request_counts() -> None:
    pair = Pair()
    pair.client.send(b"x", START)
    pair.client.handle_timer(START + TIME_OUT)
    pair.to_client(c.RequestTunnelResponse(9, c.TunnelStatus.SUCCESS, 1500), tsn=0)
    assert pair.client.tunnel_id == 9
    with pytest.raises(NotPossible, match="answers no open request"):
        pair.to_client(c.RequestTunnelResponse(8, c.TunnelStatus.SUCCESS, 1500), tsn=1)
    assert pair.client.tunnel_id == 9


def test_tunnel_lost_by_the_device_is_opened_again_and_the_message_repeated() -> None:
    pair = Pair()
    pair.settle(pair.client.open(START))
    old = pair.client.tunnel_id
    pair.server = TunnelServer(count().__next__)
    pair.to_server(REQUEST, peer=CLIENT)  # moves its numbers on
    pair.to_server(c.CloseTunnel(0))
    assert pair.settle(pair.client.send(b"x", START)) == [Received(CLIENT, b"x")]
    assert pair.client.tunnel_id != old


def test_tunnel_lost_by_the_client_is_opened_again_and_the_message_repeated() -> None:
    pair = Pair()
    pair.settle(pair.client.open(START))
    pair.client = TunnelClient(SERVER, count().__next__)
    first = pair.client.open(START)  # its answer is overtaken by the device's message
    assert pair.settle((), pair.server.send(CLIENT, b"alert", START)) == []
    assert pair.settle(first) == [Received(SERVER, b"alert")]


def test_idle_close_and_reopen() -> None:
    pair = Pair(idle_close=timedelta(seconds=60))
    assert pair.server.next_timer() is None
    pair.settle(pair.client.open(START))
    due = START + timedelta(seconds=60)
    assert pair.server.next_timer() == due and pair.server.handle_timer(START) == []
    closure = pair.server.handle_timer(due)
    assert answer(closure) == c.TunnelClosureNotification(0) and pair.server.state(CLIENT) is State.CLOSED
    assert pair.settle((), closure) == []
    assert pair.client.state is State.OPEN and pair.client.tunnel_id == 1


def test_idle_close_is_above_zero() -> None:
    with pytest.raises(Malformed):
        Pair(idle_close=timedelta(0))


def test_close() -> None:
    pair = Pair()
    assert pair.client.close() == []
    pair.settle(pair.client.open(START))
    assert pair.settle(pair.client.close()) == []
    assert pair.client.state is State.CLOSED and pair.server.state(CLIENT) is State.CLOSED
    pair.client.send(b"x", START)
    assert pair.client.close() == [Failed(SERVER, b"x", "tunnel closed")]


def test_transfer_errors() -> None:
    pair = Pair(max_tunnels=2)
    unknown = c.TransferDataErrorToClient(7, c.TransferStatus.NO_SUCH_TUNNEL)
    assert pair.to_server(c.TransferData(7, b"x"), tsn=3) == [Transmit(CLIENT, 3, unknown)]
    pair.to_server(REQUEST)
    pair.to_server(REQUEST, peer=OTHER)
    wrong = answer(pair.to_server(c.TransferData(0, b"x"), peer=OTHER))
    assert wrong == c.TransferDataErrorToClient(0, c.TransferStatus.WRONG_DEVICE)
    overflow = answer(pair.to_server(c.TransferData(0, bytes(1501))))
    assert overflow == c.TransferDataErrorToClient(0, c.TransferStatus.DATA_OVERFLOW)
    lost = answer(pair.to_client(c.TransferDataToClient(0, b"x")))
    assert lost == c.TransferDataError(0, c.TransferStatus.NO_SUCH_TUNNEL)


def test_refused_transfer_fails_its_message_only() -> None:
    pair = Pair()
    pair.settle(pair.client.open(START))
    (sent,) = pair.client.send(b"x", START)
    assert isinstance(sent, Transmit)
    error = c.TransferDataErrorToClient(0, c.TransferStatus.DATA_OVERFLOW)
    assert pair.to_client(error, tsn=sent.tsn) == [Failed(SERVER, b"x", "device answers DATA_OVERFLOW")]
    assert pair.client.state is State.OPEN


def test_supported_protocols() -> None:
    pair = Pair()
    ask = c.GetSupportedTunnelProtocols
    protocol = c.TunnelProtocol(0xFFFF, 6)
    assert answer(pair.to_server(ask(0))) == c.SupportedTunnelProtocolsResponse(True, [protocol])
    assert answer(pair.to_server(ask(1))) == c.SupportedTunnelProtocolsResponse(True, [])


@pytest.mark.parametrize(
    "command",
    [
        c.CloseTunnel(9),
        c.TransferDataError(9, c.TransferStatus.NO_SUCH_TUNNEL),
        c.AckTransferData(0, 1),
        c.ReadyData(0, 1),
        c.TransferDataToClient(0, b"x"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_server_refuses_what_makes_no_sense(command: CommandSchema) -> None:
    pair = Pair()
    pair.settle(pair.client.open(START))
    with pytest.raises(NotPossible):
        pair.to_server(command, tsn=77)
    assert pair.server.state(CLIENT) is State.OPEN


@pytest.mark.parametrize(
    "command",
    [
        c.TunnelClosureNotification(9),
        c.TransferDataErrorToClient(9, c.TransferStatus.NO_SUCH_TUNNEL),
        c.RequestTunnelResponse(9, c.TunnelStatus.SUCCESS, 1500),
        c.AckTransferDataToClient(0, 1),
        REQUEST,
        c.TransferData(0, b"x"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_client_refuses_what_makes_no_sense(command: CommandSchema) -> None:
    pair = Pair()
    pair.settle(pair.client.open(START))
    with pytest.raises(NotPossible):
        pair.to_client(command, tsn=77)
    assert pair.client.state is State.OPEN and pair.client.tunnel_id == 0
