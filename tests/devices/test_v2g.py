"""A car that gives energy back: input levels, the reserve, and the trip that it is kept for."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta

import pytest

from devices.charge_point import ChargePoint
from devices.output import Note
from devices.sapc import SAPC
from devices.vehicle import Discharge, Trip, Vehicle
from schemas.errors import NotPossible
from schemas.gbcs.auxiliary import CommandedState, Direction
from tests.devices.home import NEW_YEAR, identity

HOUR = timedelta(hours=1)
INPUT = CommandedState(1, 50, Direction.INPUT)


def run(point: ChargePoint, until: datetime) -> None:
    """Let time pass, with each timer."""
    while point.next_timer is not None and point.next_timer <= until:
        point.settle(point.next_timer)
    point.settle(until)


def point_with(**car: object) -> ChargePoint:
    """A V2G charge point with a car of 40 kWh that gives 7.36 kW."""
    point = ChargePoint(bidirectional=True)
    about = {"capacity_kwh": 40, "state_of_charge": 80, "discharge": Discharge(reserve=30), **car}
    point.plug_in(Vehicle(**about), NEW_YEAR)  # type: ignore[arg-type]
    return point


def test_it_gives_down_to_its_reserve_and_rests() -> None:
    """80 % to 30 % of 40 kWh are 20 kWh: at 16 A that takes 20/3.68 hours; then nothing flows, either way."""
    point = point_with()
    point.offer(100, NEW_YEAR, 50)
    assert (point.power_kw, point.discharge_amps) == (-3.68, 16)
    run(point, NEW_YEAR + 5 * HOUR)
    assert point.power_kw == -3.68
    run(point, NEW_YEAR + 6 * HOUR)
    assert point.vehicle is not None
    assert (point.power_w, round(point.vehicle.state_of_charge, 6)) == (0, 30)
    assert point.returned_kwh(NEW_YEAR + 6 * HOUR) == pytest.approx(20, abs=1e-6)
    empty = [moment for moment, _ in point.history][-1]
    assert (empty - NEW_YEAR) / HOUR == pytest.approx(20 / 3.68, abs=1e-6)


def test_below_its_reserve_it_charges_up_to_it_and_no_further() -> None:
    point = point_with(state_of_charge=20)
    point.offer(100, NEW_YEAR, 100)
    assert point.power_kw == 7.36
    run(point, NEW_YEAR + HOUR)
    assert point.vehicle is not None
    assert (point.power_w, round(point.vehicle.state_of_charge, 6)) == (0, 30)
    point.offer(100, NEW_YEAR + HOUR, 0)
    assert point.power_kw == 7.36


def test_losses_both_ways() -> None:
    """90 % in and 80 % out: 7.36 kWh at the plug are 6.624 kWh in the battery, and 9.2 kWh out of it."""
    point = point_with(efficiency=90, discharge=Discharge(efficiency=80, reserve=0), state_of_charge=50)
    run(point, NEW_YEAR + HOUR)
    point.offer(0, NEW_YEAR + HOUR, 100)
    vehicle = point.vehicle
    assert vehicle is not None
    assert vehicle.energy_kwh == pytest.approx(26.624, abs=1e-9)
    run(point, NEW_YEAR + 2 * HOUR)
    assert vehicle.energy_kwh == pytest.approx(17.424, abs=1e-9)


@pytest.mark.parametrize(("percent", "amps"), [(0, 0), (1, 0), (10, 3), (50, 16), (100, 32)])
def test_amps_back_are_whole_and_have_no_minimum(percent: int, amps: int) -> None:
    assert ChargePoint(bidirectional=True).discharge_amps_for(percent) == amps
    assert ChargePoint().discharge_amps_for(percent) == 0


def test_a_car_that_cannot_give_charges() -> None:
    point = point_with(discharge=None)
    point.offer(100, NEW_YEAR, 100)
    assert point.power_kw == 7.36


def test_the_trip_comes_first() -> None:
    """It gives until the time left is just enough to be at 70 % at eight o'clock, charges, leaves with 70 % or more."""
    car = Vehicle(
        capacity_kwh=40,
        state_of_charge=60,
        discharge=Discharge(reserve=20),
        trip=Trip(NEW_YEAR + 8 * HOUR, 70),
    )
    point = ChargePoint(bidirectional=True)
    point.plug_in(car, NEW_YEAR)
    point.offer(100, NEW_YEAR, 100)
    run(point, NEW_YEAR + 8 * HOUR)
    # With E kWh at the turn after t hours: 24 - 7.36 t = 28 - 7.36 (8 - t), limited by the reserve, 8 kWh.
    powers = [kw for _, kw in point.history]
    assert powers == [-7.36, 0, 7.36, 0]
    turn = point.history[2][0]
    assert (turn - NEW_YEAR) / HOUR == pytest.approx(8 - 20 / 7.36, abs=1e-6)
    assert car.state_of_charge == pytest.approx(70, abs=1e-6)
    assert car.state_of_charge >= 70
    assert point.vehicle is None


def test_a_turn_in_mid_discharge_through_the_taper() -> None:
    """Needs 95 % in four hours, over the steps of the taper: it turns early enough, and once."""
    car = Vehicle(
        capacity_kwh=40, state_of_charge=90, discharge=Discharge(reserve=20), trip=Trip(NEW_YEAR + 4 * HOUR, 95)
    )
    point = ChargePoint(bidirectional=True)
    point.plug_in(car, NEW_YEAR)
    point.offer(100, NEW_YEAR, 100)
    run(point, NEW_YEAR + 4 * HOUR)
    signs = [kw > 0 for _, kw in point.history[:-1]]
    assert signs == sorted(signs)
    assert not signs[0]
    assert 95 <= car.state_of_charge < 95.001


def test_one_that_is_late_gives_nothing() -> None:
    point = point_with(trip=Trip(NEW_YEAR + timedelta(minutes=5), 100))
    point.offer(100, NEW_YEAR, 100)
    assert point.power_kw == 7.36


def test_arrivals_and_departures() -> None:
    """Each plugs in when the socket is free; one that would come after its own departure does not come."""
    point = ChargePoint()
    one, two, three = (Vehicle(trip=Trip(NEW_YEAR + end * HOUR)) for end in (3, 5, 2.5))
    point.expect(two, NEW_YEAR + 2 * HOUR, NEW_YEAR)
    point.expect(one, NEW_YEAR + HOUR, NEW_YEAR)
    point.expect(three, NEW_YEAR + 2 * HOUR, NEW_YEAR)
    run(point, NEW_YEAR + 6 * HOUR)
    assert [((moment - NEW_YEAR) / HOUR, kw) for moment, kw in point.history] == [(1, 7.36), (5, 0)]
    assert (one.energy_kwh, two.energy_kwh, three.energy_kwh) == pytest.approx((30 + 14.72, 30 + 14.72, 30))
    with pytest.raises(NotPossible, match="arrival"):
        point.expect(Vehicle(), NEW_YEAR, NEW_YEAR + 6 * HOUR)
    with pytest.raises(NotPossible, match="departure"):
        point.plug_in(one, NEW_YEAR + 6 * HOUR)


def test_what_it_used_on_the_road() -> None:
    car = Vehicle(capacity_kwh=40, state_of_charge=50)
    car.drive(12)
    assert car.state_of_charge == pytest.approx(20)
    with pytest.raises(NotPossible, match=r"uses 0 to 8\.000 kWh"):
        car.drive(8.1)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Discharge(reserve=101),
        lambda: Discharge(efficiency=0),
        lambda: Trip(NEW_YEAR, 101),
        lambda: Trip(NEW_YEAR.replace(tzinfo=None)),
        lambda: Vehicle(phases=2),
        lambda: Vehicle(efficiency=0),
        lambda: Vehicle(reaction=timedelta(seconds=6)),
        lambda: ChargePoint(rating_amps=5),
        lambda: ChargePoint(phases=2),
        lambda: ChargePoint().offer(101, NEW_YEAR),
        lambda: ChargePoint().offer(100, NEW_YEAR, -1),
    ],
)
def test_values_out_of_range(make: object) -> None:
    with pytest.raises(NotPossible):
        make()  # type: ignore[operator]


def test_an_input_level_of_the_controller_makes_it_give_and_a_boost_does_not() -> None:
    """The APC's input level is what may flow back; a driver's boost stops that for its time, and why tells it."""
    device = SAPC(identity(), ChargePoint(bidirectional=True))
    device.plug_in(Vehicle(state_of_charge=60, discharge=Discharge()), NEW_YEAR)
    device.auxiliary.set_state(INPUT, NEW_YEAR + HOUR, None, NEW_YEAR)
    device.auxiliary.set_state(CommandedState(1, 0), NEW_YEAR + HOUR, None, NEW_YEAR)
    device.handle_timer(NEW_YEAR)
    device._settle(NEW_YEAR)
    notes = device.handle_timer(NEW_YEAR + HOUR)
    assert device.charge_point.power_kw == -3.68
    assert Note("power", "-3.68 kW, was 7.36 kW; 0 A offered, 16 A back") in notes
    device.boost_now(NEW_YEAR + 2 * HOUR, HOUR)
    assert device.charge_point.power_kw == 7.36
    told = str(device.why(1, Direction.OUTPUT, NEW_YEAR + 2.5 * HOUR))
    assert "100 % by boost" in told
    assert "against" in told
    device.handle_timer(NEW_YEAR + 3 * HOUR)
    assert device.charge_point.power_kw == -3.68
    device.boost_now(NEW_YEAR + 4 * HOUR, HOUR)
    device.end_boost(NEW_YEAR + 4.5 * HOUR)
    assert device.charge_point.power_kw == -3.68


def test_a_limit_caps_what_flows_back_and_a_boost_too() -> None:
    device = SAPC(identity(), ChargePoint(bidirectional=True))
    device.plug_in(Vehicle(state_of_charge=80, discharge=Discharge()), NEW_YEAR)
    device.auxiliary.set_state(CommandedState(1, 100, Direction.INPUT), NEW_YEAR, None, NEW_YEAR)
    device.auxiliary.limit(CommandedState(1, 25, Direction.INPUT), NEW_YEAR, None, NEW_YEAR)
    device.auxiliary.limit(CommandedState(1, 50), NEW_YEAR, None, NEW_YEAR)
    device._settle(NEW_YEAR)
    assert device.charge_point.power_kw == -1.84
    device.boost_now(NEW_YEAR + HOUR, HOUR)
    assert device.charge_point.power_kw == 3.68


def test_a_planned_visit_is_told() -> None:
    """The SAPC notes who comes and goes by itself."""
    device = SAPC(identity(), ChargePoint())
    device.expect(Vehicle(trip=Trip(NEW_YEAR + 2 * HOUR)), NEW_YEAR + HOUR, NEW_YEAR)
    notes = [each.text for each in device.handle_timer(NEW_YEAR + 3 * HOUR) if isinstance(each, Note)]
    assert [text for text in notes if text.startswith("vehicle")] == ["vehicle plugged in", "vehicle drives off"]


def test_a_copy_made_in_the_middle_of_a_visit_has_the_same_future() -> None:
    """Everything of a charge point and its car is in it: kept and read again, it goes on to the microsecond."""
    point = point_with(trip=Trip(NEW_YEAR + 9 * HOUR, 90))
    point.offer(100, NEW_YEAR, 60)
    run(point, NEW_YEAR + 1.5 * HOUR)
    copy = pickle.loads(pickle.dumps(point))
    for each in (point, copy):
        each.offer(40, NEW_YEAR + 2 * HOUR, 30)
        run(each, NEW_YEAR + 10 * HOUR)
    assert list(copy.series) == list(point.series)
    assert copy.history[-1] == (NEW_YEAR + 9 * HOUR, 0)
