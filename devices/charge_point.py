"""An AC charge point, one phase or three: from levels in percent to amps, power and energy, both ways.

Power changes only at events (a new level, a plug, the vehicle's reaction, a step of the battery's taper), so energy
between them is power times time, exactly. Time comes in, the next timer goes out.
"""

from datetime import datetime, timedelta
from enum import Enum

from devices.power_series import PowerSeries, Sample
from devices.vehicle import MICROSECOND, Vehicle
from schemas.errors import NotPossible
from schemas.record import record

MIN_AMPS = 6
"""IEC 61851-1: a charge point cannot offer less than 6 A; below it, charging stops."""

_PER_KWH = 1000 * 3600 * 10**6
_WHOLE = 100
_NO_TIME = timedelta()


class Rating(Enum):
    """Amps a phase and phases of the charge points that are sold for homes.

    15 A is the highest whole ampere within 3.5 kW at 230 V; 7.4 and 22 kW are the usual names of 32 A.
    """

    KW_3_5 = (15, 1)
    KW_7_4 = (32, 1)
    KW_22 = (32, 3)


@record
class Allowed:
    """What a vehicle may take and give, amps a phase; 0 for nothing."""

    charge: int = 0
    discharge: int = 0


class ChargePoint:
    """A charge point and what is plugged into it.

    Args:
        rating_amps: the highest current a phase, amps, 6 or more.
        volts: nominal voltage of a phase; 32 A at 230 V are 7.36 kW.
        phases: 1 or 3.
        bidirectional: whether energy may flow back, at the same current (V2G).
        power_factor: of what flows, either way: 1 for none, negative for a capacitive one (`metering.reactive_var`).

    Attributes:
        power_w: what flows now, watts, all phases together; negative while the vehicle gives energy back.
        series: a sample at each event.
    """

    def __init__(
        self,
        *,
        rating_amps: int = 32,
        volts: int = 230,
        phases: int = 1,
        bidirectional: bool = False,
        power_factor: float = 1.0,
    ) -> None:
        if rating_amps < MIN_AMPS or volts <= 0 or phases not in (1, 3):
            raise NotPossible("charge point", f"has {MIN_AMPS} A or more, a voltage, and one phase or three")
        self.rating_amps = rating_amps
        self.volts = volts
        self.phases = phases
        if not 0 < abs(power_factor) <= 1:
            raise NotPossible("charge point", f"has a power factor of -1 to 1 and not 0, not {power_factor}")
        self.bidirectional = bidirectional
        self.power_factor = power_factor
        self.power_w = 0
        self.vehicle: Vehicle | None = None
        self.series = PowerSeries()
        self.next_timer: datetime | None = None
        self._allowed = Allowed(rating_amps)
        self._obeyed = Allowed()
        self._reactions: list[tuple[datetime, Allowed]] = []
        self._expected: list[tuple[datetime, Vehicle]] = []
        self._preparing = False
        self._imported = 0
        self._exported = 0
        self._since: datetime | None = None
        self._sampled: tuple[int, Allowed, Vehicle | None] | None = None

    @classmethod
    def rated(cls, rating: Rating, *, bidirectional: bool = False) -> "ChargePoint":
        """One of the usual ratings, at 230 V."""
        amps, phases = rating.value
        return cls(rating_amps=amps, phases=phases, bidirectional=bidirectional)

    @property
    def power_kw(self) -> float:
        """What flows now, kW."""
        return self.power_w / 1000

    @property
    def offered_amps(self) -> int:
        """What the pilot offers the vehicle, amps a phase."""
        return self._allowed.charge

    @property
    def discharge_amps(self) -> int:
        """What the vehicle may give back, amps a phase."""
        return self._allowed.discharge

    @property
    def history(self) -> list[tuple[datetime, float]]:
        """(moment, kW) of each change of power."""
        return self.series.changes()

    def amps_for(self, percent: int) -> int:
        """The current that a level of 0 to 100 allows: whole amps, rounded down; 0 below the minimum."""
        amps = self.rating_amps * percent // _WHOLE
        return amps if amps >= MIN_AMPS else 0

    def discharge_amps_for(self, percent: int) -> int:
        """The current that may flow back: whole amps, rounded down. No pilot tells it, so there is no minimum."""
        return self.rating_amps * percent // _WHOLE if self.bidirectional else 0

    def offer(self, percent: int, now: datetime, discharge_percent: int = 0) -> None:
        """Bring everything to ``now``, then allow ``percent`` of the rating, and so much of it back.

        Raises:
            NotPossible: a level is not 0 to 100, or ``now`` lies before the last event.
        """
        if not 0 <= percent <= _WHOLE or not 0 <= discharge_percent <= _WHOLE:
            raise NotPossible("level", f"is 0 to 100 %, not {percent} and {discharge_percent}")
        self._catch_up(now)
        charge, discharge = self.amps_for(percent), self.discharge_amps_for(discharge_percent)
        if charge != self._allowed.charge or discharge != self._allowed.discharge:
            self._allowed = allowed = Allowed(charge, discharge)
            if self.vehicle is not None:
                self._reactions.append((now + self.vehicle.reaction, allowed))
        self._flow(now)

    def settle(self, now: datetime) -> None:
        """Bring meter and battery to ``now``, each thing that was due at its own time. Call it at ``next_timer``."""
        self._catch_up(now)
        self._flow(now)

    def plug_in(self, vehicle: Vehicle, now: datetime) -> None:
        """Connect a vehicle; after its reaction time it charges, if the level allows.

        Raises:
            NotPossible: one is plugged in, or this one's departure is past.
        """
        self._check_departure(vehicle, now)
        self._catch_up(now)
        if self.vehicle is not None:
            raise NotPossible("vehicle", "is plugged in already")
        self._connect(vehicle, now)
        self._flow(now)

    def expect(self, vehicle: Vehicle, arrival: datetime, now: datetime) -> None:
        """Plug a vehicle in at ``arrival``, or as soon after it as the socket is free and it has not left again.

        Raises:
            NotPossible: the arrival lies before ``now``, or the departure not after it.
        """
        if arrival < now:
            raise NotPossible("arrival", f"is not before {now}, not {arrival}")
        self._check_departure(vehicle, arrival)
        self._catch_up(now)
        self._expected = sorted([*self._expected, (arrival, vehicle)], key=lambda each: each[0])
        self._flow(now)

    def unplug(self, now: datetime) -> None:
        """Disconnect the vehicle, if there is one."""
        self._catch_up(now)
        self._disconnect()
        self._flow(now)

    def energy_kwh(self, now: datetime) -> float:
        """Energy delivered up to ``now``, kWh; ``now`` is not before the last event nor after the next timer."""
        return (self._imported + max(self._flowed(now), 0)) / _PER_KWH

    def returned_kwh(self, now: datetime) -> float:
        """Energy given back up to ``now``, kWh; ``now`` as for ``energy_kwh``."""
        return (self._exported + max(-self._flowed(now), 0)) / _PER_KWH

    def _check_departure(self, vehicle: Vehicle, arrival: datetime) -> None:
        if vehicle.trip is not None and vehicle.trip.departure <= arrival:
            raise NotPossible("departure", f"is after {arrival}, not {vehicle.trip.departure}")

    def _connect(self, vehicle: Vehicle, now: datetime) -> None:
        self.vehicle = vehicle
        self._preparing = False
        self._reactions = [(now + vehicle.reaction, self._allowed)]

    def _disconnect(self) -> None:
        self.vehicle = None
        self._obeyed = Allowed()
        self._reactions = []

    def _flowed(self, now: datetime) -> int:
        """Watt-microseconds since the last event; negative for what flowed back."""
        passed = _NO_TIME if self._since is None else now - self._since
        if passed < _NO_TIME:
            raise NotPossible("now", f"is not before the last event, {self._since}")
        return self.power_w * (passed // MICROSECOND)

    def _catch_up(self, now: datetime) -> None:
        while self.next_timer is not None and self.next_timer <= now:
            due = self.next_timer
            self._integrate(due)
            self._flow(due)
        self._integrate(now)

    def _integrate(self, now: datetime) -> None:
        energy = self._flowed(now)
        if energy:
            if self.vehicle is not None:
                self.vehicle.charge(energy)
            self._imported += max(energy, 0)
            self._exported += max(-energy, 0)
        self._since = now

    def _flow(self, now: datetime) -> None:
        """What happens at ``now``, the power that results, and when something happens next."""
        self._come_and_go(now)
        while self._reactions and self._reactions[0][0] <= now:
            self._obeyed = self._reactions.pop(0)[1]
        self.power_w = 0 if self.vehicle is None else self._power(self.vehicle, now)
        moments = self._moments(now)
        self.next_timer = min(moments) if moments else None
        self._sample(now)

    def _come_and_go(self, now: datetime) -> None:
        trip = None if self.vehicle is None else self.vehicle.trip
        if trip is not None and trip.departure <= now:
            self._disconnect()
        if not self._expected:
            return
        self._expected = [
            (arrival, vehicle)
            for arrival, vehicle in self._expected
            if vehicle.trip is None or vehicle.trip.departure > now
        ]
        if self.vehicle is None and self._expected and self._expected[0][0] <= now:
            self._connect(self._expected.pop(0)[1], now)

    def _power(self, vehicle: Vehicle, now: datetime) -> int:
        volts = self.volts * min(self.phases, vehicle.phases)
        if vehicle.discharge is not None and not self._preparing:
            # Once the time to the departure is only just enough, it gives nothing more until it leaves.
            spare = vehicle.time_to_prepare(now, 0, self.rating_amps * volts)
            self._preparing = spare == timedelta()
        if self._gives(vehicle) and not vehicle.below_reserve:
            assert vehicle.discharge is not None
            power = min(self._obeyed.discharge * volts, vehicle.discharge.max_power_w)
            return -power if vehicle.above_reserve else 0
        return min(self._obeyed.charge * volts, vehicle.acceptance_w())

    def _gives(self, vehicle: Vehicle) -> bool:
        """Whether it is asked to give energy back, has it or not; then it charges up to its reserve at most."""
        return vehicle.discharge is not None and self._obeyed.discharge > 0 and not self._preparing

    def _moments(self, now: datetime) -> list[datetime]:
        vehicle = self.vehicle
        if vehicle is None:  # and nothing that reacts
            return [self._expected[0][0]] if self._expected else []
        moments = [moment for moment, _ in self._reactions[:1]]
        gives = self._gives(vehicle)
        step = vehicle.time_to_next_step(self.power_w, to_reserve=gives)
        moments += [] if step is None else [now + step]
        if gives and self.power_w <= 0:
            charging = self.rating_amps * self.volts * min(self.phases, vehicle.phases)
            prepare = vehicle.time_to_prepare(now, self.power_w, charging)
            # At least one step on, for a need that is met to the microsecond.
            moments += [] if prepare is None else [now + max(prepare, MICROSECOND)]
        return moments if vehicle.trip is None else [*moments, vehicle.trip.departure]

    def _sample(self, now: datetime) -> None:
        seen = self.power_w, self._allowed, self.vehicle
        if seen == self._sampled:
            return
        self._sampled = seen
        vehicle, charge, rate = self.vehicle, None, 0.0
        if vehicle is not None:
            charge = vehicle.state_of_charge
            rate = vehicle.battery_w(self.power_w) / 10 / vehicle.capacity_kwh
        sample = Sample(
            now,
            self.power_w,
            self._imported / _PER_KWH,
            self._exported / _PER_KWH,
            self._allowed.charge,
            self._allowed.discharge,
            charge,
            rate,
        )
        self.series.add(sample)
