"""Why a controller has its level: the rule that decides, the command behind it, and what else had a claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devices.layers import Claim, claims, decided, winner
from schemas.gbcs.auxiliary import CONTROLLERS, Direction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from devices.auxiliary_state import AuxiliaryState, ControllerType
    from devices.history import History
    from devices.origin import Origin
    from devices.regulation_delay import Delayed


@dataclass(frozen=True, slots=True)
class Why:
    """The level of a controller at a moment, explained.

    Attributes:
        number: of the controller, 1 to 5.
        moment: by the device's clock.
        percent: the level; an ALCS or HCALCS has 100 (closed) or 0.
        winner: the claim that decides.
        losers: the claims that were in force and did not decide, the lowest layer first.
        regulation: when the charge point followed, where it delays by itself.
    """

    number: int
    direction: Direction
    moment: datetime
    percent: int
    winner: Claim
    losers: tuple[Claim, ...]
    regulation: Delayed | None = None

    def __str__(self) -> str:
        where = f"controller {self.number} {self.direction.name.lower()} at {self.moment:%Y-%m-%d %H:%M:%S}"
        late = f"; {self.regulation}" if self.regulation is not None and self.regulation.delay else ""
        lost = "".join(f"; against {told(claim)}" for claim in self.losers)
        return f"{where}: {self.percent} % by {told(self.winner)}{late}{lost}"


@dataclass(frozen=True, slots=True)
class Reign:
    """A time in which a command had a claim on a controller.

    Attributes:
        start, end: by the device's clock, end not included.
        decides: whether the level was the command's.
        winner: the claim that decided, the command's own or the one it lost to.
    """

    number: int
    direction: Direction
    start: datetime
    end: datetime
    decides: bool
    winner: Claim


def why(history: History, kind: ControllerType, number: int, direction: Direction, moment: datetime) -> Why:
    """The explanation for one controller and moment."""
    found = claims(history.state(moment), number, direction, moment)
    best = winner(found)
    losers = tuple(claim for claim in found if claim is not best)
    return Why(number, direction, moment, decided(kind, found).percent, best, losers)


def reigns(history: History, command: Origin, until: datetime) -> list[Reign]:
    """The times before ``until`` in which ``command`` had a claim, in order, each as long as it has one winner.

    None at all means that it was refused, failed, or was replaced before its start.
    """
    return [reign for n in CONTROLLERS for each in Direction for reign in _reigns(history, command, n, each, until)]


def _reigns(history: History, command: Origin, number: int, direction: Direction, until: datetime) -> Iterator[Reign]:
    running: Reign | None = None
    for start, end in _spans(history, number, direction, until):
        found = claims(history.state(start), number, direction, start)
        best = winner(found)
        mine = any(claim.origin == command for claim in found)
        reign = Reign(number, direction, start, end, best.origin == command, best) if mine else None
        if running is not None and reign is not None and running.winner == reign.winner:
            running = Reign(number, direction, running.start, end, running.decides, best)
            continue
        if running is not None:
            yield running
        running = reign
    if running is not None:
        yield running


def _spans(history: History, number: int, direction: Direction, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """From the first change to ``until``, cut wherever a claim may begin or end."""
    starts = history.changes(None, until)
    here = starts[0] if starts else None
    while here is not None and here < until:
        state = history.state(here)
        bounds = [*history.changes(here, until), *_bounds(state, number, direction, here)]
        end = min((moment for moment in bounds if here < moment < until), default=until)
        yield here, end
        here = end


def _bounds(state: AuxiliaryState, number: int, direction: Direction, here: datetime) -> Iterator[datetime]:
    late = state.late
    switch = state.active.next_change(number, direction, here - late)
    if switch is not None:
        yield switch + late
    if state.boost.running is not None:
        yield from state.boost.running
    controller = state.controllers[number - 1]
    for period in (*controller.set_states, *controller.limits):
        yield period.start
        if period.end is not None:
            yield period.end


def told(claim: Claim) -> str:
    """A claim in words: rule, level, command, from when to when, and how late."""
    by = f" of {claim.origin}" if claim.origin is not None else ""
    since = f" since {claim.start:%Y-%m-%d %H:%M:%S}" if claim.start is not None else ""
    until = f" until {claim.end:%Y-%m-%d %H:%M:%S}" if claim.end is not None else ""
    late = f", {claim.late.seconds} s late by the randomised offset" if claim.late else ""
    return f"{claim.rule} {claim.percent} %{by}{since}{until}{late}"
