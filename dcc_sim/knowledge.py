"""What a DCC knows, kept the same in all processes that share its store.

Devices and the settings of anomaly detection are in tables that any of them may change. Users, registrations and
certificates change in the world alone, which keeps them as one text (`publish`). `follow_store` makes memory good:
before each request of a worker, and at the beginning of a transaction that finds the version raised.
"""

import json
from collections.abc import Collection
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dcc_sim import records
from dcc_sim.dcc import Dcc
from dcc_sim.inventory import DeviceEntry, Inventory, Registration, User, UserRole
from dcc_sim.sharing import Sharing
from dcc_sim.smki import Repository
from dcc_sim.store import Store
from schemas.eui import EUI64


class Knowledge:
    """What one process knows, and of which version that is.

    Args:
        dcc: whose memory is kept as the store has it; it has just been made.
        store: its own, which is shared.
        devices: the inventory's entries before the store's were put over them.
    """

    def __init__(self, dcc: Dcc, store: Store, devices: dict[EUI64, DeviceEntry]) -> None:
        shared = store.shared
        assert shared is not None
        self._dcc, self._store, self._shared = dcc, store, shared
        self._devices = devices
        self._takes = store.sharing is Sharing.WORKER
        self._issued = {entry.certificate.serial_number for entry in dcc.smki}
        self._text = ""

    def look(self) -> datetime:
        """The virtual moment, as the store has it; memory is as the store is at that moment, or newer."""
        version, moment = self._store.outbox.seen()
        if version != self._shared.version:
            self.follow_store(version)
        return moment

    def follow_store(self, version: int) -> None:
        """Make memory what the store says.

        Args:
            version: of the store, read before: what is newer is read again next time, what is older would stay.
        """
        inventory = self._dcc.inventory
        inventory.devices.clear()
        inventory.devices.update(self._devices)
        records.restore(inventory, self._store)
        self._dcc.anomaly = self._store.anomaly.settings()
        self._dcc.access_control.forget_all()
        text = self._store.outbox.parties() if self._takes else ""
        if text and text != self._text:
            self._take(text)
        self._shared.version = version

    def publish(self) -> None:
        """Keep users, registrations and certificates for the others, if they have changed. In the world."""
        text = self._written()
        if text == self._text:
            return
        with self._store.transaction(alone=True):
            self._store.outbox.keep_parties(text)
            self._store.raise_version()
        self._text = text

    def _written(self) -> str:
        return parties_text(self._dcc.inventory, self._dcc.smki, self._issued)

    def _take(self, text: str) -> None:
        take_parties(text, self._dcc.inventory, self._dcc.smki)
        self._text = text


def parties_text(inventory: Inventory, smki: Repository, besides: Collection[int] = ()) -> str:
    """Users, registrations and certificates as JSON text, without the certificates of the serials ``besides``."""
    return json.dumps(
        {
            "users": [[str(u.eui), u.name, sorted(u.roles), u.suspended] for u in inventory.users.values()],
            "registrations": [
                [r.mpxn, r.role, str(r.user), r.start.isoformat(), None if r.end is None else r.end.isoformat()]
                for r in inventory.registrations
            ],
            "revoked": sorted(map(str, smki.revoked)),
            "certificates": [
                entry.certificate.public_bytes(Encoding.DER).hex()
                for entry in smki
                if entry.certificate.serial_number not in besides
            ],
        }
    )


def take_parties(text: str, inventory: Inventory, smki: Repository) -> None:
    """What ``parties_text`` has written, in the place of what is there; certificates come beside those."""
    given = json.loads(text)
    users = [
        User(EUI64.parse(eui), name, frozenset(map(UserRole, roles)), suspended)
        for eui, name, roles, suspended in given["users"]
    ]
    inventory.users.clear()
    inventory.users.update((user.eui, user) for user in users)
    inventory.registrations[:] = [
        Registration(mpxn, UserRole(role), EUI64.parse(user), _moment(start), None if end is None else _moment(end))
        for mpxn, role, user, start, end in given["registrations"]
    ]
    for octets in given["certificates"]:
        smki.take(x509.load_der_x509_certificate(bytes.fromhex(octets)))
    for serial in given["revoked"]:
        smki.revoke(int(serial))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
