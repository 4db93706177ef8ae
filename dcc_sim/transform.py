"""Step 3 of the road: a DUIS request becomes GBCS, a pre-command to be signed or the body of a command."""

from dataclasses import dataclass

from schemas.duis.request import Request
from schemas.eui import EUI64
from schemas.gbcs.envelope import CraFlag, Message, Supplementary
from schemas.gbcs.use_cases.declare import Context, Known, UseCase

GBCS_VERSION = "4.3"
"""The version that a PreCommand answer names: the DUIS and MMC schemas 5.4 are aligned with it."""


@dataclass(frozen=True, slots=True)
class Broker:
    """The access control broker as originator, for a user whose certificates the device does not hold.

    Attributes:
        eui: the broker's EUI-64.
        counter: the broker's own originator counter for this command.
    """

    eui: EUI64
    counter: int


_NOTHING_MORE = Known()


def transform(
    request: Request, use_case: UseCase, broker: Broker | None = None, known: Known = _NOTHING_MORE
) -> Message:
    """The unsigned GBCS message of ``request``: for a critical one, the pre-command.

    Directly, the header copies the RequestID. Through the broker it carries the broker's id and counter, and the
    user's go into the supplementary fields (gbcs-reference 1.7; 28 templates).

    Args:
        known: what the DCC adds to the few commands whose request does not carry it.

    Raises:
        Malformed: naming the DUIS element that GBCS cannot carry.
    """
    asked = request.request_id
    originator, counter, supplementary = asked.originator, asked.counter, None
    if broker is not None:
        originator, counter = broker.eui, broker.counter
        supplementary = Supplementary(asked.originator, asked.counter)
    context = Context(originator, asked.target, counter, asked.originator, asked.counter, known)
    payload = use_case.encode(request.body, context)
    return Message(
        CraFlag.COMMAND, counter, originator, asked.target, use_case.code, payload, supplementary=supplementary
    )
