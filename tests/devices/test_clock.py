"""Synchronising a device's clock (ECS70)."""

from datetime import UTC, datetime, timedelta

import pytest

from devices import objects
from devices.alerts import SECURITY, AlertCode
from devices.cosem import Context
from devices.origin import Origin
from devices.sapc import SAPC
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, Item
from schemas.gbcs.dlms.data import NULL, enum, integer, octets, structure
from schemas.gbcs.dlms.times import NEVER, decode_date_time, encode_date_time
from tests.devices.home import NEW_YEAR, SUPPLIER, command, new_sapc, protect, request, response

SECOND = timedelta(seconds=1)


def synchronise(device: SAPC, *, base: int = 5, preset: bytes = NEVER, parameter: int = 0) -> AccessResponse:
    """ECS70 with a tolerance of a minute, received ten seconds after it was made."""
    interval = (preset, encode_date_time(NEW_YEAR), encode_date_time(NEW_YEAR + 60 * SECOND))
    items = [
        (Choice.SET, objects.CLOCK_BASE, enum(base)),
        (Choice.ACTION, objects.CLOCK_PRESET, structure(*map(octets, interval))),
        (Choice.ACTION, objects.CLOCK_ADJUST_TO_PRESET, integer(parameter)),
        (Choice.GET, objects.CLOCK_TIME, NULL),
        (Choice.GET, objects.CLOCK_STATUS, NULL),
    ]
    data = protect(command(SUPPLIER, 1, 0x0062, request(1, items)), signed=True)
    return response(device.receive(data, NEW_YEAR + 10 * SECOND))


@pytest.mark.parametrize(("offset", "code"), [(9, AlertCode.CLOCK_ADJUSTED), (3600, AlertCode.CLOCK_ADJUSTED_MUCH)])
def test_within_the_interval_the_clock_takes_the_hubs_time(offset: int, code: AlertCode) -> None:
    device = new_sapc(clock_offset=offset * SECOND)
    answer = synchronise(device)
    assert answer.succeeded
    assert decode_date_time(answer.data[3].octets) == NEW_YEAR + 10 * SECOND
    assert answer.data[4].number == 0
    log = device.security_log if code in SECURITY else device.event_log
    assert log.codes()[-1] == code and len(device.event_log) + len(device.security_log) == 2


def test_outside_it_the_clock_stays_and_is_unreliable() -> None:
    device = new_sapc(clock_offset=5 * SECOND)
    late = NEW_YEAR + 61 * SECOND
    device.handle_timer(late)
    interval = (NEVER, encode_date_time(NEW_YEAR - 60 * SECOND), encode_date_time(NEW_YEAR))
    items = [
        (Choice.SET, objects.CLOCK_BASE, enum(5)),
        (Choice.ACTION, objects.CLOCK_PRESET, structure(*map(octets, interval))),
        (Choice.ACTION, objects.CLOCK_ADJUST_TO_PRESET, integer(0)),
        (Choice.GET, objects.CLOCK_TIME, NULL),
        (Choice.GET, objects.CLOCK_STATUS, NULL),
    ]
    answer = response(device.receive(protect(command(SUPPLIER, 1, 0x0062, request(1, items)), signed=True), late))
    assert decode_date_time(answer.data[3].octets) == late + 5 * SECOND
    assert answer.data[4].number == 1
    assert device.event_log.codes() == [AlertCode.COMMAND_DONE, AlertCode.CLOCK_NOT_ADJUSTED]


@pytest.mark.parametrize(
    ("wrong", "failing"),
    [({"base": 4}, 0), ({"preset": encode_date_time(NEW_YEAR)}, 1), ({"parameter": 1}, 2)],
)
def test_other_values_fail_and_leave_the_clock(wrong: dict[str, int], failing: int) -> None:
    device = new_sapc(clock_offset=5 * SECOND)
    before = device.clock.state
    answer = synchronise(device, **wrong)  # type: ignore[arg-type]
    assert [result for _, result in answer.results] == [*[0] * failing, 1, *[0xFA] * (4 - failing)]
    assert device.clock.state == before


def test_a_synchronisation_that_fails_leaves_no_trace() -> None:
    device = new_sapc(clock_offset=5 * SECOND)
    device.store.faults.add(objects.CLOCK_TIME)
    before = device.clock.state
    assert not synchronise(device).succeeded
    assert device.clock.state == before
    assert device.event_log.codes() == [AlertCode.COMMAND_FAILED]


def test_an_adjustment_needs_its_interval() -> None:
    adjust = objects.CLOCK_ADJUST_TO_PRESET
    item = Item(Choice.ACTION, adjust.class_id, adjust.obis, adjust.number, integer(0))
    answer, failure = new_sapc().store.execute(
        AccessRequest(1, (item,)), Context(NEW_YEAR, NEW_YEAR, Origin(SUPPLIER.eui, 1, 0x0062))
    )
    assert failure is not None and not answer.succeeded


def test_the_clock_goes_both_ways() -> None:
    clock = new_sapc(clock_offset=5 * SECOND).clock
    assert clock.world(clock.read(NEW_YEAR)) == NEW_YEAR
    slow = new_sapc(clock_offset=-5 * SECOND).clock
    assert slow.world(datetime.max.replace(tzinfo=UTC)) == datetime.max.replace(tzinfo=UTC)
