"""Firmware in ASN.1: activated on a meter (SR 11.3: CS06), its version on a PPMID or HCALCS (SR 11.2: CS08)."""

from __future__ import annotations

from schemas.duis.node import Node, leaf
from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.names.statuses import ACTIVATION_RESULTS
from schemas.gbcs.use_cases.asn1 import Asn1
from schemas.gbcs.use_cases.asn1_fields import NULL, execution_time, fields, integer, octet_string, sequence, status
from schemas.gbcs.use_cases.declare import Answer, Context, DeviceType, Part, UseCase

_VERSION_LENGTH = 4


def _activate(body: Node, context: Context) -> Ber:
    """Hash of the image, 32 octets, the command's own counter, and when: now where it is left out."""
    return sequence(octet_string(body.octets("FirmwareHash")), integer(context.counter), *execution_time(body))


def _activated(value: Ber) -> Answer:
    """Null of a future-dated command; else the result, and the version that runs now, whichever result it is."""
    if value.tag == NULL.tag:
        return Answer(True, [])
    result, version = fields(value, "activation outcome", 0x02, 0x04)
    parts = [Part(status("ActivateImageResponseCode", ACTIVATION_RESULTS, result)), Part(_version(version))]
    return Answer(result.number == 0, parts)


def _version_read(value: Ber) -> Answer:
    """The version; of a read that failed nothing (it says 00000000 then)."""
    version, result = fields(value, "firmware version", 0x04, 0x02)
    node = _version(version)
    return Answer(True, [Part(node)]) if result.number == 0 else Answer(False, [])


def _version(value: Ber) -> Node:
    """Eight hex digits, as ECS52 has them."""
    if len(value.content) != _VERSION_LENGTH:
        raise Malformed("firmware version", f"has {_VERSION_LENGTH} octets, not {len(value.content)}")
    return leaf("FirmwareVersion", value.content.hex().upper())


ACTIVATE = UseCase(
    name="CS06",
    code=0x0012,
    service="11.3",
    element="ActivateFirmware",
    critical=True,
    devices=frozenset({DeviceType.ESME, DeviceType.GSME}),
    content=Asn1(_activate, _activated),
    response="ActivateFirmwareRsp",
    dated_response=True,
)

READ_VERSION = UseCase(
    name="CS08",
    code=0x0129,
    service="11.2",
    element="ReadFirmwareVersion",
    critical=False,
    devices=frozenset({DeviceType.PPMID, DeviceType.HCALCS}),
    content=Asn1(lambda body, context: NULL, _version_read),
    response="ReadFirmwareVersionRsp",
    brokered=True,
)

FIRMWARE = (ACTIVATE, READ_VERSION)
