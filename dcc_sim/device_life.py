"""What devices tell the inventory, in answers to SR 8.1.1, 8.7, 8.8, 8.11, 8.12.1 and 11.2, and in a hub's alerts.

`asked` runs in the transaction that keeps a request, `answered` and `told` in that of the device's response or alert.
The hub's own alert 8F12 says which devices have come to its HAN: those that it has a link key with.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from dcc_sim import alerts, lifecycle, records
from dcc_sim.dcc import Dcc
from dcc_sim.inventory import DeviceEntry, DeviceStatus
from dcc_sim.inventory_services import check_registered, entered
from dcc_sim.lifecycle import LifeEvent
from dcc_sim.requests import InFlight
from schemas.duis.node import branch, leaf
from schemas.duis.request import Request
from schemas.duis.request_id import RequestId
from schemas.errors import Malformed, SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.asn1 import decode_ber
from schemas.gbcs.dlms.access import AccessRequest, DataNotification, decode_dlms
from schemas.gbcs.envelope import Message, decode
from schemas.gbcs.use_cases.declare import Answer, DeviceType
from schemas.gbcs.use_cases.hub_log import backed_up_devices
from schemas.gbcs.use_cases.table import by_name

DEVICE_LOG_CHANGED = 0x0018
"""Message code of CS14, the alert 8F12."""

_UPDATE_LOG = "UpdateHANDeviceLog"
_WHITELIST = "AddDeviceToCHFWhitelist"
_METERS = frozenset({DeviceType.ESME, DeviceType.GSME})


def asked(request: Request, now: datetime, dcc: Dcc) -> None:
    """SR 8.11: the device belongs to its meter points from now on, and the outcome is awaited from the hub.

    Raises:
        NotAllowed: E19 the device is none of the inventory, E5 its status does not fit, E4 it is another's.
    """
    body = request.body
    if body.name != _UPDATE_LOG:
        return
    entry = dcc.inventory.device(body.eui("DeviceID"))
    add = body.text("RequestType") == "Add"
    lifecycle.after(entry, LifeEvent.ADDED if add else LifeEvent.REMOVED)
    given = {
        name: body.text(f"{_WHITELIST}/{name}")
        for name in ("ImportMPxN", "SecondaryImportMPAN", "ExportMPAN")
        if body.has(f"{_WHITELIST}/{name}")
    }
    if entry.meter_points or given:
        check_registered(request, entry.meter_points or given.values(), now, dcc)
    # A device that is added without a meter point belongs to that of the home (assumed).
    home = dcc.inventory.device(request.request_id.target).mpxn if add else ""
    details = replace(
        entry.details,
        log_request=str(request.request_id),
        secondary_mpan=given.get("SecondaryImportMPAN", entry.details.secondary_mpan),
        export_mpan=given.get("ExportMPAN", entry.details.export_mpan),
    )
    mpxn = given.get("ImportMPxN", entry.mpxn or home)
    records.keep(dcc.inventory, dcc.store, replace(entry, mpxn=mpxn, details=details))


def answered(held: InFlight, message: Message, now: datetime, dcc: Dcc) -> None:
    """A device's response: what it says of the device, or of the one that the request was about."""
    act = _ANSWERS.get(held.service)
    if act is None or message.originator not in dcc.inventory.devices:
        return
    try:
        if message.target == dcc.access_control.eui:
            # A user may have brought it (SR 8.13), and what changes the inventory must be the device's word.
            dcc.access_control.check(message)
        answer = by_name(held.use_case).answer(message)
        act(held, answer, dcc.inventory.devices[message.originator], now, dcc)
    except SmartMeterError:
        # What cannot be read, or no longer fits the device's status, is the user's all the same.
        return


def _log_changed(held: InFlight, answer: Answer, hub: DeviceEntry, now: datetime, dcc: Dcc) -> None:
    for entry in list(dcc.inventory.devices.values()):
        if entry.details.log_request != str(held.request_id):
            continue
        if not answer.success:
            records.keep(dcc.inventory, dcc.store, _settled(entry))
        elif held.use_case == "CCS01":
            added = entered(entry, LifeEvent.ADDED, now)
            # A new device comes with the certificates of whoever is registered for its meter point (assumed).
            known = entry.known_parties | alerts.concerned(entry, now, dcc)
            records.keep(dcc.inventory, dcc.store, replace(added, hub=hub.eui, known_parties=known))
        else:
            removed = entered(entry, LifeEvent.REMOVED, now)
            details = replace(removed.details, key_hash="", joined=())
            records.keep(dcc.inventory, dcc.store, replace(removed, hub=entry.eui, details=details))


def _commissioned(held: InFlight, answer: Answer, entry: DeviceEntry, now: datetime, dcc: Dcc) -> None:
    if not answer.success:
        return
    changed = entered(entry, LifeEvent.COMMISSIONED, now)
    records.keep(dcc.inventory, dcc.store, changed)
    if entry.status is DeviceStatus.COMMISSIONED or entry.device_type not in _METERS:
        return
    variant = [leaf("ESMEVariant", entry.details.variant)] if entry.details.variant else []
    identity = branch("MeterIdentity", alerts.meter_points("MeterMPxNs", changed), *variant)
    others = alerts.concerned(changed, now, dcc) - {held.request_id.originator}
    alerts.tell(others, alerts.STATUS_CHANGE, alerts.status_change(changed, identity), now, dcc)


def _joined(held: InFlight, answer: Answer, entry: DeviceEntry, now: datetime, dcc: Dcc) -> None:
    if not answer.success:
        return
    command = decode_ber(decode(held.pre_command).payload)
    if held.service.startswith("8.7."):
        joined = (*entry.details.joined, EUI64(command.children[1].content))
    else:
        joined = tuple(other for other in entry.details.joined if other != EUI64(command.content))
    details = replace(entry.details, joined=tuple(dict.fromkeys(joined)))
    if joined and entry.device_type is DeviceType.HCALCS:
        # It has no clock that SR 8.1.1 could set: the join to its meter commissions it (assumed).
        entry = entered(entry, LifeEvent.COMMISSIONED, now)
    records.keep(dcc.inventory, dcc.store, replace(entry, details=details))


def _restored(held: InFlight, answer: Answer, entry: DeviceEntry, now: datetime, dcc: Dcc) -> None:
    """The devices of the old hub's log hang on this hub now."""
    if not answer.success:
        return
    command = decode_dlms(decode(held.pre_command).payload)
    if not isinstance(command, AccessRequest):
        raise Malformed("CCS03", "is an access request")
    _, rows = command.items[0].data.fields(2)
    for row in rows.items:
        device = dcc.inventory.devices.get(EUI64(row.fields(2)[0].octets))
        if device is not None:
            records.keep(dcc.inventory, dcc.store, replace(device, hub=entry.eui))


def _firmware(held: InFlight, answer: Answer, entry: DeviceEntry, now: datetime, dcc: Dcc) -> None:
    versions = [part.node.text("") for part in answer.parts if part.node.name == "FirmwareVersion"]
    if answer.success and versions and versions[0] != entry.details.firmware:
        changed = replace(entry, details=replace(entry.details, firmware=versions[0]))
        records.keep(dcc.inventory, dcc.store, changed)


_ANSWERS: Mapping[str, Callable[[InFlight, Answer, DeviceEntry, datetime, Dcc], None]] = {
    "8.1.1": _commissioned,
    "8.7.1": _joined,
    "8.7.2": _joined,
    "8.8.1": _joined,
    "8.8.2": _joined,
    "8.11": _log_changed,
    "8.12.1": _restored,
    "11.2": _firmware,
}


def told(message: Message, now: datetime, dcc: Dcc) -> None:
    """A hub's alert to the DCC itself: who is in its device log, and with whom it has a link key.

    Raises:
        Malformed: it has another layout than its message code says.
        NotAuthentic: its MAC is not the hub's.
    """
    dcc.access_control.check(message)
    dcc.store.note_alert(message.originator, message.originator_counter)
    hub = dcc.inventory.devices.get(message.originator)
    if message.message_code != DEVICE_LOG_CHANGED or hub is None:
        return
    content = decode_dlms(message.payload)
    if not isinstance(content, DataNotification):
        raise Malformed("8F12", "is a data notification")
    log = content.body.fields(3)[2]
    network = log.fields(3)[1].octets.hex().upper()
    hashes = {
        node.eui("DeviceID"): node.text("DeviceSecurityDetails") if node.has("DeviceSecurityDetails") else ""
        for node in backed_up_devices("Entry", log)
    }
    records.keep(dcc.inventory, dcc.store, replace(hub, details=replace(hub.details, network=network)))
    for entry in list(dcc.inventory.devices.values()):
        if entry.eui in hashes and entry.hub == hub.eui:
            _in_log(entry, hashes[entry.eui], now, dcc)
        elif entry.eui not in hashes and _awaits(entry, hub) and entry.hub != hub.eui:
            _tell_result(entry, now, dcc)


def _in_log(entry: DeviceEntry, key_hash: str, now: datetime, dcc: Dcc) -> None:
    if not key_hash or key_hash == entry.details.key_hash:
        return
    status = lifecycle.after(entry, LifeEvent.SEEN) if entry.status is DeviceStatus.WHITELISTED else entry.status
    seen = replace(entry, status=status, details=replace(entry.details, key_hash=key_hash))
    records.keep(dcc.inventory, dcc.store, seen)
    if entry.details.log_request:
        _tell_result(seen, now, dcc)


def _awaits(entry: DeviceEntry, hub: DeviceEntry) -> bool:
    return bool(entry.details.log_request) and RequestId.parse(entry.details.log_request).target == hub.eui


def _tell_result(entry: DeviceEntry, now: datetime, dcc: Dcc) -> None:
    name = RequestId.parse(entry.details.log_request)
    event = branch("UpdateHANDeviceLogResult", leaf("UpdateHANDeviceLogServiceRequestID", str(name)))
    alerts.tell({name.originator}, alerts.LOG_RESULT, event, now, dcc)
    records.keep(dcc.inventory, dcc.store, _settled(entry))


def _settled(entry: DeviceEntry) -> DeviceEntry:
    return replace(entry, details=replace(entry.details, log_request=""))
