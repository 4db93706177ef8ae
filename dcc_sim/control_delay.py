"""The control API's regulation delay: a charge point that delays its transitions by itself, and its owner."""

from random import Random

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from dcc_sim import control_models as models
from dcc_sim.control_answers import CONFLICT, UNKNOWN
from dcc_sim.control_car import known_charger
from dcc_sim.control_devices import delayed, explained
from dcc_sim.pace import Stage
from devices.regulation_delay import DEFAULT_LIMIT, MAX_LIMIT, RegulationDelay
from devices.sapc import SAPC
from schemas.gbcs.auxiliary import Direction


class Delay(models.Asked):
    """How a charge point delays."""

    seconds: int = Field(default=DEFAULT_LIMIT, ge=0, le=MAX_LIMIT, description="the longest delay")
    recognises_offset: bool = Field(
        default=False, description="spares what the randomised offset has delayed already; else it is delayed twice"
    )


class Delays(BaseModel):
    """What the delay has done."""

    seconds: int | None = Field(description="none: the charge point does not delay")
    recognises_offset: bool
    delayed: int = Field(description="transitions that it has delayed")
    twice: int = Field(description="of these, after a randomised offset")
    transitions: list[models.Delayed] = Field(description="the last hundred, oldest first")


def delay_routes(stage: Stage) -> APIRouter:
    """The regulation delay of a charge point."""
    router = APIRouter(
        prefix="/devices/{eui}/regulation-delay", tags=["charge point"], responses={**UNKNOWN, **CONFLICT}
    )

    @router.put("")
    async def put_delay(eui: str, asked: Delay) -> Delays:
        """The charge point delays each transition from now on; its numbers grow from the world's seed."""
        charger, world = known_charger(stage, eui), stage.world
        draw = Random(f"{world.seed} regulation delay {charger.eui}").random
        delay = RegulationDelay(draw, limit=asked.seconds, recognises_offset=asked.recognises_offset)
        world.happened(charger, charger.put_regulation_delay(delay, world.clock.now))
        return _delays(charger)

    @router.get("")
    async def read_delay(eui: str) -> Delays:
        """What it has delayed, and what was delayed twice."""
        return _delays(known_charger(stage, eui))

    @router.delete("", status_code=204)
    async def remove_delay(eui: str) -> Response:
        """It does not delay any more; no delay there is no error."""
        charger = known_charger(stage, eui)
        stage.world.happened(charger, charger.put_regulation_delay(None, stage.world.clock.now))
        return Response(status_code=204)

    @router.post("/override")
    async def override_delay(eui: str) -> models.Explained:
        """The owner does not wait for the delay that runs, this once; none running is no error."""
        charger, now = known_charger(stage, eui), stage.world.clock.now
        stage.world.happened(charger, charger.override_delay(now))
        return explained(charger.why(charger.drives, Direction.OUTPUT, now))

    return router


def _delays(charger: SAPC) -> Delays:
    regulation = charger.regulation
    if regulation is None:
        return Delays(seconds=None, recognises_offset=False, delayed=0, twice=0, transitions=[])
    return Delays(
        seconds=regulation.limit,
        recognises_offset=regulation.recognises_offset,
        delayed=regulation.delayed,
        twice=regulation.twice,
        transitions=[delayed(each) for each in regulation.transitions],
    )
