"""The state tables and the outbox."""

import pytest

from han.clusters import TransferData
from han.tunnel import CLIENT, MAX_QUEUED, MAX_TRIES, SERVER, Event, Failed, Outbox, Table, Transmit, step
from schemas.errors import Malformed, NotPossible


@pytest.mark.parametrize("table", [CLIENT, SERVER], ids=["client", "server"])
def test_tables_are_closed_and_refuse_the_rest(table: Table) -> None:
    for state in table:
        for event in Event:
            if event in table[state]:
                assert step(table, state, event) in table
            else:
                with pytest.raises(NotPossible, match=f"does not {event.name.lower()} when {state.name.lower()}"):
                    step(table, state, event)


def outbox() -> Outbox:
    numbers = iter(range(256))
    return Outbox(2, TransferData, lambda: next(numbers))


@pytest.mark.parametrize("size", [0, 1501])
def test_message_size(size: int) -> None:
    with pytest.raises(Malformed, match="1 to 1500 octets"):
        outbox().post(bytes(size))


def test_queue_is_bounded() -> None:
    box = outbox()
    for _ in range(MAX_QUEUED):
        box.post(bytes(1500))
    with pytest.raises(NotPossible, match="full"):
        box.post(b"x")


def test_bounced_messages_go_again_in_order_and_not_for_ever() -> None:
    box = outbox()
    box.post(b"a")
    box.post(b"b")
    for _ in range(MAX_TRIES):
        sent = [out for out in box.flush(1, 1500) if isinstance(out, Transmit)]
        assert [out.command for out in sent] == [TransferData(1, b"a"), TransferData(1, b"b")]
        failed = [out for s in reversed(sent) for out in box.bounce(s.tsn, "why", again=True)]
    assert failed == [Failed(2, b"b", "why"), Failed(2, b"a", "why")]
    assert box.flush(1, 1500) == [] and box.bounce(0, "why", again=True) == []


def test_peers_own_limit() -> None:
    box = outbox()
    box.post(bytes(101))
    assert box.flush(1, 100) == [Failed(2, bytes(101), "the peer takes 100 octets only")]


def test_only_the_last_sent_are_remembered() -> None:
    box = outbox()
    for _ in range(17):
        box.post(b"a")
    box.flush(1, 1500)
    assert not box.sent(0) and box.sent(1) and box.sent(16)
