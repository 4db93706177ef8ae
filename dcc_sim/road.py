"""The road of a request, one call per step. Nothing else is in this file.

1         receive      the HTTP body becomes a typed request; authenticate: its XML signature holds
2         authorise    this user, this request, this device, now
3         transform    DUIS -> GBCS
4         (the user signs the pre-command)
5         admit        the broker checks the signed pre-command; protect: its MAC
6 to 9    dispatch     hub, HAN, device and back: the world's part
10        answer       GBCS response -> DUIS response and MMC, into the user's mailbox
"""

from datetime import datetime
from typing import NoReturn

from dcc_sim import respond
from dcc_sim.authorise import SIGNED, SIGNED_PRE_COMMAND, Service, authorise
from dcc_sim.change_of_supplier import check_certificates
from dcc_sim.dcc import Dcc
from dcc_sim.inventory import DeviceEntry
from dcc_sim.receive import authenticate, receive
from dcc_sim.transform import transform
from schemas.duis.request import Request
from schemas.errors import NotPossible, SmartMeterError
from schemas.gbcs.envelope import CraFlag, decode
from schemas.gbcs.use_cases.table import for_request


def transform_service(xml: bytes, now: datetime, dcc: Dcc) -> bytes:
    """Command variant 4: a critical request comes back as its pre-command; nothing goes to the device."""
    request, device = permitted(xml, Service.TRANSFORM, now, dcc)
    use_case = for_request(request, device.device_type)
    pre_command = transform(request, use_case)
    dcc.hold(request, use_case, pre_command)
    return dcc.sign(respond.pre_command(request, pre_command, now))


def send_command_service(xml: bytes, now: datetime, dcc: Dcc) -> bytes:
    """Command variants 1 and 5: a command goes to the device, the user gets an acknowledgement."""
    request, device = permitted(xml, Service.SEND_COMMAND, now, dcc)
    if request.body.name == SIGNED_PRE_COMMAND:
        _signed_pre_command(request, now, dcc)
    else:
        _non_critical(request, device, now, dcc)
    return dcc.sign(respond.acknowledgement(request, now))


def non_device_service(xml: bytes, now: datetime, dcc: Dcc) -> NoReturn:
    """Command variants 2, 6 and 8: this build carries out none of them, and refuses each with its code."""
    request, _ = permitted(xml, Service.NON_DEVICE, now, dcc)
    variant = request.command_variant
    raise NotPossible("CommandVariant", f"is not {variant}: this build gives no command out for local delivery")


def permitted(xml: bytes, service: Service, now: datetime, dcc: Dcc) -> tuple[Request, DeviceEntry]:
    """Steps 1 and 2: a request that may be carried out now, and its device.

    A new request's counter is checked where it is raised, together with its record. DUIS has that check before the
    signature's: a refusal for any later reason is one for the counter, if that does not rise either.
    """
    document, request = receive(xml, dcc)
    try:
        authenticate(document, request, now, dcc)
        device = authorise(request, service, now, dcc.inventory, dcc.regime)
        check_certificates(request, device, dcc.smki, now)
        return request, device
    except SmartMeterError:
        if request.command_variant not in SIGNED:
            dcc.check_counter(request)
        raise


def _non_critical(request: Request, device: DeviceEntry, now: datetime, dcc: Dcc) -> None:
    use_case = for_request(request, device.device_type)
    broker = dcc.broker_for(request, device, use_case)
    message = dcc.access_control.sign(transform(request, use_case, broker), use_case)
    command = dcc.access_control.protect(message)
    dcc.dispatch(dcc.hold(request, use_case, message, broker), command, now)


def _signed_pre_command(request: Request, now: datetime, dcc: Dcc) -> None:
    held = dcc.awaiting_signature(request)
    signed = dcc.access_control.admit(request.body.octets("GBCSPayload"), held.pre_command)
    dcc.dispatch(held, dcc.access_control.protect(signed), now)


def device_message(payload: bytes, now: datetime, dcc: Dcc) -> None:
    """A message from a device: the response to a command in flight, or an alert."""
    message = decode(payload)
    if message.cra is CraFlag.ALERT:
        origin = dcc.origin_of(message)
        dcc.deliver(respond.recipient(message, origin), respond.alert(message, now, origin), message)
    else:
        held = dcc.in_flight(message)
        dcc.finish(held, respond.service_response(held, message, now), message)


def expire(now: datetime, dcc: Dcc) -> None:
    """Give up the commands whose device has not answered in time."""
    for held in dcc.overdue(now):
        dcc.give_up(held, respond.no_response(held, now))
