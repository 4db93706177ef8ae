"""The control API's snapshots: what is served, whole, as a file; and a file of one, to go on from."""

import json
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import Field

from dcc_sim.control_answers import CONFLICT
from dcc_sim.control_models import Asked, Clock
from dcc_sim.pace import Stage
from dcc_sim.snapshots import Snapshot
from schemas.errors import SmartMeterError


class SnapshotFile(Asked):
    """DCC and home at a moment: docs/devices.md, "Snapshots"."""

    format: Literal["dcc-sim snapshot"] = "dcc-sim snapshot"
    version: Literal[1] = 1
    sha256: str = Field(max_length=64, description="of the content with sorted keys")
    content: dict[str, Any]


def snapshot_routes(stage: Stage) -> APIRouter:
    """Save and go on."""
    router = APIRouter(tags=["homes"], responses=CONFLICT)

    @router.get("/snapshot")
    async def read_snapshot() -> SnapshotFile:
        """DCC and home as they are now; not while a frame is on the air or a fault of it is set."""
        try:
            return SnapshotFile.model_validate_json(Snapshot.of(stage.world).text)
        except SmartMeterError as error:
            raise HTTPException(409, str(error)) from None

    @router.put("/snapshot")
    async def put_snapshot(asked: SnapshotFile) -> Clock:
        """Serve the world of a snapshot from its moment on, in the place of this one; the clock is paused."""
        try:
            stage.restore(Snapshot.read(json.dumps(asked.model_dump())))
        except SmartMeterError as error:
            raise HTTPException(409, str(error)) from None
        return Clock(now=stage.world.clock.now, speed=stage.speed)

    return router
