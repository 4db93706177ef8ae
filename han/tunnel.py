"""What both ends of a tunnel share: GB parameters, outputs, the state tables and the outbox (ZSE D.6, GBCS 10.2.2).

The two ends are ``TunnelClient`` (the Communications Hub's) and ``TunnelServer`` (the device's). Both are sans-IO:
calls take ``now`` and return outputs; a wrong frame raises, changes nothing, and the node counts it.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Final, NamedTuple, Protocol

from zigpy.zcl.foundation import CommandSchema

from han.clusters import TransferData
from han.zcl import Frame, made
from schemas.errors import Malformed, NotPossible

GB_HRGP: Final = 6
"""Protocol identifier of GBCS messages in a tunnel (GBCS 10.2.2)."""
NO_MANUFACTURER: Final = 0xFFFF
"""Manufacturer code "not used" (GBCS 10.2.2)."""
MAX_TRANSFER: Final = 1500
"""Octets in one TransferData, either way (GBCS 10.2.2). Longer messages need General Block Transfer."""
MAX_QUEUED: Final = 64
"""Messages waiting for a tunnel; our choice."""
MAX_TRIES: Final = 3
"""How often one message is sent into tunnels that turn out not to exist; our choice."""
NOT_ACKNOWLEDGED: Final = "the other end has not acknowledged it"
_REMEMBERED: Final = 16
"""Sent messages kept in case the peer says it knows no such tunnel; our choice."""


class Transmit(NamedTuple):
    """Send ``command`` to the node at ``peer``, as ZCL transaction ``tsn``."""

    peer: int
    tsn: int
    command: CommandSchema


class Received(NamedTuple):
    """A whole message came through the tunnel from ``peer``."""

    peer: int
    message: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """``message`` cannot be brought to ``peer``."""

    peer: int
    message: bytes
    reason: str


Output = Transmit | Received | Failed


class TunnelSide(Protocol):
    """Either end, as a node sees it."""

    def receive(self, peer: int, frame: Frame, now: datetime) -> list[Output]:
        """Take one decoded frame; raise ``SmartMeterError`` if it makes no sense here."""

    def undelivered(self, frame: Frame, now: datetime) -> list[Output]:
        """One of our own frames was sent as often as the APS layer does, and nobody has acknowledged it."""

    def next_timer(self) -> datetime | None:
        """When ``handle_timer`` wants to be called."""

    def handle_timer(self, now: datetime) -> list[Output]:
        """Do what is due by ``now``."""


class State(Enum):
    """Of one tunnel, at one end."""

    CLOSED = auto()
    OPENING = auto()
    OPEN = auto()


class Event(Enum):
    """What moves a tunnel from state to state."""

    REQUEST = auto()  # RequestTunnel goes out, for the first time or again
    GRANT = auto()  # RequestTunnelResponse SUCCESS
    BUSY = auto()  # RequestTunnelResponse BUSY: worth another try
    REFUSE = auto()  # any other RequestTunnelResponse
    GIVE_UP = auto()  # no answer, retries spent
    GONE = auto()  # the peer says that there is no such tunnel, or closes it
    IDLE = auto()  # CloseTunnelTimeout
    CLOSE = auto()  # CloseTunnel


Table = Mapping[State, Mapping[Event, State]]

CLIENT: Final[Table] = {
    State.CLOSED: {Event.REQUEST: State.OPENING},
    State.OPENING: {
        Event.REQUEST: State.OPENING,
        Event.GRANT: State.OPEN,
        Event.BUSY: State.OPENING,
        Event.REFUSE: State.CLOSED,
        Event.GIVE_UP: State.CLOSED,
        Event.CLOSE: State.CLOSED,
    },
    # The hub keeps a tunnel to each device, or alerts could not come: a lost one is asked for again at once.
    State.OPEN: {Event.GONE: State.OPENING, Event.CLOSE: State.CLOSED},
}

SERVER: Final[Table] = {
    # A second request from the same client means that our answer was lost: the same tunnel is granted again.
    State.CLOSED: {Event.GRANT: State.OPEN},
    State.OPEN: {
        Event.GRANT: State.OPEN,
        Event.CLOSE: State.CLOSED,
        Event.IDLE: State.CLOSED,
        Event.GONE: State.CLOSED,
    },
}


def step(table: Table, state: State, event: Event) -> State:
    """Return the next state; raise ``NotPossible`` where the table has none."""
    try:
        return table[state][event]
    except KeyError:
        raise NotPossible("tunnel", f"does not {event.name.lower()} when {state.name.lower()}") from None


@dataclass(slots=True, order=True)
class Letter:
    """A message under way, numbered in the order given to us."""

    number: int
    message: bytes = field(compare=False)
    tries: int = field(compare=False, default=0)
    until: datetime | None = field(compare=False, default=None)


class Outbox:
    """Messages to one peer: those waiting for a tunnel, and the last ones sent, which may bounce."""

    def __init__(self, peer: int, transfer: type[TransferData], next_tsn: Callable[[], int]) -> None:
        self._peer = peer
        self._transfer = transfer
        self._next_tsn = next_tsn
        self._waiting: list[Letter] = []
        self._sent: OrderedDict[int, Letter] = OrderedDict()
        self._posted = 0

    def post(self, message: bytes, until: datetime | None = None) -> None:
        """Queue one message of 1 to 1500 octets, which waits no longer than ``until`` for a tunnel.

        Raises:
            Malformed: longer than one TransferData may be, or empty.
            NotPossible: the queue is full.
        """
        if not 1 <= len(message) <= MAX_TRANSFER:
            raise Malformed("tunnel message", f"has 1 to {MAX_TRANSFER} octets, not {len(message)}")
        if len(self._waiting) >= MAX_QUEUED:
            raise NotPossible("tunnel queue", f"holds {MAX_QUEUED} messages and is full")
        self._posted += 1
        self._waiting.append(Letter(self._posted, message, until=until))

    def flush(self, tunnel_id: int, limit: int) -> list[Output]:
        """Send all that waits into the open tunnel; ``limit`` is what the peer takes, in octets."""
        outputs: list[Output] = []
        for letter in self._waiting:
            if len(letter.message) > limit:
                outputs.append(Failed(self._peer, letter.message, f"the peer takes {limit} octets only"))
                continue
            tsn = self._next_tsn()
            self._sent[tsn] = Letter(letter.number, letter.message, letter.tries + 1, letter.until)
            self._sent.move_to_end(tsn)
            outputs.append(Transmit(self._peer, tsn, made(self._transfer, tunnel_id, letter.message)))
        self._waiting.clear()
        while len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)
        return outputs

    def sent(self, tsn: int) -> bool:
        """Whether a bounce of transaction ``tsn`` would be one of ours."""
        return tsn in self._sent

    def bounce(self, tsn: int, reason: str, *, again: bool) -> list[Output]:
        """The peer did not take transaction ``tsn``: queue it ``again`` while it has tries left, or fail it."""
        letter = self._sent.pop(tsn, None)
        if letter is None:
            return []
        if not again or letter.tries >= MAX_TRIES:
            return [Failed(self._peer, letter.message, reason)]
        self._waiting.append(letter)
        self._waiting.sort()
        return []

    def next_timer(self) -> datetime | None:
        """When the first message has waited long enough."""
        return min((letter.until for letter in self._waiting if letter.until is not None), default=None)

    def expire(self, now: datetime, reason: str) -> list[Output]:
        """Give up what has waited long enough."""
        late = [letter for letter in self._waiting if letter.until is not None and letter.until <= now]
        self._waiting = [letter for letter in self._waiting if letter not in late]
        return [Failed(self._peer, letter.message, reason) for letter in late]

    def fail(self, reason: str) -> list[Output]:
        """Give up all that waits."""
        failed: list[Output] = [Failed(self._peer, letter.message, reason) for letter in self._waiting]
        self._waiting.clear()
        return failed
