"""Requests that the DCC keeps until their date (future dated response pattern DSP): kept, sent, or given up then.

The broker sends them all: by then the device may have seen a higher counter of the user (assumed).
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
from schemas.duis.request import Request, read_request
from schemas.duis.request_id import RequestId
from schemas.errors import NotPossible, SmartMeterError

EXECUTION = "ExecutionDateTime"
_NEVER = 3000
"""The year of the date that cancels a future-dated command (vectors)."""


def is_for_later(request: Request) -> bool:
    """Whether a request has a date, and one that the DCC keeps it until: what a device keeps itself goes at once."""
    dated = request.command_variant == 1 and request.body.has(EXECUTION)
    return dated and When.DEVICE not in RULES[request.service_reference_variant].when


def keep(request: Request, xml: bytes, device: DeviceEntry, now: datetime, dcc: Dcc) -> None:
    """Keep a permitted request until its date.

    Raises:
        NotPossible: the date is not to come. The one that cancels a command is for a device to keep.
        Malformed: the request says what GBCS cannot carry.
    """
    due = request.body.moment(EXECUTION)
    if due <= now:
        raise NotPossible(EXECUTION, f"is after {now.isoformat()}, not {due.isoformat()}")
    if due.year >= _NEVER:
        raise NotPossible(EXECUTION, f"is a date; {due.year} cancels what a device keeps, and this is kept by the DCC")
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
