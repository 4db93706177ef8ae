"""An electric vehicle's battery: how much power it takes and gives at its state of charge.

Simple and exact: full power below the taper, then steps that fall in a straight line to full; down to the reserve it
gives full power. What is in the battery is a whole number of small units, so that what a charge point delivers, less
the losses, is what the battery holds.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.errors import NotPossible

MICROSECOND = timedelta(microseconds=1)
SLOWEST_REACTION = timedelta(seconds=5)
"""IEC 61851-1: how long a vehicle may take to follow a new pilot limit."""

_PER_KWH = 1000 * 3600 * 10**6
_TAPER_STEPS = 10
_PER_CENT = 100


@dataclass(frozen=True, slots=True)
class Discharge:
    """How a vehicle gives energy back (V2G).

    Attributes:
        max_power_w: at the plug, watts, above 0.
        efficiency: percent of what leaves the battery that arrives at the plug, 1 to 100.
        reserve: state of charge in percent below which it gives nothing, 0 to 100.
    """

    max_power_w: int = 7360
    efficiency: int = 100
    reserve: int = 30

    def __post_init__(self) -> None:
        if self.max_power_w <= 0 or not 1 <= self.efficiency <= 100 or not 0 <= self.reserve <= 100:
            raise NotPossible("discharge", "has a power above 0, an efficiency of 1 to 100 %, a reserve of 0 to 100 %")


@dataclass(frozen=True, slots=True)
class Trip:
    """When the vehicle drives off, and the state of charge in percent, 0 to 100, that its driver wants by then."""

    departure: datetime
    needs: int = 0

    def __post_init__(self) -> None:
        if self.departure.tzinfo is None or not 0 <= self.needs <= 100:
            raise NotPossible("trip", "has an aware departure and needs 0 to 100 %")


class Vehicle:
    """A battery behind a plug.

    Args:
        capacity_kwh: usable energy, above 0.
        state_of_charge: percent at the start, 0 to 100.
        max_power_w: what the on-board charger takes at the plug below the taper, all phases together, watts.
        taper_from: state of charge in percent at which the power begins to fall, 0 to 100.
        phases: 1 or 3, of the on-board charger.
        efficiency: percent of what flows in at the plug that arrives in the battery, 1 to 100.
        reaction: how long it takes to follow a new limit, 0 to 5 s.
        discharge: how it gives energy back; None where it cannot.
        trip: when it leaves; None where nobody has said.

    Raises:
        NotPossible: a value out of its range.
    """

    def __init__(
        self,
        *,
        capacity_kwh: float = 60.0,
        state_of_charge: float = 50.0,
        max_power_w: int = 7360,
        taper_from: int = 80,
        phases: int = 1,
        efficiency: int = 100,
        reaction: timedelta = timedelta(),
        discharge: Discharge | None = None,
        trip: Trip | None = None,
    ) -> None:
        if capacity_kwh <= 0 or max_power_w <= 0 or not 0 <= state_of_charge <= 100 or not 0 <= taper_from <= 100:
            raise NotPossible("vehicle", "has a capacity and a power above 0, and percentages from 0 to 100")
        if phases not in (1, 3) or not 1 <= efficiency <= 100:
            raise NotPossible("vehicle", "has one phase or three, and an efficiency of 1 to 100 %")
        if not timedelta() <= reaction <= SLOWEST_REACTION:
            raise NotPossible("vehicle reaction", f"takes 0 to {SLOWEST_REACTION.seconds} s (IEC 61851-1)")
        self.max_power_w = max_power_w
        self.phases = phases
        self.reaction = reaction
        self.discharge = discharge
        self.trip = trip
        # Units a watt-microsecond at the plug is worth: whole numbers both ways, whatever the efficiencies.
        out = _PER_CENT if discharge is None else discharge.efficiency
        self._in_units, self._out_units = efficiency * out, _PER_CENT * _PER_CENT
        self._per_kwh = _PER_KWH * _PER_CENT * out
        self._capacity = round(capacity_kwh * self._per_kwh)
        # Through a float, so it may come out a few units above the whole.
        self._energy = min(self._capacity, round(self._capacity * state_of_charge / 100))
        start = self._capacity * taper_from // 100
        span = self._capacity - start
        self._edges = [start + span * step // _TAPER_STEPS for step in range(_TAPER_STEPS + 1)]
        self._reserve = self._capacity if discharge is None else self._capacity * discharge.reserve // 100
        # What flows in the shortest time: an edge nearer than this cannot be told from one that is reached.
        most = max(max_power_w * self._in_units, self._out_units * (0 if discharge is None else discharge.max_power_w))
        self._grain = most

    @property
    def state_of_charge(self) -> float:
        """Percent, 0 to 100."""
        return 100.0 if self.full else 100 * self._energy / self._capacity

    @property
    def energy_kwh(self) -> float:
        """Energy in the battery, kWh."""
        return self._energy / self._per_kwh

    @property
    def capacity_kwh(self) -> float:
        """Usable energy, kWh."""
        return self._capacity / self._per_kwh

    @property
    def full(self) -> bool:
        """Whether it takes no more."""
        return self._reached(self._capacity)

    @property
    def above_reserve(self) -> bool:
        """Whether it has energy to give back; never where it cannot give any."""
        return self.discharge is not None and self._energy - self._reserve >= self._grain

    @property
    def below_reserve(self) -> bool:
        """Whether it has less than it would keep for itself."""
        return self.discharge is not None and not self._reached(self._reserve)

    def acceptance_w(self) -> int:
        """The power it would take now, watts at the plug."""
        passed = sum(self._reached(edge) for edge in self._edges)
        if self.full:
            return 0
        return self.max_power_w * (_TAPER_STEPS + 1 - max(passed, 1)) // _TAPER_STEPS

    def charge(self, energy: int) -> None:
        """Move ``energy`` watt-microseconds at the plug: into the battery, or out of it where negative.

        Raises:
            NotPossible: the battery cannot hold or give that much.
        """
        after = self._energy + energy * (self._in_units if energy > 0 else self._out_units)
        if not 0 <= after <= self._capacity:
            raise NotPossible("state of charge", f"stays in 0 to 100 %, not {100 * after / self._capacity:.3f} %")
        self._energy = after

    def drive(self, kwh: float) -> None:
        """Use ``kwh`` of the battery on the road.

        Raises:
            NotPossible: a negative number, or more than it holds.
        """
        used = round(kwh * self._per_kwh)
        if not 0 <= used <= self._energy:
            raise NotPossible("drive", f"uses 0 to {self.energy_kwh:.3f} kWh, not {kwh}")
        self._energy -= used

    def battery_w(self, power_w: int) -> float:
        """What arrives in the battery, watts, of ``power_w`` at the plug; negative for what leaves it."""
        return power_w * (self._in_units if power_w > 0 else self._out_units) * _PER_KWH / self._per_kwh

    def time_to_next_step(self, power_w: int, *, to_reserve: bool = False) -> timedelta | None:
        """How long at ``power_w`` until the power it takes or gives changes; None when it never does.

        Args:
            to_reserve: whether a charge ends at the reserve; a discharge always does.
        """
        if power_w < 0:
            return (self._energy - self._reserve) // (-power_w * self._out_units) * MICROSECOND
        ahead = [edge for edge in self._edges if not self._reached(edge)]
        if to_reserve and self.below_reserve:
            ahead.append(self._reserve)
        if power_w == 0 or not ahead:
            return None
        return (min(ahead) - self._energy) // (power_w * self._in_units) * MICROSECOND

    def time_to_prepare(self, now: datetime, power_w: int, charging_w: int) -> timedelta | None:
        """How long ``power_w``, 0 or negative, may last if charging at ``charging_w`` is then to meet the trip's need.

        Zero when it is late already; None without a trip.
        """
        if self.trip is None:
            return None
        left = (self.trip.departure - now) // MICROSECOND
        need = self._capacity * self.trip.needs // 100
        rate = power_w * self._out_units
        spare = left - self._charging_time(self._energy, need, charging_w)
        if spare <= 0 or rate == 0:
            return max(spare, 0) * MICROSECOND
        early, late = 0, spare
        # The time still needed grows while the time left shrinks: halve the span in which they meet.
        while early < late:
            middle = (early + late + 1) // 2
            if self._charging_time(self._energy + rate * middle, need, charging_w) <= left - middle:
                early = middle
            else:
                late = middle - 1
        return early * MICROSECOND

    def _charging_time(self, energy: int, need: int, charging_w: int) -> int:
        """Microseconds from ``energy`` to ``need`` at ``charging_w`` or what the taper leaves of it."""
        passed, total = sum(edge <= energy for edge in self._edges), 0
        while energy < need:
            power = min(charging_w, self.max_power_w * (_TAPER_STEPS + 1 - max(passed, 1)) // _TAPER_STEPS)
            until = need if passed >= len(self._edges) else min(need, self._edges[passed])
            total += -(-(until - energy) // max(power * self._in_units, 1))
            energy, passed = until, passed + 1
        return total

    def _reached(self, edge: int) -> bool:
        return edge - self._energy < self._grain
