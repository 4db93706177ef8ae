"""The control API under ``/sim``: everything around the DCC that a test wants to see or to turn.

It is ours and no part of DUIS. What is changed here is no user's request: it is kept in memory, and a restart begins
with the home as it was made.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import PlainTextResponse

from dcc_sim import control_models as models
from dcc_sim.control_models import HIGHEST_NUMBER, MOST_RECORDS, Invalid, Problem
from dcc_sim.inventory import DeviceEntry, Registration, User
from dcc_sim.ladder import draw
from dcc_sim.pace import Stage
from dcc_sim.trace import TraceRecord
from dcc_sim.world import World
from devices.auxiliary import AuxiliaryControllers
from devices.auxiliary_state import ControllerType
from devices.sapc import SAPC
from han.link import Conditions
from schemas.errors import SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import CONTROLLERS, Direction

_Answers = dict[int | str, dict[str, Any]]
_UNKNOWN: _Answers = {404: {"model": Problem, "description": "There is none of that name."}}
_CONFLICT: _Answers = {409: {"model": Problem, "description": "Not as things are now."}}
BAD: _Answers = {
    400: {"model": Problem, "description": "The body cannot be decoded."},
    422: {"model": Invalid, "description": "Not of this form: each field with the rule it breaks."},
}
"""What every route under ``/sim`` may answer."""
# FastAPI would give the error the media type of the good answer.
_INVALID = {"application/json": {"schema": {"$ref": "#/components/schemas/Invalid"}}}
_PROBLEM = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_BAD_BESIDE_TEXT: _Answers = {
    400: {"description": "The body cannot be decoded.", "content": _PROBLEM},
    422: {"description": "Not of this form.", "content": _INVALID},
}
_WIDEST = 1000
"""Characters of a ladder's line where many parties take part."""


def routes(stage: Stage) -> APIRouter:
    """Every route under ``/sim``, over what ``stage`` serves."""
    router = APIRouter(prefix="/sim", responses=BAD)
    for part in (_clock, _homes, _devices, _users, _registrations, _trace, _faults):
        router.include_router(part(stage))
    return router


def _clock(stage: Stage) -> APIRouter:
    router = APIRouter(tags=["clock"])

    def shown() -> models.Clock:
        return models.Clock(now=stage.world.clock.now, speed=stage.speed)

    @router.get("/clock")
    async def read_clock() -> models.Clock:
        """The virtual clock."""
        return shown()

    @router.post("/clock/advance")
    async def advance(step: models.Advance) -> models.Clock:
        """Let virtual time pass: everything due happens, each thing at its own time."""
        await stage.advance(timedelta(seconds=step.seconds))
        return shown()

    @router.put("/clock/speed", responses=_CONFLICT)
    async def set_speed(asked: models.Speed) -> models.Clock:
        """Run at a multiple of real time."""
        if asked.speed and not stage.keeps_pace:
            raise HTTPException(409, "nobody moves this gateway's clock: advance it")
        stage.speed = asked.speed
        return shown()

    @router.post("/clock/pause")
    async def pause() -> models.Clock:
        """Stand still until the clock is advanced or given a speed."""
        stage.speed = 0.0
        return shown()

    return router


def _homes(stage: Stage) -> APIRouter:
    router = APIRouter(tags=["homes"])

    def shown() -> models.Home:
        world = stage.world
        entries = world.dcc.inventory.devices.values()
        return models.Home(
            seed=world.seed,
            hub=str(world.home.hub.eui),
            mpans=sorted({entry.mpxn for entry in entries if entry.mpxn}),
            devices=[str(eui) for eui in sorted(world.home.devices)],
        )

    @router.get("/homes")
    async def list_homes() -> list[models.Home]:
        """The homes; a gateway serves one."""
        return [shown()]

    @router.post("/reset", responses=_CONFLICT)
    async def reset(asked: models.Seed) -> models.Home:
        """Begin again with the ready-made home of a seed: keys, records, clock, trace and faults are new."""
        try:
            stage.reset(asked.seed)
        except SmartMeterError as error:
            raise HTTPException(409, str(error)) from None
        return shown()

    return router


def _devices(stage: Stage) -> APIRouter:
    router = APIRouter(prefix="/devices", tags=["devices"])

    @router.get("")
    async def list_devices() -> list[models.DeviceState]:
        """Every device of the inventory."""
        return [_device_state(stage.world, eui) for eui in sorted(stage.world.dcc.inventory.devices)]

    @router.get("/{eui}", responses=_UNKNOWN)
    async def read_device(eui: str) -> models.DeviceState:
        """One device."""
        return _device_state(stage.world, _device(stage.world, eui).eui)

    return router


def _users(stage: Stage) -> APIRouter:
    router = APIRouter(tags=["users"])

    def shown(user: User) -> models.UserState:
        counter = stage.world.dcc.store.counter(user.eui)
        return models.UserState(
            eui=str(user.eui), name=user.name, roles=sorted(user.roles), suspended=user.suspended, counter=counter
        )

    @router.get("/users")
    async def list_users() -> list[models.UserState]:
        """Every user of the DCC."""
        return [shown(user) for user in stage.world.dcc.inventory.users.values()]

    @router.get("/users/{eui}", responses=_UNKNOWN)
    async def read_user(eui: str) -> models.UserState:
        """One user."""
        return shown(_user(stage.world, eui))

    @router.put("/users/{eui}/suspended", responses=_UNKNOWN)
    async def suspend(eui: str, asked: models.Suspension) -> models.UserState:
        """Suspend a user, whose requests are refused with E3 then, or let it act again."""
        user = replace(_user(stage.world, eui), suspended=asked.suspended)
        stage.world.dcc.inventory.users[user.eui] = user
        return shown(user)

    @router.put("/users/{eui}/callback", status_code=204, responses={**_UNKNOWN, **_CONFLICT})
    async def register_callback(eui: str, callback: models.Callback) -> None:
        """Post a user's documents to an address from now on, those that wait included."""
        user = _user(stage.world, eui)
        if stage.callbacks is None:
            raise HTTPException(409, "this gateway posts to no callbacks; read the mailbox")
        stage.callbacks.register(user.eui, str(callback.url))

    @router.get("/users/{eui}/responses", responses=_UNKNOWN)
    async def read_mailbox(
        eui: str, after: Annotated[int, Query(ge=0, le=HIGHEST_NUMBER)] = 0
    ) -> list[models.Document]:
        """A user's mailbox, oldest first: signed DUIS documents, each with its MMC form."""
        return [
            models.Document(
                number=each.number,
                request=each.request,
                document=each.document.decode(),
                mmc=each.mmc.decode(),
                delivered=each.delivered,
            )
            for each in stage.world.dcc.store.mailbox(_user(stage.world, eui).eui, after)
        ]

    @router.get("/certificates")
    async def read_certificates() -> list[str]:
        """Every party's certificate, PEM: public things only."""
        return [entry.certificate.public_bytes(Encoding.PEM).decode() for entry in stage.world.smki]

    return router


def _registrations(stage: Stage) -> APIRouter:
    router = APIRouter(tags=["registrations"])

    @router.get("/registrations")
    async def list_registrations() -> list[models.Registered]:
        """Who is registered for which meter point, and when."""
        return [
            models.Registered(mpxn=each.mpxn, role=each.role, user=str(each.user), start=each.start, end=each.end)
            for each in stage.world.dcc.inventory.registrations
        ]

    @router.post("/registrations", status_code=201, responses={**_UNKNOWN, **_CONFLICT})
    async def register(asked: models.Registered) -> models.Registered:
        """Register a user, from then on: as import supplier, a change of supplier."""
        user = _user(stage.world, asked.user)
        if asked.role not in user.roles:
            raise HTTPException(409, f"role: is one of those of {user.eui}, {asked.role} is not")
        if asked.end is not None and asked.end <= asked.start:
            raise HTTPException(409, "end: is after start")
        registration = Registration(asked.mpxn, asked.role, user.eui, asked.start, asked.end)
        stage.world.dcc.inventory.registrations.append(registration)
        return asked

    return router


def _trace(stage: Stage) -> APIRouter:
    router = APIRouter(tags=["trace"])

    @router.get("/trace")
    async def read_trace(
        request: Annotated[str, Query(max_length=100, description="a RequestID: its records only")] = "",
        after: Annotated[int, Query(ge=0, le=HIGHEST_NUMBER, description="a sequence number")] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_RECORDS)] = 100,
    ) -> list[models.Record]:
        """What went over HTTP, WAN and HAN, in the order of sending."""
        found = _about(stage.world, request) if request else list(stage.world.trace)
        return [_record(each) for each in found if each.sequence > after][:limit]

    @router.get("/ladder", response_class=PlainTextResponse, responses=_BAD_BESIDE_TEXT)
    async def read_ladder(
        request: Annotated[str, Query(max_length=100, description="a RequestID; empty for everything")] = "",
    ) -> PlainTextResponse:
        """The trace as a message ladder in text."""
        found = _about(stage.world, request) if request else list(stage.world.trace)
        # What a party did within itself is in the trace; its notes say what came of it.
        shown = [each for each in found if each.source != each.target or each.kind == "note"]
        try:
            return PlainTextResponse(draw(shown))
        except ValueError:
            return PlainTextResponse(draw(shown, width=_WIDEST))

    return router


def _faults(stage: Stage) -> APIRouter:
    router = APIRouter(tags=["faults"])

    def known(eui: str) -> EUI64:
        found = _device(stage.world, eui).eui
        if found != stage.world.home.hub.eui and found not in stage.world.home.devices:
            raise HTTPException(404, f"device: {found} is at this home")
        return found

    @router.get("/faults")
    async def list_faults() -> list[models.FaultyDevice]:
        """The faults that are set."""
        return [models.FaultyDevice(eui=str(eui), **each.model_dump()) for eui, each in stage.faults.items()]

    @router.put("/faults/{eui}", responses={**_UNKNOWN, **_CONFLICT})
    async def set_faults(eui: str, asked: models.Faults) -> models.FaultyDevice:
        """Make a device's link behave badly from the next packet on, or take the hub off the WAN."""
        device = known(eui)
        if device == stage.world.home.hub.eui:
            if asked.model_copy(update={"silent": False}) != models.Faults():
                raise HTTPException(409, "faults: of a hub, silent is the only one")
            stage.world.hub_offline = asked.silent
        else:
            stage.world.home.han.conditions(device, _conditions(asked))
        stage.faults[device] = asked
        return models.FaultyDevice(eui=str(device), **asked.model_dump())

    @router.delete("/faults/{eui}", status_code=204, responses=_UNKNOWN)
    async def clear_faults(eui: str) -> None:
        """Make a device's link, or the hub's WAN, behave well again."""
        device = known(eui)
        if device == stage.world.home.hub.eui:
            stage.world.hub_offline = False
        else:
            stage.world.home.han.conditions(device, Conditions())
        stage.faults.pop(device, None)

    return router


def _conditions(asked: models.Faults) -> Conditions:
    return Conditions(
        delay=timedelta(milliseconds=asked.delay_ms),
        jitter=timedelta(milliseconds=asked.jitter_ms),
        loss=1.0 if asked.silent else asked.loss,
        duplication=asked.duplication,
        reordering=asked.reordering,
    )


def _about(world: World, request: str) -> list[TraceRecord]:
    """The records of one request, and what has no name of a request while it was under way: packets and notes."""
    named = [each.sequence for each in world.trace.about(request)]
    if not named:
        return []
    return [
        each for each in world.trace if named[0] <= each.sequence <= named[-1] and each.correlation in ("", request)
    ]


def _record(each: TraceRecord) -> models.Record:
    return models.Record(
        sequence=each.sequence,
        time=each.time,
        correlation=each.correlation,
        source=each.source,
        target=each.target,
        what=each.what,
        kind=each.kind,
        verdict=each.verdict,
        size=each.size,
        body=each.body.hex(),
        decode=each.decode,
    )


def _device_state(world: World, eui: EUI64) -> models.DeviceState:
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
        state.power_kw, state.offered_amps = point.power_kw, point.offered_amps
        state.state_of_charge = point.vehicle.state_of_charge if point.vehicle is not None else None
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


def _device(world: World, text: str) -> DeviceEntry:
    try:
        return world.dcc.inventory.device(EUI64.parse(text))
    except SmartMeterError as error:
        raise HTTPException(404, str(error)) from None


def _user(world: World, text: str) -> User:
    try:
        return world.dcc.inventory.user(EUI64.parse(text))
    except SmartMeterError as error:
        raise HTTPException(404, str(error)) from None
