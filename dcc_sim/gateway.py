"""The gateway: the DUIS web services over one world; beside them the control API and what observes it.

``POST /api/v1/serviceT`` (Transform), ``serviceS`` (Send Command) and ``serviceD`` (Non Device) take one DUIS request
as ``application/xml``. The DUIS routes are plain Starlette: FastAPI costs half as much again per request and has
nothing to add to a body of XML (perf anchors 1.5). Under ``/sim`` is [control.py](control.py); ``/metrics`` and
``/health`` are in [observe.py](observe.py).
"""

import asyncio
from collections.abc import Callable

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route

from dcc_sim import anomaly_api, control
from dcc_sim.border import Reply, problem
from dcc_sim.control_tenants import tenant_routes
from dcc_sim.delivery import Callbacks
from dcc_sim.media import REASON, XML
from dcc_sim.observe import Observer
from dcc_sim.pace import Stage
from dcc_sim.tenants import TenantPaths, Tenants
from dcc_sim.world import SERVICES, World
from schemas.errors import Malformed

LARGEST_BODY = 1_000_000
"""Octets; the largest request of the schema is far below."""
SLOWEST_BODY = 30.0
"""Real seconds that a body may take to come (assumed)."""


def build(
    world: World,
    callbacks: Callbacks | None = None,
    stage: Stage | None = None,
    slowest: float = SLOWEST_BODY,
    tenants: Tenants | None = None,
) -> FastAPI:
    """The application over ``world``; with ``callbacks``, documents are also posted to the users' addresses.

    Args:
        world: what is served.
        callbacks: posts documents.
        stage: given in place of both, what can be reset and keeps a pace.
        slowest: real seconds that a body may take to come.
        tenants: worlds apart, served beside this one.
    """
    on = Stage(world, callbacks) if stage is None else stage
    observer = Observer(lambda: on.world)
    app = FastAPI(title="dcc-sim", description="Open emulator of the GB smart-metering DCC", version="0.1.0")

    def post(name: str, body: bytes) -> Reply:
        began = observer.stopwatch()
        reply = on.world.post(name, body)
        observer.answered(name, body, reply, observer.stopwatch() - began)
        return reply

    @app.exception_handler(RequestValidationError)
    async def not_valid(request: Request, error: RequestValidationError) -> JSONResponse:
        # Without the input, which FastAPI's own handler repeats: NaN is no JSON, and would be a server error.
        faults = [{"field": ".".join(map(str, each["loc"])), "rule": each["msg"]} for each in error.errors()]
        return JSONResponse({"title": "not a valid request", "status": 422, "faults": faults}, 422)

    app.state.observer = observer
    app.router.routes.append(duis_route(post, slowest))
    app.include_router(control.routes(on))
    app.include_router(anomaly_api.routes(lambda: on.world))
    app.include_router(observer.routes())
    if tenants is not None:
        app.include_router(tenant_routes(tenants))
        app.add_middleware(TenantPaths, tenants=tenants)
    return app


def duis_route(post: Callable[[str, bytes], Reply], slowest: float = SLOWEST_BODY) -> Route:
    """The route of the three web services.

    Args:
        post: answers a body that has come whole, to one of them by its name.
        slowest: real seconds that a body may take to come.
    """

    async def service(request: Request) -> Response:
        body = await _body(request, slowest)
        return _response(body if isinstance(body, Reply) else post(request.path_params["service"], body))

    return Route("/api/v1/{service}", service, methods=["POST"])


def _response(reply: Reply) -> Response:
    headers = {REASON: _header_text(reply.reason)} if reply.reason else {}
    return Response(reply.body, reply.status, headers, reply.media_type)


async def _body(request: Request, slowest: float) -> bytes | Reply:
    if request.path_params["service"] not in SERVICES:
        return problem(404, Malformed("web service", f"is one of {', '.join(SERVICES)}"))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != XML:
        return problem(415, Malformed("Content-Type", f"is {XML}, not {kind[:60] or 'absent'}"))
    try:
        async with asyncio.timeout(slowest):
            return await _read(request)
    except TimeoutError:
        return problem(408, Malformed("body", f"comes within {slowest:g} s"))
    except ClientDisconnect:
        # Nobody is there to read it; without an answer it would be logged as an error of ours.
        return problem(400, Malformed("body", "comes whole"))


async def _read(request: Request) -> bytes | Reply:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return problem(413, Malformed("body", f"has at most {LARGEST_BODY} octets"))
    return bytes(body)


def _header_text(reason: str) -> str:
    # A header holds printable Latin-1 on one line; what is not, is shown escaped.
    return reason.encode("ascii", "backslashreplace").decode().replace("\r", "\\r").replace("\n", "\\n")[:500]
