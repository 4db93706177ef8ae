"""A clock that drifts: it is read and found again to the microsecond, schedules run on it, ECS70 puts it right."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_sim import home
from dcc_sim.testing.emulator import Emulator
from devices.alerts import AlertCode
from devices.clock import MAX_DRIFT, DeviceClock
from devices.event_log import EventLog
from schemas.duis.node import branch, leaf
from schemas.errors import NotPossible
from tests.devices.home import NEW_YEAR
from tests.pairs import Pair

SECOND, TICK = timedelta(seconds=1), timedelta(microseconds=1)


@given(
    st.integers(-MAX_DRIFT, MAX_DRIFT),
    st.timedeltas(timedelta(days=-9), timedelta(days=9)),
    st.timedeltas(timedelta(), timedelta(days=400)),
)
def test_a_moment_comes_when_the_clock_first_shows_it(drift: int, ahead: timedelta, after: timedelta) -> None:
    """Not a microsecond earlier, and the clock then shows it or, where it runs fast, the microsecond after."""
    clock = DeviceClock(timedelta(), EventLog(), EventLog())
    clock.go_wrong(NEW_YEAR, drift=drift, ahead=ahead)
    moment = clock.read(NEW_YEAR + after)
    came = clock.world(moment)
    assert moment <= clock.read(came) <= moment + TICK
    assert clock.read(came - TICK) < moment


def test_a_set_state_starts_and_ends_by_the_devices_clock() -> None:
    """1,000 ppm fast, put on at 16:30: 18:00 by its clock comes 5.395 s early, and nothing is done twice."""
    with Emulator() as run:
        run.charger.clock(drift=1000)
        run.users["Supplier"].send("7.13", run.charger, level=50, start="18:00", end="19:00")
        early = timedelta(minutes=90) / 1001
        eighteen = run.clock.now.replace(hour=18, minute=0, second=0, microsecond=0)
        run.clock.to(eighteen - early - TICK)
        assert run.charger.power_kw == 7.36
        run.clock.to(eighteen - early + TICK)
        assert run.charger.power_kw == 3.68
        run.clock.to("20:00")
        assert run.charger.power_kw == 7.36
        assert len(list(run.charger.device.charge_point.series)) == 3


def test_a_clock_that_is_put_on_does_what_is_due_and_one_put_back_not_again() -> None:
    """The end of a set state is passed over at once; put back, it is still told what it was told."""
    with Emulator() as run:
        run.users["Supplier"].send("7.13", run.charger, level=50, start="17:00", end="20:00")
        run.charger.clock(ahead=timedelta(hours=2))
        assert run.charger.level() == 50
        run.charger.clock(ahead=timedelta())
        assert run.charger.level() == 100
        run.clock.to("17:00")
        assert run.charger.level() == 50
        run.charger.clock(ahead=timedelta(hours=9))
        assert run.charger.level() == 100
        run.charger.clock(ahead=timedelta())
        assert run.charger.level() == 100


def test_drift_is_a_fault_that_8_1_1_puts_right_for_a_while(pair: Pair) -> None:
    """Put wrong over HTTP; SR 8.1.1 finds it 36 s ahead after ten hours, it is right, and drifts on."""
    at_clock = f"/sim/devices/{home.METER}/clock"
    put = pair.http("PUT", at_clock, json={"drift_ppm": 1000})
    assert (put.status_code, put.json()["ahead_seconds"], put.json()["reliable"]) == (200, 0, True)
    pair.at(pair.world.clock.now + timedelta(hours=10))
    assert pair.http("GET", at_clock).json()["ahead_seconds"] == pytest.approx(36, abs=0.1)
    now = pair.world.clock.now
    interval = leaf("CurrentDateTime", now.replace(microsecond=0)), leaf("TolerancePeriod", 10)
    pair.command(pair.supplier, home.METER, "8.1.1", branch("CommissionDeviceSynchroniseClock", *interval))
    pair.pass_time()
    assert abs(pair.http("GET", at_clock).json()["ahead_seconds"]) < 1
    meter = pair.world.home.meter
    assert AlertCode.CLOCK_ADJUSTED_MUCH in [*meter.event_log.codes(), *meter.security_log.codes()]
    pair.at(pair.world.clock.now + timedelta(hours=10))
    assert pair.http("GET", at_clock).json()["ahead_seconds"] == pytest.approx(36, abs=0.1)
    assert pair.http("PUT", at_clock, json={"drift_ppm": MAX_DRIFT + 1}).status_code == 422


def test_what_no_crystal_does_is_refused() -> None:
    """More than one part in a hundred."""
    with Emulator() as run, pytest.raises(NotPossible, match="clock drift"):
        run.meter.clock(drift=-MAX_DRIFT - 1)
