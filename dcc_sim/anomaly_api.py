"""The control API of anomaly detection: thresholds and limits, and a user's word on what is in quarantine."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel

from dcc_sim import quarantine
from dcc_sim.anomaly import Breach, Limit, Settings, Threshold, limit_key, threshold_key
from dcc_sim.control_answers import BAD, UNKNOWN, Answers
from dcc_sim.control_models import Problem
from dcc_sim.world import World
from schemas.errors import NotAllowed, SmartMeterError
from schemas.eui import EUI64

HIGHEST_EVENT = 2**31 - 1
"""Of a QuarantineEventRef: what SQL's INTEGER holds."""

_REFUSED: Answers = {
    403: {"model": Problem, "description": "Another user's, or its device is gone."},
    409: {"model": Problem, "description": "Not in quarantine, or no EUI-64."},
}
Event = Annotated[int, Query(ge=1, le=HIGHEST_EVENT)]


class QuarantinedRequest(BaseModel):
    """One request in quarantine.

    Attributes:
        event: the alert's QuarantineEventRef.
        breach: the kind, as the alert has it.
        setting: the threshold or limit that was broken, JSON.
    """

    event: int
    request: str
    user: str
    breach: Breach
    setting: str
    moment: datetime


def routes(world: Callable[[], World]) -> APIRouter:
    """The routes under ``/sim/anomaly`` over the world that is served."""
    api = APIRouter(prefix="/sim/anomaly", tags=["anomaly"], responses=BAD)

    @api.get("/settings")
    async def settings() -> Settings:
        """All thresholds and limits."""
        known = world().dcc.anomaly.values()
        return Settings(
            thresholds=tuple(each for each in known if isinstance(each, Threshold)),
            limits=tuple(each for each in known if isinstance(each, Limit)),
        )

    @api.put("/thresholds", status_code=204)
    async def put_threshold(threshold: Threshold) -> None:
        """From now on, in the place of the one before for the same."""
        world().dcc.keep_setting(threshold)

    @api.delete("/thresholds", status_code=204, responses=UNKNOWN)
    async def delete_threshold(user: str | None = None, service: str | None = None) -> None:
        """No such threshold any more."""
        _drop(world(), threshold_key(user, service))

    @api.put("/limits", status_code=204)
    async def put_limit(limit: Limit) -> None:
        """From now on, in the place of the one before for the same."""
        world().dcc.keep_setting(limit)

    @api.delete("/limits", status_code=204, responses=UNKNOWN)
    async def delete_limit(service: str, attribute: str) -> None:
        """No such limit any more."""
        _drop(world(), limit_key(service, attribute))

    @api.get("/quarantine")
    async def waiting() -> list[QuarantinedRequest]:
        """What is in quarantine now, oldest first."""
        return [
            QuarantinedRequest(
                event=each.event,
                request=str(each.request_id),
                user=str(each.request_id.originator),
                breach=each.breach,
                setting=each.setting,
                moment=each.moment,
            )
            for each in quarantine.waiting(world().dcc)
        ]

    @api.post("/quarantine/release", status_code=204, responses=_REFUSED)
    async def release(event: Event, user: str) -> None:
        """The user lets it go to its device."""
        _on_word(lambda: world().release(event, EUI64.parse(user)))

    @api.post("/quarantine/delete", status_code=204, responses=_REFUSED)
    async def delete(event: Event, user: str) -> None:
        """The user gives it up."""
        _on_word(lambda: quarantine.delete(event, EUI64.parse(user), world().clock.now, world().dcc))

    return api


def _drop(world: World, name: str) -> None:
    if not world.dcc.drop_setting(name):
        raise HTTPException(404, "there is no such setting")


def _on_word(action: Callable[[], None]) -> None:
    try:
        action()
    except SmartMeterError as error:
        raise HTTPException(403 if isinstance(error, NotAllowed) else 409, str(error)) from None
