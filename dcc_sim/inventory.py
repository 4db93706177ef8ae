"""What the DCC knows of users, devices and meter points: who exists, in which status, registered for what, and when.

Kept in memory, because every request looks here; what changes is kept in the store first ([records.py](records.py)).
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from schemas.errors import NotAllowed
from schemas.eui import EUI64
from schemas.gbcs.use_cases.declare import DeviceType


class UserRole(StrEnum):
    """DUIS user roles."""

    IMPORT_SUPPLIER = "IS"
    EXPORT_SUPPLIER = "ES"
    GAS_SUPPLIER = "GS"
    ELECTRICITY_DISTRIBUTOR = "ED"
    GAS_TRANSPORTER = "GT"
    REGISTERED_SUPPLIER_AGENT = "RSA"
    OTHER_USER = "OU"
    LOAD_CONTROLLER = "LC"
    """Not a DUIS role of schema 5.4's matrix; the role that LimitAPCLevel's vectors are sent in."""


class DeviceStatus(StrEnum):
    """SMI status of a device."""

    PENDING = "Pending"
    WHITELISTED = "Whitelisted"
    INSTALLED_NOT_COMMISSIONED = "InstalledNotCommissioned"
    COMMISSIONED = "Commissioned"
    DECOMMISSIONED = "Decommissioned"
    WITHDRAWN = "Withdrawn"
    SUSPENDED = "Suspended"
    RECOVERY = "Recovery"
    RECOVERED = "Recovered"


@dataclass(frozen=True, slots=True)
class User:
    """A DCC user: one EUI-64 and the roles it may act in; a suspended one may act in none."""

    eui: EUI64
    name: str
    roles: frozenset[UserRole]
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Details:
    """What users told the DCC of a device (SR 12.2, 8.4, 8.11), and what it learnt; empty or None where nobody did.

    Attributes:
        notified_as: DUIS device type, where it says more than the entry's own (IHD or CAD).
        smets_version: of SMETS or CHTS, such as ``SMETS V1.58``.
        firmware: version, hex digits.
        variant: ESME variant, such as ``AD``.
        commissioned: the day on which it became Commissioned.
        log_request: the last SR 8.11 that names it, until the hub has told the outcome.
        joined: the devices that it was joined to (SR 8.7).
        key_hash: of its link key, hex, as its hub told it (alert 8F12).
        network: of a hub: extended PAN id, hex.
    """

    notified_as: str = ""
    manufacturer: str = ""
    model: str = ""
    smets_version: str = ""
    firmware: str = ""
    variant: str = ""
    secondary_mpan: str = ""
    export_mpan: str = ""
    commissioned: date | None = None
    log_request: str = ""
    joined: tuple[EUI64, ...] = ()
    key_hash: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """A device of the smart metering inventory.

    Attributes:
        hub: EUI-64 of the communications hub function it hangs on; its own where it hangs on none yet, or is one.
        mpxn: its import meter point; empty as long as it has none.
        known_parties: EUIs whose certificates the device holds; for anyone else the broker originates.
        twin: a meter of two elements (ESME variant B).
    """

    eui: EUI64
    device_type: DeviceType
    hub: EUI64
    mpxn: str
    status: DeviceStatus = DeviceStatus.COMMISSIONED
    known_parties: frozenset[EUI64] = frozenset()
    twin: bool = False
    details: Details = Details()

    @property
    def meter_points(self) -> frozenset[str]:
        """Its import, secondary import and export meter points."""
        every = (self.mpxn, self.details.secondary_mpan, self.details.export_mpan)
        return frozenset(point for point in every if point)


@dataclass(frozen=True, slots=True)
class Registration:
    """A user registered in a role for a meter point, from ``start`` until ``end`` (exclusive, None open)."""

    mpxn: str
    role: UserRole
    user: EUI64
    start: datetime
    end: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        """Whether it holds at ``moment``."""
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(slots=True)
class Inventory:
    """Users, devices and registrations, looked up by EUI-64 and meter point."""

    users: dict[EUI64, User] = field(default_factory=dict)
    devices: dict[EUI64, DeviceEntry] = field(default_factory=dict)
    registrations: list[Registration] = field(default_factory=list)

    def user(self, eui: EUI64) -> User:
        """The user.

        Raises:
            NotAllowed: E1, not a SEC party.
        """
        if eui not in self.users:
            raise NotAllowed("RequestID originator", f"is a user of the DCC, {eui} is not", code="E1")
        return self.users[eui]

    def device(self, eui: EUI64) -> DeviceEntry:
        """The device.

        Raises:
            NotAllowed: E19, it does not exist.
        """
        if eui not in self.devices:
            raise NotAllowed("RequestID target", f"is a device of the inventory, {eui} is not", code="E19")
        return self.devices[eui]

    def of_hub(self, hub: EUI64) -> list[DeviceEntry]:
        """The hub's entry and those of the devices that hang on it, the hub first, else by EUI-64."""
        entries = [entry for entry in self.devices.values() if hub in (entry.hub, entry.eui)]
        return sorted(entries, key=lambda entry: (entry.eui != hub, entry.eui))

    def registered_users(self, mpxn: str, moment: datetime) -> set[EUI64]:
        """Everybody who is registered for the meter point at ``moment``, in any role."""
        return {
            entry.user
            for entry in self.registrations
            if entry.mpxn == mpxn and self.registered(mpxn, entry.role, entry.user, moment)
        }

    def registered(self, mpxn: str, role: UserRole, user: EUI64, moment: datetime) -> bool:
        """Whether ``user`` is registered in ``role`` for the meter point at ``moment``.

        Of several registrations in one role the one that began last counts: the start of a new supplier's ends the
        old one's, whether or not its end was written down.
        """
        latest, found = None, False
        for entry in self.registrations:
            if entry.mpxn != mpxn or entry.role is not role or not entry.covers(moment):
                continue
            if latest is None or entry.start > latest:
                latest, found = entry.start, entry.user == user
            elif entry.start == latest and entry.user == user:
                found = True
        return found
