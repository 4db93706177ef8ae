"""The state of auxiliary controllers 1 to 5: frozen values, so that a failed command puts the old one back."""

from __future__ import annotations

from dataclasses import field, replace
from datetime import timedelta
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from devices.boost import Boost
from devices.calendar import Calendar
from devices.objects import CALENDAR_ACTIVATION
from schemas.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from devices.event_log import ControllerEntry
    from devices.objects import Member
    from devices.origin import Origin
    from schemas.eui import EUI64
    from schemas.gbcs.auxiliary import CommandedState
    from schemas.gbcs.dlms.data import Data


class ControllerType(Enum):
    """What an auxiliary controller is."""

    NONE = "None"
    ALCS = "ALCS"
    HCALCS = "HCALCS"
    APC = "APC"


class Rule(StrEnum):
    """The layer that decided a level."""

    DEFAULT = "default"
    CALENDAR = "calendar"
    SET_STATE = "set state"
    BOOST = "boost"
    LIMIT = "limit"


WHOLE_OFFSET = 10_000
"""The randomised offset number that means the whole limit."""


@record
class Level:
    """A level in percent and the rule that decided it."""

    percent: int
    rule: Rule


@record
class Period:
    """A level from ``start`` (included) to ``end`` (not included; None is for ever), and the command that set it."""

    state: CommandedState
    start: datetime
    end: datetime | None
    origin: Origin | None = None

    def covers(self, now: datetime) -> bool:
        """Whether it is in force."""
        return self.start <= now and not self.over(now)

    def over(self, now: datetime) -> bool:
        """Whether it has ended."""
        return self.end is not None and self.end <= now


_NOTHING_STAGED: Mapping[int, Data] = {}


@record
class Controller:
    """One auxiliary controller.

    Attributes:
        number: 1 to 5.
        kind: none, ALCS, HCALCS or APC.
        hcalcs: the EUI of an HCALCS, else None.
        description: printable ASCII, 22 characters at most.
        information: the state text's ``other-data``, absent where None.
        set_states, limits: at most one per direction.
        staged: values written to its start and end objects, by object, until a script uses them.
    """

    number: int
    kind: ControllerType = ControllerType.NONE
    hcalcs: EUI64 | None = None
    description: str = ""
    information: str | None = None
    set_states: tuple[Period, ...] = ()
    limits: tuple[Period, ...] = ()
    staged: Mapping[int, Data] = field(default_factory=dict)

    def told(
        self,
        *,
        set_states: tuple[Period, ...] | None = None,
        limits: tuple[Period, ...] | None = None,
        staged: Mapping[int, Data] = _NOTHING_STAGED,
    ) -> Controller:
        """With other set states, limits and staged values: none of these if not given, the others as they are."""
        return Controller(
            self.number,
            self.kind,
            self.hcalcs,
            self.description,
            self.information,
            self.set_states if set_states is None else set_states,
            self.limits if limits is None else limits,
            staged,
        )


@record
class Activation:
    """A future-dated instruction: what becomes active when, and the command that asked for it."""

    attribute: Member
    moment: datetime
    origin: Origin


@record
class AuxiliaryState:
    """Everything the auxiliary controllers of a device know.

    Attributes:
        controllers: the five, in order.
        active, passive: the calendar in force, and the one written but not yet activated.
        activations: pending, in the order they were commanded.
        randomised_offset_limit: 0 to 1799 seconds.
        randomised_offset_number: the device's own, in ten-thousandths, 0 to 10000.
        log: the controllers' event log, oldest first, 100 entries at most (assumed: the vectors have 25).
        boost: the boost function.
    """

    controllers: tuple[Controller, ...]
    active: Calendar = field(default_factory=Calendar)
    passive: Calendar = field(default_factory=Calendar)
    activations: tuple[Activation, ...] = ()
    randomised_offset_limit: int = 0
    randomised_offset_number: int = 0
    log: tuple[ControllerEntry, ...] = ()
    boost: Boost = field(default_factory=Boost)

    @property
    def randomised_offset(self) -> int:
        """Seconds by which the calendar switches late: number times limit (assumed; ECS26c's values fit)."""
        return self.randomised_offset_limit * self.randomised_offset_number // WHOLE_OFFSET

    @property
    def late(self) -> timedelta:
        """The randomised offset."""
        return timedelta(seconds=self.randomised_offset)

    def changed(
        self,
        *,
        controllers: tuple[Controller, ...] | None = None,
        log: tuple[ControllerEntry, ...] | None = None,
        boost: Boost | None = None,
    ) -> AuxiliaryState:
        """With what is given in place of its own: what a command changes, quicker than ``dataclasses.replace``."""
        return AuxiliaryState(
            self.controllers if controllers is None else controllers,
            self.active,
            self.passive,
            self.activations,
            self.randomised_offset_limit,
            self.randomised_offset_number,
            self.log if log is None else log,
            self.boost if boost is None else boost,
        )

    def activated(self, attribute: Member) -> AuxiliaryState:
        """With the passive rows or special days as the active ones; a pending activation of them is spent."""
        pending = tuple(each for each in self.activations if each.attribute != attribute)
        active, passive = self.active, self.passive
        if attribute == CALENDAR_ACTIVATION:
            active = Calendar(passive.rows, active.special_days, passive.origin)
        else:
            active = Calendar(active.rows, passive.special_days, active.origin)
        return replace(self, active=active, activations=pending)

    def projected(self, moment: datetime) -> AuxiliaryState:
        """As it will be at ``moment`` if nothing more is commanded: with the activations due by then."""
        state = self
        for activation in sorted(self.activations, key=lambda each: each.moment):
            if activation.moment <= moment:
                state = state.activated(activation.attribute)
        return state


@record
class LimitProcessed:
    """A limit was taken on: alert 8F86. ``level`` is what results at its start, or now if it has begun."""

    moment: datetime
    period: Period
    level: int


@record
class LimitEnded:
    """A limit ended or was cancelled: alert 8F87. ``level`` is what results from then on."""

    moment: datetime
    state: CommandedState
    level: int


Event = Activation | LimitProcessed | LimitEnded
