"""The charge point's own delay: which transitions it holds back, how long, and what was delayed twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.regulation_delay import MAX_LIMIT, Levels, RegulationDelay
from devices.sapc import SAPC
from devices.vehicle import Vehicle
from schemas.errors import NotPossible
from schemas.gbcs.auxiliary import Direction
from schemas.gbcs.dlms.times import NOW
from tests.devices.home import LOAD_CONTROLLER, NEW_YEAR, new_sapc, notes, period_command
from tests.devices.test_auxiliary_objects import calendar_command

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
OUTPUT = Direction.OUTPUT
HALF, FIFTH = 0x1132, 0x1114
SWITCH = NEW_YEAR + timedelta(hours=9, minutes=30)
"""When the calendar of the tests goes to 40 %."""


def charging(*draws: float, limit: int = 600, recognises_offset: bool = False) -> SAPC:
    """A car that takes 7.36 kW, at a charge point that delays by what is drawn."""
    device = new_sapc()
    device.plug_in(Vehicle(capacity_kwh=500, state_of_charge=0), NEW_YEAR)
    numbers: Iterator[float] = iter(draws)
    delay = RegulationDelay(lambda: next(numbers), limit=limit, recognises_offset=recognises_offset)
    device.put_regulation_delay(delay, NEW_YEAR)
    return device


def power_at(device: SAPC, moment: datetime) -> float:
    """kW, after everything that was due."""
    device.handle_timer(moment)
    return device.charge_point.power_kw


def test_each_increase_and_decrease_waits_for_its_own_delay() -> None:
    device = charging(0.5, 0.25)
    device.receive(period_command(1, HALF, NEW_YEAR + HOUR, NEW_YEAR + 2 * HOUR), NEW_YEAR)
    down, up = NEW_YEAR + HOUR + 300 * SECOND, NEW_YEAR + 2 * HOUR + 150 * SECOND
    assert power_at(device, NEW_YEAR + HOUR) == power_at(device, down - SECOND) == 7.36
    assert device.level(1, OUTPUT, NEW_YEAR + HOUR).percent == 50  # the controller itself is in time
    assert power_at(device, down) == power_at(device, up - SECOND) == 3.68
    assert power_at(device, up) == 7.36
    assert device.charge_point.history[1:] == [(down, 3.68), (up, 7.36)]
    assert device.next_timer() == device.charge_point.next_timer
    told = device.why(1, OUTPUT, NEW_YEAR + 90 * MINUTE)
    assert told.regulation is not None and told.regulation.delay == 300 * SECOND and not told.regulation.twice
    assert "; the charge point follows 300 s later by its regulation delay; against default 100 %" in str(told)
    assert device.why(1, OUTPUT, NEW_YEAR).regulation is None


def test_the_delay_on_top_of_a_randomised_offset_is_told() -> None:
    """Ten minutes of offset and five of its own: what householders call misaligned."""
    for recognises, late in ((False, 15 * MINUTE), (True, 10 * MINUTE)):
        device = charging(0.5, recognises_offset=recognises)
        state = replace(device.auxiliary.state, randomised_offset_limit=1200, randomised_offset_number=5000)
        device.auxiliary.state = state
        device.receive(calendar_command(1, NOW), NEW_YEAR)
        assert power_at(device, SWITCH + late - SECOND) == 7.36
        assert power_at(device, SWITCH + late) < 3
        told = device.why(1, OUTPUT, SWITCH + late)
        assert told.percent == 40 and told.regulation is not None
        assert (told.regulation.offset, told.regulation.twice) == (10 * MINUTE, not recognises)
        assert ("delayed twice: 600 s of randomised offset came before" in str(told)) is not recognises
        assert device.regulation is not None
        assert (device.regulation.delayed, device.regulation.twice) == ((0, 0) if recognises else (1, 1))


def test_a_switch_in_time_and_a_set_state_over_an_offset_calendar_are_not_twice_late() -> None:
    device = charging(0.5, 0.5, 0.5)
    device.receive(calendar_command(1, NOW), NEW_YEAR)
    power_at(device, SWITCH + HOUR)
    device.auxiliary.state = replace(
        device.auxiliary.state, randomised_offset_limit=1200, randomised_offset_number=5000
    )
    device.receive(period_command(2, HALF, NOW, SWITCH + 3 * HOUR), SWITCH + 2 * HOUR)
    power_at(device, SWITCH + 4 * HOUR)
    assert device.regulation is not None
    # The end of the set state brings the calendar's level back, whose switch was hours ago.
    assert (device.regulation.delayed, device.regulation.twice) == (3, 0)


def test_the_owner_overrides_each_time_anew() -> None:
    device = charging(0.5, 0.5)
    device.receive(period_command(1, HALF, NEW_YEAR + HOUR, NEW_YEAR + 2 * HOUR), NEW_YEAR)
    now = NEW_YEAR + HOUR + MINUTE
    assert notes(device.override_delay(now), "acted") == ["owner overrides the regulation delay"]
    assert device.charge_point.power_kw == 3.68
    assert device.override_delay(now) == []
    told = device.why(1, OUTPUT, now).regulation
    assert told is not None and told.overridden and told.followed == now
    assert "60 s later by its regulation delay, cut short by its owner" in str(told)
    assert power_at(device, NEW_YEAR + 2 * HOUR) == 3.68


def test_boost_and_limit_act_at_once() -> None:
    device = charging()  # no number is there to be drawn
    device.receive(
        period_command(1, FIFTH, NOW, NEW_YEAR + 3 * HOUR, originator=LOAD_CONTROLLER, limit=True), NEW_YEAR + HOUR
    )
    assert device.charge_point.power_kw == 1.38
    boosted = charging(0.9)
    boosted.receive(period_command(1, 0x1100, NOW, NEW_YEAR + 3 * HOUR), NEW_YEAR + HOUR)
    assert boosted.charge_point.power_kw == 7.36
    boosted.boost_now(NEW_YEAR + HOUR + MINUTE, HOUR)
    assert boosted.charge_point.power_kw == 7.36
    assert boosted.next_timer() is not None


def test_a_change_of_mind_before_it_followed() -> None:
    """The level is back before the delay is over: nothing happens at all."""
    device = charging(0.9, 0.9)
    device.receive(period_command(1, HALF, NEW_YEAR + HOUR, NEW_YEAR + HOUR + MINUTE), NEW_YEAR)
    assert power_at(device, NEW_YEAR + 5 * HOUR) == 7.36
    assert len(device.charge_point.history) == 1
    assert device.regulation is not None and device.regulation.transitions[-1].followed == NEW_YEAR + HOUR + MINUTE


def test_a_change_at_the_moment_at_which_the_last_is_due() -> None:
    device = charging(0.1, 0.1)
    device.receive(period_command(1, HALF, NEW_YEAR + HOUR, NEW_YEAR + HOUR + MINUTE), NEW_YEAR)
    assert power_at(device, NEW_YEAR + HOUR + MINUTE) == 3.68
    assert power_at(device, NEW_YEAR + HOUR + 2 * MINUTE) == 7.36


def test_without_a_supply_there_is_no_power_and_with_it_the_delay_goes_on() -> None:
    device = charging(0.5)
    device.receive(period_command(1, HALF, NEW_YEAR + HOUR, NEW_YEAR + 2 * HOUR), NEW_YEAR)
    device.supply(False, NEW_YEAR + HOUR + MINUTE)
    assert device.charge_point.power_kw == 0
    device.supply(True, NEW_YEAR + HOUR + 2 * MINUTE)
    assert device.charge_point.power_kw == 7.36
    assert power_at(device, NEW_YEAR + HOUR + 5 * MINUTE) == 3.68


def test_taken_away_while_it_waits() -> None:
    device = charging(0.5)
    device.receive(period_command(1, HALF, NEW_YEAR + HOUR, NEW_YEAR + 2 * HOUR), NEW_YEAR)
    device.put_regulation_delay(None, NEW_YEAR + HOUR + SECOND)
    assert device.charge_point.power_kw == 3.68


@pytest.mark.parametrize("limit", [-1, MAX_LIMIT + 1])
def test_its_range(limit: int) -> None:
    with pytest.raises(NotPossible, match="0 to 1800 seconds"):
        RegulationDelay(Random(1).random, limit=limit)


changes = st.lists(
    st.tuples(st.integers(0, 4000), st.integers(0, 100), st.booleans(), st.integers(0, 1), st.booleans()), max_size=20
)


@given(changes, st.integers(0, 2**32), st.integers(0, MAX_LIMIT))
@settings(deadline=None)
def test_never_longer_than_its_limit_and_in_the_end_as_wanted(
    some: list[tuple[int, int, bool, int, bool]], seed: int, limit: int
) -> None:
    delay, now = RegulationDelay(Random(seed).random, limit=limit), NEW_YEAR
    delay.follow(Levels(100, 0), now, offset=timedelta(), at_once=False)
    wanted = Levels(100, 0)
    for seconds, percent, at_once, offset, overrides in some:
        until = now + seconds * SECOND
        while delay.next_timer is not None and delay.next_timer <= until:
            assert delay.follow(wanted, delay.next_timer, offset=timedelta(), at_once=False) == wanted
        now, changed = until, wanted.output != percent
        wanted = Levels(percent, 0)
        offered = delay.follow(wanted, now, offset=offset * MINUTE, at_once=at_once)
        if changed and at_once:
            assert offered == wanted
        if overrides and delay.override(now):
            assert delay.follow(wanted, now, offset=timedelta(), at_once=False) == wanted
        assert delay.next_timer is None or now <= delay.next_timer <= now + limit * SECOND
        assert delay.next_timer is not None or delay.follow(wanted, now, offset=timedelta(), at_once=False) == wanted
    for each in delay.transitions:
        assert each.delay.microseconds == 0 and timedelta() <= each.followed - each.moment <= each.delay


def test_every_whole_second_up_to_the_limit_is_drawn() -> None:
    delay, now = RegulationDelay(Random(1).random, limit=3), NEW_YEAR
    delay.follow(Levels(0, 0), now, offset=timedelta(), at_once=False)
    seen = []
    for round_ in range(1, 61):
        now += MINUTE
        delay.follow(Levels(round_, 0), now, offset=timedelta(), at_once=False)
        seen.append(delay.transitions[-1].delay // SECOND)
        delay.follow(Levels(round_, 0), now + 30 * SECOND, offset=timedelta(), at_once=False)
    assert set(seen) == {0, 1, 2, 3}
