"""Why a controller has its level: at once, afterwards, and beforehand; and what became of a command."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.auxiliary_state import Rule
from devices.origin import Origin
from devices.sapc import SAPC
from schemas.gbcs.auxiliary import Direction
from schemas.gbcs.dlms.times import NEVER, NOW, encode_date_time
from tests.devices.home import LOAD_CONTROLLER, NEW_YEAR, SUPPLIER, Party, new_sapc, period_command
from tests.devices.test_auxiliary_objects import calendar_command

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
OUTPUT = Direction.OUTPUT
HALF, FIFTH = 0x1132, 0x1114
"""Output of controller 1 at 50 % and at 20 %."""


def set_state(device: SAPC, counter: int, word: int, hours: tuple[int, int], at: datetime = NEW_YEAR) -> Origin:
    """ECS47a from the supplier over a period of hours after the new year."""
    start, end = (NEW_YEAR + each * HOUR for each in hours)
    device.receive(period_command(counter, word, start, end), at)
    return Origin(SUPPLIER.eui, counter, 0x011E)


def limit(device: SAPC, counter: int, word: int, hours: tuple[int, int], at: datetime = NEW_YEAR) -> Origin:
    """ECS47e from the load controller."""
    start, end = (NEW_YEAR + each * HOUR for each in hours)
    device.receive(period_command(counter, word, start, end, originator=LOAD_CONTROLLER, limit=True), at)
    return Origin(LOAD_CONTROLLER.eui, counter, 0x011F)


def test_the_winner_the_losers_and_their_commands_at_any_moment() -> None:
    device = new_sapc()
    state = set_state(device, 1, HALF, (1, 4))
    cap = limit(device, 1, FIFTH, (2, 3))
    for now in (0, 1, 2, 3, 4, 5):
        device.handle_timer(NEW_YEAR + now * HOUR)
        # Whenever it is asked, of times that are over as of those to come.
        told = [device.why(1, OUTPUT, NEW_YEAR + hour * HOUR) for hour in range(6)]
        assert [each.percent for each in told] == [100, 50, 20, 50, 100, 100]
        rules = [Rule.DEFAULT, Rule.SET_STATE, Rule.LIMIT, Rule.SET_STATE, Rule.DEFAULT, Rule.DEFAULT]
        assert [each.winner.rule for each in told] == rules
        assert [each.winner.origin for each in told] == [None, state, cap, state, None, None]
        assert [each.rule for each in told[2].losers] == [Rule.DEFAULT, Rule.SET_STATE]
    assert str(told[2]) == (
        "controller 1 output at 2015-01-01 02:00:00: 20 % by limit 20 % of 011F of 90-B3-D5-1F-30-01-00-08, counter 1"
        " since 2015-01-01 02:00:00 until 2015-01-01 03:00:00; against default 100 %; against set state 50 % of 011E of"
        " 90-B3-D5-1F-30-01-00-00, counter 1 since 2015-01-01 01:00:00 until 2015-01-01 04:00:00"
    )


def test_what_a_command_did_and_what_it_lost_to() -> None:
    device = new_sapc()
    state = set_state(device, 1, HALF, (1, 4))
    limit(device, 1, FIFTH, (2, 3))
    device.handle_timer(NEW_YEAR + 6 * HOUR)
    reigns = device.effect(state, NEW_YEAR + 6 * HOUR)
    spans = [((each.start - NEW_YEAR) // HOUR, (each.end - NEW_YEAR) // HOUR, each.decides) for each in reigns]
    assert spans == [(1, 2, True), (2, 3, False), (3, 4, True)]
    assert reigns[1].winner.rule is Rule.LIMIT and reigns[1].winner.origin is not None


def test_a_replaced_a_failed_and_an_unknown_command_did_nothing() -> None:
    device = new_sapc()
    early = set_state(device, 1, HALF, (2, 4))
    late = set_state(device, 2, FIFTH, (2, 4))
    over = set_state(device, 3, HALF, (-4, -2))
    device.handle_timer(NEW_YEAR + 5 * HOUR)
    until = NEW_YEAR + 6 * HOUR
    assert device.effect(early, until) == []
    assert [each.decides for each in device.effect(late, until)] == [True]
    assert device.effect(over, until) == []
    assert device.effect(Origin(SUPPLIER.eui, 99, 0x011E), until) == []


def test_a_calendar_to_come_is_foreseen_with_its_command() -> None:
    device = new_sapc()
    begin = NEW_YEAR + 12 * HOUR
    device.receive(calendar_command(7, encode_date_time(begin)), NEW_YEAR)
    # The next morning, a Friday: the row of 09:30 on working days.
    after = device.why(1, OUTPUT, NEW_YEAR + timedelta(days=1, hours=10))
    assert (after.percent, after.winner.rule) == (40, Rule.CALENDAR)
    assert after.winner.origin == Origin(SUPPLIER.eui, 7, 0x011A)
    assert device.why(1, OUTPUT, begin - HOUR).winner.rule is Rule.DEFAULT


def test_the_randomised_offset_delays_the_calendar_alone() -> None:
    device = new_sapc()
    offset = 10 * MINUTE
    offset_state = replace(device.auxiliary.state, randomised_offset_limit=1200, randomised_offset_number=5000)
    device.auxiliary.state = offset_state
    device.receive(calendar_command(1, NOW), NEW_YEAR)
    switch = NEW_YEAR + timedelta(hours=9, minutes=30)  # a Thursday
    assert device.next_timer() is not None
    device.handle_timer(switch + offset - timedelta(seconds=1))
    assert device.level(1, OUTPUT, switch + offset - timedelta(seconds=1)).rule is Rule.DEFAULT
    assert device.next_timer() == switch + offset
    device.handle_timer(switch + offset)
    told = device.why(1, OUTPUT, switch + offset)
    assert (told.percent, told.winner.start, told.winner.late) == (40, switch + offset, offset)
    assert "600 s late by the randomised offset" in str(told)
    # A command takes effect at its own times.
    now = switch + HOUR
    device.receive(period_command(2, HALF, NOW, now + HOUR), now)
    assert device.level(1, OUTPUT, now).rule is Rule.SET_STATE
    assert device.next_timer() == now + HOUR


def test_a_clock_put_back_forgets_what_has_not_happened() -> None:
    device = new_sapc()
    set_state(device, 1, HALF, (1, 4))
    device.handle_timer(NEW_YEAR + 2 * HOUR)
    history = device.auxiliary.history
    history.record(NEW_YEAR - HOUR, device.auxiliary.state)
    assert history.changes(None, NEW_YEAR + 9 * HOUR) == [NEW_YEAR - HOUR]


words = st.builds(lambda level, direction: direction | 0x0100 | level, st.integers(0, 100), st.just(0x1000))
steps = st.tuples(st.booleans(), words, st.integers(0, 20), st.integers(1, 6), st.booleans(), st.integers(0, 3))


@given(st.lists(steps, max_size=8))
@settings(deadline=None)
def test_the_past_is_told_as_it_was(steps: list[tuple[bool, int, int, int, bool, int]]) -> None:
    """Whatever was commanded when: the level explained afterwards is the level that was."""
    device = new_sapc()
    device.receive(calendar_command(1, NOW), NEW_YEAR)
    now, counter, seen = NEW_YEAR, 1, []
    for capped, word, start, length, cancel, wait in steps:
        counter += 1
        begin = now + start * HOUR
        who: Party = LOAD_CONTROLLER if capped else SUPPLIER
        period = (NEVER, NEVER) if cancel else (begin, begin + length * HOUR)
        device.receive(period_command(counter, word, *period, originator=who, limit=capped), now)
        seen.append((now, device.level(1, OUTPUT, now)))
        now += wait * HOUR
        device.handle_timer(now)
        seen.append((now, device.level(1, OUTPUT, now)))
    last = dict(seen)  # of two commands at one moment the last is what holds
    for moment, level in last.items():
        told = device.why(1, OUTPUT, moment)
        assert (told.percent, told.winner.rule) == (level.percent, level.rule)
