"""The control API's air: what is wrong with a device's link now, and what is to go wrong for a time."""

from fastapi import APIRouter, HTTPException

from dcc_sim import control_models as models
from dcc_sim.air import Trouble, words
from dcc_sim.air_plan import AirFault, AirPlan
from dcc_sim.control_answers import CONFLICT, UNKNOWN, known_device
from dcc_sim.pace import Stage
from han.conditions import Conditions
from schemas.errors import NotPossible, SmartMeterError
from schemas.eui import EUI64


def fault_routes(stage: Stage) -> APIRouter:
    """What goes wrong, until it is taken back."""
    router = APIRouter(tags=["faults"])

    def known(eui: str) -> EUI64:
        found = known_device(stage.world, eui).eui
        if found != stage.world.home.hub.eui and found not in stage.world.home.devices:
            raise HTTPException(404, f"device: {found} is at this home")
        return found

    @router.get("/faults")
    async def list_faults() -> list[models.FaultyDevice]:
        """The faults that are set."""
        return [models.FaultyDevice(eui=str(eui), **each.model_dump()) for eui, each in stage.faults.items()]

    @router.put("/faults/{eui}", responses={**UNKNOWN, **CONFLICT})
    async def set_faults(eui: str, asked: models.Faults) -> models.FaultyDevice:
        """Make a device's link behave badly from the next frame on, or take the hub off the WAN."""
        device = known(eui)
        world = stage.world
        if device != world.home.hub.eui:
            world.air.link(device, asked.conditions(), world.clock.now)
        elif asked.model_copy(update={"silent": False}) != models.Faults():
            raise HTTPException(409, "faults: of a hub, silent is the only one")
        world.air.silence(device, asked.silent, world.clock.now)
        stage.faults[device] = asked
        return models.FaultyDevice(eui=str(device), **asked.model_dump())

    @router.delete("/faults/{eui}", status_code=204, responses=UNKNOWN)
    async def clear_faults(eui: str) -> None:
        """Make a device's link, or the hub's WAN, behave well again."""
        device = known(eui)
        world = stage.world
        if device != world.home.hub.eui:
            world.air.link(device, Conditions(), world.clock.now)
        world.air.silence(device, False, world.clock.now)
        stage.faults.pop(device, None)

    return router


def air_routes(stage: Stage) -> APIRouter:
    """What goes wrong for a time."""
    router = APIRouter(tags=["air"])

    @router.get("/air")
    async def list_air() -> list[models.PlannedFault]:
        """What is to go wrong on the air, and what is under way."""
        return [_shown(stage, number) for number in stage.world.air.troubles]

    @router.post("/air", status_code=201, responses={**UNKNOWN, **CONFLICT})
    async def plan_fault(asked: AirFault) -> models.PlannedFault:
        """Let something go wrong: links, interference, a silent device, a hub that restarts; times count from now."""
        return _shown(stage, _begun(stage, AirPlan(air="one fault", faults=[asked]))[0])

    @router.post("/air/plan", status_code=201, responses={**UNKNOWN, **CONFLICT})
    async def begin_plan(asked: AirPlan) -> list[models.PlannedFault]:
        """All faults of a plan, or none; their times count from now."""
        return [_shown(stage, number) for number in _begun(stage, asked)]

    @router.delete("/air/{number}", status_code=204, responses=UNKNOWN)
    async def stop_fault(number: int) -> None:
        """Take a fault back, or end it now."""
        try:
            stage.world.air.stop(number, stage.world.clock.now)
        except SmartMeterError as error:
            raise HTTPException(404, str(error)) from None

    return router


def _begun(stage: Stage, plan: AirPlan) -> list[int]:
    try:
        return plan.begin(stage.world)
    except NotPossible as error:
        raise HTTPException(409, str(error)) from None
    except SmartMeterError as error:
        raise HTTPException(404 if "device" in error.field else 409, str(error)) from None


def _shown(stage: Stage, number: int) -> models.PlannedFault:
    trouble: Trouble = stage.world.air.troubles[number]
    return models.PlannedFault(
        number=number,
        device="" if trouble.device is None else str(trouble.device),
        start=trouble.start,
        end=trouble.end,
        under_way=stage.world.air.under_way(number),
        what=words(trouble),
    )
