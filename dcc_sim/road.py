"""The road of a request, one call per step. Nothing else is in this file.

1         receive      the HTTP body becomes a typed request, its XML signature holds
2         authorise    this user, this request, this device, now
3         transform    DUIS -> GBCS
4         (the user signs the pre-command)
5         admit        the broker checks the signed pre-command; protect: its MAC
6 to 9    dispatch     hub, HAN, device and back: the world's part
10        answer       GBCS response -> DUIS response and MMC, into the user's mailbox
"""

from datetime import datetime

from dcc_sim import respond
from dcc_sim.authorise import SIGNED_PRE_COMMAND, Service, authorise
from dcc_sim.dcc import Dcc
from dcc_sim.receive import receive
from dcc_sim.transform import transform
from schemas.duis.request import Request
from schemas.gbcs.envelope import CraFlag, decode
from schemas.gbcs.use_cases.table import for_request


def transform_service(xml: bytes, now: datetime, dcc: Dcc) -> bytes:
    """Command variant 4: a critical request comes back as its pre-command; nothing goes to the device."""
    request = receive(xml, now, dcc)
    device = authorise(request, Service.TRANSFORM, now, dcc.inventory)
    use_case = for_request(request, device.device_type)
    pre_command = transform(request, use_case)
    dcc.hold(request, use_case, pre_command)
    return dcc.sign(respond.pre_command(request, pre_command, now))


def send_command_service(xml: bytes, now: datetime, dcc: Dcc) -> bytes:
    """Command variants 1 and 5: a command goes to the device, the user gets an acknowledgement."""
    request = receive(xml, now, dcc)
    step = _signed_pre_command if request.body.name == SIGNED_PRE_COMMAND else _non_critical
    step(request, now, dcc)
    return dcc.sign(respond.acknowledgement(request, now))


def _non_critical(request: Request, now: datetime, dcc: Dcc) -> None:
    device = authorise(request, Service.SEND_COMMAND, now, dcc.inventory)
    use_case = for_request(request, device.device_type)
    broker = dcc.broker_for(request, device)
    message = transform(request, use_case, broker)
    command = dcc.access_control.protect(message)
    dcc.dispatch(dcc.hold(request, use_case, message, broker), command, now)


def _signed_pre_command(request: Request, now: datetime, dcc: Dcc) -> None:
    authorise(request, Service.SEND_COMMAND, now, dcc.inventory)
    held = dcc.awaiting_signature(request)
    signed = dcc.access_control.admit(request.body.octets("GBCSPayload"), held.pre_command)
    dcc.dispatch(held, dcc.access_control.protect(signed), now)


def device_message(payload: bytes, now: datetime, dcc: Dcc) -> None:
    """A message from a device: the response to a command in flight, or an alert."""
    message = decode(payload)
    if message.cra is CraFlag.ALERT:
        dcc.deliver(respond.recipient(message), respond.alert(message, now, dcc.origin_of(message)))
    else:
        held = dcc.in_flight(message)
        dcc.finish(held, respond.service_response(held, message, now))


def expire(now: datetime, dcc: Dcc) -> None:
    """Give up the commands whose device has not answered in time."""
    for held in dcc.overdue(now):
        dcc.give_up(held, respond.no_response(held, now))
