"""ZEP datagrams: there and back, and nothing but frames in order comes through the tunnel over them."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from han.tunnel import Output
from han.tunnel_client import TunnelClient
from han.tunnel_server import TunnelServer
from han.zep import DEVICE, HUB, Heard, TunnelEnd, decode_datagram, encode_acknowledgement, encode_data
from schemas.errors import Malformed
from schemas.eui import EUI64

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
HUB_EUI, DEVICE_EUI = EUI64.parse("00DB1234567890A2"), EUI64.parse("00DB1234567890A6")


@given(
    st.binary(min_size=1, max_size=127),
    st.integers(0, 4_000_000_000_000_000).map(lambda passed: EPOCH + timedelta(microseconds=passed)),
    st.integers(0, 2**32 - 1),
)
def test_there_and_back(psdu: bytes, moment: datetime, sequence: int) -> None:
    """Frame, sequence and moment to the microsecond, beyond the end of NTP's seconds in 2036 too."""
    heard = decode_datagram(encode_data(psdu, moment, sequence))
    assert heard == Heard(moment, sequence, psdu)
    assert decode_datagram(encode_acknowledgement(sequence)) == sequence


def test_the_layout() -> None:
    """Octet for octet: preamble, version 2, data, channel 11, NTP seconds of noon on 15 January 2026, length."""
    seconds = int((NOON - datetime(1900, 1, 1, tzinfo=UTC)).total_seconds())
    expected = b"EX\x02\x01\x0b\x00\x00\x01\xff" + seconds.to_bytes(4) + bytes(4) + (7).to_bytes(4) + bytes(10)
    assert encode_data(b"ab", NOON, 7) == expected + b"\x02ab"


@settings(max_examples=300)
@given(st.binary(max_size=64))
def test_any_octets(octets: bytes) -> None:
    for tried in (octets, b"EX\x02" + octets):
        try:
            decode_datagram(tried)
        except Malformed:
            continue


def ends(seed: bytes = b"x") -> tuple[TunnelEnd, TunnelEnd, TunnelClient, TunnelServer]:
    client, server = TunnelClient(DEVICE, count().__next__), TunnelServer(count().__next__)
    hub = TunnelEnd(HUB, DEVICE, client, b"x", HUB_EUI, DEVICE_EUI)
    return hub, TunnelEnd(DEVICE, HUB, server, seed, HUB_EUI, DEVICE_EUI), client, server


def through(message: bytes, spoil: int = -1, seed: bytes = b"x") -> list[bytes]:
    """What arrives at the device of a message of the hub; the octet ``spoil`` of each frame is another."""
    hub, device, client, _ = ends(seed)
    arrived: list[bytes] = []

    def take(each: bytes) -> list[Output]:
        arrived.append(each)
        return []

    waiting = [(device, each) for each in hub.say(client.send(message, NOON), NOON)]
    for _ in range(200):
        if not waiting:
            break
        end, datagram = waiting.pop(0)
        heard = decode_datagram(datagram)
        assert isinstance(heard, Heard)
        if spoil >= 0:
            place = spoil % len(heard.psdu)
            changed = bytes((heard.psdu[place] ^ 1,))
            heard = heard._replace(psdu=heard.psdu[:place] + changed + heard.psdu[place + 1 :])
        other = hub if end is device else device
        answers = end.hear(heard, take)
        waiting += [(other, each) for each in answers]
    return arrived


@pytest.mark.parametrize("size", [1, 60, 200, 1500])
def test_a_message_through_the_tunnel(size: int) -> None:
    """In as many frames as it takes."""
    assert through(b"m" * size) == [b"m" * size]


@pytest.mark.parametrize("spoil", [0, 3, 20, 40, 60, 100])
def test_a_changed_frame_is_dropped(spoil: int) -> None:
    assert through(b"m" * 30, spoil) == []


def test_other_keys_hear_nothing() -> None:
    assert through(b"m" * 30, seed=b"another") == []


def test_a_tick_is_time_and_nothing_else() -> None:
    hub, device, _, _ = ends()
    heard = decode_datagram(hub.tick(NOON + timedelta(hours=1)))
    assert isinstance(heard, Heard)
    assert heard.moment == NOON + timedelta(hours=1)
    assert device.hear(heard, lambda message: []) == []
