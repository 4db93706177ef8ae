"""The one path of every message through a device: verify, authorise, act, respond.

What fails authentication or authority gets no response and changes nothing; it leaves an entry in the security log
and, where the device knows a supplier, a signed alert (when which alert is sent is assumed: the vectors show none
of these refusals). A command that passes but fails in one of its items gets a response that says so and changes
nothing either, although items before the failing one report success (assumed).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from devices import alerts, objects
from devices.alerts import Alert, AlertCode
from devices.asn1 import Handler
from devices.clock import DeviceClock
from devices.cosem import Context, ObjectStore
from devices.credentials import RemoteCredentials
from devices.event_log import Entry, EventLog
from devices.log_objects import add_device_logs
from devices.origin import Origin
from devices.output import Note, Output, Send
from devices.own_keys import OwnKeys
from devices.receipts import Answer, Receipt, Receipts
from devices.trust import Cell, Role, TrustAnchorCell, TrustStore, Use
from schemas.errors import Malformed, NotAllowed, SmartMeterError
from schemas.gbcs.asn1 import decode_ber
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import AccessRequest, decode_dlms, liid
from schemas.gbcs.dlms.times import encode_date_time
from schemas.gbcs.envelope import CraFlag, Message, Supplementary, decode
from schemas.gbcs.protection import add_mac, sign, signed_octets

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

    from devices.use_cases import UseCase
    from schemas.eui import EUI64
    from schemas.zse import HanCommand


# Members of an enumeration are looked up on its class each time; these are asked for with every command.
_COMMAND, _RESPONSE = CraFlag.COMMAND, CraFlag.RESPONSE
_NOT_AUTHENTIC, _COMMAND_DONE = AlertCode.NOT_AUTHENTIC_OTHER, AlertCode.COMMAND_DONE
_DONE, _BROKER = Answer.DONE, Role.ACCESS_CONTROL_BROKER


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a device is, whom it trusts, and what it starts with.

    Attributes:
        eui: its EUI-64.
        signing: its digital signing key, P-256.
        agreement: its key agreement key, P-256.
        anchors: its trust anchor cells.
        firmware_version: 4 octets (ECS52).
        alert_counter: the last originator counter it used for an alert; the next alert has one more.
        clock_offset: what its clock is ahead of the world's time.
        randomised_offset_number: its own, in ten-thousandths, 0 to 10000 (ECS26c).
        certificates: of its own keys, DER, where it holds them (CS02e).
    """

    eui: EUI64
    signing: ec.EllipticCurvePrivateKey
    agreement: ec.EllipticCurvePrivateKey
    anchors: tuple[TrustAnchorCell, ...]
    firmware_version: bytes = bytes.fromhex("00000001")
    alert_counter: int = 0
    clock_offset: timedelta = timedelta()
    randomised_offset_number: int = 0
    certificates: Mapping[Use, bytes] = field(default_factory=dict)


class Device:
    """A virtual device: bytes and the world's time in, outputs and the next timer out.

    Args:
        identity: keys, trust anchors and start values.

    Attributes:
        store: its COSEM objects; ``store.faults`` makes chosen ones fail.
        trust, credentials, keys: its trust anchor cells, what changes them, and its own key pairs.
        event_log, security_log: what happened, and what was refused.
        receipts: what it made of each command.
    """

    use_cases: ClassVar[tuple[UseCase, ...]] = ()
    empty_cells: ClassVar[tuple[Cell, ...]] = ()
    """Cells that it has besides those that its identity fills."""

    def __init__(self, identity: Identity) -> None:
        self.eui = identity.eui
        self.trust = TrustStore(identity.anchors, identity.agreement, self.empty_cells)
        self.firmware_version = identity.firmware_version
        self.alert_counter = identity.alert_counter
        self.event_log = EventLog()
        self.security_log = EventLog()
        self.clock = DeviceClock(identity.clock_offset, self.event_log, self.security_log)
        self.receipts = Receipts()
        self.store = ObjectStore()
        add_device_logs(self.store, self.event_log, self.security_log)
        self.store.readable(objects.FIRMWARE_VERSION, lambda now: dlms.octets(self.firmware_version))
        self.keys = OwnKeys(
            identity.eui, identity.signing, identity.agreement, identity.certificates, self.trust.own_key
        )
        self.credentials = RemoteCredentials(self.trust, self.clock, self.security_log)
        self.asn1: dict[int, Handler] = {**self.credentials.handlers, **self.keys.handlers}
        self._by_code = {use_case.code: use_case for use_case in self.use_cases}
        self._checks: tuple[tuple[Callable[[Message], None], AlertCode], ...] = (
            (self._check_address, AlertCode.NOT_AUTHENTIC_OTHER),
            (self._check_originator, AlertCode.NOT_AUTHENTIC_OTHER),
            (self._check_protection, AlertCode.AUTHENTICATION_FAILED),
            (self.trust.check_counter, AlertCode.NOT_AUTHENTIC_OTHER),
            (self._check_authority, AlertCode.NO_AUTHORITY),
        )

    def receive(self, data: bytes, now: datetime) -> list[Output]:
        """Take one GBCS message from the hub; timers that are due come first. Never raises for what ``data`` is."""
        outputs = self.handle_timer(now)
        try:
            command = decode(data)
        except Malformed as error:
            return outputs + self._refuse(AlertCode.FORMAT_CHECK_FAILED, error, now)
        code = _NOT_AUTHENTIC
        try:
            for check, code in self._checks:  # noqa: B007
                check(command)
        except SmartMeterError as error:
            self._receipt(command, Answer.REFUSED, now, str(error))
            return outputs + self._refuse(code, error, now)
        self.trust.accept_counter(command)
        return [*outputs, self._verified(command), *self._carry_out(command, now)]

    def hear(self, source: EUI64, command: HanCommand, now: datetime) -> list[Output]:
        """Take one command of another device on the HAN; a device without its cluster ignores it."""
        return [*self.handle_timer(now), Note("refused", f"{type(command).__name__} of {source}: no such cluster")]

    def next_timer(self) -> datetime | None:
        """The world's time at which ``handle_timer`` is to be called next, or None."""
        if not self.credentials.pending:
            return None
        due = self.credentials.next_timer()
        return None if due is None else self.clock.world(due)

    def handle_timer(self, now: datetime) -> list[Output]:
        """Do what is due up to ``now``, each thing at its own time."""
        outputs: list[Output] = []
        while (due := self.next_timer()) is not None and due <= now:
            outputs += self._settle(due)
        return outputs

    def put_clock_wrong(
        self, now: datetime, *, drift: int | None = None, ahead: timedelta | None = None
    ) -> list[Output]:
        """Its clock has another rate from the world's ``now`` on, or shows another time; see `DeviceClock.go_wrong`.

        What becomes due by a clock that was put on is done at once, and what is over is not done again by one that was
        put back. Nothing that it was told is lost.

        Raises:
            NotPossible: the drift is out of its range.
        """
        outputs = self.handle_timer(now)
        self.clock.go_wrong(now, drift=drift, ahead=ahead)
        told = f"clock {self.clock.ahead(now).total_seconds():+.3f} s, drift {self.clock.state.drift:+d} ppm"
        return [*outputs, Note("acted", told), *self._settle(now)]

    def kept(self) -> dict[str, object]:
        """What it holds over a power loss beside its credentials, by name; devices that hold more add to it."""
        return {"clock": self.clock.state}

    def take_back(self, kept: dict[str, Any]) -> None:
        """What ``kept`` gave, in a device that was built like this one; what is not in it stays as built."""
        self.clock.state = kept.get("clock", self.clock.state)

    def _settle(self, now: datetime) -> list[Output]:
        """Bring the device to ``now``: what follows from time or from a command. Devices that act add to it."""
        self.clock.settle(now)
        outputs: list[Output] = []
        if self.credentials.pending:
            for party, alert in self.credentials.settle(self.clock.read(now)):
                outputs += self._alert(alert, party)
        return outputs

    def _checkpoint(self) -> Callable[[], None]:
        """A function that puts back the state of now, for a command that fails half way."""
        clock = self.clock.state

        def put_back() -> None:
            self.clock.state = clock

        return put_back

    def _check_address(self, message: Message) -> None:
        if message.target != self.eui:
            raise NotAllowed("business target", f"is {self.eui}, not {message.target}")
        if message.cra is not _COMMAND:
            raise NotAllowed("CRA flag", f"is 01 command, not {message.cra:02X}")

    def _check_originator(self, command: Message) -> None:
        self.trust.roles(command.originator)

    def _check_protection(self, command: Message) -> None:
        use_case = self._by_code.get(command.message_code)
        if use_case is None:
            self.trust.verify(command, critical=False)
        elif use_case.signed_alone(command):
            self.trust.verify_signature(command, use_case.roles)
        else:
            self.trust.verify(command, use_case.critical, use_case.roles)

    def _check_authority(self, command: Message) -> None:
        use_case = self._by_code.get(command.message_code)
        roles = self.trust.roles(command.originator)
        if use_case is not None and roles.isdisjoint(use_case.roles):
            raise NotAllowed("business originator", f"may send {use_case.name}, a {_names(roles)} may not")
        for_itself = use_case is not None and use_case.in_own_name
        if _BROKER in roles and command.supplementary is None and not for_itself:
            raise NotAllowed("supplementary remote party", "is named where the access control broker originates")
        if use_case is not None and not use_case.answer_signed(command):
            # Who has no key agreement cell could not be answered.
            self.trust.secret(command.originator)

    def _carry_out(self, command: Message, now: datetime) -> list[Output]:
        use_case = self._by_code.get(command.message_code)
        moment = self.clock.read(now)
        if use_case is None:
            self._receipt(command, Answer.REFUSED, now, "message code: is of a use case that this device has")
            alert = alerts.not_supported(command, moment)
            return self._alert(alert, command.originator, _copied(command.supplementary))
        if use_case.code in self.asn1:
            return self._answer(command, use_case, self.asn1[use_case.code], now)
        try:
            request = _request(command, use_case)
        except Malformed as error:
            self._receipt(command, Answer.REFUSED, now, str(error))
            return self._refuse(AlertCode.FORMAT_CHECK_FAILED, error, now)
        put_back = self._checkpoint()
        origin = _origin(command)
        context = Context(now, moment, origin, lambda reader: self._secret_with(reader, command))
        response, failure = self.store.execute(request, context)
        if failure is not None:
            put_back()
        what = "carried out" if failure is None else f"failed: {failure}"
        self._receipt(command, _DONE if failure is None else Answer.FAILED, now, str(failure or ""), origin)
        acted: list[Output] = [
            Note("acted", f"{use_case.name} {what}"),
            self._respond(command, use_case, response.encode(), now),
        ]
        return acted if failure is not None else [*acted, *self._settle(now)]

    def _answer(self, command: Message, use_case: UseCase, handler: Handler, now: datetime) -> list[Output]:
        """Of a command with an ASN.1 content; its answer tells what failed, and what did not is done."""
        try:
            answer = handler(command, decode_ber(command.payload), self.clock.read(now))
        except Malformed as error:
            self._receipt(command, Answer.REFUSED, now, str(error))
            return self._refuse(AlertCode.FORMAT_CHECK_FAILED, error, now)
        except NotAllowed as error:
            self._receipt(command, Answer.REFUSED, now, str(error))
            return self._refuse(AlertCode.NO_AUTHORITY, error, now)
        self._receipt(command, Answer.DONE, now)
        acted = Note("acted", f"{use_case.name} answered")
        return [acted, self._respond(command, use_case, answer.encode(), now), *self._settle(now)]

    def _receipt(
        self, command: Message, answer: Answer, now: datetime, reason: str = "", origin: Origin | None = None
    ) -> None:
        use_case = self._by_code.get(command.message_code)
        name = "" if use_case is None else use_case.name
        moment = self.clock.read(now)
        self.receipts.add(Receipt(moment, origin or _origin(command), name, answer, reason))
        if use_case is not None and use_case.critical and answer is not Answer.REFUSED:
            code = _COMMAND_DONE if answer is _DONE else AlertCode.COMMAND_FAILED
            self.event_log.append(Entry(moment, code, command.message_code.to_bytes(2)))

    def _secret_with(self, reader: EUI64, command: Message) -> bytes:
        """Z with the reader of encrypted values: a party of the trust anchor cells, or one whose certificate came."""
        extra = command.supplementary
        if extra is None or not extra.certificate or extra.remote_party != reader:
            return self.trust.secret(reader)
        return self.trust.secret_of(extra.certificate)

    def _respond(self, command: Message, use_case: UseCase, content: bytes, now: datetime) -> Send:
        message = Message(
            _RESPONSE,
            command.originator_counter,
            self.eui,
            command.originator,
            command.message_code,
            content,
            encode_date_time(self.clock.read(now).replace(microsecond=0)) if use_case.dated else b"",
            _copied(command.supplementary),
        )
        if use_case.answer_signed(command):
            return Send(signed_octets(message, self.keys.signing))
        return Send(add_mac(message, self.trust.secret(command.originator)).encode())

    def _verified(self, command: Message) -> Note:
        what = "MAC and signature" if command.signature else "MAC"
        if command.mac is None:
            what = "signature"
        who = f"{_names(self.trust.roles(command.originator))} {command.originator}"
        return Note("verified", f"{what} of {who}, counter {command.originator_counter}")

    def _refuse(self, code: AlertCode, error: SmartMeterError, now: datetime) -> list[Output]:
        moment = self.clock.read(now)
        self.security_log.append(Entry(moment, code, text=str(error)))
        return [Note("refused", str(error)), *self._alert_supplier(alerts.generic(code, moment))]

    def _alert_supplier(self, alert: Alert) -> list[Output]:
        supplier = self._supplier()
        return [] if supplier is None else self._alert(alert, supplier)

    def _inform_supplier(self, alert: Alert) -> list[Output]:
        """A non-critical alert: the MAC is the supplier's own, which the DCC cannot check (vector GNCA)."""
        supplier = self._supplier()
        if supplier is None:
            return []
        message = add_mac(self._unsigned(alert, supplier), self.trust.secret(supplier))
        return self._sent(alert, supplier, message)

    def _supplier(self) -> EUI64 | None:
        supplier = self.trust.holder(Role.SUPPLIER)
        # A device that has not been handed over has the broker in its supplier's cells, and nobody to tell.
        return None if supplier == self.trust.holder(Role.ACCESS_CONTROL_BROKER) else supplier

    def _alert(self, alert: Alert, target: EUI64, supplementary: Supplementary | None = None) -> list[Output]:
        return self._sent(alert, target, sign(self._unsigned(alert, target, supplementary), self.keys.signing))

    def _unsigned(self, alert: Alert, target: EUI64, supplementary: Supplementary | None = None) -> Message:
        self.alert_counter += 1
        return Message(
            CraFlag.ALERT,
            self.alert_counter,
            self.eui,
            target,
            alert.message_code,
            alert.content(self.alert_counter),
            supplementary=supplementary,
        )

    def _sent(self, alert: Alert, target: EUI64, message: Message) -> list[Output]:
        if alert.code not in alerts.SECURITY:
            self.event_log.append(Entry(alert.moment, alert.code))
        note = Note("alert", f"{alert.code:04X} {alert.code.name.lower().replace('_', ' ')} to {target}")
        return [note, Send(message.encode())]


def _origin(command: Message) -> Origin:
    return Origin(command.originator, command.originator_counter, command.message_code)


def _request(command: Message, use_case: UseCase) -> AccessRequest:
    content = decode_dlms(command.payload)
    if not isinstance(content, AccessRequest):
        raise Malformed("content", "is an access request")
    if content.liid != liid(command.originator_counter):
        raise Malformed("long invoke id", f"is {liid(command.originator_counter):08X}, not {content.liid:08X}")
    use_case.check(content.items)
    return content


@lru_cache(maxsize=256)  # of the sets of nine roles those that are held
def _names(roles: frozenset[Role]) -> str:
    return " and ".join(str(role) for role in sorted(roles))


def _copied(supplementary: Supplementary | None) -> Supplementary | None:
    """Id and counter go back as they came; a certificate does not."""
    return None if supplementary is None else replace(supplementary, certificate=b"")
