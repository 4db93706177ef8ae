"""The time series of a charge point: a sample at each event, exact in between.

Between two samples power is constant, so energy and state of charge at any instant follow from the sample before.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from schemas.errors import NotPossible
from schemas.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEADER = "time,power_kw,imported_kwh,exported_kwh,offered_amps,discharge_amps,state_of_charge"


@record
class Sample:
    """A charge point from ``moment`` on, until the next sample.

    Attributes:
        power_w: at the plug, watts; negative while the vehicle gives energy back.
        imported_kwh, exported_kwh: energy into and out of the vehicle's plug since the charge point was built.
        offered_amps: the pilot's limit a phase; 0 where charging is not allowed.
        discharge_amps: the limit a phase of what the vehicle may give back.
        state_of_charge: percent, None with no vehicle.
        charging: percent of the battery an hour, negative while it gives.
    """

    moment: datetime
    power_w: int
    imported_kwh: float
    exported_kwh: float
    offered_amps: int
    discharge_amps: int
    state_of_charge: float | None
    charging: float = 0.0

    @property
    def power_kw(self) -> float:
        """At the plug, kW."""
        return self.power_w / 1000

    def at(self, moment: datetime) -> Sample:
        """The same some time later, if nothing has happened since."""
        hours = (moment - self.moment) / timedelta(hours=1)
        charge = self.state_of_charge
        return Sample(
            moment,
            self.power_w,
            self.imported_kwh + max(self.power_kw, 0.0) * hours,
            self.exported_kwh + max(-self.power_kw, 0.0) * hours,
            self.offered_amps,
            self.discharge_amps,
            None if charge is None else min(100.0, max(0.0, charge + self.charging * hours)),
            self.charging,
        )

    def row(self) -> str:
        """Its line of the CSV."""
        charge = "" if self.state_of_charge is None else f"{self.state_of_charge:.4f}"
        energies = f"{self.imported_kwh:.6f},{self.exported_kwh:.6f}"
        amps = f"{self.offered_amps},{self.discharge_amps}"
        return f"{self.moment.isoformat()},{self.power_kw:.3f},{energies},{amps},{charge}"


class PowerSeries:
    """Samples in the order of time, at most one a moment."""

    def __init__(self) -> None:
        self._samples: list[Sample] = []

    def add(self, sample: Sample) -> None:
        """Append a sample; it takes the place of one of the same moment."""
        if self._samples and self._samples[-1].moment == sample.moment:
            self._samples.pop()
        self._samples.append(sample)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self._samples)

    def __len__(self) -> int:
        return len(self._samples)

    def at(self, moment: datetime) -> Sample:
        """The charge point at ``moment``, which is not before the first sample nor after what has been simulated.

        Raises:
            NotPossible: nothing had happened yet.
        """
        place = bisect_right(self._samples, moment, key=lambda each: each.moment)
        if place == 0:
            raise NotPossible("moment", "is not before the first event of the charge point")
        return self._samples[place - 1].at(moment)

    def between(self, start: datetime, end: datetime) -> list[Sample]:
        """What held at ``start``, if anything had happened by then, and every sample up to ``end``, included."""
        first = bisect_right(self._samples, start, key=lambda each: each.moment)
        last = bisect_right(self._samples, end, key=lambda each: each.moment)
        opening = [self._samples[first - 1].at(start)] if first else []
        return [*opening, *self._samples[first:last]]

    def changes(self) -> list[tuple[datetime, float]]:
        """(moment, kW) of each change of power, from 0 at first."""
        found: list[tuple[datetime, float]] = []
        before = 0
        for sample in self._samples:
            if sample.power_w != before:
                found.append((sample.moment, sample.power_kw))
                before = sample.power_w
        return found


def csv(samples: Iterable[Sample]) -> str:
    """Samples as CSV, one a line under a header; times are ISO 8601 with their offset."""
    return "".join(f"{line}\n" for line in (HEADER, *(sample.row() for sample in samples)))
