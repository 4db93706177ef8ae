"""The control API under ``/sim``: everything around the DCC that a test wants to see or to turn.

It is ours and no part of DUIS. What is changed here is no user's request: it is kept in memory, and a restart begins
with the home as it was made.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, HTTPException, Query

from dcc_sim import control_models as models
from dcc_sim.control_air import air_routes, fault_routes
from dcc_sim.control_answers import BAD, CONFLICT, UNKNOWN
from dcc_sim.control_car import car_routes
from dcc_sim.control_clock import clock_routes
from dcc_sim.control_delay import delay_routes
from dcc_sim.control_devices import device_routes
from dcc_sim.control_display import display_routes
from dcc_sim.control_meter import meter_routes
from dcc_sim.control_models import HIGHEST_NUMBER
from dcc_sim.control_snapshots import snapshot_routes
from dcc_sim.control_trace import trace_routes
from dcc_sim.inventory import Registration, User
from dcc_sim.pace import Stage
from dcc_sim.respond import mmc_of
from dcc_sim.world import World
from schemas.errors import SmartMeterError
from schemas.eui import EUI64


def routes(stage: Stage) -> APIRouter:
    """Every route under ``/sim``, over what ``stage`` serves."""
    router = APIRouter(prefix="/sim", responses=BAD)
    for part in _PARTS:
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

    def check_turnable() -> None:
        try:
            stage.check_turnable()
        except SmartMeterError as error:
            raise HTTPException(409, str(error)) from None

    @router.post("/clock/advance", responses=CONFLICT)
    async def advance(step: models.Advance) -> models.Clock:
        """Let virtual time pass: everything due happens, each thing at its own time."""
        check_turnable()
        await stage.advance(timedelta(seconds=step.seconds))
        return shown()

    @router.put("/clock/speed", responses=CONFLICT)
    async def set_speed(asked: models.Speed) -> models.Clock:
        """Run at a multiple of real time."""
        if asked.speed != stage.speed:
            check_turnable()
        if asked.speed and not stage.keeps_pace:
            raise HTTPException(409, "nobody moves this gateway's clock: advance it")
        stage.speed = asked.speed
        return shown()

    @router.post("/clock/pause", responses=CONFLICT)
    async def pause() -> models.Clock:
        """Stand still until the clock is advanced or given a speed."""
        check_turnable()
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

    @router.post("/reset", responses=CONFLICT)
    async def reset(asked: models.Seed) -> models.Home:
        """Begin again with the ready-made home of a seed: keys, records, clock, trace and faults are new."""
        try:
            stage.reset(asked.seed)
        except SmartMeterError as error:
            raise HTTPException(409, str(error)) from None
        return shown()

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

    @router.get("/users/{eui}", responses=UNKNOWN)
    async def read_user(eui: str) -> models.UserState:
        """One user."""
        return shown(_user(stage.world, eui))

    @router.put("/users/{eui}/suspended", responses=UNKNOWN)
    async def suspend(eui: str, asked: models.Suspension) -> models.UserState:
        """Suspend a user, whose requests are refused with E3 then, or let it act again."""
        user = replace(_user(stage.world, eui), suspended=asked.suspended)
        stage.world.dcc.inventory.users[user.eui] = user
        return shown(user)

    @router.put("/users/{eui}/callback", status_code=204, responses={**UNKNOWN, **CONFLICT})
    async def register_callback(eui: str, callback: models.Callback) -> None:
        """Post a user's documents to an address from now on, those that wait included."""
        user = _user(stage.world, eui)
        if stage.callbacks is None:
            raise HTTPException(409, "this gateway posts to no callbacks; read the mailbox")
        stage.callbacks.register(user.eui, str(callback.url))

    @router.get("/users/{eui}/responses", responses=UNKNOWN)
    async def read_mailbox(
        eui: str, after: Annotated[int, Query(ge=0, le=HIGHEST_NUMBER)] = 0
    ) -> list[models.Document]:
        """A user's mailbox, oldest first: signed DUIS documents, each with its MMC form."""
        return [
            models.Document(
                number=each.number,
                request=each.request,
                document=each.document.decode(),
                mmc=mmc_of(each.document, each.use_case).decode(),
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

    @router.post("/registrations", status_code=201, responses={**UNKNOWN, **CONFLICT})
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


def _user(world: World, text: str) -> User:
    try:
        return world.dcc.inventory.user(EUI64.parse(text))
    except SmartMeterError as error:
        raise HTTPException(404, str(error)) from None


_PARTS = (
    _clock,
    _homes,
    snapshot_routes,
    device_routes,
    car_routes,
    meter_routes,
    delay_routes,
    clock_routes,
    display_routes,
    _users,
    _registrations,
    trace_routes,
    fault_routes,
    air_routes,
)
