"""Service schedules: SR 5.1 to 5.3, and the readings that they cause again and again, sent by the broker.

A schedule reads at its time of day in UTC, midnight where none is given, first on its start date, and a month later
on the same day or the last one of a shorter month (assumed). It ends with its end date, its deletion, or when its user
is no longer one who may read (assumed: no message tells of that).
"""

from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from dateutil.relativedelta import relativedelta

from dcc_sim.authorise import TO_DEVICES, check_carried, check_device, check_registration, check_user, eligible_roles
from dcc_sim.commands import make, protect
from dcc_sim.dcc import Dcc
from dcc_sim.inventory import DeviceEntry
from dcc_sim.policy import RULES, When
from dcc_sim.requests import InFlight, Schedule, State
from schemas.duis.document import parse
from schemas.duis.node import Node, branch, leaf
from schemas.duis.payloads import Other, Payload
from schemas.duis.request import Request, read_request, write_request
from schemas.duis.request_id import RequestId
from schemas.errors import Malformed, NotAllowed, NotPossible, SmartMeterError
from schemas.eui import EUI64

MOST = 99
"""Schedules of one user that one answer can tell (DUIS DSPSchedulesRead)."""

_STEPS = {
    "Daily": relativedelta(days=1),
    "Weekly": relativedelta(weeks=1),
    "Monthly": relativedelta(months=1),
    "Quarterly": relativedelta(months=3),
    "Half-Yearly": relativedelta(months=6),
    "Yearly": relativedelta(years=1),
}
_READ = {
    "4.2": "ReadInstantaneousExportRegisters",
    "4.6.1": "RetrieveImportDailyReadLog",
    "4.6.2": "RetrieveExportDailyReadLog",
    "4.8.1": "ReadActiveImportProfileData",
    "4.8.2": "ReadReactiveImportProfileData",
    "4.8.3": "ReadExportProfileData",
    "4.10": "ReadNetworkData",
    "4.12.1": "ReadMaximumDemandImportRegisters",
    "4.12.2": "ReadMaximumDemandExportRegisters",
    "4.14": "ReadPrepaymentDailyReadLog",
    "4.15": "ReadLoadLimitData",
    "4.16": "ReadActivePowerImport",
    "4.17": "RetrieveDailyConsumptionLog",
    "14.1": "RecordNetworkDataGAS",
}
"""The body of each service that can be scheduled; the schedule has the same name with DSP before it."""


def create(request: Request, now: datetime, dcc: Dcc) -> Payload:
    """SR 5.1: keep the schedule; its number is the answer.

    Raises:
        NotAllowed: E2, E3, E4, E5, E11, E19, as if the user asked for the reading now.
        Malformed: service, variant and reading do not belong together, or the end is before the start.
        NotPossible: there is no reading left to make, or there are too many schedules.
    """
    plan = request.body
    user, device = request.request_id.originator, plan.eui("DeviceID")
    _check_reading(plan)
    _permitted(user, plan, now, dcc)
    first = _next(plan, now)
    if first is None:
        raise NotPossible("ScheduleEndDate", f"leaves a reading after {now.isoformat()}")
    if sum(each.user == user for each in dcc.store.diary.schedules()) >= MOST:
        raise NotPossible("schedule", f"is one of at most {MOST} of a user")
    number = dcc.store.diary.add_schedule(user, device, write_request(request), first)
    dcc.keep_date(number, first)
    return Other(leaf("DSPScheduleID", number))


def read(request: Request, now: datetime, dcc: Dcc) -> Payload | None:
    """SR 5.2: the user's schedules of that number or device; nothing where there are none."""
    found = [
        branch("DSPSchedules", leaf("DSPScheduleID", each.number), branch("DSPScheduleDetails", *_plan(each).children))
        for each in _named(request, dcc)
    ]
    return Other(branch("DSPSchedulesRead", *found)) if found else None


def delete(request: Request, now: datetime, dcc: Dcc) -> None:
    """SR 5.3: forget the user's schedules of that number or device.

    Raises:
        NotPossible: there are none.
    """
    found = _named(request, dcc)
    if not found:
        raise NotPossible("schedule", "is one of this user")
    for each in found:
        dcc.store.diary.drop_schedule(each.number)
        dcc.drop_date(each.number)


def run(number: int, now: datetime, dcc: Dcc) -> None:
    """A schedule is due: its reading is sent, and the next one is planned."""
    due = dcc.dates.pop(number)
    with dcc.store.transaction():
        schedule = dcc.store.diary.schedule(number)
        if schedule is None:
            return
        plan = _plan(schedule)
        following = _next(plan, due)
        try:
            device = _permitted(schedule.user, plan, now, dcc)
            _send(schedule, plan, device, now, dcc)
        except SmartMeterError:
            following = None
        dcc.store.diary.reschedule(number, following)
    if following is not None:
        dcc.dates[number] = following


def _send(schedule: Schedule, plan: Node, device: DeviceEntry, now: datetime, dcc: Dcc) -> None:
    party = dcc.next_counter(dcc.access_control.eui)
    variant = plan.text("DSPScheduledServiceReferenceVariant")
    name = RequestId(schedule.user, device.eui, party.counter)
    reference = plan.text("DSPScheduledServiceReference")
    request = Request(name, 1, reference, variant, "5.4", _body(plan, now.date()))
    made = make(request, device, now, dcc, brokered=True)
    own = RequestId(party.eui, device.eui, party.counter)
    octets = made.message.encode()
    held = InFlight(
        own, variant, made.use_case.name, octets, State.ACCEPTED, schedule=schedule.number, user=schedule.user
    )
    dcc.store.accept(held)
    dcc.dispatch(held, protect(made.use_case, made.message, dcc), now)


def _permitted(user: EUI64, plan: Node, now: datetime, dcc: Dcc) -> DeviceEntry:
    rule = RULES[plan.text("DSPScheduledServiceReferenceVariant")]
    party = dcc.inventory.user(user)
    roles = eligible_roles(party, rule, dcc.regime)
    check_user(party)
    check_carried(rule, TO_DEVICES)
    device = dcc.inventory.device(plan.eui("DeviceID"))
    check_registration(party, roles, device, now, dcc.inventory)
    check_device(rule, device)
    return device


def _check_reading(plan: Node) -> None:
    variant = plan.text("DSPScheduledServiceReferenceVariant")
    reference = plan.text("DSPScheduledServiceReference")
    if not f"{variant}.".startswith(f"{reference}."):
        raise Malformed("DSPScheduledServiceReference", f"is that of variant {variant}, not {reference}")
    if When.REPEAT not in RULES[variant].when:
        raise NotAllowed("DSPScheduledServiceReferenceVariant", f"can be scheduled, {variant} cannot", code="E11")
    if not plan.has(f"DSP{_READ[variant]}"):
        raise Malformed("CreateSchedule", f"has the reading of {variant}, DSP{_READ[variant]}")
    if plan.has("ScheduleEndDate") and plan.day("ScheduleEndDate") < plan.day("ScheduleStartDate"):
        raise Malformed("ScheduleEndDate", "is not before the start")


def _next(plan: Node, after: datetime) -> datetime | None:
    """The first reading after a moment, or None."""
    start, step = plan.day("ScheduleStartDate"), _STEPS[plan.text("ScheduleFrequency")]
    last = plan.day("ScheduleEndDate") if plan.has("ScheduleEndDate") else date.max
    at = plan.clock("ScheduleExecutionStartTime") if plan.has("ScheduleExecutionStartTime") else time()
    # Days are counted, not added up one by one: a schedule may have begun long ago.
    skipped = max(0, (after.date() - start).days - 1) // step.days if step.days else 0
    for number in count(skipped):
        day = start + step * number
        if day > last:
            return None
        moment = datetime.combine(day, at, UTC)
        if moment > after:
            return moment
    return None


def _body(plan: Node, today: date) -> Node:
    """The body of the reading that a schedule makes today."""
    element = _READ[plan.text("DSPScheduledServiceReferenceVariant")]
    reading = plan.node(f"DSP{element}")
    children: list[Node] = []
    if reading.has("StartDateOffset"):
        bounds = (
            leaf(f"{end}DateTime", datetime.combine(_offset(reading, end, today), reading.clock(f"{end}Time"), UTC))
            for end in ("Start", "End")
        )
        children.append(branch("ReadLogPeriod", *bounds))
    if plan.has("KAPublicSecurityCredential"):
        children.append(leaf("KAPublicSecurityCredentials", plan.octets("KAPublicSecurityCredential")))
    return branch(element, *children)


def _offset(reading: Node, end: str, today: date) -> date:
    return today + timedelta(days=reading.integer(f"{end}DateOffset"))


def _named(request: Request, dcc: Dcc) -> list[Schedule]:
    body, user, number = request.body, request.request_id.originator, "DSPScheduleID"
    return [
        each
        for each in dcc.store.diary.schedules()
        if each.user == user
        and (each.number == body.integer(number) if body.has(number) else each.device == body.eui("DeviceID"))
    ]


def _plan(schedule: Schedule) -> Node:
    return read_request(parse(schedule.document)).body
