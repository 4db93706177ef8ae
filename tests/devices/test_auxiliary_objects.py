"""The objects of auxiliary controllers under any content that comes with the right keys."""

from datetime import time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from devices import objects
from devices.auxiliary_objects import type_octets
from devices.auxiliary_state import Controller, ControllerType
from devices.calendar import Calendar
from devices.sapc import SAPC
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import CommandedState, CosemDate, ScheduleRow, SpecialDay, calendar_selector
from schemas.gbcs.dlms.access import Choice
from schemas.gbcs.dlms.data import array, octets
from schemas.gbcs.dlms.times import NEVER, NOW, encode_date_time
from tests.devices.home import NEW_YEAR, SUPPLIER, command, new_sapc, period_command, protect, request, results, sent

DAY = timedelta(days=1)
ROW = ScheduleRow(
    1, calendar_selector(CommandedState(1, 40)), time(9, 30), "1111100", "1", CosemDate(2015, 1, 1), CosemDate()
)
CHRISTMAS = SpecialDay(1, CosemDate(None, 12, 25))


def calendar_payload(counter: int, activation: bytes) -> bytes:
    """ECS46d with one row and one special day."""
    return request(
        counter,
        [
            (Choice.SET, objects.SPECIAL_DAYS_PASSIVE, array(CHRISTMAS.to_data())),
            (Choice.SET, objects.CALENDAR_PASSIVE, array(ROW.to_data())),
            (Choice.SET, objects.CALENDAR_ACTIVATION, octets(activation)),
            (Choice.SET, objects.SPECIAL_DAYS_ACTIVATION, octets(activation)),
        ],
    )


def calendar_command(counter: int, activation: bytes) -> bytes:
    return protect(command(SUPPLIER, counter, 0x011A, calendar_payload(counter, activation)), signed=True)


def active(device: SAPC) -> Calendar:
    return device.auxiliary.state.active


def test_a_calendar_becomes_active_now_or_when_its_date_has_passed() -> None:
    for activation in (NOW, encode_date_time(NEW_YEAR - DAY), encode_date_time(NEW_YEAR)):
        device = new_sapc()
        outputs = device.receive(calendar_command(1, activation), NEW_YEAR)
        assert active(device) == Calendar((ROW,), (CHRISTMAS,))
        assert len(sent(outputs)) == 1  # the response; an alert is for a future date only


def test_a_later_calendar_replaces_a_pending_one() -> None:
    device = new_sapc()
    for counter, days in enumerate((1, 2), start=1):
        device.receive(calendar_command(counter, encode_date_time(NEW_YEAR + days * DAY)), NEW_YEAR)
    assert sent(device.handle_timer(NEW_YEAR + DAY)) == []
    assert len(sent(device.handle_timer(NEW_YEAR + 2 * DAY))) == 2


def test_cancelling_a_calendar_leaves_the_active_one() -> None:
    device = new_sapc()
    device.receive(calendar_command(1, NOW), NEW_YEAR)
    device.receive(calendar_command(2, encode_date_time(NEW_YEAR + DAY)), NEW_YEAR)
    device.receive(calendar_command(3, NEVER), NEW_YEAR)
    assert device.auxiliary.state.activations == ()
    assert active(device) == Calendar((ROW,), (CHRISTMAS,))


PAYLOAD = calendar_payload(1, encode_date_time(NEW_YEAR + DAY))


@given(st.lists(st.tuples(st.integers(0, len(PAYLOAD) - 1), st.integers(0, 255)), min_size=1, max_size=3))
@settings(deadline=None, max_examples=300)
def test_no_calendar_however_odd_stops_the_device(changes: list[tuple[int, int]]) -> None:
    payload = bytearray(PAYLOAD)
    for place, value in changes:
        payload[place] = value
    device = new_sapc(clock_offset=timedelta(seconds=-1))
    device.receive(protect(command(SUPPLIER, 1, 0x011A, bytes(payload)), signed=True), NEW_YEAR)
    device.handle_timer(NEW_YEAR + 10 * DAY)
    assert (due := device.next_timer()) is None or due > NEW_YEAR + 10 * DAY


moments = st.one_of(
    st.binary(min_size=12, max_size=12),
    st.sampled_from([NOW, NEVER, bytes.fromhex("270F0C1FFF173B3B008000FF"), encode_date_time(NEW_YEAR + DAY)]),
)


@given(st.integers(0, 0xFFFF), moments, moments)
@settings(deadline=None, max_examples=200)
def test_no_period_however_odd_stops_the_device(word: int, start: bytes, end: bytes) -> None:
    device = new_sapc(clock_offset=timedelta(seconds=-1))
    before = device.auxiliary.state
    answer = results(device.receive(period_command(1, word, start, end), NEW_YEAR)) if 1 <= word >> 8 & 0xF <= 5 else []
    if 1 in answer:
        assert device.auxiliary.state == before
    device.handle_timer(NEW_YEAR + 10 * DAY)
    assert (due := device.next_timer()) is None or due > NEW_YEAR + 10 * DAY


def test_types() -> None:
    name = EUI64.parse("00DB123456789097")
    given_types = [
        Controller(1),
        Controller(1, ControllerType.ALCS),
        Controller(1, ControllerType.HCALCS, name),
        Controller(1, ControllerType.APC),
    ]
    assert [type_octets(controller) for controller in given_types] == [b"", bytes(8), name, b"\xff"]
