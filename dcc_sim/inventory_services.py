"""Service requests on the inventory itself: pre-notify (12.2), read (8.2), update (8.4), decommission (8.3).

Each is a function of the table in [non_device.py](non_device.py): it runs inside the transaction that raises the
request's counter, checks everything first, and changes the inventory last. Of the six-digit codes only E120201 has a
public meaning (a duplicate); what has none is E100 with its reason.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from dcc_sim import alerts, lifecycle, records
from dcc_sim.dcc import Dcc
from dcc_sim.inventory import Details, DeviceEntry, DeviceStatus
from dcc_sim.lifecycle import LifeEvent
from dcc_sim.policy import NEVER_REGISTERED, RULES
from schemas.duis.node import Node, branch, leaf
from schemas.duis.payloads import Other, Payload
from schemas.duis.request import Request
from schemas.errors import NotAllowed, NotPossible
from schemas.eui import EUI64
from schemas.gbcs.use_cases.declare import DeviceType

MOST_DEVICES = 17
"""In one answer to SR 8.2 (DUIS XML Schema 5.4)."""
DUPLICATE = "E120201"

_METERS = frozenset({DeviceType.ESME, DeviceType.GSME})
_TYPE_2 = frozenset({"IHD", "CAD"})
_DETAILS = (
    ("DeviceManufacturer", "manufacturer"),
    ("DeviceModel", "model"),
    ("SMETSCHTSVersion", "smets_version"),
    ("FirmwareVersion", "firmware"),
    ("ESMEVariant", "variant"),
)
"""DUIS elements of SR 12.2 and 8.4, and the field of `Details` that each goes into."""
_TWIN = "B"
"""Letter of an ESME variant with two elements."""


def prenotify(request: Request, now: datetime, dcc: Dcc) -> Payload | None:
    """SR 12.2: the device is in the inventory from now on, Pending; with a hub comes its gas proxy function.

    Raises:
        NotAllowed: E120201, a device of that identity is there already, or twice in the request.
    """
    body = request.body
    named = body.text("DeviceType")
    details = _changed(Details(notified_as=named if named in _TYPE_2 else ""), body)
    entries = [_new(body.eui("DeviceID"), DeviceType.TYPE2 if named in _TYPE_2 else DeviceType(named), details, dcc)]
    if body.has("AssociatedGPFDeviceID"):
        lifecycle.check_hub(entries[0], hub=True)
        proxy = _new(body.eui("AssociatedGPFDeviceID"), DeviceType.GPF, details, dcc)
        entries.append(replace(proxy, hub=entries[0].eui))
    if len({entry.eui for entry in entries}) != len(entries):
        raise NotAllowed("AssociatedGPFDeviceID", "is another device than the hub", code=DUPLICATE)
    for entry in entries:
        if entry.eui in dcc.inventory.devices:
            raise NotAllowed("DeviceID", f"is not in the inventory yet, {entry.eui} is", code=DUPLICATE)
    for entry in entries:
        records.keep(dcc.inventory, dcc.store, entry)
    return None


def _new(device: EUI64, kind: DeviceType, details: Details, dcc: Dcc) -> DeviceEntry:
    twin = kind is DeviceType.ESME and _TWIN in details.variant
    known = frozenset({dcc.access_control.eui})
    return DeviceEntry(device, kind, device, "", DeviceStatus.PENDING, known, twin, details)


def _changed(details: Details, body: Node) -> Details:
    given = {field: body.text(element) for element, field in _DETAILS if body.has(element)}
    return replace(details, **given)  # type: ignore[arg-type]  # every one of these fields is a text


def read(request: Request, now: datetime, dcc: Dcc) -> Payload | None:
    """SR 8.2: the hub and the devices on it, of the device or meter point that is asked for.

    Raises:
        NotAllowed: E19, no such device.
        NotPossible: no device has that meter point or address, or it is asked for one (no address is kept here).
    """
    body = request.body
    if body.has("DeviceID"):
        asked = dcc.inventory.device(body.eui("DeviceID"))
    elif body.has("MPxN"):
        asked = _of_meter_point(body.text("MPxN"), dcc)
    else:
        raise NotPossible("ReadInventory", "is by DeviceID or MPxN: this build keeps no addresses")
    found = dcc.inventory.of_hub(asked.hub)[:MOST_DEVICES]
    return Other(branch("DSPInventory", *map(_device, found)))


def _of_meter_point(point: str, dcc: Dcc) -> DeviceEntry:
    for entry in dcc.inventory.devices.values():
        if point in entry.meter_points:
            return entry
    raise NotPossible("MPxN", f"is the meter point of a device, {point} is not")


def _device(entry: DeviceEntry) -> Node:
    details = entry.details
    commissioned = details.commissioned
    texts = (
        ("DeviceManufacturer", details.manufacturer, True),
        ("DeviceModel", details.model, True),
        ("SMETSCHTSVersion", details.smets_version, False),
        ("DeviceFirmwareVersion", details.firmware, False),
    )
    points = (
        ("ImportMPxN", entry.mpxn),
        ("SecondaryImportMPAN", details.secondary_mpan),
        ("ExportMPAN", details.export_mpan),
        ("ESMEVariant", details.variant),
    )
    return branch(
        "Device",
        leaf("DeviceID", entry.eui),
        leaf("DeviceType", duis_type(entry)),
        leaf("DeviceStatus", entry.status.value),
        *(leaf(name, text) for name, text, always in texts if always or text),
        *([] if commissioned is None else [leaf("DateCommissioned", commissioned)]),
        *(leaf(name, text) for name, text in points if text),
    )


def duis_type(entry: DeviceEntry) -> str:
    """The type as DUIS names it, which has no SAPC: such a device is an ESME there (assumed, it takes the same)."""
    if entry.device_type is DeviceType.SAPC:
        return DeviceType.ESME.value
    return entry.details.notified_as or entry.device_type.value


def decommission(request: Request, now: datetime, dcc: Dcc) -> Payload | None:
    """SR 8.3: the device is Decommissioned, and everybody else who is registered for its meter points is told.

    Raises:
        NotAllowed: E19 no such device, E4 not registered for it, E5 it is not in use.
    """
    entry = own_device(request, now, dcc)
    changed = replace(entry, status=lifecycle.after(entry, LifeEvent.DECOMMISSIONED))
    records.keep(dcc.inventory, dcc.store, changed)
    if entry.device_type is DeviceType.CHF:
        change = branch("CHFDecommissioning")
    elif entry.device_type in _METERS and entry.mpxn:
        change = branch("MeterDecommissioningOrWithdrawal", alerts.meter_points("MeterDecommissionOrWithdrawal", entry))
    else:
        return None
    _tell_others(request, entry, change, now, dcc)
    return None


def update(request: Request, now: datetime, dcc: Dcc) -> Payload | None:
    """SR 8.4: one change of one device.

    Raises:
        NotAllowed: E19 no such device, E4 not registered for it, E5 not in this status, E11 not for this type.
    """
    entry = own_device(request, now, dcc)
    change = request.body.children[1]
    _UPDATES[change.name](request, entry, change, now, dcc)
    return None


_Update = Callable[[Request, DeviceEntry, Node, datetime, Dcc], None]

_BY_STATUS = {
    (False, "Pending"): LifeEvent.SET_PENDING,
    (False, "InstalledNotCommissioned"): LifeEvent.SET_INSTALLED,
    (True, "Commissioned"): LifeEvent.HUB_INSTALLED,
    (True, "InstalledNotCommissioned"): LifeEvent.SET_INSTALLED,
    (True, "Withdrawn"): LifeEvent.HUB_RETURNED,
}
"""Whether it is a hub, and the status that is asked for, to the event."""


def _set_status(request: Request, entry: DeviceEntry, change: Node, now: datetime, dcc: Dcc) -> None:
    hub = change.name == "UpdateDeviceStatusCH"
    lifecycle.check_hub(entry, hub=hub)
    records.keep(dcc.inventory, dcc.store, entered(entry, _BY_STATUS[hub, change.text("")], now))


def _set_details(request: Request, entry: DeviceEntry, change: Node, now: datetime, dcc: Dcc) -> None:
    if change.has("ESMEVariant") and entry.device_type is not DeviceType.ESME:
        raise NotAllowed("ESMEVariant", f"is for an ESME, {entry.eui} is a {entry.device_type}", code="E11")
    details = _changed(entry.details, change)
    twin = _TWIN in details.variant if change.has("ESMEVariant") else entry.twin
    records.keep(dcc.inventory, dcc.store, replace(entry, details=details, twin=twin))


def _delete(request: Request, entry: DeviceEntry, change: Node, now: datetime, dcc: Dcc) -> None:
    if entry.status not in lifecycle.DELETABLE:
        allowed = ", ".join(sorted(lifecycle.DELETABLE))
        raise NotAllowed("device status", f"is one of {allowed} for this, not {entry.status}", code="E5")
    records.delete(dcc.inventory, dcc.store, entry.eui)
    _tell_others(request, entry, branch("DeviceRemovedFromInventory"), now, dcc)


def _set_meter_point(request: Request, entry: DeviceEntry, change: Node, now: datetime, dcc: Dcc) -> None:
    if entry.device_type not in _METERS:
        raise NotAllowed("UpdateMPxN", f"is for a meter, {entry.eui} is a {entry.device_type}", code="E11")
    point = change.children[0]
    check_registered(request, (point.text(""),), now, dcc)
    if point.name == "ImportMPxN":
        changed = replace(entry, mpxn=point.text(""))
    else:
        field = "secondary_mpan" if point.name == "SecondaryImportMPAN" else "export_mpan"
        changed = replace(entry, details=replace(entry.details, **{field: point.text("")}))  # type: ignore[arg-type]
    records.keep(dcc.inventory, dcc.store, changed)
    change_event = branch("MeterIdentity", alerts.meter_points("MeterMPxNs", changed))
    if changed.mpxn:
        _tell_others(request, changed, change_event, now, dcc)


_UPDATES: Mapping[str, _Update] = {
    "UpdateDeviceStatusExceptCH": _set_status,
    "UpdateDeviceStatusCH": _set_status,
    "UpdateDeviceDetails": _set_details,
    "DeleteDevice": _delete,
    "UpdateMPxN": _set_meter_point,
}


def entered(entry: DeviceEntry, event: LifeEvent, now: datetime) -> DeviceEntry:
    """The entry after ``event``, with the day if that commissioned it.

    Raises:
        NotAllowed: E5, not in this status.
    """
    status = lifecycle.after(entry, event)
    details = entry.details
    if status is DeviceStatus.COMMISSIONED is not entry.status:
        details = replace(details, commissioned=now.date())
    return replace(entry, status=status, details=details)


def own_device(request: Request, now: datetime, dcc: Dcc) -> DeviceEntry:
    """The device that the body names, which the user may change: registered for its meter point, if it has one.

    Raises:
        NotAllowed: E19 no such device, E4 not registered for it.
    """
    entry = dcc.inventory.device(request.body.eui("DeviceID"))
    # A device of no meter point yet is anybody's who may ask at all (assumed): somebody must be the first.
    if entry.meter_points:
        check_registered(request, entry.meter_points, now, dcc)
    return entry


def check_registered(request: Request, points: Iterable[str], now: datetime, dcc: Dcc) -> None:
    """The user is registered for one of the meter points, in a role in which it may send the request.

    Raises:
        NotAllowed: E4.
    """
    user = dcc.inventory.user(request.request_id.originator)
    roles = user.roles & RULES[request.service_reference_variant].eligible(dcc.regime)
    if roles & NEVER_REGISTERED:
        return
    if not any(dcc.inventory.registered(point, role, user.eui, now) for point in points for role in roles):
        rule = f"is registered for meter point {' or '.join(sorted(points))}; {user.eui} is not"
        raise NotAllowed("user", rule, code="E4")


def _tell_others(request: Request, entry: DeviceEntry, change: Node, now: datetime, dcc: Dcc) -> None:
    users = alerts.concerned(entry, now, dcc) - {request.request_id.originator}
    alerts.tell(users, alerts.STATUS_CHANGE, alerts.status_change(entry, change), now, dcc)
