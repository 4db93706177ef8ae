"""What becomes of load control events at the device that obeys them: each rule of docs/devices.md is a case."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise, repeat
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.drlc_client import CAPACITY, LoadControlClient, Settings
from schemas.zse.drlc import (
    CancelAllLoadControlEvents,
    CancelControl,
    CancelLoadControlEvent,
    DeviceClass,
    EventControl,
    EventStatus,
    LoadControlEvent,
    ReportEventStatus,
)
from schemas.zse.times import utc_seconds

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RECEIVED, STARTED, COMPLETED = EventStatus.RECEIVED, EventStatus.STARTED, EventStatus.COMPLETED
SUPERSEDED, CANCELLED, REJECTED = EventStatus.SUPERSEDED, EventStatus.CANCELLED, EventStatus.REJECTED
BOTH = EventControl.RANDOMISE_START | EventControl.RANDOMISE_END


def client(*draws: float, knows_utc: bool = True) -> LoadControlClient:
    """One of group 3 whose chance is ``draws``, then 0."""
    chance: Iterator[float] = chain(draws, repeat(0.0))
    made = LoadControlClient(lambda: next(chance), Settings(group=3))
    made.utc_ahead = timedelta() if knows_utc else None
    return made


def at(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


def event(
    number: int, start: float | None = None, minutes: int = 60, duty: int = 0, **more: object
) -> LoadControlEvent:
    """One that starts ``start`` minutes after noon, or now."""
    seconds = 0 if start is None else utc_seconds(at(start))
    return LoadControlEvent(number, seconds, minutes, duty, **more)


def told(reports: list[ReportEventStatus]) -> list[tuple[int, EventStatus]]:
    return [(report.issuer_event_id, report.event_status) for report in reports]


def run(some: LoadControlClient, until: float) -> list[tuple[float, int, EventStatus]]:
    """Every report until then: minutes after noon, event, status."""
    seen = []
    while (due := some.next_timer()) is not None and due <= at(until):
        minutes = (due - NOON) / MINUTE
        seen += [(minutes, *each) for each in told(some.settle(due))]
    return seen


def test_an_event_that_starts_now() -> None:
    some = client()
    assert told(some.event(event(1), NOON)) == [(1, RECEIVED), (1, STARTED)]
    assert some.running == event(1)
    assert run(some, 59.9) == []
    assert run(some, 60) == [(60, 1, COMPLETED)]
    assert some.running is None
    assert some.next_timer() is None


def test_an_event_that_starts_later() -> None:
    some = client()
    assert told(some.event(event(1, 10), NOON)) == [(1, RECEIVED)]
    assert some.running is None
    assert run(some, 100) == [(10, 1, STARTED), (70, 1, COMPLETED)]


def test_an_event_that_began_before_it_came_ends_at_its_time() -> None:
    some = client()
    assert told(some.event(event(1, -20), NOON)) == [(1, RECEIVED), (1, STARTED)]
    assert run(some, 100) == [(40, 1, COMPLETED)]


@pytest.mark.parametrize("start", [-60, -600])
def test_an_event_that_is_over_has_expired(start: float) -> None:
    some = client()
    assert told(some.event(event(1, start), NOON)) == [(1, EventStatus.EXPIRED)]
    assert some.held == ()


def test_a_report_has_every_field() -> None:
    """What was applied; not used is what a switch has not; the time is UTC, or 1 without a clock."""
    asked = event(9, duty=50, criticality_level=4, event_control=EventControl.RANDOMISE_END)
    report = client(0.5).event(asked, NOON)[0]
    applied = {"criticality_level_applied": 4, "duty_cycle_applied": 50, "event_control": EventControl.RANDOMISE_END}
    assert report == ReportEventStatus(9, RECEIVED, utc_seconds(NOON), **applied)  # type: ignore[arg-type]
    assert client(knows_utc=False).event(event(9), NOON)[0].event_status_time == 1


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"minutes": 0}, REJECTED),
        ({"minutes": 1441}, REJECTED),
        ({"criticality_level": 0}, REJECTED),
        ({"criticality_level": 16}, REJECTED),
        ({"duty": 101}, REJECTED),
        ({"duty": 0xFF}, REJECTED),
    ],
    ids=str,
)
def test_an_event_that_cannot_be_obeyed_is_rejected(wrong: dict[str, int], status: EventStatus) -> None:
    some = client()
    assert told(some.event(event(1, **wrong), NOON)) == [(1, status)]
    assert some.held == ()


def test_without_a_clock_only_what_starts_now_is_obeyed() -> None:
    some = client(knows_utc=False)
    assert told(some.event(event(1, 10), NOON)) == [(1, REJECTED)]
    assert told(some.event(event(2), NOON)) == [(2, RECEIVED), (2, STARTED)]
    assert told(some.cancel(CancelLoadControlEvent(2, effective_time=99), NOON)) == [
        (2, EventStatus.INVALID_CANCEL_TIME)
    ]
    assert told(some.cancel(CancelLoadControlEvent(2), NOON)) == [(2, CANCELLED)]


@pytest.mark.parametrize(
    "other",
    [{"device_class": DeviceClass.WATER_HEATER}, {"utility_enrolment_group": 4}],
    ids=str,
)
def test_an_event_for_others_is_passed_over(other: dict[str, Any]) -> None:
    some = client()
    assert some.event(event(1, **other), NOON) == []
    assert some.held == ()


@pytest.mark.parametrize("group", [0, 3])
def test_an_event_for_its_group_or_all_groups_is_its_own(group: int) -> None:
    both = DeviceClass.WATER_HEATER | DeviceClass.SIMPLE_LOAD
    some = client()
    assert len(some.event(event(1, utility_enrolment_group=group, device_class=both), NOON)) == 2


def test_the_same_event_again_changes_nothing() -> None:
    some = client()
    some.event(event(1, 10), NOON)
    assert told(some.event(event(1, 10), at(5))) == [(1, RECEIVED)]
    run(some, 20)
    assert told(some.event(event(1, None, 5), at(20))) == [(1, STARTED)]
    assert run(some, 100) == [(70, 1, COMPLETED)]


def test_an_overlapping_event_supersedes_the_running_one_at_its_start() -> None:
    """Without a moment between them, and the first is not taken up again."""
    some = client()
    some.event(event(1), NOON)
    assert told(some.event(event(2, 20, 10, 100), at(5))) == [(2, RECEIVED)]
    assert some.running == event(1)
    assert run(some, 25) == [(20, 1, SUPERSEDED), (20, 2, STARTED)]
    assert some.running == event(2, 20, 10, 100)
    assert run(some, 100) == [(30, 2, COMPLETED)]


def test_an_event_now_supersedes_at_once() -> None:
    some = client()
    some.event(event(1), NOON)
    assert told(some.event(event(2, duty=100), at(5))) == [(2, RECEIVED), (1, SUPERSEDED), (2, STARTED)]


def test_a_waiting_event_that_overlaps_is_superseded() -> None:
    """At once where it would start within the new one; else it runs until the new one starts."""
    some = client()
    some.event(event(1, 30), NOON)
    assert told(some.event(event(2, 20), NOON)) == [(1, SUPERSEDED), (2, RECEIVED)]
    assert told(some.event(event(3, 40), NOON)) == [(3, RECEIVED)]
    assert run(some, 200) == [(20, 2, STARTED), (40, 2, SUPERSEDED), (40, 3, STARTED), (100, 3, COMPLETED)]


def test_adjacent_events_do_not_overlap() -> None:
    some = client()
    some.event(event(1, 0, 30), NOON)
    assert told(some.event(event(2, 30, 30), NOON)) == [(2, RECEIVED)]
    assert run(some, 200) == [(30, 1, COMPLETED), (30, 2, STARTED), (60, 2, COMPLETED)]


def test_more_events_than_it_can_hold_are_rejected() -> None:
    some = client()
    for number in range(CAPACITY):
        assert told(some.event(event(number, 10 * number + 1, 5), NOON)) == [(number, RECEIVED)]
    assert told(some.event(event(99, 1000), NOON)) == [(99, REJECTED)]
    assert len(some.held) == CAPACITY


def test_a_randomised_start_and_end() -> None:
    """Each late by its own chance of 30 minutes, in whole seconds; the end's does not move with the start's."""
    some = client(0.5, 0.1)
    some.event(event(1, 10, event_control=BOTH), NOON)
    assert run(some, 200) == [(25, 1, STARTED), (73, 1, COMPLETED)]


@pytest.mark.parametrize(
    ("control", "times"),
    [
        (EventControl.RANDOMISE_START, (25, 70)),
        (EventControl.RANDOMISE_END, (10, 85)),
        (EventControl.EXACT, (10, 70)),
    ],
)
def test_each_bit_alone(control: EventControl, times: tuple[float, float]) -> None:
    some = client(0.5)
    some.event(event(1, 10, event_control=control), NOON)
    assert [each[0] for each in run(some, 200)] == list(times)


def test_a_randomised_event_that_is_short_starts_before_it_ends() -> None:
    some = client(0.9)
    some.event(event(1, 10, 1, event_control=EventControl.RANDOMISE_START), NOON)
    assert run(some, 200) == [(10.9, 1, STARTED), (11, 1, COMPLETED)]


def test_a_cancelled_event_ends_now() -> None:
    some = client()
    some.event(event(1), NOON)
    assert told(some.cancel(CancelLoadControlEvent(1), at(5))) == [(1, CANCELLED)]
    assert some.running is None


def test_a_waiting_event_is_cancelled() -> None:
    some = client()
    some.event(event(1, 10), NOON)
    assert told(some.cancel(CancelLoadControlEvent(1), at(5))) == [(1, CANCELLED)]
    assert some.next_timer() is None


@pytest.mark.parametrize(
    ("effective", "seen"),
    [
        (40, [(10, 1, STARTED), (40, 1, CANCELLED)]),
        (70, [(10, 1, STARTED), (70, 1, CANCELLED)]),
        (10, [(10, 1, CANCELLED)]),
        (5, [(5, 1, CANCELLED)]),
    ],
)
def test_an_effective_time(effective: float, seen: list[tuple[float, int, EventStatus]]) -> None:
    """Of an event from 12:10 to 13:10: within it, at its end, at its start, before it."""
    some = client()
    some.event(event(1, 10), NOON)
    assert some.cancel(CancelLoadControlEvent(1, effective_time=utc_seconds(at(effective))), at(1)) == []
    assert run(some, 200) == seen


def test_an_effective_time_that_has_passed_is_now() -> None:
    some = client()
    some.event(event(1), NOON)
    past = CancelLoadControlEvent(1, effective_time=utc_seconds(at(2)))
    assert told(some.cancel(past, at(5))) == [(1, CANCELLED)]


def test_an_effective_time_after_the_end_is_invalid() -> None:
    some = client()
    some.event(event(1), NOON)
    late = CancelLoadControlEvent(1, effective_time=utc_seconds(at(61)))
    assert told(some.cancel(late, NOON)) == [(1, EventStatus.INVALID_CANCEL_TIME)]
    assert run(some, 100) == [(60, 1, COMPLETED)]


def test_a_cancel_of_no_event_or_of_another_class_is_refused() -> None:
    some = client()
    some.event(event(1), NOON)
    assert told(some.cancel(CancelLoadControlEvent(2), NOON)) == [(2, EventStatus.UNKNOWN_EVENT)]
    for wrong in (
        CancelLoadControlEvent(1, device_class=DeviceClass.HVAC),
        CancelLoadControlEvent(1, utility_enrolment_group=3),
    ):
        assert told(some.cancel(wrong, NOON)) == [(1, EventStatus.INVALID_CANCEL)]
    assert some.running == event(1)


@pytest.mark.parametrize(
    ("control", "cancel", "end"),
    [
        (EventControl.RANDOMISE_END, CancelControl.RANDOMISE_END, 20),
        (EventControl.RANDOMISE_END, CancelControl.EXACT, 5),
        (EventControl.EXACT, CancelControl.RANDOMISE_END, 5),
    ],
)
def test_a_randomised_cancel(control: EventControl, cancel: CancelControl, end: float) -> None:
    """Late by chance if the event asks for it and the cancel does; here by half of 30 minutes."""
    draws = (0.0, 0.5) if EventControl.RANDOMISE_END in control else (0.5,)
    some = client(*draws)
    some.event(event(1, event_control=control), NOON)
    ended = told(some.cancel(CancelLoadControlEvent(1, cancel_control=cancel), at(5)))
    seen = [(5.0, *each) for each in ended] or run(some, 200)
    assert seen == [(end, 1, CANCELLED)]


def test_a_randomised_cancel_never_lengthens_an_event() -> None:
    some = client(0.0, 0.99)
    some.event(event(1, minutes=10, event_control=EventControl.RANDOMISE_END), NOON)
    some.cancel(CancelLoadControlEvent(1, cancel_control=CancelControl.RANDOMISE_END), at(5))
    assert run(some, 200) == [(10, 1, CANCELLED)]


def test_cancel_all() -> None:
    some = client()
    assert some.cancel_all(CancelAllLoadControlEvents(), NOON) == []
    some.event(event(1), NOON)
    some.event(event(2, 90), NOON)
    assert told(some.cancel_all(CancelAllLoadControlEvents(), at(1))) == [(1, CANCELLED), (2, CANCELLED)]
    assert some.held == ()


events = st.builds(
    event,
    st.integers(0, 9),
    st.one_of(st.none(), st.integers(-100, 300)),
    st.integers(0, 200),
    st.sampled_from((0, 100)),
    event_control=st.sampled_from((EventControl.EXACT, BOTH)),
)


@given(st.lists(st.tuples(st.integers(0, 30), events), max_size=12), st.lists(st.floats(0, 0.999), max_size=30))
def test_whatever_comes_one_event_runs_and_each_has_one_end(
    coming: list[tuple[int, LoadControlEvent]], draws: list[float]
) -> None:
    some, minutes, ends, taken = client(*draws), 0.0, list[int](), list[int]()
    final = {COMPLETED, SUPERSEDED, CANCELLED}
    for wait, command in coming:
        minutes += wait
        ends += [number for _, number, status in run(some, minutes) if status in final]
        held = {each.event.issuer_event_id for each in some.held}
        for number, status in told(some.event(command, at(minutes))):
            ends += [number] * (status in final)
            taken += [number] * (status is RECEIVED and number not in held)
        started = [each for each in some.held if each.started]
        assert len(started) <= 1
        spans = sorted((each.start, each.end) for each in some.held)
        assert all(one[1] <= other[0] for one, other in pairwise(spans))
    ends += [number for _, number, status in run(some, minutes + 10_000) if status in final]
    assert sorted(ends) == sorted(taken)
    assert some.held == ()
