"""Top-up of an electricity meter, SR 2.2: CS01a. The response's header carries the meter's date-time.

A top-up's counter is the DUIS RequestID's like any other; its low octets are zero in the vectors, the number that the
UTRN was made with stands above them.
"""

from __future__ import annotations

from schemas.duis.node import Node
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data
from schemas.gbcs.use_cases.access import Access, Action, attribute
from schemas.gbcs.use_cases.declare import DeviceType, UseCase


def _token(body: Node) -> Data:
    """The 20 digits of the Unique Transaction Reference Number, as ASCII."""
    return dlms.octets(body.text("UTRN").encode("ascii"))


TOP_UP_ELECTRICITY = UseCase(
    name="CS01a",
    code=0x0007,
    service="2.2",
    element="TopUpDevice",
    critical=False,
    devices=frozenset({DeviceType.ESME}),
    content=Access((Action(attribute(115, "0-0:19.40.0.255", 1), _token),)),
    response="TopUpDeviceRsp",
    dated_response=True,
)

TOP_UP = (TOP_UP_ELECTRICITY,)
