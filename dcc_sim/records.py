"""The inventory's records: every changed entry, in the transaction of what changed it.

Memory has what the database has: an entry is kept first, and taken into the inventory when it is kept.
"""

import json
from dataclasses import asdict
from datetime import date

from dcc_sim.inventory import Details, DeviceEntry, DeviceStatus, Inventory
from dcc_sim.store import Store
from schemas.eui import EUI64
from schemas.gbcs.use_cases.declare import DeviceType


def keep(inventory: Inventory, store: Store, entry: DeviceEntry) -> None:
    """From now on the inventory has ``entry``."""
    store.keep_device(entry.eui, entry_text(entry))
    inventory.devices[entry.eui] = entry


def delete(inventory: Inventory, store: Store, device: EUI64) -> None:
    """From now on the inventory has no such device."""
    # Its row stays, empty: the ready-made home's devices would come back with the next process.
    store.keep_device(device, "")
    del inventory.devices[device]


def restore(inventory: Inventory, store: Store) -> None:
    """Bring an inventory to what an earlier process made of it."""
    for device, text in store.devices():
        if text:
            inventory.devices[device] = read_entry(device, text)
        else:
            inventory.devices.pop(device, None)


def entry_text(entry: DeviceEntry) -> str:
    """An entry as JSON text, without its EUI-64."""
    values = asdict(entry) | {"known_parties": sorted(entry.known_parties)}
    del values["eui"]
    return json.dumps(values, default=str)


def read_entry(device: EUI64, text: str) -> DeviceEntry:
    """What ``entry_text`` has written of ``device``."""
    values = json.loads(text)
    details = values.pop("details")
    day, joined = details.pop("commissioned"), details.pop("joined")
    return DeviceEntry(
        device,
        DeviceType(values.pop("device_type")),
        EUI64.parse(values.pop("hub")),
        values.pop("mpxn"),
        DeviceStatus(values.pop("status")),
        frozenset(map(EUI64.parse, values.pop("known_parties"))),
        details=Details(
            **details,
            commissioned=None if day is None else date.fromisoformat(day),
            joined=tuple(map(EUI64.parse, joined)),
        ),
        **values,
    )
