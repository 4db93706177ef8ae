"""The control API's trace and faults: what went over the wires, and what is to go wrong there."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import PlainTextResponse

from dcc_sim import control_models as models
from dcc_sim import trace_file
from dcc_sim.control_answers import BAD_BESIDE_TEXT, CONFLICT, UNKNOWN, known_device
from dcc_sim.control_models import HIGHEST_NUMBER, MOST_RECORDS
from dcc_sim.ladder import draw
from dcc_sim.pace import Stage
from dcc_sim.trace import TraceRecord
from dcc_sim.world import World
from han.conditions import Conditions
from schemas.eui import EUI64

_WIDEST = 1000
"""Characters of a ladder's line where many parties take part."""


class _JsonLines(PlainTextResponse):
    """A JSON object a line."""

    media_type = "application/jsonl"


def trace_routes(stage: Stage) -> APIRouter:
    """What was sent."""
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

    @router.get("/trace.jsonl", response_class=_JsonLines, responses=BAD_BESIDE_TEXT)
    async def download_trace() -> _JsonLines:
        """The whole trace as JSON lines, decoded, for ``dcc-sim trace``."""
        shown = trace_file.text(trace_file.lines(stage.world.trace))
        return _JsonLines("".join(shown))

    @router.get("/ladder", response_class=PlainTextResponse, responses=BAD_BESIDE_TEXT)
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


def fault_routes(stage: Stage) -> APIRouter:
    """What goes wrong."""
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
        """Make a device's link behave badly from the next packet on, or take the hub off the WAN."""
        device = known(eui)
        if device == stage.world.home.hub.eui:
            if asked.model_copy(update={"silent": False}) != models.Faults():
                raise HTTPException(409, "faults: of a hub, silent is the only one")
            stage.world.wan.offline = asked.silent
        else:
            stage.world.home.han.conditions(device, _conditions(asked))
        stage.faults[device] = asked
        return models.FaultyDevice(eui=str(device), **asked.model_dump())

    @router.delete("/faults/{eui}", status_code=204, responses=UNKNOWN)
    async def clear_faults(eui: str) -> None:
        """Make a device's link, or the hub's WAN, behave well again."""
        device = known(eui)
        if device == stage.world.home.hub.eui:
            stage.world.wan.offline = False
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
