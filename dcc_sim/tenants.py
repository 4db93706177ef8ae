"""Tenants of a served emulator: each has a DCC, a home, keys, a clock and records of its own, under ``/t/NAME``.

What is at ``/api/v1/serviceT`` and ``/sim/...`` for the emulator's own world is at ``/t/NAME/api/v1/serviceT`` and
``/t/NAME/sim/...`` for a tenant's. Nothing is shared but the process; records are in memory.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

from dcc_sim.media import PROBLEM
from schemas.errors import Malformed, NotPossible

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from dcc_sim.pace import Stage

PREFIX = "/t/"
MOST = 64
"""Tenants at a time: each takes some 3 MB and as much time as is asked of it."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(slots=True)
class Tenant:
    """One tenant, and the task that keeps its clock and posts its documents."""

    name: str
    stage: Stage
    application: ASGIApp
    running: asyncio.Task[None]


class Tenants:
    """Those that are there, by name.

    Args:
        make: a stage of a seed.
        application: the gateway over a stage.
    """

    def __init__(self, make: Callable[[int], Stage], application: Callable[[Stage], ASGIApp]) -> None:
        self._make = make
        self._application = application
        self._known: dict[str, Tenant] = {}

    def __getitem__(self, name: str) -> Tenant:
        return self._known[name]

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def names(self) -> list[str]:
        """In the order in which they came."""
        return list(self._known)

    def create(self, name: str, seed: int) -> Tenant:
        """A new one, ready when this returns; called on the event loop that serves.

        Raises:
            Malformed: the name has other characters than letters, digits, hyphens and underscores, or more than 40.
            NotPossible: there is one of that name, or there are too many.
        """
        if _NAME.fullmatch(name) is None:
            raise Malformed("name", "has 1 to 40 letters, digits, hyphens and underscores")
        if name in self._known:
            raise NotPossible("tenant", f"has a name of its own, {name} is taken")
        if len(self._known) >= MOST:
            raise NotPossible("tenant", f"is one of at most {MOST}")
        stage = self._make(seed)
        tenant = Tenant(name, stage, self._application(stage), asyncio.create_task(stage.run()))
        self._known[name] = tenant
        return tenant

    def remove(self, name: str) -> None:
        """End one, with all it knows.

        Raises:
            NotPossible: there is none of that name.
        """
        if name not in self._known:
            raise NotPossible("tenant", f"is one that is there, {name} is not")
        gone = self._known.pop(name)
        gone.running.cancel()
        gone.stage.world.dcc.store.close()

    def close(self) -> None:
        """End all."""
        for name in self.names():
            self.remove(name)


class TenantPaths:
    """Sends what is under ``/t/NAME`` to that tenant, and everything else on."""

    def __init__(self, app: ASGIApp, tenants: Tenants) -> None:
        self._app = app
        self._tenants = tenants

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        name, slash, rest = path.removeprefix(PREFIX).partition("/")
        if name not in self._tenants:
            body = json.dumps({"title": "no such tenant", "status": 404, "field": "tenant", "rule": "is there"})
            await Response(body, 404, media_type=PROBLEM)(scope, receive, send)
            return
        inner = {**scope, "path": slash + rest, "raw_path": (slash + rest).encode(), "root_path": ""}
        await self._tenants[name].application(inner, receive, send)
