"""Physics of a charge point and a car, over any sequence of levels, plugs, trips and boosts."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.charge_point import MIN_AMPS, ChargePoint, Rating
from devices.power_series import Sample
from devices.vehicle import MICROSECOND, Discharge, Trip, Vehicle
from tests.devices.home import NEW_YEAR

HOUR = timedelta(hours=1)
VOLTS = 230
JOULE = 1 / 3.6e6
"""kWh."""

reactions = st.integers(0, 5_000_000).map(lambda each: each * MICROSECOND)
percents = st.integers(0, 100)
ratings = st.sampled_from(Rating)
steps = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 3_000_000), st.integers(1, 20_000_000_000)),
        st.one_of(st.tuples(percents, percents), st.just("unplug"), st.just("plug"), st.just("look")),
    ),
    max_size=14,
)
discharges = st.one_of(
    st.none(),
    st.builds(Discharge, max_power_w=st.integers(1, 25_000), efficiency=st.integers(1, 100), reserve=percents),
)


@st.composite
def vehicles(draw: st.DrawFn) -> Vehicle:
    """Any car, with and without a trip within two days."""
    trip = None
    if draw(st.booleans()):
        trip = Trip(NEW_YEAR + draw(st.integers(1, 172_800)) * timedelta(seconds=1), draw(percents))
    return Vehicle(
        capacity_kwh=draw(st.floats(0.5, 120)),
        state_of_charge=draw(st.floats(0, 100)),
        max_power_w=draw(st.integers(1, 25_000)),
        taper_from=draw(percents),
        phases=draw(st.sampled_from((1, 3))),
        efficiency=draw(st.integers(1, 100)),
        reaction=draw(reactions),
        discharge=draw(discharges),
        trip=trip,
    )


def played(point: ChargePoint, vehicle: Vehicle, some: list[tuple[int, object]], looks: bool = True) -> datetime:
    """What happens, with every timer at its time; gives the last moment. ``looks``: whether others settle it too."""
    now = NEW_YEAR
    for microseconds, event in some:
        until = now + microseconds * MICROSECOND
        while point.next_timer is not None and point.next_timer <= until:
            assert point.next_timer > now or point.next_timer == until or now == NEW_YEAR
            now = point.next_timer
            point.settle(now)
        now = until
        if event == "unplug":
            point.unplug(now)
        elif event == "plug":
            if point.vehicle is None and (vehicle.trip is None or vehicle.trip.departure > now):
                point.plug_in(vehicle, now)
        elif isinstance(event, tuple):
            point.offer(event[0], now, event[1])
        elif looks:
            point.settle(now)
        assert point.next_timer is None or point.next_timer > now
    return now


@given(vehicles(), steps, ratings, st.booleans())
@settings(max_examples=150, deadline=None)
def test_energy_is_conserved_and_charge_stays_in_range(
    vehicle: Vehicle, some: list[tuple[int, object]], rating: Rating, bidirectional: bool
) -> None:
    """What the battery holds is what came in, less the losses, minus what went out with its losses: to a joule."""
    point = ChargePoint.rated(rating, bidirectional=bidirectional)
    efficiency = vehicle.battery_w(1_000_000) / 1_000_000
    given_back = -vehicle.battery_w(-1_000_000) / 1_000_000
    start = vehicle.energy_kwh
    now = played(point, vehicle, [(1, "plug"), *some])
    imported, exported = point.energy_kwh(now), point.returned_kwh(now)
    assert 0 < efficiency <= 1 <= given_back
    point.settle(now)
    expected = imported * efficiency - exported * given_back
    assert vehicle.energy_kwh - start == pytest.approx(expected, abs=JOULE)
    for sample in point.series:
        assert sample.state_of_charge is None or 0 <= sample.state_of_charge <= 100
        assert bidirectional or sample.power_w >= 0

    drawn = sum(
        max(earlier.power_kw, 0.0) * ((later.moment - earlier.moment) / HOUR)
        for earlier, later in pairwise([*point.series, point.series.at(now)])
    )
    assert imported == pytest.approx(drawn, abs=JOULE)


@given(vehicles(), steps, ratings)
@settings(max_examples=150, deadline=None)
def test_no_limit_is_exceeded_after_the_reaction_time(
    vehicle: Vehicle, some: list[tuple[int, object]], rating: Rating
) -> None:
    """At every instant the power is within what was allowed at some time of the reaction before it, both ways."""
    point = ChargePoint.rated(rating, bidirectional=True)
    now = played(point, vehicle, [(1, "plug"), *some])
    used = VOLTS * min(point.phases, vehicle.phases)
    samples = list(point.series)
    for sample in samples:
        for moment in (sample.moment, sample.moment + vehicle.reaction):
            if moment > now:
                continue
            power = point.series.at(moment).power_w
            recent = _in_force(samples, moment - vehicle.reaction, moment)
            assert power <= max(each.offered_amps for each in recent) * used
            assert -power <= max(each.discharge_amps for each in recent) * used
            assert all(each.offered_amps == 0 or each.offered_amps >= MIN_AMPS for each in recent)


@given(vehicles(), steps, ratings)
@settings(max_examples=150, deadline=None)
def test_no_commanded_percent_is_exceeded_after_the_reaction_time(
    vehicle: Vehicle, some: list[tuple[int, object]], rating: Rating
) -> None:
    """The level as it was commanded, in percent of the rating, binds both ways: not only the amps made of it."""
    point = ChargePoint.rated(rating, bidirectional=True)
    commanded, now = [(NEW_YEAR, (100, 0))], NEW_YEAR
    for microseconds, event in [(1, "plug"), *some]:
        now += microseconds * MICROSECOND
        if isinstance(event, tuple):
            commanded.append((now, event))
    end = played(point, vehicle, [(1, "plug"), *some])
    whole = rating.value[0] * rating.value[1] * VOLTS
    for sample in point.series:
        for moment in (sample.moment, sample.moment + vehicle.reaction):
            if moment > end:
                continue
            early = moment - vehicle.reaction
            before = [levels for when, levels in commanded if when <= early][-1:]
            recent = [*before, *(levels for when, levels in commanded if early < when <= moment)]
            power = point.series.at(moment).power_w
            assert power <= max(output for output, _ in recent) / 100 * whole
            assert -power <= max(back for _, back in recent) / 100 * whole


@given(
    st.floats(1, 100),
    st.integers(0, 100),
    st.integers(10, 22_000),
    percents,
    percents,
    percents,
    st.integers(60, 200_000),
)
@settings(max_examples=150, deadline=None)
def test_giving_back_never_costs_the_trip(
    capacity: float, charge: int, power: int, taper: int, needs: int, reserve: int, seconds: int
) -> None:
    """A car that would be ready without giving anything back is ready also when it gives all it may."""
    departure = NEW_YEAR + timedelta(seconds=seconds)
    ready = []
    for bidirectional in (False, True):
        car = Vehicle(
            capacity_kwh=capacity,
            state_of_charge=charge,
            max_power_w=power,
            taper_from=taper,
            efficiency=93,
            discharge=Discharge(efficiency=91, reserve=reserve),
            trip=Trip(departure, needs),
        )
        point = ChargePoint(bidirectional=bidirectional)
        point.plug_in(car, NEW_YEAR)
        point.offer(100, NEW_YEAR, 100)
        point.settle(departure)
        assert point.vehicle is None
        # One that is at its need but for what flows in a microsecond is there.
        ready.append(car.energy_kwh >= needs / 100 * car.capacity_kwh - JOULE)
    assert ready[1] or not ready[0]


@given(vehicles(), steps)
@settings(max_examples=100, deadline=None)
def test_power_changes_only_at_events(vehicle: Vehicle, some: list[tuple[int, object]]) -> None:
    """Looking at it between the events leaves no trace: there are no time steps."""
    kept = vehicle.energy_kwh, vehicle.state_of_charge
    series = []
    for looks in (True, False):
        point = ChargePoint(bidirectional=True)
        car = Vehicle(
            capacity_kwh=vehicle.capacity_kwh,
            state_of_charge=kept[1],
            max_power_w=vehicle.max_power_w,
            reaction=vehicle.reaction,
            discharge=vehicle.discharge,
            trip=vehicle.trip,
        )
        played(point, car, [(1, "plug"), *some], looks)
        series.append([(each.moment, each.power_w) for each in point.series])
    assert series[0] == series[1]


def _in_force(samples: list[Sample], start: datetime, end: datetime) -> list[Sample]:
    """What was allowed at any instant from ``start`` to ``end``, both included."""
    before = [each for each in samples if each.moment <= start][-1:]
    return [*before, *(each for each in samples if start < each.moment <= end)] or samples[:1]


@pytest.mark.parametrize(
    ("rating", "whole", "half", "at_20"),
    [(Rating.KW_3_5, 3.45, 1.61, 0.0), (Rating.KW_7_4, 7.36, 3.68, 1.38), (Rating.KW_22, 22.08, 11.04, 4.14)],
)
def test_the_ratings(rating: Rating, whole: float, half: float, at_20: float) -> None:
    """Whole amps, rounded down: 15 A at half are 7 A; 3 A are below the minimum and stop the charging."""
    point = ChargePoint.rated(rating)
    point.plug_in(Vehicle(max_power_w=22_080, phases=3, state_of_charge=10), NEW_YEAR)
    powers = []
    for hour, percent in enumerate((100, 50, 20)):
        point.offer(percent, NEW_YEAR + hour * HOUR)
        powers.append(point.power_kw)
    assert powers == [whole, half, at_20]


def test_what_was_due_comes_first_though_nobody_called() -> None:
    """An hour late, the battery is full and not overfull; the series has each step of the taper at its own time."""
    point = ChargePoint()
    point.plug_in(Vehicle(capacity_kwh=10, state_of_charge=75), NEW_YEAR)
    point.offer(50, NEW_YEAR + 3 * HOUR)
    assert point.vehicle is not None
    assert point.vehicle.full
    assert [kw for _, kw in point.history][-3:] == [1.472, 0.736, 0]
    assert point.energy_kwh(NEW_YEAR + 3 * HOUR) == pytest.approx(2.5, abs=JOULE)


def test_a_single_phase_car_at_three_phases_takes_one() -> None:
    point = ChargePoint.rated(Rating.KW_22)
    point.plug_in(Vehicle(max_power_w=22_080), NEW_YEAR)
    assert point.power_kw == 7.36


def test_a_car_follows_after_its_reaction_time() -> None:
    """Plugged in, and at each new limit; back to the old limit within it, and the car follows both."""
    point, three = ChargePoint(), timedelta(seconds=3)
    point.plug_in(Vehicle(reaction=three), NEW_YEAR)
    assert (point.power_w, point.next_timer) == (0, NEW_YEAR + three)
    point.settle(NEW_YEAR + three)
    point.offer(50, NEW_YEAR + HOUR)
    point.offer(100, NEW_YEAR + HOUR + MICROSECOND)
    assert point.power_kw == 7.36
    point.settle(NEW_YEAR + HOUR + three)
    assert (point.power_kw, point.offered_amps) == (3.68, 32)
    point.settle(NEW_YEAR + HOUR + three + MICROSECOND)
    assert point.power_kw == 7.36
