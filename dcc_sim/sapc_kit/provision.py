"""What a SAPC under test is given before its first message, and the keys of those who talk to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from devices.trust import Role
from schemas.eui import EUI64

DEVICE = EUI64.parse("00-DB-12-34-56-78-90-A6")
"""The vectors' SAPC."""
OTHER_DEVICE = EUI64.parse("00-DB-12-34-56-78-90-A0")
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256 (FIPS 186-5)."""


@dataclass(frozen=True, slots=True)
class Party:
    """Someone who holds keys: a remote party of the device, or one that the device does not know."""

    name: str
    eui: EUI64
    role: Role
    signing: ec.EllipticCurvePrivateKey = field(repr=False)
    agreement: ec.EllipticCurvePrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Trusted:
    """What the device holds of a remote party: its public keys, in the cells of its role."""

    role: Role
    eui: EUI64
    signing: ec.EllipticCurvePublicKey
    agreement: ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Provision:
    """What the device starts with.

    Attributes:
        device: its EUI-64.
        signing, agreement: its private keys; test keys, which a device under test takes in the place of its own.
        trusted: the remote parties whose certificates are in its trust anchor cells.
        firmware_version: 4 octets.
        alert_counter: the last originator counter that it used for an alert.
        clock_offset: seconds that its clock is ahead.
        controllers: type of each auxiliary controller that is there, by number: ``APC`` or ``ALCS``.
        offset_number: its randomised offset number, in ten-thousandths, 0 to 10000.
    """

    device: EUI64
    signing: ec.EllipticCurvePrivateKey = field(repr=False)
    agreement: ec.EllipticCurvePrivateKey = field(repr=False)
    trusted: tuple[Trusted, ...]
    firmware_version: bytes = bytes.fromhex("00000001")
    alert_counter: int = 1999
    clock_offset: int = 0
    controllers: Mapping[int, str] = field(default_factory=lambda: {1: "APC"})
    offset_number: int = 0

    def to_json(self) -> str:
        """For a target that is another process: keys as hex, private ones as numbers, public ones as points."""
        return json.dumps(
            {
                "device": str(self.device),
                "signing": _number(self.signing),
                "agreement": _number(self.agreement),
                "trusted": [
                    {
                        "role": int(party.role),
                        "party": str(party.eui),
                        "signing": _point(party.signing),
                        "agreement": _point(party.agreement),
                    }
                    for party in self.trusted
                ],
                "firmwareVersion": self.firmware_version.hex(),
                "alertCounter": self.alert_counter,
                "clockOffset": self.clock_offset,
                "controllers": {str(number): kind for number, kind in self.controllers.items()},
                "offsetNumber": self.offset_number,
            }
        )


def from_json(text: str) -> Provision:
    """What `Provision.to_json` told, in the process of a device."""
    told = json.loads(text)
    return Provision(
        EUI64.parse(told["device"]),
        _private(told["signing"]),
        _private(told["agreement"]),
        tuple(
            Trusted(
                Role(each["role"]), EUI64.parse(each["party"]), _public(each["signing"]), _public(each["agreement"])
            )
            for each in told["trusted"]
        ),
        bytes.fromhex(told["firmwareVersion"]),
        told["alertCounter"],
        told["clockOffset"],
        {int(number): kind for number, kind in told["controllers"].items()},
        told["offsetNumber"],
    )


SUPPLIER = "supplier"
NETWORK_OPERATOR = "network operator"
LOAD_CONTROLLER = "load controller"
BROKER = "broker"
STRANGER = "stranger"

_PARTIES = {
    SUPPLIER: ("90-B3-D5-1F-30-01-00-00", Role.SUPPLIER),
    NETWORK_OPERATOR: ("90-B3-D5-1F-30-02-00-00", Role.NETWORK_OPERATOR),
    BROKER: ("90-B3-D5-1F-30-00-00-02", Role.ACCESS_CONTROL_BROKER),
    LOAD_CONTROLLER: ("90-B3-D5-1F-30-01-00-08", Role.LOAD_CONTROLLER),
    STRANGER: ("90-B3-D5-1F-30-01-00-09", Role.SUPPLIER),
}
"""EUI-64 and role; the stranger is another supplier, in no cell of the device."""


@cache
def parties(seed: int) -> dict[str, Party]:
    """Everyone, by name; the same keys for the same seed."""
    return {
        name: Party(name, EUI64.parse(eui), role, key(seed, f"{name} signing"), key(seed, f"{name} agreement"))
        for name, (eui, role) in _PARTIES.items()
    }


@cache
def provision(seed: int) -> Provision:
    """A SAPC with an APC as its first controller, which trusts everyone but the stranger."""
    trusted = tuple(
        Trusted(party.role, party.eui, party.signing.public_key(), party.agreement.public_key())
        for name, party in parties(seed).items()
        if name != STRANGER
    )
    return Provision(DEVICE, key(seed, "device signing"), key(seed, "device agreement"), trusted)


@cache
def key(seed: int, name: str) -> ec.EllipticCurvePrivateKey:
    """A P-256 key that grows from a seed and a name. For tests: anyone can make it."""
    number = int.from_bytes(sha256(f"dcc-sim conformance kit {seed} {name}".encode()).digest())
    return ec.derive_private_key(number % (_ORDER - 1) + 1, ec.SECP256R1())


def _number(private: ec.EllipticCurvePrivateKey) -> str:
    return f"{private.private_numbers().private_value:064x}"


def _point(public: ec.EllipticCurvePublicKey) -> str:
    return public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint).hex()


def _private(number: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int(number, 16), ec.SECP256R1())


def _public(point: str) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(point))
