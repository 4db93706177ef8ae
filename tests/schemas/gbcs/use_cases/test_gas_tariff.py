"""Gas tariffs, prepayment and supply: what the samples lack, and what is told back."""

from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest

from schemas.duis.document import parse
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import read_request
from schemas.errors import Malformed
from schemas.gbcs.use_cases.declare import DeviceType, Known
from schemas.gbcs.use_cases.table import by_name, by_service, for_request
from tests.schemas.gbcs.use_cases.gas_answers import answered, sent

WHEN = datetime(2030, 1, 15, 9, tzinfo=UTC)
NEVER = datetime(3000, 12, 31, tzinfo=UTC)
FLOW = branch(
    "UpdateDeviceConfigurationGasFlow",
    leaf("UncontrolledGasFlowRateDecimal", Decimal("0.1234")),
    leaf("SupplyDepletionState", "Locked"),
    leaf("SupplyTamperState", "Unchanged"),
    leaf("StabilisationPeriod", 1),
    leaf("MeasurementPeriod", 65535),
)


def body_of(reference: Path, stem: str) -> Node:
    """A template's body."""
    return read_request(parse((reference / "duis-templates" / f"{stem}_REQUEST_DUIS.XML").read_bytes())).body


def without(body: Node, name: str) -> Node:
    """The body without one of its children."""
    return body._replace(children=tuple(child for child in body.children if child.name != name))


@pytest.mark.parametrize(("at", "tariff", "rest"), [(None, 0, 0), (WHEN, 948013200, 948013200)])
def test_start_times_of_a_block_tariff(reference: Path, at: datetime | None, tariff: int, rest: int) -> None:
    """Now, and later: the same in every command that starts something."""
    body = without(body_of(reference, "GCS01a_1.1.1_FUTURE_DATED_BLOCK_SUCCESS"), "ExecutionDateTime")
    if at is not None:
        body = body._replace(children=(leaf("ExecutionDateTime", at), *body.children))
    starts = [each.values.get("start time") for each in sent(by_name("GCS01a"), body)]
    assert starts == [rest, None, None, None, rest, tariff, rest, rest]


def test_a_cancelled_tariff_has_two_special_times(reference: Path) -> None:
    """FFFFFFFF cancels a tariff, FFFFFFFE what belongs to it."""
    body = without(body_of(reference, "GCS01a_1.1.1_FUTURE_DATED_BLOCK_SUCCESS"), "ExecutionDateTime")
    body = body._replace(children=(leaf("ExecutionDateTime", NEVER), *body.children))
    starts = [each.values.get("start time") for each in sent(by_name("GCS01a"), body)]
    assert starts == [0xFFFFFFFE, None, None, None, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFE]


def test_the_issuer_event_is_when_the_dcc_makes_the_command() -> None:
    """Seconds since 2000; the vectors were made at the start of 2015."""
    supply = by_name("GCS32")
    (first,), (second,) = sent(supply, branch("DisableSupply")), sent(supply, branch("DisableSupply"), Known(at=WHEN))
    assert first.integer("issuer event id") == 473385600
    assert second.integer("issuer event id") == 948013200


def test_gas_and_electricity_share_services() -> None:
    """The body tells which, or the type of the device."""
    names = {use_case.name for use_case in by_service("7.2")}
    assert names == {"ECS43", "GCS32"}


def test_the_device_decides_where_the_body_does_not(reference: Path) -> None:
    """SR 7.2 has an empty body."""
    request = read_request(parse((reference / "duis-templates" / "GCS32_7.2_SUCCESS_REQUEST_DUIS.XML").read_bytes()))
    assert for_request(request, DeviceType.GSME).name == "GCS32"
    assert for_request(request, DeviceType.ESME).name == "ECS43"


def test_flow_in_ten_thousandths() -> None:
    """UncontrolledGasFlowRateDecimal has four decimals: divisor 10,000; what locks, closes the supply."""
    threshold, status = sent(by_name("GCS24a"), FLOW)
    assert (threshold.integer("uncontrolled flow threshold"), threshold.integer("divisor")) == (1234, 10_000)
    assert (status.integer("supply depletion state"), status.integer("supply tamper state")) == (0, 3)


@pytest.mark.parametrize(
    ("disabled", "emergency", "bits"), [(True, True, 0x0497), (False, False, 0x0897), (True, False, 0x0C97)]
)
def test_prepayment_mode(disabled: bool, emergency: bool, bits: int) -> None:
    """Bit 10 suspends debt while disabled, bit 11 collects it in emergency credit."""
    mode = branch(
        "Prepayment",
        leaf("SuspendDebtDisabled", disabled),
        leaf("SuspendDebtEmergency", emergency),
        leaf("DisablementThreshold", -500),
    )
    (command,) = sent(by_name("GCS03"), branch("UpdatePaymentMode", mode))
    assert command.integer("payment control configuration") == bits
    assert command.integer("cut off value") == -500


@pytest.mark.parametrize(("path", "kind"), [("GCS40a", 0x00), ("GCS40b", 0x01), ("GCS40c", 0x03), ("GCS40d", 0x02)])
def test_balances(path: str, kind: int) -> None:
    """Which balance, and adjusted or reset."""
    mode = "PrepaymentMode" if path in ("GCS40a", "GCS40b") else "CreditMode"
    change = leaf("AdjustMeterBalance", -7) if path in ("GCS40a", "GCS40c") else branch("ResetMeterBalance")
    body = branch("UpdateMeterBalance", branch(mode, change))
    use_case = by_name(path)
    assert use_case.applies(body)
    (command,) = sent(use_case, body)
    expected = -7 if change.value is not None else 0
    assert (command.integer("credit adjustment type"), command.integer("credit adjustment value")) == (kind, expected)


def changed(node: Node, name: str, new: Node) -> Node:
    """The tree with the first element called ``name`` replaced."""
    children = list(node.children)
    for place, child in enumerate(children):
        if child.name == name:
            children[place] = new
            return node._replace(children=tuple(children))
        inner = changed(child, name, new)
        if inner is not child:
            children[place] = inner
            return node._replace(children=tuple(children))
    return node


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("StartTime", leaf("StartTime", time(8, 0, 30))),
        ("SpecifiedYear", leaf("SpecifiedYear", 2155)),
        ("ReferencedDayName", leaf("ReferencedDayName", 1, index=2)),
        ("ExecutionDateTime", leaf("ExecutionDateTime", datetime(1999, 1, 1, tzinfo=UTC))),
        ("ExecutionDateTime", leaf("ExecutionDateTime", datetime(2137, 1, 1, tzinfo=UTC))),
        ("ExecutionDateTime", leaf("ExecutionDateTime", WHEN.replace(microsecond=1))),
    ],
)
def test_what_gbcs_cannot_carry(reference: Path, name: str, new: Node) -> None:
    """Seconds of a schedule, years after 2154, a week with a day twice, times outside 32 bits."""
    body = body_of(reference, "GCS05_2.1_CANCELLATION_SUCCESS")
    other = changed(body, name, new)
    assert other is not body
    with pytest.raises(Malformed, match=name):
        sent(by_name("GCS05"), other)


def test_prices_come_once_an_index(reference: Path) -> None:
    """The same index twice has no meaning on the wire."""
    body = body_of(reference, "GCS01a_1.1.1_IMMEDIATE_TOU_SUCCESS")
    with pytest.raises(Malformed, match="TOUPrice"):
        sent(by_name("GCS01a"), changed(body, "TOUPrice", leaf("TOUPrice", 1, index=2)))


def test_a_top_up_that_the_meter_refuses() -> None:
    """The result is in the response's own field."""
    good = answered(by_name("CS01b"), "0705 09 03 00 10270000 00 20A10700")
    bad = answered(by_name("CS01b"), "0705 09 03 02 FFFFFFFF 00 FFFFFFFF")
    assert 'MessageSuccess="true"' in good and 'MessageSuccess="false"' in bad


def test_tariff_told_back() -> None:
    """Prices by index, thresholds in units, the scale from the trailing digit; what failed is left out."""
    tariff = answered(
        by_name("GCS21f"),
        "0700 18 01 0302 00 22 E80300 0202 00 22 010000 0001 00 25 A08601000000 0004 00 23 28230000"
        " 1004 C0 1606 00 21 3A03 1706 00 18 50 0103 00 23 10270000",
        "0707 19 01 00000000 804A371C 804A371C 01 01 00 01 00 0000 02",
        "0707 08 0B 02C0",
    )
    for expected in (
        '<ra:BlockThreshold index="1">100</ra:BlockThreshold>',
        '<ra:BlockPrice index="1">9000</ra:BlockPrice>',
        "<ra:PrimaryActiveTariffPriceScale>-5</ra:PrimaryActiveTariffPriceScale>",
        "<ra:CurrencyUnitsLabel>GBP</ra:CurrencyUnitsLabel>",
        "<ra:StandingCharge>10000</ra:StandingCharge>",
        "<ra:TOUTariffAction>2</ra:TOUTariffAction>",
        'MessageSuccess="false"',
        "<ra:ZCLStatus>HARDWARE_FAILURE</ra:ZCLStatus>",
    ):
        assert expected in tariff, expected
    assert "TOUTariff>" not in tariff and "WeekProfiles" not in tariff


def test_what_is_not_found_is_no_failure() -> None:
    """A meter without a calendar answers NOT_FOUND."""
    told = answered(by_name("GCS21b"), "0705 08 01 3902 00 21 E803", "0707 08 0B 018B")
    assert 'MessageSuccess="true"' in told and "<ra:ZCLStatus>NOT_FOUND</ra:ZCLStatus>" in told
    assert "<ra:DebtRecoveryPerPayment>1000</ra:DebtRecoveryPerPayment>" in told


@pytest.mark.parametrize(
    ("component", "field"),
    [
        ("0707 19 01 00000000 804A371C 804A371C 01 01 00 01 03 0000 05", "friendly credit enable"),
        ("0707 19 01 00000000 804A371C 804A371C 01 01 00 01 03 A005 01", "start time of day"),
        ("0705 08 01 1602 00 30 07", "debt recovery frequency"),
        ("0705 08 03 00", "ZCL command"),
    ],
)
def test_answers_outside_the_standard(component: str, field: str) -> None:
    """MMC has no word for them: the field is named."""
    with pytest.raises(Malformed, match=field):
        answered(by_name("GCS21b"), component)


@pytest.mark.parametrize(("state", "word"), [(0, "Disabled"), (1, "Armed"), (2, "Enabled")])
def test_supply_by_name(state: int, word: str) -> None:
    """And the battery's days, in that order of MMC."""
    told = answered(by_name("GCS33"), f"0702 08 01 0502 00 21 6400 1400 00 30 {state:02X}")
    assert f"<ra:SupplyState>{word}</ra:SupplyState><ra:Gas><ra:RemainingBatteryCapacity>100<" in told
