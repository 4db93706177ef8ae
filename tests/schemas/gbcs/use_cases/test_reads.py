"""Reads of an electricity meter, plain and encrypted: templates to vectors, vectors to MMC with and without the key."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from lxml import etree

from dcc_sim.identities import BROKER, METER, SUPPLIER
from dcc_sim.keys import KeyFolder
from dcc_sim.offline import Choices, transform_offline
from dcc_sim.transform import Broker, transform
from schemas.duis.document import parse
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import Request, read_request
from schemas.errors import Malformed, NotAuthentic
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, decode_dlms, liid
from schemas.gbcs.dlms.data import Data
from schemas.gbcs.envelope import CraFlag, Message, Supplementary, decode
from schemas.gbcs.protection import ENCRYPTION_FLAG, derive_key, encrypt
from schemas.gbcs.sealed import opener
from schemas.gbcs.use_cases.declare import Context, UseCase
from schemas.gbcs.use_cases.profile_reads import EXPORT_DAILY_READS, EXPORT_PROFILE, PREPAYMENT_CREDITS, PROFILE_READS
from schemas.gbcs.use_cases.protected import Protected
from schemas.gbcs.use_cases.protected_profiles import (
    BILLING_CALENDAR_LOG,
    CHANGE_OF_TARIFF_LOG,
    DAILY_BALANCES,
    DAILY_CONSUMPTION,
    DAILY_READS,
    IMPORT_PROFILE,
    PROTECTED_PROFILES,
)
from schemas.gbcs.use_cases.protected_reads import (
    IMPORT_BLOCKS,
    IMPORT_REGISTERS,
    IMPORT_TIMES_OF_USE,
    PREPAYMENT_BALANCES,
    PROTECTED_READS,
)
from schemas.gbcs.use_cases.table import for_request
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.vectors import octets

PROTECTED = (*PROTECTED_READS, *PROTECTED_PROFILES)
FAMILY: tuple[UseCase, ...] = (*PROFILE_READS, *PROTECTED)
NAMES = [use_case.name for use_case in FAMILY]
PREFIX = "{http://www.dccinterface.co.uk/ResponseAndAlert}"
SECRET = bytes(range(32))
START, END = datetime(2014, 3, 9, tzinfo=UTC), datetime(2014, 3, 11, 12, 30, 1, tzinfo=UTC)
CONTEXT = Context(SUPPLIER, METER, 7, SUPPLIER, 7)
BROKERED = Context(BROKER, METER, 9, SUPPLIER, 7)
NUMBER, AMOUNT, AT = dlms.double_long_unsigned(5), Data(dlms.Tag.DOUBLE_LONG, -5), dlms.double_long_unsigned(86400)
WATT_HOURS, REACTIVE = (dlms.structure(dlms.integer(0), dlms.enum(unit)) for unit in (30, 32))


@pytest.fixture(scope="module")
def keys(reference: Path) -> KeyFolder:
    """The parties' and devices' keys."""
    return KeyFolder.load(reference / "rtds-keystore")


def matrix(size: int, first: int = 1) -> Data:
    """An array of numbers that count up."""
    return dlms.array(*(dlms.double_long_unsigned(first + place) for place in range(size)))


def certificate(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    """A self-signed certificate in DER."""
    name = x509.Name([])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, START, END)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return made.sign(key, algorithm).public_bytes(serialization.Encoding.DER)


def sealed(use_case: UseCase, *values: Data) -> Message:
    """A meter's encrypted answer whose sources hold ``values``."""
    key = derive_key(SECRET, METER, ENCRYPTION_FLAG, 7, SUPPLIER)
    protected = dlms.octets(encrypt(dlms.structure(*values).encode(), key, METER))
    return answer(use_case, dlms.structure(dlms.array(), protected), Choice.ACTION)


def answer(use_case: UseCase, value: Data, choice: Choice = Choice.GET) -> Message:
    """A meter's answer of one item."""
    content = AccessResponse(liid(7), (value,), ((choice, 0),)).encode()
    return Message(CraFlag.RESPONSE, 7, METER, SUPPLIER, use_case.code, content, signature=b"")


def told(use_case: UseCase, message: Message) -> etree._Element:
    """The use case's element of MMC, encrypted parts opened."""
    document = etree.fromstring(write_mmc(message, use_case, opener(SECRET, message)))
    assert document.find(f".//{PREFIX}GBCSData") is None
    found = document.find(f".//{PREFIX}{use_case.response}")
    assert found is not None
    return found


def texts(element: etree._Element, name: str) -> list[str | None]:
    """The texts of all elements with a name."""
    return [each.text for each in element.iter(f"{PREFIX}{name}")]


@pytest.mark.parametrize("use_case", FAMILY, ids=NAMES)
def test_template_becomes_its_vector(reference: Path, use_case: UseCase) -> None:
    """Every template with a vector, octet for octet up to what protection adds, through the broker where it was."""
    compared = 0
    for path in sorted((reference / "duis-templates").glob(f"{use_case.name}_{use_case.service}_*.XML")):
        stem = path.name.removesuffix("_REQUEST_DUIS.XML")
        for file in sorted((reference / "rtds").glob(f"*/{stem}_COMMAND_GBCS.HEX")):
            vector = decode(octets(file))
            broker = Broker(vector.originator, vector.originator_counter) if vector.supplementary else None
            request = read_request(parse(path.read_bytes()))
            assert for_request(request).name == use_case.name
            assert transform(request, use_case, broker).encode() == vector.stripped().encode(), file.name
            compared += 1
    assert compared


@pytest.mark.parametrize("use_case", FAMILY, ids=NAMES)
def test_responses_are_valid_mmc(reference: Path, schema: etree.XMLSchema, keys: KeyFolder, use_case: UseCase) -> None:
    """With the key: the values. Without: the encrypted part as it is. Of a failure: neither."""
    read = 0
    for file in sorted((reference / "rtds").glob(f"{use_case.service}_{use_case.name}/*_RESPONSE_GBCS.HEX")):
        message = decode(octets(file))
        closed = etree.fromstring(write_mmc(message, use_case))
        opened = etree.fromstring(write_mmc(message, use_case, keys.opener(message)))
        for document in (closed, opened):
            schema.assertValid(document)
        success = "SUCCESS" in file.name
        hidden = isinstance(use_case.content, Protected) and success
        assert len(list(closed.iter(f"{PREFIX}GBCSData"))) == hidden
        assert not list(opened.iter(f"{PREFIX}GBCSData"))
        (values,) = opened.iter(f"{PREFIX}{use_case.response}")
        assert any(each.text for each in values.iter()) is success, file.name
        read += 1
    assert read


def test_the_wrong_key_opens_nothing() -> None:
    """Somebody else's secret, and a message that says another counter."""
    message = sealed(DAILY_CONSUMPTION, dlms.array())
    for wrong in (opener(bytes(32), message), opener(SECRET, replace(message, originator_counter=8))):
        with pytest.raises(NotAuthentic, match="tag"):
            write_mmc(message, DAILY_CONSUMPTION, wrong)


def period(start: datetime = START, end: datetime = END) -> Node:
    """ReadLogPeriod."""
    return branch("ReadLogPeriod", leaf("StartDateTime", start), leaf("EndDateTime", end))


@pytest.mark.parametrize("use_case", FAMILY, ids=NAMES)
def test_execution_date_stays_with_the_dcc(use_case: UseCase) -> None:
    """The schema allows one everywhere; the command is the same."""
    inside = () if use_case in PROTECTED_READS else (period(),)
    plain, dated = (branch(use_case.element, *extra, *inside) for extra in ((), (leaf("ExecutionDateTime", START),)))
    assert use_case.encode(plain, CONTEXT) == use_case.encode(dated, CONTEXT)


def items(use_case: UseCase, body: Node, context: Context) -> Data:
    """The parameter of the command's one action."""
    content = decode_dlms(use_case.encode(body, context))
    assert isinstance(content, AccessRequest)
    (item,) = content.items
    assert (item.choice, item.class_id, item.member) == (Choice.ACTION, 30, 1)
    return item.data


def test_period_of_an_encrypted_read() -> None:
    """As date-times, for each source."""
    attributes, _ = items(BILLING_CALENDAR_LOG, branch(BILLING_CALENDAR_LOG.element, period()), CONTEXT).fields(2)
    for source in attributes.items:
        kind, bounds = source.fields(5)[4].fields(2)
        assert kind.number == 1
        assert [edge.octets.hex() for edge in bounds.fields(2)] == [
            "07de0309ff000000008000ff",
            "07de030bff0c1e01008000ff",
        ]
    assert [source.items[1].octets.hex() for source in attributes.items] == ["0000620100ff", "0000620101ff"]


@pytest.mark.parametrize("use_case", (*PROFILE_READS, *PROTECTED_PROFILES), ids=lambda each: each.name)
def test_bad_periods(use_case: UseCase) -> None:
    """Parts of a second do not fit; a plain log's 32 bits of seconds begin in 2000."""
    with pytest.raises(Malformed, match="ReadLogPeriod/StartDateTime"):
        use_case.encode(branch(use_case.element, period(START.replace(microsecond=10))), CONTEXT)
    with pytest.raises(Malformed, match="ReadLogPeriod"):
        use_case.encode(branch(use_case.element), CONTEXT)
    if use_case in PROFILE_READS:
        with pytest.raises(Malformed, match="2000 to 2136"):
            use_case.encode(branch(use_case.element, period(datetime(1999, 12, 31, tzinfo=UTC))), CONTEXT)


@pytest.mark.parametrize("use_case", PROTECTED_PROFILES, ids=lambda each: each.name)
def test_a_party_that_the_device_does_not_know(use_case: UseCase) -> None:
    """Its certificate goes with the command; the answer is for it, under the counter of the broker's command."""
    credentials = leaf("KAPublicSecurityCredentials", certificate(ec.generate_private_key(ec.SECP256R1())))
    body = branch(use_case.element, period(), credentials)
    _, protection = items(use_case, body, BROKERED).fields(2)
    parties = protection.items[0].fields(2)[1].fields(5)
    assert [each.octets for each in parties[:3]] == [b"\x04" + (9).to_bytes(8, "big"), SUPPLIER, METER]
    with pytest.raises(Malformed, match="KAPublicSecurityCredentials"):
        use_case.encode(body, CONTEXT)
    with pytest.raises(Malformed, match="KAPublicSecurityCredentials"):
        use_case.encode(branch(use_case.element, period()), BROKERED)


def test_a_read_without_credentials_in_its_schema() -> None:
    """SR 4.1 and 4.3 have no place for a certificate: the device must know the user."""
    with pytest.raises(Malformed, match="KAPublicSecurityCredentials"):
        IMPORT_REGISTERS.encode(branch(IMPORT_REGISTERS.element), BROKERED)


def urp_request(reference: Path) -> Request:
    """The template with a certificate."""
    path = reference / "duis-templates" / "ECS21b_4.14_URP_SUCCESS_REQUEST_DUIS.XML"
    return read_request(parse(path.read_bytes()))


def with_credentials(request: Request, value: bytes) -> Request:
    """``request`` with another certificate."""
    kept = tuple(child for child in request.body.children if child.name != "KAPublicSecurityCredentials")
    body = request.body._replace(children=(*kept, leaf("KAPublicSecurityCredentials", value)))
    return replace(request, body=body)


def test_the_certificate_is_in_the_supplementary_fields(reference: Path) -> None:
    """After the user's id and counter; the offline transform finds by itself that the broker must speak."""
    request = urp_request(reference)
    held = request.body.octets("KAPublicSecurityCredentials")
    made = transform(request, DAILY_BALANCES, Broker(BROKER, 5))
    asked = request.request_id
    assert decode(made.encode()).supplementary == Supplementary(asked.originator, asked.counter, certificate=held)
    path = reference / "duis-templates" / "ECS21b_4.14_URP_SUCCESS_REQUEST_DUIS.XML"
    use_case, offline = transform_offline(path.read_bytes(), Choices(broker_counter=5))
    assert (use_case.name, offline) == ("ECS21b", made)


def test_bad_certificates(reference: Path) -> None:
    """Not X.509, or not of a P-256 key: the device could not answer to it."""
    request = urp_request(reference)
    other_curve = certificate(ec.generate_private_key(ec.SECP384R1()))
    other_kind = certificate(ed25519.Ed25519PrivateKey.generate())
    for bad in (b"", b"\x30\x03\x02\x01\x01", other_curve, other_kind):
        with pytest.raises(Malformed, match="KAPublicSecurityCredentials"):
            transform(with_credentials(request, bad), DAILY_BALANCES, Broker(BROKER, 5))


def test_registers_of_both_elements(schema: etree.XMLSchema) -> None:
    """ECS17b: active and reactive with their units; the second element's active import."""
    values = (NUMBER, WATT_HOURS, dlms.double_long_unsigned(6), REACTIVE, dlms.double_long_unsigned(7))
    message = sealed(IMPORT_REGISTERS, dlms.structure(*values))
    schema.assertValid(etree.fromstring(write_mmc(message, IMPORT_REGISTERS, opener(SECRET, message))))
    read = told(IMPORT_REGISTERS, message)
    assert texts(read, "Value") == ["5", "6", "7"]
    assert texts(read, "ActiveEnergyUnit") == ["Wh", "Wh"]
    assert texts(read, "ReactiveEnergyUnit") == ["varh"]
    assert len(told(IMPORT_REGISTERS, sealed(IMPORT_REGISTERS, dlms.structure(*values[:4])))[0]) == 2


def test_time_of_use_of_both_elements() -> None:
    """ECS17d: the second element's four in the same array or in their own."""
    for matrices in ((matrix(52),), (matrix(48), matrix(4, 49))):
        read = told(IMPORT_TIMES_OF_USE, sealed(IMPORT_TIMES_OF_USE, dlms.structure(*matrices)))
        assert texts(read, "TOUPrimaryRegisterValue") == [str(number) for number in range(1, 49)]
        assert texts(read, "TOUSecondRegisterValue") == ["49", "50", "51", "52"]
    assert [each.get("index") for each in read.iter(f"{PREFIX}TOUSecondRegisterValue")] == ["1", "2", "3", "4"]


def test_blocks_and_their_counters() -> None:
    """ECS17e: 4 blocks of 8, registers first."""
    read = told(IMPORT_BLOCKS, sealed(IMPORT_BLOCKS, dlms.structure(matrix(64))))
    blocks = list(read.iter(f"{PREFIX}TariffBlock"))
    assert [block.get("index") for block in blocks] == ["1", "2", "3", "4"]
    assert texts(blocks[1], "RegisterMatrixTOUValue") == [str(number) for number in range(9, 17)]
    assert texts(blocks[1], "CounterMatrixTOUValue") == [str(number) for number in range(41, 49)]


def test_the_meter_balance_comes_first(reference: Path) -> None:
    """ECS19 and ECS82 read the same meter: its balance is the one number that both hold."""
    files = sorted((reference / "rtds").glob("4.18_ECS82/*SUCCESS_RESPONSE_GBCS.HEX"))
    keys = KeyFolder.load(reference / "rtds-keystore")
    balances = {decode_dlms(decode(octets(file)).payload) for file in files}
    assert balances
    for file in sorted((reference / "rtds").glob("4.3_ECS19/*SUCCESS_RESPONSE_GBCS.HEX")):
        message = decode(octets(file))
        document = etree.fromstring(write_mmc(message, PREPAYMENT_BALANCES, keys.opener(message)))
        for balance in balances:
            assert isinstance(balance, AccessResponse)
            assert texts(document, "MeterBalance") == [str(balance.data[0].number)]


def test_accumulated_debt_is_the_sum_of_debts(reference: Path, keys: KeyFolder) -> None:
    """The only thing that the vectors tell of the order of ECS21b's columns."""
    for file in sorted((reference / "rtds").glob("4.14_ECS21b/*KRP_SUCCESS_RESPONSE_GBCS.HEX")):
        message = decode(octets(file))
        document = etree.fromstring(write_mmc(message, DAILY_BALANCES, keys.opener(message)))
        entries = list(document.iter(f"{PREFIX}LogEntry"))
        assert entries
        for entry in entries:
            read = {each.tag.removeprefix(PREFIX): each.text for each in entry}
            debts = ("PaymentDebtRegister", "TimeDebtRegisters1", "TimeDebtRegisters2")
            assert int(str(read["AccumulatedDebtRegister"])) == sum(int(str(read[debt])) for debt in debts)


REGISTERS = (NUMBER, matrix(48), *(matrix(8, 100 * block) for block in range(1, 5)))
TWIN = (NUMBER, dlms.double_long_unsigned(6), matrix(48), matrix(4, 60), *REGISTERS[2:])
BALANCES = tuple(Data(dlms.Tag.DOUBLE_LONG, number) for number in range(-1, 5))
TWIN_ROWS = {
    CHANGE_OF_TARIFF_LOG: (dlms.array(dlms.structure(AT, *TWIN, *BALANCES)),),
    BILLING_CALENDAR_LOG: (dlms.array(dlms.structure(AT, *TWIN)), dlms.array(dlms.structure(AT, *BALANCES))),
    DAILY_READS: (dlms.array(dlms.structure(AT, *TWIN)),),
    IMPORT_PROFILE: (dlms.array(dlms.structure(AT, NUMBER, dlms.double_long_unsigned(6))),),
}


@pytest.mark.parametrize("name", [use_case.name for use_case in TWIN_ROWS])
def test_logs_of_both_elements(schema: etree.XMLSchema, name: str) -> None:
    """The second element's register and its four times of use."""
    use_case, values = next((each, values) for each, values in TWIN_ROWS.items() if each.name == name)
    message = sealed(use_case, *values)
    schema.assertValid(etree.fromstring(write_mmc(message, use_case, opener(SECRET, message))))
    read = told(use_case, message)
    if use_case is IMPORT_PROFILE:
        assert (texts(read, "PrimaryValue"), texts(read, "SecondaryValue")) == (["5"], ["6"])
        return
    seconds = [each.text for each in read.iter() if str(each.tag).startswith(f"{PREFIX}SecondaryActiveImport")]
    assert seconds == ["6"]
    assert texts(read, "SecondaryTariffTOURegisterMatrixValue") == ["60", "61", "62", "63"]
    assert texts(read, "TariffTOUBlock3RegisterMatrixValue") == [str(number) for number in range(300, 308)]
    assert set(texts(read, "Timestamp")) == {"2000-01-02T00:00:00Z"}


def test_balances_by_name() -> None:
    """Signed, in the order of the log."""
    read = told(DAILY_BALANCES, sealed(DAILY_BALANCES, dlms.array(dlms.structure(AT, *BALANCES))))
    assert [(each.tag.removeprefix(PREFIX), each.text) for each in read[0][0]] == [
        ("AccumulatedDebtRegister", "4"),
        ("EmergencyCreditBalance", "-1"),
        ("MeterBalance", "0"),
        ("PaymentDebtRegister", "1"),
        ("TimeDebtRegisters1", "2"),
        ("TimeDebtRegisters2", "3"),
        ("Timestamp", "2000-01-02T00:00:00Z"),
    ]


def test_plain_logs_by_name() -> None:
    """Columns, and times in UTC."""
    read = told(EXPORT_PROFILE, answer(EXPORT_PROFILE, dlms.array(dlms.structure(AT, NUMBER, AT))))
    assert [(each.tag.removeprefix(PREFIX), each.text) for each in read[0]] == [
        ("ActiveEnergyExportedValue", "5"),
        ("ReactiveEnergyExportedValue", "86400"),
        ("Timestamp", "2000-01-02T00:00:00Z"),
    ]
    read = told(EXPORT_DAILY_READS, answer(EXPORT_DAILY_READS, dlms.array()))
    assert len(read) == 0


@pytest.mark.parametrize(
    ("use_case", "value", "field"),
    [
        (IMPORT_REGISTERS, dlms.structure(NUMBER, WATT_HOURS, NUMBER), "import registers"),
        (IMPORT_REGISTERS, dlms.structure(NUMBER, REACTIVE, NUMBER, REACTIVE), "scaler and unit"),
        (IMPORT_TIMES_OF_USE, dlms.structure(matrix(49)), "time of use"),
        (IMPORT_BLOCKS, dlms.structure(matrix(32)), "block registers"),
        (PREPAYMENT_BALANCES, dlms.structure(AMOUNT), "DLMS data"),
        (CHANGE_OF_TARIFF_LOG, dlms.array(dlms.structure(AT, *BALANCES[1:])), "log entry"),
        (DAILY_READS, dlms.array(dlms.structure(AT, *REGISTERS[1:])), "log entry"),
        (DAILY_READS, dlms.array(dlms.structure(AT, *TWIN[:-1])), "log entry"),
        (DAILY_READS, dlms.array(*[dlms.structure(AT, *REGISTERS)] * 32), "at most 31"),
        (DAILY_READS, NUMBER, "log"),
        (DAILY_READS, dlms.array(dlms.structure()), "a time at least"),
        (DAILY_BALANCES, dlms.array(dlms.structure(AT, AMOUNT)), "prepayment log entry"),
        (IMPORT_PROFILE, dlms.array(dlms.structure(AT)), "profile entry"),
        (DAILY_CONSUMPTION, dlms.array(dlms.structure(AT, NUMBER, NUMBER)), "log entry"),
    ],
)
def test_other_plaintexts_are_refused(use_case: UseCase, value: Data, field: str) -> None:
    """Each names what it is not."""
    message = sealed(use_case, value)
    with pytest.raises(Malformed, match=field):
        write_mmc(message, use_case, opener(SECRET, message))


def test_other_answers_are_refused() -> None:
    """No encrypted part, two sources where one was read, a plain log that is too long."""
    naked = answer(DAILY_READS, dlms.structure(dlms.array(), dlms.octets(b"1234")), Choice.ACTION)
    with pytest.raises(Malformed, match="protected attributes"):
        write_mmc(naked, DAILY_READS)
    two = sealed(DAILY_READS, dlms.array(), dlms.array())
    with pytest.raises(Malformed, match="structure of 1"):
        write_mmc(two, DAILY_READS, opener(SECRET, two))
    with pytest.raises(Malformed, match="at most 5"):
        write_mmc(answer(PREPAYMENT_CREDITS, dlms.array(*[dlms.structure(AT, NUMBER)] * 6)), PREPAYMENT_CREDITS)
