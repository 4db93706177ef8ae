"""The control API's charge point: cars, the driver's override, and the time series."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dcc_sim import home
from devices.charge_point import ChargePoint
from tests.pairs import FULL_KW, HALF_KW, START, Pair, set_state

AT_CHARGER = f"/sim/devices/{home.CHARGER}"
HOUR = timedelta(hours=1)


def read(pair: Pair, part: str, **params: str) -> Any:
    """What is at a part of the charge point."""
    got = pair.http("GET", f"{AT_CHARGER}/{part}", params=params)
    assert got.status_code == 200, got.text
    return got.json()


def bring(pair: Pair, **car: Any) -> Any:
    """A car, plugged in or expected."""
    got = pair.http("PUT", f"{AT_CHARGER}/car", json=car)
    assert got.status_code == 200, got.text
    return got.json()


def test_a_car_comes_charges_and_leaves_by_itself(pair: Pair) -> None:
    """Expected at 17:30 with 40 %, away at 20:30: 22.08 kWh at the plug, 90 % of them in its battery."""
    arrival, departure = START + HOUR, START + 4 * HOUR
    visit = bring(
        pair,
        state_of_charge=40,
        efficiency=90,
        reaction_seconds=2,
        arrival=arrival.isoformat(),
        departure=departure.isoformat(),
    )
    assert visit["departure"] == "2026-01-15T20:30:00Z"
    pair.at(arrival + timedelta(seconds=1))
    assert pair.power == 0
    pair.at(arrival + HOUR)
    assert pair.power == FULL_KW
    shown = pair.http("GET", AT_CHARGER).json()
    assert shown["state_of_charge"] == pytest.approx(40 + 100 * 0.9 * 7.36 / 60 * (3598 / 3600))
    pair.at(departure)
    assert pair.power == 0
    series = read(pair, "power")
    assert [each["power_kw"] for each in series] == [0, 0, FULL_KW, 0]
    assert series[-1]["state_of_charge"] is None
    assert series[-1]["imported_kwh"] == pytest.approx(7.36 * (3 - 2 / 3600))


def test_the_driver_overrides_a_set_state_and_the_controller_says_so(pair: Pair) -> None:
    """A boost of an hour over a stop: the answer names the boost and what lost, and so does why."""
    pair.charge()
    pair.command(pair.supplier, home.CHARGER, "7.13", set_state(START, START + 4 * HOUR, 0))
    pair.pass_time()
    assert pair.power == 0
    told = pair.http("POST", f"{AT_CHARGER}/boost", json={"seconds": 3600}).json()
    assert (told["level"], told["winner"]["rule"]) == (100, "boost")
    assert [(each["rule"], each["level"]) for each in told["losers"]] == [("default", 100), ("set state", 0)]
    assert pair.power == FULL_KW
    assert read(pair, "why")["text"] == told["text"]
    pair.pass_time(3600)
    assert pair.power == 0
    pair.http("POST", f"{AT_CHARGER}/boost", json={"seconds": 3600})
    assert pair.power == FULL_KW
    over = pair.http("DELETE", f"{AT_CHARGER}/boost").json()
    assert (over["level"], over["winner"]["rule"]) == (0, "set state")
    assert pair.power == 0


def test_a_part_of_the_series_and_its_csv(pair: Pair) -> None:
    """It opens with what held at its start, closes with what holds at its end, and tells nothing of what is to come."""
    pair.charge()
    pair.command(pair.supplier, home.CHARGER, "7.13", set_state(START + HOUR, START + 2 * HOUR))
    pair.at(START + 3 * HOUR)
    half_past = START + HOUR / 2
    part = read(pair, "power", start=half_past.isoformat(), end=(START + 1.5 * HOUR).isoformat())
    assert [each["power_kw"] for each in part] == [FULL_KW, HALF_KW, HALF_KW]
    assert [each["imported_kwh"] for each in part] == pytest.approx([3.68, 7.36, 9.2])
    got = pair.http("GET", f"{AT_CHARGER}/power.csv", params={"end": (START + 9 * HOUR).isoformat()})
    assert got.headers["content-type"].startswith("text/csv")
    lines = got.text.splitlines()
    assert lines[0].startswith("time,power_kw")
    assert len(lines) == 1 + len(read(pair, "power"))
    assert lines[-1] == "2026-01-15T19:30:00+00:00,7.360,18.400000,0.000000,32,0,60.6667"
    assert read(pair, "power", end=(START - HOUR).isoformat()) == []


def test_what_cannot_be(pair: Pair) -> None:
    """409 with the reason; nothing comes of it."""
    bring(pair)
    past, car = {"arrival": (START - HOUR).isoformat()}, f"{AT_CHARGER}/car"
    for body, words in (({}, "plugged in"), (past, "arrival"), ({"departure": START.isoformat()}, "departure")):
        got = pair.http("PUT", car, json=body)
        assert (got.status_code, words in got.json()["detail"]) == (409, True), got.text
    assert pair.http("PUT", f"/sim/devices/{home.METER}/car", json={}).status_code == 409
    assert pair.http("PUT", "/sim/devices/00-00-00-00-00-00-00-01/car", json={}).status_code == 404
    assert pair.http("PUT", car, json={"phases": 2}).status_code == 422
    assert pair.power == FULL_KW
    assert pair.http("DELETE", car).status_code == 204
    assert pair.power == 0


def test_a_home_with_another_charge_point() -> None:
    """22 kW, three phases; a car that gives shows a negative power, and the meter imports nothing for it."""
    pair = Pair(charge_point=ChargePoint(phases=3, bidirectional=True))
    before = pair.world.home.meter.import_power_w
    bring(pair, phases=3, max_power_w=22_080, discharge_w=11_040, state_of_charge=70)
    assert pair.power == 22.08
    assert pair.world.home.meter.import_power_w == before + 22_080
    body = set_state(START, START + HOUR, 100, back=True)
    pair.command(pair.supplier, home.CHARGER, "7.13", body)
    pair.pass_time()
    assert pair.power == -11.04
    assert pair.http("GET", AT_CHARGER).json()["discharge_amps"] == 32
    assert pair.world.home.meter.import_power_w <= before
