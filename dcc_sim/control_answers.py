"""What several routes of the control API share: the answers that are errors, and looking a device up."""

from typing import Any

from fastapi import HTTPException

from dcc_sim.control_models import Invalid, Problem
from dcc_sim.inventory import DeviceEntry
from dcc_sim.world import World
from schemas.errors import SmartMeterError
from schemas.eui import EUI64

Answers = dict[int | str, dict[str, Any]]
UNKNOWN: Answers = {404: {"model": Problem, "description": "There is none of that name."}}
CONFLICT: Answers = {409: {"model": Problem, "description": "Not as things are now."}}
BAD: Answers = {
    400: {"model": Problem, "description": "The body cannot be decoded."},
    422: {"model": Invalid, "description": "Not of this form: each field with the rule it breaks."},
}
"""What every route under ``/sim`` may answer."""
# FastAPI would give the error the media type of the good answer.
_INVALID = {"application/json": {"schema": {"$ref": "#/components/schemas/Invalid"}}}
_PROBLEM = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
BAD_BESIDE_TEXT: Answers = {
    400: {"description": "The body cannot be decoded.", "content": _PROBLEM},
    422: {"description": "Not of this form.", "content": _INVALID},
}
ERRORS_BESIDE_TEXT: Answers = {
    **BAD_BESIDE_TEXT,
    404: {"description": "There is none of that name.", "content": _PROBLEM},
    409: {"description": "Not as things are now.", "content": _PROBLEM},
}


def known_device(world: World, text: str) -> DeviceEntry:
    """The device of that EUI-64; HTTP 404 where there is none."""
    try:
        return world.dcc.inventory.device(EUI64.parse(text))
    except SmartMeterError as error:
        raise HTTPException(404, str(error)) from None
