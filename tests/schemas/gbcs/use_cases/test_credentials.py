"""Credentials: templates become vectors with their certificates, outcomes become MMC, bad ones are refused."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from dcc_sim.identities import BROKER, METER, SUPPLIER, TRANSITIONAL_COS
from dcc_sim.offline import Choices, transform_offline
from dcc_sim.transform import Broker, transform
from schemas.duis.document import parse
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import Request, read_request
from schemas.duis.request_id import RequestId
from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber, decode_ber
from schemas.gbcs.envelope import CraFlag, Message, decode
from schemas.gbcs.outcome import outcome_of
from schemas.gbcs.use_cases.credentials import CREDENTIALS
from schemas.gbcs.use_cases.credentials_read import CREDENTIALS_READ
from schemas.gbcs.use_cases.declare import Context, UseCase
from schemas.gbcs.use_cases.device_keys import DEVICE_KEYS
from schemas.gbcs.use_cases.table import by_name, for_request
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.certificates import certificates, with_certificates_of
from tests.schemas.gbcs.use_cases.vectors import ROOT, message

RA = "{http://www.dccinterface.co.uk/ResponseAndAlert}"
FAMILY = (*CREDENTIALS, *CREDENTIALS_READ, *DEVICE_KEYS)


def template(reference: Path, stem: str) -> Request:
    """A template, read."""
    return read_request(parse((reference / "duis-templates" / f"{stem}_REQUEST_DUIS.XML").read_bytes()))


def vector(reference: Path, stem: str) -> Message:
    """The command of the same stem."""
    (path,) = (reference / "rtds").glob(f"*/{stem}_COMMAND_GBCS.HEX")
    return decode(bytes.fromhex(path.read_text(encoding="ascii").strip()))


def control(use_case: UseCase, body: Node) -> Ber:
    """The authorising party's control of a command."""
    return decode_ber(use_case.encode(body, Context(SUPPLIER, METER, 1000, SUPPLIER, 1000))).children[0]


def changed(body: Node, *nodes: Node, without: tuple[str, ...] = ()) -> Node:
    """The body with elements put first, and without others."""
    return body._replace(children=(*nodes, *(child for child in body.children if child.name not in without)))


@pytest.mark.parametrize("use_case", FAMILY, ids=[each.name for each in FAMILY])
def test_templates_and_answers(reference: Path, schema: etree.XMLSchema, use_case: UseCase) -> None:
    """Commands octet for octet; every response valid, with its success told."""
    compared = 0
    for path in sorted((ROOT / "rtds").glob(f"*/{use_case.name}_*_COMMAND_GBCS.HEX")):
        stem = path.name.removesuffix("_COMMAND_GBCS.HEX")
        command = message(path)
        if (reference / "duis-templates" / f"{stem}_REQUEST_DUIS.XML").exists():
            request = template(reference, stem)
            if use_case in CREDENTIALS:
                request = with_certificates_of(request, command)
            own = command.originator != request.request_id.originator
            broker = Broker(command.originator, command.originator_counter) if own else None
            assert transform(request, use_case, broker).encode() == command.stripped().encode(), stem
        compared += 1
    for path in sorted((ROOT / "rtds").glob(f"*/{use_case.name}_*RESPONSE_GBCS.HEX")):
        document = etree.fromstring(write_mmc(message(path), use_case))
        schema.assertValid(document)
        told = document.find(f".//{RA}{use_case.response}")
        failed = "ERROR" in path.name and "FUTURE_DATED" not in path.name
        assert told is not None and told.get("MessageSuccess") == ("false" if failed else "true"), path.name
        compared += 1
    assert compared


def test_the_role_decides(reference: Path) -> None:
    """SR 6.15.1 for a supplier, a network operator, a load controller; for nobody else."""
    request = template(reference, "CS02bSupplierBySupplier_6.15.1_IMMEDIATE_SUCCESS")
    for role, name in (
        ("Supplier", "CS02bSupplierBySupplier"),
        ("NetworkOperator", "CS02bNOByNO"),
        ("LoadController", "CS02gLoadControllerBySupplier"),
    ):
        body = changed(request.body, leaf("RemotePartyRole", role), without=("RemotePartyRole",))
        assert for_request(replace(request, body=body)).name == name


def test_optional_parts_of_a_control(reference: Path) -> None:
    """Floors only where the request has them; the tag that turns time checks off."""
    body = template(reference, "CS02bSupplierBySupplier_6.15.1_FUTURE_DATED_SUCCESS").body
    supplier = by_name("CS02bSupplierBySupplier")
    floors = ("RemotePartyFloorSeqNumber", "RemotePartyPrepaymentTopUpFloorSeqNumber")
    assert [each.tag for each in control(supplier, body).children] == [0x02, 0xA2, 0x83, 0x84, 0xA5]
    assert [each.tag for each in control(supplier, changed(body, without=floors)).children] == [0x02, 0xA2, 0x83]
    late = changed(body, leaf("ApplyTimeBasedCPVChecks", False), without=("ApplyTimeBasedCPVChecks",))
    assert control(supplier, late).children[1].encode() == bytes.fromhex("810101")
    high = changed(body, leaf(floors[0], 2**63 - 1), without=floors)
    assert control(supplier, high).children[-1].content == bytes.fromhex("7FFFFFFFFFFFFFFF")


def test_a_load_controllers_floor_is_another_partys(reference: Path) -> None:
    """By its supplier it goes under [6], by itself under [4]."""
    body = template(reference, "CS02gLoadControllerBySupplier_6.15.1_IMMEDIATE_SUCCESS").body
    by_supplier = control(by_name("CS02gLoadControllerBySupplier"), body).children
    by_itself = control(by_name("CS02gLoadControllerByLoadController"), body).children
    assert (by_supplier[-1].tag, by_itself[-1].tag) == (0xA6, 0x84)
    assert by_itself[1].children[0].number == 8 and by_supplier[1].children[0].number == 2


def test_only_some_keys(reference: Path) -> None:
    """Each certificate is optional; with none there is nothing to replace."""
    body = template(reference, "CS02bSupplierBySupplier_6.15.1_IMMEDIATE_SUCCESS").body
    held = body.node("ReplacementCertificates/SupplierOrNetworkOperatorCertificates")
    for count in (1, 0):
        kept = branch("ReplacementCertificates", held._replace(children=held.children[:count]))
        other = changed(body, kept, without=("ReplacementCertificates",))
        use_case = by_name("CS02bSupplierBySupplier")
        if count:
            value = decode_ber(use_case.encode(other, Context(SUPPLIER, METER, 1, SUPPLIER, 1)))
            assert len(value.children[1].children) == 1 and len(list(certificates(value))) == 2
        else:
            with pytest.raises(Malformed, match="at least one certificate"):
                control(use_case, other)


@pytest.mark.parametrize(
    ("name", "node", "field"),
    [
        ("CS02bNOByNO", leaf("RemotePartyPrepaymentTopUpFloorSeqNumber", 1), "TopUpFloor"),
        ("CS02gLoadControllerBySupplier", leaf("RemotePartyPrepaymentTopUpFloorSeqNumber", 1), "TopUpFloor"),
        ("CS02bSupplierBySupplier", leaf("ExecutionDateTime", datetime(2030, 1, 1, 0, 0, 0, 1, UTC)), "whole seconds"),
        ("CS02bSupplierBySupplier", branch("CertificationPathCertificates", leaf("Certificate", b"no")), "X.509"),
        ("CS02bWPByWP", leaf("RemotePartyFloorSeqNumber", 0), "by itself"),
    ],
)
def test_what_gbcs_cannot_carry(reference: Path, name: str, node: Node, field: str) -> None:
    """Only a supplier has a top-up key; certificates are certificates."""
    body = template(reference, "CS02bSupplierBySupplier_6.15.1_IMMEDIATE_SUCCESS").body
    kept = body.node("ReplacementCertificates/SupplierOrNetworkOperatorCertificates")
    two = branch("ReplacementCertificates", kept._replace(children=kept.children[:2]))
    other = changed(body, two, without=("ReplacementCertificates", "RemotePartyPrepaymentTopUpFloorSeqNumber"))
    with pytest.raises(Malformed, match=field):
        control(by_name(name), changed(other, node, without=(node.name,)))


def test_parties_of_the_dcc_on_the_command_line(reference: Path) -> None:
    """They command in their own name: no supplementary fields."""
    for stem, party in (
        ("CS02bSupplierByTransCoS_6.23_IMMEDIATE_SUCCESS", TRANSITIONAL_COS),
        ("CS02bNOByNOHandover_6.21_SUCCESS", BROKER),
        ("CS02bACBByACB_8.5_SUCCESS", BROKER),
        ("CS02fMAC_6.24.1_SUCCESS", BROKER),
    ):
        xml = (reference / "duis-templates" / f"{stem}_REQUEST_DUIS.XML").read_bytes()
        _, made = transform_offline(xml, Choices())
        assert made.originator == party and made.supplementary is None, stem


def test_a_later_outcome_names_its_request(reference: Path) -> None:
    """8F66 and 8F67 of CS02b and CS02g, by mode and counter."""
    found = {}
    for path in sorted((reference / "rtds").glob("*/CS02*ALERT*.HEX")):
        each = message(path)
        outcome = outcome_of(each)
        assert outcome is not None
        found[path.name.split("_")[0], f"{outcome.alert:04X}"] = (outcome.message_code, outcome.request)
        assert b"UpdateSecurityCredentialsExecutionOutcome" in write_mmc(each, None)
    assert found["CS02gLoadControllerBySupplier", "8F66"] == (0x0126, RequestId(SUPPLIER, METER, 1001))
    assert found["CS02gLoadControllerByLoadController", "8F66"][0] == 0x0125
    assert found["CS02bSupplierByTransCoS", "8F66"][0] == 0x0107


def answered(use_case: UseCase, payload: str) -> bytes:
    """MMC of a response."""
    return write_mmc(
        Message(CraFlag.RESPONSE, 1, METER, SUPPLIER, use_case.code, bytes.fromhex(payload), signature=b""), use_case
    )


def test_more_than_mmc_has_room_for_is_there_whole(reference: Path) -> None:
    """Contingency replaces nine cells; MMC has three, and the octets of all."""
    (path,) = (reference / "rtds").glob("*/CS02bAnyByContingency_NA_SUCCESS_RESPONSE_GBCS.HEX")
    document = etree.fromstring(write_mmc(message(path), by_name("CS02bAnyByContingency")))
    assert len(document.findall(f".//{RA}ReplacementOutcome")) == 3
    data = document.find(f".//{RA}GBCSData")
    assert data is not None and data.get("format") == "plain" and data.get("type") == "gbcs"


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("CS02bNOByNO", "3000"),
        ("CS02bNOByNO", "3004 0500 0500"),
        ("CS02bNOByNO", "300E 0500 300A 0201FF 020103 3000 3000"),
        ("CS02bNOByNO", "3013 0500 300F 020101 020103 3005 3003 020103 3000"),
        ("CS02bNOByNO", "3018 0500 3014 020101 020103 300A 3008 020103 0201FF 3000 3000"),
        ("CS02fMAC", "3005 3003 020102"),
        ("CS02fMAC", "020100"),
        ("CS02d", "0500"),
        ("CS02e", "0500"),
    ],
)
def test_bad_answers_are_refused(name: str, payload: str) -> None:
    """Another layout than the use case's."""
    with pytest.raises(Malformed):
        answered(by_name(name), payload)
