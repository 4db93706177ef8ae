"""Communications hubs: how their installation or return went (SR 8.14), and where the SM WAN reaches (SR 12.1)."""

from dataclasses import replace
from datetime import datetime

from dcc_sim import lifecycle, records
from dcc_sim.dcc import Dcc
from dcc_sim.inventory_services import check_registered, entered, own_device
from dcc_sim.lifecycle import LifeEvent
from schemas.duis.node import branch, leaf
from schemas.duis.payloads import Other, Payload
from schemas.duis.request import Request

_EVENTS = {
    "CHFInstallSuccessSMWAN": LifeEvent.HUB_INSTALLED,
    "CHFInstallSuccessNoSMWAN": LifeEvent.HUB_WITHOUT_WAN,
    "CHFFaultReturn": LifeEvent.HUB_RETURNED,
    "CHFNoFaultReturn": LifeEvent.HUB_RETURNED,
}


def update_hub_status(request: Request, now: datetime, dcc: Dcc) -> Payload | None:
    """SR 8.14.1 to 8.14.4: an installed hub belongs to the home of the meter point; with SM WAN it is Commissioned.

    Raises:
        NotAllowed: E19 no such device, E4 not registered for it or for the home's meter point, E5 not in
            this status, E11 no hub.
    """
    hub = own_device(request, now, dcc)
    lifecycle.check_hub(hub, hub=True)
    changed = entered(hub, _EVENTS[request.body.name], now)
    if request.body.has("MPxN"):
        point = request.body.text("MPxN")
        check_registered(request, (point,), now, dcc)
        changed = replace(changed, mpxn=point)
    records.keep(dcc.inventory, dcc.store, changed)
    return None


def wan_matrix(request: Request, now: datetime, dcc: Dcc) -> Payload | None:
    """SR 12.1: the SM WAN of an emulator reaches every address, by the one technology that it has (assumed)."""
    return Other(
        branch(
            "DSPWANMatrix",
            request.body._replace(name="Request"),
            branch(
                "DSPWANMatrixResponse",
                leaf("CSPRegion", "Central"),
                leaf("CSPRegionResponseCode", "I0"),
                leaf("CoverageAvailability", True),
                leaf("WANTechnology", "Emulated"),
                leaf("ConnectivityLikelihood", "High"),
            ),
        )
    )
