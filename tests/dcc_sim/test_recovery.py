"""A process that ends at any single step: the next one makes the request end, once, and sends nothing again.

The step is where the process stops: an exception in its place, then a new world over the same database.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dcc_sim.identities import BROKER, CHARGER, METER, OTHER_USER, SUPPLIER
from dcc_sim.inventory import Inventory
from dcc_sim.journal import Journal, Place, read
from dcc_sim.requests import TRANSITIONS, Event, InFlight, State
from dcc_sim.store import Store
from dcc_sim.world import World
from schemas.errors import NotPossible
from schemas.gbcs.envelope import decode
from tests.dcc_sim.services import SERVICES
from tests.pairs import START, Pair


class Crash(BaseException):
    """The process ends here."""


def crash(*_: object) -> None:
    """In place of the step that is not reached."""
    raise Crash


def again(pair: Pair, database: str) -> Pair:
    """A new process over the same database."""
    pair.store.close()
    new = Pair(store=Store(database))
    for old, user in ((pair.supplier, new.supplier), (pair.other_user, new.other_user)):
        user.counter = old.counter
    return new


def codes(pair: Pair) -> list[str]:
    """The final responses of the two users."""
    return [each.code for user in (pair.supplier, pair.other_user) for each in pair.mailbox(user)]


def read_request(pair: Pair, *, broker: bool) -> bytes:
    """A read of the supplier, or of a user that goes through the broker."""
    service, user = ("7.15", pair.other_user) if broker else ("7.14", pair.supplier)
    target, body = SERVICES[service]
    return user.write(user.request(target, service, 1, body))


@pytest.mark.parametrize("broker", [False, True])
def test_accepted_and_not_sent_is_sent(database: str, monkeypatch: pytest.MonkeyPatch, broker: bool) -> None:
    """Between the two transactions of a read: the next process sends it, in the octets that it would have had."""
    pair = Pair(store=Store(database))
    xml = read_request(pair, broker=broker)
    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr(Store, "advance", crash)
        pair.world.post("serviceS", xml)
    (held,) = pair.store.in_state(State.ACCEPTED)
    pair = again(pair, database)
    (sent,) = pair.store.in_state(State.SENT)
    assert sent.request_id == held.request_id
    assert decode(sent.command).stripped().encode() == held.pre_command
    pair.pass_time()
    assert codes(pair) == ["I0"]
    assert pair.post("serviceS", xml).code == "E100"
    pair = again(pair, database)
    pair.pass_time(60)
    assert codes(pair) == ["I0"]
    pair.store.close()


def test_sent_and_not_gone_is_not_sent_again(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the record, before the effect: nobody can tell whether it has gone, so it ends in E21."""
    pair = Pair(store=Store(database))
    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr(World, "_to_wan", crash)
        pair.world.post("serviceS", read_request(pair, broker=False))
    pair = again(pair, database)
    pair.watch_han()
    pair.pass_time(29.9)
    assert not pair.packets
    pair.pass_time(0.2)
    assert codes(pair) == ["E21"]
    pair.store.close()


def test_crash_before_anything_was_kept(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was accepted: the same octets are taken by the next process."""
    pair = Pair(store=Store(database))
    xml = read_request(pair, broker=True)
    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr(Store, "accept", crash)
        pair.world.post("serviceS", xml)
    pair = again(pair, database)
    assert pair.store.counter(OTHER_USER) == pair.store.counter(BROKER) == 0
    assert pair.post("serviceS", xml).code == "I99"
    pair.pass_time()
    assert codes(pair) == ["I0"]
    pair.store.close()


def test_crash_inside_a_transaction(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """State and mailbox go together: a half-done end is none, and the deadline ends the request."""
    pair = Pair(store=Store(database))
    assert pair.post("serviceS", read_request(pair, broker=False)).code == "I99"
    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr(Store, "_put", crash)
        pair.world.advance(timedelta(seconds=10))
    assert len(pair.store.in_state(State.SENT)) == 1
    pair = again(pair, database)
    pair.pass_time(60)
    assert codes(pair) == ["E21"]
    pair.store.close()


def test_what_cannot_be_sent_any_more_ends_with_its_code(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device has left the inventory meanwhile: E19, in the user's mailbox, once."""
    pair = Pair(store=Store(database))
    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr(Store, "advance", crash)
        pair.world.post("serviceS", read_request(pair, broker=False))
    monkeypatch.setattr("dcc_sim.home.inventory", without_charger(pair.world.dcc.inventory))
    for _ in range(2):
        pair = again(pair, database)
        pair.pass_time(60)
        assert codes(pair) == ["E19"]
    (ended,) = pair.store.in_state(State.GIVEN_UP)
    assert ended.command == b""
    pair.store.close()


def without_charger(inventory: Inventory) -> Callable[..., Inventory]:
    """An inventory builder that leaves out the charge point."""
    devices = {eui: entry for eui, entry in inventory.devices.items() if eui != CHARGER}
    return lambda policy, *, installed=True: replace(inventory, devices=devices)


def test_the_clock_goes_on(database: str) -> None:
    """A new process begins where the last one stood, not at its own start; a later start is later."""
    pair = Pair(store=Store(database))
    pair.pass_time(3600)
    pair = again(pair, database)
    assert pair.world.clock.now == START + timedelta(hours=1)
    pair.store.close()
    later = Pair(start=START + timedelta(days=1), store=Store(database))
    assert later.world.clock.now == START + timedelta(days=1)
    later.store.close()


def test_alerts_of_a_device_built_anew(database: str) -> None:
    """Its alert counter goes on above what its user has: no two alerts of one name."""
    pair = Pair(store=Store(database))
    names = []
    for _ in range(2):
        pair.world.home.devices[CHARGER].alert_counter += 1
        pair = again(pair, database)
        for number in (1, 2):
            device = pair.world.home.devices[CHARGER]
            pair.world._from_device(device, device.receive(b"\xdd" * (20 + number), pair.world.clock.now), START)
        pair.pass_time()
    for each in pair.mailbox(pair.supplier):
        names.append(str(each.response_id))
    assert len(names) == len(set(names)) == 4
    assert pair.store.counter(CHARGER) == 4
    pair.store.close()


def test_every_state_ends() -> None:
    """From each state that waits there is a way to an end, and ends have none."""
    ends = {State.RESPONDED, State.TIMED_OUT, State.GIVEN_UP, State.DELETED}
    assert {state for state, following in TRANSITIONS.items() if not following} == ends
    assert TRANSITIONS[State.ACCEPTED] == {
        Event.DISPATCHED: State.SENT,
        Event.QUARANTINED: State.QUARANTINED,
        Event.STRANDED: State.GIVEN_UP,
    }


def test_two_processes_over_one_database(database: str) -> None:
    """Only one of them takes a request from a state; the other is refused and changes nothing."""
    first, second = Store(database), Store(database)
    pair = Pair(store=first)
    target, body = SERVICES["7.13"]
    pair.pre_command(pair.supplier, target, "7.13", body)
    (held,) = second.in_state(State.AWAITING_SIGNATURE)
    sent: InFlight = replace(held, state=State.SENT, command=b"\x01", deadline=START)
    first.advance(sent, held.state)
    with pytest.raises(NotPossible, match="no longer"):
        second.advance(replace(sent, command=b"\x02"), held.state)
    with pytest.raises(NotPossible, match="no longer"):
        second.finish(replace(sent, state=State.RESPONDED), held.state, b"document", "")
    assert [each.command for each in first.in_state(State.SENT)] == [b"\x01"]
    assert not first.mailbox(SUPPLIER)
    first.close()
    second.close()


def test_callback_address_survives(database: str) -> None:
    """The last address of each user is the one that a new process posts to."""
    store = Store(database)
    for url in ("http://a/", "http://b/"):
        store.keep_callback(SUPPLIER, url)
    store.close()
    store = Store(database)
    assert store.callbacks() == {SUPPLIER: "http://b/"}
    store.close()


def test_journal(tmp_path: Path) -> None:
    """Lines of two processes in one file; a message is there before it goes on."""
    file = tmp_path / "journal"
    for eui in (CHARGER, METER):
        journal = Journal(file)
        journal(START, "hub", eui)
        journal.close()
    seen: list[tuple[Place, bytes]] = [(entry.place, entry.message) for entry in read(file)]
    assert seen == [("hub", bytes(CHARGER)), ("hub", bytes(METER))]
    assert {entry.moment for entry in read(file)} == {START}
    file.write_text(f"{datetime.isoformat(START)} nowhere 00\n")
    with pytest.raises(ValueError, match="nowhere"):
        list(read(file))


def test_a_commit_that_comes_through_late(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server ends the dead process's transaction while the next one recovers: not sent again, and it still ends."""
    pair = Pair(store=Store(database))
    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr(Store, "advance", crash)
        pair.world.post("serviceS", read_request(pair, broker=False))
    (held,) = pair.store.in_state(State.ACCEPTED)
    other, real = Store(database), Store.advance

    def late(store: Store, request: InFlight, before: State) -> None:
        real(other, replace(held, state=State.SENT, command=b"\x01", deadline=START + timedelta(seconds=30)), before)
        real(store, request, before)

    with monkeypatch.context() as patched:
        patched.setattr(Store, "advance", late)
        pair = again(pair, database)
    pair.watch_han()
    pair.pass_time(60)
    assert not pair.packets
    assert codes(pair) == ["E21"]
    pair.store.close()
    other.close()
