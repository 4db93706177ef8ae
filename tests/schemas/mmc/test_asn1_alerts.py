"""Alerts with an ASN.1 payload: valid in MMC with their values; firmware outcomes joined to their request."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from dcc_sim import respond
from dcc_sim.identities import METER, SUPPLIER
from dcc_sim.requests import InFlight, State
from schemas.duis.document import parse
from schemas.duis.payloads import FutureDatedDeviceAlert
from schemas.duis.request_id import RequestId
from schemas.duis.response import read_response
from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber, decode_ber
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.outcome import CosemOutcome, alert_code, outcome_of
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.vectors import ROOT, message

RA = "{http://www.dccinterface.co.uk/ResponseAndAlert}"
CODES = (0x00B2, 0x00CA, 0x00CB, 0x0124, 0x0128, 0x012B)
"""GCS62, CS06's outcome, outcomes of credentials, CCS08, CS09."""
WORDS = ("success", "noImageHeld", "hashMismatch", "activationFailure")


def vectors() -> list[Path]:
    """Every alert vector with one of the codes."""
    return [path for path in sorted((ROOT / "rtds").glob("*/*ALERT*.HEX")) if message(path).message_code in CODES]


ALERTS = vectors()


def texts(document: bytes, name: str) -> list[str]:
    """The texts of every element of that name."""
    return [element.text or "" for element in etree.fromstring(document).iter(RA + name)]


def firmware(*fields: str, code: int = 0x00CA, alert: str = "0203008F66") -> Message:
    """An alert of the given DER values after code and time stamp."""
    inner = bytes.fromhex(alert + "180F32303330303131353039303030305A" + "".join(fields))
    payload = b"\x30" + bytes((len(inner),)) + inner
    return Message(CraFlag.ALERT, 1, METER, SUPPLIER, code, payload, signature=b"")


def test_there_is_something_to_compare(reference: Path) -> None:
    """The parametrised tests are not empty."""
    assert len({message(path).message_code for path in ALERTS}) == len(CODES)


@pytest.mark.parametrize("path", ALERTS, ids=lambda path: path.stem)
def test_vector(reference: Path, schema: etree.XMLSchema, path: Path) -> None:
    """Valid, with code and time stamp as they stand in the bytes."""
    vector = message(path)
    document = write_mmc(vector, None)
    schema.assertValid(etree.fromstring(document))
    code, at = decode_ber(vector.payload).children[:2]
    assert texts(document, "GBCSHexAlertCode") == [f"{code.number:04X}"]
    moment = datetime.strptime(at.content.decode(), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    assert texts(document, "Timestamp") == [f"{moment:%Y-%m-%dT%H:%M:%SZ}"]
    assert alert_code(vector) == code.number


@pytest.mark.parametrize("path", [path for path in ALERTS if path.name.startswith("CS06")], ids=lambda path: path.stem)
def test_firmware_outcome_vector(reference: Path, path: Path) -> None:
    """Counter of the command, result, version; and which request it is of."""
    vector = message(path)
    document = write_mmc(vector, None)
    counter, outcome = decode_ber(vector.payload).children[2:]
    result, version = outcome.children
    assert texts(document, "OriginatorCounterFromCommand") == [str(counter.number)]
    assert texts(document, "ASN1Status") == [WORDS[result.number]]
    assert texts(document, "FirmwareVersion") == [version.content.hex().upper()]
    assert texts(document, "ExecutionDateTime") == texts(document, "Timestamp")
    found = outcome_of(vector)
    assert found is not None
    assert not isinstance(found, CosemOutcome)
    assert found.request == RequestId(SUPPLIER, METER, counter.number)
    assert (found.message_code, f"{found.alert:04X}" in path.name) == (0x0012, True)


@pytest.mark.parametrize(("number", "word"), [*enumerate(WORDS), (99, "notKnown")])
def test_activation_results(number: int, word: str) -> None:
    """By name; a number without one keeps its number."""
    document = write_mmc(firmware("020107", f"3009 0201{number:02X} 040401020304"), None)
    assert texts(document, "ASN1Status") == [word]
    (code,) = etree.fromstring(document).iter(RA + "ActivateImageResponseCode")
    assert code.get("ResponseCode") == str(number)


@pytest.mark.parametrize(
    "alert",
    [
        firmware(),
        firmware("020107"),
        firmware("020107", "3003 020100"),
        firmware("020107", "3009 020100 0203010203 0500"),
        firmware("020107", "3008 020100 0403010203"),
        firmware("020107", "3009 020100 040401020304", "0500"),
        firmware(code=0x00B2),
        firmware("3005 3003 020105", code=0x00B2),
        firmware("040100", "040401020304", "020100", code=0x0128),
        firmware("0401AA", "020100", code=0x012B),
        firmware(alert="0203010000"),
        firmware(alert="0201FF"),
        firmware(alert="0401FF"),
        replace(firmware(), payload=bytes.fromhex("3000")),
        replace(firmware(), payload=bytes.fromhex("0500")),
        replace(firmware(), payload=bytes.fromhex("3006 0203008F66 0500")),
    ],
)
def test_other_layouts_are_refused(alert: Message) -> None:
    """Malformed, and nothing else."""
    with pytest.raises(Malformed):
        write_mmc(alert, None)


def test_an_outcome_of_an_impossible_counter_is_refused() -> None:
    """Counters have 64 bits and no sign."""
    version = "3009 020100 040401020304"
    for counter in ("0201FF", "0209010000000000000000"):
        with pytest.raises(Malformed, match="counter"):
            outcome_of(firmware(counter, version))
    with pytest.raises(Malformed, match="has 4"):
        outcome_of(firmware("020101"))
    with pytest.raises(Malformed, match="content"):
        alert_code(replace(firmware(), payload=Ber(0x05).encode()))


def held(code: int) -> InFlight:
    """A stored request whose command had message code ``code``."""
    command = Message(CraFlag.COMMAND, 7, SUPPLIER, METER, code, b"\x05\x00")
    return InFlight(RequestId(SUPPLIER, METER, 7), "11.3", "CS06", command.encode(), State.RESPONDED)


def test_a_firmware_outcome_answers_its_request() -> None:
    """The one instruction of one; not where the stored command is another."""
    alert, now = firmware("020107", "3009 020100 040401020304"), datetime(2030, 1, 15, 9, tzinfo=UTC)
    answer = respond.alert(alert, now, held(0x0012))
    assert answer.name == str(RequestId(SUPPLIER, METER, 7))
    payload = read_response(parse(answer.document)).payload
    assert payload == FutureDatedDeviceAlert(0x8F66, alert.encode(), 1, 1)
    assert texts(respond.mmc_of(answer.document, answer.use_case), "ASN1Status") == ["success"]
    with pytest.raises(Malformed, match="message code"):
        respond.alert(alert, now, held(0x0102))
