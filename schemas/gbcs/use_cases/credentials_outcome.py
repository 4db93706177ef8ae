"""What a device says of replaced credentials, in its response or, if they were future-dated, in its alert."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.names.statuses import CREDENTIAL_STATUSES
from schemas.gbcs.use_cases.asn1_fields import (
    BITS,
    ENUMERATED,
    INTEGER,
    NULL,
    OCTETS,
    SEQUENCE,
    elements,
    expect,
    fields,
    status,
)
from schemas.gbcs.use_cases.declare import Answer, Part

ROLE_WORDS = {
    0: "Root",
    1: "Recovery",
    2: "Supplier",
    3: "NetworkOperator",
    4: "ACB",
    5: "TransCoS",
    8: "LoadController",
}
"""MMC has none for the WAN provider, 6."""

_MODES = {
    2: "SupplierBySupplier",
    3: "NetworkOperatorByNetworkOperator",
    4: "ACBByACB",
    7: "SupplierByTransCoS",
    11: "LoadControllerBySupplier",
}
"""MMC has none for the others."""

_SIGNING, _AGREEMENT, _CERTIFICATE_SIGNING = bytes.fromhex("0780"), bytes.fromhex("0308"), bytes.fromhex("0204")
_TOP_UP = 1
_MOST_OUTCOMES, _MOST_FLOORS = 3, 1
"""What MMC has room for."""


def read_outcome(value: Ber) -> Answer:
    """A response: null, and where the replacement was immediate its outcome.

    An outcome of more cells or floors than MMC has room for is there whole as GBCSData, too.
    """
    children = value.children
    if value.tag != SEQUENCE or not 1 <= len(children) <= 2 or children[0] != NULL:
        raise Malformed("response", "is a sequence of NULL and, for an immediate command, an outcome")
    if len(children) == 1:
        return Answer(True, ())
    node, success, whole = outcome_node("ExecutionOutcome", children[1])
    data = leaf("GBCSData", value.encode(), format="plain", sequence=0, name="ExecutionOutcome", type="gbcs")
    return Answer(success, [Part(node)], sealed=() if whole else (data,))


def outcome_node(name: str, outcome: Ber) -> tuple[Node, bool, bool]:
    """An outcome in MMC, whether all cells were replaced, and whether MMC had room for all of it.

    Raises:
        Malformed: another layout.
    """
    counter, mode, floors, replacements = fields(outcome, "outcome", INTEGER, INTEGER, SEQUENCE, SEQUENCE)
    nodes = [leaf("AuthorisingRemotePartyOriginatorCounter", _natural(counter, "counter"))]
    if mode.number in _MODES:
        nodes.append(leaf("CredentialsReplacementMode", _MODES[mode.number]))
    changes = [_floor(each) for each in elements(floors, "floors", SEQUENCE)]
    cells = [_replacement(each) for each in elements(replacements, "replacements", SEQUENCE)]
    nodes += changes[:_MOST_FLOORS]
    nodes += [node for node, _ in cells[:_MOST_OUTCOMES]]
    whole = len(changes) <= _MOST_FLOORS and len(cells) <= _MOST_OUTCOMES
    return branch(name, *nodes), all(good for _, good in cells), whole


def cell_words(role: Ber, usage: Ber, cell_usage: Ber | None) -> tuple[str | None, str]:
    """A cell's role, where MMC has a word for it, and the type of its certificate.

    Raises:
        Malformed: a usage without a word.
    """
    types = {_SIGNING: "DigitalSigning", _AGREEMENT: "KeyAgreement", _CERTIFICATE_SIGNING: "KeyCertSign"}
    if cell_usage is not None and cell_usage.number == _TOP_UP:
        types = {_AGREEMENT: "KeyAgreementTopUp"}
    if usage.content not in types:
        raise Malformed("key usage", f"is one of {', '.join(each.hex() for each in types)}, not {usage.content.hex()}")
    return ROLE_WORDS.get(role.number), types[usage.content]


def hash_text(key_id: Ber) -> str:
    """A key identifier, 8 octets, as MMC's hash.

    Raises:
        Malformed: another length.
    """
    return b64encode(_eight(key_id, "key identifier")).decode("ascii")


def party(value: Ber) -> EUI64:
    """The EUI-64 of a certificate's subject.

    Raises:
        Malformed: another length than 8 octets.
    """
    return EUI64(_eight(value, "subject"))


def floor_number(value: Ber) -> int:
    """A floor of counters.

    Raises:
        Malformed: it is negative.
    """
    return _natural(value, "floor")


def _eight(value: Ber, what: str) -> bytes:
    if len(expect(value, what, OCTETS).content) != 8:
        raise Malformed(what, f"has 8 octets, not {len(value.content)}")
    return value.content


def _natural(value: Ber, what: str) -> int:
    number = expect(value, what, INTEGER).number
    if number < 0:
        raise Malformed(what, f"is not negative, as {number} is")
    return number


def _floor(change: Ber) -> Node:
    """Role, floor, and a supplier's floor for top-ups."""
    if [each.tag for each in change.children] not in ([INTEGER, INTEGER], [INTEGER, INTEGER, SEQUENCE]):
        raise Malformed("floor", "is of a role, with at most one list of others")
    role, floor, *top_up = change.children
    nodes = [leaf("RemotePartyRole", ROLE_WORDS[role.number])] if role.number in ROLE_WORDS else []
    nodes.append(leaf("RemotePartyFloorSeqNumber", floor_number(floor)))
    if top_up:
        (only,) = elements(top_up[0], "top-up floors", SEQUENCE)[:1] or (NULL,)
        _, number = fields(only, "top-up floor", INTEGER, INTEGER)
        nodes.append(leaf("RemotePartyPrepaymentTopUpFloorSeqNumber", floor_number(number)))
    return branch("RemotePartySeqNumberChange", *nodes)


def _replacement(value: Ber) -> tuple[Node, bool]:
    cell, result, *parties = fields(value, "replacement", SEQUENCE, ENUMERATED, OCTETS, OCTETS, OCTETS, OCTETS)
    role, certificate_type = cell_words(*cell_parts(cell.children))
    return branch("ReplacementOutcome", *_told(result, role, certificate_type, parties)), result.number == 0


def cell_parts(values: tuple[Ber, ...]) -> tuple[Ber, Ber, Ber | None]:
    """Role, key usage, and cell usage where it is told.

    Raises:
        Malformed: others.
    """
    tags = [each.tag for each in values]
    if tags not in ([INTEGER, BITS], [INTEGER, BITS, INTEGER]):
        raise Malformed("cell", "is a role, a key usage and at most a cell usage")
    return values[0], values[1], values[2] if len(values) > 2 else None


def _told(result: Ber, role: str | None, certificate_type: str, parties: list[Ber]) -> Iterator[Node]:
    old, old_key, new, new_key = parties
    yield status("StatusCode", CREDENTIAL_STATUSES, result)
    yield leaf("CertificateType", certificate_type)
    if role is not None:
        yield leaf("RemotePartyRole", role)
    yield leaf("ExistingRemotePartyID", party(old))
    yield leaf("NewRemotePartyID", party(new))
    yield leaf("ExistingCertificateHash", hash_text(old_key))
    yield leaf("NewCertificateHash", hash_text(new_key))
