"""Quarantine: a permitted request that breaks a threshold or a limit is kept from its device until its user says more.

After all access checks and before the command is sent. The user gets a DCC alert with QuarantinedRequest, and then says
release, and the command goes to the device, once; or delete, and the request ends with its one final response.
"""

from datetime import datetime, timedelta

from dcc_sim import respond
from dcc_sim.anomaly import LONGEST_PERIOD, Breach, Limit, Setting, Threshold
from dcc_sim.anomaly_store import Quarantined
from dcc_sim.authorise import SIGNED_PRE_COMMAND
from dcc_sim.dcc import Dcc
from dcc_sim.requests import Event, InFlight, State, after
from schemas.duis.node import branch, leaf
from schemas.duis.payloads import DccAlert
from schemas.duis.request import Request
from schemas.duis.request_id import RequestId
from schemas.duis.response import Response, write_response
from schemas.errors import NotAllowed, NotPossible
from schemas.eui import EUI64
from schemas.gbcs.envelope import Message, decode

ALERT_CODE = "N999"
"""The schema does not say which code goes with QuarantinedRequest, and no source does (assumed): go by the element."""


def note_values(request: Request, dcc: Dcc) -> None:
    """Keep which limits a request to be signed breaks: its values are not told again with the signature."""
    if not dcc.anomaly:
        return
    names = [limit.key for limit in _broken(request, dcc)]
    if names:
        dcc.store.anomaly.keep_outside(request.request_id, names)


def takes(request: Request, held: InFlight, command: Message, now: datetime, dcc: Dcc) -> bool:
    """Count a permitted request; whether it has gone into quarantine. Inside the transaction that accepts it."""
    breach = _breach(request, now, dcc) if dcc.anomaly else None
    if breach is None:
        return False
    kind, setting = breach
    before = held.state
    kept = held.moved(after(before, Event.QUARANTINED), command.encode(), None)
    dcc.store.advance(kept, before)
    event = dcc.store.anomaly.keep_event(held.request_id, kind, setting, now)
    _tell(held, kind, event, now, dcc)
    return True


def release(event: int, user: EUI64, now: datetime, dcc: Dcc) -> None:
    """The user says release: the command goes to its device, and has its time to answer from now.

    Raises:
        NotPossible: no such event, or it has been released or deleted already.
        NotAllowed: it is another user's; or its device is no longer there.
    """
    held = _held(event, user, dcc)
    command = decode(held.command)
    dcc.inventory.device(command.target)
    dcc.dispatch(held, command, now, Event.RELEASED)


def delete(event: int, user: EUI64, now: datetime, dcc: Dcc) -> None:
    """The user says delete: the request ends, and nothing of it ever reaches the device.

    Raises:
        NotPossible: no such event, or it has been released or deleted already.
        NotAllowed: it is another user's.
    """
    held = _held(event, user, dcc)
    reason = NotPossible("request", "was deleted from quarantine on its user's word")
    dcc.delete(held, respond.not_sent(held, reason, now))


def waiting(dcc: Dcc) -> list[Quarantined]:
    """What is in quarantine now, oldest first."""
    there = {held.request_id for held in dcc.store.in_state(State.QUARANTINED)}
    return [each for each in dcc.store.anomaly.events() if each.request_id in there]


def _broken(request: Request, dcc: Dcc) -> list[Limit]:
    limits = [each for each in dcc.anomaly.values() if isinstance(each, Limit)]
    return [each for each in limits if each.broken_by(request.service_reference_variant, request.body)]


def _breach(request: Request, now: datetime, dcc: Dcc) -> tuple[Breach, Setting] | None:
    user, service = request.request_id.originator, request.service_reference_variant
    thresholds = [each for each in dcc.anomaly.values() if isinstance(each, Threshold) and each.counts(user, service)]
    if thresholds:
        # What goes into quarantine counts as well: otherwise a flood is let through in slices.
        dcc.store.anomaly.count(user, service, now, now - timedelta(seconds=LONGEST_PERIOD))
    for each in sorted(thresholds, key=lambda each: each.kind is Breach.DCC):
        if dcc.store.anomaly.counted(each, now) > each.count:
            return each.kind, each
    if request.body.name == SIGNED_PRE_COMMAND:
        known = (dcc.anomaly.get(name) for name in dcc.store.anomaly.outside(request.request_id))
        limits = [each for each in known if isinstance(each, Limit)]
    else:
        limits = _broken(request, dcc)
    return (Breach.VALUE, limits[0]) if limits else None


def _tell(held: InFlight, kind: Breach, event: int, now: datetime, dcc: Dcc) -> None:
    broker, user = dcc.access_control.eui, held.owner
    # Alerts of the DCC have no counter of their own to name them by: they take one of the broker's.
    counter = dcc.next_counter(broker).counter
    dcc.store.raise_counter(broker, counter)
    name = RequestId(broker, user, counter)
    told = branch(kind.value, leaf("RequestID", str(held.request_id)), leaf("QuarantineEventRef", event))
    payload = DccAlert(ALERT_CODE, branch("QuarantinedRequest", told))
    document = write_response(Response(None, name, respond.SUCCESS, now, None, None, payload))
    dcc.store.put(user, str(name), dcc.sign(document))


def _held(event: int, user: EUI64, dcc: Dcc) -> InFlight:
    found = next((each for each in dcc.store.anomaly.events() if each.event == event), None)
    held = None if found is None else dcc.store.request(found.request_id)
    if held is None:
        raise NotPossible("QuarantineEventRef", f"is of an event, {event} is of none")
    if held.owner != user:
        raise NotAllowed("user", f"is the one whose request it is, not {user}")
    if held.state is not State.QUARANTINED:
        raise NotPossible("request", f"is in quarantine, it is {held.state} already")
    return held
