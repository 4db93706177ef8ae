"""Faults of what is kept, and told later."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dcc_sim.sapc_kit.target import BuiltIn
from devices.auxiliary_state import Controller, Period
from devices.calendar import Calendar
from devices.sapc import SAPC
from schemas.gbcs.envelope import Message
from tests.dcc_sim.sapc_kit.mutants.making import fault, target


class _Forgets(BuiltIn):
    """Loses something with the power."""

    def forget(self) -> None:
        raise NotImplementedError

    def cut_power(self, now: datetime, back: datetime) -> list[bytes]:
        self.forget()
        return super().cut_power(now, back)


@target("forgets its commanded states at a power cut")
class _ForgetsStates(_Forgets):
    def forget(self) -> None:
        for controller in self.device.auxiliary.state.controllers:
            self.device.auxiliary.change(replace(controller, set_states=()))


@target("forgets its calendar at a power cut")
class _ForgetsCalendar(_Forgets):
    def forget(self) -> None:
        self.device.auxiliary.state = replace(self.device.auxiliary.state, active=Calendar(), activations=())


@target("forgets its limits at a power cut")
class _ForgetsLimits(_Forgets):
    def forget(self) -> None:
        for controller in self.device.auxiliary.state.controllers:
            self.device.auxiliary.change(replace(controller, limits=()))


@target("forgets its counters at a power cut")
class _ForgetsCounters(_Forgets):
    def forget(self) -> None:
        self.device.trust.counters = {}


@target("counts its alerts anew after a power cut")
class _ForgetsAlerts(_Forgets):
    def forget(self) -> None:
        self.device.alert_counter = 0


@target("forgets descriptions at a power cut")
class _ForgetsTexts(_Forgets):
    def forget(self) -> None:
        for controller in self.device.auxiliary.state.controllers:
            self.device.auxiliary.change(replace(controller, description=""))


@target("goes on from where it was when the power went")
class _Stands(BuiltIn):
    def cut_power(self, now: datetime, back: datetime) -> list[bytes]:
        state = self.device.auxiliary.state
        lost = back - now

        def moved(periods: tuple[Period, ...]) -> tuple[Period, ...]:
            return tuple(
                replace(period, start=period.start + lost, end=period.end and period.end + lost) for period in periods
            )

        controllers = tuple(replace(each, set_states=moved(each.set_states)) for each in state.controllers)
        self.device.auxiliary.state = replace(state, controllers=controllers)
        return super().cut_power(now, back)


@target("stops its timers when nobody talks to it")
class _Sleeps(BuiltIn):
    def advance(self, now: datetime) -> list[bytes]:
        return []


@fault("keeps no log")
def _(device: SAPC) -> None:
    device.auxiliary.record = lambda number, action, now: None  # type: ignore[method-assign]


@fault("cuts descriptions at 20 characters")
def _(device: SAPC) -> None:
    plain = device.auxiliary.change

    def change(controller: Controller) -> None:
        plain(replace(controller, description=controller.description[:20]))

    device.auxiliary.change = change  # type: ignore[method-assign]


@fault("answers the load controller's reads")
def _(device: SAPC) -> None:
    check = device._check_authority

    def lax(command: Message) -> None:
        if command.message_code != 0x011D:
            check(command)

    device._checks = tuple((lax if each == check else each, code) for each, code in device._checks)
