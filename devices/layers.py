"""Which rule decides the level of an auxiliary controller: every claim on it, and the one that wins.

Layers, kept apart (all assumed; the vectors show the commands, not what becomes of them):

    default      output 100 %, input 0 %
    calendar     over the default, where a row of it holds; each switch late by the randomised offset
    set state    over the calendar, from its start to its end, end not included; then the calendar again
    boost        output 100 % over the set state, on the controllers that the button works on
    limit        a cap on the result of the others, from its start to its end, end not included
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from devices.auxiliary_state import AuxiliaryState, ControllerType, Level, Period, Rule
from schemas.gbcs.auxiliary import MAX_LEVEL, Direction
from schemas.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devices.origin import Origin

DEFAULT_LEVEL = {Direction.OUTPUT: MAX_LEVEL, Direction.INPUT: 0}
"""Percent, where neither calendar nor command says anything (assumed)."""

_SET_STATE, _LIMIT = Rule.SET_STATE, Rule.LIMIT
_ON_OR_OFF = (ControllerType.ALCS, ControllerType.HCALCS)


@record
class Claim:
    """What one rule wants of a controller.

    Attributes:
        percent: the level.
        start, end: from when (included) to when (not included) it wants that; None where it has no such bound, and
            for the calendar's end, which is its next switch.
        origin: the command behind it; None of the default, the boost button, and a calendar that nobody wrote.
        late: by how much the calendar's switch came after its time.
    """

    rule: Rule
    percent: int
    start: datetime | None = None
    end: datetime | None = None
    origin: Origin | None = None
    late: timedelta = timedelta()


_DEFAULTS = {direction: Claim(Rule.DEFAULT, level) for direction, level in DEFAULT_LEVEL.items()}


def claims(state: AuxiliaryState, number: int, direction: Direction, now: datetime) -> list[Claim]:
    """Every claim on controller ``number``, 1 to 5, at ``now``, the lowest layer first."""
    controller = state.controllers[number - 1]
    found = [_DEFAULTS[direction]]
    if state.active.rows:
        late = state.late
        switch = state.active.last_switch(number, direction, now - late)
        if switch is not None:
            found.append(Claim(Rule.CALENDAR, switch[1], switch[0] + late, None, state.active.origin, late))
    for period in controller.set_states:
        if period.state.direction is direction and period.covers(now):
            found.append(_of_period(_SET_STATE, period))
    boost = state.boost
    if boost.running is not None and direction is Direction.OUTPUT and boost.covers(number, now):
        found.append(Claim(Rule.BOOST, MAX_LEVEL, *boost.running))
    for period in controller.limits:
        if period.state.direction is direction and period.covers(now):
            found.append(_of_period(_LIMIT, period))
    return found


def winner(found: Sequence[Claim]) -> Claim:
    """The claim that decides: the highest layer, where a limit counts only if it takes something away."""
    best = found[0]
    for claim in found[1:]:
        if claim.rule is not _LIMIT or claim.percent < best.percent:
            best = claim
    return best


def decided(kind: ControllerType, found: Sequence[Claim]) -> Level:
    """The level that results; an ALCS or HCALCS is 100 (closed) or 0."""
    best = winner(found)
    open_switch = kind in _ON_OR_OFF and best.percent < MAX_LEVEL
    return Level(0 if open_switch else best.percent, best.rule)


def _of_period(rule: Rule, period: Period) -> Claim:
    return Claim(rule, period.state.level, period.start, period.end, period.origin)
