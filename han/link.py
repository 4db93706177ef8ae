"""The air of one HAN, in process: packets go in with a time, and come out later, once, twice or never.

It carries whole ``ZigbeePacket``s. Not simulated: channel occupancy, range and routes, acknowledgements, packet sizes.
Two media share nothing, so two HANs never hear each other.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from random import Random
from typing import cast

import zigpy.types as t

from han.conditions import Conditions as Conditions
from schemas.errors import Malformed, NotPossible

Receiver = Callable[[t.ZigbeePacket, datetime], None]


class Fate(Enum):
    """What became of a packet."""

    SENT = "sent"
    LOST = "lost"
    DUPLICATED = "duplicated"
    UNREACHABLE = "unreachable"


Observer = Callable[[datetime, t.ZigbeePacket, Fate], None]


def nwk_address(number: int) -> t.AddrModeAddress:
    """Return the address of the node with this 16-bit number."""
    return t.AddrModeAddress(t.AddrMode.NWK, t.NWK(number))  # type: ignore[no-untyped-call]


def address_number(address: t.AddrModeAddress) -> int:
    """Return the number in a NWK or broadcast address."""
    return cast(int, address.address)


def changed(packet: t.ZigbeePacket, **fields: object) -> t.ZigbeePacket:
    """A copy of ``packet`` with other ``fields``: ``packet.replace`` without a call of its constructor's."""
    copy = object.__new__(t.ZigbeePacket)
    copy.__dict__.update(packet.__dict__, **fields)
    return copy


class Medium:
    """The air that nodes attach to by NWK address.

    Args:
        rng: source of all chance; the same seed and the same calls give the same packets at the same times.
        observer: told each packet with the time it was sent and its fate; once a destination.
    """

    def __init__(self, rng: Random, observer: Observer | None = None) -> None:
        self.observer = observer
        self.default = Conditions()
        self.counts: Counter[Fate] = Counter()
        self._rng = rng
        self._receivers: dict[int, Receiver] = {}
        self._conditions: dict[tuple[int, int], Conditions] = {}
        self._chances: dict[tuple[int, int], Random] = {}
        self._last_arrival: dict[tuple[int, int], datetime] = {}
        self._flying: list[tuple[datetime, int, int, t.ZigbeePacket]] = []
        self._launched = 0

    def attach(self, address: int, receiver: Receiver) -> None:
        """Let ``receiver(packet, now)`` hear what is sent to ``address`` and all broadcasts.

        Raises:
            NotPossible: the address is taken.
        """
        if address in self._receivers:
            raise NotPossible("NWK address", f"0x{address:04X} is already on this medium")
        self._receivers[address] = receiver

    def detach(self, address: int) -> None:
        """Take a node off the air; packets still on their way to it become unreachable."""
        self._receivers.pop(address, None)

    def set_conditions(self, one: int, other: int, conditions: Conditions) -> None:
        """Change the link between two addresses from the next packet on."""
        self._conditions[one, other] = self._conditions[other, one] = conditions
        chance = self._rng if conditions.seed is None else Random(conditions.seed)
        self._chances[one, other] = self._chances[other, one] = chance

    def send(self, packet: t.ZigbeePacket, now: datetime) -> Fate:
        """Put ``packet`` on the air at ``now``; ``packet.src`` must be a NWK address.

        Returns:
            Its fate. A broadcast is SENT, whoever hears it; each hearer's link is drawn separately.
        """
        if packet.src is None or packet.dst is None:
            raise Malformed("ZigbeePacket", "has a source and a destination on the air")
        source = address_number(packet.src)
        if packet.dst.addr_mode == t.AddrMode.NWK:
            return self._launch(source, address_number(packet.dst), packet, now)
        if packet.dst.addr_mode == t.AddrMode.Broadcast:
            for address in sorted(self._receivers):
                if address != source:
                    self._launch(source, address, packet, now)
            return Fate.SENT
        return self._fate(Fate.UNREACHABLE, packet, now)

    def next_timer(self) -> datetime | None:
        """When the next packet arrives."""
        return self._flying[0][0] if self._flying else None

    def handle_timer(self, now: datetime) -> None:
        """Hand over every packet due by ``now``, in order of arrival; receivers may send on."""
        while self._flying and self._flying[0][0] <= now:
            arrival, _, address, packet = heapq.heappop(self._flying)
            receiver = self._receivers.get(address)
            if receiver is None:
                self._fate(Fate.UNREACHABLE, packet, arrival)
            else:
                receiver(packet, arrival)

    def _fate(self, fate: Fate, packet: t.ZigbeePacket, now: datetime) -> Fate:
        self.counts[fate] += 1
        if self.observer is not None:
            self.observer(now, packet, fate)
        return fate

    def _launch(self, source: int, target: int, packet: t.ZigbeePacket, now: datetime) -> Fate:
        if target not in self._receivers:
            return self._fate(Fate.UNREACHABLE, packet, now)
        link = self._conditions.get((source, target), self.default)
        chance = self._chances.get((source, target), self._rng)
        # Chance is drawn only where it is asked for: a perfect link costs nothing and disturbs no other draw.
        if link.loss and chance.random() < link.loss:
            return self._fate(Fate.LOST, packet, now)
        self._fly(source, target, packet, now, link)
        if link.duplication and chance.random() < link.duplication:
            self._fly(source, target, packet, now, link)
            return self._fate(Fate.DUPLICATED, packet, now)
        return self._fate(Fate.SENT, packet, now)

    def _fly(self, source: int, target: int, packet: t.ZigbeePacket, now: datetime, link: Conditions) -> None:
        arrival = now + link.delay
        chance = self._chances.get((source, target), self._rng)
        if link.jitter:
            arrival += link.jitter * chance.random()
        if link.reordering and chance.random() < link.reordering:
            arrival += link.hold * chance.random()
        else:
            # A sender finishes one frame before the next, so jitter alone never reorders.
            arrival = max(arrival, self._last_arrival.get((source, target), arrival))
            self._last_arrival[source, target] = arrival
        self._launched += 1
        heapq.heappush(self._flying, (arrival, self._launched, target, packet))
