"""Load control events at the device that obeys them: which runs, which waits, and what becomes of each (ZSE D.2).

Sans-IO: commands and the world's time in, reports out. Times of events are UTC; a client that does not know UTC obeys
those that start now, and refuses the others. Each rule with its source: docs/devices.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schemas.zse.drlc import (
    EVERY_GROUP,
    MAX_CRITICALITY,
    MAX_MINUTES,
    NO_CLOCK,
    NOW,
    CancelAllLoadControlEvents,
    CancelControl,
    CancelLoadControlEvent,
    DeviceClass,
    EventControl,
    EventStatus,
    LoadControlEvent,
    ReportEventStatus,
)
from schemas.zse.times import utc_moment, utc_seconds

MAX_DUTY = 100
CAPACITY = 8
"""Events held at once (assumed: GB asks for one at a time and does not say how many one must hold)."""


@dataclass(frozen=True, slots=True)
class Held:
    """One event, and what will become of it.

    Attributes:
        start, end: world's time, after randomisation, cancellation and superseding.
        ending: what its end will be called.
    """

    event: LoadControlEvent
    start: datetime
    end: datetime
    started: bool = False
    ending: EventStatus = EventStatus.COMPLETED


@dataclass(frozen=True, slots=True)
class Settings:
    """The client's own attributes (ZSE D.2.3.1).

    Attributes:
        device_class: the loads that it controls; an event for none of them is not for it.
        group: utility enrolment group, 0 to 255; an event for another one, and not for all, is not for it.
        start_randomisation, duration_randomisation: the most by which a randomised start or end comes late; 0 to 60
            minutes, 30 by default.
    """

    device_class: DeviceClass = DeviceClass.SIMPLE_LOAD
    group: int = EVERY_GROUP
    start_randomisation: timedelta = timedelta(minutes=30)
    duration_randomisation: timedelta = timedelta(minutes=30)


class LoadControlClient:
    """The events of one device.

    Args:
        draw: gives a number from 0 to below 1 whenever chance is asked for.

    Attributes:
        held: running and waiting events, in the order of their starts.
        utc_ahead: what UTC is ahead of the world's time, None as long as it is not known.
    """

    def __init__(self, draw: Callable[[], float], settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.held: tuple[Held, ...] = ()
        self.utc_ahead: timedelta | None = None
        self._draw = draw

    @property
    def running(self) -> LoadControlEvent | None:
        """The event in force; of two whose times meet, the one that started last."""
        started = [each for each in self.held if each.started]
        return started[-1].event if started else None

    @property
    def last_end(self) -> datetime | None:
        """When the last of its events ends."""
        return max((each.end for each in self.held), default=None)

    def next_timer(self) -> datetime | None:
        """When the next event starts or ends."""
        if not self.held:
            return None
        return min(each.end if each.started else min(each.start, each.end) for each in self.held)

    def forget(self) -> None:
        """Power was lost: events and UTC are gone."""
        self.held, self.utc_ahead = (), None

    def settle(self, now: datetime) -> list[ReportEventStatus]:
        """Start and end what is due by ``now``: the ends first, so that an event may follow another at once."""
        reports = [self._report(each.event, each.ending, now) for each in self.held if each.end <= now]
        kept = []
        for each in self.held:
            if each.end <= now:
                continue
            if each.start <= now and not each.started:
                reports.append(self._report(each.event, EventStatus.STARTED, now))
                kept.append(replace(each, started=True))
            else:
                kept.append(each)
        self.held = tuple(kept)
        return reports

    def event(self, event: LoadControlEvent, now: datetime) -> list[ReportEventStatus]:
        """Take a Load Control Event; one that is for other devices is passed over without a word."""
        if not event.device_class & self.settings.device_class or not self._addressed(event.utility_enrolment_group):
            return []
        for each in self.held:
            if each.event.issuer_event_id == event.issuer_event_id:
                # Sent again because our answer was lost: it is told where the event stands.
                again = EventStatus.STARTED if each.started else EventStatus.RECEIVED
                return [self._report(each.event, again, now)]
        start = self._world(event.start_time, now)
        if start is None or not _obeyable(event):
            return [self._report(event, EventStatus.REJECTED, now)]
        end = start + timedelta(minutes=event.duration_in_minutes)
        if end <= now:
            return [self._report(event, EventStatus.EXPIRED, now)]
        new = self._randomised(Held(event, start, end))
        left, superseded = self._superseded(new)
        if len(left) >= CAPACITY:
            return [self._report(event, EventStatus.REJECTED, now)]
        self.held = tuple(sorted((*left, new), key=lambda each: each.start))
        gone = [self._report(each.event, EventStatus.SUPERSEDED, now) for each in superseded]
        return [*gone, self._report(event, EventStatus.RECEIVED, now), *self.settle(now)]

    def cancel(self, cancel: CancelLoadControlEvent, now: datetime) -> list[ReportEventStatus]:
        """Take a Cancel Load Control Event: at once, or at its effective time."""
        found = [each for each in self.held if each.event.issuer_event_id == cancel.issuer_event_id]
        if not found:
            unknown = LoadControlEvent(cancel.issuer_event_id, NOW, 0)
            return [self._report(unknown, EventStatus.UNKNOWN_EVENT, now)]
        (held,) = found
        event = held.event
        same = (
            cancel.device_class == event.device_class,
            cancel.utility_enrolment_group == event.utility_enrolment_group,
        )
        if not all(same):
            return [self._report(event, EventStatus.INVALID_CANCEL, now)]
        effective = self._world(cancel.effective_time, now)
        if effective is None or effective > held.end:
            return [self._report(event, EventStatus.INVALID_CANCEL_TIME, now)]
        self._end(held, max(effective, now), cancel.cancel_control)
        return self.settle(now)

    def cancel_all(self, cancel: CancelAllLoadControlEvents, now: datetime) -> list[ReportEventStatus]:
        """Take a Cancel All Load Control Events: every event ends now, and nothing is said where there is none."""
        for each in self.held:
            self._end(each, now, cancel.cancel_control)
        return self.settle(now)

    def _addressed(self, group: int) -> bool:
        return group in (EVERY_GROUP, self.settings.group)

    def _world(self, utc: int, now: datetime) -> datetime | None:
        """The world's time of a UTC time of a command, if that is known."""
        if utc == NOW:
            return now
        return None if self.utc_ahead is None else utc_moment(utc) - self.utc_ahead

    def _randomised(self, held: Held) -> Held:
        """Start and end each by chance later; the end's chance does not depend on the start's."""
        control, start, end = held.event.event_control, held.start, held.end
        if EventControl.RANDOMISE_START in control:
            # It starts before it ends, however short it is.
            start += self._chance(min(self.settings.start_randomisation, end - start))
        if EventControl.RANDOMISE_END in control:
            end += self._chance(self.settings.duration_randomisation)
        return replace(held, start=start, end=end)

    def _chance(self, most: timedelta) -> timedelta:
        return timedelta(seconds=int(most.total_seconds() * self._draw()))

    def _superseded(self, new: Held) -> tuple[list[Held], list[Held]]:
        """What is left beside ``new``, and what it takes the place of at once.

        One that overlaps it and starts earlier runs until then; it is not taken up again afterwards.
        """
        left, gone = [], []
        for each in self.held:
            if each.end <= new.start or each.start >= new.end:
                left.append(each)
            elif each.start < new.start:
                left.append(replace(each, end=new.start, ending=EventStatus.SUPERSEDED))
            else:
                gone.append(each)
        return left, gone

    def _end(self, held: Held, effective: datetime, control: CancelControl) -> None:
        end = effective
        if CancelControl.RANDOMISE_END in control and EventControl.RANDOMISE_END in held.event.event_control:
            end = min(end + self._chance(self.settings.duration_randomisation), held.end)
        # One that has not started by then never does.
        end = end if held.started or held.start < effective else effective
        ended = replace(held, end=end, ending=EventStatus.CANCELLED)
        self.held = tuple(ended if each is held else each for each in self.held)

    def _report(self, event: LoadControlEvent, status: EventStatus, now: datetime) -> ReportEventStatus:
        time = NO_CLOCK if self.utc_ahead is None else max(utc_seconds(now + self.utc_ahead), NO_CLOCK)
        return ReportEventStatus(
            event.issuer_event_id,
            status,
            time,
            event.criticality_level,
            duty_cycle_applied=event.duty_cycle,
            event_control=event.event_control,
        )


def _obeyable(event: LoadControlEvent) -> bool:
    """Its fields are in their ranges, and say what a switch is to do."""
    return (
        1 <= event.duration_in_minutes <= MAX_MINUTES
        and 1 <= event.criticality_level <= MAX_CRITICALITY
        and event.duty_cycle <= MAX_DUTY
    )
