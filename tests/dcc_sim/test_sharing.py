"""Workers over one store: each is sound at any moment, nothing is lost and nothing is sent twice."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dcc_sim import road
from dcc_sim.authorise import Service
from dcc_sim.home import BROKER, CHARGER
from dcc_sim.inventory import DeviceEntry, Inventory
from dcc_sim.outbox import Outbox
from dcc_sim.policy import Regime
from dcc_sim.requests import State
from dcc_sim.sharing import Sharing
from dcc_sim.smki import Usage
from dcc_sim.store import Store
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import Request
from schemas.errors import NotPossible
from tests.dcc_sim.asking import ask
from tests.dcc_sim.services import SERVICES
from tests.dcc_sim.test_inventory_services import NEW, notification
from tests.dcc_sim.test_local_delivery import at_the_device, local, returning
from tests.dcc_sim.test_recovery import Crash, crash
from tests.dcc_sim.test_schedules import create, plan
from tests.pairs import START, Pair, set_state
from tests.sharing import SharedPair

DAY = timedelta(days=1)
HERE = branch("DecommissionDevice", leaf("DeviceID", CHARGER))


@pytest.fixture
def shared(database: str) -> Iterator[SharedPair]:
    """A world and two workers."""
    pair = SharedPair(database)
    yield pair
    pair.close()


@pytest.fixture
def filed(tmp_path: Path) -> Iterator[SharedPair]:
    """The same on a SQLite file, where nothing depends on the kind of database."""
    pair = SharedPair(f"sqlite:///{tmp_path}/dcc.sqlite")
    yield pair
    pair.close()


def codes(pair: Pair) -> list[str]:
    """The final responses of the supplier and of the user that the broker speaks for, each in order."""
    return [each.code for user in (pair.supplier, pair.other_user) for each in pair.mailbox(user)]


def inventory(pair: Pair, service: str, body: Node) -> str:
    """The code of a request on the inventory."""
    return pair.ask(pair.supplier, BROKER, service, 8, body, "serviceD").code


def read(pair: Pair, user: str = "other_user") -> Request:
    """A read, acknowledged."""
    return pair.read(getattr(pair, user), CHARGER, "7.15", SERVICES["7.15"][1])


def test_transformed_by_one_and_sent_by_the_other(shared: SharedPair) -> None:
    """And carried out by the world's device, once; the outbox is empty then."""
    shared.charge()
    start = START + timedelta(hours=1)
    request = shared.command(shared.supplier, CHARGER, "7.13", set_state(start, start + timedelta(hours=1)))
    assert shared.store.request(request.request_id).state is State.SENT  # type: ignore[union-attr]
    shared.pass_time()
    assert codes(shared) == ["I0"]
    shared.at(start)
    assert shared.power == 3.68
    assert shared.store.outbox.take(START) == []


def test_the_brokers_counter_serves_both(shared: SharedPair) -> None:
    """Workers in turn: each command has a counter of its own, in the order in which they go; the device takes all."""
    for _ in range(6):
        read(shared)
    shared.pass_time()
    assert codes(shared) == ["I0"] * 6
    assert shared.store.counter(BROKER) == 6


def test_what_one_has_seen_replaced_no_other_goes_on_with(shared: SharedPair) -> None:
    """A device notified, and decommissioned, by one worker: the next request, at the other, is by that."""
    assert inventory(shared, "12.2", notification(NEW, "ESME")) == "I99"
    assert inventory(shared, "12.2", notification(NEW, "ESME")) == "E120201"
    assert inventory(shared, "8.3", HERE) == "I99"
    assert [ask(shared, "7.13").code for _ in shared.desks] == ["E5", "E5"]
    devices = {each["eui"]: each["status"] for each in shared.http("GET", "/sim/devices").json()}
    assert devices[str(CHARGER)] == "Decommissioned" and devices[str(NEW)] == "Pending"


@pytest.mark.parametrize("service", ["7.13", "7.15"])
def test_overtaken_between_its_checks_and_its_record(
    shared: SharedPair, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    """The other worker decommissions the device after this one has authorised: it looks again, and refuses."""
    decommission = shared.supplier.write(shared.supplier.request(BROKER, "8.3", 8, HERE))
    overtaking = [decommission]
    real = road.authorise

    def authorised(request: Request, web: Service, now: datetime, known: Inventory, regime: Regime) -> DeviceEntry:
        device = real(request, web, now, known, regime)
        while overtaking:
            assert shared.post("serviceD", overtaking.pop()).code == "I99"
        return device

    monkeypatch.setattr(road, "authorise", authorised)
    user = shared.other_user if service == "7.15" else shared.supplier
    assert ask(shared, service, user).code == "E5"
    assert not overtaking
    assert shared.store.counter(BROKER) == 0
    assert not shared.store.counts().requests


def test_a_suspension_and_a_registration_reach_the_workers(filed: SharedPair) -> None:
    """By the control API, before it answers; and the end of both."""
    path = f"/sim/users/{filed.supplier.eui}/suspended"
    for suspended, code in ((True, "E3"), (False, "I0")):
        assert filed.http("PUT", path, json={"suspended": suspended}).status_code == 200
        assert [ask(filed, "7.13").code for _ in filed.desks] == [code, code]
    asked = {"mpxn": filed.workers[0].dcc.inventory.device(CHARGER).mpxn, "role": "IS"}
    new = {**asked, "user": str(filed.other_supplier.eui), "start": START.isoformat()}
    assert filed.http("POST", "/sim/registrations", json=new).status_code == 201
    assert [ask(filed, "7.13").code for _ in filed.desks] == ["E4", "E4"]
    assert [ask(filed, "7.13", filed.other_supplier).code for _ in filed.desks] == ["I0", "I0"]


def test_certificates_reach_the_workers(filed: SharedPair) -> None:
    """One that is revoked in the world, and one that is new there."""
    assert filed.world.knowledge is not None
    smki = filed.world.smki
    new = smki.issue_device(NEW).signing.certificate
    smki.revoke(smki.certificate(filed.supplier.eui, Usage.XML_SIGNING).serial_number)
    filed.world.knowledge.publish()
    assert [ask(filed, "7.13").code for _ in filed.desks] == ["E100", "E100"]
    assert [each.smki.certificate(NEW, Usage.SIGNING) for each in filed.workers] == [new, new]


def test_thresholds_count_over_all_workers(shared: SharedPair) -> None:
    """Two in an hour are let through, whoever takes them; the third waits for its user's word, given to the world."""
    limit = {"count": 2, "period": 3600, "service": "7.15"}
    assert shared.http("PUT", "/sim/anomaly/thresholds", json=limit).status_code == 204
    for _ in range(3):
        read(shared)
    shared.pass_time()
    assert [each.code for each in shared.mailbox(shared.other_user)][1:] == ["I0", "I0"]
    (held,) = shared.http("GET", "/sim/anomaly/quarantine").json()
    word = {"event": held["event"], "user": str(shared.other_user.eui)}
    assert shared.http("POST", "/sim/anomaly/quarantine/release", params=word).status_code == 204
    shared.pass_time()
    assert [each.code for each in shared.mailbox(shared.other_user)][1:] == ["I0", "I0", "I0"]


def test_what_has_a_date_is_begun_by_the_world(filed: SharedPair) -> None:
    """A request for tomorrow, a schedule, and a schedule that another worker deletes."""
    body = SERVICES["7.15"][1]
    dated = body._replace(children=(leaf("ExecutionDateTime", START + DAY), *body.children))
    filed.read(filed.supplier, CHARGER, "7.15", dated)
    first, second = create(filed, plan()), create(filed, plan())
    filed.pass_time(1)
    assert inventory(filed, "5.3", branch("DeleteSchedule", leaf("DSPScheduleID", first))) == "I99"
    filed.pass_time(DAY.total_seconds() + 10)
    answers = filed.mailbox(filed.supplier)
    assert [(each.code, each.service_reference_variant) for each in answers] == [("I0", "4.16"), ("I0", "7.15")]
    assert filed.store.diary.schedule(second) is not None


def test_a_response_brought_to_a_worker_ends_the_request(filed: SharedPair) -> None:
    """Variant 7 and then 8.13, before the world has sent the command or given it up: no second answer."""
    for sent in (False, True):
        request, command = local(filed, 7)
        if sent:
            filed.http("PUT", f"/sim/faults/{CHARGER}", json={"silent": True})
            filed.pass_time(1)
        response = at_the_device(filed, command)
        assert inventory(filed, "8.13", returning(request, response)) == "I99"
        filed.pass_time(100)
    assert codes(filed) == ["I0", "I0"]


def test_time_to_answer_begins_when_the_world_sends(filed: SharedPair) -> None:
    """A fast clock has moved on since the worker looked: the device has its time all the same."""
    read(filed)
    taken = filed.store.outbox.take(START + timedelta(hours=1, seconds=30))
    assert len(taken) == 1
    (held,) = filed.store.in_state(State.SENT)
    assert held.deadline == START + timedelta(hours=1, seconds=30)


def test_a_worker_killed_before_its_commit_has_done_nothing(
    shared: SharedPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Record and outbox go together: the same octets are taken by the other worker, with the same counters."""
    request = shared.other_user.request(CHARGER, "7.15", 1, SERVICES["7.15"][1])
    xml = shared.other_user.write(request)
    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr(Outbox, "put", crash)
        shared.post("serviceS", xml)
    assert shared.store.request(request.request_id) is None
    assert shared.post("serviceS", xml).code == "I99"
    shared.pass_time()
    assert codes(shared) == ["I0"]
    assert shared.store.counter(BROKER) == 1


@pytest.mark.parametrize("step", ["take_outbox", "hand_over"])
def test_a_world_killed_around_the_outbox(
    shared: SharedPair, database: str, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Before it takes: the next one sends it. After, and before it sends: nobody does, and it ends in E21."""
    read(shared)
    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr("dcc_sim.dcc.Dcc." + step, crash)
        shared.world.advance(timedelta(seconds=10))
    shared.close()
    # Workers or not: what was accepted goes on.
    again = Pair(store=Store(database))
    again.pass_time(100)
    assert codes(again) == ["I0" if step == "take_outbox" else "E21"]
    again.store.close()


def test_memory_is_shared_with_nobody() -> None:
    """However it is spelt."""
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(NotPossible, match="SQLite file or a PostgreSQL one"):
            Store(url, Sharing.WORLD)
