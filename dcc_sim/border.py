"""The border between HTTP and the road: every error of the tree becomes an answer here, and nowhere else.

A body that is no DUIS request gets HTTP 400 with the field and the rule as problem details (RFC 9457): there is no
RequestID to answer to. Everything later is a business answer, HTTP 200 with a signed DUIS response and its code.
DUIS has no element for a reason; it travels beside the document, in the header ``X-DCC-Sim-Reason``.
"""

import json
from collections.abc import Callable
from datetime import datetime

from dcc_sim import respond
from dcc_sim.dcc import Dcc
from dcc_sim.media import PROBLEM, XML
from schemas.duis.document import parse
from schemas.duis.request import Request, read_request
from schemas.errors import Malformed, SmartMeterError
from schemas.record import record

Step = Callable[[bytes, datetime, Dcc], bytes]


@record
class Reply:
    """What goes back over HTTP.

    Attributes:
        code: DUIS response code of a refusal, empty for a good answer and for a body that is no request.
        reason: why it was refused, field and rule; empty for a good answer.
    """

    status: int
    media_type: str
    body: bytes
    code: str = ""
    reason: str = ""


def reply(step: Step, xml: bytes, now: datetime, dcc: Dcc) -> Reply:
    """The reply of one web service; a refusal leaves every record as it was."""
    try:
        return Reply(200, XML, step(xml, now, dcc))
    except SmartMeterError as error:
        request = readable(xml)
        if request is None:
            return problem(400, error)
        document = dcc.sign(respond.refusal(error, request, now))
        return Reply(200, XML, document, error.code, str(error))


def problem(status: int, error: SmartMeterError) -> Reply:
    """Problem details for what is no request at all."""
    details = {"title": "not a DUIS request", "status": status, "field": error.field, "rule": error.rule}
    return Reply(status, PROBLEM, json.dumps(details).encode(), reason=str(error))


def readable(xml: bytes) -> Request | None:
    """The request in ``xml``, or None where it is not of DUIS's shape."""
    try:
        return read_request(parse(xml))
    except Malformed:
        return None
