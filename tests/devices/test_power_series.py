"""The time series: samples at events, anything in between, CSV."""

from __future__ import annotations

from datetime import timedelta

import pytest

from devices.charge_point import ChargePoint
from devices.power_series import csv
from devices.vehicle import Vehicle
from schemas.errors import NotPossible
from tests.devices.home import NEW_YEAR

HOUR = timedelta(hours=1)


def an_evening() -> ChargePoint:
    """A car of 60 kWh at 50 %, 90 % efficient: an hour at 7.36 kW, an hour at 3.68 kW, then away."""
    point = ChargePoint()
    point.offer(100, NEW_YEAR)
    point.plug_in(Vehicle(efficiency=90), NEW_YEAR + HOUR)
    point.offer(50, NEW_YEAR + 2 * HOUR)
    point.unplug(NEW_YEAR + 3 * HOUR)
    return point


def test_any_instant_follows_from_the_event_before() -> None:
    series = an_evening().series
    sample = series.at(NEW_YEAR + 2.5 * HOUR)
    assert (sample.power_kw, sample.offered_amps) == (3.68, 16)
    assert sample.imported_kwh == pytest.approx(7.36 + 1.84)
    assert sample.state_of_charge == pytest.approx(50 + 100 * 0.9 * 9.2 / 60)
    assert series.at(NEW_YEAR + 4 * HOUR).state_of_charge is None
    with pytest.raises(NotPossible, match="first event"):
        series.at(NEW_YEAR - HOUR)


def test_a_part_of_it_opens_with_what_held_at_its_start() -> None:
    series = an_evening().series
    part = series.between(NEW_YEAR + 1.5 * HOUR, NEW_YEAR + 2 * HOUR)
    assert [(each.moment, each.power_kw) for each in part] == [
        (NEW_YEAR + 1.5 * HOUR, 7.36),
        (NEW_YEAR + 2 * HOUR, 3.68),
    ]
    assert series.between(NEW_YEAR - HOUR, NEW_YEAR - timedelta(seconds=1)) == []
    assert len(series.between(NEW_YEAR - HOUR, NEW_YEAR + 9 * HOUR)) == len(series) == 4


def test_csv() -> None:
    lines = csv(an_evening().series).splitlines()
    assert lines[0] == "time,power_kw,imported_kwh,exported_kwh,offered_amps,discharge_amps,state_of_charge"
    assert lines[2].endswith(",7.360,0.000000,0.000000,32,0,50.0000")
    assert lines[3].endswith(",3.680,7.360000,0.000000,16,0,61.0400")
    assert lines[4].endswith(",0.000,11.040000,0.000000,16,0,")
