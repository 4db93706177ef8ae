"""A SAPC, a stand-alone auxiliary proportional controller: a device of its own on the HAN that drives a charge point.

The vectors' device 00DB1234567890A6 is one by inference. One of its controllers, the first by default, is an APC
whose output level sets the charge point's current, and whose input level what a vehicle may give back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from devices import use_cases
from devices.auxiliary_state import Controller, ControllerType, Rule
from devices.charge_point import ChargePoint
from devices.clock import earlier
from devices.controlled import ControlledDevice
from devices.device import Identity
from devices.layers import claims, winner
from devices.output import Note, Output
from devices.regulation_delay import Levels, RegulationDelay
from devices.vehicle import MICROSECOND, Vehicle
from devices.why import Why
from schemas.gbcs.auxiliary import Direction

_AT_ONCE = (Rule.BOOST, Rule.LIMIT)
"""Rules that no regulation delay holds back: the owner's override, and a cap that protects the network (assumed)."""


class SAPC(ControlledDevice):
    """A charge point under smart-metering load control.

    Args:
        identity: keys, trust anchors and start values.
        charge_point: what it drives.
        controllers: its auxiliary controllers.
        drives: the number of the controller that drives the charge point, 1 to 5.

    Attributes:
        charge_point, drives: as given.
        regulation: the charge point's own randomised delay, once it has one.
    """

    use_cases = (
        *use_cases.CONTROLLER_USE_CASES,
        use_cases.READ_FIRMWARE,
        use_cases.SYNCHRONISE_CLOCK,
        *use_cases.METER_CREDENTIALS,
    )

    def __init__(
        self,
        identity: Identity,
        charge_point: ChargePoint,
        *,
        controllers: tuple[Controller, ...] = (Controller(1, ControllerType.APC, description="Charge point"),),
        drives: int = 1,
    ) -> None:
        super().__init__(identity, controllers)
        self.clock.add_objects(self.store)
        self.charge_point = charge_point
        self.drives = drives
        self.regulation: RegulationDelay | None = None
        self._supplied = True

    def next_timer(self) -> datetime | None:
        """The controllers' next transition, or the battery's next step or the end of a delay if that comes first."""
        first, step = super().next_timer(), self.charge_point.next_timer
        if step is not None:
            first = earlier(first, step)
        return first if self.regulation is None else earlier(first, self.regulation.next_timer)

    def why(self, number: int, direction: Direction, moment: datetime) -> Why:
        """As for any device; of the charge point's controller also when the charge point follows."""
        told = super().why(number, direction, moment)
        late = None if self.regulation is None or number != self.drives else self.regulation.at(moment)
        if late is None:
            return told
        followed = late.levels.output if direction is Direction.OUTPUT else late.levels.input
        started = told.winner.start
        if followed != told.percent or (started is not None and self.clock.world(started) > late.moment):
            return told  # by a change that is still to come: its delay is drawn when it comes
        return replace(told, regulation=late)

    def put_regulation_delay(self, delay: RegulationDelay | None, now: datetime) -> list[Output]:
        """The charge point delays its transitions from now on, or no longer; one that waits is followed at once."""
        outputs, self.regulation = self.handle_timer(now), delay
        return [*outputs, *self._settle(now)]

    def override_delay(self, now: datetime) -> list[Output]:
        """The owner does not want to wait for the delay that runs; none running is no error."""
        outputs = self.handle_timer(now)
        if self.regulation is not None and self.regulation.override(now):
            outputs.append(Note("acted", "owner overrides the regulation delay"))
        return [*outputs, *self._settle(now)]

    def supply(self, on: bool, now: datetime) -> list[Output]:
        """The home's supply is on or off from now; the device itself, which has a battery, goes on (assumed)."""
        outputs, self._supplied = self.handle_timer(now), on
        return [*outputs, *self._drive(self.charge_point.power_w, now)]

    def plug_in(self, vehicle: Vehicle, now: datetime) -> list[Output]:
        """Someone plugs ``vehicle`` in."""
        outputs = self.handle_timer(now)
        before = self.charge_point.power_w
        self.charge_point.plug_in(vehicle, now)
        return [*outputs, Note("acted", "vehicle plugged in"), *self._drive(before, now)]

    def expect(self, vehicle: Vehicle, arrival: datetime, now: datetime) -> list[Output]:
        """``vehicle`` will be plugged in at ``arrival``; it leaves by itself where it has a trip."""
        outputs = self.handle_timer(now)
        self.charge_point.expect(vehicle, arrival, now)
        return [*outputs, *self._settle(now)]

    def boost_now(self, now: datetime, period: timedelta) -> list[Output]:
        """The driver overrides: full output for ``period`` of the device's clock, and nothing is given back.

        Over calendar and set state, under a limit, as the boost button of a meter is; ``why`` tells it.

        Raises:
            NotPossible: the period is not positive.
        """
        outputs = self.handle_timer(now)
        start = self.clock.read(now)
        self.auxiliary.associate_boost(self.drives)
        self.auxiliary.start_boost(start, start + period)
        return [*outputs, Note("acted", f"driver asks for a boost of {period}"), *self._settle(now)]

    def end_boost(self, now: datetime) -> list[Output]:
        """The driver takes the override back; none running is no error."""
        outputs = self.handle_timer(now)
        self.auxiliary.end_boost(self.clock.read(now))
        return [*outputs, Note("acted", "driver ends the boost"), *self._settle(now)]

    def unplug(self, now: datetime) -> list[Output]:
        """Someone pulls the plug."""
        outputs = self.handle_timer(now)
        before = self.charge_point.power_w
        self.charge_point.unplug(now)
        return [*outputs, Note("acted", "vehicle unplugged"), *self._drive(before, now)]

    def _settle(self, now: datetime) -> list[Output]:
        outputs = super()._settle(now)
        return outputs + self._drive(self.charge_point.power_w, now)

    def _drive(self, before: int, now: datetime) -> list[Output]:
        point, present = self.charge_point, self.charge_point.vehicle
        auxiliary, moment = self.auxiliary, self.clock.read(now)
        output = auxiliary.level_at(self.drives, Direction.OUTPUT, moment)
        # A driver who asks for a boost wants the car full: nothing is given back until it is over.
        boosted = auxiliary.state.boost.covers(self.drives, moment)
        returned = 0 if boosted else auxiliary.level_at(self.drives, Direction.INPUT, moment).percent
        given = output.percent
        if self.regulation is not None:
            levels, at_once = Levels(given, returned), output.rule in _AT_ONCE
            levels = self.regulation.follow(levels, now, offset=self._offset(now), at_once=at_once)
            given, returned = levels.output, levels.input
        if self._supplied:
            point.offer(given, now, returned)
        else:
            point.offer(0, now)
        notes: list[Output] = []
        if point.vehicle is not present:
            notes = [Note("acted", "vehicle drives off" if point.vehicle is None else "vehicle plugged in")]
        if point.power_w == before:
            return notes
        change = f"{point.power_kw:.2f} kW, was {before / 1000:.2f} kW"
        back = f", {point.discharge_amps} A back" if point.discharge_amps else ""
        return [*notes, Note("power", f"{change}; {point.offered_amps} A offered{back}")]

    def _offset(self, now: datetime) -> timedelta:
        """What the calendar's switch that takes effect now has come late by, zero if none does."""
        moment = self.clock.read(now)
        best = [winner(claims(self.auxiliary.state, self.drives, each, moment)) for each in Direction]
        # A clock that runs fast may pass over the very microsecond.
        takes_effect = {moment, moment - MICROSECOND}
        return max(claim.late if claim.start in takes_effect else timedelta() for claim in best)
