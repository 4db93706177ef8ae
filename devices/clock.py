"""A device's own clock: the world's time, an offset and a drift, and the objects of ECS70.

ECS70 does not carry a time to set (its preset time is "never") but an interval in which the time must lie. That the
device takes the hub's time when that lies in the interval (event 8145, or 8F0C above 10 s) and else keeps its own
and calls it unreliable (81C6) is assumed from the names of these events.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from devices import objects
from devices.alerts import SECURITY, AlertCode
from devices.event_log import Entry, EventLog
from schemas.errors import Malformed, NotPossible
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import Choice
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.dlms.times import NEVER, decode_date_time, encode_date_time

if TYPE_CHECKING:
    from devices.cosem import Context, ObjectStore

_MUCH = timedelta(seconds=10)
MAX_DRIFT = 10_000
"""Parts per million; SMETS2 publicly asks for 10 s at most against UTC, so a meter that drifts more needs its hub."""
_MICROSECOND, _MILLION = timedelta(microseconds=1), 10**6
_HUB_BASE = 5
_RELIABLE, _UNRELIABLE = 0, 1


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two moments of which either may never come."""
    if one is None or other is None:
        return other if one is None else one
    return other if other < one else one


@dataclass(frozen=True, slots=True)
class ClockState:
    """A clock's state, put back when a command fails.

    Attributes:
        offset: what it was ahead of the world's time when it was set last.
        drift: how much faster than the world's time it runs, parts per million, -10,000 to 10,000; slower if negative.
        set_at: the world's time from which it drifts; None where it never has.
        reliable: whether the last synchronisation found it, or the hub, within its interval.
        interval: of a synchronisation under way.
        outcome: of one that is done and not yet in the log.
    """

    offset: timedelta = timedelta()
    drift: int = 0
    set_at: datetime | None = None
    reliable: bool = True
    interval: tuple[datetime, datetime] | None = None
    outcome: AlertCode | None = None


class DeviceClock:
    """The clock of a device.

    Args:
        offset: what it is ahead of the world's time at the start.
        log, security: where adjustments are entered, the larger ones in the second.
    """

    def __init__(self, offset: timedelta, log: EventLog, security: EventLog) -> None:
        self.state = ClockState(offset)
        self._log, self._security = log, security

    def read(self, now: datetime) -> datetime:
        """The device's time at the world's ``now``."""
        state = self.state
        return now + state.offset if not state.drift else now + self.ahead(now)

    def ahead(self, now: datetime) -> timedelta:
        """What it is ahead of the world's time at the world's ``now``; negative where it is behind."""
        state = self.state
        if not state.drift or state.set_at is None:
            return state.offset
        return state.offset + (now - state.set_at) // _MICROSECOND * state.drift // _MILLION * _MICROSECOND

    def world(self, moment: datetime) -> datetime:
        """The world's time when the device's clock first shows ``moment``, or what comes after it."""
        state = self.state
        try:
            if not state.drift or state.set_at is None:
                return moment - state.offset
            shown = (moment - state.offset - state.set_at) // _MICROSECOND
            passed = -(-shown * _MILLION // (_MILLION + state.drift)) - 1
            # One step or two: what is shown is rounded down to a whole microsecond.
            while passed + passed * state.drift // _MILLION < shown:
                passed += 1
            return state.set_at + passed * _MICROSECOND
        except OverflowError:  # a period that ends with the year 9999, on a slow clock
            return datetime.max.replace(tzinfo=UTC)

    def go_wrong(self, now: datetime, *, drift: int | None = None, ahead: timedelta | None = None) -> None:
        """From the world's ``now`` on the clock runs at another rate, or shows another time, or both.

        Args:
            drift: parts per million, -10,000 to 10,000; as it is if not given.
            ahead: what it is ahead of the world's time now; as it is if not given.

        Raises:
            NotPossible: the drift is out of its range.
        """
        rate = self.state.drift if drift is None else drift
        if abs(rate) > MAX_DRIFT:
            raise NotPossible("clock drift", f"is {-MAX_DRIFT} to {MAX_DRIFT} parts per million, not {rate}")
        offset = self.ahead(now) if ahead is None else ahead
        self.state = replace(self.state, offset=offset, drift=rate, set_at=now)

    def settle(self, now: datetime) -> None:
        """Enter the outcome of a synchronisation in the log, once its command has succeeded."""
        if self.state.outcome is not None:
            log = self._security if self.state.outcome in SECURITY else self._log
            log.append(Entry(self.read(now), self.state.outcome))
            self.state = replace(self.state, outcome=None)

    def add_objects(self, store: ObjectStore) -> None:
        """The objects of ECS70."""
        store.writable(objects.CLOCK_BASE, _check_base)
        store.invocable(objects.CLOCK_PRESET, self._preset)
        store.invocable(objects.CLOCK_ADJUST_TO_PRESET, self._adjust)
        store.add(Choice.GET, objects.CLOCK_TIME, self._time)
        store.readable(
            objects.CLOCK_STATUS, lambda now: dlms.unsigned(_RELIABLE if self.state.reliable else _UNRELIABLE)
        )

    def _time(self, data: Data, context: Context) -> Data:
        # Not the command's own moment: the same command may have adjusted the clock before it reads it.
        return dlms.octets(encode_date_time(self.read(context.hub_time).replace(microsecond=0)))

    def _preset(self, data: Data, context: Context) -> None:
        preset, start, end = (field.expect(Tag.OCTET_STRING).octets for field in data.fields(3))
        if preset != NEVER:
            raise Malformed("preset time", f"is never, not {preset.hex().upper()}")
        self.state = replace(self.state, interval=(decode_date_time(start), decode_date_time(end)))

    def _adjust(self, data: Data, context: Context) -> None:
        if data.expect(Tag.INTEGER).number != 0:
            raise Malformed("adjust to preset time", f"has the parameter 0, not {data.number}")
        if self.state.interval is None:
            raise NotPossible("adjust to preset time", "follows the interval in the same command")
        start, end = self.state.interval
        if start <= context.hub_time <= end:
            much = abs(self.ahead(context.hub_time)) > _MUCH
            code = AlertCode.CLOCK_ADJUSTED_MUCH if much else AlertCode.CLOCK_ADJUSTED
            # It has the right time, and runs on as fast or slow as before.
            self.state = ClockState(drift=self.state.drift, set_at=context.hub_time, outcome=code)
        else:
            outcome = AlertCode.CLOCK_NOT_ADJUSTED
            self.state = replace(self.state, reliable=False, interval=None, outcome=outcome)


def _check_base(data: Data, context: Context) -> None:
    if data.expect(Tag.ENUM).number != _HUB_BASE:
        raise Malformed("clock base", f"is {_HUB_BASE}, not {data.number}")
