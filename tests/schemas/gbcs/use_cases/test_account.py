"""Account, top-up, tamper state and plain reads: templates become vectors, vectors become MMC; every branch."""

from pathlib import Path

import pytest
from lxml import etree

from dcc_sim.transform import transform
from schemas.duis.document import parse
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import read_request
from schemas.errors import Malformed
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import AccessRequest, Choice, Item, decode_dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.envelope import CraFlag, decode
from schemas.gbcs.use_cases.access import Access
from schemas.gbcs.use_cases.account import ACCOUNT, ADJUST_BALANCE, RESET_BALANCE, UPDATE_DEBT
from schemas.gbcs.use_cases.declare import DeviceType, UseCase
from schemas.gbcs.use_cases.demand_reads import DEMAND_READS
from schemas.gbcs.use_cases.export_reads import EXPORT_READS
from schemas.gbcs.use_cases.table import by_name, for_request
from schemas.gbcs.use_cases.tamper import DAILY_BLOCK_RESET, SET_TAMPER_STATE, TAMPER
from schemas.gbcs.use_cases.top_up import TOP_UP, TOP_UP_ELECTRICITY
from schemas.gbcs.use_cases.voltage_reads import VOLTAGE_READS
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.test_round_trip import request
from tests.schemas.gbcs.use_cases.vectors import message, octets

FAMILY: tuple[UseCase, ...] = (*ACCOUNT, *TOP_UP, *TAMPER, *EXPORT_READS, *DEMAND_READS, *VOLTAGE_READS)
NAMES = [use_case.name for use_case in FAMILY]
SINGLE_PHASE, POLYPHASE = VOLTAGE_READS
PREFIX = "{http://www.dccinterface.co.uk/ResponseAndAlert}"


@pytest.mark.parametrize("use_case", FAMILY, ids=NAMES)
def test_template_becomes_its_vector(reference: Path, use_case: UseCase) -> None:
    """Every template with a vector, octet for octet up to what protection adds."""
    compared = 0
    for path in sorted((reference / "duis-templates").glob(f"{use_case.name}_*.XML")):
        stem = path.name.removesuffix("_REQUEST_DUIS.XML")
        asked = read_request(parse(path.read_bytes()))
        # The polyphase read has the request of the single-phase one, which is found.
        found = for_request(asked, DeviceType.ESME)
        assert found is (SINGLE_PHASE if use_case is POLYPHASE else use_case)
        for file in sorted((reference / "rtds").glob(f"*/{stem}_*COMMAND_GBCS.HEX")):
            assert transform(asked, use_case).encode() == decode(octets(file)).stripped().encode(), file.name
            compared += 1
    assert compared


@pytest.mark.parametrize("use_case", FAMILY, ids=NAMES)
def test_commands_fit_and_responses_are_mmc(reference: Path, schema: etree.XMLSchema, use_case: UseCase) -> None:
    """Every command vector has the declared form; every response is valid MMC, dated where the declaration says so."""
    assert isinstance(use_case.content, Access)
    folder = reference / "rtds" / f"{use_case.service}_{use_case.name}"
    seen = 0
    for file in sorted(folder.glob("*.HEX")):
        vector = message(file)
        if vector.cra is CraFlag.COMMAND:
            content = decode_dlms(vector.payload)
            assert isinstance(content, AccessRequest)
            assert use_case.content.fits(content.items), file.name
        else:
            document = etree.fromstring(write_mmc(vector, use_case))
            schema.assertValid(document)
            success = document.find(f".//{PREFIX}{use_case.response}")
            assert success is not None
            assert success.get("MessageSuccess") == ("false" if "_ERROR_" in file.name else "true")
            assert bool(vector.date_time) is use_case.dated_response
        seen += 1
    assert seen


def items(use_case: UseCase, body: Node) -> tuple[Item, ...]:
    """What a body of legal DUIS becomes."""
    asked = request(use_case.service, body)
    content = decode_dlms(transform(asked, use_case).payload)
    assert isinstance(content, AccessRequest)
    return content.items


def balance(mode: str, *children: Node) -> Node:
    """SR 1.5."""
    return branch("UpdateMeterBalance", branch(mode, *children))


@pytest.mark.parametrize("mode", ["PrepaymentMode", "CreditMode"])
def test_balance_is_adjusted_or_reset_in_either_mode(mode: str) -> None:
    """By any whole number of 32 bits."""
    for amount in (-(2**31), 0, 2**31 - 1):
        body = balance(mode, leaf("AdjustMeterBalance", amount))
        assert for_request(request("1.5", body), DeviceType.ESME) is ADJUST_BALANCE
        assert [item.data for item in items(ADJUST_BALANCE, body)] == [Data(Tag.DOUBLE_LONG, amount)]
    body = balance(mode, branch("ResetMeterBalance"))
    assert for_request(request("1.5", body), DeviceType.ESME) is RESET_BALANCE
    assert [item.data.number for item in items(RESET_BALANCE, body)] == [0, 0, 0]


def test_balance_of_the_other_kind_is_refused() -> None:
    """Where a use case is asked for by name."""
    with pytest.raises(Malformed, match="CreditMode/AdjustMeterBalance"):
        items(ADJUST_BALANCE, balance("CreditMode", branch("ResetMeterBalance")))
    with pytest.raises(Malformed, match="PrepaymentMode/ResetMeterBalance"):
        items(RESET_BALANCE, balance("PrepaymentMode", leaf("AdjustMeterBalance", 1)))


def debts(first: tuple[int, int, str], second: tuple[int, int, str], per_payment: int = 10_000) -> Node:
    """SR 2.3: rate, scale and period of the two time debts."""
    return branch(
        "UpdateDebt",
        leaf("TimeDebtRegister1", -1),
        leaf("TimeDebtRegister2", 2**31 - 1),
        leaf("PaymentDebtRegister", -(2**31)),
        leaf("DebtRecoveryPerPayment", per_payment),
        *(
            branch(
                f"ElecDebtRecovery{number}",
                leaf("DebtRecoveryRate", rate),
                leaf("DebtRecoveryRatePriceScale", scale),
                leaf("DebtRecoveryRatePeriod", period),
            )
            for number, (rate, scale, period) in enumerate((first, second), start=1)
        ),
    )


def test_debt_at_the_ends_of_its_ranges() -> None:
    """Each value goes to the object of its debt."""
    found = {
        (item.obis[4], item.member, item.choice): item.data
        for item in items(UPDATE_DEBT, debts((-(2**15), -128, "HOURLY"), (2**15 - 1, 127, "DAILY")))
    }
    for debt, rate, scale, period, register in ((1, -(2**15), -128, 3600, -1), (2, 2**15 - 1, 127, 86400, 2**31 - 1)):
        scales, _, table = found[debt, 6, Choice.SET].fields(3)
        assert scales.items[1].number == scale
        assert table.items[0].items[1] == Data(Tag.LONG, rate)
        assert found[debt, 8, Choice.SET] == dlms.double_long_unsigned(period)
        assert found[debt, 4, Choice.ACTION] == Data(Tag.DOUBLE_LONG, register)
    assert found[3, 13, Choice.SET] == dlms.long_unsigned(10_000)
    assert found[3, 4, Choice.ACTION] == Data(Tag.DOUBLE_LONG, -(2**31))


def test_debt_of_a_gas_meter_is_not_for_this_one() -> None:
    """The electricity elements are missing."""
    gas = [
        branch(f"GasDebtRecovery{number}", leaf("DebtRecoveryRate", 1), leaf("DebtRecoveryRatePeriod", "DAILY"))
        for number in (1, 2)
    ]
    body = debts((1, 0, "DAILY"), (1, 0, "DAILY"))
    asked = request("2.3", body._replace(children=(*body.children[:4], *gas)))
    assert for_request(asked) is not UPDATE_DEBT
    with pytest.raises(Malformed, match="ElecDebtRecovery1"):
        transform(asked, UPDATE_DEBT)


@pytest.mark.parametrize("element", ["TopUpDevice", "ActivateEmergencyCredit"])
def test_fuels_are_told_apart_by_the_device(element: str) -> None:
    """One request for both; without the device's type, electricity."""
    body = branch(element) if element == "ActivateEmergencyCredit" else branch(element, leaf("UTRN", "0" * 20))
    asked = request("2.5" if element == "ActivateEmergencyCredit" else "2.2", body)
    assert for_request(asked) is for_request(asked, DeviceType.ESME)
    assert for_request(asked, DeviceType.GSME) is not for_request(asked)


def test_leading_zeros_of_a_utrn_stay() -> None:
    """It is a text of 20 digits."""
    (item,) = items(TOP_UP_ELECTRICITY, branch("TopUpDevice", leaf("UTRN", "00012345678901234567")))
    assert item.data == dlms.octets(b"00012345678901234567")


def test_tamper_state_and_daily_reset() -> None:
    """Both values of each."""
    for word, state in (("Locked", True), ("Unchanged", False)):
        body = branch("SetElectricitySupplyTamperState", leaf("SupplyTamperState", word))
        assert items(SET_TAMPER_STATE, body)[0].data == dlms.boolean(state)
    for wanted, rows in ((True, 1), (False, 0)):
        body = branch(DAILY_BLOCK_RESET.element, leaf("DailyTariffBlockCounterMatrixReset", wanted))
        assert len(items(DAILY_BLOCK_RESET, body)[0].data.expect(Tag.ARRAY).items) == rows


def test_all_are_in_the_table() -> None:
    """Found by name."""
    assert [by_name(name) for name in NAMES] == list(FAMILY)
