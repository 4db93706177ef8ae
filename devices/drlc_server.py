"""The meter's side of its HCALCSs: auxiliary controllers of that type become load control events (DRLC server).

A controller's level is told as an event that starts now and lasts until the level may change, one day at most; an
event that is not answered is sent again, and what fails is told to the supplier (811A). Sans-IO; times are the
device's clock. Each rule with its source: docs/devices.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from devices.auxiliary_state import ControllerType, Level, Rule
from devices.clock import earlier
from devices.event_log import Action, Outcome
from devices.output import Note, Output, Tell
from schemas.gbcs.auxiliary import Direction
from schemas.zse.drlc import (
    CLOSED,
    MAX_MINUTES,
    NOW,
    OPEN,
    REFUSALS,
    CancelAllLoadControlEvents,
    EventStatus,
    GetScheduledEvents,
    LoadControlEvent,
    ReportEventStatus,
)
from schemas.zse.times import utc_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devices.auxiliary import AuxiliaryControllers
    from schemas.eui import EUI64

ANSWER_TIME: Final = timedelta(seconds=30)
"""How long an answer may take before the event is sent again (assumed)."""
ATTEMPTS: Final = 3
"""How often an event is sent before it has failed (assumed)."""
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(minutes=MAX_MINUTES)
_BY_CALENDAR: Final = (Rule.DEFAULT, Rule.CALENDAR)


@dataclass(frozen=True, slots=True)
class Ordered:
    """What an HCALCS was told last.

    Attributes:
        switch: its EUI-64.
        event_id: the event's name, and the command's in the log.
        level: the controller's.
        sent: when it was sent last.
        end: when it runs out.
        attempts: how often it was sent.
        done: the HCALCS has said that it follows.
        failed: it was told to the supplier that it does not, or no longer.
        logged: the command stands in the log; the outcome is to follow.
    """

    switch: EUI64
    event_id: int
    level: Level
    sent: datetime
    end: datetime
    attempts: int = 1
    done: bool = False
    failed: bool = False
    logged: bool = True


class LoadControlServer:
    """The HCALCSs of one meter.

    Args:
        auxiliary: the meter's controllers, and their log.

    Attributes:
        orders: the last order of each controller that has an HCALCS, by number.
    """

    def __init__(self, auxiliary: AuxiliaryControllers) -> None:
        self.orders: dict[int, Ordered] = {}
        self._auxiliary = auxiliary

    def next_timer(self) -> datetime | None:
        """When an answer is overdue, or an event runs out."""
        due: datetime | None = None
        for order in self.orders.values():
            if not order.failed:
                due = earlier(due, _due(order))
        return due

    def settle(self, switches: Iterable[EUI64], now: datetime) -> tuple[list[Output], int]:
        """Tell every joined switch its controller's level.

        Returns:
            What to send, and how many switches have failed to change or to hold their state since the last call.
        """
        joined, outputs, failures = set(switches), list[Output](), 0
        controlled = {n: switch for n, switch in self._controlled() if switch in joined}
        for n in [n for n, order in self.orders.items() if controlled.get(n) != order.switch]:
            # It is this meter's no more: what it was told is taken back.
            outputs.append(Tell(self.orders.pop(n).switch, CancelAllLoadControlEvents()))
        for n, switch in controlled.items():
            order, level = self.orders.get(n), self._auxiliary.level_at(n, Direction.OUTPUT, now)
            if order is None or order.level.percent != level.percent:
                outputs += self._order(n, switch, level, now)
                continue
            order = self.orders[n] = replace(order, level=level)
            if order.done and order.end - now <= _MINUTE and self._end(n, now) > order.end:
                # The level might have changed and has not: the same state goes on.
                outputs += self._order(n, switch, level, now, logged=False)
            elif not order.failed and not order.done and _due(order) <= now and order.attempts < ATTEMPTS:
                self.orders[n] = replace(order, sent=now, attempts=order.attempts + 1)
                outputs.append(self._event(self.orders[n], now))
            elif not order.failed and _due(order) <= now:
                outputs += self._failed(n, "has not answered" if not order.done else "has not asked again", now)
                failures += 1
        return outputs, failures

    def hear(
        self, switch: EUI64, command: ReportEventStatus | GetScheduledEvents, now: datetime
    ) -> tuple[list[Output], int]:
        """Take a report or a question of a joined switch; gives what ``settle`` gives."""
        outputs, failures = list[Output](), 0
        for n in [n for n, order in self.orders.items() if order.switch == switch]:
            order = self.orders[n]
            if isinstance(command, GetScheduledEvents):
                outputs += self._asked(n, order, command, now)
            elif command.issuer_event_id != order.event_id:
                continue
            elif not order.failed and command.event_status in REFUSALS:
                outputs += self._failed(n, f"says {command.event_status.name.lower().replace('_', ' ')}", now)
                failures += 1
            elif command.event_status is EventStatus.STARTED and not order.done:
                self._answer(n, order, Outcome.SUCCESS, now)
                self.orders[n] = replace(order, done=True, failed=False, logged=False)
        return outputs, failures

    def _controlled(self) -> list[tuple[int, EUI64]]:
        found: dict[EUI64, int] = {}
        for each in self._auxiliary.state.controllers:
            if each.kind is ControllerType.HCALCS and each.hcalcs is not None:
                # A switch that is named twice obeys the first: two masters would turn it to and fro.
                found.setdefault(each.hcalcs, each.number)
        return [(n, switch) for switch, n in found.items()]

    def _order(self, n: int, switch: EUI64, level: Level, now: datetime, *, logged: bool = True) -> list[Output]:
        """A new event; it supersedes the one before."""
        before = self.orders.get(n)
        event_id = int(now.timestamp()) & 0xFFFF_FFFF
        if before is not None and before.switch == switch:
            # The name is the Unix time, as in the vectors' log; two in one second still differ.
            event_id = max(event_id, before.event_id + 1)
        order = Ordered(switch, event_id, level, now, self._end(n, now), logged=logged)
        self.orders[n] = order
        if logged:
            self._auxiliary.record_command(n, _action(level, before), event_id, now)
        return [self._event(order, now)]

    def _event(self, order: Ordered, now: datetime) -> Output:
        minutes = -(-(order.end - now) // _MINUTE)
        duty = CLOSED if order.level.percent else OPEN
        event = LoadControlEvent(order.event_id, NOW, min(max(minutes, 1), MAX_MINUTES), duty)
        return Tell(order.switch, event)

    def _end(self, n: int, now: datetime) -> datetime:
        """A minute after the level may change: the event for what comes then finds the old one still running."""
        change = min(self._auxiliary.moments(n, now), default=None)
        return now + _DAY if change is None else min(change + _MINUTE, now + _DAY)

    def _asked(self, n: int, order: Ordered, asked: GetScheduledEvents, now: datetime) -> list[Output]:
        level = self._auxiliary.level_at(n, Direction.OUTPUT, now)
        if order.failed:
            # It is back: the command is given anew, so that the log says what became of it.
            return self._order(n, order.switch, level, now)
        if order.done and self._end(n, now) > order.end + _MINUTE:
            return self._order(n, order.switch, order.level, now, logged=False)
        if asked.issuer_event_id is not None and order.event_id < asked.issuer_event_id:
            return []
        if asked.start_time > utc_seconds(order.end):
            return []
        return [self._event(order, now)]

    def _failed(self, n: int, why: str, now: datetime) -> list[Output]:
        order = self.orders[n]
        self._answer(n, order, Outcome.FAILURE, now)
        self.orders[n] = replace(order, failed=True, logged=False)
        return [Note("acted", f"HCALCS {order.switch} of controller {n} {why}")]

    def _answer(self, n: int, order: Ordered, outcome: Outcome, now: datetime) -> None:
        if order.logged:
            self._auxiliary.record_answer(n, order.event_id, outcome, now)


def _due(order: Ordered) -> datetime:
    return order.end if order.done else order.sent + ANSWER_TIME


def _action(level: Level, before: Ordered | None) -> Action:
    if before is not None and level.rule in _BY_CALENDAR and before.level.rule not in _BY_CALENDAR:
        return Action.REVERT
    return Action.ON if level.percent else Action.OFF
