"""What a meter answers about prepayment and load limits, and what MMC makes of it."""

from collections.abc import Iterator
from datetime import time

import pytest
from lxml import etree

from dcc_sim.identities import METER, SUPPLIER
from schemas.errors import Malformed
from schemas.gbcs.auxiliary import CosemDate, ScheduleRow, SpecialDay
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import AccessResponse, Choice, Result, liid
from schemas.gbcs.dlms.data import NULL, Data, Tag
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.use_cases.declare import UseCase
from schemas.gbcs.use_cases.load_limit import READ_LIMIT
from schemas.gbcs.use_cases.payment_mode import TO_CREDIT, TO_PREPAYMENT
from schemas.gbcs.use_cases.prepayment_fields import SUPPLY_SCRIPT
from schemas.gbcs.use_cases.prepayment_read import READ_BALANCE, READ_SETTINGS
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.test_prepayment import PREFIX, items, mode, suspend

ALWAYS = CosemDate()


def response(use_case: UseCase, *values: Data | None) -> Message:
    """A meter's answer; None for what failed."""
    results = tuple((Choice.GET, Result.OTHER_REASON if value is None else Result.SUCCESS) for value in values)
    data = tuple(NULL if value is None else value for value in values)
    content = AccessResponse(liid(1), data, results).encode()
    return Message(CraFlag.RESPONSE, 1, METER, SUPPLIER, use_case.code, content, signature=b"")


def told(message: Message, use_case: UseCase) -> dict[str, str | None]:
    """The values of an MMC document by name, the last of each."""
    root = etree.fromstring(write_mmc(message, use_case)).find(f".//{PREFIX}{use_case.response}")
    assert root is not None
    return {str(node.tag).removeprefix(PREFIX): node.text for node in root.iter() if len(node) == 0}


def values(**given: Data | None) -> Iterator[Data | None]:
    """The eighteen items of ECS26a, all failed but those given by position (``p1`` up)."""
    return (given.get(f"p{position}") for position in range(1, 19))


def test_balance_may_be_negative() -> None:
    """Debt."""
    assert told(response(READ_BALANCE, Data(Tag.DOUBLE_LONG, -5)), READ_BALANCE) == {"MeterBalance": "-5"}


def test_load_limit_counts_ones() -> None:
    """A power of ten has no element in MMC."""
    number = dlms.double_long_unsigned(7)
    tens = dlms.structure(dlms.integer(1), dlms.enum(255))
    with pytest.raises(Malformed, match="LoadLimitCounterValue"):
        write_mmc(response(READ_LIMIT, dlms.boolean(True), number, tens, number, number, number), READ_LIMIT)
    only_state = response(READ_LIMIT, dlms.boolean(True), None, None, None, None, None)
    assert told(only_state, READ_LIMIT) == {"LoadLimitSupplyState": "Disable"}


@pytest.mark.parametrize("disabled", [False, True])
@pytest.mark.parametrize("emergency", [False, True])
def test_suspended_debt_reads_back_as_it_was_set(disabled: bool, emergency: bool) -> None:
    """From the table that ECS03 writes."""
    found = items(TO_PREPAYMENT, suspend(disabled, emergency), twin=True)
    (table,) = (item.data for item in found if item.member == 11)
    said = told(response(READ_SETTINGS, *values(p18=table)), READ_SETTINGS)
    assert said == {"SuspendDebtDisabled": str(disabled).lower(), "SuspendDebtEmergency": str(emergency).lower()}


def test_a_credit_meter_tells_nothing_of_suspended_debt() -> None:
    """It collects no time debt."""
    (table,) = (item.data for item in items(TO_CREDIT, mode()) if item.member == 11)
    assert told(response(READ_SETTINGS, *values(p18=table)), READ_SETTINGS) == {"ReadPrepaymentConfigurationRsp": None}


def test_hourly_debt_and_nothing_else(schema: etree.XMLSchema) -> None:
    """What failed leaves its element out."""
    message = response(READ_SETTINGS, *values(p6=dlms.double_long_unsigned(3600)))
    schema.assertValid(etree.fromstring(write_mmc(message, READ_SETTINGS)))
    assert told(message, READ_SETTINGS) == {"DebtRecoveryRatePeriod": "HOURLY"}


def schedule(selector: int = 32, special: str = "", start: CosemDate = ALWAYS, script: bytes = SUPPLY_SCRIPT) -> Data:
    """A calendar of one row as a meter answers it."""
    each = ScheduleRow(1, selector, time(6), "1000000", special, start, ALWAYS, script)
    return dlms.array(each.to_data())


def test_calendar_is_read_by_the_numbers_of_its_days(schema: etree.XMLSchema) -> None:
    """Or by place, where the definitions were not read."""
    days = dlms.array(SpecialDay(7, CosemDate()).to_data(), SpecialDay(4, CosemDate()).to_data())
    both = response(READ_SETTINGS, *values(p2=days, p17=schedule(33, "01", CosemDate(None, 2, 28))))
    schema.assertValid(etree.fromstring(write_mmc(both, READ_SETTINGS)))
    said = told(both, READ_SETTINGS)
    assert (said["SpecialDayID"], said["NonDisablementScript"], said["StartDate"]) == ("4", "STOP", "65535-02-28")
    assert "EndDate" not in said
    alone = response(READ_SETTINGS, *values(p17=schedule(special="01")))
    assert told(alone, READ_SETTINGS)["SpecialDayID"] == "2"


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"p17": schedule(34)}, "script selector"),
        ({"p17": schedule(script=bytes(6))}, "calendar row script"),
        ({"p17": schedule(start=CosemDate(2026, 2, 30))}, "StartDate"),
        ({"p17": schedule(start=CosemDate(2026, None, 1))}, "StartDate"),
        ({"p17": schedule(start=CosemDate(2026, 2, CosemDate.LAST_DAY))}, "StartDate"),
        ({"p2": dlms.array(), "p17": schedule(special="1")}, "special days of a row"),
        ({"p3": dlms.double_long_unsigned(60)}, "DebtRecoveryRatePeriod"),
        ({"p10": dlms.array()}, "DisablementThreshold"),
        ({"p1": dlms.structure(NULL, NULL, dlms.array())}, "DebtRecoveryRate"),
        ({"p13": dlms.boolean(True)}, "DLMS data"),
    ],
)
def test_answers_that_mmc_cannot_carry(bad: dict[str, Data], named: str) -> None:
    """The field is named."""
    with pytest.raises(Malformed, match=named):
        write_mmc(response(READ_SETTINGS, *values(**bad)), READ_SETTINGS)
