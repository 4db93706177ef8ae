"""SR 5.1 to 5.3, and the readings that a schedule causes."""

from datetime import date, datetime, time, timedelta

import pytest

from dcc_sim import home
from dcc_sim.inventory import Registration, UserRole
from dcc_sim.store import Store
from schemas.duis.node import Node, branch, leaf
from schemas.duis.payloads import Other
from schemas.duis.response import Response
from schemas.gbcs.envelope import decode
from tests.dcc_sim.asking import ALWAYS, act_as, refused
from tests.pairs import START, Answer, Pair

DAY = timedelta(days=1)
TODAY = START.date()


def plan(frequency: str = "Daily", start: date = TODAY, end: date | None = None, at: time | None = None) -> Node:
    """CreateSchedule of the active power import, which the virtual meter answers."""
    return branch(
        "CreateSchedule",
        leaf("ScheduleFrequency", frequency),
        leaf("ScheduleStartDate", start),
        *([] if end is None else [leaf("ScheduleEndDate", end)]),
        *([] if at is None else [leaf("ScheduleExecutionStartTime", at)]),
        leaf("DSPScheduledServiceReference", "4.16"),
        leaf("DSPScheduledServiceReferenceVariant", "4.16"),
        leaf("DeviceID", home.METER),
        branch("DSPReadActivePowerImport"),
    )


def non_device(pair: Pair, service: str, body: Node) -> Answer:
    """A non-device request of the supplier."""
    return pair.ask(pair.supplier, home.BROKER, service, 8, body, "serviceD")


def create(pair: Pair, body: Node) -> int:
    """Its schedule's number."""
    answer = non_device(pair, "5.1", body)
    assert answer.code == "I0", answer.reason
    assert answer.response is not None and isinstance(answer.response.payload, Other)
    return answer.response.payload.node.integer("")


def readings(pair: Pair) -> list[tuple[datetime, int]]:
    """When each scheduled reading was answered, and the number of its schedule."""
    return [(each.moment, scheduled(each).integer("DSPScheduleID")) for each in pair.mailbox(pair.supplier)]


def scheduled(answer: Response) -> Node:
    """The scheduled message in an answer."""
    assert isinstance(answer.payload, Other)
    assert answer.payload.node.name == "DSPScheduledMessage"
    assert (answer.code, answer.request_id, answer.service_reference_variant) == ("I0", None, "4.16")
    return answer.payload.node


def test_every_day_at_its_time_until_its_end(pair: Pair) -> None:
    """The meter is read through the broker, for the user, whose mailbox has each answer with the schedule's number."""
    number = create(pair, plan(at=time(18), end=TODAY + 2 * DAY))
    pair.pass_time(7 * DAY.total_seconds())
    found = readings(pair)
    assert [(moment.date(), which) for moment, which in found] == [(TODAY + n * DAY, number) for n in range(3)]
    assert all(moment.time() < time(18, 0, 30) and moment.hour == 18 for moment, _ in found)
    first = scheduled(pair.mailbox(pair.supplier)[0])
    response = decode(first.octets("GBCSPayload"))
    assert (response.originator, response.target) == (home.METER, home.BROKER)
    assert response.supplementary is not None and response.supplementary.remote_party == home.SUPPLIER
    assert len({each.response_id for each in pair.mailbox(pair.supplier)}) == 3


@pytest.mark.parametrize(
    ("frequency", "days"),
    [
        ("Weekly", ["01-31", "02-07", "02-14"]),
        ("Monthly", ["01-31", "02-28", "03-31", "04-30"]),
        ("Quarterly", ["01-31", "04-30", "07-31", "10-31"]),
        ("Half-Yearly", ["01-31", "07-31"]),
        ("Yearly", ["01-31"]),
    ],
)
def test_frequencies(frequency: str, days: list[str]) -> None:
    """From the last of January; a shorter month is read on its last day."""
    pair = Pair()
    until = date.fromisoformat(f"2026-{days[-1]}")
    create(pair, plan(frequency, date(2026, 1, 31), until))
    pair.pass_time(365 * DAY.total_seconds())
    assert [f"{moment:%m-%d}" for moment, _ in readings(pair)] == days
    pair.store.close()


def test_read_and_deleted_by_number_and_by_device(pair: Pair) -> None:
    """One answer tells them as they were created; what is deleted reads no more; others' are not seen."""
    numbers = [create(pair, plan(at=time(hour))) for hour in (18, 19)]
    answer = non_device(pair, "5.2", branch("ReadSchedule", leaf("DeviceID", home.METER)))
    assert answer.response is not None and isinstance(answer.response.payload, Other)
    listed = answer.response.payload.node.all("DSPSchedules")
    assert [each.integer("DSPScheduleID") for each in listed] == numbers
    assert listed[0].clock("DSPScheduleDetails/ScheduleExecutionStartTime") == time(18)
    by_number = branch("DeleteSchedule", leaf("DSPScheduleID", numbers[0]))
    stranger = pair.other_supplier.request(home.BROKER, "5.3", 8, by_number)
    assert refused(pair, stranger, "serviceD", pair.other_supplier) == "E100"
    assert non_device(pair, "5.3", by_number).code == "I99"
    assert refused(pair, pair.supplier.request(home.BROKER, "5.3", 8, by_number), "serviceD") == "E100"
    pair.pass_time(DAY.total_seconds())
    assert {which for _, which in readings(pair)} == {numbers[1]}
    assert non_device(pair, "5.3", branch("DeleteSchedule", leaf("DeviceID", home.METER))).code == "I99"
    assert non_device(pair, "5.2", branch("ReadSchedule", leaf("DeviceID", home.METER))).code == "I99"


def test_it_ends_with_the_registration(pair: Pair) -> None:
    """A change of supplier ends the old one's readings, at the next one."""
    create(pair, plan(at=time(18)))
    pair.pass_time(DAY.total_seconds())
    before = len(readings(pair))
    registrations = pair.world.dcc.inventory.registrations
    registrations.append(Registration(home.MPAN, UserRole.IMPORT_SUPPLIER, home.OTHER_SUPPLIER, pair.world.clock.now))
    pair.watch_han()
    pair.pass_time(3 * DAY.total_seconds())
    assert before == 1 and len(readings(pair)) == 1
    assert pair.packets == []


def test_it_outlives_the_process(database: str) -> None:
    """The next process goes on with the same number."""
    first = Pair(store=Store(database))
    number = create(first, plan(at=time(18)))
    first.pass_time(DAY.total_seconds())
    first.store.close()
    second = Pair(store=Store(database))
    second.pass_time(2 * DAY.total_seconds())
    assert [which for _, which in readings(second)] == [number] * 3
    second.store.close()


def test_a_meter_that_does_not_answer_is_told(pair: Pair) -> None:
    """E21 under the reading's own name, and the next one is made all the same."""
    create(pair, plan(at=time(18), end=TODAY + DAY))
    pair.world.dcc.to_hub = lambda hub, message: None
    pair.pass_time(3 * DAY.total_seconds())
    answers = pair.mailbox(pair.supplier)
    assert [(each.code, each.request_id, each.payload) for each in answers] == [("E21", None, None)] * 2


@pytest.mark.parametrize(
    ("role", "code"),
    [(UserRole.GAS_SUPPLIER, "E2"), (UserRole.ELECTRICITY_DISTRIBUTOR, "I0"), (UserRole.OTHER_USER, "E2")],
)
def test_who_may_schedule_a_reading(pair: Pair, role: UserRole, code: str) -> None:
    """Who may ask for the reading itself."""
    act_as(pair, role)
    assert non_device(pair, "5.1", plan()).code == code


def test_schedules_that_are_none(pair: Pair) -> None:
    """Over before it begins, of another service, of an unknown device, of another type, unregistered."""
    last_year = plan(start=date(2025, 1, 1), end=date(2025, 12, 31))
    other = plan()._replace(children=(*plan().children[:-1], branch("DSPReadLoadLimitData")))
    crossed = plan(end=TODAY - DAY)
    for body in (last_year, other, crossed):
        assert refused(pair, pair.supplier.request(home.BROKER, "5.1", 8, body), "serviceD") == "E100"
    hub = plan()._replace(children=(*plan().children[:-2], leaf("DeviceID", home.HUB), plan().children[-1]))
    assert refused(pair, pair.supplier.request(home.BROKER, "5.1", 8, hub), "serviceD") == "E11"
    pair.world.dcc.inventory.registrations[:] = [
        Registration(home.OTHER_MPAN, UserRole.IMPORT_SUPPLIER, home.SUPPLIER, ALWAYS)
    ]
    assert refused(pair, pair.supplier.request(home.BROKER, "5.1", 8, plan()), "serviceD") == "E4"
