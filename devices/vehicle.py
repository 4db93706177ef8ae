"""An electric vehicle's battery: how much power it takes at its state of charge.

Simple and exact: full power below the taper, then steps that fall in a straight line to full. Energy is a whole
number of watt-microseconds, so what a charge point delivers is what the battery holds.
"""

from datetime import timedelta

from schemas.errors import NotPossible

MICROSECOND = timedelta(microseconds=1)
_PER_KWH = 1000 * 3600 * 10**6
_TAPER_STEPS = 10


class Vehicle:
    """A battery behind a plug.

    Args:
        capacity_kwh: usable energy, above 0.
        state_of_charge: percent at the start, 0 to 100.
        max_power_w: what the on-board charger takes below the taper, watts.
        taper_from: state of charge in percent at which the power begins to fall, 0 to 100.
    """

    def __init__(
        self,
        *,
        capacity_kwh: float = 60.0,
        state_of_charge: float = 50.0,
        max_power_w: int = 7360,
        taper_from: int = 80,
    ) -> None:
        if capacity_kwh <= 0 or max_power_w <= 0 or not 0 <= state_of_charge <= 100 or not 0 <= taper_from <= 100:
            raise NotPossible("vehicle", "has a capacity and a power above 0, and percentages from 0 to 100")
        self.max_power_w = max_power_w
        self._capacity = round(capacity_kwh * _PER_KWH)
        self._energy = round(self._capacity * state_of_charge / 100)
        start = self._capacity * taper_from // 100
        span = self._capacity - start
        self._edges = [start + span * step // _TAPER_STEPS for step in range(_TAPER_STEPS + 1)]

    @property
    def state_of_charge(self) -> float:
        """Percent, 0 to 100."""
        return min(100.0, 100 * self._energy / self._capacity)

    @property
    def energy_kwh(self) -> float:
        """Energy in the battery, kWh."""
        return self._energy / _PER_KWH

    @property
    def full(self) -> bool:
        """Whether it takes no more."""
        return self._energy >= self._capacity

    def acceptance_w(self) -> int:
        """The power it would take now, watts."""
        passed = sum(edge <= self._energy for edge in self._edges)
        if self.full:
            return 0
        return self.max_power_w * (_TAPER_STEPS + 1 - max(passed, 1)) // _TAPER_STEPS

    def charge(self, energy: int) -> None:
        """Put ``energy`` watt-microseconds into the battery."""
        self._energy += energy

    def time_to_next_step(self, power_w: int) -> timedelta | None:
        """How long at ``power_w`` until the power it takes changes; None when it never does."""
        ahead = [edge for edge in self._edges if edge > self._energy]
        if power_w <= 0 or not ahead:
            return None
        return -(-(ahead[0] - self._energy) // power_w) * MICROSECOND
