"""What the DCC adds to a few commands because their requests do not carry it."""

from datetime import datetime
from random import Random

from cryptography.hazmat.primitives.serialization import Encoding

from dcc_sim.inventory import DeviceEntry, Inventory
from dcc_sim.smki import Repository, Usage
from schemas.duis.request import Request
from schemas.errors import SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.use_cases.customer_number import SERVICE as CUSTOMER_NUMBER
from schemas.gbcs.use_cases.declare import HubLog, Known, OtherDevice

_OTHER_DEVICE = "OtherDeviceID"
_OLD_HUB = "OldCHFID"


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
    log = _log(request.body.eui(_OLD_HUB), inventory) if request.body.has(_OLD_HUB) else None
    return Known(customer_number=number, twin=device.twin, at=now, other=other, hub_log=log)


def _log(hub: EUI64, inventory: Inventory) -> HubLog | None:
    """The device log of a hub as it told it last, or None where it never did."""
    entry = inventory.devices.get(hub)
    if entry is None or not entry.details.network:
        return None
    devices = [each for each in inventory.of_hub(hub) if each.eui != hub]
    held = tuple((each.eui, bytes.fromhex(each.details.key_hash)) for each in devices)
    return HubLog(bytes.fromhex(entry.details.network), held)


def _certificate(device: EUI64, smki: Repository) -> bytes:
    try:
        return smki.certificate(device, Usage.KEY_AGREEMENT).public_bytes(Encoding.DER)
    except SmartMeterError:
        # Only one of the joins needs it, and says so itself.
        return b""
