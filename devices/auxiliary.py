"""Auxiliary controllers 1 to 5: what each is, what it was told, and the level that results.

A controller holds one set state and one limit per direction: a later command replaces the earlier one, whether that
has begun or not. Their state is one frozen value ([auxiliary_state.py](auxiliary_state.py)); which rule decides is in
[layers.py](layers.py), what was in force before in [history.py](history.py), and when a level
may change next in [moments.py](moments.py).
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from devices import moments
from devices.auxiliary_state import (
    Activation,
    AuxiliaryState,
    Controller,
    ControllerType,
    Event,
    Level,
    LimitEnded,
    LimitProcessed,
    Period,
)
from devices.event_log import CAPACITY, Action, ControllerEntry, Outcome
from devices.history import History
from devices.layers import claims, decided
from schemas.errors import NotPossible
from schemas.gbcs.auxiliary import CONTROLLERS, CommandedState, Direction

if TYPE_CHECKING:
    from devices.objects import Member
    from devices.origin import Origin


MAX_INFORMATION = 1000
"""Characters of ``other-data``: with the levels around it the text stays below the 1,200 that MMC has room for."""


class AuxiliaryControllers:
    """The five auxiliary controllers of a device, on the device's clock.

    Args:
        controllers: those that are there; the others are of type none.
        offset_number: the randomised offset number, in ten-thousandths, 0 to 10000.
    """

    def __init__(self, *controllers: Controller, offset_number: int = 0) -> None:
        given = {controller.number: controller for controller in controllers}
        if len(given) != len(controllers) or not given.keys() <= set(CONTROLLERS):
            raise NotPossible("auxiliary controllers", "are numbered 1 to 5, each once")
        five = tuple(given.get(n, Controller(n)) for n in CONTROLLERS)
        self.state = AuxiliaryState(five, randomised_offset_number=offset_number)
        self.events: list[Event] = []
        self.next_timer: datetime | None = None
        self.history = History(self.state)
        self._levels_of: tuple[AuxiliaryState, datetime] | None = None
        self._levels: dict[tuple[int, Direction], Level] = {}

    def take_back(self, state: AuxiliaryState, timer: datetime | None) -> None:
        """Be as before a power loss; of the time before it there is no history."""
        self.state, self.next_timer, self.history = state, timer, History(state)

    def controller(self, number: int) -> Controller:
        """Controller ``number``, 1 to 5."""
        return self.state.controllers[number - 1]

    def change(self, controller: Controller) -> None:
        """Put ``controller`` in the place of the one with its number."""
        others, number = self.state.controllers, controller.number
        self.state = self.state.changed(controllers=(*others[: number - 1], controller, *others[number:]))

    def level_at(self, number: int, direction: Direction, now: datetime) -> Level:
        """The level of a controller and the rule that wins; an ALCS or HCALCS is 100 (closed) or 0."""
        # Of one state at one moment, asked for the notes, the charge point and the alerts of the same command.
        state, of = self.state, self._levels_of
        if of is None or of[0] is not state or of[1] != now:
            self._levels_of, self._levels = (state, now), {}
        level = self._levels.get((number, direction))
        if level is None:
            kind = state.controllers[number - 1].kind
            level = self._levels[number, direction] = decided(kind, claims(state, number, direction, now))
        return level

    def set_state(
        self, state: CommandedState, start: datetime, end: datetime | None, now: datetime, origin: Origin | None = None
    ) -> None:
        """Command a level for a period (ECS47a); it replaces the one before in its direction.

        Raises:
            NotPossible: the controller is none, or the period is empty or over.
        """
        controller = self._admit(state, start, end, now)
        period = Period(state, start, end, origin)
        self.change(controller.told(set_states=_put(controller.set_states, period)))
        self.record(state.controller, Action.ON if state.level else Action.OFF, now)

    def limit(
        self, state: CommandedState, start: datetime, end: datetime | None, now: datetime, origin: Origin | None = None
    ) -> None:
        """Cap the level for a period (ECS47e), APC only; it replaces the one before in its direction.

        Raises:
            NotPossible: the controller is no APC, or the period is empty or over.
        """
        controller = self._admit(state, start, end, now)
        period = Period(state, start, end, origin)
        if controller.kind is not ControllerType.APC:
            raise NotPossible("LimitAPCLevel", f"is for an APC, not for {controller.kind.value}")
        self.change(controller.told(limits=_put(controller.limits, period)))
        resulting = self.level_at(state.controller, state.direction, max(start, now))
        self.events.append(LimitProcessed(now, period, resulting.percent))

    def release(self, number: int, directions: tuple[Direction, ...], now: datetime) -> None:
        """End the set state of a controller at once: it reverts to the calendar (ECS47 Reset)."""
        controller = self.controller(number)
        kept = tuple(period for period in controller.set_states if period.state.direction not in directions)
        self.change(controller.told(set_states=kept))
        self.record(number, Action.REVERT, now)

    def associate_boost(self, number: int) -> None:
        """Put controller ``number``, 1 to 5, on the boost button."""
        self.state = replace(self.state, boost=self.state.boost.associated(number, True))

    def start_boost(self, now: datetime, end: datetime) -> None:
        """Someone presses the boost button.

        Raises:
            NotPossible: there is none, or the end is not after ``now``.
        """
        self.state = replace(self.state, boost=self.state.boost.started(now, end))

    def end_boost(self, now: datetime) -> None:
        """Someone ends the boost; none running is no error."""
        self.state = replace(self.state, boost=self.state.boost.ended(now))

    def record(self, number: int, action: Action, now: datetime) -> None:
        """Log what was done to a controller. Of an HCALCS the commands over the HAN are logged, and nothing here."""
        if self.state.controllers[number - 1].kind is not ControllerType.HCALCS:
            self._log(ControllerEntry(now, number, action))

    def record_command(self, number: int, action: Action, command_id: int, now: datetime) -> None:
        """Log a command over the HAN to an HCALCS, whose outcome only its answer tells."""
        self._log(ControllerEntry(now, number, action, Outcome.NOT_KNOWN, command_id))

    def record_answer(self, number: int, command_id: int, outcome: Outcome, now: datetime) -> None:
        """Log what an HCALCS answered to the command ``command_id``."""
        self._log(ControllerEntry(now, number, Action.HCALCS_ANSWER, outcome, command_id))

    def lift(self, number: int, direction: Direction, now: datetime) -> None:
        """Cancel the limit of a controller, begun or not."""
        controller = self.controller(number)
        cancelled = [period for period in controller.limits if period.state.direction is direction]
        kept = tuple(period for period in controller.limits if period not in cancelled)
        self.change(controller.told(limits=kept))
        self._ended(cancelled, now)

    def settle(self, now: datetime, cause: Origin | None = None) -> None:
        """Bring everything to ``now``: activations and ends that are due; then find the next timer.

        Args:
            cause: the command that was carried out at ``now``, if one was; the history tells it.
        """
        if self.state.activations:
            for activation in [each for each in self.state.activations if each.moment <= now]:
                self.activate(activation.attribute)
                self.events.append(activation)
        busy = [each.number for each in self.state.controllers if each.set_states or each.limits]
        for number in busy:
            self._end(self.controller(number), now)
        if self.state.boost.running is not None:
            self.state = self.state.changed(boost=self.state.boost.settled(now))
        self.history.record(now, self.state, cause)
        coming = moments.of_all(self.state)
        for number in CONTROLLERS if self.state.active.rows else busy:
            coming += moments.of_one(self.state, number, now)
        self.next_timer = min(coming) if coming else None

    def _end(self, controller: Controller, now: datetime) -> None:
        """Let the limits and set states of ``controller`` that are over go."""
        over = [period for period in controller.limits if period.over(now)] if controller.limits else []
        spent = [period for period in controller.set_states if period.over(now)]
        if over or spent:
            limits = tuple(period for period in controller.limits if period not in over)
            states = tuple(period for period in controller.set_states if period not in spent)
            self.change(controller.told(set_states=states, limits=limits, staged=controller.staged))
            self._ended(over, now)
        if spent:
            self.record(controller.number, Action.REVERT, now)

    def schedule(self, activation: Activation) -> None:
        """Make an activation pending, in the place of one of the same attribute."""
        self.cancel(activation.attribute)
        self.state = replace(self.state, activations=(*self.state.activations, activation))

    def cancel(self, attribute: Member) -> None:
        """Forget a pending activation; none pending is no error (assumed)."""
        kept = tuple(each for each in self.state.activations if each.attribute != attribute)
        self.state = replace(self.state, activations=kept)

    def activate(self, attribute: Member) -> None:
        """Make the passive rows or special days the active ones at once; a pending activation of them is spent."""
        self.state = self.state.activated(attribute)

    def state_text(self, number: int, now: datetime) -> str:
        """State and associated information, JSON as the ECS61e vector writes it; ``{}`` for type none."""
        controller = self.controller(number)
        if controller.kind is ControllerType.NONE:
            return "{}"
        members: dict[str, int | str] = {
            "outputState": self.level_at(number, Direction.OUTPUT, now).percent,
            "inputState": self.level_at(number, Direction.INPUT, now).percent,
        }
        if controller.information is not None:
            members["other-data"] = controller.information
        return json.dumps(members)

    def inform(self, number: int, information: str) -> None:
        """The load behind controller ``number`` has something to say: its ``other-data`` from now on.

        Raises:
            NotPossible: the controller is no APC, or the text is longer than MAX_INFORMATION.
        """
        controller = self.controller(number)
        if controller.kind is not ControllerType.APC:
            raise NotPossible("auxiliaryControllerN", f"is an APC, which has information, not {number}")
        if len(information) > MAX_INFORMATION:
            raise NotPossible("other-data", f"has {MAX_INFORMATION} characters at most, not {len(information)}")
        self.change(replace(controller, information=information))

    def update_text(self, number: int, now: datetime) -> str:
        """The state of a controller as alert 8F88 has it: levels as texts, and no spaces (vector ECS200)."""
        members = {
            "outputState": str(self.level_at(number, Direction.OUTPUT, now).percent),
            "inputState": str(self.level_at(number, Direction.INPUT, now).percent),
            "other-data": self.controller(number).information or "",
        }
        return json.dumps(members, separators=(",", ":"))

    def _admit(self, state: CommandedState, start: datetime, end: datetime | None, now: datetime) -> Controller:
        controller = self.controller(state.controller)
        if controller.kind is ControllerType.NONE:
            raise NotPossible("auxiliaryControllerN", f"is a controller that exists, not {state.controller}")
        if end is not None and (end <= start or end <= now):
            raise NotPossible("EndDateTime", "is after the start and not yet over")
        return controller

    def _ended(self, limits: list[Period], now: datetime) -> None:
        for period in limits:
            level = self.level_at(period.state.controller, period.state.direction, now)
            self.events.append(LimitEnded(now, period.state, level.percent))

    def moments(self, number: int, now: datetime) -> list[datetime]:
        """When the level of a controller may change after ``now``, in no order."""
        return moments.of_all(self.state) + moments.of_one(self.state, number, now)

    def _log(self, entry: ControllerEntry) -> None:
        self.state = self.state.changed(log=(*self.state.log[1 - CAPACITY :], entry))


def _put(periods: tuple[Period, ...], period: Period) -> tuple[Period, ...]:
    direction = period.state.direction
    return (*[other for other in periods if other.state.direction is not direction], period)
