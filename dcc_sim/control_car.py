"""The control API's charge point: cars come and go, a driver overrides, and power and energy as a time series."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response
from fastapi.responses import PlainTextResponse

from dcc_sim import control_car_models as car_models
from dcc_sim import control_models as models
from dcc_sim.control_answers import CONFLICT, ERRORS_BESIDE_TEXT, UNKNOWN, Answers, known_device
from dcc_sim.control_devices import explained
from dcc_sim.pace import Stage
from devices.output import Output
from devices.power_series import Sample, csv
from devices.sapc import SAPC
from devices.vehicle import Discharge, Trip, Vehicle
from schemas.errors import SmartMeterError
from schemas.gbcs.auxiliary import Direction

CSV = "text/csv"
_TABLE: Answers = {
    200: {"content": {CSV: {"schema": {"type": "string"}}}, "description": "One line a sample, under a header."}
}
Start = Annotated[models.Moment | None, Query(description="from its first event if not given")]
End = Annotated[models.Moment | None, Query(description="until now if not given")]


def car_routes(stage: Stage) -> APIRouter:
    """What people do at the charge point, and what flowed there."""
    router = APIRouter(prefix="/devices/{eui}", tags=["charge point"], responses={**UNKNOWN, **CONFLICT})

    def happened(charger: SAPC, outputs: list[Output]) -> None:
        stage.world.happened(charger, outputs)

    @router.put("/car")
    async def bring_car(eui: str, asked: car_models.Car) -> car_models.Visit:
        """A car is plugged in now, or at its arrival; with a departure it drives off by itself."""
        charger, now = known_charger(stage, eui), stage.world.clock.now
        try:
            vehicle = _vehicle(asked)
            if asked.arrival is None:
                happened(charger, charger.plug_in(vehicle, now))
            else:
                happened(charger, charger.expect(vehicle, asked.arrival, now))
        except SmartMeterError as error:
            raise HTTPException(409, str(error)) from None
        return car_models.Visit(arrival=asked.arrival or now, departure=asked.departure)

    @router.delete("/car", status_code=204)
    async def unplug_car(eui: str) -> Response:
        """The plug is pulled; no car there is no error."""
        charger = known_charger(stage, eui)
        happened(charger, charger.unplug(stage.world.clock.now))
        return Response(status_code=204)

    @router.post("/boost")
    async def boost(eui: str, asked: car_models.Override) -> models.Explained:
        """The driver wants full power now, whatever was commanded; tells what the controller makes of it."""
        charger, now = known_charger(stage, eui), stage.world.clock.now
        happened(charger, charger.boost_now(now, timedelta(seconds=asked.seconds)))
        return explained(charger.why(charger.drives, Direction.OUTPUT, now))

    @router.delete("/boost")
    async def end_boost(eui: str) -> models.Explained:
        """The driver takes the override back; none running is no error."""
        charger, now = known_charger(stage, eui), stage.world.clock.now
        happened(charger, charger.end_boost(now))
        return explained(charger.why(charger.drives, Direction.OUTPUT, now))

    @router.get("/power")
    async def read_power(eui: str, start: Start = None, end: End = None) -> list[car_models.PowerSample]:
        """Power, energy and state of charge: a sample at each event, exact in between."""
        return [
            car_models.PowerSample(
                time=each.moment,
                power_kw=each.power_kw,
                imported_kwh=each.imported_kwh,
                exported_kwh=each.exported_kwh,
                offered_amps=each.offered_amps,
                discharge_amps=each.discharge_amps,
                state_of_charge=each.state_of_charge,
            )
            for each in _samples(stage, eui, start, end)
        ]

    @router.get("/power.csv", response_class=PlainTextResponse, responses={**_TABLE, **ERRORS_BESIDE_TEXT})
    async def read_power_as_csv(eui: str, start: Start = None, end: End = None) -> Response:
        """The same as CSV."""
        return Response(csv(_samples(stage, eui, start, end)), media_type=CSV)

    return router


def _samples(stage: Stage, eui: str, start: datetime | None, end: datetime | None) -> list[Sample]:
    """The samples of a period, with what holds at its end; none of what is to come."""
    charger, now = known_charger(stage, eui), stage.world.clock.now
    series, until = charger.charge_point.series, min(end or now, now)
    found = list(series) if start is None else series.between(start, until)
    found = [each for each in found if each.moment <= until]
    return [*found, *series.between(until, until)[:1]] if found and found[-1].moment < until else found


def known_charger(stage: Stage, eui: str) -> SAPC:
    """The device of this EUI-64 with its charge point; 404 or 409 where there is none."""
    entry = known_device(stage.world, eui)
    device = stage.world.home.devices.get(entry.eui)
    if not isinstance(device, SAPC):
        raise HTTPException(409, f"device: {entry.eui} has a charge point")
    return device


def _vehicle(asked: car_models.Car) -> Vehicle:
    gives = None
    if asked.discharge_w:
        gives = Discharge(asked.discharge_w, asked.discharge_efficiency, asked.reserve)
    return Vehicle(
        capacity_kwh=asked.capacity_kwh,
        state_of_charge=asked.state_of_charge,
        max_power_w=asked.max_power_w,
        phases=asked.phases,
        efficiency=asked.efficiency,
        reaction=timedelta(seconds=asked.reaction_seconds),
        discharge=gives,
        trip=None if asked.departure is None else Trip(asked.departure, asked.needs),
    )
