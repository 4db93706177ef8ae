"""The gateway: the DUIS web services, mailboxes, and a small control API, over one world.

``POST /api/v1/serviceT`` (Transform) and ``/api/v1/serviceS`` (Send Command) take one DUIS request as
``application/xml``. Everything under ``/sim`` is ours. The DUIS routes are plain Starlette: FastAPI costs half as much
again per request and has nothing to add to a body of XML (perf anchors 1.5).
"""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field, HttpUrl
from starlette.requests import Request
from starlette.routing import Route

from dcc_sim.border import XML, Reply, problem
from dcc_sim.delivery import Callbacks
from dcc_sim.world import SERVICES, World
from devices.sapc import SAPC
from schemas.errors import Malformed, SmartMeterError
from schemas.eui import EUI64

LARGEST_BODY = 1_000_000
"""Octets; the largest request of the schema is far below."""

HIGHEST_NUMBER = 2**63 - 1
"""Of a mailbox document: what SQL's BIGINT holds."""

LONGEST_ADVANCE = 366 * 24 * 3600
REASON = "X-DCC-Sim-Reason"


class Advance(BaseModel):
    """How far the virtual clock is to go."""

    seconds: float = Field(gt=0, le=LONGEST_ADVANCE)


class Clock(BaseModel):
    """The virtual clock."""

    now: datetime


class Callback(BaseModel):
    """Where a user takes its responses."""

    url: HttpUrl


class DeviceState(BaseModel):
    """A device of the home; power and current of the charge point only."""

    eui: str
    type: str
    power_kw: float | None = None
    offered_amps: int | None = None
    state_of_charge: float | None = None


class Document(BaseModel):
    """One document of a mailbox."""

    number: int
    request: str
    document: str
    mmc: str
    delivered: bool


def build(world: World, callbacks: Callbacks | None = None) -> FastAPI:
    """The application over ``world``; with ``callbacks``, documents are also posted to the users' addresses."""
    app = FastAPI(title="dcc-sim", description="Open emulator of the GB smart-metering DCC", version="0.1.0")

    async def service(request: Request) -> Response:
        name = request.path_params["service"]
        body = await _body(request)
        reply = body if isinstance(body, Reply) else world.post(name, body)
        headers = {REASON: _header_text(reply.reason)} if reply.reason else {}
        return Response(reply.body, reply.status, headers, reply.media_type)

    @app.exception_handler(RequestValidationError)
    async def not_valid(request: Request, error: RequestValidationError) -> JSONResponse:
        # Without the input, which FastAPI's own handler repeats: NaN is no JSON, and would be a server error.
        faults = [{"field": ".".join(map(str, each["loc"])), "rule": each["msg"]} for each in error.errors()]
        return JSONResponse({"title": "not a valid request", "status": 422, "faults": faults}, 422)

    app.router.routes.append(Route("/api/v1/{service}", service, methods=["POST"]))

    @app.get("/sim/clock")
    async def clock() -> Clock:
        return Clock(now=world.clock.now)

    @app.post("/sim/clock/advance")
    async def advance(step: Advance) -> Clock:
        world.advance(timedelta(seconds=step.seconds))
        if callbacks is not None:
            await callbacks.deliver()
        return Clock(now=world.clock.now)

    @app.get("/sim/devices")
    async def devices() -> list[DeviceState]:
        return [_device_state(world, eui) for eui in sorted(world.dcc.inventory.devices)]

    @app.put("/sim/users/{eui}/callback", status_code=204)
    async def register(eui: str, callback: Callback) -> None:
        if callbacks is None:
            raise HTTPException(409, "this gateway posts to no callbacks; read the mailbox")
        callbacks.register(_user(world, eui), str(callback.url))

    @app.get("/sim/users/{eui}/responses")
    async def responses(eui: str, after: Annotated[int, Query(ge=0, le=HIGHEST_NUMBER)] = 0) -> list[Document]:
        return [
            Document(
                number=each.number,
                request=each.request,
                document=each.document.decode(),
                mmc=each.mmc.decode(),
                delivered=each.delivered,
            )
            for each in world.dcc.store.mailbox(_user(world, eui), after)
        ]

    return app


def _device_state(world: World, eui: EUI64) -> DeviceState:
    entry = world.dcc.inventory.devices[eui]
    state = DeviceState(eui=str(eui), type=entry.device_type)
    device = world.home.devices.get(eui)
    if isinstance(device, SAPC):
        point = device.charge_point
        state.power_kw, state.offered_amps = point.power_kw, point.offered_amps
        state.state_of_charge = point.vehicle.state_of_charge if point.vehicle is not None else None
    return state


def _user(world: World, text: str) -> EUI64:
    try:
        eui = EUI64.parse(text)
        world.dcc.inventory.user(eui)
    except SmartMeterError as error:
        raise HTTPException(404, str(error)) from None
    return eui


async def _body(request: Request) -> bytes | Reply:
    if request.path_params["service"] not in SERVICES:
        return problem(404, Malformed("web service", f"is one of {', '.join(SERVICES)}"))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != XML:
        return problem(415, Malformed("Content-Type", f"is {XML}, not {kind[:60] or 'absent'}"))
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return problem(413, Malformed("body", f"has at most {LARGEST_BODY} octets"))
    return bytes(body)


def _header_text(reason: str) -> str:
    # A header holds printable Latin-1 on one line; what is not, is shown escaped.
    return reason.encode("ascii", "backslashreplace").decode().replace("\r", "\\r").replace("\n", "\\n")[:500]
