"""Alerts with a GBZ content in MMC: over the vectors, outcomes joined to their request, bad layouts."""

from pathlib import Path

import pytest
from lxml import etree

from dcc_sim.identities import METER, SUPPLIER
from schemas.duis.request_id import RequestId
from schemas.errors import Malformed
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.gbz import GbzAlert
from schemas.gbcs.outcome import ZigbeeOutcome, alert_code, outcome_of
from schemas.gbcs.payload import decode_payload
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.vectors import message

RA = "{http://www.dccinterface.co.uk/ResponseAndAlert}"
SNAPSHOT = (
    "00000000 804A371C 01 00 01 AA000000 06 0F0000000000 02 B00000000000 7E0000000000 12 790000000000 C30000000000"
)


def alert(code: int, alert_code: str, content: str = "", count: int = 1) -> Message:
    """An alert at the start of 2015."""
    octets = bytes.fromhex(f"0109 {count:02X} {alert_code} 1C374A80 {content}")
    return Message(CraFlag.ALERT, 1, METER, SUPPLIER, code, octets, signature=b"")


def test_every_vector_is_valid(reference: Path, schema: etree.XMLSchema) -> None:
    """With its code, in the schema's form."""
    compared = 0
    for path in sorted((reference / "rtds").glob("*/*ALERT*.HEX")):
        each = message(path)
        content = decode_payload(each)
        if isinstance(content, GbzAlert):
            document = etree.fromstring(write_mmc(each, None))
            schema.assertValid(document)
            assert document.findtext(f".//{RA}GBCSHexAlertCode") == f"{content.code:04X}" == f"{alert_code(each):04X}"
            compared += 1
    assert compared


@pytest.mark.parametrize("code", ["8F66", "8F67"])
def test_an_outcome_names_its_request_and_instruction(code: str) -> None:
    """Message code, counter, cluster, frame control and command."""
    made = alert(0x00CD, code, "0E 006F 00000000000003E9 0707 01 00")
    assert outcome_of(made) == ZigbeeOutcome(
        int(code, 16), 0x006F, RequestId(SUPPLIER, METER, 1001), 0x0707, 0x01, 0x00
    )
    document = etree.fromstring(write_mmc(made, None))
    found = {each: document.findtext(f".//{RA}{each}") for each in ("ExtendedHeaderClusterID", "CommandIdentifier")}
    assert found == {"ExtendedHeaderClusterID": "0707", "CommandIdentifier": "00"}
    assert document.findtext(f".//{RA}FutureDatedCommandOriginatorCounter") == "1001"


def test_payloads_by_name() -> None:
    """Integrity issue and the hash of a firmware image."""
    assert b">Error Unexpected Hardware Reset<" in write_mmc(alert(0x00F2, "81A0", "0005"), None)
    assert b">" + b"AB" * 32 + b"<" in write_mmc(alert(0x00CF, "8F72", "0920" + "AB" * 32), None)
    assert b"Payload" not in write_mmc(alert(0x1000, "8F30", count=0), None)


def test_a_billing_log_in_the_clear() -> None:
    """What an opener leaves: total, blocks, tiers."""
    octets = bytes.fromhex(SNAPSHOT)
    component = f"01 0702 {len(octets) + 3:04X} 19 00 06" + SNAPSHOT
    document = etree.fromstring(write_mmc(alert(0x008B, "8F0A", component), None))
    entry = document.find(f".//{RA}GSMEBillingDataLogEntry")
    assert entry is not None
    assert [(each.tag.removeprefix(RA), each.get("index"), each.text) for each in entry] == [
        ("Timestamp", None, "2015-01-01T00:00:00Z"),
        ("ActiveImportRegisterValueConsumption", None, "15"),
        ("BlockRegisterMatrixValue", "1", "121"),
        ("BlockRegisterMatrixValue", "2", "195"),
        ("TariffTOURegisterMatrixValue", "1", "176"),
        ("TariffTOURegisterMatrixValue", "2", "126"),
    ]


@pytest.mark.parametrize(
    ("made", "field"),
    [
        (alert(0x00CD, "8F66", "0D 006F 00000000000003E9 0707 01 00"), "length of the instruction"),
        (alert(0x00CD, "8F66", "0E 006F 00000000000003E9 0707 01"), "ZCL command"),
        (alert(0x1000, "8F66", "0E 006F 00000000000003E9 0707 01 00"), "message code"),
        (alert(0x00F2, "81A0", "00FF"), "integrity issue"),
        (alert(0x00CF, "8F72", "091F" + "AB" * 31), "manufacturer image hash"),
        (alert(0x00CF, "8F72", "0A20" + "AB" * 32), "manufacturer image hash"),
        (alert(0x008B, "8F0A", "01 0702 0003 19 00 06 00"), "alert content"),
    ],
)
def test_bad_layouts_are_refused(made: Message, field: str) -> None:
    """The field is named."""
    with pytest.raises(Malformed, match=field):
        write_mmc(made, None)
