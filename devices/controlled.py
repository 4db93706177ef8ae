"""A device with auxiliary controllers: the common half of ESME and SAPC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from devices import alerts
from devices.auxiliary import AuxiliaryControllers
from devices.auxiliary_objects import add_controller_objects
from devices.auxiliary_state import Controller, ControllerType, Level, Rule
from devices.clock import earlier
from devices.device import Device, Identity
from devices.event_log import Action
from devices.fate import Fate, fate
from devices.layers import DEFAULT_LEVEL
from devices.log_objects import add_controller_log
from devices.origin import Origin
from devices.output import Note, Output
from devices.receipts import Answer
from devices.trust import Cell, Role, Use
from devices.why import Reign, Why, reigns, why
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import CONTROLLERS, Direction
from schemas.gbcs.envelope import Supplementary

_NO_CONTROLLER = ControllerType.NONE
_NAMES = {each: each.name.lower() for each in Direction}
_BY_CALENDAR = {Rule.DEFAULT, Rule.CALENDAR}
"""A change from one of these to the other is the calendar's own, and logged as such."""


class ControlledDevice(Device):
    """A Device whose auxiliary controllers take commands, keep their timers and raise their alerts.

    Args:
        controllers: those that are not of type none.
    """

    empty_cells: ClassVar[tuple[Cell, ...]] = (
        Cell(Role.LOAD_CONTROLLER, Use.SIGNATURE),
        Cell(Role.LOAD_CONTROLLER, Use.AGREEMENT),
    )

    def __init__(self, identity: Identity, controllers: tuple[Controller, ...]) -> None:
        super().__init__(identity)
        self.auxiliary = AuxiliaryControllers(*controllers, offset_number=identity.randomised_offset_number)
        add_controller_objects(self.store, self.auxiliary)
        add_controller_log(self.store, self.auxiliary, self.security_log)
        self._levels = {(n, each): Level(DEFAULT_LEVEL[each], Rule.DEFAULT) for n in CONTROLLERS for each in Direction}

    def level(self, number: int, direction: Direction, now: datetime) -> Level:
        """The level of a controller at the world's ``now``, percent, and the rule that decided it."""
        return self.auxiliary.level_at(number, direction, self.clock.read(now))

    def why(self, number: int, direction: Direction, moment: datetime) -> Why:
        """Why a controller has, had or will have its level at the world's ``moment``.

        Of a moment to come it is told as if nothing more were commanded; moments are by the clock as it is set now.
        """
        kind = self.auxiliary.controller(number).kind
        return why(self.auxiliary.history, kind, number, direction, self.clock.read(moment))

    def effect(self, command: Origin, until: datetime) -> list[Reign]:
        """What a command did and will do to levels before the world's ``until``: where it decided, and where not."""
        return reigns(self.auxiliary.history, command, self.clock.read(until))

    def fate(self, originator: EUI64, counter: int, until: datetime) -> Fate:
        """What became of a party's command before the world's ``until``; if it had no effect, why."""
        moment, receipts = self.clock.read(until), self.receipts.of(originator, counter)
        found: list[Reign] = []
        for command in dict.fromkeys(each.command for each in receipts if each.answer is Answer.DONE):
            found += reigns(self.auxiliary.history, command, moment)
        return fate(self.auxiliary.history, receipts, found, moment)

    def inform(self, number: int, information: str, now: datetime) -> list[Output]:
        """The load behind an APC has something to say, by itself: the supplier is told in an alert (8F88).

        Where the device knows a load controller, that one is named in it, so that the DCC copies it (vector ECS200).

        Raises:
            NotPossible: the controller is no APC, or the text is too long.
        """
        outputs = self.handle_timer(now)
        self.auxiliary.inform(number, information)
        settled = self._settle(now)
        moment, supplier = self.clock.read(now), self._supplier()
        if supplier is None:
            return [*outputs, *settled]
        beside = self.trust.holder(Role.LOAD_CONTROLLER)
        copied = None if beside is None or beside == supplier else Supplementary(beside)
        alert = alerts.operational_update(self.auxiliary.update_text(number, moment), moment)
        return [*outputs, *settled, *self._alert(alert, supplier, copied)]

    def next_timer(self) -> datetime | None:
        """The controllers' next transition, or what comes first of the rest."""
        first, due = super().next_timer(), self.auxiliary.next_timer
        return first if due is None else earlier(first, self.clock.world(due))

    def kept(self) -> dict[str, object]:
        """Calendars, commands, boost and log of the controllers, and the levels that these have brought about."""
        auxiliary = self.auxiliary
        levels = tuple(self._levels.values())
        return {**super().kept(), "auxiliary": auxiliary.state, "timer": auxiliary.next_timer, "levels": levels}

    def take_back(self, kept: dict[str, Any]) -> None:
        """As for any device; a boost that ran is over (assumed), and what became due meanwhile is done next."""
        super().take_back(kept)
        if "auxiliary" in kept:
            state = kept["auxiliary"]
            self.auxiliary.take_back(replace(state, boost=replace(state.boost, running=None)), kept["timer"])
            self._levels = dict(zip(self._levels, kept["levels"], strict=True))

    def _settle(self, now: datetime) -> list[Output]:
        outputs = super()._settle(now)
        moment = self.clock.read(now)
        self.auxiliary.settle(moment, self.receipts.carried_out_at(moment))
        events, self.auxiliary.events = self.auxiliary.events, []
        for event in events:
            outputs += self._alert_supplier(alerts.of_event(event))
        return outputs + self._level_notes(now)

    def _checkpoint(self) -> Callable[[], None]:
        put_back_clock, state = super()._checkpoint(), self.auxiliary.state

        def put_back() -> None:
            put_back_clock()
            self.auxiliary.state = state
            self.auxiliary.events = []

        return put_back

    def _level_notes(self, now: datetime) -> list[Output]:
        notes: list[Output] = []
        auxiliary, moment = self.auxiliary, self.clock.read(now)
        for place, before in list(self._levels.items()):
            number, direction = place
            if auxiliary.state.controllers[number - 1].kind is _NO_CONTROLLER:
                continue
            level = auxiliary.level_at(number, direction, moment)
            if level != before:
                self._levels[place] = level
                if level.percent != before.percent and {level.rule, before.rule} <= _BY_CALENDAR:
                    auxiliary.record(number, Action.ON if level.percent else Action.OFF, moment)
                told = f"{_NAMES[direction]} {level.percent} % by {level.rule}, was {before.percent} %"
                notes.append(Note("level", f"controller {number} {told}"))
        return notes
