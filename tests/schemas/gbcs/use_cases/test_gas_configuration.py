"""Gas customer, configuration, alert and log use cases over the vectors; but for alerts every branch, bad values."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from dcc_sim.transform import Broker, transform
from schemas.duis.document import parse
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import read_request
from schemas.errors import Malformed
from schemas.gbcs.envelope import decode
from schemas.gbcs.use_cases.declare import DeviceType, Known, UseCase
from schemas.gbcs.use_cases.gas_alerts import GAS_ALERTS
from schemas.gbcs.use_cases.gas_billing import GAS_BILLING
from schemas.gbcs.use_cases.gas_configuration import GAS_CONFIGURATION
from schemas.gbcs.use_cases.gas_customer import GAS_CUSTOMER
from schemas.gbcs.use_cases.gas_logs import GAS_LOGS
from schemas.gbcs.use_cases.gas_supply import GAS_SUPPLY
from schemas.gbcs.use_cases.table import by_name
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.gas_answers import answered, sent
from tests.schemas.gbcs.use_cases.known import known_to_the_dcc
from tests.schemas.gbcs.use_cases.vectors import message

FAMILY = (*GAS_CUSTOMER, *GAS_CONFIGURATION, *GAS_BILLING, *GAS_ALERTS, *GAS_LOGS, *GAS_SUPPLY)
RA = "{http://www.dccinterface.co.uk/ResponseAndAlert}"
OTHER_DATE = {"GCS09"}
"""Its template restricts from another date than its vector: all but those four octets are compared."""


@pytest.mark.parametrize("use_case", FAMILY, ids=[each.name for each in FAMILY])
def test_templates_and_answers(reference: Path, schema: etree.XMLSchema, use_case: UseCase) -> None:
    """Commands octet for octet; every response valid, with its success told."""
    compared = 0
    for path in sorted((reference / "duis-templates").glob(f"{use_case.name}_*.XML")):
        stem = path.name.removesuffix("_REQUEST_DUIS.XML")
        for file in sorted((reference / "rtds").glob(f"*/{stem}_*COMMAND_GBCS.HEX")):
            vector = message(file)
            broker = Broker(vector.originator, vector.originator_counter) if vector.supplementary else None
            request = read_request(parse(path.read_bytes()))
            made = transform(request, use_case, broker, known_to_the_dcc(use_case, vector)).encode()
            expected = vector.stripped().encode()
            if use_case.name in OTHER_DATE:
                made, expected = (each[:-8] + each[-4:] for each in (made, expected))
            assert made == expected, file.name
            compared += 1
    for path in sorted((reference / "rtds").glob(f"*/{use_case.name}_*RESPONSE_GBCS.HEX")):
        document = etree.fromstring(write_mmc(decode(bytes.fromhex(path.read_text().strip())), use_case))
        schema.assertValid(document)
        told = document.find(f".//{RA}{use_case.response}")
        assert told is not None and told.get("MessageSuccess") == str("ERROR" not in path.name).lower(), path.name
        compared += 1
    assert compared


def calendar(periodicity: str) -> Node:
    """A billing calendar."""
    start = leaf("BillingPeriodStart", datetime(2030, 1, 15, 9, tzinfo=UTC))
    inner = branch("GasBillingCalendar", start, leaf("Periodicity", periodicity))
    return branch("UpdateDeviceConfigurationBillingCalendar", inner)


@pytest.mark.parametrize(
    ("periodicity", "duration", "kind"),
    [
        ("Daily", 1, 0x21),
        ("Weekly", 1, 0x22),
        ("Monthly", 1, 0x23),
        ("Quarterly", 3, 0x23),
        ("SixMonthly", 6, 0x23),
        ("Yearly", 12, 0x23),
    ],
)
def test_billing_periods_both_ways(periodicity: str, duration: int, kind: int) -> None:
    """What SR 6.8 writes, SR 6.2.3 tells back; one use case takes the request."""
    body = calendar(periodicity)
    takers = [each for each in GAS_BILLING if each.service == "6.8" and each.applies(body)]
    assert [each.name for each in takers] == ["GCS25" if periodicity == "Monthly" else "GCS25a"]
    billing, block = sent(takers[0], body)
    for each in (billing, block):
        assert (each.integer("duration"), each.integer("duration type")) == (duration, kind)
        assert each.integer("start time") == 948013200
    told = answered(by_name("GCS21k"), f"0700 09 09 00000000 804A371C 90888138 {duration:02X}0000 {kind:02X} 00")
    assert f"<ra:Periodicity>{periodicity}</ra:Periodicity>" in told and "2030-01-15T09:00:00Z" in told


def test_conversion_has_decimals() -> None:
    """Five of the factor, one of the calorific value, both ways."""
    body = branch(
        "UpdateDeviceConfigurationGasConversion",
        leaf("CalorificValue", Decimal("429496729.5")),
        leaf("ConversionFactor", Decimal("0.00001")),
    )
    factor, value = sent(by_name("GCS23"), body)
    assert (factor.integer("conversion factor"), value.integer("calorific value")) == (1, 2**32 - 1)
    told = answered(
        by_name("GCS21a"),
        "0700 08 01 0603 00 18 10 0403 00 23 90010000 0303 00 18 50 0203 00 23 01000000",
        "0702 08 01 130B 00 21 1027 120B 00 21 0100 100B 00 21 1027 140B C0",
    )
    for expected in ("CalorificValue>40.0<", "ConversionFactor>0.00001<", "UncontrolledGasFlowRate>1<"):
        assert expected in told
    assert "FlowStabilisationPeriod" not in told and 'MessageSuccess="false"' in told


def test_the_customer_number_is_the_dccs() -> None:
    """Four digits, drawn by the DCC."""
    body = branch("RequestCustomerIdentificationNumber")
    (command,) = sent(by_name("GCS36"), body, Known(customer_number="0042"))
    assert command.octets("customer id number") == b"0042"
    for number in (None, "42", "٠٠٤٢"):
        with pytest.raises(Malformed, match="4 digits"):
            sent(by_name("GCS36"), body, Known(customer_number=number))


def test_identity_of_either_generation() -> None:
    """The older one has the EUI-64 after the model."""
    newer = answered(by_name("GCS21m"), "0000 08 01 0500 00 42 04 4D6F6465 0400 00 42 02 4D65")
    assert "<ra:ModelType>Mode</ra:ModelType>" in newer and "<ra:ManufacturerIdentifier>Me<" in newer
    older = answered(by_name("GCS21e"), "0000 08 01 0500 00 42 10 4D6F64656C202020 00DB1234567890A1")
    assert "<ra:DeviceIdentifier>00-DB-12-34-56-78-90-A1<" in older


@pytest.mark.parametrize(("bits", "mode"), [(0x0C94, "Credit"), (0x0497, "Prepayment")])
def test_payment_mode(bits: int, mode: str) -> None:
    """Bit 1 says which; bits 10 and 11 when debt is collected."""
    told = answered(by_name("GCS21j"), f"0705 08 01 0000 00 19 {bits.to_bytes(2, 'little').hex()}")
    assert f"<ra:PaymentMode>{mode}<" in told
    assert f"<ra:SuspendDebtEmergency>{str(mode == 'Prepayment').lower()}<" in told


def test_logs() -> None:
    """Entries of every frame; what the event carried as hex."""
    told = answered(
        by_name("CS10a"),
        "0709 19 01 0200 00 02 00 03 1F8F 00F9351C 00",
        "0709 19 01 0200 01 02 00 03 6181 D109361C 02 0090",
    )
    assert told.count("<ra:LogEntry>") == 2 and "<ra:OtherInformation>0090<" in told
    assert "OtherInformationLogMeaning" not in told
    command = answered(by_name("CS10a"), "0709 19 01 0100 00 01 00 03 5481 D109361C 02 0090")
    assert "<ra:OtherInformationLogMeaning>PCS02<" in command
    row = "03 1F8F 00F9351C 00"
    with pytest.raises(Malformed, match="at most 100"):
        answered(by_name("CS10a"), "0709 19 01 6500 00 01 00" + row * 101)


@pytest.mark.parametrize(
    ("log", "name", "number"),
    [
        ("Event", "CS10a", 0x13),
        ("GSMEEvent", "CS10a", 0x16),
        ("Security", "CS10b", 0x04),
        ("GSMESecurity", "CS10b", 0x07),
    ],
)
def test_which_log_is_read(log: str, name: str, number: int) -> None:
    """Of the device itself, or what a gas proxy function keeps of its meter; with data where events have some."""
    at = datetime(2030, 1, 15, 9, tzinfo=UTC)
    period = branch("ReadLogPeriod", leaf("StartDateTime", at), leaf("EndDateTime", at))
    body = branch("ReadEventOrSecurityLog", period, leaf("LogToRead", log))
    assert [each.name for each in GAS_LOGS if each.service == "6.13" and each.applies(body)] == [name]
    assert DeviceType.GPF in by_name(name).devices
    (asked,) = sent(by_name(name), body)
    assert asked.integer("event control and log id") == number
    assert (asked.integer("start time"), asked.integer("end time")) == (948013200, 948013200)


def test_a_log_outside_of_zigbee_times() -> None:
    """Seconds since 2000, 32 bits; the element is named."""
    at, early = datetime(2030, 1, 15, tzinfo=UTC), datetime(1999, 1, 1, tzinfo=UTC)
    period = branch("ReadLogPeriod", leaf("StartDateTime", early), leaf("EndDateTime", at))
    with pytest.raises(Malformed, match="StartDateTime"):
        sent(by_name("CS10a"), branch("ReadEventOrSecurityLog", period, leaf("LogToRead", "Event")))


def test_the_base_of_a_billing_period_does_not_matter() -> None:
    """From the start of a day, to its end, or neither: MMC has one word."""
    for base in (0x03, 0x13, 0x23):
        told = answered(by_name("GCS21k"), f"0700 09 09 00000000 804A371C 90888138 010000 {base:02X} 00")
        assert "<ra:Periodicity>Monthly<" in told
    once = "0700 09 09 00000000 804A371C 90888138 010000 23 00"
    with pytest.raises(Malformed, match="comes once"):
        answered(by_name("GCS21k"), once, once)


@pytest.mark.parametrize(
    ("name", "component", "success"),
    [
        ("CS11", "0709 09 02 08", True),
        ("CS11", "0709 09 02 10", False),
        ("GCS31", "0702 09 0D 0200", True),
        ("GCS31", "0702 09 0D FFFF", False),
    ],
)
def test_responses_that_refuse_by_a_field(name: str, component: str, success: bool) -> None:
    """No log cleared, no sample id."""
    told = answered(by_name(name), component)
    assert f'MessageSuccess="{str(success).lower()}"' in told
    assert ("SampleID" in told) is (name == "GCS31" and success)


@pytest.mark.parametrize(
    ("name", "component", "field"),
    [
        ("GCS21k", "0700 09 09 00000000 804A371C 90888138 020000 22 00", "billing period"),
        ("GCS21e", "0000 08 01 0500 00 42 04 4D6F6465", "model identifier"),
        ("GCS21m", "0000 08 01 0500 00 42 09 4D6F64654D6F64654D", "ModelType"),
        ("GCS21m", "0702 08 01 0706 00 30 05", "SupplyTamperState"),
        ("GCS38", "0702 08 01 0602 00 41 03 010203", "firmware version"),
        ("GCS46", "0702 08 01 0703 00 41 0B 3131313131313131313131", "site id"),
        ("GCS46", "0702 08 01 0703 00 41 02 3107", "site id"),
        ("GCS21a", "0700 08 01 0503 00 30 02", "CalorificValue"),
        ("GCS21a", "0702 08 01 110B 00 30 00", "UncontrolledGasFlowRate"),
        ("GCS21a", "0702 08 01 130B 00 21 0000 120B 00 21 0100 100B 00 21 1027", "divisor"),
    ],
)
def test_answers_outside_the_standard(name: str, component: str, field: str) -> None:
    """The field is named."""
    with pytest.raises(Malformed, match=field):
        answered(by_name(name), component)


def test_texts_are_ascii() -> None:
    """ZigBee strings of GBCS carry nothing else."""
    with pytest.raises(Malformed, match="SupplierMessage"):
        sent(by_name("GCS07"), branch("DisplayMessage", leaf("SupplierMessage", "£5")))
