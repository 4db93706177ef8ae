"""Remote parties and devices with keys of their own for the tests, and the RTDS vectors where they are."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from devices import objects
from devices.auxiliary_state import Controller, ControllerType
from devices.charge_point import ChargePoint
from devices.device import Identity
from devices.esme import ESME
from devices.objects import Member
from devices.output import Note, Output, Send
from devices.sapc import SAPC
from devices.trust import Role, TrustAnchorCell
from schemas.eui import EUI64
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, Item, decode_dlms, liid
from schemas.gbcs.dlms.data import NULL, Data, long_unsigned, octets
from schemas.gbcs.dlms.times import encode_date_time
from schemas.gbcs.envelope import CraFlag, Message, Supplementary, decode
from schemas.gbcs.protection import add_mac, shared_secret, sign

SAPC_EUI = EUI64.parse("00DB1234567890A6")
ESME_EUI = EUI64.parse("00DB1234567890A0")
ROOT = Path(os.environ.get("DCC_SIM_REFERENCE", Path(__file__).parents[2].parent / "shared" / "reference"))
RTDS = ROOT / "rtds"
NEW_YEAR = datetime(2015, 1, 1, tzinfo=UTC)
"""The time at which nearly all vectors stand."""


@cache
def key(number: int) -> ec.EllipticCurvePrivateKey:
    """A P-256 key for tests, the same in every run."""
    return ec.derive_private_key(1_000_003 + number, ec.SECP256R1())


@dataclass(frozen=True)
class Party:
    """A remote party of the vectors with test keys."""

    role: Role
    eui: EUI64

    @property
    def signing(self) -> ec.EllipticCurvePrivateKey:
        return key(2 * self.role)

    @property
    def agreement(self) -> ec.EllipticCurvePrivateKey:
        return key(2 * self.role + 1)

    @property
    def cell(self) -> TrustAnchorCell:
        return TrustAnchorCell(self.role, self.eui, self.signing.public_key(), self.agreement.public_key())


SUPPLIER = Party(Role.SUPPLIER, EUI64.parse("90B3D51F30010000"))
NETWORK_OPERATOR = Party(Role.NETWORK_OPERATOR, EUI64.parse("90B3D51F30020000"))
BROKER = Party(Role.ACCESS_CONTROL_BROKER, EUI64.parse("90B3D51F30000002"))
LOAD_CONTROLLER = Party(Role.LOAD_CONTROLLER, EUI64.parse("90B3D51F30010008"))
PARTIES = {party.eui: party for party in (SUPPLIER, NETWORK_OPERATOR, BROKER, LOAD_CONTROLLER)}
DEVICE_SIGNING, DEVICE_AGREEMENT = key(100), key(101)


def identity(eui: EUI64 = SAPC_EUI, alert_counter: int = 1999, **start: object) -> Identity:
    """A device's identity; its next alert has counter 2000, as in the vectors."""
    anchors = tuple(party.cell for party in PARTIES.values())
    return replace(Identity(eui, DEVICE_SIGNING, DEVICE_AGREEMENT, anchors, alert_counter=alert_counter), **start)  # type: ignore[arg-type]


def new_sapc(**start: object) -> SAPC:
    """A SAPC with a 32 A charge point on controller 1."""
    return SAPC(identity(**start), ChargePoint())  # type: ignore[arg-type]


def new_esme(**start: object) -> ESME:
    """An ESME with an APC at every controller, so that any vector's index works."""
    controllers = tuple(Controller(n, ControllerType.APC) for n in range(1, 6))
    return ESME(identity(ESME_EUI, **start), controllers=controllers)  # type: ignore[arg-type]


@cache
def secret(eui: EUI64) -> bytes:
    """Z of a party and any test device."""
    return shared_secret(PARTIES[eui].agreement, DEVICE_AGREEMENT.public_key())


def protect(message: Message, *, signed: bool) -> bytes:
    """A command under the test keys: signed by its originator where asked, MACed by the broker."""
    if signed:
        message = sign(message, PARTIES[message.originator].signing)
    return add_mac(message, secret(BROKER.eui)).encode()


def command(
    originator: Party,
    counter: int,
    code: int,
    payload: bytes,
    *,
    device: EUI64 = SAPC_EUI,
    supplementary: Supplementary | None = None,
) -> Message:
    """An unprotected command."""
    return Message(CraFlag.COMMAND, counter, originator.eui, device, code, payload, supplementary=supplementary)


def request(counter: int, items: Sequence[tuple[Choice, Member, Data]]) -> bytes:
    """An access request's payload."""
    made = tuple(Item(choice, member.class_id, member.obis, member.number, data) for choice, member, data in items)
    return AccessRequest(liid(counter), made).encode()


def period_command(
    counter: int,
    word: int,
    start: datetime | bytes,
    end: datetime | bytes,
    *,
    originator: Party = SUPPLIER,
    device: EUI64 = SAPC_EUI,
    limit: bool = False,
) -> bytes:
    """ECS47a, or ECS47e where ``limit``, signed and MACed."""
    controller, first = word >> 8 & 0xF, 3 if limit else 1
    times = [moment if isinstance(moment, bytes) else encode_date_time(moment) for moment in (start, end)]
    script = objects.LIMIT_LEVEL if limit else objects.SET_STATE
    payload = request(
        counter,
        [
            (Choice.SET, objects.period_time(controller, first), octets(times[0])),
            (Choice.SET, objects.period_time(controller, first + 1), octets(times[1])),
            (Choice.ACTION, script, long_unsigned(word)),
        ],
    )
    code = 0x011F if limit else 0x011E
    return protect(command(originator, counter, code, payload, device=device), signed=True)


def read_command(originator: Party, counter: int, code: int, members: Sequence[Member], **more: object) -> bytes:
    """A MACed read of attributes."""
    payload = request(counter, [(Choice.GET, member, NULL) for member in members])
    return protect(command(originator, counter, code, payload, **more), signed=False)  # type: ignore[arg-type]


def sent(outputs: Sequence[Output]) -> list[Message]:
    """The messages among ``outputs``, decoded."""
    return [decode(output.message) for output in outputs if isinstance(output, Send)]


def notes(outputs: Sequence[Output], kind: str) -> list[str]:
    """The texts of the notes of one kind."""
    return [output.text for output in outputs if isinstance(output, Note) and output.kind == kind]


def response(outputs: Sequence[Output]) -> AccessResponse:
    """The one response among ``outputs``."""
    (message,) = [message for message in sent(outputs) if message.cra is CraFlag.RESPONSE]
    content = decode_dlms(message.payload)
    assert isinstance(content, AccessResponse)
    return content


def results(outputs: Sequence[Output]) -> list[int]:
    """The results of the one response's items."""
    return [result for _, result in response(outputs).results]


def vector(name: str) -> Message:
    """One RTDS vector by its file name without ending."""
    (path,) = RTDS.glob(f"*/{name}_GBCS.HEX")
    return decode(bytes.fromhex(path.read_text().strip()))


def replay(vector_command: Message) -> bytes:
    """A vector's command, protected under the test keys."""
    return protect(vector_command.stripped(), signed=bool(vector_command.signature))
