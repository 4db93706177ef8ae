"""Certificates that users want placed on devices: SR 6.15.1 (their own), 6.21 (handover), 6.23 (change of supplier).

The DCC looks before it lets them pass: every certificate is one of the SMKI repository, in use at the time, of the role
and usage that its element says, and of the party that may have it placed. A device cannot know all that. Which code
DUIS gives each of these refusals is not public: E100 with its reason.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from cryptography import x509

from dcc_sim import records
from dcc_sim.dcc import Dcc
from dcc_sim.inventory import DeviceEntry
from dcc_sim.smki import Entry, Repository, Role, Usage, issuer_name
from schemas.duis.node import Node
from schemas.duis.request import Request
from schemas.errors import Malformed, NotAuthentic
from schemas.eui import EUI64
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.dlms.times import CANCELLATION
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.payload import decode_payload
from schemas.gbcs.use_cases.asn1_fields import ENUMERATED, INTEGER, OCTETS, SEQUENCE, elements, fields
from schemas.gbcs.use_cases.credentials_outcome import party

BY_PARTY, HANDOVER, BY_COS = "6.15.1", "6.21", "6.23"
_PLACING = frozenset({BY_PARTY, HANDOVER, BY_COS})
_USAGES = {
    "DigitalSigningCertificate": Usage.SIGNING,
    "KeyAgreementCertificate": Usage.KEY_AGREEMENT,
    "KeyAgreementTopUpCertificate": Usage.KEY_AGREEMENT,
}
_ROLES = {
    "Supplier": frozenset({Role.SUPPLIER}),
    "NetworkOperator": frozenset({Role.NETWORK_OPERATOR}),
    # A supplier may put itself there (CS02g vectors).
    "LoadController": frozenset({Role.LOAD_CONTROLLER, Role.SUPPLIER}),
}
_REPLACING = frozenset({*range(0x0102, 0x0109), 0x0125, 0x0126})
_OUTCOMES = frozenset({0x00CB, 0x0124})
"""Message codes of CS02b and CS02g, and of what becomes of one that was for later."""
_SUCCESS = 0


def effective(request: Request, now: datetime) -> datetime:
    """When a request takes effect, for the question who is responsible then.

    A change of supplier for later is asked for by the supplier of then, who is not yet the supplier now. One that is
    taken back, and every other request, is a matter of now.
    """
    if request.service_reference_variant != BY_COS or not request.body.has("ExecutionDateTime"):
        return now
    at = request.body.moment("ExecutionDateTime")
    return now if at == CANCELLATION else max(at, now)


def check_certificates(request: Request, device: DeviceEntry, smki: Repository, now: datetime) -> None:
    """The certificates of a request that places some, against the repository.

    Raises:
        Malformed: the meter point is not the device's, or a role that no user has placed.
        NotAuthentic: a certificate is unknown, not good at the time, of another role or usage, or of another party.
    """
    if request.service_reference_variant not in _PLACING or request.body.name == "SignedPreCommand":
        return
    body = request.body
    at = effective(request, now)
    if request.service_reference_variant == BY_COS:
        if body.text("ImportMPxN") != device.mpxn:
            raise Malformed("ImportMPxN", f"is the meter point of {device.eui}")
        roles = _ROLES["Supplier"]
    else:
        role = body.text("RemotePartyRole")
        if role not in _ROLES:
            raise Malformed("RemotePartyRole", f"is one of {', '.join(_ROLES)}, not {role}")
        roles = _ROLES[role]
    own = request.service_reference_variant == BY_COS or (
        request.service_reference_variant == BY_PARTY and body.text("RemotePartyRole") != "LoadController"
    )
    for name, octets in _certificates(body):
        entry = _known(name, octets, smki, at)
        if entry.usage is not _USAGES[name]:
            raise NotAuthentic(name, f"is for {_USAGES[name].name.lower()}")
        if entry.role not in roles:
            raise NotAuthentic(name, f"is of a {' or '.join(sorted(each.name.lower() for each in roles))}")
        if own and entry.eui != request.request_id.originator:
            raise NotAuthentic(name, f"is of {request.request_id.originator}, who asks for it, not of {entry.eui}")


def _certificates(node: Node) -> Iterator[tuple[str, bytes]]:
    for child in node.children:
        if child.name in _USAGES:
            yield child.name, child.octets("")
        else:
            yield from _certificates(child)


def _known(name: str, octets: bytes, smki: Repository, at: datetime) -> Entry:
    try:
        certificate = x509.load_der_x509_certificate(octets)
    except ValueError:
        raise Malformed(name, "is an X.509 certificate in DER") from None
    if smki.by_serial(issuer_name(certificate), certificate.serial_number) != certificate:
        raise NotAuthentic(name, "is the certificate that the repository has under its serial")
    smki.check(certificate, at)
    return smki.entry(certificate.serial_number)


def follow(message: Message, dcc: Dcc) -> None:
    """Take into the inventory whose certificates a device holds, where its response or alert tells that they changed.

    To be called in the transaction that keeps the message.
    """
    device = dcc.inventory.devices.get(message.originator)
    if message.message_code not in (_OUTCOMES if message.cra is CraFlag.ALERT else _REPLACING) or device is None:
        return
    kept = frozenset(party.eui for party in dcc.access_control.own.values())
    try:
        known = known_after(device, message, kept)
    except Malformed:
        # What cannot be read is still the user's answer: it is delivered as it came.
        return
    if known != device.known_parties:
        records.keep(dcc.inventory, dcc.store, replace(device, known_parties=known))


def known_after(device: DeviceEntry, message: Message, kept: frozenset[EUI64]) -> frozenset[EUI64]:
    """The parties whose certificates a device holds after what it says in ``message``, which tells of credentials.

    Args:
        device: as the DCC knew it.
        message: its response, or its alert.
        kept: parties that stay known whatever is replaced: those of the DCC, which have cells of their own.

    Raises:
        Malformed: it has another layout than its message code says.
    """
    old, new, still = set(), set(), set(kept)
    for success, before, after in _replaced(message):
        if success:
            old.add(before)
            new.add(after)
        else:
            still.add(before)
    return device.known_parties - (old - still) | new


def _replaced(message: Message) -> Iterator[tuple[bool, EUI64, EUI64]]:
    """Of each cell in the outcome that a response or alert tells: whether it was replaced, old and new party."""
    content = decode_payload(message)
    if not isinstance(content, Ber):
        raise Malformed("content", "is ASN.1")
    # After NULL in a response, after code and time in an alert.
    for outcome in content.children[2 if message.cra is CraFlag.ALERT else 1 :]:
        _, _, _, rows = fields(outcome, "outcome", INTEGER, INTEGER, SEQUENCE, SEQUENCE)
        for row in elements(rows, "replacements", SEQUENCE):
            _, status, old, _, new, _ = fields(row, "replacement", SEQUENCE, ENUMERATED, OCTETS, OCTETS, OCTETS, OCTETS)
            yield status.number == _SUCCESS, party(old), party(new)
