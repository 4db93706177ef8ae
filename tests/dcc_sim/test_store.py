"""What the DCC must not forget: a new world on the same database goes on where the old one stopped."""

from datetime import timedelta
from pathlib import Path

import pytest

from dcc_sim import home
from dcc_sim.requests import InFlight, State
from dcc_sim.store import Store
from schemas.duis.request_id import RequestId
from schemas.errors import NotAuthentic
from schemas.eui import EUI64
from tests.dcc_sim import databases
from tests.dcc_sim.services import SERVICES
from tests.pairs import START, Pair, set_state, tables

TARGET, BODY = SERVICES["7.13"]
HIGHEST = 2**64 - 1


def restart(pair: Pair, database: str) -> Pair:
    """The process ends and starts anew: same seed, same database, the clock goes on."""
    pair.store.close()
    again = Pair(start=pair.world.clock.now, store=Store(database))
    again.supplier.counter = pair.supplier.counter
    return again


def test_postgresql_is_there() -> None:
    """Every test of a database runs against SQLite and PostgreSQL; where there is no server, this one line says so."""
    if not databases.SERVER:
        pytest.skip("no PostgreSQL: set DCC_SIM_POSTGRES_URL, and all tests of records run against it as well")
    assert databases.POSTGRESQL in databases.KINDS


def test_restart_between_variants_4_and_5(database: str) -> None:
    """The pre-command waits in the file; the device carries it out for the new process."""
    pair = Pair(store=Store(database))
    request, message = pair.pre_command(pair.supplier, TARGET, "7.13", set_state(START, START + timedelta(hours=1), 50))
    pair = restart(pair, database)
    pair.charge()
    answer = pair.post("serviceS", pair.supplier.write(pair.supplier.sign_pre_command(request, message)))
    assert answer.code == "I99", answer.reason
    pair.pass_time()
    assert [each.code for each in pair.mailbox(pair.supplier)] == ["I0"]
    assert pair.power == 3.68
    pair.store.close()


def test_restart_before_the_response(database: str) -> None:
    """A command in flight is lost with the process, but not forgotten: E21 at its deadline, once."""
    pair = Pair(store=Store(database))
    request = pair.command(pair.supplier, TARGET, "7.13", BODY)
    pair.pass_time(0.1)
    pair = restart(pair, database)
    pair.pass_time(29.8)
    assert not pair.mailbox(pair.supplier)
    pair.pass_time(0.2)
    (final,) = pair.mailbox(pair.supplier)
    assert (final.code, final.request_id) == ("E21", request.request_id)
    pair = restart(pair, database)
    pair.pass_time(600)
    assert len(pair.mailbox(pair.supplier)) == 1
    pair.store.close()


def test_restart_long_after_the_deadline(database: str) -> None:
    """A deadline that passed while nobody ran is made good at once."""
    pair = Pair(store=Store(database))
    pair.command(pair.supplier, TARGET, "7.13", BODY)
    pair.store.close()
    later = Pair(start=START + timedelta(days=1), store=Store(database))
    later.pass_time(0.001)
    assert [each.code for each in later.mailbox(later.supplier)] == ["E21"]
    later.store.close()


def test_response_to_a_restarted_dcc(database: str, tmp_path: Path) -> None:
    """The device answers a process that did not send the command: the answer finds its request in the file."""
    pair = Pair(store=Store(f"sqlite:///{tmp_path / 'other.sqlite'}"))
    pair.command(pair.supplier, TARGET, "7.13", BODY)
    pair.pass_time()
    response = pair.store.mailbox(home.SUPPLIER)[0]
    payload = pair.supplier.read(response.document).payload
    assert payload is not None

    pair2 = Pair(store=Store(database))
    pair2.command(pair2.supplier, TARGET, "7.13", BODY)
    pair2 = restart(pair2, database)
    pair2.world._to_wan(False, payload.payload, pair2.world.clock.now)  # type: ignore[union-attr]
    pair2.pass_time(60)
    assert [each.code for each in pair2.mailbox(pair2.supplier)] == ["I0"]
    pair.store.close()
    pair2.store.close()


def test_replay_across_a_restart(database: str) -> None:
    """Counters, states and mailboxes are in the file: what was refused before is refused after."""
    pair = Pair(store=Store(database))
    request, message = pair.pre_command(pair.supplier, TARGET, "7.13", BODY)
    first, second = pair.supplier.write(request), pair.supplier.write(pair.supplier.sign_pre_command(request, message))
    assert pair.post("serviceS", second).code == "I99"
    pair.pass_time()
    pair.read(pair.other_user, home.CHARGER, "7.15", SERVICES["7.15"][1])
    pair.pass_time()
    kept = tables(pair.store)
    pair = restart(pair, database)
    assert tables(pair.store) == kept
    assert pair.post("serviceT", first).code == "E100"
    assert pair.post("serviceS", second).code == "E100"
    assert tables(pair.store) == kept
    assert len(pair.mailbox(pair.supplier)) == 1
    assert pair.store.counter(home.BROKER) == 1
    pair.store.close()


@pytest.mark.parametrize("counter", [1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, HIGHEST - 1, HIGHEST])
def test_counters_of_64_bits(pair: Pair, counter: int) -> None:
    """Every unsigned 64-bit counter goes the whole road and comes back exactly."""
    pair.supplier.counter = counter - 1
    request = pair.command(pair.supplier, TARGET, "7.13", BODY)
    assert request.request_id.counter == counter
    pair.pass_time()
    (response,) = pair.mailbox(pair.supplier)
    assert (response.code, response.request_id) == ("I0", request.request_id)
    assert pair.store.counter(home.SUPPLIER) == counter


def test_nothing_is_above_the_highest_counter(pair: Pair) -> None:
    """After 2^64-1 the user can send nothing more: no wrapping round."""
    pair.supplier.counter = HIGHEST - 1
    pair.command(pair.supplier, TARGET, "7.13", BODY)
    for counter in (0, 1, HIGHEST - 1, HIGHEST):
        pair.supplier.counter = counter - 1
        assert pair.ask(pair.supplier, TARGET, "7.13", 4, BODY).code == "E100"


def held(originator: EUI64, counter: int) -> InFlight:
    """A request."""
    name = RequestId(originator, home.CHARGER, counter)
    return InFlight(name, "7.13", "ECS47a", b"\xdf", State.AWAITING_SIGNATURE)


def test_both_counters_or_neither(database: str) -> None:
    """A request through the broker raises two counters in one transaction."""
    store = Store(database)
    store.accept(held(home.OTHER_USER, 5), (home.BROKER, 1))
    before = tables(store)
    for request, broker in (
        (held(home.OTHER_USER, 5), (home.BROKER, 2)),
        (held(home.OTHER_USER, 6), (home.BROKER, 1)),
    ):
        with pytest.raises(NotAuthentic, match="counter"):
            store.accept(request, broker)
        assert tables(store) == before
    assert (store.counter(home.OTHER_USER), store.counter(home.BROKER)) == (5, 1)
    store.close()


def test_counters_of_users_are_apart(database: str) -> None:
    """One user's counter says nothing of another's, and numbers compare as numbers."""
    store = Store(database)
    store.accept(held(home.SUPPLIER, 10))
    store.accept(held(home.OTHER_SUPPLIER, 9))
    with pytest.raises(NotAuthentic):
        store.accept(held(home.SUPPLIER, 9))
    store.accept(held(home.SUPPLIER, 100))
    assert store.counter(home.SUPPLIER) == 100
    assert store.request(RequestId(home.SUPPLIER, home.CHARGER, 9)) is None
    store.close()
