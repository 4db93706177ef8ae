"""The control API's trace: what went over the wires."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse

from dcc_sim import control_models as models
from dcc_sim import trace_file
from dcc_sim.control_answers import BAD_BESIDE_TEXT
from dcc_sim.control_models import HIGHEST_NUMBER, MOST_RECORDS
from dcc_sim.ladder import draw
from dcc_sim.pace import Stage
from dcc_sim.trace import TraceRecord
from dcc_sim.world import World

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
