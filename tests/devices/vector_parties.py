"""The parties of the RTDS vectors with their own keys: devices that trust them, and commands under their signatures.

Only the devices' private keys are not in the key store: a device here has test keys, and MACs are made anew.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from dcc_sim.keys import KeyFolder
from devices.certificates import key_identifier
from devices.charge_point import ChargePoint
from devices.comms_hub import CommsHub
from devices.device import Device, Identity
from devices.esme import ESME
from devices.sapc import SAPC
from devices.trust import Cell, Role, TrustAnchorCell, Use
from schemas.eui import EUI64
from schemas.gbcs.asn1 import decode_ber
from schemas.gbcs.envelope import Message
from schemas.gbcs.protection import add_mac, shared_secret
from tests.devices.home import DEVICE_AGREEMENT, DEVICE_SIGNING, ROOT, SAPC_EUI, vector

RECOVERY = EUI64.parse("90B3D51F30000001")
BROKER = EUI64.parse("90B3D51F30000002")
COS = EUI64.parse("90B3D51F30000004")
WAN_PROVIDER = EUI64.parse("90B3D51F30000007")
SUPPLIER = EUI64.parse("90B3D51F30010000")
LOAD_CONTROLLER = EUI64.parse("90B3D51F30010008")
NETWORK_OPERATOR = EUI64.parse("90B3D51F30020000")
HUB_EUI = EUI64.parse("00DB1234567890A2")
PROXY_EUI = EUI64.parse("00DB1234567890A3")
_NOBODY = EUI64(bytes(8))
_ROOT_KEY_ID = bytes.fromhex("48CF1B32697C4669")
"""The authority key identifier of every issuing authority in the vectors."""

Point = tuple[int, int]
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@cache
def keys() -> KeyFolder:
    """The key store."""
    return KeyFolder.load(ROOT / "rtds-keystore")


def cell(role: Role, party: EUI64, *uses: str, floor: int = 0) -> TrustAnchorCell:
    """A party's keys for ``ds``, ``ka`` and ``pp-ka``."""
    signing, agreement = (keys().public[party, use] if use in uses else None for use in ("ds", "ka"))
    top_up = _certificate(party, "pp-ka").public_key() if "pp-ka" in uses else None
    assert top_up is None or isinstance(top_up, ec.EllipticCurvePublicKey)
    return TrustAnchorCell(role, party, signing, agreement, top_up, floor=floor)


def _certificate(party: EUI64, use: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((ROOT / "rtds-keystore" / f"{party.hex()}-{use}.pem").read_bytes())


def meter_cells(floor: int = 0) -> tuple[TrustAnchorCell, ...]:
    """Those of the vectors' ESME and SAPC; ``floor`` of network operator and load controller."""
    return (
        TrustAnchorCell(Role.ROOT, _NOBODY, certificate_signing=root_key()),
        cell(Role.RECOVERY, RECOVERY, "ds"),
        cell(Role.SUPPLIER, SUPPLIER, "ds", "ka", "pp-ka"),
        cell(Role.NETWORK_OPERATOR, NETWORK_OPERATOR, "ds", "ka", floor=floor),
        cell(Role.ACCESS_CONTROL_BROKER, BROKER, "ka"),
        cell(Role.TRANSITIONAL_COS, COS, "ds"),
        cell(Role.LOAD_CONTROLLER, LOAD_CONTROLLER, "ds", "ka", floor=floor),
    )


class Proxy(ESME):
    """A device that the DCC still controls, as the vectors' gas proxy function: it takes handovers."""

    use_cases = CommsHub.use_cases


def device(eui: EUI64, *, alert_counter: int = 1999, floor: int = 0) -> Device:
    """A device of the vectors; its clock is not reliable, as its time is before every certificate's."""
    made: Device
    if eui == HUB_EUI:
        cells = (
            TrustAnchorCell(Role.ROOT, _NOBODY, certificate_signing=root_key()),
            cell(Role.ACCESS_CONTROL_BROKER, BROKER, "ds", "ka"),
            cell(Role.WAN_PROVIDER, WAN_PROVIDER, "ds"),
        )
        made = CommsHub(Identity(eui, DEVICE_SIGNING, DEVICE_AGREEMENT, cells, alert_counter=alert_counter))
    elif eui == PROXY_EUI:
        cells = (
            TrustAnchorCell(Role.ROOT, _NOBODY, certificate_signing=root_key()),
            replace(cell(Role.SUPPLIER, BROKER, "ds", "ka"), top_up=keys().public[BROKER, "ka"]),
            cell(Role.NETWORK_OPERATOR, BROKER, "ds", "ka"),
            cell(Role.ACCESS_CONTROL_BROKER, BROKER, "ka"),
        )
        made = Proxy(Identity(eui, DEVICE_SIGNING, DEVICE_AGREEMENT, cells))
    else:
        identity = Identity(eui, DEVICE_SIGNING, DEVICE_AGREEMENT, meter_cells(floor), alert_counter=alert_counter)
        made = SAPC(identity, ChargePoint()) if eui == SAPC_EUI else ESME(identity)
    made.clock.state = replace(made.clock.state, reliable=False)
    return made


def as_sent(command: Message) -> bytes:
    """A vector's command with its own signature; its MAC, if it has one, is made for the test device's key."""
    if command.mac is None:
        return command.encode()
    secret = shared_secret(keys().private[BROKER, "ka"], DEVICE_AGREEMENT.public_key())
    return add_mac(replace(command, mac=None), secret).encode()


@cache
def root_key() -> ec.EllipticCurvePublicKey:
    """The vectors' root, which is in none of them: recovered from its signature of the issuing authority."""
    command = decode_ber(vector("CS02bNOByNO_6.15.1_SUCCESS_COMMAND").payload)
    authority = x509.load_der_x509_certificate(command.children[2].children[0].encode())
    r, s = decode_dss_signature(authority.signature)
    z = int.from_bytes(sha256(authority.tbs_certificate_bytes).digest(), "big")
    root = pow(r * (r * r - 3) + _B, (_P + 1) // 4, _P)
    numbers = ec.derive_private_key(1, ec.SECP256R1()).public_key().public_numbers()
    for y in (root, _P - root):
        summed = _add(_times(s, (r, y)), _times(_N - z % _N, (numbers.x, numbers.y)))
        assert summed is not None
        found = _times(pow(r, -1, _N), summed)
        assert found is not None
        key = ec.EllipticCurvePublicNumbers(*found, ec.SECP256R1()).public_key()
        if key_identifier(key) == _ROOT_KEY_ID:
            return key
    raise AssertionError("neither point has the key identifier of the root")


def _add(one: Point | None, other: Point | None) -> Point | None:
    if one is None or other is None:
        return one or other
    if one[0] == other[0] and (one[1] + other[1]) % _P == 0:
        return None
    if one == other:
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, _P)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, _P)
    x = (slope * slope - one[0] - other[0]) % _P
    return x, (slope * (one[0] - x) - one[1]) % _P


def _times(factor: int, point: Point) -> Point | None:
    total: Point | None = None
    addend: Point | None = point
    while factor:
        if factor & 1:
            total = _add(total, addend)
        addend = _add(addend, addend)
        factor >>= 1
    return total


def cells_of(*names: tuple[Role, Use]) -> set[Cell]:
    """Cells by name."""
    return {Cell(*name) for name in names}
