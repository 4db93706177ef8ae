"""Gas reads: templates to vectors, answers to MMC with and without the key, what the samples lack, bad values."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from dcc_sim.identities import BROKER, METER, SUPPLIER
from dcc_sim.keys import KeyFolder
from dcc_sim.transform import Broker, transform
from schemas.duis.document import parse
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import Request, read_request
from schemas.errors import Malformed, NotAuthentic
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.gbz import Component, GbzMessage
from schemas.gbcs.protection import ENCRYPTION_FLAG, derive_key, encrypt
from schemas.gbcs.sealed import opener
from schemas.gbcs.use_cases.declare import Context, DeviceType, UseCase
from schemas.gbcs.use_cases.gas_debt_logs import GAS_DEBT_LOGS
from schemas.gbcs.use_cases.gas_profiles import GAS_PROFILES
from schemas.gbcs.use_cases.gas_registers import GAS_REGISTERS
from schemas.gbcs.use_cases.gas_snapshots import GAS_SNAPSHOTS
from schemas.gbcs.use_cases.table import by_name, for_request
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.gas_answers import answered, sent
from tests.schemas.gbcs.use_cases.vectors import message

PERIODIC: tuple[UseCase, ...] = (*GAS_SNAPSHOTS, *GAS_PROFILES, *GAS_DEBT_LOGS)
FAMILY: tuple[UseCase, ...] = (*GAS_REGISTERS, *PERIODIC)
CERTIFIED = (*GAS_SNAPSHOTS, *GAS_PROFILES)
RA = "{http://www.dccinterface.co.uk/ResponseAndAlert}"
SECRET = bytes(range(32))
START, END = datetime(2014, 12, 30, tzinfo=UTC), datetime(2015, 1, 1, tzinfo=UTC)
FOREVER = datetime(3000, 12, 31, tzinfo=UTC)
OF_THE_VECTOR = {
    "GCS15c": (datetime(2015, 1, 1, 0, 0, 1, tzinfo=UTC), datetime(2016, 1, 1, 0, 0, 1, tzinfo=UTC)),
    "GCS61": (datetime(2014, 12, 22, tzinfo=UTC), FOREVER),
}
"""Templates that read another period than their vector: this is the vector's. GCS61's certificate is newer, too."""

SNAPSHOT_HEAD = "00000000 8012c81d 01 00 01 01000000"
"""A snapshot's id, time, number found, command index and total, and cause."""

REGISTERS = (
    f"0702 09 06 {SNAPSHOT_HEAD} 06 010000000000 04 {'02' + '00' * 5} {'03' + '00' * 5} {'00' * 12} 14 {'00' * 24}"
)
BALANCES = f"0705 09 01 {SNAPSHOT_HEAD} 00 ffffffff 02000000 03000000 04000000 05000000 faffffff"


def period(start: datetime = START, end: datetime = END) -> Node:
    """ReadLogPeriod."""
    return branch("ReadLogPeriod", leaf("StartDateTime", start), leaf("EndDateTime", end))


def fitted(request: Request, use_case: UseCase, vector: Message) -> Request:
    """The request with the vector's period and certificate where the template has others."""
    if use_case.name not in OF_THE_VECTOR:
        return request
    children = [period(*OF_THE_VECTOR[use_case.name])]
    if vector.supplementary is not None:
        children.append(leaf("KAPublicSecurityCredentials", vector.supplementary.certificate))
    return replace(request, body=request.body._replace(children=tuple(children)))


@pytest.mark.parametrize("use_case", FAMILY, ids=[each.name for each in FAMILY])
def test_templates_become_their_vectors(reference: Path, use_case: UseCase) -> None:
    """Octet for octet up to what protection adds, through the broker where it was."""
    compared = 0
    for path in sorted((reference / "duis-templates").glob(f"{use_case.name}_*.XML")):
        stem = path.name.removesuffix("_REQUEST_DUIS.XML")
        for file in sorted((reference / "rtds").glob(f"*/{stem}_COMMAND_GBCS.HEX")):
            vector = message(file)
            broker = Broker(vector.originator, vector.originator_counter) if vector.supplementary else None
            request = fitted(read_request(parse(path.read_bytes())), use_case, vector)
            assert transform(request, use_case, broker).encode() == vector.stripped().encode(), file.name
            compared += 1
    assert compared


@pytest.mark.parametrize("use_case", FAMILY, ids=[each.name for each in FAMILY])
def test_responses_are_valid_mmc(reference: Path, schema: etree.XMLSchema, use_case: UseCase) -> None:
    """Closed and opened: encrypted parts in the first alone; success and date as the message has them."""
    keys = KeyFolder.load(reference / "rtds-keystore")
    read = 0
    for file in sorted((reference / "rtds").glob(f"*/{use_case.name}_*RESPONSE_GBCS.HEX")):
        answer = message(file)
        closed = etree.fromstring(write_mmc(answer, use_case))
        opened = etree.fromstring(write_mmc(answer, use_case, keys.opener(answer)))
        for document in (closed, opened):
            schema.assertValid(document)
        assert not list(opened.iter(f"{RA}GBCSData"))
        assert {each.get("type") for each in closed.iter(f"{RA}GBCSData")} <= {"zigbeeCiphered"}
        (told,) = opened.iter(f"{RA}{use_case.response}")
        assert told.get("MessageSuccess") == str("ERROR" not in file.name).lower(), file.name
        assert any(each.text for each in told.iter()) or "SUCCESS" not in file.name
        assert use_case.dated_response is bool(answer.date_time)
        read += 1
    assert read


def test_values_of_vectors(reference: Path) -> None:
    """By name: a register in m3, balances, a daily log, two snapshots of two kinds."""
    keys = KeyFolder.load(reference / "rtds-keystore")

    def told(pattern: str) -> str:
        (file,) = sorted((reference / "rtds").glob(f"*/{pattern}_RESPONSE_GBCS.HEX"))
        answer = message(file)
        use_case = by_name(pattern.split("_")[0])
        return write_mmc(answer, use_case, keys.opener(answer)).decode()

    assert "<ra:Value>12.345</ra:Value><ra:Unit>m3</ra:Unit>" in told("GCS13a_4.1.1_SUCCESS_RELIABLE_GPF")
    balance = told("GCS60a_4.18_SUCCESS_RELIABLE_GPF")
    assert "<ra:MeterBalance>3500000<" in balance
    assert "<ra:MeterBalancePrepaymentMode>2500000<" in balance
    days = told("GCS61_4.17_SUCCESS")
    assert days.count("<ra:LogEntry>") == 11
    assert "<ra:Value>5360</ra:Value><ra:Timestamp>2015-01-01T00:00:00Z<" in days
    billing = told("GCS15c_4.4.3_SUCCESS")
    assert billing.count("<ra:GSMEBillingDataLogEntry>") == billing.count("<ra:GSMEBillingPrepaymentDataLogEntry>") == 2
    assert "<ra:MeterBalance>-126</ra:MeterBalance>" in billing


@pytest.mark.parametrize("use_case", FAMILY, ids=[each.name for each in FAMILY])
def test_execution_date_stays_with_the_dcc(use_case: UseCase) -> None:
    """The schema allows one everywhere; the command is the same."""
    inside = (period(),) if use_case in PERIODIC else ()
    context = Context(SUPPLIER, METER, 1, SUPPLIER, 1)
    plain, dated = (branch(use_case.element, *extra, *inside) for extra in ((), (leaf("ExecutionDateTime", END),)))
    assert use_case.encode(plain, context) == use_case.encode(dated, context)


def test_the_device_chooses(reference: Path) -> None:
    """Meter and proxy share the services with electricity; of two the newer use case is taken."""
    path = reference / "duis-templates" / "GCS60a_4.18_SUCCESS_RELIABLE_GPF_REQUEST_DUIS.XML"
    request = read_request(parse(path.read_bytes()))
    assert for_request(request, DeviceType.GPF).name == for_request(request, DeviceType.GSME).name == "GCS60a"
    assert for_request(request, DeviceType.ESME).name == "ECS82"


@pytest.mark.parametrize(
    ("name", "minutes", "count"),
    [
        ("GCS17", 0, 1),
        ("GCS17", 30, 2),
        ("GCS17", 59, 2),
        ("GCS17", 10**6, 19056),
        ("GCS18", 1, 41),
        ("GCS61", 1440, 2),
    ],
)
def test_number_of_samples(name: str, minutes: int, count: int) -> None:
    """One for each half hour or day, the ends included, as far as logs go; the network log whole."""
    end = datetime.fromtimestamp(START.timestamp() + 60 * minutes, UTC)
    use_case = by_name(name)
    (command,) = sent(use_case, branch(use_case.element, period(START, end)))
    assert command.integer("number of samples") == count


@pytest.mark.parametrize("use_case", PERIODIC, ids=[each.name for each in PERIODIC])
def test_periods(use_case: UseCase) -> None:
    """Without end; not before 2000, not with parts of a second, not from the year 3000."""
    assert sent(use_case, branch(use_case.element, period(START, FOREVER)))
    for bad in (
        period(START.replace(microsecond=10)),
        period(datetime(1999, 12, 31, tzinfo=UTC)),
        period(START, datetime(2200, 1, 1, tzinfo=UTC)),
        period(FOREVER, FOREVER),
    ):
        with pytest.raises(Malformed, match="ReadLogPeriod"):
            sent(use_case, branch(use_case.element, bad))
    with pytest.raises(Malformed, match="ReadLogPeriod"):
        sent(use_case, branch(use_case.element))


@pytest.mark.parametrize("use_case", GAS_PROFILES, ids=[each.name for each in GAS_PROFILES])
def test_samples_of_a_period_that_ends_before_it_starts(use_case: UseCase) -> None:
    """There is no number of them."""
    with pytest.raises(Malformed, match="EndDateTime"):
        sent(use_case, branch(use_case.element, period(END, START)))


@pytest.mark.parametrize("use_case", CERTIFIED, ids=[each.name for each in CERTIFIED])
def test_whom_the_device_knows(use_case: UseCase) -> None:
    """A certificate goes with the broker's command, and there it must be."""
    plain = branch(use_case.element, period())
    known = branch(use_case.element, period(), leaf("KAPublicSecurityCredentials", b"\x30\x00"))
    direct, brokered = Context(SUPPLIER, METER, 7, SUPPLIER, 7), Context(BROKER, METER, 9, SUPPLIER, 7)
    assert use_case.encode(known, brokered) == use_case.encode(plain, direct)
    for body, context in ((known, direct), (plain, brokered)):
        with pytest.raises(Malformed, match="KAPublicSecurityCredentials"):
            use_case.encode(body, context)


def test_an_encrypted_component_is_opened() -> None:
    """One encrypted, one plain; the wrong key opens nothing."""
    use_case = by_name("GCS16b")
    key = derive_key(SECRET, METER, ENCRYPTION_FLAG, 7, SUPPLIER)
    sealed = encrypt(bytes.fromhex(BALANCES)[4:], key, METER)
    content = GbzMessage(
        (
            Component(False, 0x0705, None, 0x09, 0, 0x01, sealed, encrypted=True),
            Component(True, 0x0705, None, 0x08, 1, 0x0B, b"\x07\x8b"),
        )
    )
    answer = Message(CraFlag.RESPONSE, 7, METER, SUPPLIER, use_case.code, content.encode(), signature=b"")
    assert "<ra:AccumulatedDebtRegister>-1<" in write_mmc(answer, use_case, opener(SECRET, answer)).decode()
    closed = write_mmc(answer, use_case).decode()
    assert 'type="zigbeeCiphered"' in closed
    assert 'MessageSuccess="true"' in closed
    with pytest.raises(NotAuthentic):
        write_mmc(answer, use_case, opener(bytes(32), answer))


DIVISOR, MULTIPLIER, UNIT = "0203 00 22 e80300", "0103 00 22 020000", "0003 00 30 01"
TOTAL, TIER, BLOCK = "0000 00 25 393000000000", "0001 00 25 e80300000000", "0107 00 25 010000000000"
FAILED = {DIVISOR: "0203 c0", MULTIPLIER: "0103 c0", UNIT: "0003 c0"}


@pytest.mark.parametrize("failed", [DIVISOR, MULTIPLIER])
def test_a_register_without_its_scale(failed: str) -> None:
    """It says nothing, and is left out; the rest is told."""
    for name, register in (("GCS13a", TOTAL), ("GCS13b", BLOCK), ("GCS13c", TIER)):
        told = answered(
            by_name(name), f"0702 08 01 {DIVISOR} {MULTIPLIER} {UNIT} {register}".replace(failed, FAILED[failed])
        )
        assert "Value" not in told
        assert ("<ra:Unit>m3</ra:Unit>" in told) is (name == "GCS13a")
        assert 'MessageSuccess="false"' in told


def test_registers_in_cubic_metres() -> None:
    """Times multiplier, by divisor; each of a matrix under its own index."""
    scale = f"0702 08 01 {DIVISOR} {MULTIPLIER} {UNIT}"
    assert "<ra:Value>24.69</ra:Value>" in answered(by_name("GCS13a"), f"{scale} {TOTAL}")
    assert '<ra:TOURegisterMatrixValue index="1">2</' in answered(by_name("GCS13c"), f"{scale} {TIER}")
    assert '<ra:TariffBlockCounterValue index="2">0.002</' in answered(by_name("GCS13b"), f"{scale} {BLOCK}")
    assert "<ra:Unit>" not in answered(by_name("GCS13a"), f"{scale} {TOTAL}".replace(UNIT, FAILED[UNIT]))


@pytest.mark.parametrize(
    ("name", "component", "field"),
    [
        ("GCS13a", f"0702 08 01 0203 00 22 000000 {MULTIPLIER} {UNIT} {TOTAL}", "divisor"),
        ("GCS13a", f"0702 08 01 {DIVISOR} {MULTIPLIER} 0003 00 30 00 {TOTAL}", "unit of measure"),
        ("GCS13c", f"0702 08 01 {DIVISOR} {MULTIPLIER} 0003 00 30 00 {TIER}", "unit of measure"),
        ("GCS13b", f"0702 08 01 {DIVISOR} {MULTIPLIER} {UNIT} 0007 00 42 01 41", "0700.*number"),
        ("GCS14", "0700 08 01 1706 00 18 20", "price trailing digit"),
        ("GCS15d", "0705 09 06 01 02", "command index"),
        ("GCS15d", "0705 09 06 00 01" + "00" * 13 * 11, "at most 10"),
        ("GCS15e", "0705 09 05 00 01" + "00" * 9 * 6, "at most 5"),
        ("GCS16a", REGISTERS.replace(" 00 01 01000000", " 00 02 01000000"), "total number of commands"),
        ("GCS15c", REGISTERS.replace(" 14 ", " 24 " + "00" * 24), "block summations"),
        ("GCS17", "0702 09 07 0000 00000000 01 0807 0000", "sample type"),
        ("GCS17", "0702 09 07 0000 00000000 00 0000 0000", "interval"),
        ("GCS18", "0702 09 07 0200 00000000 00 6801 2a00" + "00" * 3 * 42, "at most 41"),
        ("GCS61", "0702 09 07 0100 00000000 00 ffff dc02" + "00" * 3 * 732, "at most 731"),
    ],
)
def test_bad_answers(name: str, component: str, field: str) -> None:
    """Refused by name: what MMC has no room for, and what would be told in a wrong unit."""
    with pytest.raises(Malformed, match=field):
        answered(by_name(name), component)


def test_snapshots_beyond_what_mmc_has_room_for() -> None:
    """31 days, 12 of a billing log."""
    for name, component, most in (("GCS16a", REGISTERS, 31), ("GCS16b", BALANCES, 31), ("GCS15b", REGISTERS, 12)):
        assert answered(by_name(name), *[component] * most).count("<ra:Timestamp>") == most
        with pytest.raises(Malformed, match="snapshots"):
            answered(by_name(name), *[component] * (most + 1))


def test_kinds_of_snapshots_in_the_order_of_mmc() -> None:
    """Registers come first wherever they were on the wire."""
    told = answered(by_name("GCS15b"), BALANCES, REGISTERS)
    assert told.index("LogEntryConsumptionRegister") < told.index("LogEntryPrepaymentData")
    assert '<ra:TariffTOURegisterMatrixValue index="2">3</' in told
    assert "<ra:MeterBalance>-6<" in told
    assert "<ra:PaymentDebtRegister>4<" in told
    assert "<ra:TimeDebtRegisters1>2<" in told


def test_a_log_of_several_commands() -> None:
    """Joined in their order, not in that of the wire."""
    second, first = (
        "0705 09 06 " + each
        for each in ("01 02" + "02000000" * 2 + "02" + "00" * 4, "00 02" + "01000000" * 2 + "02" + "00" * 4)
    )
    told = answered(by_name("GCS15d"), second, first)
    assert told.index("<ra:Amount>1<") < told.index("<ra:Amount>2<")
    assert "<ra:Timestamp>2000-01-01T00:00:01Z<" in told


def test_samples() -> None:
    """Several frames in a row, each with its own times; FFFFFF is no value."""
    half_hours = "0702 09 07 0000 8012c81d 00 0807 0200 010000 ffffff"
    told = answered(by_name("GCS17"), half_hours, half_hours.replace("8012c81d", "9020c81d"))
    assert told.count("<ra:PrimaryValue>1</ra:PrimaryValue>") == 2
    assert "<ra:Timestamp>2015-11-01T00:30:00Z</ra:Timestamp><ra:Gas/>" in told
    assert "<ra:Timestamp>2015-11-01T01:00:00Z<" in told
    days = answered(by_name("GCS61"), "0702 09 07 0100 8012c81d 00 ffff 0200 010000 ffffff")
    assert "<ra:LogEntry><ra:Timestamp>2015-11-02T00:00:00Z</ra:Timestamp></ra:LogEntry>" in days


@pytest.mark.parametrize(
    ("file", "clock"),
    [
        ("GCS13a_4.1.1_SUCCESS_RELIABLE_GPF", ("false", "reliable")),
        ("GCS13a_4.1.1_SUCCESS_RELIABLE_GSME", ("true", "reliable")),
        ("GCS13b_4.1.4_SUCCESS_UNRELIABLE", ("false", "unreliable")),
    ],
)
def test_the_clock_of_a_reading(reference: Path, file: str, clock: tuple[str, str]) -> None:
    """Whose clock the header's time is of, and whether it can be relied on."""
    (path,) = (reference / "rtds").glob(f"*/{file}_RESPONSE_GBCS.HEX")
    stamp = etree.fromstring(write_mmc(message(path), by_name(file.split("_")[0]))).find(f".//{RA}Timestamp")
    assert stamp is not None and (stamp.get("isFromGSME"), stamp.get("ClockStatus")) == clock
