"""Sleepy devices: GET and PUT on the air, messages kept and thrown away, blocks as well."""

from datetime import timedelta
from random import Random

import pytest

from han.clusters import TransferData, TransferDataToClient, Tunneling
from han.conditions import Conditions
from han.network import Han
from han.reports import Delivery, FrameRecord, Undelivered
from han.sleepy import KEPT, MAX_SLEEPY, MAX_STORED, NOT_FETCHED, Mailbox, Sleeper
from han.tunnel import NOT_ACKNOWLEDGED
from han.zcl import decode
from schemas.errors import Malformed, NotPossible
from schemas.gbcs.envelope import CraFlag, Message
from tests.han.conftest import ESME, HCALCS, HUB, SECOND, START, make_han

MINUTE = 60 * SECOND


def until(han: Han, moment: timedelta) -> list[object]:
    return list(han.handle_timer(START + moment))


def transferred(records: list[FrameRecord]) -> list[tuple[str, bytes]]:
    """Who sent what through a tunnel."""
    found = []
    for record in records:
        command = decode(Tunneling.cluster_id, record.zcl).command if record.cluster == Tunneling.cluster_id else None
        if isinstance(command, TransferData | TransferDataToClient):
            found.append(("hub" if record.source == HUB else "device", bytes(command.data)))
    return found


def test_it_fetches_what_is_kept_when_it_wakes(han: Han, records: list[FrameRecord]) -> None:
    han.let_sleep(ESME, START, 30 * MINUTE)
    for message in (b"\xddone", b"\xddtwo", b"\xddthree"):
        han.to_device(ESME, message, START)
    assert until(han, 29 * MINUTE) == [] and transferred(records) == []
    assert until(han, 31 * MINUTE) == [Delivery(HUB, ESME, each) for each in (b"\xddone", b"\xddtwo", b"\xddthree")]
    assert transferred(records) == [
        ("device", b"\x01"),
        ("hub", b"\x02\x02\xddone"),
        ("device", b"\x01"),
        ("hub", b"\x02\x01\xddtwo"),
        ("device", b"\x01"),
        ("hub", b"\x02\x00\xddthree"),
    ]
    records.clear()
    assert until(han, 61 * MINUTE) == []
    assert transferred(records) == [("device", b"\x01"), ("hub", b"\x02\x00")]


def test_it_puts_at_once(han: Han, records: list[FrameRecord]) -> None:
    han.let_sleep(ESME, START)
    han.to_hub(ESME, b"\xdfalert", START + SECOND)
    assert until(han, 2 * SECOND) == [Delivery(ESME, HUB, b"\xdfalert")]
    assert transferred(records) == [("device", b"\x03\xdfalert")]


def test_longer_than_a_transfer_goes_in_blocks(han: Han) -> None:
    """The prefix counts in the 1,500: at 1,499 octets a message is in blocks already."""
    han.let_sleep(ESME, START)
    down, up = (
        Message(cra, 7, HUB, ESME, 0x0062, bytes(size), signature=b"").encode()
        for cra, size in ((CraFlag.COMMAND, 1462), (CraFlag.RESPONSE, 4000))
    )
    assert MAX_SLEEPY < len(down) <= 1500
    han.to_device(ESME, down, START)
    assert until(han, 31 * MINUTE) == [Delivery(HUB, ESME, down)]
    han.to_hub(ESME, up, START + 32 * MINUTE)
    assert until(han, 33 * MINUTE) == [Delivery(ESME, HUB, up)]


def test_a_message_is_kept_for_a_day(han: Han) -> None:
    han.let_sleep(ESME, START)
    han.silent = frozenset({ESME})
    han.to_device(ESME, b"x", START + SECOND)
    results = until(han, KEPT + 2 * SECOND)
    assert results == [Undelivered(ESME, b"x", NOT_FETCHED)]


def test_an_answer_to_get_that_is_lost_fails_its_message(han: Han) -> None:
    han.let_sleep(ESME, START, 30 * MINUTE)
    han.to_hub(ESME, b"alert", START)  # opens the tunnel
    until(han, SECOND)
    han.to_device(ESME, b"x", START + SECOND)
    hub_end = han._clients[ESME]
    assert isinstance(hub_end, Mailbox)
    asked = hub_end._asked(b"\x01", START + SECOND)
    (sent,) = (each for each in han._hub_node.perform(asked, START + SECOND))
    han.medium.set_conditions(HUB, ESME, Conditions(loss=1.0))
    han._from_hub([sent], START + SECOND)
    assert until(han, MINUTE) == [Undelivered(ESME, b"x", NOT_ACKNOWLEDGED)]


def test_awake_again(han: Han) -> None:
    han.let_sleep(ESME, START)
    han.to_device(ESME, b"lost", START)
    han.let_sleep(ESME, START + SECOND, None)
    han.to_device(ESME, b"x", START + 2 * SECOND)
    (lost, delivered) = until(han, 5 * SECOND)
    assert isinstance(lost, Undelivered) and lost.message == b"lost"
    assert delivered == Delivery(HUB, ESME, b"x")


@pytest.mark.parametrize("seed", range(8))
def test_on_bad_air_each_message_comes_once_or_fails(seed: int) -> None:
    han = make_han(seed=seed)
    han.let_sleep(ESME, START, MINUTE)
    han.conditions(ESME, Conditions(loss=0.35))
    down, up = [b"\xdd%d" % n for n in range(12)], [b"\xdf%d" % n for n in range(12)]
    results: list[object] = []
    for number, (one, other) in enumerate(zip(down, up, strict=True)):
        han.to_device(ESME, one, START + number * 10 * SECOND)
        han.to_hub(ESME, other, START + number * 10 * SECOND)
        results += until(han, number * 10 * SECOND)
    results += until(han, KEPT + MINUTE)
    got = [result.message for result in results if isinstance(result, Delivery)]
    lost = [result.message for result in results if isinstance(result, Undelivered)]
    assert len(got) == len(set(got)) and len(lost) == len(set(lost))
    assert set(got) | set(lost) == {*down, *up}


def test_limits() -> None:
    numbers = iter(range(1000))
    mailbox = Mailbox(1, lambda: next(numbers))
    for wrong in (b"", bytes(MAX_SLEEPY + 1)):
        with pytest.raises(Malformed):
            mailbox.send(wrong, START)
    for _ in range(MAX_STORED):
        mailbox.send(b"x", START)
    with pytest.raises(NotPossible):
        mailbox.send(b"x", START)
    with pytest.raises(NotPossible, match="prefix"):
        mailbox._asked(b"\x01\x01", START)
    with pytest.raises(Malformed):
        Sleeper(0, lambda: 1, START, timedelta(0))


@pytest.mark.parametrize("seed", range(6))
def test_a_lost_block_is_sent_again_and_a_message_fails_once(seed: int) -> None:
    """So bad that single blocks fail: each message comes whole and once, or is told as failed as a whole."""
    han = Han(HUB, Random(seed))
    for eui in (ESME, HCALCS):
        han.add_device(eui)
    han.conditions(ESME, Conditions(loss=0.62))
    sent = [Message(CraFlag.COMMAND, n, HUB, ESME, 0x0062, bytes(2500), signature=b"").encode() for n in range(3)]
    for number, message in enumerate(sent):
        han.to_device(ESME, message, START + number * 600 * SECOND)
    results = until(han, timedelta(hours=3))
    got = [result.message for result in results if isinstance(result, Delivery)]
    lost = [result.message for result in results if isinstance(result, Undelivered)]
    assert len(got) == len(set(got)) and len(lost) == len(set(lost))
    assert {*got, *lost} == set(sent)
