"""The road of a request, one call per step. Nothing else is in this file.

1         receive      the HTTP body becomes a typed request; authenticate: its XML signature holds
2         authorise    this user, this request, this device, now
3         transform    DUIS -> GBCS
4         (the user signs the pre-command)
5         admit        the broker checks the signed pre-command; protect: its MAC
          quarantine   not of an unusual number, nor with unusual values
6 to 9    dispatch     hub, HAN, device and back: the world's part
10        answer       GBCS response -> DUIS response and MMC, into the user's mailbox
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from dcc_sim import device_life, future_dated, local_delivery, non_device, quarantine, respond, schedules
from dcc_sim.authorise import SIGNED, SIGNED_PRE_COMMAND, Service, authorise, authorise_own
from dcc_sim.change_of_supplier import check_certificates, follow
from dcc_sim.commands import make, protect
from dcc_sim.dcc import Dcc
from dcc_sim.inventory import DeviceEntry
from dcc_sim.policy import RULES, Kind
from dcc_sim.receive import authenticate, receive
from dcc_sim.requests import Event, InFlight, State
from schemas.duis.request import Request
from schemas.duis.request_id import RequestId
from schemas.errors import SmartMeterError
from schemas.gbcs.envelope import CraFlag, Message, decode

T = TypeVar("T")


def transform_service(xml: bytes, now: datetime, dcc: Dcc) -> bytes:
    """Command variant 4: a critical request comes back as its pre-command; nothing goes to the device."""
    request, device = permitted(xml, Service.TRANSFORM, now, dcc)
    made = make(request, device, now, dcc)
    with dcc.store.transaction():
        dcc.hold(request, made.use_case, made.message, made.party, State.AWAITING_SIGNATURE)
        quarantine.note_values(request, dcc)
    return dcc.sign(respond.pre_command(request, made.message, now))


def send_command_service(xml: bytes, now: datetime, dcc: Dcc) -> bytes:
    """Command variants 1, 3, 5, 7: a command goes to the device, the user gets an acknowledgement, or the command."""
    request, device = permitted(xml, Service.SEND_COMMAND, now, dcc)
    if future_dated.is_for_later(request):
        if future_dated.cancels(request):
            future_dated.cancel(request, now, dcc)
            return dcc.sign(respond.done(request, None, now))
        future_dated.keep(request, xml, device, now, dcc)
        return dcc.sign(respond.acknowledgement(request, now))
    ready = _signed(request, dcc, Event.DISPATCHED) if request.body.name == SIGNED_PRE_COMMAND else None
    with dcc.accepting(alone=ready is None):
        held, command = ready or _new(request, device, now, dcc, State.ACCEPTED)
        if quarantine.takes(request, held, command, now, dcc):
            return dcc.sign(respond.acknowledgement(request, now))
        sent = dcc.mark_sent(held, command, now)
    dcc.hand_over(sent, now)
    if request.command_variant in local_delivery.BOTH_WAYS:
        return dcc.sign(respond.local_command(request, command, now))
    return dcc.sign(respond.acknowledgement(request, now))


def non_device_service(xml: bytes, now: datetime, dcc: Dcc) -> bytes:
    """Command variants 2, 6: the user gets the command, to bring it to the device; 8: the DCC does it itself."""
    request, device = _permitted(xml, _own_or_local, now, dcc)
    if device is None:
        return dcc.sign(respond.done(request, non_device.carry_out(request, now, dcc), now))
    return dcc.sign(respond.local_command(request, _handed_out(request, device, now, dcc), now))


def permitted(xml: bytes, service: Service, now: datetime, dcc: Dcc) -> tuple[Request, DeviceEntry]:
    """Steps 1 and 2: a request that may be carried out now, and its device."""
    return _permitted(xml, partial(_may, service), now, dcc)


def _permitted(xml: bytes, check: Callable[[Request, datetime, Dcc], T], now: datetime, dcc: Dcc) -> tuple[Request, T]:
    """A new request's counter is checked where it is raised, together with its record. DUIS has that check before the
    signature's: a refusal for any later reason is one for the counter, if that does not rise either.
    """
    message, request = receive(xml, dcc)
    try:
        authenticate(message, request, now, dcc)
        dcc.familiar.learn(xml, message)
        return request, check(request, now, dcc)
    except SmartMeterError:
        if request.command_variant not in SIGNED:
            dcc.check_counter(request)
        raise


def _may(service: Service, request: Request, now: datetime, dcc: Dcc) -> DeviceEntry:
    device = authorise(request, service, now, dcc.inventory, dcc.regime)
    check_certificates(request, device, dcc.smki, now)
    return device


def _own_or_local(request: Request, now: datetime, dcc: Dcc) -> DeviceEntry | None:
    if RULES[request.service_reference_variant].kind is not Kind.NON_DEVICE:
        return _may(Service.NON_DEVICE, request, now, dcc)
    authorise_own(request, dcc.inventory, dcc.regime, non_device.CARRIED)
    return None


def _handed_out(request: Request, device: DeviceEntry, now: datetime, dcc: Dcc) -> Message:
    if request.body.name == SIGNED_PRE_COMMAND:
        held, command = _signed(request, dcc, Event.HANDED_OUT)
        with dcc.accepting(alone=False):
            local_delivery.hand_out(held, command, dcc)
        return command
    with dcc.accepting(alone=True):
        return _new(request, device, now, dcc, State.HANDED_OUT)[1]


def _signed(request: Request, dcc: Dcc, event: Event) -> tuple[InFlight, Message]:
    held = dcc.awaiting_signature(request, event)
    signed = dcc.access_control.admit(request.body.octets("GBCSPayload"), held.pre_command)
    return held, dcc.access_control.protect(signed)


def _new(request: Request, device: DeviceEntry, now: datetime, dcc: Dcc, state: State) -> tuple[InFlight, Message]:
    made = make(request, device, now, dcc)
    command = protect(made.use_case, made.message, dcc)
    given = command.encode() if state is State.HANDED_OUT else b""
    with dcc.store.transaction():
        device_life.asked(request, now, dcc)
        return dcc.hold(request, made.use_case, made.message, made.party, state, given), command


def device_message(payload: bytes, now: datetime, dcc: Dcc) -> None:
    """A message from a device: the response to a command in flight, or an alert."""
    message = decode(payload)
    if message.cra is CraFlag.ALERT:
        dcc.access_control.check_alert(message)
        origin = dcc.origin_of(message)
        users = [user for user in respond.recipients(message, origin) if user != dcc.access_control.eui]
        if not users:
            with dcc.store.transaction():
                device_life.told(message, now, dcc)
        else:
            answers = [(user, respond.alert(message, now, origin, user)) for user in users]
            for user, answer in answers:
                dcc.check_new(user, answer, message)
            with dcc.store.transaction():
                for user, answer in answers:
                    dcc.deliver(user, answer, message)
                follow(message, dcc)
    else:
        held = dcc.in_flight(message)
        with dcc.store.transaction():
            dcc.finish(held, respond.service_response(held, message, now), message)
            follow(message, dcc)
            device_life.answered(held, message, now, dcc)


def begin_due(now: datetime, dcc: Dcc) -> None:
    """Send what was kept until now, and the readings that schedules ask for."""
    for key in dcc.due(now):
        if isinstance(key, RequestId):
            future_dated.send(key, now, dcc)
        else:
            schedules.run(key, now, dcc)


def expire(now: datetime, dcc: Dcc) -> None:
    """Give up the commands whose device has not answered in time. One that its hub has not had is taken back."""
    for held in dcc.overdue(now):
        dcc.give_up(held, respond.no_response(held, now, reached=not dcc.recall(held.command)))
