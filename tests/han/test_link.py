"""The medium: air time, delay, loss, repeats, order, isolation; all from the seed."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from han.conditions import Conditions
from han.frames.mac import BROADCAST, MacFrame, MacType, decode_mac
from han.link import Fate, Medium
from schemas.errors import Malformed, NotPossible
from schemas.eui import EUI64
from tests.han.conftest import ESME, HCALCS, HUB, START

MS = timedelta(milliseconds=1)
PAN = 0x1A2B
AIR_TIME = timedelta(microseconds=32 * (6 + 12))


def psdu(number: int, target: int | EUI64 = 2, *, acknowledged: bool = True) -> bytes:
    """A data frame of 12 octets where the target is an address, with a number in it."""
    return MacFrame(MacType.DATA, number % 256, PAN, target, 1, bytes([number]), acknowledged).encode()


def air(conditions: Conditions, count: int = 200, seed: int = 1) -> tuple[Medium, list[tuple[datetime, int]]]:
    """Send so many frames, 30 ms apart; when each was heard."""
    heard: list[tuple[datetime, int]] = []
    medium = Medium(Random(seed))
    medium.attach(ESME, lambda octets, now: heard.append((now, decode_mac(octets).payload[0])), 2)
    medium.set_conditions(HUB, ESME, conditions)
    for number in range(count):
        medium.transmit(HUB, psdu(number), START + 30 * number * MS)
    while (due := medium.next_timer()) is not None:
        medium.handle_timer(due)
    return medium, heard


def test_air_time_then_delay_in_order() -> None:
    medium, heard = air(Conditions())
    assert heard == [(START + AIR_TIME + (5 + 30 * n) * MS, n) for n in range(200)]
    assert medium.counts == {Fate.SENT: 200}
    assert medium.frames == 400  # each with its acknowledgement


def test_one_frame_is_on_the_air_at_a_time() -> None:
    sniffed: list[tuple[datetime, int]] = []
    medium = Medium(Random(1))
    medium.sniffer = lambda time, octets, about, message: sniffed.append((time, len(octets)))
    medium.attach(ESME, lambda octets, now: None, 2)
    for number in range(5):
        medium.transmit(HUB, psdu(number), START)
    assert len(sniffed) == 10
    for (one, length), (following, _) in pairwise(sniffed):
        assert following >= one + timedelta(microseconds=32 * (6 + length) + 192)


def test_jitter_alone_keeps_the_order() -> None:
    _, heard = air(Conditions(jitter=100 * MS))
    assert [n for _, n in heard] == list(range(200))
    assert all(START + (5 + 30 * n) * MS <= at <= START + (106 + 30 * n) * MS for at, n in heard)


def test_what_is_lost_is_sent_again() -> None:
    medium, heard = air(Conditions(loss=0.3))
    assert {n for _, n in heard} >= set(range(200)) - {n for n in range(200) if medium.counts[Fate.LOST]}
    assert 0 < medium.counts[Fate.LOST] < 30 and medium.frames > 500
    assert len(heard) > len({n for _, n in heard}), "an acknowledgement that is lost makes a frame come twice"
    medium, heard = air(Conditions(loss=1.0), count=5)
    assert heard == [] and medium.counts == {Fate.LOST: 5} and medium.frames == 20


def test_what_asks_for_no_acknowledgement_is_sent_once() -> None:
    medium = Medium(Random(1))
    medium.attach(ESME, lambda octets, now: None, 2)
    medium.set_conditions(HUB, ESME, Conditions(loss=1.0))
    assert medium.transmit(HUB, psdu(1, acknowledged=False), START).fate is Fate.SENT
    assert medium.frames == 1


def test_duplication() -> None:
    _, heard = air(Conditions(duplication=1.0))
    assert sorted(n for _, n in heard) == sorted(2 * list(range(200)))


def test_reordering() -> None:
    _, heard = air(Conditions(reordering=0.2))
    order = [n for _, n in heard]
    assert order != sorted(order) and sorted(order) == list(range(200))


def test_seed_decides_all() -> None:
    bad = Conditions(jitter=9 * MS, loss=0.2, duplication=0.2, reordering=0.2)
    assert air(bad)[1] == air(bad)[1]
    assert air(bad)[1] != air(bad, seed=2)[1]
    assert air(replace(bad, seed=7))[1] == air(replace(bad, seed=7), seed=2)[1]


def test_conditions_change_while_running() -> None:
    medium, heard = air(Conditions(loss=1.0), count=1)
    medium.set_conditions(ESME, HUB, Conditions())
    later = START + 100 * MS
    assert medium.transmit(HUB, psdu(9), later).fate is Fate.SENT
    medium.handle_timer(later + 20 * MS)
    assert heard == [(later + AIR_TIME + 5 * MS, 9)]


@pytest.mark.parametrize("wrong", [{"loss": 1.1}, {"duplication": -0.1}, {"delay": -MS}, {"jitter": -MS}])
def test_conditions_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(Malformed, match="Conditions"):
        Conditions(**wrong)  # type: ignore[arg-type]


def test_unreachable_before_and_during_flight() -> None:
    heard: list[bytes] = []
    medium = Medium(Random(1))
    assert medium.transmit(HUB, psdu(0), START).fate is Fate.UNREACHABLE
    medium.attach(ESME, lambda octets, now: heard.append(octets), 2)
    assert medium.attached(2) and medium.transmit(HUB, psdu(0), START).fate is Fate.SENT
    medium.detach(ESME)
    assert not medium.attached(2)
    medium.handle_timer(START + 200 * MS)
    assert heard == [] and medium.counts == {Fate.UNREACHABLE: 2, Fate.SENT: 1}


def test_a_node_without_an_address_hears_its_eui() -> None:
    heard: list[EUI64] = []
    medium = Medium(Random(1))
    for eui in (ESME, HCALCS):
        medium.attach(eui, lambda octets, now, eui=eui: heard.append(eui))
    assert medium.transmit(HUB, psdu(0, ESME), START).fate is Fate.SENT
    assert medium.transmit(HUB, psdu(0, HUB), START).fate is Fate.UNREACHABLE
    medium.handle_timer(START + 200 * MS)
    assert heard == [ESME]


def test_broadcast_reaches_all_others() -> None:
    heard: list[EUI64] = []
    medium = Medium(Random(1))
    for number, eui in enumerate((HUB, ESME, HCALCS)):
        medium.attach(eui, lambda octets, now, eui=eui: heard.append(eui), number)
    medium.transmit(HUB, psdu(0, BROADCAST, acknowledged=False), START)
    medium.handle_timer(START + 20 * MS)
    assert sorted(heard) == sorted((ESME, HCALCS)) and medium.frames == 1


def test_names_are_taken_once() -> None:
    medium = Medium(Random(1))
    medium.attach(ESME, lambda octets, now: None, 2)
    with pytest.raises(NotPossible):
        medium.attach(ESME, lambda octets, now: None)
    with pytest.raises(NotPossible):
        medium.attach(HCALCS, lambda octets, now: None, 2)


def test_a_timer_that_is_taken_back_does_not_happen() -> None:
    medium, happened = Medium(Random(1)), []
    timers = [medium.call_at(START + n * MS, happened.append) for n in range(3)]
    timers[0].cancel()
    timers[1].cancel()
    assert medium.next_timer() == START + 2 * MS
    medium.handle_timer(START + 9 * MS)
    assert happened == [START + 2 * MS] and medium.next_timer() is None


def test_two_media_never_hear_each_other() -> None:
    heard: list[bytes] = []
    here, there = Medium(Random(1)), Medium(Random(1))
    there.attach(ESME, lambda octets, now: heard.append(octets), 2)
    assert here.transmit(HUB, psdu(0), START).fate is Fate.UNREACHABLE
    there.handle_timer(START + timedelta(days=1))
    assert heard == []
