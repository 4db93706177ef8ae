"""DUIS bodies that place certificates, and certificates in other hands, for the tests of credentials."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dcc_sim import home
from dcc_sim.inventory import Registration, UserRole
from dcc_sim.smki import Credentials, KeyPair, Smki
from dcc_sim.user import StandInUser
from devices.trust import Cell, Role, Use
from schemas.duis.node import Node, branch, leaf
from schemas.duis.payloads import DeviceAlert
from schemas.eui import EUI64
from schemas.gbcs.envelope import Message
from schemas.gbcs.use_cases.credentials import BY_COS
from schemas.gbcs.use_cases.declare import Context
from tests.pairs import START, Pair, set_state


def der(certificate: x509.Certificate) -> bytes:
    """As DUIS has it, before base64."""
    return certificate.public_bytes(Encoding.DER)


def _pairs(name: str, signing: KeyPair, agreement: KeyPair) -> Node:
    return branch(
        name,
        leaf("DigitalSigningCertificate", der(signing.certificate)),
        leaf("KeyAgreementCertificate", der(agreement.certificate)),
    )


def _rest(smki: Smki) -> tuple[Node, ...]:
    path = branch("CertificationPathCertificates", leaf("Certificate", der(smki.organisation_authority)))
    return path, leaf("ApplyTimeBasedCPVChecks", True)


def _at(moment: datetime | None) -> tuple[Node, ...]:
    return () if moment is None else (leaf("ExecutionDateTime", moment),)


def by_cos(smki: Smki, new: Credentials, *, at: datetime | None = None, floor: int = 0, mpan: str = home.MPAN) -> Node:
    """SR 6.23: the certificates of a new supplier."""
    return branch(
        "UpdateSecurityCredentialsCoS",
        *_at(at),
        leaf("SupplierFloorSeqNumber", floor),
        _pairs("SupplierReplacementCertificates", new.signing, new.key_agreement),
        *_rest(smki),
        leaf("ImportMPxN", mpan),
    )


def by_party(smki: Smki, new: Credentials, role: str, *, at: datetime | None = None, floor: int = 0) -> Node:
    """SR 6.15.1: certificates of ``role``."""
    held = _pairs("SupplierOrNetworkOperatorCertificates", new.signing, new.key_agreement)
    return branch(
        "UpdateSecurityCredentialsKRP",
        *_at(at),
        leaf("RemotePartyRole", role),
        leaf("RemotePartyFloorSeqNumber", floor),
        branch("ReplacementCertificates", held),
        *_rest(smki),
    )


def handover(smki: Smki, new: Credentials, role: str) -> Node:
    """SR 6.21: a device of the DCC goes to ``role``."""
    return branch(
        "RequestHandoverOfDCCControlledDevice",
        leaf("RemotePartyRole", role),
        leaf("RemotePartyFloorSeqNumber", 0),
        _pairs("ReplacementCertificates", new.signing, new.key_agreement),
        *_rest(smki),
    )


def read(*roles: str) -> Node:
    """SR 6.24.1: what the device holds of some roles."""
    return branch("RetrieveDeviceSecurityCredentialsKRP", *(leaf("RemotePartyRole", role) for role in roles))


def command_of(pre_command: Message, body: Node) -> Message:
    """The same command with the content of another change of supplier."""
    context = Context(
        pre_command.originator,
        pre_command.target,
        pre_command.originator_counter,
        pre_command.originator,
        pre_command.originator_counter,
    )
    return replace(pre_command, payload=BY_COS.encode(body, context))


def moving(pair: Pair, change: datetime) -> Pair:
    """A car charges at a home whose import supplier changes at ``change``."""
    registrations = pair.world.dcc.inventory.registrations
    role = UserRole.IMPORT_SUPPLIER
    registrations[:] = [entry for entry in registrations if entry.role is not role] + [
        Registration(home.MPAN, role, home.SUPPLIER, START - timedelta(days=900), change),
        Registration(home.MPAN, role, home.OTHER_SUPPLIER, change),
    ]
    pair.charge()
    return pair


def smki(pair: Pair) -> Smki:
    """That of its world."""
    assert isinstance(pair.world.smki, Smki)
    return pair.world.smki


def held(pair: Pair, role: Role, device: EUI64 = home.CHARGER) -> list[tuple[EUI64, bytes]]:
    """Party and key identifier in the signing and the key agreement cell of a role."""
    one = pair.world.home.hub if device == home.HUB else pair.world.home.devices[device]
    cells = [one.trust.anchors.get(Cell(role, use)) for use in (Use.SIGNATURE, Use.AGREEMENT)]
    return [(cell.party, cell.key_id) for cell in cells if cell is not None]


def of(party: Credentials) -> list[tuple[EUI64, bytes]]:
    """The same of a party's certificates."""
    identifiers = []
    for pair in (party.signing, party.key_agreement):
        extension = pair.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        identifiers.append((party.eui, extension.value.digest))
    return identifiers


def wire(pair: Pair) -> list[bytes]:
    """Everything that goes over the WAN from now on, in its order."""
    seen: list[bytes] = []

    def journal(now: datetime, place: str, message: bytes) -> None:
        if place in ("hub", "dcc"):
            seen.append(message)

    pair.world._journal = journal
    return seen


def inject(pair: Pair, message: Message) -> None:
    """A command that the DCC would not have sent, under the broker's MAC, straight onto the WAN."""
    command = pair.world.dcc.access_control.protect(replace(message, mac=None))
    pair.world._to_wan(True, command.encode(), pair.world.clock.now)
    pair.pass_time()


def codes(pair: Pair, user: StandInUser) -> list[str]:
    """The response codes in a user's mailbox, oldest first."""
    return [answer.code for answer in pair.mailbox(user)]


def alerts(pair: Pair, user: StandInUser) -> list[int]:
    """The codes of the device alerts in a user's mailbox, oldest first."""
    return [each.payload.alert_code for each in pair.mailbox(user) if isinstance(each.payload, DeviceAlert)]


def ask_for(pair: Pair, percent: int, user: StandInUser, until: datetime) -> str:
    """SRV 7.13 from now: the answer's code; where it is I0 it is signed, sent and carried out."""
    body = set_state(pair.world.clock.now, until, percent)
    answer = pair.ask(user, home.CHARGER, "7.13", 4, body)
    if answer.code == "I0":
        pair.command(user, home.CHARGER, "7.13", body)
        pair.pass_time()
    return answer.code
