"""The air of one HAN, in process: frames go out with a time, and come in later at whoever is there to hear them.

One frame is on the air at a time. Not simulated: collisions, hidden nodes, the random part of channel access, routes
over more than one hop. Two media share nothing, so two HANs never hear each other.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum
from random import Random
from typing import Final, NamedTuple

from han.conditions import Burst, Conditions, Link
from han.frames.mac import BROADCAST, MAX_PSDU, acknowledgement
from schemas.errors import NotPossible
from schemas.eui import EUI64

PHY_HEADER: Final = 6
"""Octets before a PSDU on the air: preamble, delimiter and length (IEEE 802.15.4, 6.3)."""
OCTET: Final = timedelta(microseconds=32)
"""At 250 kbit/s."""
TURNAROUND: Final = timedelta(microseconds=192)
"""aTurnaroundTime, 12 symbols: between a frame and its acknowledgement."""
LONG_SPACE: Final = timedelta(microseconds=640)
"""macMinLIFSPeriod, 40 symbols: between a frame and the next one."""
ACK_WAIT: Final = timedelta(microseconds=864)
"""macAckWaitDuration, 54 symbols."""
MAX_FRAME_RETRIES: Final = 3
"""macMaxFrameRetries' default (IEEE 802.15.4, 7.4.2)."""

_AIR_TIME = tuple((PHY_HEADER + length) * OCTET for length in range(MAX_PSDU + 1))
_ACK_LENGTH = 5
_AFTER_ACK = _AIR_TIME[_ACK_LENGTH] + LONG_SPACE
_ACK_REQUEST, _SHORT, _EXTENDED = 0x20, 2, 3
_NOBODY = EUI64(bytes(8))
_SHORT_END, _EXTENDED_END = 7, 13

# A named tuple without the price of its constructor.
_made = tuple.__new__

Receiver = Callable[[bytes, datetime], None]
Sniffer = Callable[[datetime, bytes, str, int | None], None]
"""Told each frame on the air: when it begins, its PSDU, what it is, and the number of its message in the trace."""


class Fate(Enum):
    """What became of a frame, or of a payload."""

    SENT = "sent"
    LOST = "lost"
    UNREACHABLE = "unreachable"

    # Each is itself alone: the hash of an enumeration, by name and in Python, is asked for with every frame.
    __hash__ = object.__hash__


class Sent(NamedTuple):
    """How a transmission ended.

    Attributes:
        end: the air is free again.
        fate: LOST for a frame that wants an acknowledgement and had none after all its tries.
    """

    end: datetime
    fate: Fate


class Timer:
    """Something due; ``cancel`` takes it back."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[datetime], None]) -> None:
        self.action: Callable[[datetime], None] | None = action

    def cancel(self) -> None:
        """Let it not happen."""
        self.action = None


class Medium:
    """The air that nodes attach to, and the queue of what happens on it.

    A node's radio does by itself what its hardware does: it waits for a free channel, hears what is for its address,
    acknowledges at once what asks for it, and sends again up to 3 times what nobody acknowledges.

    Args:
        rng: source of all chance of links without a seed of their own; the same seed and calls give the same frames.

    Attributes:
        counts: transmissions by fate; ``frames`` counts PSDUs, acknowledgements and repeats too.
        sniffer: hears everything.
        silent: nodes that hear nothing and say nothing.
    """

    def __init__(self, rng: Random) -> None:
        self.counts: Counter[Fate] = Counter()
        self.frames = 0
        self.sniffer: Sniffer | None = None
        self.silent: frozenset[EUI64] = frozenset()
        self._interference: tuple[tuple[Burst, EUI64 | None], ...] = ()
        self._rng = rng
        self._receivers: dict[EUI64, Receiver] = {}
        self._addresses: dict[int, EUI64] = {}
        self._links: dict[tuple[EUI64, EUI64], Link] = {}
        # With a timer, or with a node and the frame that it will have: most are frames, and need no closure.
        self._due: list[tuple[datetime, int, Timer | None, EUI64, bytes]] = []
        self._made = 0
        self._free: datetime | None = None

    def attach(self, eui: EUI64, receiver: Receiver, address: int | None = None) -> None:
        """Let ``receiver(psdu, now)`` hear broadcasts and what is sent to ``eui``, or to its NWK address if it has one.

        Raises:
            NotPossible: the EUI-64 or the address is taken.
        """
        if eui in self._receivers:
            raise NotPossible("EUI-64", f"{eui} is already on this medium")
        if address is not None:
            self.assign(eui, address)
        self._receivers[eui] = receiver

    def assign(self, eui: EUI64, address: int) -> None:
        """Give a node its NWK address.

        Raises:
            NotPossible: another node has it.
        """
        if self._addresses.get(address, eui) != eui:
            raise NotPossible("NWK address", f"0x{address:04X} is already on this medium")
        self._unassign(eui)
        self._addresses[address] = eui

    def detach(self, eui: EUI64) -> None:
        """Take a node off the air; what is on its way to it is lost."""
        self._receivers.pop(eui, None)
        self._unassign(eui)

    def attached(self, address: int) -> bool:
        """Whether a node with this NWK address is on the air."""
        return self._addresses.get(address) in self._receivers

    def set_conditions(self, one: EUI64, other: EUI64, conditions: Conditions) -> None:
        """Change the link between two nodes from the next frame on."""
        chance = self._rng if conditions.seed is None else Random(conditions.seed)
        for way in (one, other), (other, one):
            self._links[way] = Link(conditions, chance, self._bursts(*way))

    @property
    def interference(self) -> tuple[tuple[Burst, EUI64 | None], ...]:
        """Bursts on the channel, each with the node around which it is heard, or None for everywhere."""
        return self._interference

    @interference.setter
    def interference(self, bursts: Sequence[tuple[Burst, EUI64 | None]]) -> None:
        self._interference = tuple(bursts)
        for way, link in self._links.items():
            link.bursts = self._bursts(*way)

    def transmit(self, source: EUI64, psdu: bytes, now: datetime, about: str = "", message: int | None = None) -> Sent:
        """Send one frame, now or as soon as the air is free; deliveries follow at their times.

        Args:
            source: whose radio it leaves; anybody's, as a radio needs no leave to send.
            about, message: for the sniffer.
        """
        if source in self.silent:
            return self._sent(now, Fate.LOST)
        target, known = self._target(psdu)
        if target is None:
            return self._broadcast(source, psdu, now, about, message)
        wants_acknowledgement = psdu[0] & _ACK_REQUEST
        start = now if self._free is None or self._free <= now else self._free
        for number in range(1 + MAX_FRAME_RETRIES):
            if self.sniffer is not None:
                self.sniffer(start, psdu, f"{about}, sent again" if number else about, message)
            self.frames += 1
            end = start + _AIR_TIME[len(psdu)]
            heard = known and self._carry(source, target, psdu, start, end)
            if not wants_acknowledgement:
                self._free = end + LONG_SPACE
                return self._sent(end, Fate.SENT if known else Fate.UNREACHABLE)
            if heard and self._acknowledged(source, target, psdu, end):
                return self._sent(end, Fate.SENT)
            start = end + ACK_WAIT
        self._free = start
        return self._sent(start, Fate.LOST if known else Fate.UNREACHABLE)

    def call_at(self, when: datetime, action: Callable[[datetime], None]) -> Timer:
        """Call ``action(when)`` when it is time."""
        timer = Timer(action)
        self._made += 1
        heapq.heappush(self._due, (when, self._made, timer, _NOBODY, b""))
        return timer

    def next_timer(self) -> datetime | None:
        """When something happens next."""
        due = self._due
        while due:
            timer = due[0][2]
            if timer is None or timer.action is not None:
                return due[0][0]
            heapq.heappop(due)
        return None

    def handle_timer(self, now: datetime) -> None:
        """Do everything due by ``now``, in its order; receivers may send on."""
        due = self._due
        while due and due[0][0] <= now:
            when, _, timer, target, psdu = heapq.heappop(due)
            if timer is None:
                self._arrive(target, psdu, when)
                continue
            action, timer.action = timer.action, None
            if action is not None:
                action(when)

    def _target(self, psdu: bytes) -> tuple[EUI64 | None, bool]:
        """To whom a frame goes, None for all, and whether that one is here."""
        # One that ends before its address is heard by all, and nobody takes it.
        mode = psdu[1] >> 2 & 3
        if mode == _SHORT and len(psdu) >= _SHORT_END:
            address = psdu[5] | psdu[6] << 8
            if address == BROADCAST:
                return None, True
            eui = self._addresses.get(address, _NOBODY)
        elif mode == _EXTENDED and len(psdu) >= _EXTENDED_END:
            eui = EUI64(psdu[5:13][::-1])
        else:
            return None, True
        return eui, eui in self._receivers

    def _broadcast(self, source: EUI64, psdu: bytes, now: datetime, about: str, message: int | None) -> Sent:
        start = now if self._free is None else max(now, self._free)
        if self.sniffer is not None:
            self.sniffer(start, psdu, about, message)
        self.frames += 1
        end = start + _AIR_TIME[len(psdu)]
        for target in sorted(self._receivers):
            if target != source:
                self._carry(source, target, psdu, start, end)
        self._free = end + LONG_SPACE
        return self._sent(end, Fate.SENT)

    def _carry(self, source: EUI64, target: EUI64, psdu: bytes, start: datetime, end: datetime) -> bool:
        """Whether the target's radio hears it whole; its stack has it after the link's delay."""
        whole = False
        if target in self.silent:
            return whole
        link = self._link(source, target)
        if link.perfect:
            self._made += 1
            heapq.heappush(self._due, (link.arrival(start) + (end - start), self._made, None, target, psdu))
            return True
        for at, octets in link.carry(psdu, start):
            self._made += 1
            heapq.heappush(self._due, (at + (end - start), self._made, None, target, octets))
            whole = whole or octets == psdu
        return whole

    def _acknowledged(self, source: EUI64, target: EUI64, psdu: bytes, end: datetime) -> bool:
        answer = acknowledgement(psdu)
        start = end + TURNAROUND
        if self.sniffer is not None:
            self.sniffer(start, answer, "MAC acknowledgement", None)
        self.frames += 1
        self._free = start + _AFTER_ACK
        link = self._link(target, source)
        if link.perfect:
            link.arrival(start)
            return True
        return any(each.psdu == answer for each in link.carry(answer, start))

    def _arrive(self, target: EUI64, psdu: bytes, now: datetime) -> None:
        receiver = self._receivers.get(target)
        if receiver is None:
            self.counts[Fate.UNREACHABLE] += 1
        elif target not in self.silent:
            receiver(psdu, now)

    def _link(self, source: EUI64, target: EUI64) -> Link:
        link = self._links.get((source, target))
        if link is None:
            link = self._links[source, target] = Link(Conditions(), self._rng, self._bursts(source, target))
        return link

    def _bursts(self, source: EUI64, target: EUI64) -> tuple[Burst, ...]:
        return tuple(burst for burst, near in self._interference if near in (None, source, target))

    def _sent(self, end: datetime, fate: Fate) -> Sent:
        self.counts[fate] += 1
        return _made(Sent, (end, fate))

    def _unassign(self, eui: EUI64) -> None:
        for address in [address for address, holder in self._addresses.items() if holder == eui]:
            del self._addresses[address]
