"""A device of the home, as a test sees it: what it draws, what its controllers do and why, what happens to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from dcc_sim.moments import When, moment
from devices.auxiliary_state import ControllerType
from devices.controlled import ControlledDevice
from devices.sapc import SAPC
from han.conditions import Conditions
from schemas.errors import NotPossible
from schemas.gbcs.auxiliary import CONTROLLERS, Direction

if TYPE_CHECKING:
    from dcc_sim.testing.emulator import Emulator
    from devices.device import Device
    from devices.fate import Fate
    from devices.vehicle import Vehicle
    from devices.why import Why
    from schemas.eui import EUI64


class DeviceUnderTest:
    """One device.

    Attributes:
        device: the device itself.
        name: what it is called in scenario files and ladders.
    """

    def __init__(self, emulator: Emulator, device: Device, name: str) -> None:
        self._emulator = emulator
        self.device = device
        self.name = name

    def __repr__(self) -> str:
        return f"{self.name} {self.eui}"

    @property
    def eui(self) -> EUI64:
        """Its EUI-64."""
        return self.device.eui

    @property
    def power_kw(self) -> float:
        """What it draws now, kW; negative while a car gives energy back.

        Raises:
            NotPossible: it is no charge point.
        """
        return self._charge_point().charge_point.power_kw

    @property
    def status(self) -> str:
        """Its SMI status, or ``unknown`` where the DCC does not know it."""
        entry = self._emulator.world.dcc.inventory.devices.get(self.eui)
        return "unknown" if entry is None else str(entry.status)

    @property
    def controllers(self) -> list[int]:
        """The numbers of the auxiliary controllers that it has."""
        auxiliary = self._controlled().auxiliary
        return [n for n in CONTROLLERS if auxiliary.controller(n).kind is not ControllerType.NONE]

    def level(self, controller: int = 1, direction: str = "output") -> int:
        """Percent of a controller now; an ALCS or HCALCS has 100 (closed) or 0."""
        return self._controlled().level(controller, _direction(direction), self._emulator.clock.now).percent

    def rule(self, controller: int = 1, direction: str = "output") -> str:
        """The rule that decides it now: default, calendar, set state, boost or limit."""
        return str(self._controlled().level(controller, _direction(direction), self._emulator.clock.now).rule.value)

    def why(self, at: When | None = None, controller: int = 1, direction: str = "output") -> Why:
        """Why a controller has, had or will have its level: `devices.why.Why`, text with ``str``."""
        now = self._emulator.clock.now
        return self._controlled().why(controller, _direction(direction), now if at is None else moment(at, now))

    def fate(self, originator: EUI64, counter: int, until: When | None = None) -> Fate:
        """What became of a party's command, up to a day from now if not said: `Fate`, text with ``str``."""
        now = self._emulator.clock.now
        end = now + timedelta(days=1) if until is None else moment(until, now)
        return self._controlled().fate(originator, counter, end)

    def plug_in(self, vehicle: Vehicle | None = None) -> None:
        """A car comes and is plugged in; one of 60 kWh at 30 % if none is given."""
        from dcc_sim import home

        point = self._charge_point()
        self._emulator.world.happened(point, point.plug_in(vehicle or home.car(), self._emulator.clock.now))

    def unplug(self) -> None:
        """The car leaves."""
        point = self._charge_point()
        self._emulator.world.happened(point, point.unplug(self._emulator.clock.now))

    def air(
        self,
        *,
        loss: float = 0,
        duplication: float = 0,
        reordering: float = 0,
        delay_ms: float = 5,
        bit_error_rate: float = 0,
        quality: int | None = None,
    ) -> None:
        """How its links behave from the next frame on; without arguments, well."""
        conditions = Conditions(timedelta(milliseconds=delay_ms), loss=loss, duplication=duplication)
        self.link(replace(conditions, reordering=reordering, bit_error_rate=bit_error_rate, quality=quality))

    def link(self, conditions: Conditions) -> None:
        """How its links behave from the next frame on, in every detail."""
        world = self._emulator.world
        world.air.link(self.eui, conditions, world.clock.now)

    def inform(self, text: str, controller: int = 1) -> None:
        """The load behind an APC has something to say: its ``other-data``, and alert 8F88."""
        device, now = self._controlled(), self._emulator.clock.now
        self._emulator.world.happened(device, device.inform(controller, text, now))

    def clock(self, *, drift: int | None = None, ahead: timedelta | None = None) -> timedelta:
        """Let its clock go wrong from now on, where something is given; what it is ahead of the virtual clock.

        Args:
            drift: parts per million faster, -10,000 to 10,000.
            ahead: of the virtual clock, now.
        """
        world, now = self._emulator.world, self._emulator.clock.now
        if (drift, ahead) != (None, None):
            world.happened(self.device, self.device.put_clock_wrong(now, drift=drift, ahead=ahead))
        return self.device.clock.ahead(now)

    def silent(self, silent: bool = True) -> None:
        """It is not heard and hears nothing; of the hub: it is off the WAN."""
        world = self._emulator.world
        world.air.silence(self.eui, silent, world.clock.now)

    def _controlled(self) -> ControlledDevice:
        if not isinstance(self.device, ControlledDevice):
            raise NotPossible("device", f"{self} has auxiliary controllers")
        return self.device

    def _charge_point(self) -> SAPC:
        if not isinstance(self.device, SAPC):
            raise NotPossible("device", f"{self} is a charge point")
        return self.device


def _direction(name: str) -> Direction:
    if name.upper() not in Direction.__members__:
        raise NotPossible("direction", f"is output or input, not {name}")
    return Direction[name.upper()]
