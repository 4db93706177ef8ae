"""A single-phase AC charge point: from a level in percent to amps, power and energy.

Power changes only at events (a new level, a plug, a step of the battery's taper), so energy between them is power
times time, exactly.
"""

from datetime import datetime, timedelta

from devices.vehicle import MICROSECOND, Vehicle
from schemas.errors import NotPossible

MIN_AMPS = 6
"""IEC 61851-1: a charge point cannot offer less than 6 A; below it, charging stops."""

_PER_KWH = 1000 * 3600 * 10**6


class ChargePoint:
    """A charge point and what is plugged into it.

    Args:
        rating_amps: the highest current, amps.
        volts: nominal voltage; 32 A at 230 V are 7.36 kW.

    Attributes:
        power_w: what flows now, watts.
        history: (moment, kW) of each change of power.
    """

    def __init__(self, *, rating_amps: int = 32, volts: int = 230) -> None:
        self.rating_amps = rating_amps
        self.volts = volts
        self.offered_amps = rating_amps
        self.power_w = 0
        self.vehicle: Vehicle | None = None
        self.history: list[tuple[datetime, float]] = []
        self.next_timer: datetime | None = None
        self._energy = 0
        self._since: datetime | None = None

    @property
    def power_kw(self) -> float:
        """What flows now, kW."""
        return self.power_w / 1000

    def amps_for(self, percent: int) -> int:
        """The current that a level allows: whole amps, rounded down; 0 below the minimum."""
        amps = self.rating_amps * percent // 100
        return amps if amps >= MIN_AMPS else 0

    def offer(self, percent: int, now: datetime) -> None:
        """Bring the meter to ``now``, then allow ``percent`` of the rating.

        Raises:
            NotPossible: when ``now`` lies before the last event.
        """
        self._integrate(now)
        self.offered_amps = self.amps_for(percent)
        self._flow(now)

    def settle(self, now: datetime) -> None:
        """Bring meter and battery to ``now``; the battery may take less from then on. Call it at ``next_timer``."""
        self._integrate(now)
        self._flow(now)

    def plug_in(self, vehicle: Vehicle, now: datetime) -> None:
        """Connect a vehicle; it charges at once if the level allows."""
        if self.vehicle is not None:
            raise NotPossible("vehicle", "is plugged in already")
        self._integrate(now)
        self.vehicle = vehicle
        self._flow(now)

    def unplug(self, now: datetime) -> None:
        """Disconnect the vehicle, if there is one."""
        self._integrate(now)
        self.vehicle = None
        self._flow(now)

    def energy_kwh(self, now: datetime) -> float:
        """Energy delivered up to ``now``, kWh; ``now`` is not before the last event nor after the next timer."""
        return (self._energy + self._flowed(now)) / _PER_KWH

    def _flowed(self, now: datetime) -> int:
        """Watt-microseconds since the last event."""
        passed = timedelta() if self._since is None else now - self._since
        if passed < timedelta():
            raise NotPossible("now", f"is not before the last event, {self._since}")
        return self.power_w * (passed // MICROSECOND)

    def _integrate(self, now: datetime) -> None:
        energy = self._flowed(now)
        self._energy += energy
        if self.vehicle is not None:
            self.vehicle.charge(energy)
        self._since = now

    def _flow(self, now: datetime) -> None:
        power, step = 0, None
        if self.vehicle is not None:
            power = min(self.offered_amps * self.volts, self.vehicle.acceptance_w())
            step = self.vehicle.time_to_next_step(power)
        if power != self.power_w:
            self.power_w = power
            self.history.append((now, self.power_kw))
        self.next_timer = None if step is None else now + step
