"""What became of one command: whether the device took it, where it decided a level, and if nowhere, why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devices.objects import CALENDAR_ACTIVATION
from devices.receipts import Answer
from devices.why import told
from schemas.gbcs.use_cases import load_control

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from devices.auxiliary_state import AuxiliaryState
    from devices.history import History
    from devices.origin import Origin
    from devices.receipts import Receipt
    from devices.why import Reign

    Claims = dict[tuple[str, int, int], tuple[Origin | None, datetime | None]]

_MOMENT = "%Y-%m-%d %H:%M:%S"
_ON_LEVELS = frozenset(
    declared.code
    for declared in (
        load_control.CALENDAR,
        load_control.SWITCH_CALENDAR,
        load_control.ACTIVATE,
        load_control.SET_STATE,
        load_control.LIMIT_LEVEL,
    )
)
"""Message codes of commands that set levels or end what sets them."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a command put an end to, or what put an end to a command.

    Attributes:
        moment: by the device's clock.
        other: the command on the other side; None where time alone did it.
        what: set state, limit, calendar, or calendar for later.
    """

    moment: datetime
    other: Origin | None
    what: str


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a command before a moment.

    Attributes:
        receipts: each time it came to the device; empty where it never did, or too long ago.
        reigns: the times in which it had a claim on a level.
        gone: how its claims went before their end.
        ended: the claims of others that went by it.
        waits: when its first claim begins, where that is not before the moment that was asked for.
    """

    receipts: tuple[Receipt, ...]
    reigns: tuple[Reign, ...] = ()
    gone: tuple[Change, ...] = ()
    ended: tuple[Change, ...] = ()
    waits: datetime | None = None

    @property
    def had_effect(self) -> bool:
        """Whether it decided a level, or ended what another command had set."""
        return bool(self.ended) or any(reign.decides for reign in self.reigns)

    def __str__(self) -> str:
        if not self.receipts:
            return "no such command has come to this device"
        return "; ".join([*map(str, self.receipts), *self._in_force(), *self._nowhere()])

    def _in_force(self) -> Iterator[str]:
        for reign in self.reigns:
            where = f"controller {reign.number} {reign.direction.name.lower()}"
            span = f"{reign.start:{_MOMENT}} to {reign.end:{_MOMENT}}"
            yield f"{where} {span}: " + ("decides" if reign.decides else f"loses to {told(reign.winner)}")
        for change in self.ended:
            yield f"ends {change.what} of {change.other} at {change.moment:{_MOMENT}}"
        for change in self.gone:
            by = f" by {change.other}" if change.other is not None else ""
            yield f"its {change.what} is replaced or cancelled{by} at {change.moment:{_MOMENT}}"

    def _nowhere(self) -> Iterator[str]:
        if self.reigns or self.ended or self.gone or self.receipts[-1].answer is not Answer.DONE:
            return
        if self.waits is not None:
            yield f"begins at {self.waits:{_MOMENT}}"
        elif self.receipts[-1].command.message_code in _ON_LEVELS:
            yield "no level changed: it found nothing to end, or no row of its calendar counts in this time"
        else:
            yield "it is no command on levels"


def fate(history: History, receipts: tuple[Receipt, ...], reigns: Sequence[Reign], until: datetime) -> Fate:
    """What became of the command of ``receipts``, all of one originator and counter, before ``until``.

    Args:
        history: of the device's controllers.
        reigns: the command's, before ``until``.
    """
    done = [each for each in receipts if each.answer is Answer.DONE]
    if not done:
        return Fate(receipts)
    command = done[0].command
    gone, ended = [], []
    before: Claims = {}
    for moment, cause, state in history.steps():
        now = _claims(state)
        for claim, (owner, end) in before.items():
            successor = now.get(claim, (None, None))[0]
            if successor == owner or (end is not None and end <= moment):
                continue
            by = cause or successor
            if owner == command:
                gone.append(Change(moment, by, claim[0]))
            elif by == command and owner is not None:
                ended.append(Change(moment, owner, claim[0]))
        before = now
    starts = [start for start in _starts(history.last, command) if start >= until]
    return Fate(receipts, tuple(reigns), tuple(gone), tuple(ended), min(starts, default=None))


def _claims(state: AuxiliaryState) -> Claims:
    """Who owns what, and when that ends by itself."""
    found: Claims = {}
    for controller in state.controllers:
        for what, periods in (("set state", controller.set_states), ("limit", controller.limits)):
            for period in periods:
                found[what, controller.number, period.state.direction] = period.origin, period.end
    if state.active.origin is not None:
        found["calendar", 0, 0] = state.active.origin, None
    for activation in state.activations:
        if activation.attribute == CALENDAR_ACTIVATION:
            found["calendar for later", 0, 0] = activation.origin, activation.moment
    return found


def _starts(state: AuxiliaryState, command: Origin) -> Iterator[datetime]:
    for controller in state.controllers:
        for period in (*controller.set_states, *controller.limits):
            if period.origin == command:
                yield period.start
    for activation in state.activations:
        if activation.origin == command:
            yield activation.moment
