"""From percent to amps, power and energy."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.charge_point import ChargePoint
from devices.vehicle import Vehicle
from schemas.errors import NotPossible
from tests.devices.home import NEW_YEAR

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("percent", "amps"), [(100, 32), (99, 31), (50, 16), (49, 15), (19, 6), (18, 0), (1, 0), (0, 0)]
)
def test_whole_amps_rounded_down_and_nothing_below_six(percent: int, amps: int) -> None:
    assert ChargePoint().amps_for(percent) == amps


def test_half_the_level_is_3_68_kw() -> None:
    point = ChargePoint()
    point.plug_in(Vehicle(), NEW_YEAR)
    assert (point.power_kw, f"{point.power_kw:.1f}") == (7.36, "7.4")
    point.offer(50, NEW_YEAR + HOUR)
    assert (point.power_kw, f"{point.power_kw:.1f}") == (3.68, "3.7")
    point.offer(10, NEW_YEAR + 2 * HOUR)
    assert point.power_w == 0
    assert point.energy_kwh(NEW_YEAR + 3 * HOUR) == pytest.approx(11.04, abs=1e-12)
    assert point.history == [(NEW_YEAR, 7.36), (NEW_YEAR + HOUR, 3.68), (NEW_YEAR + 2 * HOUR, 0)]


def test_the_battery_limits_it_too() -> None:
    point = ChargePoint()
    point.plug_in(Vehicle(max_power_w=3000), NEW_YEAR)
    assert point.power_w == 3000


def test_misuse() -> None:
    point = ChargePoint()
    point.plug_in(Vehicle(), NEW_YEAR)
    with pytest.raises(NotPossible, match="plugged in"):
        point.plug_in(Vehicle(), NEW_YEAR)
    with pytest.raises(NotPossible, match="before"):
        point.offer(50, NEW_YEAR - HOUR)


events = st.lists(
    st.tuples(st.integers(1, 20_000_000_000), st.one_of(st.integers(0, 100), st.just("unplug"), st.just("plug"))),
    max_size=12,
)


@given(events, st.floats(0, 100), st.integers(0, 100))
def test_energy_is_conserved_and_nothing_exceeds_what_is_offered(
    some: list[tuple[int, int | str]], charge: float, taper: int
) -> None:
    vehicle, point, now = Vehicle(capacity_kwh=8, state_of_charge=charge, taper_from=taper), ChargePoint(), NEW_YEAR
    start = vehicle.energy_kwh
    point.plug_in(vehicle, now)
    for microseconds, event in some:
        until = now + timedelta(microseconds=microseconds)
        while point.next_timer is not None and point.next_timer <= until:
            now = point.next_timer
            point.settle(now)
        now = until
        if event == "unplug":
            point.unplug(now)
        elif event == "plug":
            if point.vehicle is None:
                point.plug_in(vehicle, now)
        else:
            point.offer(int(event), now)
        assert point.power_w <= point.offered_amps * 230
        assert 0 <= vehicle.state_of_charge <= 100
    changes = [*point.history, (now, 0.0)]
    drawn = sum(kw * ((later - moment) / HOUR) for (moment, kw), (later, _) in pairwise(changes))
    assert point.energy_kwh(now) == pytest.approx(drawn, abs=1e-9)
    point.unplug(now)
    assert vehicle.energy_kwh - start == pytest.approx(point.energy_kwh(now), abs=1e-9)
