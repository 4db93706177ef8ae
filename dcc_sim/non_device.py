"""What the DCC does itself: the non-device requests, by service reference variant.

Each function carries out a permitted request at once, inside the transaction that raises the request's counter, and
gives the payload of the answer; None where there is nothing to return (I99, and I0 with a payload: domain notes C9).
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from dcc_sim import hub_services, inventory_services, local_delivery, schedules
from dcc_sim.dcc import Dcc
from schemas.duis.payloads import Payload
from schemas.duis.request import Request
from schemas.errors import Malformed

Service = Callable[[Request, datetime, Dcc], Payload | None]

SERVICES: Mapping[str, tuple[str, Service]] = {
    "5.1": ("CreateSchedule", schedules.create),
    "5.2": ("ReadSchedule", schedules.read),
    "5.3": ("DeleteSchedule", schedules.delete),
    "8.2": ("ReadInventory", inventory_services.read),
    "8.3": ("DecommissionDevice", inventory_services.decommission),
    "8.4": ("UpdateInventory", inventory_services.update),
    "8.13": ("ReturnLocalCommandResponse", local_delivery.returned),
    "8.14.1": ("CHFInstallSuccessSMWAN", hub_services.update_hub_status),
    "8.14.2": ("CHFInstallSuccessNoSMWAN", hub_services.update_hub_status),
    "8.14.3": ("CHFFaultReturn", hub_services.update_hub_status),
    "8.14.4": ("CHFNoFaultReturn", hub_services.update_hub_status),
    "12.1": ("RequestWANMatrix", hub_services.wan_matrix),
    "12.2": ("DevicePrenotification", inventory_services.prenotify),
}
"""Variant to the element of its body and its function, which checks what the policy's table does not: registration,
device, values."""

CARRIED = frozenset(SERVICES)
"""The non-device request variants that this build carries out."""


def carry_out(request: Request, now: datetime, dcc: Dcc) -> Payload | None:
    """Do what a permitted request asks for, and raise its counter, both or neither.

    Raises:
        Malformed: the body is another service's.
        SmartMeterError: as the service says; the counter may be used again.
    """
    variant = request.service_reference_variant
    element, service = SERVICES[variant]
    if request.body.name != element:
        raise Malformed(request.body.name, f"is not the body of service {variant}")
    with dcc.store.transaction(alone=True):
        dcc.store.raise_counter(request.request_id.originator, request.request_id.counter)
        return service(request, now, dcc)
