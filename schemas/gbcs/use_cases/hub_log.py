"""A communications hub's device logs: read (SR 8.9: CCS05/CCS04, CCS06, CCS07) and restored (SR 8.12.1: CCS03)."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import NULL, Data, Tag
from schemas.gbcs.dlms.times import decode_date_time
from schemas.gbcs.use_cases.access import Access, Action, ActionInContext, Get, Read, attribute
from schemas.gbcs.use_cases.declare import Context, DeviceType, Part, UseCase
from schemas.gbcs.use_cases.fields import constant

_HUB = frozenset({DeviceType.CHF})
_DEVICE_LOG, _HISTORIC_LOG = "0-0:30.3.0.255", "0-0:30.3.1.255"
_COLUMNS = 14
"""Of an active device (ZigBee network control, class 104, attribute 4): MAC address, status, RSSI highest, average
and lowest, LQI highest, average and lowest, last communication, and five counts of routing."""
_NETWORK_LENGTH, _HASH_LENGTH = 8, 16


def _identifier(value: Data) -> EUI64:
    octets = value.octets
    if len(octets) != 8:
        raise Malformed("device identifier", f"has 8 octets, not {len(octets)}")
    return EUI64(octets)


def _active_devices(*, linked: bool) -> Read:
    """The hub's device log. ``linked``: with the sub-GHz link quality, which CCS06 adds to CCS05."""

    def read(value: Data) -> Iterable[Part]:
        entries = (_active_device(row.fields(_COLUMNS), linked) for row in value.expect(Tag.ARRAY).items)
        yield Part(branch("CHFDeviceLog", *entries))

    return read


def _active_device(columns: tuple[Data, ...], linked: bool) -> Node:
    nodes = [leaf("DeviceID", _identifier(columns[0]))]
    at = columns[8].octets
    # A device that has not communicated has no date-time there (assumed: wildcards or nothing).
    if at and at[:2] != b"\xff\xff":
        nodes.append(leaf("LastCommunicationsDateTime", decode_date_time(at)))
    if linked:
        # Of the six figures only a signed octet fits MMC's -128 to 127: the average RSSI, in dBm (assumed).
        nodes.append(leaf("SubGHzLinkQuality", columns[3].expect(Tag.INTEGER).number))
    return branch("CHFDeviceLogEntry", *nodes)


def backed_up_devices(element: str, value: Data) -> list[Node]:
    """One ``element`` per device of a backup: time, extended PAN id, and the devices with the hashes of their keys.

    Raises:
        Malformed: another layout.
    """
    _, _, devices = value.fields(3)
    return [_backed_up(element, row) for row in devices.expect(Tag.ARRAY).items]


def _backed_up(element: str, row: Data) -> Node:
    device, key_hash = row.fields(2)
    details = key_hash.octets
    if len(details) not in (0, _HASH_LENGTH):
        raise Malformed("hash of the link key", f"has {_HASH_LENGTH} octets or none, not {len(details)}")
    nodes = [leaf("DeviceID", _identifier(device))]
    if details:
        nodes.append(leaf("DeviceSecurityDetails", details.hex().upper()))
    return branch(element, *nodes)


def _connected(element: str) -> Read:
    return lambda value: [Part(node, (("CHFConnectedDeviceLog", ()),)) for node in backed_up_devices(element, value)]


def _restored(body: Node, context: Context) -> Data:
    """Extended PAN id and devices of the old hub's log.

    Raises:
        Malformed: the DCC has no log of that hub, or one that GBCS cannot carry.
    """
    log = context.known.hub_log
    if log is None:
        raise Malformed("OldCHFID", f"is a hub whose device log the DCC holds, not {body.text('OldCHFID')}")
    if len(log.network) != _NETWORK_LENGTH or any(len(held) not in (0, _HASH_LENGTH) for _, held in log.devices):
        raise Malformed("OldCHFID", "is a hub whose log has a network id of 8 octets and key hashes of 16 octets")
    devices = (dlms.structure(dlms.octets(device), dlms.octets(held)) for device, held in log.devices)
    return dlms.structure(dlms.octets(log.network), dlms.array(*devices))


def _reading(name: str, code: int, *, linked: bool) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="8.9",
        element="ReadDeviceLog",
        critical=False,
        devices=_HUB,
        content=Access((Get(attribute(104, _DEVICE_LOG, 4), _active_devices(linked=linked)),)),
        response="ReadDeviceLogRsp",
        brokered=True,
        applies=lambda body: not body.has("ReadSecurityDetails"),
    )


READ_DETAILS = UseCase(
    name="CCS07",
    code=0x00FE,
    service="8.9",
    element="ReadDeviceLog",
    critical=False,
    devices=_HUB,
    content=Access(
        (
            Action(attribute(104, _DEVICE_LOG, 4), constant(NULL), _connected("CHFCurrentConnectedDeviceLogEntry")),
            Action(attribute(104, _HISTORIC_LOG, 4), constant(NULL), _connected("CHFHistoricConnectedDeviceLogEntry")),
        )
    ),
    response="ReadDeviceLogRsp",
    brokered=True,
    applies=lambda body: body.has("ReadSecurityDetails"),
)

RESTORE = UseCase(
    name="CCS03",
    code=0x0003,
    service="8.12.1",
    element="RestoreHANDeviceLog",
    critical=False,
    devices=_HUB,
    content=Access((ActionInContext(attribute(104, _DEVICE_LOG, 5), _restored),)),
    response="RestoreHANDeviceLogRsp",
    brokered=True,
)

HUB_LOG = (
    _reading("CCS06", 0x010F, linked=True),
    # The older of the two; the request is the same, so it is asked for by name.
    _reading("CCS05CCS04", 0x0004, linked=False),
    READ_DETAILS,
    RESTORE,
)
