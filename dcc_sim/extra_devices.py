"""Builds more into the ready-made home: devices with keys, trust anchors, an entry in the inventory, on the air."""

from hashlib import sha256
from random import Random

from cryptography.hazmat.primitives.serialization import Encoding

from dcc_sim import identities
from dcc_sim.inventory import DeviceEntry
from dcc_sim.world import World
from devices.auxiliary_state import WHOLE_OFFSET
from devices.charge_point import ChargePoint
from devices.device import Identity
from devices.sapc import SAPC
from devices.trust import Use
from schemas.eui import EUI64
from schemas.gbcs.use_cases.declare import DeviceType


def add_charge_point(world: World, name: str, charge_point: ChargePoint | None) -> SAPC:
    """A commissioned SAPC that trusts whom the home's first one trusts; its EUI-64 grows from its name."""
    return build_charge_point(
        world, EUI64(bytes.fromhex("00DB12345679") + sha256(name.encode()).digest()[:2]), name, charge_point
    )


def build_charge_point(world: World, eui: EUI64, name: str, charge_point: ChargePoint | None) -> SAPC:
    """The same with an EUI-64 of its own; its chance grows from its name."""
    credentials = world.smki.issue_device(eui)
    pairs = {Use.SIGNATURE: credentials.signing, Use.AGREEMENT: credentials.key_agreement}
    identity = Identity(
        eui,
        credentials.signing.key,
        credentials.key_agreement.key,
        (),
        randomised_offset_number=Random(f"{world.seed} {name}").randint(0, WHOLE_OFFSET),
        certificates={use: pair.certificate.public_bytes(Encoding.DER) for use, pair in pairs.items()},
    )
    device = SAPC(identity, charge_point or ChargePoint())
    trusted = world.home.charger.trust
    device.trust.place(trusted.anchors)
    device.trust.slots = trusted.slots
    first = world.dcc.inventory.devices[identities.CHARGER]
    entry = DeviceEntry(eui, DeviceType.SAPC, first.hub, first.mpxn, known_parties=first.known_parties)
    world.dcc.inventory.devices[eui] = entry
    world.home.devices[eui] = device
    world.home.install(eui)
    world.air.follow(world.clock.now)
    return device
