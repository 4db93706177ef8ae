"""What the DCC adds to a few commands because their requests do not carry it."""

from datetime import datetime
from random import Random

from cryptography.hazmat.primitives.serialization import Encoding

from dcc_sim.inventory import DeviceEntry, Inventory
from dcc_sim.smki import Repository, Usage
from schemas.duis.request import Request
from schemas.errors import SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.use_cases.declare import Known, OtherDevice

CUSTOMER_NUMBER = "9.1"
_OTHER_DEVICE = "OtherDeviceID"


def known(
    request: Request, device: DeviceEntry, now: datetime, inventory: Inventory, smki: Repository, rng: Random
) -> Known:
    """What the command of ``request`` is made of besides the request.

    Args:
        rng: draws the customer identification number of SR 9.1.
    """
    number = f"{rng.randrange(10_000):04}" if request.service_reference_variant == CUSTOMER_NUMBER else None
    other = None
    entry = inventory.devices.get(request.body.eui(_OTHER_DEVICE)) if request.body.has(_OTHER_DEVICE) else None
    if entry is not None:
        other = OtherDevice(entry.device_type, _certificate(entry.eui, smki))
    return Known(customer_number=number, twin=device.twin, at=now, other=other)


def _certificate(device: EUI64, smki: Repository) -> bytes:
    try:
        return smki.certificate(device, Usage.KEY_AGREEMENT).public_bytes(Encoding.DER)
    except SmartMeterError:
        # Only one of the joins needs it, and says so itself.
        return b""
