"""The DCC as one thing: what it knows, what it holds, and its two doors, towards users and towards hubs."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dcc_sim.access_control import AccessControlBroker
from dcc_sim.change_of_supplier import known_after, tells_of_credentials
from dcc_sim.inventory import DeviceEntry, Inventory
from dcc_sim.policy import Regime
from dcc_sim.requests import Event, InFlight, State, after
from dcc_sim.respond import Answer
from dcc_sim.smki import KeyPair, Repository
from dcc_sim.store import Store, Trusted
from dcc_sim.transform import Broker
from schemas.duis.request import Request
from schemas.duis.request_id import RequestId
from schemas.duis.xml_signature import sign_as
from schemas.errors import Malformed, NotAuthentic, NotPossible
from schemas.eui import EUI64
from schemas.gbcs.envelope import Message
from schemas.gbcs.outcome import outcome_of
from schemas.gbcs.use_cases.declare import UseCase
from schemas.gbcs.use_cases.table import by_name

NEW_DEVICE_CERTIFICATE = 0x000B
"""Message code of CS02d."""
RESPONSE_TIME = timedelta(seconds=30)
"""How long the DCC waits for a device's response to an on-demand command; the real target is not public (assumed)."""


@dataclass(slots=True)
class Dcc:
    """The DCC's records, keys and doors.

    Attributes:
        inventory: users, devices, registrations.
        store: requests in flight and mailboxes.
        smki: the certificates, public things only.
        access_control: the broker.
        xml_signing: key pair that signs every DUIS response.
        to_hub: hands a command to a communications hub: hub EUI, octets.
        regime: who controls load.
    """

    inventory: Inventory
    store: Store
    smki: Repository
    access_control: AccessControlBroker
    xml_signing: KeyPair = field(repr=False)
    to_hub: Callable[[EUI64, bytes], None]
    regime: Regime = Regime.SUPPLIER_ONLY
    _deadlines: dict[RequestId, datetime] = field(default_factory=dict)

    def resume(self) -> None:
        """What waited for a device when the last process ended still waits: its deadlines stand."""
        sent = self.store.in_state(State.SENT)
        self._deadlines = {held.request_id: held.deadline for held in sent if held.deadline}

    def sign(self, document: bytes) -> bytes:
        """A DUIS response with the DSP's XML signature."""
        signer = self.xml_signing.xml_signer
        return signer.sign_plain(document) or sign_as(signer, document)

    def check_counter(self, request: Request) -> None:
        """The counter of a new request is above all that were accepted from its originator.

        Raises:
            NotAuthentic: it is not (a replay, or one overtaken).
        """
        name = request.request_id
        known = self.store.counter(name.originator)
        if name.counter <= known:
            raise NotAuthentic("RequestID counter", f"rises with every request: {name.counter} is not above {known}")

    def broker_for(self, request: Request, device: DeviceEntry, use_case: UseCase) -> Broker | None:
        """A party of the DCC as originator, with its next counter; None where the user is.

        It is the broker for a user whose certificates the device does not hold, and the party that the use case names
        for what the DCC does in its own name or signs for the user.
        """
        dccs = use_case.dcc_party is not None or use_case.broker_signs
        if request.request_id.originator in device.known_parties and not dccs:
            return None
        eui = self.access_control.party(use_case).eui
        return Broker(eui, self.store.counter(eui) + 1)

    def hold(self, request: Request, use_case: UseCase, pre_command: Message, broker: Broker | None = None) -> InFlight:
        """Store a new request; a critical one then waits for its signature. ``broker`` has used its counter with it.

        Raises:
            NotAuthentic: its counter does not rise.
        """
        held = InFlight(
            request.request_id,
            request.service_reference_variant,
            use_case.name,
            pre_command.encode(),
            State.AWAITING_SIGNATURE if use_case.critical else State.ACCEPTED,
        )
        own = None
        if broker is not None and use_case.dcc_party is not None:
            own = RequestId(broker.eui, pre_command.target, broker.counter)
        self.store.accept(held, None if broker is None else (broker.eui, broker.counter), own)
        return held

    def awaiting_signature(self, request: Request) -> InFlight:
        """The stored request that a SignedPreCommand belongs to.

        Raises:
            NotAuthentic: there is none of that name, or not of that service.
            NotPossible: it has been signed and sent already (a replay).
        """
        held = self.store.request(request.request_id)
        if held is None or held.service != request.service_reference_variant:
            raise NotAuthentic("RequestID", f"is that of a pre-command of this service, not {request.request_id}")
        after(held.state, Event.DISPATCHED)
        return held

    def dispatch(self, held: InFlight, command: Message, now: datetime) -> None:
        """Hand a protected command to the hub of its device and wait for the response."""
        octets = command.encode()
        sent = replace(held, state=after(held.state, Event.DISPATCHED), command=octets, deadline=now + RESPONSE_TIME)
        self.store.advance(sent, held.state)
        self._deadlines[held.request_id] = now + RESPONSE_TIME
        self.to_hub(self.inventory.device(command.target).hub, octets)

    def in_flight(self, response: Message) -> InFlight:
        """The request that a device's response answers.

        Raises:
            NotPossible: none is waiting for it, or it waits for another use case's.
        """
        name = _request_of(response)
        held = self._named(name)
        if held is None or held.state is not State.SENT:
            raise NotPossible("response", f"answers a command in flight; {name} is none")
        asked = by_name(held.use_case).code
        if response.message_code != asked:
            raise NotPossible("message code", f"is that of the command, {asked:04X}, not {response.message_code:04X}")
        return held

    def finish(self, held: InFlight, answer: Answer, response: Message) -> None:
        """The device has answered."""
        if response.message_code == NEW_DEVICE_CERTIFICATE:
            self.access_control.forget(response.originator)
        self._end(held, Event.ANSWERED, answer, self._told(response))

    def give_up(self, held: InFlight, answer: Answer) -> None:
        """The device has not answered in time."""
        self._end(held, Event.EXPIRED, answer)

    def strand(self, held: InFlight, answer: Answer) -> None:
        """A request accepted by a process that ended before sending it, and that cannot be sent now."""
        self._end(held, Event.STRANDED, answer)

    def deliver(self, user: EUI64, answer: Answer, alert: Message) -> None:
        """Put a device's alert into the mailbox of ``user``, and keep its counter with it."""
        told = (alert.originator, alert.originator_counter)
        trusted = self._told(alert)
        self.store.put(user, answer.name, self.sign(answer.document), answer.mmc, told, trusted)
        self.learn(trusted)

    def origin_of(self, alert: Message) -> InFlight | None:
        """The stored request whose outcome a future-dated alert tells, or None."""
        outcome = outcome_of(alert)
        return None if outcome is None else self._named(outcome.request)

    def overdue(self, now: datetime) -> list[InFlight]:
        """The sent requests whose deadline is not after ``now``, earliest first."""
        names = [name for name, deadline in self._deadlines.items() if deadline <= now]
        return [held for name in names if (held := self.store.request(name)) is not None]

    def next_timer(self) -> datetime | None:
        """The next deadline: the oldest entry, because every request gets the same time."""
        return next(iter(self._deadlines.values()), None)

    def _named(self, name: RequestId) -> InFlight | None:
        """The request of a command's name, in its originator's name or in that of a party of the DCC."""
        own = any(name.originator == party.eui for party in self.access_control.own.values())
        return self.store.request_of(name) if own else self.store.request(name)

    def _told(self, message: Message) -> Trusted | None:
        """The device of a message and the parties whose certificates it holds now, where the message changes them."""
        device = self.inventory.devices.get(message.originator)
        if device is None or not tells_of_credentials(message):
            return None
        kept = frozenset(party.eui for party in self.access_control.own.values())
        try:
            known = known_after(device, message, kept)
        except Malformed:
            # What cannot be read is still the user's answer: it is delivered as it came.
            return None
        return None if known == device.known_parties else (device.eui, known)

    def learn(self, trusted: Trusted | None) -> None:
        """Take into the inventory whose certificates a device holds."""
        device = None if trusted is None else self.inventory.devices.get(trusted[0])
        if trusted is not None and device is not None:
            self.inventory.devices[device.eui] = replace(device, known_parties=trusted[1])

    def _end(self, held: InFlight, event: Event, answer: Answer, trusted: Trusted | None = None) -> None:
        done = replace(held, state=after(held.state, event), deadline=None)
        self.store.finish(done, held.state, self.sign(answer.document), answer.mmc, trusted)
        self._deadlines.pop(held.request_id, None)
        self.learn(trusted)


def _request_of(response: Message) -> RequestId:
    extra = response.supplementary
    if extra is None:
        return RequestId(response.target, response.originator, response.originator_counter)
    if extra.remote_party_counter is None:
        raise Malformed("supplementary remote party counter", "is present in a response through the broker")
    return RequestId(extra.remote_party, response.originator, extra.remote_party_counter)
