"""The control API's devices: their state, their auxiliary controllers, and why a level is what it is."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Response

from dcc_sim import control_models as models
from dcc_sim.control_answers import CONFLICT, UNKNOWN, known_device
from dcc_sim.pace import Stage
from dcc_sim.requests import InFlight
from dcc_sim.world import World
from devices.auxiliary import AuxiliaryControllers
from devices.auxiliary_state import ControllerType
from devices.controlled import ControlledDevice
from devices.fate import Change, Fate
from devices.hcalcs import HCALCS
from devices.layers import Claim
from devices.regulation_delay import Delayed
from devices.sapc import SAPC
from devices.why import Why
from schemas.duis.request_id import RequestId
from schemas.errors import SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import CONTROLLERS, Direction
from schemas.gbcs.envelope import decode


def device_routes(stage: Stage) -> APIRouter:
    """Devices, their controllers, and why each has its level."""
    router = APIRouter(prefix="/devices", tags=["devices"])

    @router.get("")
    async def list_devices() -> list[models.DeviceState]:
        """Every device of the inventory."""
        return [device_state(stage.world, eui) for eui in sorted(stage.world.dcc.inventory.devices)]

    @router.get("/{eui}", responses=UNKNOWN)
    async def read_device(eui: str) -> models.DeviceState:
        """One device."""
        return device_state(stage.world, known_device(stage.world, eui).eui)

    @router.get("/{eui}/why", responses={**UNKNOWN, **CONFLICT})
    async def read_why(
        eui: str,
        controller: Annotated[int, Query(ge=1, le=5)] = 1,
        direction: models.Way = models.Way.OUTPUT,
        at: Annotated[models.Moment | None, Query(description="past or coming; now if not given")] = None,
    ) -> models.Explained:
        """Why a controller has, had or will have its level: the rule that decides, its command, and what lost."""
        device = _controlled(stage.world, eui)
        return explained(device.why(controller, Direction[direction.name], at or stage.world.clock.now))

    @router.get("/{eui}/commands/{originator}/{counter}", responses={**UNKNOWN, **CONFLICT})
    async def read_fate(
        eui: str,
        originator: str,
        counter: Annotated[int, Path(ge=0, lt=2**64)],
        until: Annotated[models.Moment | None, Query(description="a day from now if not given")] = None,
    ) -> models.FateShown:
        """What became of a party's command at a device; if it had no effect, why.

        A user's request goes by its RequestID, and then it is also told where it stands at the DCC.
        """
        device = _controlled(stage.world, eui)
        try:
            party = EUI64.parse(originator)
        except SmartMeterError as error:
            raise HTTPException(404, str(error)) from None
        held = stage.world.dcc.store.request(RequestId(party, device.eui, counter))
        if held is not None and held.command:
            # The broker may have sent it, under a counter of its own.
            sent = decode(held.command)
            party, counter = sent.originator, sent.originator_counter
        found = device.fate(party, counter, until or stage.world.clock.now + timedelta(days=1))
        if held is None and not found.receipts:
            raise HTTPException(404, str(found))
        return _fate(found, held)

    @router.put("/{eui}/controllers/{controller}/information", status_code=204, responses={**UNKNOWN, **CONFLICT})
    async def inform(eui: str, controller: Annotated[int, Path(ge=1, le=5)], asked: models.Information) -> Response:
        """The load behind an APC has something to say by itself: alert 8F88, and 7.15 reads it."""
        device, world = _controlled(stage.world, eui), stage.world
        try:
            world.happened(device, device.inform(controller, asked.text, world.clock.now))
        except SmartMeterError as error:
            raise HTTPException(409, str(error)) from None
        return Response(status_code=204)

    return router


def _controlled(world: World, eui: str) -> ControlledDevice:
    entry = known_device(world, eui)
    device = world.home.devices.get(entry.eui)
    if not isinstance(device, ControlledDevice):
        raise HTTPException(409, f"device: {entry.eui} has auxiliary controllers")
    return device


def _fate(found: Fate, held: InFlight | None) -> models.FateShown:
    at_dcc = "" if held is None else f"SR {held.service} is {held.state.value} at the DCC; "
    return models.FateShown(
        service=None if held is None else held.service,
        state=None if held is None else held.state.value,
        receipts=[
            models.ReceiptShown(
                at=each.moment,
                message_code=f"{each.command.message_code:04X}",
                use_case=each.name,
                answer=each.answer.value,
                reason=each.reason,
            )
            for each in found.receipts
        ],
        had_effect=found.had_effect,
        reigns=[
            models.ReignShown(
                controller=each.number,
                direction=each.direction.name.lower(),
                start=each.start,
                end=each.end,
                decides=each.decides,
                winner=_claim(each.winner),
            )
            for each in found.reigns
        ],
        gone=list(map(_change, found.gone)),
        ended=list(map(_change, found.ended)),
        text=f"{at_dcc}{found}",
    )


def _change(change: Change) -> models.ChangeShown:
    other = change.other
    return models.ChangeShown(
        at=change.moment,
        what=change.what,
        originator=None if other is None else str(other.originator),
        originator_counter=None if other is None else str(other.originator_counter),
    )


def explained(told: Why) -> models.Explained:
    """An explanation as the control API gives it."""
    winner, losers = _claim(told.winner), [_claim(each) for each in told.losers]
    late = None if told.regulation is None else delayed(told.regulation)
    return models.Explained(
        at=told.moment, level=told.percent, winner=winner, losers=losers, regulation_delay=late, text=str(told)
    )


def delayed(transition: Delayed) -> models.Delayed:
    """A transition of a charge point as the control API gives it."""
    return models.Delayed(
        moment=transition.moment,
        output=transition.levels.output,
        input=transition.levels.input,
        delay_seconds=transition.delay.seconds,
        offset_seconds=transition.offset.seconds,
        followed=transition.followed,
        overridden=transition.overridden,
        twice=transition.twice,
    )


def _claim(claim: Claim) -> models.ClaimShown:
    origin = claim.origin
    return models.ClaimShown(
        rule=claim.rule.value,
        level=claim.percent,
        start=claim.start,
        end=claim.end,
        originator=None if origin is None else str(origin.originator),
        originator_counter=None if origin is None else str(origin.originator_counter),
        message_code=None if origin is None else f"{origin.message_code:04X}",
        late_seconds=claim.late.seconds,
    )


def device_state(world: World, eui: EUI64) -> models.DeviceState:
    """A device as the control API shows it."""
    entry = world.dcc.inventory.devices[eui]
    state = models.DeviceState(
        eui=str(eui), type=entry.device_type, status=entry.status, hub=str(entry.hub), mpxn=entry.mpxn
    )
    device = world.home.devices.get(eui)
    auxiliary = getattr(device, "auxiliary", None)
    if isinstance(auxiliary, AuxiliaryControllers):
        state.controllers = _controllers(auxiliary, world)
    if isinstance(device, SAPC):
        point = device.charge_point
        state.power_kw, state.offered_amps, state.discharge_amps = (
            point.power_kw,
            point.offered_amps,
            point.discharge_amps,
        )
        if point.vehicle is not None:
            # The battery is brought up to date at events; what has come in since follows from the series.
            state.state_of_charge = point.series.at(world.clock.now).state_of_charge
    elif isinstance(device, HCALCS):
        state.power_kw, state.closed = device.power_w / 1000, device.closed
    return state


def _controllers(auxiliary: AuxiliaryControllers, world: World) -> list[models.ControllerState]:
    shown = []
    for controller in map(auxiliary.controller, CONTROLLERS):
        if controller.kind is ControllerType.NONE:
            continue
        level = auxiliary.level_at(controller.number, Direction.OUTPUT, world.clock.now)
        shown.append(
            models.ControllerState(
                number=controller.number,
                type=controller.kind.value,
                description=controller.description,
                level=level.percent,
                rule=level.rule.value,
            )
        )
    return shown
