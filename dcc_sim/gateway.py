"""The gateway: the DUIS web services over one world; beside them the control API and what observes it.

``POST /api/v1/serviceT`` (Transform), ``serviceS`` (Send Command) and ``serviceD`` (Non Device) take one DUIS request
as ``application/xml``: [duis_services.py](duis_services.py), in front of FastAPI, which costs as much again for each
request. Under ``/sim`` is [control.py](control.py); ``/metrics`` and ``/health`` are in [observe.py](observe.py).
"""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from dcc_sim import anomaly_api, control
from dcc_sim.border import Reply
from dcc_sim.control_tenants import tenant_routes
from dcc_sim.delivery import Callbacks
from dcc_sim.duis_services import SLOWEST_BODY, DuisServices
from dcc_sim.observe import Observer
from dcc_sim.pace import Stage
from dcc_sim.tenants import TenantPaths, Tenants
from dcc_sim.world import World


class Gateway(FastAPI):
    """FastAPI, with the DUIS services before all that it does for a request."""

    duis: DuisServices

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, for the DUIS services or for FastAPI."""
        await self.duis(scope, receive, send)


def build(
    world: World,
    callbacks: Callbacks | None = None,
    stage: Stage | None = None,
    slowest: float = SLOWEST_BODY,
    tenants: Tenants | None = None,
) -> Gateway:
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
    app = Gateway(title="dcc-sim", description="Open emulator of the GB smart-metering DCC", version="0.1.0")

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
    app.duis = DuisServices(super(Gateway, app).__call__, post, slowest)
    app.include_router(control.routes(on))
    app.include_router(anomaly_api.routes(lambda: on.world))
    app.include_router(observer.routes())
    if tenants is not None:
        app.include_router(tenant_routes(tenants))
        app.add_middleware(TenantPaths, tenants=tenants)
    return app
