"""What a store remembers never lets through what the database would not."""

from datetime import UTC, datetime

import pytest

from dcc_sim.recent import Recent
from dcc_sim.requests import InFlight, State
from dcc_sim.store import Store
from schemas.duis.request_id import RequestId
from schemas.errors import NotAuthentic, NotPossible
from schemas.eui import EUI64

USER, DEVICE = EUI64.parse("90-B3-D5-1F-30-01-00-00"), EUI64.parse("00-DB-12-34-56-78-90-A6")
DEADLINE = datetime(2026, 1, 15, 12, 0, 30, tzinfo=UTC)


def request(counter: int, state: State = State.AWAITING_SIGNATURE) -> InFlight:
    """One of USER for DEVICE."""
    deadline = DEADLINE if state is State.SENT else None
    return InFlight(RequestId(USER, DEVICE, counter), "7.13", "ECS47a", b"\xdf", state, b"", deadline)


def test_what_is_remembered_is_what_is_kept(database: str) -> None:
    """A store that has written a request gives the same as one that reads it."""
    store = Store(database)
    store.accept(request(1))
    store.accept(request(2))
    store.advance(request(2, State.SENT), State.AWAITING_SIGNATURE)
    reading = Store(database)
    for counter in (1, 2, 3):
        name = request(counter).request_id
        assert store.request(name) == reading.request(name)
    assert store.counter(USER) == reading.counter(USER) == 2
    reading.close()
    store.close()


def test_what_is_undone_is_forgotten(database: str) -> None:
    """After a transaction that fails, counter and states are those from before it."""
    store = Store(database)
    store.accept(request(1))
    with pytest.raises(KeyError), store.transaction():
        store.accept(request(2))
        store.advance(request(1, State.SENT), State.AWAITING_SIGNATURE)
        raise KeyError
    assert store.counter(USER) == 1
    assert store.request(request(2).request_id) is None
    assert store.request(request(1).request_id) == request(1)
    store.accept(request(2))
    store.close()


def test_another_process_over_the_same_database(database: str) -> None:
    """Its changes are found out by the change that they forbid, which changes nothing, and by the next look."""
    store = Store(database)
    store.accept(request(1))
    other = Store(database)
    other.accept(request(2))
    other.advance(request(1, State.SENT), State.AWAITING_SIGNATURE)
    with pytest.raises(NotAuthentic, match="has been passed meanwhile"):
        store.accept(request(3))
    assert store.counter(USER) == 2
    assert store.request(request(1).request_id) == request(1, State.SENT)
    store.accept(request(4))
    other.finish(request(1, State.RESPONDED), State.SENT, b"<x/>", "ECS47a")
    with pytest.raises(NotPossible, match="is no longer"):
        store.finish(request(1, State.RESPONDED), State.SENT, b"<y/>", "ECS47a")
    assert [each.document for each in store.mailbox(USER)] == [b"<x/>"]
    other.close()
    store.close()


def test_a_store_that_is_shared_remembers_nothing() -> None:
    """Its processes change it behind each other's back."""
    recent = Recent(0)
    recent.keep_request(request(1))
    recent.keep_counter(USER, 1)
    assert recent.request(request(1).request_id) is None
    assert recent.counter(USER) is None


def test_the_oldest_goes_first() -> None:
    """It does not grow with the requests."""
    recent = Recent(3)
    for counter in range(1, 6):
        recent.keep_request(request(counter))
    assert [counter for counter in range(1, 6) if recent.request(request(counter).request_id)] == [3, 4, 5]
