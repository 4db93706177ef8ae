"""One node's stack between its radio and its clusters: MAC, NWK and APS as frames, both ways.

APS data to one node is acknowledged from end to end, block by block where it is fragmented (window 1), and sent again
when no acknowledgement comes; a counter is delivered once (Zigbee 2.2.8.4). One payload is under way to a destination
at a time, so that what one node sends to another arrives in its order.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from han.clusters import SMART_ENERGY
from han.frames.aps import ApsFrame, ApsType, Block, Part
from han.frames.mac import BROADCAST
from han.frames.nwk import FIRST_BROADCAST
from han.frames.receiver import Receiver
from han.frames.station import Asdu, Station
from schemas.errors import NotAuthentic, NotPossible, SmartMeterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from han.frames.nwk import NwkFrame
    from han.frames.receiver import Heard
    from han.link import Medium, Timer
    from han.pan import Pan
    from schemas.eui import EUI64

ACK_WAIT: Final = timedelta(milliseconds=1600)
"""apscAckWaitDuration, about 1.6 s."""
MAX_FRAME_RETRIES: Final = 3
"""apscMaxFrameRetries."""
MAX_QUEUED: Final = 1024
"""Payloads waiting for one destination; our choice."""
REMEMBERED: Final = 64
"""APS counters remembered of a sender: well above what can be overtaken, well below the 256 a counter has."""


@dataclass(slots=True)
class Outgoing:
    """A payload on its way.

    Attributes:
        token: the sender's own, given back when it fails.
        message, about: its number in the trace, if there is one, and what it is, for the sniffer.
    """

    asdu: Asdu
    token: object = None
    message: int | None = None
    about: str = ""
    pieces: list[tuple[Block | None, bytes]] = field(default_factory=list)
    at: int = 0
    tries: int = 0
    timer: Timer | None = None


class Stack:
    """One node on a medium.

    Args:
        medium: the air.
        pan: the network that it has joined; gives its address, its keys and the EUI-64 of others.
        eui: this node.
        deliver: called with each payload that is whole, once.
        failed: called with each payload that nobody has acknowledged.

    Attributes:
        management: given the frames that are for no cluster: MAC, NWK and APS commands, beacons.
        duplicates: frames and payloads that came again.
        dropped: frames that were not in order, by reason.
    """

    def __init__(
        self,
        medium: Medium,
        pan: Pan,
        eui: EUI64,
        deliver: Callable[[Heard, datetime], None],
        failed: Callable[[Outgoing, int, datetime], None],
    ) -> None:
        address = pan.address(eui)
        if address is None:
            raise NotPossible("stack", f"{eui} has no address on this network")
        self.eui = eui
        self.duplicates = 0
        self._medium = medium
        self._pan = pan
        self._station = Station(address, eui, pan.pan_id, pan.network_key)
        self._receiver = Receiver((pan.network_key,), self._keys_with)
        self.management: Callable[[Heard, datetime], None] | None = None
        self._deliver = deliver
        self._failed = failed
        self._queues: dict[int, deque[Outgoing]] = {}
        self._counters: dict[int, int] = {}
        self._taken: dict[tuple[int, int], deque[int]] = {}
        self._last: dict[EUI64, bytes] = {}
        medium.attach(eui, self.hear, address)

    @property
    def address(self) -> int:
        """Its NWK address."""
        return self._station.address

    @property
    def dropped(self) -> Counter[str]:
        """Frames that were not in order, by reason."""
        return self._receiver.dropped

    def next_counter(self, destination: int) -> int:
        """The next APS counter, 0 to 255.

        Counters run a destination, not a node as in a real stack: a hub that sends 256 payloads to others in no time at
        all, as virtual time allows, must not look like a repeat to the one it comes back to.
        """
        counter = self._counters[destination] = (self._counters.get(destination, -1) + 1) % 256
        return counter

    def send(self, destination: int, outgoing: Outgoing, now: datetime) -> None:
        """Send a payload to a NWK address, or queue it behind those under way there; a broadcast goes at once.

        Raises:
            Malformed: too long for 255 blocks, or a broadcast that is too long for one frame.
            NotPossible: 1,024 payloads wait already.
        """
        key = self._key(destination, outgoing.asdu.profile)
        outgoing.pieces = self._station.pieces(destination, outgoing.asdu, key)
        if destination >= FIRST_BROADCAST:
            ((block, piece),) = outgoing.pieces
            psdu = self._station.frame(destination, outgoing.asdu, key, block, piece)
            self._medium.transmit(self.eui, psdu, now, outgoing.about, outgoing.message)
            return
        queue = self._queues.setdefault(destination, deque())
        if len(queue) >= MAX_QUEUED:
            raise NotPossible("APS queue", f"holds {MAX_QUEUED} payloads and is full")
        queue.append(outgoing)
        if len(queue) == 1:
            self._transmit(destination, outgoing, now)

    @property
    def station(self) -> Station:
        """Its sending side, with its counters."""
        return self._station

    def come_back(self) -> None:
        """Go on the air again, with the counters as they were."""
        self._medium.attach(self.eui, self.hear, self.address)

    def leave(self) -> None:
        """Go off the air; what is under way is forgotten."""
        self._medium.detach(self.eui)
        self.restart()

    def restart(self) -> list[Outgoing]:
        """Lose what a loss of power takes, and return what was on its way out.

        Keys and counters are kept, those of payloads heard too: what is repeated over a short loss is not new.
        """
        lost = [outgoing for queue in self._queues.values() for outgoing in queue]
        for outgoing in lost:
            if outgoing.timer is not None:
                outgoing.timer.cancel()
        self._queues.clear()
        self._receiver.forget()
        return lost

    def _transmit(self, destination: int, outgoing: Outgoing, now: datetime) -> None:
        block, piece = outgoing.pieces[outgoing.at]
        key = self._key(destination, outgoing.asdu.profile)
        psdu = self._station.frame(destination, outgoing.asdu, key, block, piece)
        about = ""
        if self._medium.sniffer is not None:
            part = "" if block is None else f", block {outgoing.at + 1} of {len(outgoing.pieces)}"
            again = f", try {outgoing.tries + 1}" if outgoing.tries else ""
            about = f"{outgoing.about}{part}{again}"
        outgoing.tries += 1
        sent = self._medium.transmit(self.eui, psdu, now, about, outgoing.message)
        outgoing.timer = self._medium.call_at(sent.end + ACK_WAIT, lambda when: self._unanswered(destination, when))

    def _unanswered(self, destination: int, now: datetime) -> None:
        outgoing = self._queues[destination][0]
        if outgoing.tries <= MAX_FRAME_RETRIES:
            self._transmit(destination, outgoing, now)
            return
        self._next(destination, now)
        self._failed(outgoing, destination, now)

    def _next(self, destination: int, now: datetime) -> None:
        queue = self._queues[destination]
        queue.popleft()
        if queue:
            self._transmit(destination, queue[0], now)

    def hear(self, psdu: bytes, now: datetime) -> None:
        """Take one frame off the air. One that is not in order is dropped and counted; it never raises."""
        try:
            heard = self._receiver.open(psdu)
            nwk, aps = heard.nwk, heard.aps
            if nwk is not None:
                self._check(heard.mac.pan, nwk, aps)
        except SmartMeterError as error:
            if error.field == "frame counter" and psdu in self._last.values():
                # Its acknowledgement was lost, and the radio at the other end has sent the same frame again.
                self.duplicates += 1
            else:
                self.dropped[error.field] += 1
            return
        if nwk is None or aps is None or aps.kind is ApsType.COMMAND:
            if self.management is not None:
                self.management(heard, now)
            return
        assert nwk.auxiliary is not None and nwk.auxiliary.source is not None
        self._last[nwk.auxiliary.source] = psdu
        if aps.kind is ApsType.ACKNOWLEDGEMENT:
            self._acknowledged(nwk.source, aps, now)
        else:
            self._take(heard, nwk, aps, now)

    def _check(self, pan: int | None, nwk: NwkFrame, aps: ApsFrame | None) -> None:
        """Whoever holds the network key can write any address into a frame: the EUI-64 behind its keys must have it."""
        if pan not in (self._pan.pan_id, BROADCAST):
            raise NotPossible("PAN identifier", f"0x{pan:04X} is another network's")
        if nwk.destination != self._station.address and nwk.destination < FIRST_BROADCAST:
            raise NotPossible("NWK destination", f"0x{nwk.destination:04X} is not this node, which routes nothing")
        holder = self._pan.euis.get(nwk.source)
        if holder is None or not _may_be_of(holder, nwk) or not (aps is None or _may_be_of(holder, aps)):
            raise NotAuthentic("NWK source", f"0x{nwk.source:04X} is the address of whose keys secure the frame")

    def _take(self, heard: Heard, nwk: NwkFrame, aps: ApsFrame, now: datetime) -> None:
        source = nwk.source
        way = source, nwk.destination
        taken = self._taken.get(way)
        if taken is None:
            taken = self._taken[way] = deque(maxlen=REMEMBERED)
        if aps.counter in taken:
            self.duplicates += 1
            self._acknowledge(aps, source, now)
            return
        try:
            whole = self._receiver.whole(heard)
        except SmartMeterError as error:
            # Not acknowledged: of a payload whose beginning we have not, the sender must not think that it is here.
            self.dropped[error.field] += 1
            return
        self._acknowledge(aps, source, now)
        if whole.payload is not None:
            taken.append(aps.counter)
            self._deliver(whole, now)

    def _acknowledge(self, aps: ApsFrame, source: int, now: datetime) -> None:
        if aps.ack_request:
            asdu = _asdu(aps)
            key = self._key(source, asdu.profile)
            psdu = self._station.acknowledge(source, asdu, key, aps.block)
            self._medium.transmit(self.eui, psdu, now, "APS acknowledgement")

    def _acknowledged(self, source: int, ack: ApsFrame, now: datetime) -> None:
        queue = self._queues.get(source)
        if not queue or not _acknowledges(ack, queue[0]):
            self.dropped["APS acknowledgement"] += 1
            return
        outgoing = queue[0]
        assert outgoing.timer is not None
        outgoing.timer.cancel()
        outgoing.at += 1
        outgoing.tries = 0
        if outgoing.at < len(outgoing.pieces):
            self._transmit(source, outgoing, now)
        else:
            self._next(source, now)

    def _keys_with(self, source: EUI64 | None) -> tuple[bytes, ...]:
        return () if source is None else (self._pan.link_key(self.eui, source),)

    def _key(self, other: int, profile: int | None) -> bytes | None:
        """Smart Energy goes under the link key of both ends, all else (ZDO) and broadcasts under the network key."""
        eui = self._pan.euis.get(other)
        return self._pan.link_key(self.eui, eui) if profile == SMART_ENERGY and eui is not None else None


def _may_be_of(holder: EUI64, frame: NwkFrame | ApsFrame) -> bool:
    auxiliary = frame.auxiliary
    return auxiliary is None or auxiliary.source is None or auxiliary.source == holder


def _asdu(aps: ApsFrame) -> Asdu:
    assert aps.endpoint is not None and aps.cluster is not None  # of data, always there
    assert aps.profile is not None and aps.source_endpoint is not None
    return Asdu(aps.payload, aps.cluster, aps.profile, aps.endpoint, aps.source_endpoint, aps.counter)


def _acknowledges(ack: ApsFrame, outgoing: Outgoing) -> bool:
    asdu, block = outgoing.asdu, outgoing.pieces[outgoing.at][0]
    named = ack.counter, ack.cluster, ack.profile, ack.endpoint, ack.source_endpoint
    if named != (asdu.counter, asdu.cluster, asdu.profile, asdu.source_endpoint, asdu.endpoint):
        return False
    if block is None or ack.block is None:
        return block is None and ack.block is None
    return ack.block.number == (0 if block.part is Part.FIRST else block.number)
