"""Requests that the DCC keeps until their date."""

from datetime import datetime, timedelta

import pytest

from dcc_sim import home
from dcc_sim.store import Store
from schemas.duis.node import Node, branch, leaf
from schemas.duis.payloads import ServiceResponse
from schemas.gbcs.dlms.times import CANCELLATION
from schemas.gbcs.envelope import decode
from tests.dcc_sim.asking import refused
from tests.dcc_sim.services import SERVICES
from tests.pairs import START, Pair
from tests.schemas.gbcs.use_cases import bodies

DAY = timedelta(days=1)


def dated(service: str, due: datetime) -> Node:
    """A legal body, for a date."""
    body = SERVICES[service][1]
    return body._replace(children=(leaf("ExecutionDateTime", due), *body.children))


def test_sent_at_its_date_and_not_before(pair: Pair) -> None:
    """Acknowledged at once, on the HAN a day later, through the broker, answered to its own name."""
    request = pair.read(pair.supplier, home.CHARGER, "7.15", dated("7.15", START + DAY))
    pair.watch_han()
    pair.pass_time(DAY.total_seconds() - 1)
    assert pair.packets == [] and pair.mailbox(pair.supplier) == []
    pair.pass_time()
    assert pair.packets
    (answer,) = pair.mailbox(pair.supplier)
    assert (answer.request_id, answer.code) == (request.request_id, "I0")
    assert isinstance(answer.payload, ServiceResponse)
    response = decode(answer.payload.payload)
    assert response.target == home.BROKER and response.supplementary is not None
    assert response.supplementary.remote_party_counter == request.request_id.counter


def test_requests_in_between_do_not_overtake_it(pair: Pair) -> None:
    """The device has seen higher counters of the user by then, and answers all the same."""
    pair.read(pair.supplier, home.CHARGER, "7.15", dated("7.15", START + DAY))
    pair.read(pair.supplier, home.CHARGER, "7.15", SERVICES["7.15"][1])
    pair.pass_time(2 * DAY.total_seconds())
    assert [each.code for each in pair.mailbox(pair.supplier)] == ["I0", "I0"]


def test_refused_at_its_date(pair: Pair) -> None:
    """Who is no longer registered then gets E4 as the one final answer, and nothing goes to the device."""
    request = pair.read(pair.supplier, home.CHARGER, "7.15", dated("7.15", START + DAY))
    pair.world.dcc.inventory.registrations.clear()
    pair.watch_han()
    pair.pass_time(2 * DAY.total_seconds())
    (answer,) = pair.mailbox(pair.supplier)
    assert (answer.request_id, answer.code, answer.payload) == (request.request_id, "E4", None)
    assert pair.packets == []


@pytest.mark.parametrize("due", [START, START - DAY, CANCELLATION])
def test_dates_that_are_none(still: Pair, due: datetime) -> None:
    """Past, now, and the date that cancels, where nothing waits."""
    request = still.supplier.request(home.CHARGER, "7.15", 1, dated("7.15", due))
    assert refused(still, request, "serviceS") == "E100"


@pytest.mark.parametrize("service", ["7.15", "7.9"])
def test_cancelled_before_its_date(pair: Pair, service: str) -> None:
    """The one that waits ends with one final response and never goes to the device; others wait on."""
    target = SERVICES[service][0]
    other = pair.read(pair.supplier, target, "7.14", dated("7.14", START + DAY))
    request = pair.read(pair.supplier, target, service, dated(service, START + DAY))
    again = pair.read(pair.supplier, target, service, dated(service, START + 2 * DAY))
    cancelling = pair.supplier.request(target, service, 1, dated(service, CANCELLATION))
    answer = pair.post("serviceS", pair.supplier.write(cancelling))
    assert answer.code == "I99"
    ended = [(each.request_id, each.code) for each in pair.mailbox(pair.supplier)]
    assert sorted(ended, key=str) == sorted([(request.request_id, "E100"), (again.request_id, "E100")], key=str)
    pair.pass_time(3 * DAY.total_seconds())
    assert [(each.request_id, each.code) for each in pair.mailbox(pair.supplier)[2:]] == [(other.request_id, "I0")]


def test_only_the_same_request_is_cancelled(pair: Pair) -> None:
    """Not one of another user, nor one with another body."""
    meter, body = SERVICES["7.9"]
    waiting = pair.read(pair.supplier, meter, "7.9", dated("7.9", START + DAY))
    pair.read(pair.network, home.METER, "7.14", dated("7.14", START + DAY))
    some = bodies.boost(body.name, "AddToBoostButton", [True, False, True, True, True])
    date = leaf("ExecutionDateTime", CANCELLATION)
    for service, asked in (
        ("7.9", some._replace(children=(date, *some.children))),
        ("7.14", dated("7.14", CANCELLATION)),
    ):
        request = pair.supplier.request(meter, service, 1, asked)
        assert refused(pair, request, "serviceS") == "E100"
    assert waiting.request_id in {each.request_id for each in pair.store.diary.waiting()}
    assert len(pair.store.diary.waiting()) == 2


def test_a_cancellation_outlives_the_process(database: str) -> None:
    first = Pair(store=Store(database))
    first.read(first.supplier, home.CHARGER, "7.15", dated("7.15", START + DAY))
    first.read(first.supplier, home.CHARGER, "7.15", dated("7.15", START + DAY))
    cancelling = first.supplier.request(home.CHARGER, "7.15", 1, dated("7.15", CANCELLATION))
    assert first.post("serviceS", first.supplier.write(cancelling)).status == 200
    first.store.close()
    second = Pair(store=Store(database))
    second.pass_time(3 * DAY.total_seconds())
    assert [each.code for each in second.mailbox(second.supplier)] == ["E100", "E100"]
    second.store.close()


def test_it_outlives_the_process(database: str) -> None:
    """Kept by one process, sent by the next, once."""
    first = Pair(store=Store(database))
    request = first.read(first.supplier, home.CHARGER, "7.15", dated("7.15", START + DAY))
    first.store.close()
    second = Pair(store=Store(database))
    second.pass_time(3 * DAY.total_seconds())
    assert [(each.request_id, each.code) for each in second.mailbox(second.supplier)] == [(request.request_id, "I0")]
    second.store.close()
    third = Pair(store=Store(database))
    third.pass_time(DAY.total_seconds())
    assert len(third.mailbox(third.supplier)) == 1
    third.store.close()


def test_a_body_that_gbcs_cannot_carry_is_told_at_once(still: Pair) -> None:
    """Not on the day."""
    body = branch("ReadFirmwareVersion", leaf("ExecutionDateTime", START + DAY))
    assert refused(still, still.supplier.request(home.CHARGER, "7.15", 1, body), "serviceS") == "E100"
