"""Stacks on one air: payloads whole, once, in order, or failed; and frames that are not in order."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han.clusters import SMART_ENERGY, Tunneling
from han.conditions import Conditions
from han.frames.keys import stand_in_key
from han.frames.mac import MacType, check_sequence, decode_mac
from han.frames.receiver import Heard
from han.frames.station import Asdu, Station
from han.link import Medium
from han.pan import Pan
from han.stack import ACK_WAIT, MAX_QUEUED, Outgoing, Stack
from schemas.errors import NotPossible, SmartMeterError
from schemas.eui import EUI64
from tests.han.conftest import ESME, HCALCS, HUB, START

ADDRESS, OTHER = 0x5E01, 0x7C03


class Street:
    """A hub and two devices, and what became of every payload."""

    def __init__(self, seed: int = 1) -> None:
        self.medium = Medium(Random(seed))
        self.pan = Pan(HUB, 0x1A2B, b"test")
        self.pan.assign(ESME, ADDRESS)
        self.pan.assign(HCALCS, OTHER)
        self.air: list[bytes] = []
        self.medium.sniffer = lambda time, psdu, about, message: self.air.append(psdu)
        self.delivered: dict[EUI64, list[tuple[int, bytes]]] = {eui: [] for eui in (HUB, ESME, HCALCS)}
        self.failed: list[tuple[int, object, datetime]] = []
        self.stacks = {eui: self._stack(eui) for eui in self.delivered}

    def _stack(self, eui: EUI64) -> Stack:
        def deliver(heard: Heard, now: datetime) -> None:
            assert heard.nwk is not None and heard.payload is not None
            self.delivered[eui].append((heard.nwk.source, heard.payload))

        def failed(outgoing: Outgoing, destination: int, now: datetime) -> None:
            self.failed.append((destination, outgoing.token, now))

        return Stack(self.medium, self.pan, eui, deliver, failed)

    def send(self, source: EUI64, target: EUI64, payload: bytes, now: datetime = START) -> None:
        """Send; the payload is its own token."""
        destination = self.pan.address(target)
        assert destination is not None
        asdu = Asdu(payload, Tunneling.cluster_id, SMART_ENERGY, 1, 1, self.stacks[source].next_counter(destination))
        self.stacks[source].send(destination, Outgoing(asdu, payload), now)

    def run(self) -> None:
        """Until nothing is under way."""
        while (due := self.medium.next_timer()) is not None:
            self.medium.handle_timer(due)

    def inject(self, psdu: bytes, now: datetime = START) -> None:
        """Somebody sends this."""
        self.medium.transmit(EUI64(bytes(8)), psdu, now)
        self.run()


@pytest.fixture
def street() -> Iterator[Street]:
    yield Street()


def test_longer_than_one_frame_and_one_after_the_other(street: Street) -> None:
    sent = [bytes([number]) * length for number, length in enumerate((1, 65, 66, 1505, 200))]
    for payload in sent:
        street.send(HUB, ESME, payload)
        street.send(ESME, HUB, payload)
    street.run()
    assert [payload for _, payload in street.delivered[ESME]] == sent
    assert street.delivered[HUB] == [(ADDRESS, payload) for payload in sent]
    assert not street.failed and all(len(psdu) <= 127 for psdu in street.air)
    for stack in street.stacks.values():
        assert not stack.dropped and not stack.duplicates


@given(
    st.integers(0, 2**32),
    st.sampled_from(
        (
            Conditions(loss=0.3),
            Conditions(loss=0.1, duplication=0.5, reordering=0.3),
            Conditions(jitter=timedelta(milliseconds=60), reordering=0.5, hold=timedelta(seconds=2)),
        )
    ),
)
def test_bad_air_delivers_once_and_in_order_or_tells(seed: int, conditions: Conditions) -> None:
    street = Street(seed)
    street.medium.set_conditions(HUB, ESME, conditions)
    sent = [bytes([number]) * (7 + 23 * number) for number in range(8)]
    for payload in sent:
        street.send(HUB, ESME, payload)
    street.run()
    got = [payload for _, payload in street.delivered[ESME]]
    failed = [token for _, token, _ in street.failed]
    assert got == [payload for payload in sent if payload in got], "in order, once"
    assert set(got) | set(failed) == set(sent), "delivered or told"


def test_nobody_hears_it(street: Street) -> None:
    street.medium.set_conditions(HUB, ESME, Conditions(loss=1.0))
    street.send(HUB, ESME, b"lost")
    street.send(HUB, HCALCS, b"not")
    street.run()
    [(destination, token, when)] = street.failed
    assert (destination, token) == (ADDRESS, b"lost")
    assert 4 * ACK_WAIT < when - START < 4 * ACK_WAIT + timedelta(seconds=0.2)
    assert street.delivered[HCALCS] == [(0, b"not")]


def test_more_than_a_queue_holds(street: Street) -> None:
    for _ in range(MAX_QUEUED):
        street.send(HUB, ESME, b"x")
    with pytest.raises(NotPossible, match="full"):
        street.send(HUB, ESME, b"x")
    street.run()
    assert len(street.delivered[ESME]) == MAX_QUEUED


def test_replayed_frames_do_nothing(street: Street) -> None:
    for number in range(3):
        street.send(HUB, ESME, bytes(100 + number))
    street.run()
    before = street.delivered[ESME].copy()
    for psdu in street.air.copy():
        street.inject(psdu)
    assert street.delivered[ESME] == before
    seen = street.stacks[ESME]
    assert seen.dropped["frame counter"] + seen.duplicates >= 6


def test_an_old_frame_is_refused_however_long_ago(street: Street) -> None:
    street.send(HUB, ESME, b"old")
    street.run()
    old = street.air[0]
    for _ in range(100):
        street.send(HUB, ESME, b"new")
    street.run()
    street.inject(old)
    assert street.stacks[ESME].dropped == {"frame counter": 1}


@pytest.mark.parametrize(
    ("network", "link", "reason"),
    [
        (b"another network", b"test", "MIC"),
        (b"test", b"another link", "MIC"),
        (b"test", None, "APS frame"),
    ],
)
def test_wrongly_keyed_frames_do_nothing(street: Street, network: bytes, link: bytes | None, reason: str) -> None:
    forger = Station(0, HUB, street.pan.pan_id, stand_in_key(network, HUB))
    key = None if link is None else stand_in_key(link, HUB, ESME)
    asdu = Asdu(b"forged", Tunneling.cluster_id, SMART_ENERGY, 1, 1, 9)
    for _, psdu in forger.data(ADDRESS, asdu, key):
        street.inject(psdu)
    assert street.delivered[ESME] == [] and street.stacks[ESME].dropped == {reason: 1}


def test_a_node_that_takes_anothers_address_is_not_believed(street: Street) -> None:
    """It has the network key and a link key of its own, and writes the hub's address into its frames."""
    forger = Station(0, HCALCS, street.pan.pan_id, street.pan.network_key)
    asdu = Asdu(b"forged", Tunneling.cluster_id, SMART_ENERGY, 1, 1, 9)
    for _, psdu in forger.data(ADDRESS, asdu, street.pan.link_key(HCALCS, ESME)):
        street.inject(psdu)
    assert street.delivered[ESME] == [] and street.stacks[ESME].dropped == {"NWK source": 1}


def test_another_networks_frames_are_passed_over(street: Street) -> None:
    neighbour = Station(0, HUB, 0x7777, street.pan.network_key)
    asdu = Asdu(b"x", Tunneling.cluster_id, SMART_ENERGY, 1, 1, 9)
    for _, psdu in neighbour.data(ADDRESS, asdu, street.pan.link_key(HUB, ESME)):
        street.inject(psdu)
    assert street.delivered[ESME] == [] and street.stacks[ESME].dropped == {"PAN identifier": 1}


MUTATIONS = st.lists(st.tuples(st.integers(0, 126), st.integers(1, 255)), min_size=1, max_size=4)


@given(st.data(), MUTATIONS, st.booleans(), st.binary(min_size=3, max_size=125))
def test_mutated_and_random_frames_change_nothing(
    data: st.DataObject, changes: list[tuple[int, int]], mutated: bool, random: bytes
) -> None:
    """With a check sequence that fits, or they would not come past the first test."""
    street = Street()
    street.send(HUB, ESME, bytes(range(150)))
    street.run()
    before = {eui: list(got) for eui, got in street.delivered.items()}
    octets = bytearray(random)
    if mutated:
        octets = bytearray(data.draw(st.sampled_from(street.air))[:-2])
        for place, flip in changes:
            octets[place % len(octets)] ^= flip
    psdu = bytes(octets) + check_sequence(bytes(octets))
    for stack in street.stacks.values():
        counted = stack.dropped.total() + stack.duplicates
        stack.hear(psdu, START)
        assert stack.dropped.total() + stack.duplicates == counted + _is_for_a_stack(psdu)
    street.run()
    assert street.delivered == before and not street.failed


def _is_for_a_stack(psdu: bytes) -> bool:
    """An acknowledgement or a command of the MAC layer says nothing to the layers above."""
    try:
        return decode_mac(psdu).kind is MacType.DATA
    except SmartMeterError:
        return True
