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

Service = Callable[[Request, datetime, Dcc], Payload | None]

SERVICES: Mapping[str, Service] = {
    "5.1": schedules.create,
    "5.2": schedules.read,
    "5.3": schedules.delete,
    "8.2": inventory_services.read,
    "8.3": inventory_services.decommission,
    "8.4": inventory_services.update,
    "8.13": local_delivery.returned,
    **dict.fromkeys(("8.14.1", "8.14.2", "8.14.3", "8.14.4"), hub_services.update_hub_status),
    "12.1": hub_services.wan_matrix,
    "12.2": inventory_services.prenotify,
}
"""Variant to function. Each checks what the table of the policy does not: registration, device, values."""

CARRIED = frozenset(SERVICES)
"""The non-device request variants that this build carries out."""


def carry_out(request: Request, now: datetime, dcc: Dcc) -> Payload | None:
    """Do what a permitted request asks for, and raise its counter, both or neither.

    Raises:
        SmartMeterError: as the service says; the counter may be used again.
    """
    with dcc.store.transaction():
        dcc.store.raise_counter(request.request_id.originator, request.request_id.counter)
        return SERVICES[request.service_reference_variant](request, now, dcc)
