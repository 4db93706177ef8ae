"""The layers of an auxiliary controller."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.auxiliary import AuxiliaryControllers
from devices.auxiliary_state import Controller, ControllerType, Level, LimitEnded, Rule
from devices.calendar import Calendar
from devices.objects import CALENDAR_ACTIVATION, SPECIAL_DAYS_ACTIVATION
from schemas.errors import NotPossible
from schemas.gbcs.auxiliary import CommandedState, CosemDate, Direction, ScheduleRow, SpecialDay, calendar_selector

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OUTPUT, INPUT = Direction.OUTPUT, Direction.INPUT
EVENING = ScheduleRow(
    1, calendar_selector(CommandedState(1, 80)), time(18), "1" * 7, "", CosemDate(2026, 3, 2), CosemDate()
)


def apc() -> AuxiliaryControllers:
    return AuxiliaryControllers(Controller(1, ControllerType.APC))


def test_each_layer_over_the_one_below() -> None:
    some = apc()
    some.state = replace(some.state, active=Calendar((EVENING,)))
    some.set_state(CommandedState(1, 60), NOW + 7 * HOUR, NOW + 9 * HOUR, NOW)
    some.limit(CommandedState(1, 70), NOW + 6 * HOUR, NOW + 10 * HOUR, NOW)
    seen = [some.level_at(1, OUTPUT, NOW + hour * HOUR) for hour in (0, 6, 7, 8, 9, 10)]
    assert seen == [
        Level(100, Rule.DEFAULT),
        Level(70, Rule.LIMIT),
        Level(60, Rule.SET_STATE),
        Level(60, Rule.SET_STATE),
        Level(70, Rule.LIMIT),
        Level(80, Rule.CALENDAR),
    ]


def test_timers_stand_exactly_at_the_transitions() -> None:
    some = apc()
    some.state = replace(some.state, active=Calendar((EVENING,)))
    some.set_state(CommandedState(1, 60), NOW + HOUR, NOW + 2 * HOUR, NOW)
    some.settle(NOW)
    moments = []
    while some.next_timer is not None and some.next_timer < NOW + timedelta(days=1):
        moments.append(some.next_timer)
        some.settle(some.next_timer)
    assert moments == [NOW + HOUR, NOW + 2 * HOUR, NOW + 6 * HOUR]
    assert some.controller(1).set_states == ()


def test_directions_are_apart() -> None:
    some = apc()
    some.set_state(CommandedState(1, 40, INPUT), NOW, None, NOW)
    some.set_state(CommandedState(1, 30), NOW, None, NOW)
    assert some.level_at(1, INPUT, NOW) == Level(40, Rule.SET_STATE)
    some.release(1, (OUTPUT,), NOW)
    assert some.level_at(1, OUTPUT, NOW) == Level(100, Rule.DEFAULT)
    assert some.level_at(1, INPUT, NOW).percent == 40


def test_a_level_that_was_asked_for_follows_what_changes_at_the_same_moment() -> None:
    some = apc()
    seen = [some.level_at(1, OUTPUT, NOW).percent]
    some.set_state(CommandedState(1, 30), NOW, NOW + HOUR, NOW)
    seen.append(some.level_at(1, OUTPUT, NOW).percent)
    some.limit(CommandedState(1, 20), NOW, NOW + HOUR, NOW)
    seen.append(some.level_at(1, OUTPUT, NOW).percent)
    before, some.state = some.state, apc().state
    seen.append(some.level_at(1, OUTPUT, NOW).percent)
    some.state = before
    assert [*seen, some.level_at(1, OUTPUT, NOW).percent] == [100, 30, 20, 100, 20]


def test_a_later_command_replaces_the_earlier_one() -> None:
    some = apc()
    some.set_state(CommandedState(1, 30), NOW, NOW + 3 * HOUR, NOW)
    some.set_state(CommandedState(1, 60), NOW + HOUR, NOW + 2 * HOUR, NOW)
    assert [some.level_at(1, OUTPUT, NOW + hour * HOUR).percent for hour in (0, 1, 2)] == [100, 60, 100]


def test_a_switch_is_open_or_closed() -> None:
    some = AuxiliaryControllers(Controller(1, ControllerType.ALCS))
    some.set_state(CommandedState(1, 99), NOW, None, NOW)
    assert some.level_at(1, OUTPUT, NOW) == Level(0, Rule.SET_STATE)
    with pytest.raises(NotPossible, match="APC"):
        some.limit(CommandedState(1, 50), NOW, None, NOW)


def test_controllers_are_numbered_once() -> None:
    for wrong in ((Controller(1), Controller(1)), (Controller(6),)):
        with pytest.raises(NotPossible, match="1 to 5"):
            AuxiliaryControllers(*wrong)
    with pytest.raises(NotPossible, match="exists"):
        apc().set_state(CommandedState(2, 50), NOW, None, NOW)


def test_a_limit_that_ends_says_what_results() -> None:
    some = apc()
    some.set_state(CommandedState(1, 90), NOW, None, NOW)
    some.limit(CommandedState(1, 20), NOW, NOW + HOUR, NOW)
    some.events.clear()
    some.settle(NOW + HOUR)
    assert some.events == [LimitEnded(NOW + HOUR, CommandedState(1, 20), 90)]
    assert some.next_timer is None


def test_lifting_a_limit_ends_that_direction_alone() -> None:
    some = apc()
    some.limit(CommandedState(1, 20), NOW, NOW + HOUR, NOW)
    some.limit(CommandedState(1, 0, INPUT), NOW, NOW + HOUR, NOW)
    some.lift(1, OUTPUT, NOW)
    assert [limit.state.direction for limit in some.controller(1).limits] == [INPUT]


def test_rows_and_special_days_become_active_apart() -> None:
    some = apc()
    days = (SpecialDay(1, CosemDate(None, 12, 25)),)
    some.state = replace(some.state, passive=Calendar((EVENING,), days))
    some.activate(CALENDAR_ACTIVATION)
    assert some.state.active == Calendar((EVENING,))
    some.activate(SPECIAL_DAYS_ACTIVATION)
    assert some.state.active == Calendar((EVENING,), days)


def test_state_text() -> None:
    some = AuxiliaryControllers(Controller(1, ControllerType.APC, information='a "b"'))
    assert some.state_text(1, NOW) == '{"outputState": 100, "inputState": 0, "other-data": "a \\"b\\""}'
    assert some.state_text(2, NOW) == "{}"


hours = st.integers(-5, 30)
Span = tuple[int, int, int, Direction]
spans = st.tuples(st.integers(0, 100), hours, st.integers(1, 10), st.sampled_from(Direction))


@given(st.lists(spans, max_size=4), spans)
@settings(deadline=None)
def test_no_level_exceeds_a_limit_in_force(states: list[Span], limit: Span) -> None:
    some = apc()
    some.state = replace(some.state, active=Calendar((EVENING,)))
    for level, start, length, direction in states:
        if start + length > 0:
            some.set_state(CommandedState(1, level, direction), NOW + start * HOUR, NOW + (start + length) * HOUR, NOW)
    cap, start, length, direction = limit
    if start + length > 0:
        some.limit(CommandedState(1, cap, direction), NOW + start * HOUR, NOW + (start + length) * HOUR, NOW)
        for hour in range(max(start, 0), start + length):
            assert some.level_at(1, direction, NOW + hour * HOUR).percent <= cap
