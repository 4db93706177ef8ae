"""A battery."""

from datetime import timedelta

import pytest

from devices.vehicle import Discharge, Vehicle
from schemas.errors import NotPossible


def test_full_power_below_the_taper_then_steps_down_to_nothing() -> None:
    powers = []
    for percent in (0, 79.99, 80, 82, 90, 98, 100):
        powers.append(Vehicle(state_of_charge=percent).acceptance_w())
    assert powers == [7360, 7360, 7360, 6624, 3680, 736, 0]
    assert Vehicle(state_of_charge=100).full


def test_time_to_the_next_step() -> None:
    vehicle = Vehicle(capacity_kwh=10, state_of_charge=70, max_power_w=2000)
    assert vehicle.time_to_next_step(2000) == timedelta(minutes=30)
    assert vehicle.time_to_next_step(0) is None
    assert Vehicle(state_of_charge=100).time_to_next_step(100) is None


def test_a_step_is_reached_and_not_only_approached() -> None:
    vehicle = Vehicle(capacity_kwh=1, state_of_charge=99, max_power_w=700)
    step = vehicle.time_to_next_step(70)
    assert step is not None
    vehicle.charge(70 * (step // timedelta(microseconds=1)))
    assert vehicle.full
    assert vehicle.state_of_charge == 100


def test_a_full_one_stays_in_range() -> None:
    """100 % of a capacity that a float cannot hold to the unit is not above the whole."""
    vehicle = Vehicle(capacity_kwh=111.21754154241098, state_of_charge=100, discharge=Discharge(efficiency=38))
    vehicle.charge(0)
    assert vehicle.energy_kwh <= vehicle.capacity_kwh


@pytest.mark.parametrize(
    "wrong", [{"capacity_kwh": 0}, {"max_power_w": 0}, {"state_of_charge": 101}, {"taper_from": -1}]
)
def test_values_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(NotPossible):
        Vehicle(**wrong)  # type: ignore[arg-type]
