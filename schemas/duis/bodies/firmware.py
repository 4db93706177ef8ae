"""Service chapter 11 (firmware) and the signed pre-command that follows any critical request."""

import re

from schemas.duis.bodies.parts import FUTURE_DATED, ON_DEMAND_OR_FUTURE_DATED
from schemas.duis.shape import Shape, one, shape
from schemas.duis.simple import Base64, Hex, Text
from schemas.duis.xsd import BYTES, FIRMWARE_VERSION

_EUI = "[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7}"
DEVICE_IDS = re.compile(f"{_EUI}(?:,{_EUI})*+")  # possessive: a long list that ends badly must not be tried again
_DEVICE_LIST = Text(23, 1_199_999, DEVICE_IDS, "EUIs with commas between")
"""Up to 50,000 devices."""

_UPDATE = shape(
    one("FirmwareImage", Base64(10_240_000)),
    one("FirmwareVersion", FIRMWARE_VERSION),
    one("DeviceIDList", _DEVICE_LIST),
)

BODIES: dict[str, Shape] = {
    # 11.1 to 11.4
    "UpdateFirmware": _UPDATE,
    "ReadFirmwareVersion": ON_DEMAND_OR_FUTURE_DATED,
    "ActivateFirmware": shape(FUTURE_DATED, one("FirmwareHash", Hex(32, 32))),
    "UpdatePPMIDFirmware": _UPDATE,
    # Command variant 5, for any critical service
    "SignedPreCommand": shape(FUTURE_DATED, one("GBCSPayload", BYTES)),
}
"""By element name."""
