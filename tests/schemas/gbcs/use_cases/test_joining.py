"""Joins, firmware, gas clock and device logs in ASN.1: templates become their vectors, answers become MMC, and what
the samples lack: every type and result, cancellation, missing knowledge, other layouts."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from dcc_sim.cli import main
from dcc_sim.identities import BROKER, METER, SUPPLIER
from dcc_sim.transform import Broker, transform
from schemas.duis.document import parse
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import read_request
from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.asn1 import Ber, decode_ber, generalized_time
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.use_cases.declare import Context, DeviceType, Known, OtherDevice, UseCase
from schemas.gbcs.use_cases.device_log import DEVICE_LOG, READ_LOG
from schemas.gbcs.use_cases.firmware import ACTIVATE, FIRMWARE, READ_VERSION
from schemas.gbcs.use_cases.gas_clock import GAS_CLOCK
from schemas.gbcs.use_cases.gas_log import GAS_LOG, RESTORE
from schemas.gbcs.use_cases.joining import JOINING
from schemas.gbcs.use_cases.table import by_name, for_request
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.known import known_to_the_dcc
from tests.schemas.gbcs.use_cases.vectors import ROOT, message

RA = "{http://www.dccinterface.co.uk/ResponseAndAlert}"
USE_CASES: tuple[UseCase, ...] = (*JOINING, *FIRMWARE, *GAS_CLOCK, *GAS_LOG, *DEVICE_LOG)
OTHER = EUI64.parse("00-DB-12-34-56-78-90-9A")
NOTHING_MORE = Known()
NUMBERS = {"GSME": 0, "ESME": 1, "CHF": 2, "GPF": 3, "HCALCS": 4, "PPMID": 5, "Type2": 6}
OTHER_USER = "CS08_11.2_SUCCESS"
"""The template names the broker as the user, its vector the supplier."""


def template_pairs() -> list[tuple[UseCase, Path, Path]]:
    """Use case, template, vector."""
    return [
        (use_case, path, vector)
        for use_case in USE_CASES
        for path in sorted((ROOT / "duis-templates").glob(f"{use_case.name}_{use_case.service}_*.XML"))
        for vector in sorted((ROOT / "rtds").glob(f"*/{path.name.removesuffix('_REQUEST_DUIS.XML')}_*COMMAND_*.HEX"))
    ]


def response_vectors() -> list[tuple[UseCase, Path]]:
    """Use case, response."""
    return [
        (use_case, path)
        for use_case in USE_CASES
        for path in sorted((ROOT / "rtds").glob(f"{use_case.service}_{use_case.name}/*_RESPONSE_*.HEX"))
    ]


PAIRS, RESPONSES = template_pairs(), response_vectors()


def context(known: Known = NOTHING_MORE, counter: int = 7) -> Context:
    """Of a command of the supplier to the meter."""
    return Context(SUPPLIER, METER, counter, SUPPLIER, counter, known)


def encoded(use_case: UseCase, body: Node, known: Known = NOTHING_MORE, counter: int = 7) -> Ber:
    """The payload of a command."""
    return decode_ber(use_case.encode(body, context(known, counter)))


def told(use_case: UseCase, payload: str) -> etree._Element:
    """The MMC document of a response."""
    response = Message(CraFlag.RESPONSE, 1, METER, SUPPLIER, use_case.code, bytes.fromhex(payload), signature=b"")
    return etree.fromstring(write_mmc(response, use_case))


def texts(root: etree._Element, name: str) -> list[str]:
    """The texts of every element of that name."""
    return [element.text or "" for element in root.iter(RA + name)]


def success(root: etree._Element, use_case: UseCase) -> str | None:
    """What MessageSuccess says."""
    (body,) = root.iter(RA + use_case.response)
    return body.get("MessageSuccess")


def join(use_case: UseCase) -> Node:
    """The body of SR 8.7 and 8.8."""
    return branch(use_case.element, leaf("OtherDeviceID", OTHER))


def test_there_is_something_to_compare(reference: Path) -> None:
    """The parametrised tests are not empty: most of the use cases have vectors."""
    assert len({use_case.name for use_case, _, _ in PAIRS}) >= 10
    assert len({use_case.name for use_case, _ in RESPONSES}) >= 10


@pytest.mark.parametrize(("use_case", "path", "vector"), PAIRS, ids=lambda value: getattr(value, "stem", ""))
def test_template_becomes_its_vector(use_case: UseCase, path: Path, vector: Path) -> None:
    """Octet for octet up to what protection adds."""
    expected = message(vector)
    request = read_request(parse(path.read_bytes()))
    assert bool(expected.supplementary) is use_case.brokered
    broker = Broker(expected.originator, expected.originator_counter) if expected.supplementary else None
    known = known_to_the_dcc(use_case, expected)
    made = transform(request, use_case, broker, known)
    if path.name.startswith(OTHER_USER):
        assert expected.supplementary is not None
        assert request.request_id.originator == BROKER != expected.supplementary.remote_party
        made = replace(made, supplementary=expected.supplementary)
    assert made.encode() == expected.stripped().encode()
    if not expected.is_pre_command:
        assert bool(expected.signature) is (use_case.critical or use_case.broker_signs)
    (device,) = {each for each in use_case.devices if each in (TARGETS.get(expected.target[-1]), None)}
    assert for_request(request, device, known) is use_case


TARGETS = {
    0xA0: DeviceType.ESME,
    0xA1: DeviceType.GSME,
    0xA3: DeviceType.GPF,
    0xA4: DeviceType.PPMID,
    0xA5: DeviceType.HCALCS,
}
"""By the last octet of the EUI (gbcs-reference 0.1)."""


@pytest.mark.parametrize(("use_case", "path"), RESPONSES, ids=lambda value: getattr(value, "stem", ""))
def test_response_vector(schema: etree.XMLSchema, use_case: UseCase, path: Path) -> None:
    """Valid, success as its file says, every number told, and dated only where declared."""
    vector = message(path)
    root = etree.fromstring(write_mmc(vector, use_case))
    schema.assertValid(root)
    assert bool(vector.date_time) is use_case.dated_response
    # A future-dated command is accepted; that it fails is for its alert to say.
    good = "SUCCESS" in path.name or "FUTURE_DATED" in path.name
    assert success(root, use_case) == ("true" if good else "false")
    assert not list(root.iter(RA + "DebugInfo"))


@pytest.mark.parametrize("use_case", [each for each in JOINING if each.service.startswith("8.7")], ids=lambda u: u.name)
@pytest.mark.parametrize("device_type", [*DeviceType], ids=str)
def test_join_of_every_type(use_case: UseCase, device_type: DeviceType) -> None:
    """Method, device and the number of its type; GBCS has none for a SAPC."""
    known = Known(other=OtherDevice(device_type))
    if device_type is DeviceType.SAPC:
        with pytest.raises(Malformed, match="OtherDeviceID"):
            encoded(use_case, join(use_case), known)
        return
    method, device, number = encoded(use_case, join(use_case), known).children
    assert method.number == {"CS03A1": 0, "CS03B": 2}.get(use_case.name, 1 if "A2" in use_case.name else 3)
    assert (device.content, number.number) == (OTHER, NUMBERS[device_type])


def test_join_needs_the_other_device() -> None:
    """Its type is not in the request; an unjoin does without."""
    for use_case in JOINING:
        if use_case.service.startswith("8.7"):
            with pytest.raises(Malformed, match="OtherDeviceID"):
                encoded(use_case, join(use_case))
        else:
            assert encoded(use_case, join(use_case)) == Ber(0x04, OTHER)


@pytest.mark.parametrize("name", ["CS03CCritical", "CS03CNonCritical"])
def test_join_with_a_certificate_that_is_none(name: str) -> None:
    """Octets that are no ASN.1 do not go into a command."""
    use_case = by_name(name)
    known = Known(other=OtherDevice(DeviceType.PPMID, b"\x30\x05\x02"))
    with pytest.raises(Malformed):
        encoded(use_case, join(use_case), known)


@pytest.mark.parametrize(
    ("element", "target", "other", "expected"),
    [
        ("JoinServiceNonCritical", DeviceType.PPMID, DeviceType.ESME, "CS03A2NonCritical"),
        ("JoinServiceNonCritical", DeviceType.PPMID, DeviceType.GSME, "CS03CNonCritical"),
        ("JoinServiceNonCritical", DeviceType.PPMID, DeviceType.GPF, "CS03B"),
        ("JoinServiceNonCritical", DeviceType.GSME, DeviceType.GPF, "CS03B"),
        ("JoinServiceNonCritical", DeviceType.GPF, DeviceType.TYPE2, "CS03B"),
        ("JoinServiceCritical", DeviceType.ESME, DeviceType.PPMID, "CS03A1"),
        ("JoinServiceCritical", DeviceType.HCALCS, DeviceType.ESME, "CS03A2Critical"),
        ("JoinServiceCritical", DeviceType.GSME, DeviceType.PPMID, "CS03CCritical"),
        ("UnjoinServiceNonCritical", DeviceType.PPMID, DeviceType.GPF, "CS04B"),
        ("UnjoinServiceNonCritical", DeviceType.PPMID, DeviceType.GSME, "CS04ACNonCritical"),
        ("UnjoinServiceNonCritical", DeviceType.PPMID, None, "CS04ACNonCritical"),
        ("UnjoinServiceCritical", DeviceType.GSME, DeviceType.PPMID, "CS04ACCritical"),
    ],
)
def test_method_follows_from_the_types(
    element: str, target: DeviceType, other: DeviceType | None, expected: str
) -> None:
    """Which use case carries a join, by target and other device."""
    known = Known(other=None if other is None else OtherDevice(other))
    fits = [u for u in JOINING if u.element == element and target in u.devices and u.suits(known)]
    assert fits[0].name == expected


@pytest.mark.parametrize("use_case", JOINING, ids=lambda use_case: use_case.name)
def test_join_results_by_name(use_case: UseCase) -> None:
    """Each in MMC's words with its number; one that GBCS does not name keeps the number; other answers are refused."""
    words = {0: "success", 1: "otherDeviceNotInDeviceLog", 2: "otherFailure", 77: "notKnown"}
    if use_case.service.startswith("8.7"):
        words = {0: "success", 3: "incompatibleWithExistingEntry", 6: "keyAgreementNoResources", 13: "noCBKEResponse"}
    for number, word in words.items():
        root = told(use_case, f"0201{number:02X}")
        assert texts(root, "ASN1Status") == [word]
        assert success(root, use_case) == ("true" if number == 0 else "false")
    for payload in ("0200", "0500", "0A0100", "3003 020100"):
        with pytest.raises(Malformed):
            told(use_case, payload)


def activation(execution: datetime | None) -> Node:
    """The body of SR 11.3."""
    dated = [] if execution is None else [leaf("ExecutionDateTime", execution)]
    return branch("ActivateFirmware", *dated, leaf("FirmwareHash", bytes(32)))


def test_activation_now_later_and_never() -> None:
    """Without a time, with it, and with the one that no device reaches; counters in their fewest octets."""
    assert [each.tag for each in encoded(ACTIVATE, activation(None)).children] == [0x04, 0x02]
    at = datetime(2030, 1, 15, 9, 30, 1, tzinfo=UTC)
    assert generalized_time(encoded(ACTIVATE, activation(at)).children[2]) == at
    never = encoded(ACTIVATE, activation(datetime(3000, 12, 31, tzinfo=UTC)))
    assert never.children[2].content == b"99991231235959Z"
    for counter, octets in ((127, "7F"), (128, "0080"), (2**64 - 1, "00FFFFFFFFFFFFFFFF")):
        assert encoded(ACTIVATE, activation(None), counter=counter).children[1].content.hex().upper() == octets
    with pytest.raises(Malformed, match="whole seconds"):
        encoded(ACTIVATE, activation(datetime(2030, 1, 15, 9, 30, 1, 5000, tzinfo=UTC)))


def test_activation_answers() -> None:
    """Accepted for later; done or not, with the version that runs."""
    assert success(told(ACTIVATE, "0500"), ACTIVATE) == "true"
    words = ("success", "noImageHeld", "hashMismatch", "activationFailure")
    for number, word in enumerate(words):
        root = told(ACTIVATE, f"3009 0201{number:02X} 04040123ABCF")
        assert (texts(root, "ASN1Status"), texts(root, "FirmwareVersion")) == ([word], ["0123ABCF"])
    for payload in ("020100", "3000", "3003 020100", "3008 020100 0403012345", "300B 020100 04040123ABCF 0500"):
        with pytest.raises(Malformed):
            told(ACTIVATE, payload)


def test_firmware_version_of_a_failed_read_is_left_out() -> None:
    """CS08 tells zeros then."""
    assert texts(told(READ_VERSION, "3009 04040123ABCD 020100"), "FirmwareVersion") == ["0123ABCD"]
    failed = told(READ_VERSION, "3009 040400000000 020101")
    assert (texts(failed, "FirmwareVersion"), success(failed, READ_VERSION)) == ([], "false")


@pytest.mark.parametrize("use_case", GAS_CLOCK, ids=lambda use_case: use_case.name)
def test_gas_clock(use_case: UseCase) -> None:
    """Earliest and latest time; the state of the clock by name; no time after the year 9999."""

    def body(at: datetime, tolerance: int) -> Node:
        return branch(use_case.element, leaf("CurrentDateTime", at), leaf("TolerancePeriod", tolerance))

    times = encoded(use_case, body(datetime(2026, 12, 31, 23, 59, 50, tzinfo=UTC), 86400)).children
    assert [each.content for each in times] == [b"20261231235950Z", b"20270101235950Z"]
    with pytest.raises(Malformed, match="CurrentDateTime"):
        encoded(use_case, body(datetime(9999, 12, 31, tzinfo=UTC), 86400))
    for number, word in enumerate(("reliable", "invalid", "unreliable")):
        root = told(use_case, "3014 180F32303135303130313030303030305A" + f"0201{number:02X}")
        assert (texts(root, "ASN1Status"), texts(root, "DeviceTime")) == ([word], ["2015-01-01T00:00:00Z"])


def test_device_log() -> None:
    """Devices with their types; a read that failed has none; other layouts are refused."""
    entries = "".join(f"300D 0408 00DB12345678909{number} 02010{number}" for number in range(7))
    root = told(READ_LOG, "306E 020100 3069" + entries)
    assert texts(root, "DeviceType") == list(NUMBERS)
    assert texts(root, "DeviceID") == [f"00-DB-12-34-56-78-90-9{number}" for number in range(7)]
    empty = told(READ_LOG, "3005 020100 3000")
    assert (texts(empty, "DeviceID"), success(empty, READ_LOG)) == ([], "true")
    assert success(told(READ_LOG, "3003 020101"), READ_LOG) == "false"
    for payload in ("0500", "3000", "3003 020100", "3007 020100 3002 0500", "3014 020100 300F 300D 0408" + "00" * 8):
        with pytest.raises(Malformed):
            told(READ_LOG, payload + ("020107" if payload.startswith("3014") else ""))


def test_restored_log() -> None:
    """The log that the DCC holds, empty or not; each device's outcome."""
    body = branch("RestoreGPFDeviceLog", leaf("OldGPFID", OTHER))
    with pytest.raises(Malformed, match="OldGPFID"):
        encoded(RESTORE, body)
    assert encoded(RESTORE, body, Known(proxy_log=())).encode().hex() == "30023000"
    log = ((OTHER, DeviceType.GSME), (METER, DeviceType.TYPE2))
    (devices,) = encoded(RESTORE, body, Known(proxy_log=log)).children
    assert [each.children[1].number for each in devices.children] == [0, 6]
    outcome = "3012 300D 0408 00DB12345678909A 020105"
    root = told(RESTORE, "302A 3028" + outcome + "020100" + outcome + "020104")
    assert texts(root, "ASN1Status") == ["success", "deviceLogFull"]
    assert success(root, RESTORE) == "false"
    for payload in ("3000", "3005 3003 020100", "0500"):
        with pytest.raises(Malformed):
            told(RESTORE, payload)


def test_command_line_names_the_other_device(reference: Path, tmp_path: Path) -> None:
    """``dcc-sim transform`` is told what the DCC's inventory would know, certificates as PEM or DER."""
    (vector,) = (path for _, _, path in PAIRS if path.name.startswith("CS03CNonCritical_8.7.2_SUCCESS_COMMAND"))
    (template,) = (path for _, path, _ in PAIRS if path.name.startswith("CS03CNonCritical"))
    other = known_to_the_dcc(by_name("CS03CNonCritical"), message(vector)).other
    assert other is not None
    read = x509.load_der_x509_certificate(other.certificate)
    for name, encoding in (("DER", Encoding.DER), ("PEM", Encoding.PEM)):
        (tmp_path / name).write_bytes(read.public_bytes(encoding))
        entry = {"type": str(other.device_type), "certificate": name}
        assert _transformed(template, tmp_path, entry).strip() == message(vector).stripped().encode().hex().upper()
    (tmp_path / "bad").write_text("-----BEGIN NOTHING-----")
    assert "certificate: is a file with a certificate" in _transformed(
        template, tmp_path, {"type": "GSME", "certificate": "bad"}
    )
    assert "devices/" in _transformed(template, tmp_path, {"type": "toaster"})


def _transformed(template: Path, folder: Path, entry: dict[str, str]) -> str:
    """What the command prints with an inventory that has the join's other device as ``entry``."""
    body = read_request(parse(template.read_bytes())).body
    file = folder / "inventory.json"
    file.write_text(json.dumps({"devices": {str(body.eui("OtherDeviceID")): entry}}))
    return CliRunner().invoke(main, ["transform", "--inventory", str(file), str(template)]).output


@pytest.mark.parametrize(
    ("use_case", "path"),
    [pair for pair in RESPONSES if pair[0].service.startswith("8.7")],
    ids=lambda value: getattr(value, "stem", ""),
)
def test_command_line_tells_who_asked(use_case: UseCase, path: Path) -> None:
    """``dcc-sim mmc`` has the message alone: a join that the broker signed is answered through the broker."""
    assert f"<ra:{use_case.response} " in CliRunner().invoke(main, ["mmc", str(path)]).output
