"""What goes wrong on a home's air, and when: troubles with a beginning and an end, on the virtual clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING

from dcc_sim.identities import DEVICE_NAMES
from han.conditions import Burst, Conditions
from schemas.errors import Malformed, NotPossible, NotReached
from schemas.eui import EUI64

if TYPE_CHECKING:
    from collections.abc import Callable

    from dcc_sim.home import Home
    from dcc_sim.wan import Wan


@dataclass(frozen=True, slots=True)
class Interference:
    """Bursts from another user of the channel.

    Attributes:
        strength: how far they lower the signal-to-noise ratio of what they meet, dB, from 0.
        duration: of each burst, more than 0.
        period: from the start of one to that of the next, at least ``duration``; None for one burst.
    """

    strength: float
    duration: timedelta
    period: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong, with any of its effects.

    Attributes:
        start, end: from when until when; an ``end`` of None is when it is taken back.
        device: at whose links, or which falls silent; None for all links of the HAN. The hub's silence is one towards
            the WAN.
        peer: the other end, where only one link of the device is meant.
        conditions: how the links behave meanwhile; of several troubles at a link, the one that began last decides.
        interference: bursts meanwhile; those of several troubles add up, in dB.
        silent: hears nothing and says nothing meanwhile.
        restart: the hub is off meanwhile, and has forgotten tunnels and queues when it comes back.

    Raises:
        Malformed: it does nothing, or does not end after it begins, or a restart has no end.
    """

    start: datetime
    end: datetime | None = None
    device: EUI64 | None = None
    conditions: Conditions | None = None
    interference: Interference | None = None
    silent: bool = False
    restart: bool = False
    peer: EUI64 | None = None

    def __post_init__(self) -> None:
        if self.conditions is None and self.interference is None and not self.silent and not self.restart:
            raise Malformed("fault", "has an effect: a condition of links, interference, silent or restart")
        if self.end is not None and self.end <= self.start:
            raise Malformed("fault.to", "is after from")
        if self.silent and self.device is None:
            raise Malformed("fault.silent", "is that of a device")
        if self.peer is not None and (self.device in (None, self.peer) or self.conditions is None):
            raise Malformed("fault.peer", "is the other end of a device's link, whose conditions are given")
        if self.peer is not None and (self.silent or self.restart or self.interference is not None):
            raise Malformed("fault.peer", "is for the conditions of a link alone")
        if self.restart and self.end is None:
            raise Malformed("fault.restart", "has an end")
        if self.interference is not None:
            # The times are those of each burst.
            Burst(self.start, self.interference.duration, self.interference.strength, self.interference.period)


class Air:
    """The troubles of one home.

    Args:
        home: whose HAN it is.
        wan: that of the hub.
        told: called with the moment and words when something begins or ends.
        lost: called with the moment and a message that the hub had for the DCC when it lost power.

    Attributes:
        troubles: to come and under way, by number; those that are over are gone.
    """

    def __init__(
        self,
        home: Home,
        wan: Wan,
        told: Callable[[datetime, EUI64 | None, str], None],
        lost: Callable[[datetime, bytes], None],
    ) -> None:
        self.troubles: dict[int, Trouble] = {}
        self._home = home
        self._wan = wan
        self._told = told
        self._lost = lost
        self._made = 0
        self._links: dict[EUI64, Conditions] = {}
        self._silent: set[EUI64] = set()
        self._begun: list[int] = []
        self._set: dict[tuple[EUI64, EUI64], Conditions] = {}

    @property
    def undisturbed(self) -> bool:
        """Whether no trouble is to come or under way, and no link or silence was set."""
        return not self.troubles and not self._silent and all(each == Conditions() for each in self._links.values())

    def device(self, name: str) -> EUI64:
        """The hub or a device of the home, by EUI-64, or as meter, charger, switch or hub.

        Raises:
            NotReached: it is none, or not of this home.
        """
        try:
            found = DEVICE_NAMES.get(name) or EUI64.parse(name)
        except Malformed:
            raise NotReached("device", f"is {', '.join(DEVICE_NAMES)} or an EUI-64, not {name!r}") from None
        self._check(found)
        return found

    def plan(self, trouble: Trouble, now: datetime) -> int:
        """Let something go wrong, at once if it is to begin by now; return its number.

        Raises:
            NotReached: its device is not of this home.
            NotPossible: it is over by now, or it is the hub's and no silence or restart, or another's and a restart.
        """
        hub = self._home.hub.eui
        if trouble.end is not None and trouble.end <= now:
            raise NotPossible("fault.to", "is to come")
        if trouble.restart and trouble.device not in (None, hub):
            raise NotPossible("fault.restart", "is that of the hub")
        if trouble.device == hub and trouble.conditions is not None and trouble.peer is None:
            raise NotPossible("fault.device", "is on the far end of every link of the hub: name none for all of them")
        for device in (trouble.device, trouble.peer):
            if device is not None:
                self._check(device)
        self._made += 1
        self.troubles[self._made] = trouble
        self.handle_timer(now)
        return self._made

    def stop(self, number: int, now: datetime) -> None:
        """Take a trouble back, or end it now.

        Raises:
            NotReached: there is none of this number.
        """
        if number not in self.troubles:
            raise NotReached("fault", f"{number} is to come or under way")
        self._end(number, now)
        self._settle(now)

    def link(self, device: EUI64, conditions: Conditions, now: datetime) -> None:
        """How a device's links behave while no trouble says otherwise, from the next frame on.

        Of both ends of a link, the one said last decides.

        Raises:
            NotReached: it is not of this home.
            NotPossible: it is the hub, which is on the far end of every link.
        """
        if device == self._home.hub.eui:
            raise NotPossible("link", "is that of a device to the hub and to other devices")
        self._check(device)
        self._links.pop(device, None)
        self._links[device] = conditions
        self._settle(now)

    def silence(self, device: EUI64, silent: bool, now: datetime) -> None:
        """A device falls silent, or speaks again; the hub's silence is one towards the WAN.

        Raises:
            NotReached: it is not of this home.
        """
        self._check(device)
        if silent:
            self._silent.add(device)
        else:
            self._silent.discard(device)
        self._settle(now)

    def under_way(self, number: int) -> bool:
        """Whether a trouble has begun."""
        return number in self._begun

    def follow(self, now: datetime) -> None:
        """A device has come to the home: what holds for all links holds for its own too."""
        self._settle(now)

    def next_timer(self) -> datetime | None:
        """When something begins or ends next."""
        if not self.troubles:
            return None
        moments = [each.start if number not in self._begun else each.end for number, each in self.troubles.items()]
        return min((moment for moment in moments if moment is not None), default=None)

    def handle_timer(self, now: datetime) -> None:
        """Let begin and end what is due, what ends first."""
        ending = [number for number in self._begun if (end := self.troubles[number].end) is not None and end <= now]
        coming = [number for number, each in self.troubles.items() if number not in self._begun and each.start <= now]
        for number in ending:
            self._end(number, now)
        for number in coming:
            self._begun.append(number)
            self._told(now, self.troubles[number].device, f"begins: {words(self.troubles[number])}")
        if ending or coming:
            self._settle(now)

    def _end(self, number: int, now: datetime) -> None:
        trouble = self.troubles.pop(number)
        if number in self._begun:
            self._begun.remove(number)
            self._told(now, trouble.device, f"ends: {words(trouble)}")

    def _check(self, device: EUI64) -> None:
        if device not in self._home.devices and device not in self._home.han.nodes():
            raise NotReached("device", f"is one of this home, {device} is not")

    def _settle(self, now: datetime) -> None:
        """Make the HAN and the WAN what everything that is under way makes of them."""
        han, hub = self._home.han, self._home.hub.eui
        under_way = [self.troubles[number] for number in self._begun]
        # One that looks for the network is on the air before it is on the HAN.
        for pair in combinations(sorted({hub, *self._home.devices, *han.nodes()}), 2):
            conditions = Conditions()
            for device, said in self._links.items():
                if device in pair:
                    conditions = said
            for each in under_way:
                if each.conditions is not None and {each.device, each.peer} - {None} <= set(pair):
                    conditions = each.conditions
            if self._set.get(pair, Conditions()) != conditions:
                han.medium.set_conditions(*pair, conditions)
                self._set[pair] = conditions
        silent = self._silent | {each.device for each in under_way if each.silent and each.device is not None}
        han.silent = silent - {hub}
        han.medium.interference = [
            (Burst(each.start, burst.duration, burst.strength, burst.period), each.device)
            for each in under_way
            if (burst := each.interference) is not None
        ]
        off = any(each.restart for each in under_way)
        if off and han.hub_is_on:
            han.stop_hub(now)
            for message in self._wan.forget_from_hub():
                self._lost(now, message)
        elif not off and not han.hub_is_on:
            han.start_hub(now)
        self._wan.offline = off or hub in silent


def words(trouble: Trouble) -> str:
    """A trouble in a few words."""
    parts = []
    if trouble.conditions is not None:
        usual = Conditions()
        changed = {
            name: value
            for name in usual.__slots__
            if (value := getattr(trouble.conditions, name)) != getattr(usual, name) and name != "seed"
        }
        parts += [f"{name} {_text(value)}" for name, value in changed.items()] or ["links as usual"]
    if trouble.interference is not None:
        burst = trouble.interference
        every = "" if burst.period is None else f" every {_text(burst.period)}"
        parts.append(f"interference of {burst.strength:g} dB for {_text(burst.duration)}{every}")
    parts += ["silent"] * trouble.silent + ["hub restarts"] * trouble.restart
    return ", ".join(parts)


def _text(value: object) -> str:
    return f"{value.total_seconds() * 1000:g} ms" if isinstance(value, timedelta) else str(value)
