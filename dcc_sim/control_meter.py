"""The control API's meter: somebody in the home presses its buttons, for a boost or to have the supply back."""

from datetime import timedelta

from fastapi import APIRouter, HTTPException

from dcc_sim import control_models as models
from dcc_sim.control_answers import CONFLICT, UNKNOWN, known_device
from dcc_sim.control_car_models import Override
from dcc_sim.control_devices import device_state
from dcc_sim.pace import Stage
from devices.esme import ESME
from schemas.errors import NotPossible


def meter_routes(stage: Stage) -> APIRouter:
    """What people do at the meter."""
    router = APIRouter(prefix="/devices/{eui}", tags=["meter"], responses={**UNKNOWN, **CONFLICT})

    @router.post("/boost-button")
    async def press_boost(eui: str, asked: Override) -> models.DeviceState:
        """The boost button: the controllers associated with it (SR 7.9) are on for some seconds; gives the levels."""
        meter, now = _meter(stage, eui), stage.world.clock.now
        stage.world.happened(meter, meter.start_boost(now, timedelta(seconds=asked.seconds)))
        return device_state(stage.world, meter.eui)

    @router.delete("/boost-button")
    async def end_boost(eui: str) -> models.DeviceState:
        """The boost is ended before its time; none running is no error."""
        meter = _meter(stage, eui)
        stage.world.happened(meter, meter.end_boost(stage.world.clock.now))
        return device_state(stage.world, meter.eui)

    @router.post("/supply-button")
    async def press_supply(eui: str) -> models.DeviceState:
        """An armed supply is enabled; 409 where it is not armed."""
        meter = _meter(stage, eui)
        try:
            outputs = meter.press_supply_button(stage.world.clock.now)
        except NotPossible as error:
            raise HTTPException(409, str(error)) from None
        stage.world.happened(meter, outputs)
        return device_state(stage.world, meter.eui)

    return router


def _meter(stage: Stage, eui: str) -> ESME:
    entry = known_device(stage.world, eui)
    device = stage.world.home.devices.get(entry.eui)
    if not isinstance(device, ESME):
        raise HTTPException(409, f"device: {entry.eui} is a meter")
    return device
