"""Step 10 of the road, and every other answer: GBCS and verdicts become DUIS responses, and MMC beside them."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime

from dcc_sim.requests import InFlight
from dcc_sim.transform import GBCS_VERSION
from schemas.duis.document import parse
from schemas.duis.node import branch, leaf
from schemas.duis.payloads import (
    DeviceAlert,
    FutureDatedDeviceAlert,
    LocalCommand,
    Other,
    Payload,
    PreCommand,
    ServiceResponse,
)
from schemas.duis.request import Request
from schemas.duis.request_id import RequestId
from schemas.duis.response import Response, write_response
from schemas.duis.shape import SERVICE_USER_GATEWAY
from schemas.errors import Malformed, SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.dlms.access import AccessRequest, decode_dlms
from schemas.gbcs.envelope import Message, decode
from schemas.gbcs.outcome import CosemOutcome, Outcome, alert_code, outcome_of
from schemas.gbcs.use_cases.customer_number import SERVICE as CUSTOMER_NUMBER
from schemas.gbcs.use_cases.customer_number import customer_number
from schemas.gbcs.use_cases.table import by_name
from schemas.mmc.document import write_mmc
from schemas.record import record

ACKNOWLEDGED = "I99"
SUCCESS = "I0"
NO_ANSWER = "E21"
NOT_REACHED = "E20"
_PAYLOAD = f".//{{{SERVICE_USER_GATEWAY}}}GBCSPayload"


@record
class Answer:
    """A document for a user's mailbox.

    Attributes:
        name: the request it belongs to, or the alert's ResponseID.
        document: unsigned DUIS response.
        use_case: of the response in it, for its MMC form; empty where it has none.
    """

    name: str
    document: bytes
    use_case: str = ""


def pre_command(request: Request, message: Message, now: datetime) -> bytes:
    """I0 with the pre-command."""
    return _to_request(request, SUCCESS, now, PreCommand(GBCS_VERSION, message.encode()))


def acknowledgement(request: Request, now: datetime) -> bytes:
    """I99: accepted, and on its way to the device."""
    return _to_request(request, ACKNOWLEDGED, now, None)


def local_command(request: Request, command: Message, now: datetime) -> bytes:
    """I0 with the command, for the user to bring to the device."""
    return _to_request(request, SUCCESS, now, LocalCommand(command.encode()))


def done(request: Request, payload: Payload | None, now: datetime) -> bytes:
    """The DCC has carried out a non-device request: I0 with what it returns, I99 where that is nothing."""
    return _to_request(request, ACKNOWLEDGED if payload is None else SUCCESS, now, payload)


def refusal(error: SmartMeterError, request: Request, now: datetime) -> bytes:
    """The response code of ``error``; DUIS has no place for its text, which goes beside the document."""
    return _to_request(request, error.code, now, None)


def service_response(held: InFlight, message: Message, now: datetime) -> Answer:
    """I0 with the device's response, whatever it says: its results are the payload's business."""
    payload: Payload = ServiceResponse(message.encode())
    if held.service == CUSTOMER_NUMBER:
        # The user asked for a number without knowing it: the DCC drew it, and tells it with the answer.
        number = customer_number(decode(held.pre_command))
        parts = leaf("GBCSPayload", message.encode()), leaf("CustomerIdentificationNumber", number)
        payload = Other(branch("CINMessage", *parts))
    return _to_held(held, SUCCESS, now, payload, held.use_case)


def no_response(held: InFlight, now: datetime, *, reached: bool) -> Answer:
    """E21: no response received from the device; E20: it could not be reached, and the command is taken back."""
    return _to_held(held, NO_ANSWER if reached else NOT_REACHED, now, None)


def not_sent(held: InFlight, error: SmartMeterError, now: datetime) -> Answer:
    """The response code of ``error``, which keeps an accepted request from being sent."""
    return _to_held(held, error.code, now, None)


def alert(message: Message, now: datetime, origin: InFlight | None, user: EUI64 | None = None) -> Answer:
    """A device alert for ``user``; one that tells the outcome of a future-dated command is joined to its request."""
    payload = message.encode()
    outcome = outcome_of(message)
    if outcome is not None and origin is not None:
        number, total = _instruction(origin, outcome)
        body = FutureDatedDeviceAlert(outcome.alert, payload, number, total)
        return _to_held(origin, SUCCESS, now, body)
    name = RequestId(message.originator, user or recipient(message), message.originator_counter)
    document = write_response(Response(None, name, SUCCESS, now, None, None, DeviceAlert(alert_code(message), payload)))
    return Answer(str(name), document)


def recipient(alert: Message, origin: InFlight | None = None) -> EUI64:
    """The user that an alert is for: the remote party, where the device tells it to the broker; the user who asked,
    where it tells the outcome of a command that a party of the DCC sent."""
    if origin is not None:
        return origin.request_id.originator
    return alert.target if alert.supplementary is None else alert.supplementary.remote_party


def recipients(alert: Message, origin: InFlight | None = None) -> tuple[EUI64, ...]:
    """``recipient``; and where a device tells its supplier and names another party without a counter, both."""
    first, named = recipient(alert, origin), alert.supplementary
    copied = origin is None and named is not None and named.remote_party_counter is None
    return (alert.target, first) if copied and alert.target != first else (first,)


def _to_request(request: Request, code: str, now: datetime, payload: Payload | None) -> bytes:
    reference, variant = request.service_reference, request.service_reference_variant
    return write_response(Response(request.request_id, None, code, now, reference, variant, payload))


def _to_held(held: InFlight, code: str, now: datetime, payload: Payload | None, use_case: str = "") -> Answer:
    reference = ".".join(held.service.split(".")[:2])
    name = held.request_id
    asked: RequestId | None = name
    if held.schedule is not None:
        # Nobody asked for this one: it has the name of its answer alone (assumed).
        asked, name = None, name._replace(originator=held.owner)
        if isinstance(payload, ServiceResponse):
            parts = leaf("GBCSPayload", payload.payload), leaf("DSPScheduleID", held.schedule)
            payload = Other(branch("DSPScheduledMessage", *parts))
    document = write_response(Response(asked, name.reversed(), code, now, reference, held.service, payload))
    return Answer(str(name), document, use_case)


def mmc_of(document: bytes, use_case: str) -> bytes:
    """The MMC form of the GBCS payload in a DUIS response; empty where it has none, or none that is mapped: the user
    has the payload as the device sent it.

    Args:
        document: a response of this DCC.
        use_case: of the response in it; empty for an alert.
    """
    payload = parse(document).root.find(_PAYLOAD)
    if payload is None:
        return b""
    try:
        return write_mmc(decode(b64decode(payload.text or "")), by_name(use_case) if use_case else None)
    except Malformed:
        return b""


def _instruction(origin: InFlight, outcome: Outcome) -> tuple[int, int]:
    """Which of the command's activation instructions this outcome is of, from 1, and how many there are."""
    command = decode(origin.pre_command)
    if command.message_code != outcome.message_code:
        raise Malformed("message code", f"is that of the command, {command.message_code:04X}")
    if not isinstance(outcome, CosemOutcome):
        return 1, 1
    content = decode_dlms(command.payload)
    if not isinstance(content, AccessRequest):
        raise Malformed("DLMS tag", "is D9 in a stored command")
    dated = [(item.class_id, item.obis, item.member) for item in content.items if item.class_id == outcome.class_id]
    told = (outcome.class_id, outcome.obis, outcome.member)
    if told not in dated:
        raise Malformed("future dated instruction", f"is one of the command {origin.request_id}")
    return dated.index(told) + 1, len(dated)
