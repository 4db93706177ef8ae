"""The edges of limit, set state and calendar of an APC as cases: what is sent when, and what must be seen and told.

End, cancellation, overlap, adjacency, zero length and past start of each, as docs/devices.md tells them.
"""

from dataclasses import dataclass
from datetime import time, timedelta

from devices import objects
from devices.auxiliary_state import Rule
from schemas.gbcs.auxiliary import CommandedState, CosemDate, ScheduleRow, calendar_selector
from schemas.gbcs.dlms.access import Choice
from schemas.gbcs.dlms.data import array, octets
from schemas.gbcs.dlms.times import NEVER, NOW, encode_date_time
from tests.devices.home import (
    LOAD_CONTROLLER,
    NEW_YEAR,
    SUPPLIER,
    command,
    period_command,
    protect,
    request,
)

HOUR = timedelta(hours=1)
DEFAULT, CALENDAR, SET_STATE, LIMIT = Rule.DEFAULT, Rule.CALENDAR, Rule.SET_STATE, Rule.LIMIT
CALENDAR_CODE, ALERT_OF_DATE, PROCESSED, ENDED = 0x011A, 0x00CC, 0x0121, 0x0122
JANUARY_1, JANUARY_2, JANUARY_3 = (CosemDate(2015, 1, day) for day in (1, 2, 3))
ALWAYS = CosemDate()

Bound = float | bytes
"""Hours after the new year, or a special date-time."""


@dataclass(frozen=True)
class Span:
    """A set state (ECS47a) or a limit (ECS47e) of the output, percent, sent ``at`` an hour."""

    at: float
    percent: int
    start: Bound
    end: Bound
    capped: bool = False
    done: bool = True

    def message(self, counter: int) -> bytes:
        sender = LOAD_CONTROLLER if self.capped else SUPPLIER
        bounds = [each if isinstance(each, bytes) else NEW_YEAR + each * HOUR for each in (self.start, self.end)]
        return period_command(counter, 0x1100 | self.percent, *bounds, originator=sender, limit=self.capped)


@dataclass(frozen=True)
class Plan:
    """A calendar (ECS46d) of rows (hour, percent, first and last day), sent ``at`` an hour, to be active at a date."""

    at: float
    rows: tuple[tuple[int, int, CosemDate, CosemDate], ...]
    active: Bound = NOW
    done: bool = True

    def message(self, counter: int) -> bytes:
        date = self.active if isinstance(self.active, bytes) else encode_date_time(NEW_YEAR + self.active * HOUR)
        rows = (
            ScheduleRow(index, calendar_selector(CommandedState(1, percent)), time(hour), "1" * 7, "", first, last)
            for index, (hour, percent, first, last) in enumerate(self.rows, start=1)
        )
        items = [
            (Choice.SET, objects.SPECIAL_DAYS_PASSIVE, array()),
            (Choice.SET, objects.CALENDAR_PASSIVE, array(*(row.to_data() for row in rows))),
            (Choice.SET, objects.CALENDAR_ACTIVATION, octets(date)),
            (Choice.SET, objects.SPECIAL_DAYS_ACTIVATION, octets(date)),
        ]
        return protect(command(SUPPLIER, counter, CALENDAR_CODE, request(counter, items)), signed=True)


def state(at: float, percent: int, start: Bound, end: Bound, *, done: bool = True) -> Span:
    return Span(at, percent, start, end, done=done)


def limit(at: float, percent: int, start: Bound, end: Bound, *, done: bool = True) -> Span:
    return Span(at, percent, start, end, capped=True, done=done)


def plan(at: float, *rows: tuple[int, int, CosemDate, CosemDate], active: Bound = NOW) -> Plan:
    return Plan(at, rows, active)


@dataclass(frozen=True)
class Case:
    """What is sent, the level and rule that must be seen at hours after the new year, and the alerts by hour."""

    steps: tuple[Span | Plan, ...]
    seen: dict[float, tuple[int, Rule]]
    alerts: tuple[tuple[float, int], ...] = ()


DAY_END = 24 - 1 / 3600
CASES = {
    # Set state.
    "set state, end": Case((state(0, 50, 1, 2),), {0: (100, DEFAULT), 1: (50, SET_STATE), 2: (100, DEFAULT)}),
    "set state, no end": Case((state(0, 50, 1, NEVER),), {1: (50, SET_STATE), 99: (50, SET_STATE)}),
    "set state, cancelled while it runs": Case(
        (state(0, 50, 1, 4), state(2, 50, NEVER, NEVER)),
        {1: (50, SET_STATE), 2: (100, DEFAULT), 3: (100, DEFAULT)},
    ),
    "set state, cancelled before it starts": Case(
        (state(0, 50, 2, 4), state(1, 50, NEVER, NEVER)),
        {1: (100, DEFAULT), 2: (100, DEFAULT)},
    ),
    "set state, cancelled without one": Case((state(0, 50, NEVER, NEVER),), {0: (100, DEFAULT)}),
    "set state, cancelled under a limit": Case(
        (state(0, 50, 0, 4), limit(0, 25, 0, 3), state(1, 50, NEVER, NEVER)),
        {0: (25, LIMIT), 2: (25, LIMIT), 3: (100, DEFAULT)},
        ((0, PROCESSED), (3, ENDED)),
    ),
    "set state, overlap: the later command is the only one left": Case(
        (state(0, 50, 1, 6), state(2, 25, 3, 5)),
        {1: (50, SET_STATE), 2: (100, DEFAULT), 3: (25, SET_STATE), 5: (100, DEFAULT)},
    ),
    "set state, adjacency: the second comes as the first ends": Case(
        (state(0, 50, 1, 2), state(2, 25, 2, 3)),
        {1: (50, SET_STATE), 2: (25, SET_STATE), 3: (100, DEFAULT)},
    ),
    "set state, adjacency: the second comes before and takes the place of the first": Case(
        (state(0, 50, 1, 2), state(0, 25, 2, 3)),
        {1: (100, DEFAULT), 2: (25, SET_STATE), 3: (100, DEFAULT)},
    ),
    "set state, zero length: fails, and the one before goes on": Case(
        (state(0, 50, 1, 4), state(1, 25, 2, 2, done=False)),
        {1: (50, SET_STATE), 2: (50, SET_STATE), 4: (100, DEFAULT)},
    ),
    "set state, end before start: fails": Case((state(0, 50, 3, 2, done=False),), {2: (100, DEFAULT)}),
    "set state, past start: from now": Case((state(2, 50, 1, 3),), {2: (50, SET_STATE), 3: (100, DEFAULT)}),
    "set state, past start and end: fails": Case((state(4, 50, 1, 3, done=False),), {4: (100, DEFAULT)}),
    "set state, ends now: fails": Case((state(3, 50, 1, 3, done=False),), {3: (100, DEFAULT)}),
    # Limit.
    "limit, end": Case(
        (limit(0, 50, 1, 2),),
        {0: (100, DEFAULT), 1: (50, LIMIT), 2: (100, DEFAULT)},
        ((0, PROCESSED), (2, ENDED)),
    ),
    "limit, no end": Case((limit(0, 50, NOW, NEVER),), {0: (50, LIMIT), 99: (50, LIMIT)}, ((0, PROCESSED),)),
    "limit, cancelled while it runs": Case(
        (limit(0, 50, 1, 4), limit(2, 50, NEVER, NEVER)),
        {1: (50, LIMIT), 2: (100, DEFAULT), 4: (100, DEFAULT)},
        ((0, PROCESSED), (2, ENDED)),
    ),
    "limit, cancelled before it starts": Case(
        (limit(0, 50, 2, 4), limit(1, 50, NEVER, NEVER)),
        {2: (100, DEFAULT), 4: (100, DEFAULT)},
        ((0, PROCESSED), (1, ENDED)),
    ),
    "limit, cancelled without one: nothing ends": Case((limit(0, 50, NEVER, NEVER),), {0: (100, DEFAULT)}),
    "limit, overlap: the later command is the only one left": Case(
        (limit(0, 50, 1, 6), limit(2, 25, 3, 5)),
        {1: (50, LIMIT), 2: (100, DEFAULT), 3: (25, LIMIT), 5: (100, DEFAULT), 6: (100, DEFAULT)},
        ((0, PROCESSED), (2, PROCESSED), (5, ENDED)),
    ),
    "limit, adjacency: the second comes as the first ends": Case(
        (limit(0, 50, 1, 2), limit(2, 25, 2, 3)),
        {1: (50, LIMIT), 2: (25, LIMIT), 3: (100, DEFAULT)},
        ((0, PROCESSED), (2, ENDED), (2, PROCESSED), (3, ENDED)),
    ),
    "limit, zero length: fails, and the one before goes on": Case(
        (limit(0, 50, 1, 4), limit(1, 25, 2, 2, done=False)),
        {1: (50, LIMIT), 2: (50, LIMIT), 4: (100, DEFAULT)},
        ((0, PROCESSED), (4, ENDED)),
    ),
    "limit, end before start: fails": Case((limit(0, 50, 3, 2, done=False),), {2: (100, DEFAULT)}),
    "limit, past start: from now": Case(
        (limit(2, 50, 1, 3),),
        {2: (50, LIMIT), 3: (100, DEFAULT)},
        ((2, PROCESSED), (3, ENDED)),
    ),
    "limit, past start and end: fails": Case((limit(4, 50, 1, 3, done=False),), {4: (100, DEFAULT)}),
    # A limit and a set state.
    "limit over a set state that begins and ends within it": Case(
        (limit(0, 50, 1, 6), state(0, 75, 2, 4)),
        {1: (50, LIMIT), 2: (50, LIMIT), 4: (50, LIMIT), 6: (100, DEFAULT)},
        ((0, PROCESSED), (6, ENDED)),
    ),
    "limit above the set state takes nothing": Case(
        (limit(0, 75, 1, 6), state(0, 50, 2, 4)),
        {1: (75, LIMIT), 2: (50, SET_STATE), 4: (75, LIMIT)},
        ((0, PROCESSED), (6, ENDED)),
    ),
    "limit at the very level of the set state: the set state decides": Case(
        (limit(0, 50, 1, 3), state(0, 50, 1, 3)),
        {1: (50, SET_STATE), 3: (100, DEFAULT)},
        ((0, PROCESSED), (3, ENDED)),
    ),
    "limit and set state end together": Case(
        (limit(0, 25, 1, 3), state(0, 50, 1, 3)),
        {1: (25, LIMIT), 3: (100, DEFAULT)},
        ((0, PROCESSED), (3, ENDED)),
    ),
    "limit below 6 A: charging stops": Case((limit(0, 10, 1, 2),), {1: (10, LIMIT)}, ((0, PROCESSED), (2, ENDED))),
    # Calendar.
    "calendar, a switch ends the one before": Case(
        (plan(0, (6, 50, ALWAYS, ALWAYS), (8, 100, ALWAYS, ALWAYS)),),
        {6: (50, CALENDAR), 8: (100, CALENDAR), 30: (50, CALENDAR)},
    ),
    "calendar, end of season: the last switch holds for eight days, then silence": Case(
        (plan(0, (6, 50, JANUARY_1, JANUARY_1)),),
        {5: (100, DEFAULT), 6: (50, CALENDAR), 8 * 24 - 1: (50, CALENDAR), 8 * 24: (100, DEFAULT)},
    ),
    "calendar, empty: the one before is gone": Case(
        (plan(0, (6, 50, ALWAYS, ALWAYS)), plan(7)),
        {6: (50, CALENDAR), 7: (100, DEFAULT), 30: (100, DEFAULT)},
    ),
    "calendar, activation for later": Case(
        (plan(0, (6, 50, ALWAYS, ALWAYS), active=12),),
        {6: (100, DEFAULT), 12: (50, CALENDAR)},
        ((12, ALERT_OF_DATE), (12, ALERT_OF_DATE)),
    ),
    "calendar, cancellation of one for later leaves the active one": Case(
        (
            plan(0, (6, 50, ALWAYS, ALWAYS)),
            plan(1, (6, 25, ALWAYS, ALWAYS), active=12),
            plan(2, (6, 25, ALWAYS, ALWAYS), active=NEVER),
        ),
        {6: (50, CALENDAR), 12: (50, CALENDAR)},
    ),
    "calendar, overlap: two for later, the second alone becomes active": Case(
        (plan(0, (6, 50, ALWAYS, ALWAYS), active=12), plan(1, (6, 25, ALWAYS, ALWAYS), active=14)),
        {12: (100, DEFAULT), 14: (25, CALENDAR)},
        ((14, ALERT_OF_DATE), (14, ALERT_OF_DATE)),
    ),
    "calendar, overlap of seasons: at the same time the later row": Case(
        (plan(0, (6, 50, JANUARY_1, JANUARY_3), (6, 25, JANUARY_2, JANUARY_2)),),
        {6: (50, CALENDAR), 24 + 6: (25, CALENDAR), 48 + 6: (50, CALENDAR)},
    ),
    "calendar, adjacency of seasons": Case(
        (plan(0, (0, 50, JANUARY_1, JANUARY_1), (0, 25, JANUARY_2, JANUARY_2)),),
        {0: (50, CALENDAR), DAY_END: (50, CALENDAR), 24: (25, CALENDAR)},
    ),
    "calendar, zero length: two rows at one time are one switch": Case(
        (plan(0, (6, 25, ALWAYS, ALWAYS), (6, 50, ALWAYS, ALWAYS)),),
        {5: (50, CALENDAR), 6: (50, CALENDAR)},
    ),
    "calendar, season that ends before it starts: never": Case(
        (plan(0, (6, 50, JANUARY_2, JANUARY_1)),),
        {6: (100, DEFAULT), 24 + 6: (100, DEFAULT)},
    ),
    "calendar, activation in the past: now, without an alert": Case(
        (plan(7, (6, 50, ALWAYS, ALWAYS), active=2),),
        {7: (50, CALENDAR)},
    ),
    "calendar, season that began in the past: its last switch holds at once": Case(
        (plan(30, (6, 50, JANUARY_1, ALWAYS), (8, 25, JANUARY_1, JANUARY_1)),),
        {30: (50, CALENDAR), 32: (50, CALENDAR)},
    ),
    # A calendar under the others.
    "calendar switch within a set state shows when that ends": Case(
        (plan(0, (2, 50, ALWAYS, ALWAYS)), state(0, 75, 1, 3)),
        {1: (75, SET_STATE), 2: (75, SET_STATE), 3: (50, CALENDAR)},
    ),
    "calendar switch at the very end of a set state": Case(
        (plan(0, (3, 50, ALWAYS, ALWAYS)), state(0, 75, 1, 3)),
        {2: (75, SET_STATE), 3: (50, CALENDAR)},
    ),
    "calendar switch within a limit shows when that ends": Case(
        (plan(0, (2, 50, ALWAYS, ALWAYS)), limit(0, 25, 1, 3)),
        {1: (25, LIMIT), 2: (25, LIMIT), 3: (50, CALENDAR)},
        ((0, PROCESSED), (3, ENDED)),
    ),
}
