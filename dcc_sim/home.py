"""A ready-made home: hub, ESME, an HCALCS with a heater, a SAPC charge point with a car, and the users around it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from dcc_sim.identities import (
    BROKER,
    CHARGER,
    HUB,
    IN_HOME_DISPLAY,
    LOAD_CONTROLLER,
    METER,
    MPAN,
    NETWORK_OPERATOR,
    OTHER_MPAN,
    OTHER_SUPPLIER,
    OTHER_USER,
    SUPPLIER,
    SWITCH,
)
from dcc_sim.inventory import Details, DeviceEntry, DeviceStatus, Inventory, Registration, User, UserRole
from dcc_sim.policy import Regime
from dcc_sim.smki import Credentials, KeyPair, Smki
from dcc_sim.smki import Role as Certified
from devices.auxiliary_state import WHOLE_OFFSET, Controller, ControllerType
from devices.charge_point import ChargePoint
from devices.comms_hub import CommsHub
from devices.device import Device, Identity
from devices.display import Display
from devices.esme import ESME
from devices.hcalcs import HCALCS
from devices.hub_log import HubLog
from devices.joining import HCALCS as HCALCS_TYPE
from devices.output import Output
from devices.sapc import SAPC
from devices.trust import Role, TrustAnchorCell, Use
from devices.vehicle import Vehicle
from han.frames.keys import device_log_key, key_hash
from han.network import Han
from han.real_radio import HubRadio
from schemas.eui import EUI64
from schemas.gbcs.use_cases.declare import DeviceType

_REGISTERED_FROM = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Party:
    """A party of the test SMKI: its role in certificates, and in DUIS, with the meter point it is registered for."""

    eui: EUI64
    name: str
    certified: Certified
    roles: frozenset[UserRole]
    mpan: str = ""


PARTIES = (
    Party(SUPPLIER, "Supplier", Certified.SUPPLIER, frozenset({UserRole.IMPORT_SUPPLIER}), MPAN),
    Party(OTHER_SUPPLIER, "Supplier2", Certified.SUPPLIER, frozenset({UserRole.IMPORT_SUPPLIER}), OTHER_MPAN),
    Party(NETWORK_OPERATOR, "Network", Certified.NETWORK_OPERATOR, frozenset({UserRole.ELECTRICITY_DISTRIBUTOR}), MPAN),
    Party(OTHER_USER, "OtherUser", Certified.OTHER, frozenset({UserRole.OTHER_USER})),
    Party(LOAD_CONTROLLER, "LoadController", Certified.LOAD_CONTROLLER, frozenset({UserRole.LOAD_CONTROLLER}), MPAN),
)


_LOAD_CONTROLLERS = {Regime.SUPPLIER_ONLY: (), Regime.LOAD_CONTROLLER: (LOAD_CONTROLLER,)}


@dataclass(slots=True)
class Home:
    """One home: its hub, its HAN and its devices.

    Attributes:
        on_air: the devices that have come on the HAN.
        display: the in-home display, once there is one; it is no device of the DCC.
    """

    hub: CommsHub
    han: Han
    devices: dict[EUI64, Device]
    on_air: set[EUI64] = field(default_factory=set)
    display: Display | None = None
    _followed: HubLog = field(default_factory=HubLog, init=False)

    def __post_init__(self) -> None:
        self.han.members.link_key = self.admitted

    @property
    def charger(self) -> SAPC:
        """The charge point."""
        device = self.devices[CHARGER]
        assert isinstance(device, SAPC)
        return device

    @property
    def meter(self) -> ESME:
        """The electricity meter."""
        device = self.devices[METER]
        assert isinstance(device, ESME)
        return device

    @property
    def switch(self) -> HCALCS:
        """The switch of the storage heater, on the HAN."""
        device = self.devices[SWITCH]
        assert isinstance(device, HCALCS)
        return device

    def put_display(self, every: timedelta | None) -> Display:
        """An in-home display comes on the HAN; a second one takes the first one's place."""
        if self.display is None:
            self.install(IN_HOME_DISPLAY)
        self.display = Display(IN_HOME_DISPLAY, METER, every)
        return self.display

    def take_han(self, han: Han) -> None:
        """Another HAN takes this one's place, with the devices that are on it; the hub's log is as it is to stay."""
        self.han = han
        self.han.members.link_key = self.admitted
        self.on_air.clear()
        self.on_air |= set(han.nodes()) - {self.hub.eui}
        self._followed = self.hub.log.state

    def install(self, device: EUI64) -> None:
        """The device is in the hub's log and on the air."""
        self.hub.add_device(device)
        self._come(device)

    def follow_log(self, now: datetime) -> None:
        """The hub's device log may have changed: its HAN is open as the log says, and the devices do what follows.

        Those that are in it now look for the network with their install code, or with the link key that the log has
        from another hub; those that are in it no more are told to leave.
        """
        log, before = self.hub.log.state, self._followed
        if log == before:
            return
        self._followed = log
        added = log.joining and log.install_codes.items() - before.install_codes.items()
        if added or log.devices.keys() - before.devices.keys() - log.install_codes.keys():
            # Devices that come with a log from another hub have no period of their own (assumed: the same).
            seconds = timedelta(seconds=log.join_seconds or RESTORED_JOIN_SECONDS)
            self.han.members.trust_centre.open_until = now + seconds
        self._follow_at_the_real_radio(before, now)
        for device in sorted(self.on_air - log.devices.keys()):
            self.han.send_away(device, now)
            self.on_air.discard(device)
        for device in sorted((self.devices.keys() & log.devices.keys()) - self.on_air):
            self.han.join(device, self._key_of(device), now)

    def _follow_at_the_real_radio(self, before: HubLog, now: datetime) -> None:
        real, log = self.han.real, self.hub.log.state
        if real is None:
            return
        for device in sorted(before.devices.keys() - log.devices.keys() - self.devices.keys() - self.on_air):
            real.send_away(device, now)
        new = log.install_codes.items() - before.install_codes.items() if log.joining else ()
        for device, code in sorted(new):
            if device not in self.devices:
                key = device_log_key(code)
                self.han.pan.set_link_key(self.hub.eui, device, key)
                real.admit(device, key, log.join_seconds or RESTORED_JOIN_SECONDS)

    def arrived(self, device: EUI64, now: datetime) -> list[Output]:
        """The device has joined the HAN, and the hub says so."""
        self.on_air.add(device)
        outputs = self.hub.arrived(device, self.link_key_hash(device), now)
        self._followed = self.hub.log.state
        return outputs

    def take_message(self, device: Device, message: bytes, now: datetime) -> list[Output]:
        """Let a device take a message; an HCALCS that it joins to a meter asks the hub for a key with it."""
        before = device.joined.meter if isinstance(device, HCALCS) else None
        outputs = device.receive(message, now)
        if not isinstance(device, HCALCS) or device.eui not in self.on_air:
            return outputs
        if device.joined.meter not in (None, before):
            self.han.request_key(device.eui, device.joined.meter, now)
        return outputs

    def link_key_hash(self, device: EUI64) -> bytes:
        """Of the key that a device and its hub share once it has joined: 16 octets."""
        return key_hash(self.han.pan.link_key(self.hub.eui, device))

    def admitted(self, device: EUI64) -> bytes | None:
        """The key by which the hub knows a device of its log."""
        log = self.hub.log.state
        if device not in log.devices:
            return None
        if log.devices[device]:
            known = log.devices[device] == self.link_key_hash(device)
            return self.han.pan.link_key(self.hub.eui, device) if known else None
        code = log.install_codes.get(device)
        if code is None:
            # One that was here from the start has joined before, and the log says nothing of its key.
            return self.han.pan.link_key(self.hub.eui, device) if device in self.on_air else None
        return device_log_key(code)

    def _key_of(self, device: EUI64) -> bytes:
        """The device's own key: of its install code, or the one that it shares with a hub that has its hash."""
        if self.hub.log.state.devices.get(device) == self.link_key_hash(device):
            return self.han.pan.link_key(self.hub.eui, device)
        return device_log_key(install_code(device))

    def _come(self, device: EUI64) -> None:
        self.on_air.add(device)
        self.han.add_device(device)


RESTORED_JOIN_SECONDS = 60
"""How long a hub takes devices after it was given the log of another one; our choice."""


def install_code(device: EUI64) -> bytes:
    """What is printed on a device: 16 octets."""
    return sha256(b"install code" + device).digest()[:16]


def inventory(policy: Regime, *, installed: bool = True) -> Inventory:
    """Users, the registrations of the home's meter point, and its devices, if the DCC knows them from the start."""
    known = frozenset({SUPPLIER, NETWORK_OPERATOR, BROKER, *_LOAD_CONTROLLERS[policy]})
    of_switch = known - {LOAD_CONTROLLER}
    entries = [
        DeviceEntry(HUB, DeviceType.CHF, HUB, MPAN, known_parties=frozenset({BROKER})),
        DeviceEntry(METER, DeviceType.ESME, HUB, MPAN, known_parties=known, details=Details(joined=(SWITCH,))),
        DeviceEntry(SWITCH, DeviceType.HCALCS, HUB, MPAN, known_parties=of_switch, details=Details(joined=(METER,))),
        DeviceEntry(CHARGER, DeviceType.SAPC, HUB, MPAN, known_parties=known),
    ]
    return Inventory(
        {party.eui: User(party.eui, party.name, party.roles) for party in PARTIES},
        {entry.eui: entry for entry in entries if installed},
        [
            Registration(party.mpan, role, party.eui, _REGISTERED_FROM)
            for party in PARTIES
            for role in sorted(party.roles)
            if party.mpan
        ],
    )


def issue(smki: Smki) -> dict[EUI64, Credentials]:
    """Credentials of every user, by EUI-64."""
    return {party.eui: smki.issue_organisation(party.eui, party.certified, party.name) for party in PARTIES}


def build(
    smki: Smki,
    users: dict[EUI64, Credentials],
    broker: Credentials,
    cos: Credentials,
    seed: int,
    policy: Regime,
    charge_point: ChargePoint | None = None,
    radio: HubRadio | None = None,
) -> Home:
    """The home: devices with their own keys, and none on the HAN yet.

    They trust the root, supplier, network operator, broker and transitional CoS party, and where the policy has one,
    the load controller. The hub is the DCC's: the broker has the supplier's and the network operator's cells.
    """
    rng = Random(seed)
    of_the_dcc = (
        _root(smki),
        _anchor(Role.ACCESS_CONTROL_BROKER, broker),
        TrustAnchorCell(Role.TRANSITIONAL_COS, cos.eui, _public(cos.signing)),
    )
    anchors = (
        *of_the_dcc,
        *(_anchor(Role.LOAD_CONTROLLER, users[party]) for party in _LOAD_CONTROLLERS[policy]),
        _anchor(Role.SUPPLIER, users[SUPPLIER]),
        _anchor(Role.NETWORK_OPERATOR, users[NETWORK_OPERATOR]),
    )
    handed_over_later = (_anchor(Role.SUPPLIER, broker), _anchor(Role.NETWORK_OPERATOR, broker))
    hub = CommsHub(_identity(smki.issue_device(HUB), (*of_the_dcc, *handed_over_later)))
    meter = ESME(
        _identity(smki.issue_device(METER), anchors, rng.randint(0, WHOLE_OFFSET)),
        controllers=(
            Controller(1, ControllerType.ALCS, description="Immersion heater"),
            Controller(2, ControllerType.HCALCS, SWITCH, description="Storage heater"),
            Controller(3, ControllerType.APC, description="Battery"),
        ),
    )
    charger = SAPC(
        _identity(smki.issue_device(CHARGER), anchors, rng.randint(0, WHOLE_OFFSET)), charge_point or ChargePoint()
    )
    on_switch = tuple(anchor for anchor in anchors if anchor.role is not Role.LOAD_CONTROLLER)
    switch = HCALCS(
        _identity(smki.issue_device(SWITCH), on_switch),
        load_w=HEATER_W,
        draw=Random(rng.getrandbits(64)).random,
    )
    han = Han(hub.eui, rng, secret=str(seed).encode(), radio=radio)
    return Home(hub, han, {each.eui: each for each in (meter, charger, switch)})


HEATER_W = 3000
"""What the storage heater behind the HCALCS draws."""
_IN_LOG = frozenset(DeviceStatus) - {DeviceStatus.PENDING, DeviceStatus.DECOMMISSIONED, DeviceStatus.WITHDRAWN}


def install(built: Home, known: Inventory) -> None:
    """The devices that the DCC has in the hub's log are there, and on the air: a new process finds the home as it was.

    One that was whitelisted with a wrong install code is in the log alone. Who was joined to whom, the inventory knows.
    """
    for entry in known.of_hub(built.hub.eui):
        if entry.eui not in built.devices or entry.status not in _IN_LOG:
            if built.han.real is not None and entry.eui != built.hub.eui and entry.status in _IN_LOG:
                built.hub.add_device(entry.eui)
                built.han.real.expect(entry.eui)
            continue
        if entry.status is DeviceStatus.WHITELISTED:
            built.hub.add_device(entry.eui)
        else:
            built.install(entry.eui)
        for other in entry.details.joined:
            device = built.devices[entry.eui]
            if isinstance(device, HCALCS):
                device.joined.meter = other
            elif isinstance(device, ESME) and isinstance(built.devices.get(other), HCALCS):
                device.joined.types[other] = HCALCS_TYPE


def car() -> Vehicle:
    """The demonstration's car: 60 kWh, 30 % charged when it comes home, single phase, 7.4 kW."""
    return Vehicle(capacity_kwh=60, state_of_charge=30, max_power_w=7360)


def _identity(credentials: Credentials, anchors: tuple[TrustAnchorCell, ...], offset_number: int = 0) -> Identity:
    pairs = {Use.SIGNATURE: credentials.signing, Use.AGREEMENT: credentials.key_agreement}
    return Identity(
        credentials.eui,
        credentials.signing.key,
        credentials.key_agreement.key,
        anchors,
        randomised_offset_number=offset_number,
        certificates={use: pair.certificate.public_bytes(Encoding.DER) for use, pair in pairs.items()},
    )


def _anchor(role: Role, credentials: Credentials) -> TrustAnchorCell:
    return TrustAnchorCell(role, credentials.eui, _public(credentials.signing), _public(credentials.key_agreement))


def _root(smki: Smki) -> TrustAnchorCell:
    """Of nobody's EUI-64, as in the vectors."""
    key = smki.root.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return TrustAnchorCell(Role.ROOT, EUI64(bytes(8)), certificate_signing=key)


def _public(pair: KeyPair) -> ec.EllipticCurvePublicKey:
    key = pair.certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key
