"""Reactive energy: what loads of a power factor below 1 add to the registers, logs and reads of the meter."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_sim.testing.emulator import Emulator
from devices.charge_point import ChargePoint
from devices.metering import EnergyMeter, reactive_var
from devices.vehicle import Vehicle
from schemas.errors import NotPossible
from tests.devices.home import NEW_YEAR

HOUR = timedelta(hours=1)


def test_inductive_is_imported_and_capacitive_exported_whichever_way_the_power_flows() -> None:
    """A motor of 3 kW at 0.6 has 4 kvar; what gives 3 kW at -0.6 has 4 kvar the other way."""
    meter = EnergyMeter()
    meter.set_load("motor", 3000, NEW_YEAR, 0.6)
    assert (meter.net_w, meter.net_var) == (3000, 4000)
    meter.set_load("motor", 0, NEW_YEAR + HOUR)
    meter.set_load("battery", -3000, NEW_YEAR + HOUR, -0.6)
    read = meter.registers(NEW_YEAR + HOUR * 3)
    assert (read.import_wh, read.export_wh) == (3000, 6000)
    assert (read.reactive_import_varh, read.reactive_export_varh) == (4000, 8000)
    halves = [(each.reactive_import_varh, each.reactive_export_varh) for each in meter.profile]
    assert halves == [(2000, 0)] * 2 + [(0, 2000)] * 4


@given(
    st.lists(st.tuples(st.integers(-9000, 9000), st.floats(0.1, 1), st.booleans(), st.integers(1, 7200)), max_size=9)
)
def test_half_hours_add_up_to_the_registers_and_loads_cancel_out(
    steps: list[tuple[int, float, bool, int]],
) -> None:
    """Whatever the loads do; an equal capacitive load beside an inductive one leaves nothing."""
    meter, cancelled, now = EnergyMeter(), EnergyMeter(), NEW_YEAR
    for watts, factor, capacitive, seconds in steps:
        meter.set_load("load", watts, now, -factor if capacitive else factor)
        cancelled.set_load("one", watts, now, factor)
        cancelled.set_load("other", watts, now, -factor)
        now += timedelta(seconds=seconds)
    end = now.replace(minute=0, second=0) + HOUR
    read = meter.registers(end)
    assert sum(each.reactive_import_varh for each in meter.profile) == read.reactive_import_varh
    assert sum(each.reactive_export_varh for each in meter.profile) == read.reactive_export_varh
    none = cancelled.registers(end)
    assert (none.reactive_import_varh, none.reactive_export_varh) == (0, 0)


def test_the_reads_carry_it() -> None:
    """A charge point at 0.98 for an hour: 4.1.1 and 4.2 tell what it imported, and what a -0.9 exported."""
    with Emulator(car=False, charge_point=ChargePoint(power_factor=0.98)) as run:
        run.charger.plug_in(Vehicle(state_of_charge=10))
        run.clock.advance(hours=1)
        run.charger.unplug()
        expected = round(7360 * (1 - 0.98**2) ** 0.5 / 0.98)
        read = run.users["Supplier"].send("4.1.1", run.meter)
        assert read.good
        meter = run.world.home.meter
        now = run.clock.now
        assert meter.energy.registers(meter.clock.read(now)).reactive_import_varh == pytest.approx(expected, abs=1)
        meter.set_load("sun", -9000, now, -0.9)
        run.clock.advance(hours=2)
        meter.set_load("sun", 0, run.clock.now)
        exported = meter.energy.registers(meter.clock.read(run.clock.now)).reactive_export_varh
        assert exported > 8000
        read = run.users["Network"].send("4.2", run.meter)
        assert read.good
        assert f">{exported}<" in read.mmc


@pytest.mark.parametrize("factor", [0, 1.01, -2])
def test_what_is_no_power_factor_is_refused(factor: float) -> None:
    """By the meter and by a charge point."""
    with pytest.raises(NotPossible, match="power factor"):
        reactive_var(1, factor)
    with pytest.raises(NotPossible, match="power factor"):
        ChargePoint(power_factor=factor)
