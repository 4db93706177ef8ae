"""Requests that the DCC keeps until their date (future dated response pattern DSP): kept, sent, or given up then.

The broker sends them all: by then the device may have seen a higher counter of the user (assumed). The date that
cancels what a device keeps (3000-12-31) cancels what the DCC keeps too: each waiting request of the same user that is
the same but for its date ends at once (assumed).
"""

from dataclasses import replace
from datetime import datetime

from dcc_sim import device_life, quarantine, respond
from dcc_sim.authorise import Service, authorise
from dcc_sim.commands import make, protect
from dcc_sim.dcc import Dcc
from dcc_sim.inventory import DeviceEntry
from dcc_sim.policy import RULES, When
from dcc_sim.requests import State, Waiting
from schemas.duis.document import parse
from schemas.duis.node import Node
from schemas.duis.request import Request, read_request
from schemas.duis.request_id import RequestId
from schemas.errors import NotPossible, SmartMeterError
from schemas.gbcs.dlms.times import CANCELLATION

EXECUTION = "ExecutionDateTime"


def is_for_later(request: Request) -> bool:
    """Whether a request has a date, and one that the DCC keeps it until: what a device keeps itself goes at once."""
    dated = request.command_variant == 1 and request.body.has(EXECUTION)
    return dated and When.DEVICE not in RULES[request.service_reference_variant].when


def cancels(request: Request) -> bool:
    """Whether a request that is for later has the date that cancels."""
    return request.body.moment(EXECUTION) == CANCELLATION


def cancel(request: Request, now: datetime, dcc: Dcc) -> None:
    """End what a permitted request cancels, each with a final response.

    Raises:
        NotPossible: nothing of the kind waits.
        NotAuthentic: its counter does not rise.
    """
    with dcc.store.transaction(alone=True):
        dcc.store.raise_counter(request.request_id.originator, request.request_id.counter)
        found = [each for each in dcc.store.diary.waiting() if _alike(request, each)]
        if not found:
            raise NotPossible(EXECUTION, "cancels a request that waits for its date, and there is none of this kind")
        for each in found:
            held = dcc.store.request(each.request_id)
            if held is None or held.state is not State.WAITING:
                continue
            dcc.store.diary.drop_waiting(each.request_id)
            reason = NotPossible("request", f"was cancelled by {request.request_id}")
            dcc.cancel(held, respond.not_sent(held, reason, now))
            dcc.drop_date(each.request_id)


def _alike(request: Request, waiting: Waiting) -> bool:
    """Same user, device, service and body, but for the date."""
    name, own = waiting.request_id, request.request_id
    if (name.originator, name.target) != (own.originator, own.target):
        return False
    other = read_request(parse(waiting.document))
    if other.service_reference_variant != request.service_reference_variant:
        return False
    return _without_date(other.body) == _without_date(request.body)


def _without_date(body: Node) -> Node:
    return body._replace(children=tuple(each for each in body.children if each.name != EXECUTION))


def keep(request: Request, xml: bytes, device: DeviceEntry, now: datetime, dcc: Dcc) -> None:
    """Keep a permitted request until its date.

    Raises:
        NotPossible: the date is not to come.
        Malformed: the request says what GBCS cannot carry.
    """
    due = request.body.moment(EXECUTION)
    if due <= now:
        raise NotPossible(EXECUTION, f"is after {now.isoformat()}, not {due.isoformat()}")
    made = make(request, device, now, dcc, brokered=True)
    with dcc.store.transaction():
        dcc.hold(request, made.use_case, made.message, None, State.WAITING)
        dcc.store.diary.keep_waiting(Waiting(request.request_id, due, xml))
        dcc.keep_date(request.request_id, due)


def send(name: RequestId, now: datetime, dcc: Dcc) -> None:
    """The date of a request has come: it is sent, if it is still permitted, or ends in the code of the reason."""
    del dcc.dates[name]
    held = dcc.store.request(name)
    waiting = dcc.store.diary.waiting_for(name)
    if held is None or held.state is not State.WAITING or waiting is None:
        return
    with dcc.store.transaction():
        dcc.store.diary.drop_waiting(name)
        try:
            request = read_request(parse(waiting.document))
            device = authorise(request, Service.SEND_COMMAND, now, dcc.inventory, dcc.regime)
            made = make(request, device, now, dcc, brokered=True)
            command = protect(made.use_case, made.message, dcc)
            device_life.asked(request, now, dcc)
        except SmartMeterError as error:
            dcc.strand(held, respond.not_sent(held, error, now))
            return
        if made.party is not None:
            dcc.store.raise_counter(made.party.eui, made.party.counter)
        if not quarantine.takes(request, held, command, now, dcc):
            dcc.dispatch(replace(held, use_case=made.use_case.name), command, now)
