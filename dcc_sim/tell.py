"""What happens, told to the trace: who sent what to whom, how big, and what became of it."""

from collections.abc import Callable
from datetime import datetime

from dcc_sim.border import Reply, readable
from dcc_sim.identities import IN_HOME_DISPLAY
from dcc_sim.inventory import Inventory
from dcc_sim.respond import recipient
from dcc_sim.trace import OK, Trace
from devices.output import Note
from han.link import Fate
from han.reports import Arrived, Delivery, FrameRecord, Left, NotArrived, Undelivered
from han.tunnel_client import RESTARTED
from schemas.duis.document import parse
from schemas.duis.payloads import DeviceAlert, LocalCommand, Other, PreCommand, ServiceResponse
from schemas.duis.request import Request
from schemas.duis.request_id import RequestId
from schemas.duis.response import Response, read_response
from schemas.errors import Malformed, SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.block_transfer import transfers
from schemas.gbcs.describe import describe, to_text
from schemas.gbcs.envelope import CraFlag, Message, decode
from schemas.gbcs.names.message_codes import message_code
from schemas.gbcs.outcome import alert_code, outcome_of

DCC, HUB = "DCC", "Hub"
_BEFORE_TRANSFER = 5
"""Octets of a TransferData before what it carries: ZCL header and tunnel id."""
_REMEMBERED = 256
"""Transfers that may be under way; one that is sent again after so many others belongs to nothing."""
_WORDS = {CraFlag.COMMAND: "command", CraFlag.RESPONSE: "response"}


class Teller:
    """Writes the trace of one world.

    Args:
        inventory: gives parties and devices their names.
        asked_by: the request that a command of the DCC's own belongs to; None for a user's own command.
    """

    def __init__(
        self, trace: Trace, inventory: Inventory, asked_by: Callable[[RequestId], RequestId | None] = lambda name: None
    ) -> None:
        self._asked_by = asked_by
        self._trace = trace
        self._inventory = inventory
        self._on_the_han: dict[bytes, str] = {}

    def name(self, eui: EUI64) -> str:
        """How a party is called in the ladder: a user by its name, a device by its type."""
        if eui in self._inventory.users:
            return self._inventory.users[eui].name
        if eui in self._inventory.devices:
            kind = self._inventory.devices[eui].device_type
            return HUB if kind == "CHF" else str(kind)
        if eui == IN_HOME_DISPLAY:
            return "IHD"
        return str(eui)

    def exchange(self, now: datetime, service: str, xml: bytes, reply: Reply) -> None:
        """A request over HTTP and its reply, the GBCS message in either beside it."""
        request = readable(xml)
        who = "User" if request is None else self.name(request.request_id.originator)
        correlation = "" if request is None else str(request.request_id)
        verdict = f"refused {reply.code or f'HTTP {reply.status}'}: {reply.reason}" if reply.reason else OK
        what = "body" if request is None else _request_text(request)
        self._add(now, who, DCC, f"{service} {what}", "DUIS", correlation, xml, _request_payload(request), verdict)
        if reply.status != 200:
            self._trace.add(now, DCC, who, f"HTTP {reply.status}", "note", correlation=correlation, body=reply.body)
            return
        answer = read_response(parse(reply.body))
        payload = answer.payload.payload if isinstance(answer.payload, PreCommand | LocalCommand) else b""
        what = f"{answer.code} {_carried(answer)}"
        self._add(now, DCC, who, what, "DUIS", correlation, reply.body, payload)
        if payload:
            self._trace.add(
                now,
                DCC,
                DCC,
                _message_text(payload),
                "GBCS",
                correlation=correlation,
                body=payload,
                decode=_decoded(payload),
            )

    def wan(self, now: datetime, to_hub: bool, message: bytes) -> None:
        """A GBCS message between the DCC and the hub."""
        source, target = (DCC, HUB) if to_hub else (HUB, DCC)
        what, correlation = _message_text(message), self._correlation(message)
        self._add(now, source, target, what, "GBCS", correlation, message, message)

    def onto_han(self, message: bytes) -> None:
        """A GBCS message goes over the HAN: the frames that carry it, whole or in blocks, belong to what it does."""
        correlation = self._correlation(message)
        for transfer in transfers(message):
            self._on_the_han[transfer] = correlation
        while len(self._on_the_han) > _REMEMBERED:
            del self._on_the_han[next(iter(self._on_the_han))]

    def direct(self, now: datetime, delivery: Delivery) -> None:
        """A GBCS message has come from the hub to a device, or back, without frames."""
        source, target, message = self.name(delivery.source), self.name(delivery.target), delivery.message
        self._add(now, source, target, _message_text(message), "GBCS", self._correlation(message), message, message)

    def frame(self, record: FrameRecord) -> int:
        """One packet on the HAN; gives the number of its message in the trace."""
        target = "all" if record.destination is None else self.name(record.destination)
        source = self.name(record.source)
        verdict = OK if record.fate is Fate.SENT else record.fate.value
        told = self._trace.add(
            record.time,
            source,
            target,
            record.description,
            "HAN",
            correlation=self._on_the_han.get(record.zcl[_BEFORE_TRANSFER:], ""),
            verdict=verdict,
            body=record.zcl,
            cluster=record.cluster,
        )
        return told.sequence

    def note(self, now: datetime, device: EUI64, note: Note) -> None:
        """What a device verified, decided or did."""
        verdict = "refused" if note.kind == "refused" else OK
        self._trace.note(now, self.name(device), f"{note.kind}: {note.text}", verdict=verdict)

    def air(self, now: datetime, device: EUI64 | None, what: str) -> None:
        """Something goes wrong on the air from now on, or does no more."""
        self._trace.note(now, "Hub" if device is None else self.name(device), f"air: {what}")

    def of_the_han(self, now: datetime, result: Arrived | NotArrived | Left | Undelivered) -> None:
        """Who has joined, who has not, who has left; a message that was given up."""
        match result:
            case Arrived(device):
                self._trace.note(now, HUB, f"{self.name(device)} has joined the HAN")
            case NotArrived(device, reason):
                self._trace.note(now, HUB, f"{self.name(device)} has not joined", verdict=f"refused: it {reason}")
            case Left(device):
                self._trace.note(now, HUB, f"{self.name(device)} has left the HAN")
            case Undelivered():
                self.undelivered(now, result)

    def undelivered(self, now: datetime, result: Undelivered) -> None:
        """A message that the HAN gave up."""
        text = f"{_message_text(result.message)} for {self.name(result.target)} not delivered"
        self._trace.note(
            now, HUB, text, correlation=self._correlation(result.message), verdict=f"lost: {result.reason}"
        )

    def lost(self, now: datetime, message: bytes) -> None:
        """A message that the hub had for the DCC when it lost power."""
        text = f"{_message_text(message)} for {DCC} not delivered"
        self._trace.note(now, HUB, text, correlation=self._correlation(message), verdict=f"lost: {RESTARTED}")

    def dropped(self, now: datetime, party: str, error: SmartMeterError) -> None:
        """A message that fits nothing."""
        self._trace.note(now, party, "message dropped", verdict=f"refused: {error}")

    def delivered(self, now: datetime, user: EUI64, document: bytes) -> None:
        """A document posted to a user's callback."""
        answer = read_response(parse(document))
        correlation = str(answer.request_id or answer.response_id or "")
        self._add(now, DCC, self.name(user), _answer_text(answer), "DUIS", correlation, document, _payload(answer))

    def _correlation(self, payload: bytes) -> str:
        name = _name(payload)
        return "" if name is None else str(self._asked_by(name) or name)

    def _add(
        self,
        now: datetime,
        source: str,
        target: str,
        what: str,
        kind: str,
        correlation: str,
        body: bytes,
        payload: bytes,
        verdict: str = OK,
    ) -> None:
        decoded = _decoded(payload) if payload else ""
        self._trace.add(
            now,
            source,
            target,
            what,
            "DUIS" if kind == "DUIS" else "GBCS",
            correlation=correlation,
            verdict=verdict,
            body=body,
            decode=decoded,
        )


def _decoded(payload: bytes) -> str:
    try:
        return f"{payload.hex().upper()}\n\n{to_text(describe(payload))}"
    except Malformed as error:
        return f"{payload.hex().upper()}\n\nno GBCS message: {error}"


def _message_text(payload: bytes) -> str:
    try:
        return _describe_message(decode(payload))
    except Malformed:
        return "no GBCS message"


def _describe_message(message: Message) -> str:
    name = message_code(message.message_code)
    if message.cra is CraFlag.ALERT:
        try:
            return f"alert {alert_code(message):04X}"
        except Malformed:
            return f"alert of {name}"
    kind = "pre-command" if message.is_pre_command else _WORDS[message.cra]
    return f"{kind} {name}"


def _name(payload: bytes) -> RequestId | None:
    """Of the request that a message belongs to, or an alert's own."""
    try:
        message = decode(payload)
    except Malformed:
        return None
    if message.cra is CraFlag.ALERT:
        outcome = outcome_of(message)
        own = RequestId(message.originator, recipient(message), message.originator_counter)
        return own if outcome is None else outcome.request
    user, device = message.originator, message.target
    if message.cra is CraFlag.RESPONSE:
        user, device = device, user
    counter = message.originator_counter
    extra = message.supplementary
    if extra is not None and extra.remote_party_counter is not None:
        user, counter = extra.remote_party, extra.remote_party_counter
    return RequestId(user, device, counter)


def _request_text(request: Request) -> str:
    return f"{request.service_reference_variant} CV{request.command_variant} {request.body.name}"


def _request_payload(request: Request | None) -> bytes:
    if request is None or not request.body.has("GBCSPayload"):
        return b""
    return request.body.octets("GBCSPayload")


def _carried(answer: Response) -> str:
    """What an answer that is given at once carries."""
    if isinstance(answer.payload, Other):
        return answer.payload.node.name
    if answer.payload is not None:
        return type(answer.payload).__name__
    return "acknowledgement" if answer.code == "I99" else "error"


def _payload(answer: Response) -> bytes:
    return getattr(answer.payload, "payload", b"")


def _answer_text(answer: Response) -> str:
    if isinstance(answer.payload, DeviceAlert):
        return f"DeviceAlert {answer.payload.alert_code:04X}"
    if isinstance(answer.payload, ServiceResponse):
        return f"{answer.code} ServiceResponse {answer.service_reference_variant}"
    return f"{answer.code} {answer.service_reference_variant or ''}".strip()
