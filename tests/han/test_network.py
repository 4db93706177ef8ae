"""The facade: whole messages through real frames, in virtual time, repeatably."""

from datetime import timedelta
from random import Random

import pytest

from han.link import Conditions, Fate
from han.network import Han
from han.radio import EmulatedCoordinator
from han.reports import Delivery, FrameRecord, Undelivered
from schemas.errors import Malformed, NotPossible, NotReached
from schemas.eui import EUI64
from schemas.gbcs.envelope import CraFlag, Message
from tests.han.conftest import ESME, HCALCS, HUB, SECOND, START, make_han, run

STRANGER = EUI64(bytes(8))
BAD = Conditions(jitter=SECOND / 50, loss=0.1, duplication=0.3, reordering=0.3)


def test_there_and_back(han: Han, records: list[FrameRecord]) -> None:
    assert han.next_timer() is None
    han.to_device(ESME, b"command", START)
    assert run(han) == [Delivery(HUB, ESME, b"command")]
    han.to_hub(ESME, b"response", START + SECOND)
    assert run(han) == [Delivery(ESME, HUB, b"response")]
    assert [(r.source, r.description.split()[0]) for r in records] == [
        (HUB, "RequestTunnel"),
        (ESME, "RequestTunnelResponse"),
        (HUB, "TransferData"),
        (ESME, "TransferData"),
    ]
    request, response = (timedelta(microseconds=32 * (6 + 62 + length)) for length in (9, 8))
    answered = request + SECOND / 200
    acknowledged = timedelta(microseconds=640 + 192 + 32 * 11)
    assert [r.time - START for r in records] == [timedelta(), answered, records[2].time - START, SECOND]
    assert records[2].time - START > answered + response + acknowledged
    assert records[2].zcl.hex() == "1102020000" + b"command".hex()
    assert {(r.cluster, r.fate) for r in records} == {(0x0704, Fate.SENT)}
    assert not han.dropped(HUB) and not han.dropped(ESME)


def test_alert_before_any_tunnel(han: Han) -> None:
    han.to_hub(ESME, b"alert", START)
    assert run(han) == [Delivery(ESME, HUB, b"alert")]


def test_hub_sends_through_the_zigpy_radio(han: Han) -> None:
    assert isinstance(han.radio, EmulatedCoordinator)
    seen = []

    async def send_packet(packet: object) -> None:
        seen.append(packet)

    han.radio.send_packet = send_packet  # type: ignore[method-assign, assignment]
    han.to_device(ESME, b"x", START)
    assert len(seen) == 1


def test_one_late_call_does_all_in_order(han: Han) -> None:
    han.to_device(ESME, b"a", START)
    han.to_device(HCALCS, b"b", START)
    han.to_device(ESME, bytes(1500), START)
    assert [r.message for r in han.handle_timer(START + SECOND)] == [b"a", b"b", bytes(1500)]


def test_errors(han: Han) -> None:
    for call in (han.to_device, han.to_hub):
        with pytest.raises(NotReached):
            call(STRANGER, b"x", START)
        with pytest.raises(Malformed):
            call(ESME, bytes(1501), START)
    with pytest.raises(NotReached):
        han.conditions(STRANGER, Conditions())
    for eui in (ESME, HUB):
        with pytest.raises(NotPossible):
            han.add_device(eui)
    assert han.next_timer() is None


def test_dead_link_is_reported(han: Han) -> None:
    han.conditions(ESME, Conditions(loss=1.0))
    han.to_device(ESME, b"x", START)
    assert run(han) == [Undelivered(ESME, b"x", "no answer to RequestTunnel")]
    assert han.medium.counts == {Fate.LOST: 16}  # four requests, each sent four times, and each of these by the radio
    assert han.medium.frames == 64


def test_same_seed_same_octets() -> None:
    def trace(seed: int) -> list[FrameRecord]:
        records: list[FrameRecord] = []
        han = make_han(records, seed)
        for eui in (ESME, HCALCS):
            han.conditions(eui, BAD)
        for number in range(50):
            han.to_device(ESME, b"down %d" % number, START + number * SECOND)
            han.to_hub(HCALCS, b"up %d" % number, START + number * SECOND)
            han.handle_timer(START + number * SECOND)
        run(han)
        return records

    assert trace(1) == trace(1)
    assert [r.time for r in trace(1)] != [r.time for r in trace(2)]


def test_bad_air_never_doubles_or_invents() -> None:
    han = make_han()
    han.conditions(ESME, BAD)
    sent = [b"%d" % number for number in range(200)]
    got = []
    for number, message in enumerate(sent):
        han.to_device(ESME, message, START + number * SECOND)
        got += han.handle_timer(START + number * SECOND)
    messages = [result.message for result in got + run(han)]
    assert len(messages) == len(set(messages)) and set(messages) <= set(sent)
    assert len(messages) > 150


def test_burst_over_the_counters_wrap_is_whole_and_in_order(han: Han) -> None:
    han.to_device(ESME, b"first", START)
    run(han)
    sent = [b"%d" % number for number in range(600)]
    for message in sent:
        han.to_device(ESME, message, START + SECOND)
    assert [result.message for result in run(han)] == sent


def test_two_hans_side_by_side() -> None:
    one, other = make_han(seed=1), make_han(seed=1)
    one.to_device(ESME, b"x", START)
    assert other.next_timer() is None
    assert run(one) == [Delivery(HUB, ESME, b"x")]
    assert not other.medium.counts


def test_idle_tunnel_is_closed_and_opened_again() -> None:
    records: list[FrameRecord] = []
    han = Han(HUB, Random(1), idle_close=10 * SECOND, observer=records.append)
    han.add_device(ESME)
    han.to_device(ESME, b"x", START)
    han.handle_timer(START + 11 * SECOND)
    assert [r.description.split()[0] for r in records][3:] == [
        "TunnelClosureNotification",
        "RequestTunnel",
        "RequestTunnelResponse",
    ]
    han.observe(None)
    han.to_device(ESME, b"y", START + 11 * SECOND)
    assert han.handle_timer(START + 12 * SECOND) == [Delivery(HUB, ESME, b"y")]
    assert len(records) == 6


def test_pan_id_is_given_or_drawn() -> None:
    assert Han(HUB, Random(1), 0x1A2B).pan.pan_id == 0x1A2B
    assert Han(HUB, Random(1)).pan.pan_id == Han(HUB, Random(1)).pan.pan_id


def test_a_long_message_goes_in_blocks_both_ways(han: Han, records: list[FrameRecord]) -> None:
    whole = Message(CraFlag.COMMAND, 7, HUB, ESME, 0x0062, bytes(4000), signature=b"").encode()
    han.to_device(ESME, whole, START)
    assert run(han) == [Delivery(HUB, ESME, whole)]
    han.to_hub(ESME, whole, START + SECOND)
    assert run(han) == [Delivery(ESME, HUB, whole)]
    assert sum(record.description.startswith("TransferData ") for record in records) == 8


def test_a_bad_block_is_dropped_and_counted(han: Han) -> None:
    han.to_device(ESME, b"\xdd\x09 no block", START)
    assert run(han) == [] and han.dropped(ESME) == {"CRA flag": 1}
    han.to_hub(ESME, b"\xdd\x09", START + SECOND)
    assert run(han) == [] and han.dropped(HUB).total() == 1
