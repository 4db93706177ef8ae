"""What the DCC adds to some commands, read back from their vectors: the requests do not carry it."""

from schemas.eui import EUI64
from schemas.gbcs.asn1 import Ber, decode_ber
from schemas.gbcs.dlms.access import AccessRequest, decode_dlms
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.gbz import GbzMessage, decode_gbz
from schemas.gbcs.use_cases.declare import DeviceType, HubLog, Known, OtherDevice, UseCase
from schemas.gbcs.zcl.table import read

_SECOND_ELEMENT = bytes.fromhex("0000131405FF")
"""The charge of the second element's tariff, only in the commands for a meter that has one."""

TYPES = tuple(DeviceType(name) for name in ("GSME", "ESME", "CHF", "GPF", "HCALCS", "PPMID", "Type2"))
"""By number in joins and device logs."""


def known_to_the_dcc(use_case: UseCase, vector: Message) -> Known:
    """What the DCC adds, read from the vector: its request does not carry it."""
    if use_case.name in ("ECS02", "ECS03"):
        return Known(twin=_SECOND_ELEMENT in vector.payload)
    if use_case.service in ("8.7.1", "8.7.2"):
        return Known(other=_other_device(decode_ber(vector.payload)))
    if use_case.name == "GCS59":
        (log,) = decode_ber(vector.payload).children
        rows = (row.children for row in log.children)
        return Known(proxy_log=tuple((EUI64(device.content), TYPES[number.number]) for device, number in rows))
    if use_case.name == "GCS36":
        content = decode_gbz(vector.payload, CraFlag.COMMAND)
        assert isinstance(content, GbzMessage)
        return Known(customer_number=read(content.components[0]).octets("customer id number").decode())
    if use_case.name not in ("ECS50", "CCS03"):
        return Known()
    request = decode_dlms(vector.payload)
    assert isinstance(request, AccessRequest)
    data = request.items[0].data
    if use_case.name == "ECS50":
        return Known(customer_number=data.octets.decode())
    network, devices = data.fields(2)
    held = tuple((EUI64(eui.octets), key.octets) for eui, key in (row.fields(2) for row in devices.items))
    return Known(hub_log=HubLog(network.octets, held))


def _other_device(join: Ber) -> OtherDevice:
    _, _, number, *certificate = join.children
    return OtherDevice(TYPES[number.number], certificate[0].encode() if certificate else b"")
