"""Credentials of remote parties that a device holds, read: CS02f and its elder CS02a (SR 6.24.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.names.statuses import CREDENTIAL_STATUSES
from schemas.gbcs.use_cases.asn1 import Asn1
from schemas.gbcs.use_cases.asn1_fields import BITS, ENUMERATED, INTEGER, OCTETS, SEQUENCE, elements, integer, sequence
from schemas.gbcs.use_cases.asn1_fields import status as status_node
from schemas.gbcs.use_cases.credentials import AGREEMENT, BROKER, LOAD_CONTROLLER
from schemas.gbcs.use_cases.credentials_outcome import ROLE_WORDS, cell_words, floor_number, hash_text, party
from schemas.gbcs.use_cases.declare import Answer, Context, DccParty, DeviceType, Part, UseCase

_ROLES = {word: role for role, word in ROLE_WORDS.items()}
_LOAD_CONTROLLER = ROLE_WORDS[LOAD_CONTROLLER]


def _ask(body: Node, context: Context) -> Ber:
    """The broker's own cell, which asks, and the roles that it asks for."""
    roles = (integer(_ROLES[each.text("")]) for each in body.all("RemotePartyRole"))
    return sequence(sequence(integer(BROKER), AGREEMENT), sequence(*roles))


def _held(value: Ber) -> Answer:
    parts, success = [], True
    for each in elements(value, "credentials", SEQUENCE):
        details, good = _details(each)
        success = success and good
        parts += [Part(node) for node in details]
    return Answer(success, parts)


def _details(value: Ber) -> tuple[list[Node], bool]:
    """Of one role: an element for each cell, or one with the status alone."""
    tags = [each.tag for each in value.children]
    if tags not in ([INTEGER, ENUMERATED], [INTEGER, ENUMERATED, INTEGER, SEQUENCE]):
        raise Malformed("credentials of a role", "are a role, a status and, where it succeeded, floor and cells")
    role, result, *held = value.children
    head = [leaf("RemotePartyRole", ROLE_WORDS[role.number])] if role.number in ROLE_WORDS else []
    head.append(status_node("StatusCode", CREDENTIAL_STATUSES, result))
    cells = elements(held[1], "cells", SEQUENCE) if held else ()
    if not cells:
        floor = [leaf("RemotePartyFloorSeqNumber", floor_number(held[0]))] if held else []
        return [branch("RemotePartyDetails", *head, *floor)], result.number == 0
    nodes = [
        branch(
            "RemotePartyDetails",
            *head,
            leaf("RemotePartyFloorSeqNumber", floor_number(held[0])),
            *_cell(role, cell.children),
        )
        for cell in cells
    ]
    return nodes, result.number == 0


def _cell(role: Ber, values: tuple[Ber, ...]) -> Iterator[Node]:
    """Key usage, cell usage where it is told, subject, key identifier."""
    tags = [each.tag for each in values]
    if tags not in ([BITS, OCTETS, OCTETS], [BITS, INTEGER, OCTETS, OCTETS]):
        raise Malformed("cell", "is a key usage, at most a cell usage, a subject and a key identifier")
    usage, *cell_usage, subject, key_id = values
    yield leaf("CertificateUsage", cell_words(role, usage, cell_usage[0] if cell_usage else None)[1])
    yield leaf("ExistingRemotePartyID", party(subject))
    yield leaf("ExistingCertificateHash", hash_text(key_id))


READ_CREDENTIALS = UseCase(
    name="CS02fMAC",
    code=0x011B,
    service="6.24.1",
    element="RetrieveDeviceSecurityCredentialsKRP",
    critical=False,
    devices=frozenset({DeviceType.ESME, DeviceType.SAPC, DeviceType.HCALCS}),
    content=Asn1(_ask, _held),
    response="RetrieveDeviceSecurityCredentialsKRPRsp",
    dcc_party=DccParty.BROKER,
)
"""Of devices with cells for a load controller (which those are is assumed; the vectors have ESME and SAPC)."""

READ_CREDENTIALS_ELDER = replace(
    READ_CREDENTIALS,
    name="CS02aMAC",
    code=0x0008,
    devices=frozenset(DeviceType) - {DeviceType.TYPE2, DeviceType.SAPC},
    applies=lambda body: all(each.text("") != _LOAD_CONTROLLER for each in body.all("RemotePartyRole")),
)

CREDENTIALS_READ = (
    READ_CREDENTIALS,
    READ_CREDENTIALS_ELDER,
    # Asked by a party other than the broker, or of the hub: no service request, the same answer.
    replace(READ_CREDENTIALS, name="CS02fSignature", service="", element=""),
    replace(READ_CREDENTIALS_ELDER, name="CS02aSignature", service="", element=""),
)
