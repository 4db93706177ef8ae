"""A request in flight: one record with one state. Its transitions are this table and nothing else."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from schemas.duis.request_id import RequestId
from schemas.errors import NotPossible
from schemas.eui import EUI64
from schemas.record import record


class State(StrEnum):
    """Where a request stands; SENT before it is sent, so that none is sent again after a crash between the two.

    HANDED_OUT: the user has the command, to bring it to the device, and brings the response back (SR 8.13).
    """

    ACCEPTED = "accepted"
    AWAITING_SIGNATURE = "awaiting signature"
    WAITING = "waiting for its date"
    QUARANTINED = "quarantined"
    SENT = "sent"
    HANDED_OUT = "handed out"
    RESPONDED = "responded"
    TIMED_OUT = "timed out"
    GIVEN_UP = "given up"
    DELETED = "deleted"


class Event(StrEnum):
    """What may happen to it."""

    DISPATCHED = "dispatch to the device"
    HANDED_OUT = "local delivery"
    ANSWERED = "a device response"
    EXPIRED = "a time-out"
    QUARANTINED = "quarantine"
    RELEASED = "release from quarantine"
    DELETED = "deletion from quarantine"
    CANCELLED = "cancellation before its date"
    STRANDED = "that it can no longer be sent"


TRANSITIONS: dict[State, dict[Event, State]] = {
    State.ACCEPTED: {
        Event.DISPATCHED: State.SENT,
        Event.QUARANTINED: State.QUARANTINED,
        Event.STRANDED: State.GIVEN_UP,
    },
    State.WAITING: {
        Event.DISPATCHED: State.SENT,
        Event.QUARANTINED: State.QUARANTINED,
        Event.CANCELLED: State.DELETED,
        Event.STRANDED: State.GIVEN_UP,
    },
    State.AWAITING_SIGNATURE: {
        Event.DISPATCHED: State.SENT,
        Event.QUARANTINED: State.QUARANTINED,
        Event.HANDED_OUT: State.HANDED_OUT,
    },
    State.QUARANTINED: {Event.RELEASED: State.SENT, Event.DELETED: State.DELETED},
    State.HANDED_OUT: {Event.ANSWERED: State.RESPONDED},
    State.SENT: {Event.ANSWERED: State.RESPONDED, Event.EXPIRED: State.TIMED_OUT},
    State.RESPONDED: {},
    State.TIMED_OUT: {},
    State.GIVEN_UP: {},
    State.DELETED: {},
}


def after(state: State, event: Event) -> State:
    """The state that follows.

    Raises:
        NotPossible: the event cannot happen in this state.
    """
    if event not in TRANSITIONS[state]:
        raise NotPossible("request", f"is {state} already: {event} is not possible")
    return TRANSITIONS[state][event]


@record
class InFlight:
    """One stored request.

    Attributes:
        request_id: its name; the counter in it rises with every request of an originator.
        service: service reference variant.
        use_case: name of the use case that carries it.
        pre_command: the GBCS message that the DCC made of it.
        state: where it stands.
        command: the message as sent to the device, empty before.
        deadline: when an unanswered command is given up.
        schedule: number of the schedule that caused it; the DCC's own name is then in ``request_id``.
        user: whose schedule it is.
    """

    request_id: RequestId
    service: str
    use_case: str
    pre_command: bytes
    state: State
    command: bytes = b""
    deadline: datetime | None = None
    schedule: int | None = None
    user: EUI64 | None = None

    def moved(self, state: State, command: bytes, deadline: datetime | None) -> "InFlight":
        """The same request at another stand, with the command as sent and until when it is waited for."""
        return InFlight(
            self.request_id,
            self.service,
            self.use_case,
            self.pre_command,
            state,
            command,
            deadline,
            self.schedule,
            self.user,
        )

    @property
    def owner(self) -> EUI64:
        """The user that gets the answer."""
        return self.request_id.originator if self.user is None else self.user


@record
class Waiting:
    """A request that the DCC keeps until its date: its signed XML is read again then."""

    request_id: RequestId
    due: datetime
    document: bytes


@record
class Schedule:
    """A schedule of readings.

    Attributes:
        number: the DSP schedule id.
        user: whose it is.
        device: which is read.
        document: the XML of the CreateSchedule request.
        due: the next reading; None after the last.
    """

    number: int
    user: EUI64
    device: EUI64
    document: bytes
    due: datetime | None


@record
class Delivery:
    """One document for a user, from its mailbox.

    Attributes:
        number: 1 up over all users, in the order in which they were made.
        document: the signed DUIS response, as posted to the callback.
        use_case: of the response in it, for its MMC form; empty where it has none.
    """

    number: int
    user: str
    request: str
    document: bytes
    use_case: str
    delivered: bool = False


@record
class Counts:
    """How much a store holds.

    Attributes:
        requests: how many by state; none where there are none.
        taken: documents that a callback has taken.
        waiting: documents that none has.
    """

    requests: Mapping[State, int]
    taken: int
    waiting: int
