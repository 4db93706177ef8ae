"""Random legal requests become GBCS and come back as the values they were made of."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from dcc_sim.transform import transform
from schemas.duis.document import parse
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import Request, read_request, write_request
from schemas.duis.request_id import RequestId
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import CommandedState, ScheduleRow, SpecialDay, calendar_state
from schemas.gbcs.dlms.access import AccessRequest, Item, decode_dlms
from schemas.gbcs.dlms.times import CANCELLATION, decode_date_time
from schemas.gbcs.envelope import decode
from schemas.gbcs.use_cases.table import for_request
from tests.schemas.gbcs.use_cases import bodies, read_back
from tests.schemas.gbcs.use_cases.bodies import Calendar

USER = EUI64.parse("90-B3-D5-1F-30-01-00-00")
DEVICE = EUI64.parse("00-DB-12-34-56-78-90-A6")
COUNTERS = st.integers(0, 2**64 - 1)
INDEXES = st.integers(1, 5)
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=22)


def request(service: str, body: Node, counter: int = 1001, variant: int = 4) -> Request:
    """The request as the DCC reads it: written as XML and read back by the grammar, so that it is legal DUIS."""
    reference = ".".join(service.split(".")[:2])
    made = Request(RequestId(USER, DEVICE, counter), variant, reference, service, "5.4", body)
    return read_request(parse(write_request(made)))


def items(asked: Request) -> tuple[Item, ...]:
    """The items of the GBCS message as it travels."""
    message = decode(transform(asked, for_request(asked)).encode())
    assert (message.originator, message.target, message.originator_counter) == tuple(asked.request_id)
    content = decode_dlms(message.payload)
    assert isinstance(content, AccessRequest)
    assert content.liid & 0xFFFFFF == asked.request_id.counter & 0xFFFFFF
    return content.items


def agrees(asked: Request) -> bool:
    """Whether the items say what the body asks for."""
    name = for_request(asked).name
    return read_back.said(name, items(asked)) == read_back.asked(name, asked.body)


@given(bodies.STATES, bodies.SECONDS, bodies.SECONDS, COUNTERS)
def test_set_state(state: CommandedState, start: datetime, end: datetime, counter: int) -> None:
    """7.13: every controller, level and direction, any whole second, any counter."""
    body = bodies.timed_state("SetAuxiliaryControllerState", state, start, end)
    first, last, script = items(request("7.13", body, counter))
    assert CommandedState.from_word(script.data.number) == state
    assert (decode_date_time(first.data.octets), decode_date_time(last.data.octets)) == (start, end)
    assert agrees(request("7.13", body, counter))


@given(bodies.STATES, bodies.SECONDS, bodies.SECONDS)
def test_limit_level(state: CommandedState, start: datetime, end: datetime) -> None:
    """7.16, like 7.13 with objects of its own."""
    body = bodies.timed_state("LimitAPCLevel", state, start, end)
    assert CommandedState.from_word(items(request("7.16", body))[2].data.number) == state
    assert agrees(request("7.16", body))


@settings(max_examples=50, deadline=None)
@given(bodies.calendars(), st.none() | st.just(CANCELLATION) | bodies.SECONDS)
def test_controller_calendar(calendar: Calendar, execution: datetime | None) -> None:
    """6.14.3: rows and special days come back as the types that a device reads."""
    asked = request("6.14.3", bodies.controller_calendar(calendar, execution))
    days, rows, *_ = items(asked)
    assert [SpecialDay.from_data(item) for item in days.data.items] == calendar.days
    read = [ScheduleRow.from_data(item) for item in rows.data.items]
    assert [calendar_state(row.selector) for row in read] == [row.state for row in calendar.rows]
    assert read == [
        row.expected(index, each.selector, calendar.days)
        for index, (row, each) in enumerate(zip(calendar.rows, read, strict=True), start=1)
    ]
    assert agrees(asked)


@settings(max_examples=50, deadline=None)
@given(
    bodies.calendars(least=1),
    st.lists(st.tuples(INDEXES, st.none() | st.just(str(DEVICE)) | st.just(str(DEVICE).lower())), max_size=5),
    st.none() | bodies.SECONDS,
)
def test_switch_calendar(calendar: Calendar, types: list[tuple[int, str | None]], execution: datetime | None) -> None:
    """6.14.2: switch types, rows with on and off, special days, activation."""
    asked = request("6.14.2", bodies.switch_calendar(calendar, types, execution))
    rows = [ScheduleRow.from_data(item) for item in items(asked)[-3].data.items]
    selectors = [row.state.controller << 8 | (1 if row.state.level >= 50 else 2) for row in calendar.rows]
    assert rows == [
        row.expected(index, selector, calendar.days)
        for index, (row, selector) in enumerate(zip(calendar.rows, selectors, strict=True), start=1)
    ]
    assert agrees(asked)


@given(st.lists(st.tuples(INDEXES, TEXTS), min_size=1, max_size=5))
def test_descriptions(texts: list[tuple[int, str]]) -> None:
    """6.14.1: 1 to 22 printable characters, blanks and XML's own characters included."""
    asked = request("6.14.1", bodies.descriptions(texts))
    assert [(item.obis[5] - 10, item.data.text) for item in items(asked)] == texts
    assert agrees(asked)


@given(INDEXES, st.integers(0, 65535))
def test_switches(index: int, minutes: int) -> None:
    """7.5, 7.6, 7.8."""
    assert agrees(request("7.5", bodies.switched("ActivateAuxiliaryLoad", "ActivateALCSHCALCS", index, minutes)))
    assert agrees(request("7.6", bodies.switched("DeactivateAuxiliaryLoad", "DeactivateALCSHCALCS", index, minutes)))
    assert agrees(request("7.8", bodies.switched("ResetAuxiliaryLoad", "ResetALCSHCALCS", index, None)))


@given(st.lists(st.booleans(), min_size=5, max_size=5).filter(any))
def test_boost_button(wanted: list[bool]) -> None:
    """7.9 and 7.10: only what is wanted is written."""
    add = bodies.boost("AddAuxiliaryLoadToBoostButton", "AddToBoostButton", wanted)
    assert agrees(request("7.9", add, variant=1))
    remove = bodies.boost("RemoveAuxiliaryLoadFromBoostButton", "RemoveFromBoostButton", wanted)
    assert agrees(request("7.10", remove, variant=1))


@given(bodies.LOG_SECONDS, bodies.LOG_SECONDS)
def test_log_periods(start: datetime, end: datetime) -> None:
    """7.11 and 6.13: seconds since 2000 in 32 bits."""
    assert agrees(request("7.11", bodies.log_period("ReadBoostButtonDetails", start, end), variant=1))
    log = bodies.log_period("ReadEventOrSecurityLog", start, end)
    asked = Node(log.name, log.attributes, children=(*log.children, leaf("LogToRead", "ALCSEvent")))
    assert agrees(request("6.13", asked, variant=1))


@given(st.integers(0, 1799))
def test_randomised_offset(limit: int) -> None:
    """7.12."""
    body = branch("SetRandomisedOffsetLimit", leaf("RandomisedOffsetLimit", limit))
    assert agrees(request("7.12", body))
