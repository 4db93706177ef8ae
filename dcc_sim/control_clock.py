"""The control API's clocks of devices: what each shows, and how it goes wrong."""

from datetime import datetime, timedelta

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from dcc_sim.control_answers import CONFLICT, UNKNOWN, known_device
from dcc_sim.control_models import Asked
from dcc_sim.pace import Stage
from devices.clock import MAX_DRIFT
from devices.device import Device


class WrongClock(Asked):
    """How a device's clock goes wrong from now on; what is not given stays."""

    drift_ppm: int | None = Field(
        default=None, ge=-MAX_DRIFT, le=MAX_DRIFT, description="faster than UTC by so many parts per million"
    )
    ahead_seconds: float | None = Field(
        default=None, ge=-10 * 366 * 86400, le=10 * 366 * 86400, allow_inf_nan=False, description="of UTC, now"
    )


class DeviceTime(BaseModel):
    """A device's clock."""

    time: datetime = Field(description="what it shows")
    ahead_seconds: float = Field(description="of the virtual clock; negative where it is behind")
    drift_ppm: int
    reliable: bool = Field(description="as its clock status says: false after a synchronisation that failed")


def clock_routes(stage: Stage) -> APIRouter:
    """The clock of a device of the home, the hub included."""
    router = APIRouter(prefix="/devices/{eui}/clock", tags=["faults"], responses={**UNKNOWN, **CONFLICT})

    def found(eui: str) -> Device:
        entry, home = known_device(stage.world, eui), stage.world.home
        device = home.hub if entry.eui == home.hub.eui else home.devices.get(entry.eui)
        if device is None:
            raise HTTPException(409, f"device: {entry.eui} is one of the emulated home")
        return device

    def shown(device: Device) -> DeviceTime:
        clock, now = device.clock, stage.world.clock.now
        return DeviceTime(
            time=clock.read(now),
            ahead_seconds=clock.ahead(now).total_seconds(),
            drift_ppm=clock.state.drift,
            reliable=clock.state.reliable,
        )

    @router.get("")
    async def read_clock(eui: str) -> DeviceTime:
        """What it shows."""
        return shown(found(eui))

    @router.put("")
    async def put_clock_wrong(eui: str, asked: WrongClock) -> DeviceTime:
        """It drifts, or shows another time; schedules run on it. SR 8.1.1 (critical: ECS70) puts it right again."""
        device = found(eui)
        ahead = None if asked.ahead_seconds is None else timedelta(seconds=asked.ahead_seconds)
        outputs = device.put_clock_wrong(stage.world.clock.now, drift=asked.drift_ppm, ahead=ahead)
        stage.world.happened(device, outputs)
        return shown(device)

    return router
