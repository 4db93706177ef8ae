"""Electricity customer, configuration and log use cases, and the hub's: exact to and valid over every vector."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from dcc_sim.transform import Broker, transform
from schemas.duis.document import parse
from schemas.duis.request import read_request
from schemas.errors import Malformed
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, DataNotification, decode_dlms
from schemas.gbcs.envelope import Message
from schemas.gbcs.use_cases.access import Access
from schemas.gbcs.use_cases.alert_behaviour import ALERT_BEHAVIOUR
from schemas.gbcs.use_cases.configuration import CONFIGURATION
from schemas.gbcs.use_cases.configuration_billing import BILLING
from schemas.gbcs.use_cases.configuration_voltage import VOLTAGE
from schemas.gbcs.use_cases.customer import CUSTOMER
from schemas.gbcs.use_cases.declare import DeviceType, UseCase
from schemas.gbcs.use_cases.hub_log import HUB_LOG
from schemas.gbcs.use_cases.hub_radio import HUB_RADIO
from schemas.gbcs.use_cases.logs import LOGS
from schemas.gbcs.use_cases.table import by_name, for_request
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.known import known_to_the_dcc
from tests.schemas.gbcs.use_cases.vectors import ROOT, message

FAMILY = (*CUSTOMER, *VOLTAGE, *BILLING, *CONFIGURATION, *LOGS, *ALERT_BEHAVIOUR, *HUB_LOG, *HUB_RADIO)
RA = "{http://www.dccinterface.co.uk/ResponseAndAlert}"

OTHER_ALERTS = {"ECS25a": ({"x81B7"}, {0xC4, 0xC5}), "ECS25b": ({"x8003"}, set())}
"""Templates that name other alerts than their SUCCESS vector (gbcs-reference 7.2): theirs alone, the vector's alone."""

BY_NAME = {"ECS26k", "ECS26d", "ECS26e", "ECS26i", "ECS25r2", "ECS29f", "CCS05CCS04"}
"""Asked for by name: a request of an older use case, of another party or for a polyphase meter looks the same."""

ALERTS = ("CS14", "DBCH06", "DBCH07", "DBCH08", "DBCH10", "DBCH11", "ECS68", "ECS80", "MIIWA-DLMS", "FDRA-DLMS")


def folder(use_case: UseCase) -> Path:
    """The vectors of a use case."""
    return ROOT / "rtds" / f"{use_case.service}_{use_case.name}"


def templates() -> list[tuple[UseCase, Path]]:
    """Every template of the family."""
    of = ((each, f"{each.name}_{each.service}_*.XML") for each in FAMILY)
    return [(each, path) for each, name in of for path in sorted((ROOT / "duis-templates").glob(name))]


def pairs() -> list[tuple[UseCase, Path, Path]]:
    """Every template with each of its command vectors."""
    found: list[tuple[UseCase, Path, Path]] = []
    for use_case, path in TEMPLATES:
        stem = path.name.removesuffix("_REQUEST_DUIS.XML")
        for kind in ("PRECOMMAND", "COMMAND"):
            vectors = sorted(folder(use_case).glob(f"{stem}_{kind}_GBCS.HEX"))
            found.extend((use_case, path, vector) for vector in vectors)
    return found


TEMPLATES = templates()
PAIRS = pairs()
COMMANDS = [(each, path) for each in FAMILY for path in sorted(folder(each).glob("*_*COMMAND_GBCS.HEX"))]
RESPONSES = [(each, path) for each in FAMILY for path in sorted(folder(each).glob("*_RESPONSE_GBCS.HEX"))]
ALERT_VECTORS = [
    *(path for name in ALERTS for path in sorted((ROOT / "rtds" / f"NA_{name}").glob("*_ALERT_*.HEX"))),
    *sorted((ROOT / "rtds" / "6.28_DBCH04").glob("*_ALERT_*.HEX")),
]


def stem(value: object) -> str:
    """Test ids."""
    return value.name.removesuffix("_GBCS.HEX") if isinstance(value, Path) else ""


def test_there_is_something_to_compare(reference: Path) -> None:
    """The parametrised tests are not empty."""
    assert len(FAMILY) == 52
    assert len(TEMPLATES) >= 40
    assert len(PAIRS) >= 40
    assert len(RESPONSES) >= 80
    assert len(ALERT_VECTORS) >= 8


@pytest.mark.parametrize(("use_case", "path", "vector"), PAIRS, ids=stem)
def test_template_becomes_its_vector(use_case: UseCase, path: Path, vector: Path) -> None:
    """Every octet under signature and MAC; the header and all but the alerts in the two known exceptions."""
    expected = message(vector)
    broker = Broker(expected.originator, expected.originator_counter) if expected.supplementary else None
    assert (broker is not None) is use_case.brokered
    request = read_request(parse(path.read_bytes()))
    made = transform(request, use_case, broker, known_to_the_dcc(use_case, expected))
    if use_case.name not in OTHER_ALERTS:
        assert made.encode() == expected.stripped().encode()
        return
    bits = 2 * 256 // 8
    assert made.encode()[:-bits] == expected.stripped().encode()[:-bits]
    asked = {alert.name: alert.text("") for group in request.body.children[0].children for alert in group.children}
    ours, theirs = switched(made), switched(expected)
    only_asked, only_sent = OTHER_ALERTS[use_case.name]
    assert ours == {int(name[3:], 16): word == "Enable" for name, word in asked.items()}
    assert {number for number in ours if number not in theirs} == {int(name[3:], 16) for name in only_asked}
    assert {number for number in theirs if number not in ours} == only_sent
    assert all(theirs[number] is ours[number] for number in ours.keys() & theirs.keys())


@pytest.mark.parametrize(("use_case", "vector"), COMMANDS, ids=stem)
def test_command_has_the_declared_form(use_case: UseCase, vector: Path) -> None:
    """Also those that fail: object by object what is declared, and a device's check takes them."""
    content = decode_dlms(message(vector).payload)
    assert isinstance(content, AccessRequest)
    assert isinstance(use_case.content, Access)
    assert use_case.content.fits(content.items)
    assert message(vector).message_code == use_case.code


def switched(command: Message) -> dict[int, bool]:
    """The alerts that a command of SR 6.22 sets: low octet of the code, and whether it enables it."""
    content = decode_dlms(command.payload)
    assert isinstance(content, AccessRequest)
    bits = content.items[0].data.bits
    return {255 - place: bits[256 + place] == "1" for place in range(256) if bits[place] == "1"}


@pytest.mark.parametrize(("use_case", "path"), TEMPLATES, ids=stem)
def test_request_finds_its_use_case(use_case: UseCase, path: Path) -> None:
    """By body and type of device."""
    request = read_request(parse(path.read_bytes()))
    device = DeviceType.CHF if str(request.request_id.target).endswith("A2") else DeviceType.ESME
    found = for_request(request, device)
    assert (found.name == use_case.name) is (use_case.name not in BY_NAME)
    assert use_case.applies(request.body)


@pytest.mark.parametrize(("use_case", "vector"), RESPONSES, ids=stem)
def test_response_is_valid_and_names_what_failed(schema: etree.XMLSchema, use_case: UseCase, vector: Path) -> None:
    """Valid against the official schema; one result per item, in order."""
    response = message(vector)
    document = etree.fromstring(write_mmc(response, use_case))
    assert schema.validate(document), str(schema.error_log)
    content = decode_dlms(response.payload)
    assert isinstance(content, AccessResponse)
    told = [(each.get("Position"), each.get("ResponseCode")) for each in document.iter(RA + "COSEMResponse")]
    assert told == [(str(place), str(result)) for place, (_, result) in enumerate(content.results, start=1)]
    answer = document.find(f".//{RA}SMETSData/*")
    assert answer is not None
    assert answer.tag == RA + use_case.response
    assert answer.get("MessageSuccess") == ("true" if content.succeeded else "false")
    if all(result for _, result in content.results):
        assert not [each.tag for each in answer.iter() if (each.text or "").strip()]


@pytest.mark.parametrize(("use_case", "vector"), [*RESPONSES, *((None, path) for path in ALERT_VECTORS)], ids=stem)
def test_mutated_content_is_told_or_malformed(use_case: UseCase | None, vector: Path) -> None:
    """Bad octets end in Malformed, or in a document: never in another error."""
    chance = Random(vector.name)
    whole = message(vector)
    for _ in range(25):
        octets = bytearray(whole.payload)
        octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
        cut = bytes(octets) if chance.random() < 0.8 else bytes(octets[: chance.randrange(len(octets))])
        with suppress(Malformed):
            etree.fromstring(write_mmc(replace(whole, payload=cut), use_case))


@pytest.mark.parametrize("vector", ALERT_VECTORS, ids=stem)
def test_alert_is_valid(schema: etree.XMLSchema, vector: Path) -> None:
    """Valid, with the code of the content and a description in words."""
    alert = message(vector)
    document = etree.fromstring(write_mmc(alert, None))
    assert schema.validate(document), str(schema.error_log)
    content = decode_dlms(alert.payload)
    assert isinstance(content, DataNotification)
    code = f"{content.body.items[0].number:04X}"
    assert document.findtext(f".//{RA}GBCSHexAlertCode") == code
    assert code not in (document.findtext(f".//{RA}AlertDescription") or "")
    payload = document.find(f".//{RA}Payload")
    assert (payload is not None) is (code in ("8F36", "81A0", "8F72"))
    sealed = document.find(f".//{RA}GBCSData")
    assert (sealed is not None) is (code == "8F0A")


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("ECS26b", {"RMSExtremeOverVoltageThreshold": "287", "AverageRMSUnderVoltageThreshold": "200"}),
        ("ECS26l", {"BillingTime": "12:00:00", "DayOfMonth": "1", "BillingPeriodStartMonth": "1"}),
        ("ECS26d", {"BillingTime": "12:00:00", "Monthly": "1"}),
        ("ECS26m", {"ModelType": "ATGTypeX", "SupplyTamperState": "Locked", "MeterVariant": "B"}),
        ("ECS26i", {"DeviceIdentifier": "00-DB-12-34-56-78-90-A2", "ModelType": "ATGTypeY"}),
        ("ECS26f", {"LowMediumPowerThreshold": "2300", "MediumHighPowerThreshold": "4600"}),
        ("ECS26j", {"PaymentMode": "Prepayment"}),
        ("ECS40", {"ImportMPAN": "1312345678111", "SecondaryImportMPAN": "1312345678222"}),
        ("ECS35a", {"Timestamp": "2014-12-31T00:00:00Z", "LogCode": "8F01", "OtherInformationLogMeaning": "PCS01"}),
        ("ECS35e", {"LogCode": "8002", "OtherInformation": "00000001"}),
        ("DBCH03", {"NormalLimitedDutyCycleThreshold": "1.25", "NonGSMEPoorCommsPercentageThreshold": "50.5"}),
        ("CCS07", {"DeviceSecurityDetails": "83FED3407A939723A5C639B26916D506"}),
    ],
)
def test_values(reference: Path, name: str, texts: dict[str, str]) -> None:
    """Known values of the SUCCESS vectors, where they are present."""
    use_case = by_name(name)
    vectors = sorted(folder(use_case).glob("*SUCCESS_RESPONSE_GBCS.HEX"))
    if not vectors:
        pytest.skip(f"no response vector of {name}")
    document = etree.fromstring(write_mmc(message(vectors[-1]), use_case))
    assert {key: document.findtext(f".//{RA}SMETSData//{RA}{key}") for key in texts} == texts


def test_operating_channel(reference: Path) -> None:
    """The vector's one bit is channel 0 of the lower band."""
    vector = folder(by_name("DBCH01")) / "DBCH01_6.31_SUCCESS_RESPONSE_GBCS.HEX"
    if not vector.is_file():
        pytest.skip("no response vector of DBCH01")
    document = etree.fromstring(write_mmc(message(vector), by_name("DBCH01")))
    assert document.find(f".//{RA}OperatingLowerBandSubGHzChannel/{RA}Channel0") is not None
