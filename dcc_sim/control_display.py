"""The control API's in-home display: put one into the home, look at it, read what it shows."""

from datetime import timedelta

from fastapi import APIRouter, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field

from dcc_sim import control_models as models
from dcc_sim.control_answers import CONFLICT
from dcc_sim.pace import Stage


class Display(BaseModel):
    """How an in-home display is set."""

    model_config = ConfigDict(extra="forbid", strict=True)

    every_seconds: int | None = Field(
        default=None, ge=1, le=86_400, description="how often it asks its meter by itself; only when looked at if null"
    )


class OnDisplay(BaseModel):
    """What an in-home display shows; null is what it has not been told."""

    time: models.Moment | None = None
    power_kw: float | None = Field(default=None, description="negative for export")
    import_kwh: float | None = None
    export_kwh: float | None = None
    message: str | None = None


def display_routes(stage: Stage) -> APIRouter:
    """The display on the HAN."""
    router = APIRouter(prefix="/display", tags=["display"])

    @router.put("", status_code=204)
    async def put_display(asked: Display) -> Response:
        """A display that reads the meter comes on the HAN, or the one there is set anew."""
        stage.world.home.put_display(None if asked.every_seconds is None else timedelta(seconds=asked.every_seconds))
        stage.world.air.follow(stage.world.clock.now)
        stage.world.look_at_display()
        return Response(status_code=204)

    @router.post("/look", status_code=204, responses=CONFLICT)
    async def look_at_display() -> Response:
        """Somebody looks: it asks for time, power, energy and message; the answers come as virtual time passes."""
        _there(stage)
        stage.world.look_at_display()
        return Response(status_code=204)

    @router.get("", responses=CONFLICT)
    async def read_display() -> OnDisplay:
        """What it shows now, as the meter told it last."""
        _there(stage)
        display = stage.world.home.display
        return OnDisplay() if display is None else OnDisplay.model_validate(display.shown, from_attributes=True)

    return router


def _there(stage: Stage) -> None:
    if stage.world.home.display is None:
        raise HTTPException(409, "display: has been put into the home before")
