"""Commands that the user brings to the device itself, by hand-held terminal, and the response that it brings back.

Variants 2 and 6 give the command out and nothing goes over the WAN; 3 and 7 do both, and the first response ends the
request. A command given out waits for its response for ever (assumed: no limit is public).
"""

from datetime import datetime

from dcc_sim import device_life, respond
from dcc_sim.change_of_supplier import follow
from dcc_sim.dcc import Dcc
from dcc_sim.requests import Event, InFlight, State, after
from schemas.duis.payloads import Payload
from schemas.duis.request import Request
from schemas.duis.request_id import RequestId
from schemas.errors import NotAuthentic, NotPossible
from schemas.gbcs.envelope import CraFlag, Message, decode

ONLY = frozenset({2, 6})
"""The command variants whose command is given out and not sent."""
BOTH_WAYS = frozenset({3, 7})
"""The command variants whose command is given out and sent."""

_OPEN = (State.HANDED_OUT, State.SENT)


def hand_out(held: InFlight, command: Message, dcc: Dcc) -> None:
    """The command goes to the user alone."""
    handed = held.moved(after(held.state, Event.HANDED_OUT), command.encode(), held.deadline)
    dcc.store.advance(handed, held.state)


def returned(request: Request, now: datetime, dcc: Dcc) -> Payload | None:
    """SR 8.13: the response that a user brings back ends its request, as if it had come over the WAN.

    Raises:
        NotAuthentic: the original request is not this user's, or the response is another's.
        NotPossible: the original request waits for no response.
        Malformed: the bytes are no GBCS response.
    """
    name = RequestId.parse(request.body.text("OriginalRequestID"))
    held = dcc.store.request(name)
    if held is None or name.originator != request.request_id.originator:
        raise NotAuthentic("OriginalRequestID", f"is a request of this user, {name} is not")
    if held.state not in _OPEN:
        raise NotPossible("OriginalRequestID", f"is of a command given out; the request is {held.state}")
    message = decode(request.body.octets("DeviceGBCSResponse"))
    if message.cra is not CraFlag.RESPONSE or dcc.asked_by(message) != held:
        raise NotAuthentic("DeviceGBCSResponse", f"is the response to {name}")
    dcc.check_code(held, message)
    if message.signature:
        # A MAC is between device and user; only what both can check is checked here.
        dcc.access_control.check_signature(message)
    with dcc.store.transaction():
        dcc.finish(held, respond.service_response(held, message, now), message)
        if message.signature:
            follow(message, dcc)
        device_life.answered(held, message, now, dcc)
    return None
