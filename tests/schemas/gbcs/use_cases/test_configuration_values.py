"""What the samples do not show: optional elements, other orders, what GBCS cannot carry, and answers of odd form."""

from collections.abc import Sequence
from datetime import time
from decimal import Decimal

import pytest

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, DataNotification, Item, decode_dlms
from schemas.gbcs.dlms.data import NULL, Data
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.use_cases.access import Access
from schemas.gbcs.use_cases.declare import Context, HubLog, Known
from schemas.gbcs.use_cases.table import by_name
from schemas.mmc.alerts import alert_content

METER = EUI64.parse("00-DB-12-34-56-78-90-A0")
USER = EUI64.parse("90-B3-D5-1F-30-01-00-00")
OLD_HUB = leaf("OldCHFID", EUI64.parse("00-DB-12-34-56-78-90-95"))


def sent(name: str, *children: Node, known: Known | None = None) -> tuple[Item, ...]:
    """The items of the command for a body with these children, read back from its octets, which fit the use case."""
    use_case = by_name(name)
    context = Context(USER, METER, 1, USER, 1, known or Known())
    content = decode_dlms(use_case.encode(branch(use_case.element, *children), context))
    assert isinstance(content, AccessRequest)
    assert isinstance(use_case.content, Access)
    assert use_case.content.fits(content.items)
    return content.items


def told(name: str, *values: Data | None) -> list[Node]:
    """The MMC nodes of a response with these values; None failed."""
    use_case = by_name(name)
    assert isinstance(use_case.content, Access)
    results = tuple((Choice.GET, 1 if value is None else 0) for value in values)
    payload = AccessResponse(1, tuple(NULL if value is None else value for value in values), results).encode()
    message = Message(CraFlag.RESPONSE, 1, METER, USER, use_case.code, payload)
    return [part.node for part in use_case.answer(message).parts]


def alert(code: int, *extra: Data, message_code: int = 0x1000) -> Node:
    """DeviceAlertContent of a DLMS alert."""
    at = dlms.octets(bytes.fromhex("07DF0101FF000000008000FF"))
    body = dlms.structure(dlms.long_unsigned(code), at, *extra)
    return alert_content(Message(CraFlag.ALERT, 1, METER, USER, message_code, DataNotification(1, body).encode()))


def calendar(*period: Node, at: time = time(12)) -> Node:
    return branch("ElectricityBillingCalendar", leaf("BillingTime", at), *period)


def by_month(name: str, month: int) -> Node:
    return branch(name, leaf("DayOfMonth", 5), leaf("BillingPeriodStartMonth", month))


def voltages(node: str, over: int, under: int, *before: Node) -> Node:
    names = ("AverageRMSOverVoltageThreshold", "AverageRMSUnderVoltageThreshold", "AverageRMSVoltageMeasurementPeriod")
    return branch(node, *before, *(leaf(each, value) for each, value in zip(names, (over, under, 30), strict=True)))


def limits() -> Node:
    groups = ("RMSExtremeOverVoltage", "RMSExtremeUnderVoltage", "RMSVoltageSag", "RMSVoltageSwell")
    names = (each + what for each in groups for what in ("MeasurementPeriod", "Threshold"))
    return branch("RMSVoltageSettings", *(leaf(each, 100 + place) for place, each in enumerate(names)))


def phase(number: int) -> Node:
    settings = voltages("PhaseVoltageSettings", 200 + number, 100 + number)
    return branch("PolyPhaseVoltageSettings", leaf("Phase", number), settings)


@pytest.mark.parametrize(
    ("name", "period", "dates"),
    [
        ("ECS30a", branch("Daily"), ["ffffffffff"]),
        ("ECS30a", leaf("Weekly", 7), ["ffffffff07"]),
        ("ECS30", leaf("Monthly", 28), ["ffffff1cff"]),
        ("ECS30a", by_month("Quarterly", 11), ["ffff0b05ff", "ffff0205ff", "ffff0505ff", "ffff0805ff"]),
        ("ECS30a", by_month("SixMonthly", 3), ["ffff0305ff", "ffff0905ff"]),
        ("ECS30a", by_month("Yearly", 12), ["ffff0c05ff"]),
    ],
)
def test_billing_periods(name: str, period: Node, dates: list[str]) -> None:
    """One row per billing day, and the same element on reading."""
    body = branch("UpdateDeviceConfigurationBillingCalendar", calendar(period))
    assert [each for each in ("ECS30", "ECS30a") if by_name(each).applies(body)] == [name]
    (item,) = sent(name, calendar(period, at=time(1, 2, 3)))
    rows = [row.fields(2) for row in item.data.items]
    assert [day.octets.hex() for _, day in rows] == dates
    assert {clock.octets.hex() for clock, _ in rows} == {"01020300"}
    (read,) = told("ECS26l", item.data)
    assert read.node("ElectricityBillingCalendar").children[1] == period


@pytest.mark.parametrize("dates", [["07df0101ff"], ["ffff01ffff"], ["ffff0101ff", "ffff0301ff"], ["ffffffff01"] * 2])
def test_billing_calendar_of_no_period(dates: list[str]) -> None:
    """A device's rows that MMC has no period for."""
    clock = dlms.octets(bytes(4))
    rows = (dlms.structure(clock, dlms.octets(bytes.fromhex(each))) for each in dates)
    with pytest.raises(Malformed, match="billing"):
        told("ECS26l", dlms.array(*rows))


def test_phases_in_any_order() -> None:
    """The wire has phase 1 first, whatever the order of the body."""
    items = sent("ECS29d", limits(), phase(3), phase(1), phase(2), branch("RMSVoltageCountersNotReset"))
    assert [item.data.number for item in items[:6]] == [101, 201, 102, 202, 103, 203]
    assert len(items) == 17
    with pytest.raises(Malformed, match="Phase"):
        sent("ECS29d", limits(), phase(1), phase(1), phase(2), branch("RMSVoltageCountersNotReset"))


def test_voltages_read_in_part() -> None:
    """What failed leaves its element out, and a group without any value is not there."""
    failed: Sequence[Data | None] = [None] * 9
    (single,) = told("ECS26b", *failed, dlms.double_long_unsigned(7))
    assert single == branch("SinglePhaseVoltageSettings", leaf("AverageRMSUnderVoltageThreshold", 7))
    (poly,) = told("ECS26k", *failed, None, None, None, dlms.double_long_unsigned(8), None)
    assert (poly.integer("Phase"), len(poly.children[1].children)) == (3, 1)


def test_import_mpans() -> None:
    """One of a single element meter, two of a twin element one; none where none is set."""
    one, two = leaf("ImportMPAN", "1234567890123"), leaf("SecondaryImportMPAN", "9999999999999")
    (single,) = sent("ECS39a", branch("ImportMPANs", one))
    (twin,) = sent("ECS39a", branch("ImportMPANs", one, two))
    assert (single.data.octets, twin.data.octets) == (b"1234567890123", b"12345678901239999999999999")
    assert told("ECS40", single.data, None) == [one]
    assert told("ECS40", twin.data, dlms.octets(b"")) == [one, two]
    with pytest.raises(Malformed, match="ImportMPANs"):
        sent("ECS39a", branch("ImportMPANs", leaf("ImportMPAN", "1312345\u0663\u0664\u0665678")))
    with pytest.raises(Malformed, match="import MPANs"):
        told("ECS40", dlms.octets(b"12345"), None)


def test_demand_registers_one_by_one() -> None:
    """Each element resets its register, in the order of the wire; none at all cannot be sent."""
    names = ("MaxDemandActivePowerImportValue", "MaxDemandActivePowerExportValue")
    items = sent("ECS57", *(branch(name) for name in reversed(names)))
    assert [item.obis.hex() for item in items] == ["0100010600ff", "0100020600ff"]
    with pytest.raises(Malformed, match="ResetMaximumDemandRegisters"):
        sent("ECS57")


def test_what_the_dcc_adds() -> None:
    """The customer's number and the old hub's log: without them, or with odd ones, a clear error."""
    assert sent("ECS50", known=Known(customer_number="0042"))[0].data.octets == b"0042"
    for number in (None, "42", "12345", "12a4", "\u0661\u0662\u0663\u0664"):
        with pytest.raises(Malformed, match="customer identification number"):
            sent("ECS50", known=Known(customer_number=number))
    log = HubLog(bytes(8), ((METER, bytes(16)), (USER, b"")))
    network, devices = sent("CCS03", OLD_HUB, known=Known(hub_log=log))[0].data.fields(2)
    assert (network.octets, len(devices.items)) == (bytes(8), 2)
    for wrong in (None, HubLog(bytes(7), ()), HubLog(bytes(8), ((METER, bytes(15)),))):
        with pytest.raises(Malformed, match="OldCHFID"):
            sent("CCS03", OLD_HUB, known=Known(hub_log=wrong))


def radio(**changed: int | Decimal) -> list[Node]:
    """The body of SR 6.28, no channel in use."""
    names = ("LowerBandSubGHzChannels0To26", "LowerBandSubGHzChannels27To34", "LowerBandSubGHzChannels35To61")
    figures: dict[str, int | Decimal] = {
        "NormalLimitedDutyCycleThreshold": Decimal("0.5"),
        "LimitedCriticalDutyCycleThreshold": Decimal("2.0"),
        "MaximumSubGHzChannelChangesPerWeek": 1,
        "GSMECurfew": 65535,
        "ChannelQuieterThreshold": 255,
        "ChannelNoisierThreshold": 0,
        "NonGSMEPoorCommsPercentageThreshold": Decimal("100.00"),
        "NonGSMEPoorCommsMeasurementPeriods": 50,
        "LocalCHNoiseMeasurementPeriod": 1,
        "LocalCHFailurePercentage": Decimal("1.00"),
        "LocalCHRetryPercentage": Decimal("0.01"),
    }
    channels = [branch(each) for each in names]
    upper = branch("UpperBandSubGHzChannels0To26", branch("Channel26"), branch("Channel0"))
    return [*channels, upper, *(leaf(name, value) for name, value in (figures | changed).items())]


def test_radio_configuration() -> None:
    """Masks and hundredths both ways; figures that do not fit name their element."""
    (item,) = sent("DBCH04", *radio())
    fields = item.data.items
    assert fields[3].bits == "111111" + "0" * 25 + "1"
    assert [field.number for field in fields[4:]] == [50, 200, 1, 65535, 255, 0, 10000, 50, 1, 100, 1]
    read = {node.name: node for node in told("DBCH03", item.data)}
    assert [each.name for each in read["UpperBandSubGHzChannels0To26"].children] == ["Channel0", "Channel26"]
    assert read["NormalLimitedDutyCycleThreshold"].value == Decimal("0.5")
    for name, value in (("LimitedCriticalDutyCycleThreshold", Decimal("655.4")), ("ChannelQuieterThreshold", 256)):
        with pytest.raises(Malformed, match=name):
            sent("DBCH04", *radio(**{name: value}))
    with pytest.raises(Malformed, match="two decimals"):
        sent("DBCH04", *radio(LocalCHRetryPercentage=Decimal("0.015")))


@pytest.mark.parametrize("bits", ["", "0" * 32, "111" + "0" * 29, "1" * 32, "11101" + "0" * 18 + "1" + "0" * 8])
def test_operating_channel_of_odd_form(bits: str) -> None:
    """Length, page, count of channels, a channel beyond the page."""
    with pytest.raises(Malformed, match="channel"):
        told("DBCH01", dlms.bit_string(bits))


def test_network_operator_alerts_of_one_kind() -> None:
    """A polyphase bit shows a polyphase meter; bits of both kinds fit no MMC document."""
    place = 255 - 0x03
    bits = "".join("1" if each == place else "0" for each in range(256))
    (read,) = told("ECS25r2", dlms.bit_string(bits), None)
    (setting,) = read.children
    assert setting.text("NetworkOperatorESMEPolyPhase/x8003") == "Enable"
    assert not setting.has("NetworkOperatorESMESinglePhase")
    with pytest.raises(Malformed, match="not of both"):
        told("ECS25r2", dlms.bit_string("1" * 256), None)
    with pytest.raises(Malformed, match="256 bits"):
        told("ECS25r1", dlms.bit_string("1"), None, None, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ECS26j", dlms.structure(dlms.enum(3), dlms.enum(2))),
        ("ECS26f", dlms.array(dlms.double_long_unsigned(1))),
        ("ECS35a", dlms.array(dlms.structure(dlms.double_long_unsigned(1), dlms.long_unsigned(1)))),
        ("ECS35b", dlms.array(dlms.double_long_unsigned(1))),
        ("CCS06", dlms.array(dlms.structure(dlms.octets(b"")))),
        ("DBCH02", dlms.array(dlms.structure(dlms.double_long_unsigned(1), dlms.long_unsigned(1), dlms.octets(b"")))),
    ],
)
def test_odd_answers(name: str, value: Data) -> None:
    """A layout that is not the use case's is Malformed."""
    with pytest.raises(Malformed):
        told(name, value)


def test_alerts_of_odd_form() -> None:
    """Hash, times, issue and log have their lengths; an alert without them is told without a payload."""
    for code in (0x8F72, 0x8F36, 0x81A0):
        assert not alert(code).has("Payload")
    for code, extra in ((0x8F72, bytes(31)), (0x8F36, bytes(12)), (0x81A0, b"\x00\x0a"), (0x81A0, b"\x05")):
        with pytest.raises(Malformed):
            alert(code, dlms.octets(extra))
    entry = dlms.structure(*(dlms.double_long_unsigned(1) for _ in range(8)))
    opened = dlms.structure(dlms.array(entry)).encode()
    with pytest.raises(Malformed, match="columns"):
        alert(0x8F0A, dlms.array(), dlms.octets(opened), message_code=0x0061)


def test_opened_billing_log() -> None:
    """The plaintext in the place of the sealed octets is told whole: twin element, in Wh."""
    matrix = dlms.array(dlms.double_long_unsigned(5), dlms.double_long_unsigned(6))
    columns = [*(dlms.double_long_unsigned(each) for each in (0, 11, 22)), *[matrix] * 6]
    opened = dlms.structure(dlms.array(dlms.structure(*columns))).encode()
    told_log = alert(0x8F0A, dlms.array(), dlms.octets(opened), message_code=0x0061)
    entry = told_log.node("Payload/BillingDataLogDeviceAlert/ESMEBillingDataLogEntry")
    assert entry.integer("SecondaryActiveImportRegisterValueConsumption") == 22
    indexed = [(each.integer("@index"), each.integer("")) for each in entry.all("TariffTOUBlock4RegisterMatrixValue")]
    assert indexed == [(1, 5), (2, 6)]
