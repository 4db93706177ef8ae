"""What the control API takes and gives about the charge point and its car."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from dcc_sim.control_models import Asked, Moment

WholePercent = Annotated[int, Field(ge=1, le=100)]


class Car(Asked):
    """A car at the charge point."""

    capacity_kwh: float = Field(default=60, ge=1, le=1000, allow_inf_nan=False)
    state_of_charge: float = Field(default=50, ge=0, le=100, allow_inf_nan=False)
    max_power_w: int = Field(default=7360, gt=0, le=100_000, description="at the plug, all phases together")
    phases: Literal[1, 3] = 1
    efficiency: WholePercent = 100
    reaction_seconds: float = Field(default=0, ge=0, le=5, allow_inf_nan=False)
    discharge_w: int = Field(default=0, ge=0, le=100_000, description="what it can give back; 0 is nothing")
    discharge_efficiency: WholePercent = 100
    reserve: int = Field(default=30, ge=0, le=100, description="percent below which it gives nothing")
    arrival: Moment | None = Field(default=None, description="plugged in now if not given")
    departure: Moment | None = Field(default=None, description="it stays plugged in if not given")
    needs: int = Field(default=0, ge=0, le=100, description="percent that its driver wants at the departure")


class Visit(BaseModel):
    """When a car is plugged in, and when it drives off."""

    arrival: datetime
    departure: datetime | None


class Override(Asked):
    """The driver's boost."""

    seconds: int = Field(gt=0, le=24 * 3600, examples=[3600])


class PowerSample(BaseModel):
    """The charge point from ``time`` on, until the next sample; the last one tells what holds at the end."""

    time: datetime
    power_kw: float = Field(description="negative for what the car gives back")
    imported_kwh: float
    exported_kwh: float
    offered_amps: int
    discharge_amps: int
    state_of_charge: float | None = Field(description="percent; none with no car")
