"""Requests that the DCC keeps until their date."""

from datetime import datetime, timedelta

import pytest

from dcc_sim import home
from dcc_sim.store import Store
from schemas.duis.node import Node, branch, leaf
from schemas.duis.payloads import ServiceResponse
from schemas.gbcs.envelope import decode
from tests.dcc_sim.asking import refused
from tests.dcc_sim.services import SERVICES
from tests.pairs import START, Pair

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


@pytest.mark.parametrize("due", [START, START - DAY, datetime(3000, 12, 31, tzinfo=START.tzinfo)])
def test_dates_that_are_none(still: Pair, due: datetime) -> None:
    """Past, now, and the date that cancels what a device keeps."""
    request = still.supplier.request(home.CHARGER, "7.15", 1, dated("7.15", due))
    assert refused(still, request, "serviceS") == "E100"


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
