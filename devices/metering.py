"""What an electricity meter measures: power from the loads behind it, energy, half hours and days.

Power changes only when a load does, so energy between two changes is power times time, exactly: registers are whole
watt-microseconds inside, and watt-hours, rounded down, outside. No timers: what lies before now is worked out when it
is asked for or when a load changes.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from schemas.errors import NotPossible

HALF_HOURS = 13 * 31 * 48
"""Entries of the profile: 13 months, the oldest go (SMETS2 as publicly described; MMC has room for 19,056)."""
DAYS = 731
"""Entries of the daily consumption log."""
MAX_POWER_W = 2**32 - 1
NOMINAL_V = 240.0
SOURCE_OHM = 0.2
"""Voltage without load, and what the street's cable takes away (assumed: within the statutory 230 V -6 % to +10 % for
100 A)."""
_PER_WH = 3600 * 10**6
_MICROSECOND = timedelta(microseconds=1)
_HALF_HOUR, _DAY = timedelta(minutes=30), timedelta(days=1)


class Period(NamedTuple):
    """One entry of a profile.

    Attributes:
        end: the moment at which it was written, the end of its half hour or day, UTC.
        import_wh, export_wh: energy in it: the difference of the registers' whole watt-hours at both its ends, so that
            entries add up to the registers.
    """

    end: datetime
    import_wh: int
    export_wh: int


@dataclass(frozen=True, slots=True)
class Registers:
    """Active energy since the meter was made, Wh, whole."""

    import_wh: int
    export_wh: int


class EnergyMeter:
    """Power and energy of a home. It begins to measure with the first load it is told.

    Attributes:
        profile: half hours, oldest first.
        days: days, oldest first.
    """

    def __init__(self) -> None:
        self.profile: deque[Period] = deque(maxlen=HALF_HOURS)
        self.days: deque[Period] = deque(maxlen=DAYS)
        self._loads: dict[str, int] = {}
        self._since: datetime | None = None
        self._import = self._export = 0
        self._half_hour = self._day = Registers(0, 0)

    @property
    def net_w(self) -> int:
        """What the home takes, watts; negative where it gives more than it takes."""
        return sum(self._loads.values())

    @property
    def import_w(self) -> int:
        """Active power import, watts."""
        return max(self.net_w, 0)

    @property
    def export_w(self) -> int:
        """Active power export, watts."""
        return max(-self.net_w, 0)

    @property
    def voltage(self) -> float:
        """At the meter, volts: lower the more the home takes, higher while it gives."""
        return round(NOMINAL_V - SOURCE_OHM * self.net_w / NOMINAL_V, 1)

    def set_load(self, name: str, power_w: int, now: datetime) -> None:
        """What ``name`` takes from now on, watts; negative for what it gives.

        Raises:
            NotPossible: the sum does not fit the 32-bit registers.
        """
        if abs(power_w) > MAX_POWER_W or abs(self.net_w - self._loads.get(name, 0) + power_w) > MAX_POWER_W:
            raise NotPossible("load", f"fits the 32-bit register with all others, not {power_w} W")
        self.settle(now)
        self._loads[name] = power_w

    def settle(self, now: datetime) -> None:
        """Bring registers and logs to ``now``; a clock that was put back measures on from there."""
        if self._since is None or now < self._since:
            self._since = now
            return
        while (boundary := _next(self._since, _HALF_HOUR)) <= now:
            self._flow(boundary)
            self._half_hour = self._write(self.profile, boundary, self._half_hour)
            if boundary == _next(boundary - _MICROSECOND, _DAY):
                self._day = self._write(self.days, boundary, self._day)
        self._flow(now)

    def registers(self, now: datetime) -> Registers:
        """The registers at ``now``."""
        self.settle(now)
        return self._read()

    def _read(self) -> Registers:
        return Registers(self._import // _PER_WH, self._export // _PER_WH)

    def _flow(self, until: datetime) -> None:
        assert self._since is not None
        lasted = (until - self._since) // _MICROSECOND
        self._import += self.import_w * lasted
        self._export += self.export_w * lasted
        self._since = until

    def _write(self, log: deque[Period], end: datetime, before: Registers) -> Registers:
        now = self._read()
        log.append(Period(end, now.import_wh - before.import_wh, now.export_wh - before.export_wh))
        return now


def _next(after: datetime, step: timedelta) -> datetime:
    """The first whole half hour or day, UTC, after a moment."""
    midnight = datetime(after.year, after.month, after.day, tzinfo=UTC)
    return midnight + ((after - midnight) // step + 1) * step
