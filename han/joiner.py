"""A node that is on no network yet, or has lost it: looks for one, associates, gets its key (Zigbee 4.6.3.2). Sans-IO.

Frames come in as they are on the air, frames and the end of it go out. It tries a few times, as frames may be lost.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import cycle
from typing import Final

from han.frames.mac import BROADCAST, Address, MacFrame, MacType
from han.frames.management import (
    ASSOCIATION_REQUEST,
    ASSOCIATION_RESPONSE,
    BEACON_REQUEST,
    DATA_REQUEST,
    ROUTER,
    KeyType,
    Verdict,
    read_beacon,
    read_response,
    read_transport_key,
)
from han.frames.receiver import Heard, Receiver
from han.trust_centre import OnAir
from schemas.errors import NotPossible, SmartMeterError
from schemas.eui import EUI64

SCAN: Final = timedelta(milliseconds=500)
"""How long it listens for beacons; scan duration 5 is 507 ms."""
RESPONSE_WAIT: Final = timedelta(milliseconds=500)
"""macResponseWaitTime, 32 times 960 symbols, is 491.52 ms: from the request to the question for its answer."""
KEY_WAIT: Final = timedelta(seconds=10)
"""How long it waits for the network key; our choice."""
TRIES: Final = 4
NO_NETWORK: Final = "found no network that takes new devices"
NO_ANSWER: Final = "has no answer to its association"
DENIED: Final = "was denied by the hub"
NO_KEY: Final = "got no network key under its install code"


class Step(Enum):
    """What it waits for."""

    BEACON = auto()
    RESPONSE = auto()
    ANSWER = auto()
    KEY = auto()
    DONE = auto()


@dataclass(frozen=True, slots=True)
class Network:
    """What a node knows of its network once it has joined.

    Attributes:
        pan: identifier.
        address: its own NWK address.
        hub: EUI-64 of the trust centre.
    """

    pan: int
    address: int
    hub: EUI64
    network_key: bytes
    key_sequence: int


@dataclass(frozen=True, slots=True)
class GaveUp:
    """It is on no network, and tries no more."""

    reason: str


Outcome = OnAir | Network | GaveUp


class Joiner:
    """One node on its way to a network.

    Args:
        eui: the node.
        link_key: that of its install code, 16 octets.

    Attributes:
        address: once it has been given one; its radio hears it from then on.
        dropped: frames that were not in order, by reason.
    """

    def __init__(self, eui: EUI64, link_key: bytes) -> None:
        self.eui = eui
        self.address: int | None = None
        self._receiver = Receiver((), (link_key,))
        self._sequence = cycle(range(256))
        self._step = Step.DONE
        self._due: datetime | None = None
        self._pan: int | None = None
        self._tries = 0
        self._reason = NO_NETWORK

    @property
    def dropped(self) -> Counter[str]:
        """Frames that were not in order, by reason."""
        return self._receiver.dropped

    def start(self, now: datetime) -> list[Outcome]:
        """Look for a network."""
        self._tries = 0
        return self._look(now)

    def hear(self, psdu: bytes, now: datetime) -> list[Outcome]:
        """Take a frame off the air; what is not for this step is passed over, what is not in order counted."""
        heard = self._receiver.hear(psdu)
        if heard is None:
            return []
        try:
            return self._take(heard, now)
        except SmartMeterError as error:
            self.dropped[error.field] += 1
            return []

    def next_timer(self) -> datetime | None:
        """When it goes on by itself."""
        return self._due

    def handle_timer(self, now: datetime) -> list[Outcome]:
        """Go on to the next step, or try again from the start."""
        if self._due is None or now < self._due:
            return []
        if self._step is Step.RESPONSE:
            # The hub keeps its answer until it is asked for (IEEE 802.15.4, 7.5.6.3).
            self._wait(Step.ANSWER, now + RESPONSE_WAIT)
            return [self._command(bytes((DATA_REQUEST,)), 0x0000, "data request")]
        if self._step is Step.KEY:
            self._reason = NO_KEY
        elif self._step is Step.ANSWER:
            self._reason = NO_ANSWER
        return self._look(now)

    def _look(self, now: datetime) -> list[Outcome]:
        if self._tries >= TRIES:
            return self._stop(self._reason)
        self._tries += 1
        self.address = None
        self._wait(Step.BEACON, now + SCAN)
        frame = MacFrame(MacType.COMMAND, next(self._sequence), BROADCAST, BROADCAST, None, bytes((BEACON_REQUEST,)))
        return [OnAir(frame.encode(), "beacon request")]

    def _take(self, heard: Heard, now: datetime) -> list[Outcome]:
        frame = heard.mac
        if self._step is Step.BEACON and frame.kind is MacType.BEACON:
            if not read_beacon(frame.payload).permit or frame.pan is None:
                self._reason = NO_NETWORK
                return []
            self._pan = frame.pan
            self._wait(Step.RESPONSE, now + RESPONSE_WAIT)
            return [self._command(bytes((ASSOCIATION_REQUEST, ROUTER)), 0x0000, "association request")]
        if self._step is Step.ANSWER and frame.payload[:1] == bytes((ASSOCIATION_RESPONSE,)):
            if frame.kind is not MacType.COMMAND or frame.destination != self.eui:
                return []
            return self._answered(frame, now)
        return self._with_key(heard) if self._step is Step.KEY else []

    def _answered(self, frame: MacFrame, now: datetime) -> list[Outcome]:
        response = read_response(frame.payload)
        if response.verdict is not Verdict.TAKEN:
            return self._stop(DENIED)
        self.address = response.address
        self._wait(Step.KEY, now + KEY_WAIT)
        return []

    def _with_key(self, heard: Heard) -> list[Outcome]:
        if heard.aps is None or heard.nwk is None or self.address is None or self._pan is None:
            return []
        said = read_transport_key(heard.aps.payload)
        if said.kind is not KeyType.NETWORK or said.party != self.eui or said.sender is None:
            raise NotPossible("Transport-Key", "is a network key for this node")
        self._step, self._due = Step.DONE, None
        return [Network(self._pan, self.address, said.sender, said.key, said.sequence)]

    def _stop(self, reason: str) -> list[Outcome]:
        self._step, self._due = Step.DONE, None
        return [GaveUp(reason)]

    def _wait(self, step: Step, until: datetime) -> None:
        self._step, self._due = step, until

    def _command(self, command: bytes, destination: Address, about: str) -> OnAir:
        # From an EUI-64: an association request says that its sender is on no network yet (7.3.1.1).
        foreign = BROADCAST if command[0] == ASSOCIATION_REQUEST else None
        frame = MacFrame(
            MacType.COMMAND,
            next(self._sequence),
            self._pan,
            destination,
            self.eui,
            command,
            ack_request=True,
            source_pan=foreign,
        )
        return OnAir(frame.encode(), about)
