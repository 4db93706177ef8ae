"""The pilot is the level: over any commands, limits and boosts, at any instant, as why tells it afterwards."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.auxiliary_state import Rule
from devices.charge_point import ChargePoint
from devices.sapc import SAPC
from devices.vehicle import Discharge, Vehicle
from schemas.gbcs.auxiliary import CommandedState, Direction
from tests.devices.home import NEW_YEAR, identity

MINUTE = timedelta(minutes=1)
DAY = 24 * 60

states = st.builds(CommandedState, st.just(1), st.integers(0, 100), st.sampled_from(Direction))
commands = st.lists(
    st.tuples(
        st.integers(1, 30),
        st.sampled_from(("set", "set", "limit", "boost", "end boost", "reset", "lift")),
        states,
        st.integers(-60, 30),
        st.integers(30, 600),
    ),
    min_size=3,
    max_size=12,
)
"""Minutes to wait, what, the level of it, minutes until it starts, minutes for which it lasts."""


@given(commands, st.lists(st.integers(0, DAY), max_size=20), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_the_pilot_is_the_level_at_every_instant(
    some: list[tuple[int, str, CommandedState, int, int]], looks: list[int], reaction: int
) -> None:
    """Both ways; a boost lets nothing flow back."""
    point = ChargePoint(bidirectional=True)
    device = SAPC(identity(), point)
    car = Vehicle(capacity_kwh=500, reaction=timedelta(seconds=reaction), discharge=Discharge(reserve=10))
    device.plug_in(car, NEW_YEAR)
    now = NEW_YEAR
    for wait, what, state, ahead, length in some:
        now += wait * MINUTE
        device.handle_timer(now)
        start, controllers = now + ahead * MINUTE, device.auxiliary
        end = max(start, now) + length * MINUTE
        if what == "set":
            controllers.set_state(state, start, end, now)
        elif what == "limit":
            controllers.limit(state, start, end, now)
        elif what == "reset":
            controllers.release(1, (state.direction,), now)
        elif what == "lift":
            controllers.lift(1, state.direction, now)
        elif what == "boost":
            device.boost_now(now, length * MINUTE)
        else:
            device.end_boost(now)
        device._settle(now)
    until = now + DAY * MINUTE
    device.handle_timer(until)
    device._settle(until)

    moments = [NEW_YEAR + look * MINUTE for look in looks] + [each.moment for each in point.series]
    for moment in moments:
        seen, output = point.series.at(moment), device.why(1, Direction.OUTPUT, moment)
        assert seen.offered_amps == point.amps_for(output.percent)
        boosted = any(claim.rule is Rule.BOOST for claim in (output.winner, *output.losers))
        back = 0 if boosted else device.why(1, Direction.INPUT, moment).percent
        assert seen.discharge_amps == point.discharge_amps_for(back)
