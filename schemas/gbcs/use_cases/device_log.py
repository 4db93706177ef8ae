"""Devices and their types in ASN.1, as joins and device logs have them; and CS07, the log of a device (SR 8.9)."""

from __future__ import annotations

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.use_cases.asn1 import Asn1
from schemas.gbcs.use_cases.asn1_fields import NULL, elements, fields, integer, octet_string
from schemas.gbcs.use_cases.declare import Answer, DeviceType, Part, UseCase

_TYPES = (
    DeviceType.GSME,
    DeviceType.ESME,
    DeviceType.CHF,
    DeviceType.GPF,
    DeviceType.HCALCS,
    DeviceType.PPMID,
    DeviceType.TYPE2,
)
"""By number (gbcs-reference 4.2)."""


def device_values(element: str, device: bytes, device_type: DeviceType) -> tuple[Ber, Ber]:
    """A device and the number of its type.

    Raises:
        Malformed: GBCS has no number for the type (SAPC).
    """
    if device_type not in _TYPES:
        raise Malformed(element, f"is a device of a type that GBCS numbers, not {device_type}")
    return octet_string(device), integer(_TYPES.index(device_type))


def device_nodes(entry: Ber) -> tuple[Node, Node]:
    """DeviceID and DeviceType of an entry.

    Raises:
        Malformed: another layout, or a type without a name.
    """
    device, number = fields(entry, "device log entry", 0x04, 0x02)
    if not 0 <= number.number < len(_TYPES):
        raise Malformed("device type", f"is 0 to {len(_TYPES) - 1}, not {number.number}")
    return leaf("DeviceID", EUI64(device.content)), leaf("DeviceType", str(_TYPES[number.number]))


def _log(value: Ber) -> Answer:
    """The devices it is joined with; of a read that failed nothing."""
    if len(value.children) == 1:
        (result,) = fields(value, "device log", 0x02)
        if result.number == 0:
            raise Malformed("device log", "is there when it could be read")
        return Answer(False, [])
    result, log = fields(value, "device log", 0x02, 0x30)
    entries = (branch("LogEntry", *device_nodes(entry)) for entry in elements(log, "device log", 0x30))
    return Answer(result.number == 0, [Part(branch("DeviceLogEntries", *entries))])


READ_LOG = UseCase(
    name="CS07",
    code=0x0013,
    service="8.9",
    element="ReadDeviceLog",
    critical=False,
    devices=frozenset({DeviceType.ESME, DeviceType.GSME, DeviceType.GPF, DeviceType.HCALCS, DeviceType.PPMID}),
    content=Asn1(lambda body, context: NULL, _log),
    response="ReadDeviceLogRsp",
    applies=lambda body: not body.has("ReadSecurityDetails"),
)

DEVICE_LOG = (READ_LOG,)
