"""The DCC as one thing: what it knows, what it holds, and its two doors, towards users and towards hubs."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from dcc_sim.access_control import AccessControlBroker
from dcc_sim.anomaly import Setting
from dcc_sim.inventory import Inventory
from dcc_sim.outbox import Outbox, Sent
from dcc_sim.policy import Regime
from dcc_sim.requests import Event, InFlight, State, after
from dcc_sim.respond import Answer
from dcc_sim.smki import KeyPair, Repository
from dcc_sim.store import Store
from dcc_sim.transform import Broker
from schemas.duis.familiar import Familiar
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
_EACH_STEP = nullcontext()
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
        recall: takes a command back that has not reached its hub; whether there was one.
        rng: what the DCC draws itself.
        regime: who controls load.
        dates: when a request that waits, or a schedule by its number, is due.
        anomaly: thresholds and limits of anomaly detection, by name.
        familiar: the markup of requests that have come before, so that it is read once.
        outbox: in a worker process, where what the world is to do is put; the world's own is None.
    """

    inventory: Inventory
    store: Store
    smki: Repository
    access_control: AccessControlBroker
    xml_signing: KeyPair = field(repr=False)
    to_hub: Callable[[EUI64, bytes], None]
    recall: Callable[[bytes], bool]
    rng: Random
    regime: Regime = Regime.SUPPLIER_ONLY
    dates: dict[RequestId | int, datetime] = field(default_factory=dict)
    anomaly: dict[str, Setting] = field(default_factory=dict)
    familiar: Familiar = field(default_factory=Familiar, repr=False)
    outbox: Outbox | None = None
    _deadlines: dict[RequestId, datetime] = field(default_factory=dict)

    def resume(self) -> None:
        """What waited for a device or a date when the last process ended still waits."""
        self.anomaly = self.store.anomaly.settings()
        self.dates = {waiting.request_id: waiting.due for waiting in self.store.diary.waiting()}
        self.dates |= {each.number: each.due for each in self.store.diary.schedules() if each.due is not None}
        sent = self.store.in_state(State.SENT)
        self._deadlines = {held.request_id: held.deadline for held in sent if held.deadline}

    def sign(self, document: bytes) -> bytes:
        """A DUIS response with the DSP's XML signature."""
        signer = self.xml_signing.xml_signer
        return signer.sign_plain(document) or sign_as(signer, document)

    def keep_setting(self, setting: Setting) -> None:
        """A threshold or limit from now on, in the place of the one of its name."""
        with self.store.transaction(alone=True):
            self.store.anomaly.keep_setting(setting)
            self.store.raise_version()
        self.anomaly[setting.key] = setting

    def drop_setting(self, name: str) -> bool:
        """No such threshold or limit from now on; whether there was one."""
        with self.store.transaction(alone=True):
            there = self.store.anomaly.drop_setting(name)
            self.store.raise_version()
        self.anomaly.pop(name, None)
        return there

    def accepting(self, *, alone: bool) -> AbstractContextManager[object]:
        """One transaction for all that accepts a request, where something besides the record goes with it: what anomaly
        detection counts, or, in a worker, what the world is to do. Else each step has its own.

        Args:
            alone: it may use a counter of the DCC; counting is always alone.
        """
        if self.outbox is None and not self.anomaly:
            return _EACH_STEP
        return self.store.transaction(alone=alone or bool(self.anomaly))

    def keep_date(self, key: RequestId | int, due: datetime) -> None:
        """A request or schedule, already kept, is due then. In the transaction that keeps it."""
        if self.outbox is None:
            self.dates[key] = due
        else:
            self.outbox.tell_date(key)

    def drop_date(self, key: RequestId | int) -> None:
        """A request or schedule is due no more."""
        if self.outbox is None:
            self.dates.pop(key, None)
        else:
            self.outbox.tell_date(key)

    def take_outbox(self, now: datetime) -> bool:
        """Do what workers have put into the outbox; whether there was anything. The time to answer begins now."""
        taken = self.store.outbox.take(now + RESPONSE_TIME)
        for each in taken:
            if isinstance(each, Sent):
                self.hand_over(each, now)
            else:
                self._look_up(each.key)
        return bool(taken)

    def check_counter(self, request: Request) -> None:
        """The counter of a new request is above all that were accepted from its originator.

        Raises:
            NotAuthentic: it is not (a replay, or one overtaken).
        """
        name = request.request_id
        known = self.store.counter(name.originator)
        if name.counter <= known:
            raise NotAuthentic("RequestID counter", f"rises with every request: {name.counter} is not above {known}")

    def next_counter(self, party: EUI64) -> Broker:
        """A party of the DCC as originator, with the counter after its last."""
        return Broker(party, self.store.counter(party) + 1)

    def hold(
        self,
        request: Request,
        use_case: UseCase,
        message: Message,
        party: Broker | None = None,
        state: State = State.ACCEPTED,
        command: bytes = b"",
    ) -> InFlight:
        """Store a new request with the message made of it. ``party`` has used its counter with it.

        Raises:
            NotAuthentic: its counter does not rise.
        """
        variant, octets = request.service_reference_variant, message.encode()
        held = InFlight(request.request_id, variant, use_case.name, octets, state, command)
        own = _command_of(message) if party is not None and use_case.dcc_party is not None else None
        self.store.accept(held, None if party is None else (party.eui, party.counter), own)
        return held

    def awaiting_signature(self, request: Request, event: Event = Event.DISPATCHED) -> InFlight:
        """The stored request that a SignedPreCommand belongs to.

        Raises:
            NotAuthentic: there is none of that name, or not of that service.
            NotPossible: it has been signed and sent or handed out already (a replay).
        """
        held = self.store.request(request.request_id)
        if held is None or held.service != request.service_reference_variant:
            raise NotAuthentic("RequestID", f"is that of a pre-command of this service, not {request.request_id}")
        after(held.state, event)
        return held

    def dispatch(self, held: InFlight, command: Message, now: datetime, event: Event = Event.DISPATCHED) -> None:
        """Hand a protected command to the hub of its device and wait for the response."""
        self.hand_over(self.mark_sent(held, command, now, event), now)

    def mark_sent(self, held: InFlight, command: Message, now: datetime, event: Event = Event.DISPATCHED) -> Sent:
        """The record of a protected command that goes to the hub of its device; in a worker, for the world to send."""
        octets, hub = command.encode(), self.inventory.device(command.target).hub
        sent = held.moved(after(held.state, event), octets, now + RESPONSE_TIME)
        self.store.advance(sent, held.state)
        if self.outbox is not None:
            self.outbox.put(held.request_id, hub)
        return Sent(held.request_id, hub, octets)

    def hand_over(self, sent: Sent, now: datetime) -> None:
        """The effect, when its record is kept: the command goes to its hub, and its time to answer begins."""
        if self.outbox is None:
            self._deadlines[sent.request_id] = now + RESPONSE_TIME
            self.to_hub(sent.hub, sent.command)

    def in_flight(self, response: Message) -> InFlight:
        """The request that a device's response answers.

        Raises:
            NotPossible: none is waiting for it, or it waits for another use case's.
        """
        held = self.asked_by(response)
        if held is None or held.state is not State.SENT:
            raise NotPossible("response", f"answers a command in flight; {_request_of(response)} is none")
        self.check_code(held, response)
        return held

    def asked_by(self, response: Message) -> InFlight | None:
        """The request that a response is to, in flight or not.

        Raises:
            Malformed: the response of a device that the broker spoke to does not say for whom.
        """
        name, own = _request_of(response), RequestId(response.target, response.originator, response.originator_counter)
        if not self._is_own(own.originator):
            return self.store.request(name)
        if name == own:
            return self.store.request_of(own)
        # The broker spoke to the device, because a schedule said so or for a user.
        return self.store.request(own) or self.store.request(name)

    def asked_for(self, command: RequestId) -> RequestId | None:
        """The request that a command of the DCC's own belongs to; None for a user's command."""
        held = self.store.request_of(command) if self._is_own(command.originator) else None
        return None if held is None else held.request_id

    def check_code(self, held: InFlight, response: Message) -> None:
        """The response is one of the use case that was sent.

        Raises:
            NotPossible: it is another's.
        """
        asked = by_name(held.use_case).code
        if response.message_code != asked:
            raise NotPossible("message code", f"is that of the command, {asked:04X}, not {response.message_code:04X}")

    def finish(self, held: InFlight, answer: Answer, response: Message) -> None:
        """The device has answered."""
        if response.message_code == NEW_DEVICE_CERTIFICATE:
            self.access_control.forget(response.originator)
            self.store.raise_version()
        self._end(held, Event.ANSWERED, answer)

    def give_up(self, held: InFlight, answer: Answer) -> None:
        """The device has not answered in time."""
        self._end(held, Event.EXPIRED, answer)

    def strand(self, held: InFlight, answer: Answer) -> None:
        """A request accepted by a process that ended before sending it, and that cannot be sent now."""
        self._end(held, Event.STRANDED, answer)

    def delete(self, held: InFlight, answer: Answer) -> None:
        """A request in quarantine that its user does not want any more."""
        self._end(held, Event.DELETED, answer)

    def cancel(self, held: InFlight, answer: Answer) -> None:
        """A request that waits for its date, and that its user does not want any more."""
        self._end(held, Event.CANCELLED, answer)

    def check_new(self, user: EUI64, answer: Answer, alert: Message) -> None:
        """An alert that has a name of its own has not been delivered before: a hub or an attacker may repeat it.

        Raises:
            NotPossible: the user has it already.
        """
        own = str(RequestId(alert.originator, user, alert.originator_counter))
        if answer.name == own and self.store.has_document(user, own):
            raise NotPossible("alert", f"is delivered once, {own} has been")

    def deliver(self, user: EUI64, answer: Answer, alert: Message) -> None:
        """Put a device's alert into the mailbox of ``user``, and keep its counter with it."""
        told = (alert.originator, alert.originator_counter)
        self.store.put(user, answer.name, self.sign(answer.document), answer.use_case, told)

    def origin_of(self, alert: Message) -> InFlight | None:
        """The stored request whose outcome a future-dated alert tells, or None."""
        outcome = outcome_of(alert)
        return None if outcome is None else self._named(outcome.request)

    def overdue(self, now: datetime) -> list[InFlight]:
        """The sent requests whose deadline is not after ``now``, earliest first."""
        oldest = next(iter(self._deadlines.values()), None)
        if oldest is None or oldest > now:
            return []
        overdue = []
        for name in [name for name, deadline in self._deadlines.items() if deadline <= now]:
            held = self.store.request(name)
            if held is not None and held.state is State.SENT:
                overdue.append(held)
            else:
                # A worker has ended it, with the response that its user brought back (SR 8.13).
                del self._deadlines[name]
        return overdue

    def next_timer(self) -> datetime | None:
        """The next deadline or date."""
        # Of the deadlines the oldest entry, because every request gets the same time.
        deadline = next(iter(self._deadlines.values()), None)
        if not self.dates:
            return deadline
        date = min(self.dates.values())
        return date if deadline is None else min(date, deadline)

    def due(self, now: datetime) -> list[RequestId | int]:
        """The requests and schedules whose date has come, earliest first."""
        return sorted((key for key, date in self.dates.items() if date <= now), key=lambda key: self.dates[key])

    def _look_up(self, key: RequestId | int) -> None:
        """Its date as the store has it."""
        diary = self.store.diary
        found = diary.waiting_for(key) if isinstance(key, RequestId) else diary.schedule(key)
        if found is None or found.due is None:
            self.dates.pop(key, None)
        else:
            self.dates[key] = found.due

    def _named(self, name: RequestId) -> InFlight | None:
        """The request of a command's name, in its originator's name or in that of a party of the DCC."""
        return self.store.request_of(name) if self._is_own(name.originator) else self.store.request(name)

    def _is_own(self, eui: EUI64) -> bool:
        return eui in [party.eui for party in self.access_control.own.values()]

    def _end(self, held: InFlight, event: Event, answer: Answer) -> None:
        done = held.moved(after(held.state, event), held.command, None)
        self.store.finish(done, held.state, self.sign(answer.document), answer.use_case)
        self._deadlines.pop(held.request_id, None)


def _command_of(command: Message) -> RequestId:
    return RequestId(command.originator, command.target, command.originator_counter)


def _request_of(response: Message) -> RequestId:
    extra = response.supplementary
    if extra is None:
        return RequestId(response.target, response.originator, response.originator_counter)
    if extra.remote_party_counter is None:
        raise Malformed("supplementary remote party counter", "is present in a response through the broker")
    return RequestId(extra.remote_party, response.originator, extra.remote_party_counter)
