"""What an electricity meter measures: power from the loads behind it, energy, half hours and days.

Power changes only when a load does, so energy between two changes is power times time, exactly: registers are whole
watt-microseconds inside, and watt-hours, rounded down, outside. No timers: what lies before now is worked out when it
is asked for or when a load changes.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt
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
_NEVER = (datetime.max.replace(tzinfo=UTC),) * 2
_HALF_HOUR, _DAY = timedelta(minutes=30), timedelta(days=1)


class Period(NamedTuple):
    """One entry of a profile.

    Attributes:
        end: the moment at which it was written, the end of its half hour or day, UTC.
        import_wh, export_wh: energy in it: the difference of the registers' whole watt-hours at both its ends, so that
            entries add up to the registers.
        reactive_import_varh, reactive_export_varh: the same of reactive energy, varh.
    """

    end: datetime
    import_wh: int
    export_wh: int
    reactive_import_varh: int = 0
    reactive_export_varh: int = 0


@dataclass(frozen=True, slots=True)
class Registers:
    """Energy since the meter was made, whole: active in Wh, reactive in varh."""

    import_wh: int
    export_wh: int
    reactive_import_varh: int = 0
    reactive_export_varh: int = 0


def reactive_var(power_w: int, power_factor: float) -> int:
    """Reactive power of a load, var, whole: positive for an inductive one, negative for a capacitive one.

    Args:
        power_w: active power, watts; its sign, taken or given, has no part in it.
        power_factor: -1 to 1 but not 0: 1 has no reactive power, 0.9 is inductive, -0.9 capacitive (our sign).

    Raises:
        NotPossible: the power factor is out of its range.
    """
    if not 0 < abs(power_factor) <= 1:
        raise NotPossible("power factor", f"is -1 to 1 and not 0, not {power_factor}")
    if power_factor == 1:
        return 0
    size = round(abs(power_w) * sqrt(1 - power_factor**2) / abs(power_factor))
    return size if power_factor > 0 else -size


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
        self._reactive: dict[str, int] = {}
        self._since: datetime | None = None
        self._import = self._export = self._reactive_import = self._reactive_export = 0
        self._half_hour = self._day = Registers(0, 0)
        self._in_half_hour = _NEVER

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
    def net_var(self) -> int:
        """Reactive power, var: positive where the home is inductive on the whole, and imports reactive energy."""
        return sum(self._reactive.values())

    @property
    def voltage(self) -> float:
        """At the meter, volts: lower the more the home takes, higher while it gives."""
        return round(NOMINAL_V - SOURCE_OHM * self.net_w / NOMINAL_V, 1)

    def set_load(self, name: str, power_w: int, now: datetime, power_factor: float = 1.0) -> None:
        """What ``name`` takes from now on, watts; negative for what it gives.

        Args:
            power_factor: as for ``reactive_var``.

        Raises:
            NotPossible: the sum does not fit the 32-bit registers, or the power factor is out of its range.
        """
        var = reactive_var(power_w, power_factor)
        if self._loads.get(name) == power_w and self._reactive.get(name) == var:
            self.settle(now)  # as it was: the sums have fitted before
            return
        if abs(self.net_var - self._reactive.get(name, 0) + var) > MAX_POWER_W:
            raise NotPossible("power factor", f"leaves reactive power that fits the 32-bit register, not {var} var")
        if abs(power_w) > MAX_POWER_W or abs(self.net_w - self._loads.get(name, 0) + power_w) > MAX_POWER_W:
            raise NotPossible("load", f"fits the 32-bit register with all others, not {power_w} W")
        self.settle(now)
        self._loads[name] = power_w
        self._reactive[name] = var

    def settle(self, now: datetime) -> None:
        """Bring registers and logs to ``now``; a clock that was put back measures on from there."""
        if self._since is None or now < self._since:
            self._since = now
            return
        if now == self._since:
            return
        while (boundary := self._boundary(self._since)) <= now:
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
        each = self._import, self._export, self._reactive_import, self._reactive_export
        return Registers(*(energy // _PER_WH for energy in each))

    def _flow(self, until: datetime) -> None:
        assert self._since is not None
        lasted, net_w, net_var = (until - self._since) // _MICROSECOND, self.net_w, self.net_var
        if net_w > 0:
            self._import += net_w * lasted
        else:
            self._export -= net_w * lasted
        if net_var > 0:
            self._reactive_import += net_var * lasted
        else:
            self._reactive_export -= net_var * lasted
        self._since = until

    def _boundary(self, after: datetime) -> datetime:
        """The end of the half hour that ``after`` lies in, worked out once for each."""
        if not self._in_half_hour[0] <= after < self._in_half_hour[1]:
            end = _next(after, _HALF_HOUR)
            self._in_half_hour = end - _HALF_HOUR, end
        return self._in_half_hour[1]

    def _write(self, log: deque[Period], end: datetime, before: Registers) -> Registers:
        now = self._read()
        log.append(
            Period(
                end,
                now.import_wh - before.import_wh,
                now.export_wh - before.export_wh,
                now.reactive_import_varh - before.reactive_import_varh,
                now.reactive_export_varh - before.reactive_export_varh,
            )
        )
        return now


def _next(after: datetime, step: timedelta) -> datetime:
    """The first whole half hour or day, UTC, after a moment."""
    midnight = datetime(after.year, after.month, after.day, tzinfo=UTC)
    return midnight + ((after - midnight) // step + 1) * step
