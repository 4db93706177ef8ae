"""The medium: delay, loss, duplication, order, isolation; all from the seed."""

from datetime import datetime, timedelta
from random import Random

import pytest
import zigpy.types as t

from han.link import Conditions, Fate, Medium, changed, nwk_address
from han.node import tunnel_packet
from schemas.errors import Malformed, NotPossible
from tests.han.conftest import START

MS = timedelta(milliseconds=1)


def packet(number: int, target: int = 2, source: int = 1) -> t.ZigbeePacket:
    return tunnel_packet(target, bytes([number]), START).replace(src=nwk_address(source))


def air(conditions: Conditions, count: int = 200, seed: int = 1) -> tuple[Medium, list[tuple[datetime, int]]]:
    heard: list[tuple[datetime, int]] = []
    medium = Medium(Random(seed))
    medium.attach(2, lambda packet, now: heard.append((now, packet.data.serialize()[0])))
    medium.set_conditions(1, 2, conditions)
    for number in range(count):
        medium.send(packet(number), START + number * MS)
    while (due := medium.next_timer()) is not None:
        medium.handle_timer(due)
    return medium, heard


def test_default_delay_and_order() -> None:
    medium, heard = air(Conditions())
    assert heard == [(START + (20 + n) * MS, n) for n in range(200)]
    assert medium.counts == {Fate.SENT: 200}


def test_jitter_alone_keeps_the_order() -> None:
    _, heard = air(Conditions(jitter=100 * MS))
    assert [n for _, n in heard] == list(range(200))
    assert all(START + (20 + n) * MS <= at <= START + (320 + n) * MS for at, n in heard)


def test_loss() -> None:
    medium, heard = air(Conditions(loss=0.3))
    assert medium.counts[Fate.LOST] + len(heard) == 200 and 30 < medium.counts[Fate.LOST] < 90
    assert air(Conditions(loss=1.0))[1] == []


def test_duplication() -> None:
    medium, heard = air(Conditions(duplication=1.0))
    assert sorted(n for _, n in heard) == sorted(2 * list(range(200)))
    assert medium.counts == {Fate.DUPLICATED: 200}


def test_reordering() -> None:
    _, heard = air(Conditions(reordering=0.2))
    order = [n for _, n in heard]
    assert order != sorted(order) and sorted(order) == list(range(200))


def test_seed_decides_all() -> None:
    bad = Conditions(jitter=9 * MS, loss=0.2, duplication=0.2, reordering=0.2)
    assert air(bad)[1] == air(bad)[1]
    assert air(bad)[1] != air(bad, seed=2)[1]


def test_conditions_change_while_running() -> None:
    medium, heard = air(Conditions(loss=1.0), count=5)
    medium.set_conditions(2, 1, Conditions())
    assert medium.send(packet(9), START) is Fate.SENT
    medium.handle_timer(START + 20 * MS)
    assert heard == [(START + 20 * MS, 9)]


@pytest.mark.parametrize("wrong", [{"loss": 1.1}, {"duplication": -0.1}, {"delay": -MS}, {"jitter": -MS}])
def test_conditions_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(Malformed, match="Conditions"):
        Conditions(**wrong)  # type: ignore[arg-type]


def test_unreachable_before_and_during_flight() -> None:
    fates: list[Fate] = []
    medium = Medium(Random(1), lambda now, packet, fate: fates.append(fate))
    assert medium.send(packet(0), START) is Fate.UNREACHABLE
    medium.attach(2, lambda packet, now: None)
    assert medium.send(packet(0), START) is Fate.SENT
    medium.detach(2)
    medium.handle_timer(START + 20 * MS)
    group = packet(0).replace(dst=t.AddrModeAddress(t.AddrMode.Group, 1))
    assert medium.send(group, START) is Fate.UNREACHABLE
    assert fates == [Fate.UNREACHABLE, Fate.SENT, Fate.UNREACHABLE, Fate.UNREACHABLE]


def test_broadcast_reaches_all_others() -> None:
    heard: list[int] = []
    medium = Medium(Random(1))
    for address in (1, 2, 3):
        medium.attach(address, lambda packet, now, address=address: heard.append(address))
    medium.send(packet(0).replace(dst=t.AddrModeAddress(t.AddrMode.Broadcast, 0xFFFD)), START)
    medium.handle_timer(START + 20 * MS)
    assert heard == [2, 3]


def test_address_is_taken_and_source_is_needed() -> None:
    medium = Medium(Random(1))
    medium.attach(1, lambda packet, now: None)
    with pytest.raises(NotPossible):
        medium.attach(1, lambda packet, now: None)
    with pytest.raises(Malformed):
        medium.send(packet(0).replace(src=None), START)


def test_two_media_never_hear_each_other() -> None:
    heard: list[t.ZigbeePacket] = []
    here, there = Medium(Random(1)), Medium(Random(1))
    there.attach(2, lambda packet, now: heard.append(packet))
    assert here.send(packet(0), START) is Fate.UNREACHABLE
    there.handle_timer(START + timedelta(days=1))
    assert heard == []


def test_a_changed_packet_is_a_copy() -> None:
    first, later = packet(1), START + MS
    copy = changed(first, timestamp=later, tsn=9)
    assert (copy, copy.timestamp) == (first.replace(tsn=9), later)
    assert (first, first.timestamp) == (packet(1), START)
    assert list(vars(copy)) == list(vars(first))
