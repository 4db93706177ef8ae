"""Payment mode, prepayment settings and load limits: templates become vectors, vectors become MMC; every branch."""

import json
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from lxml import etree

from dcc_sim.identities import METER, SUPPLIER
from dcc_sim.inventory_file import Inventory
from dcc_sim.offline import Choices, transform_offline
from dcc_sim.transform import transform
from schemas.duis.document import parse
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import read_request
from schemas.errors import Malformed
from schemas.gbcs.auxiliary import CosemDate, ScheduleRow, SpecialDay
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import AccessRequest, Item, decode_dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.envelope import CraFlag, decode
from schemas.gbcs.use_cases.access import Access
from schemas.gbcs.use_cases.declare import Context, Known, UseCase
from schemas.gbcs.use_cases.load_limit import LOAD_LIMIT, READ_LIMIT, RESET_COUNTER, SET_LIMIT
from schemas.gbcs.use_cases.payment_mode import PAYMENT_MODE, TO_CREDIT, TO_PREPAYMENT
from schemas.gbcs.use_cases.prepayment import PREPAYMENT
from schemas.gbcs.use_cases.prepayment_fields import SUPPLY_SCRIPT
from schemas.gbcs.use_cases.prepayment_read import PREPAYMENT_READ, READ_BALANCE, READ_SETTINGS
from schemas.gbcs.use_cases.table import by_service, for_request
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.known import known_to_the_dcc
from tests.schemas.gbcs.use_cases.vectors import octets

FAMILY: tuple[UseCase, ...] = (*PAYMENT_MODE, *PREPAYMENT, *PREPAYMENT_READ, *LOAD_LIMIT)
NAMES = [use_case.name for use_case in FAMILY]
NEWER, OLDER = PREPAYMENT
PREFIX = "{http://www.dccinterface.co.uk/ResponseAndAlert}"
EXECUTION = leaf("ExecutionDateTime", datetime(2030, 1, 15, 9, tzinfo=UTC))
CANCELLATION = leaf("ExecutionDateTime", datetime(3000, 12, 31, tzinfo=UTC))


@pytest.mark.parametrize("use_case", FAMILY, ids=NAMES)
def test_template_becomes_its_vector(reference: Path, use_case: UseCase) -> None:
    """Every template with a vector, octet for octet up to what protection adds."""
    compared = 0
    for path in sorted((reference / "duis-templates").glob(f"{use_case.name}_*.XML")):
        stem = path.name.removesuffix("_REQUEST_DUIS.XML")
        for file in sorted((reference / "rtds").glob(f"*/{stem}_*COMMAND_GBCS.HEX")):
            vector = decode(octets(file))
            known = known_to_the_dcc(use_case, vector)
            made = transform(read_request(parse(path.read_bytes())), use_case, known=known)
            assert made.encode() == vector.stripped().encode(), file.name
            compared += 1
    assert compared


@pytest.mark.parametrize("use_case", FAMILY, ids=NAMES)
def test_template_transforms_and_finds_its_use_case(reference: Path, use_case: UseCase) -> None:
    """Every template, those of cancellations too; of two with the same request the newer one is found."""
    for path in sorted((reference / "duis-templates").glob(f"{use_case.name}_*.XML")):
        request = read_request(parse(path.read_bytes()))
        found = for_request(request)
        assert found is (NEWER if use_case is OLDER else use_case)
        assert isinstance(found.content, Access)
        assert found.content.fits(items(found, request.body))


@pytest.mark.parametrize("use_case", FAMILY, ids=NAMES)
def test_answers_and_alerts_are_valid_mmc(reference: Path, schema: etree.XMLSchema, use_case: UseCase) -> None:
    """Every response and alert: valid, and what succeeded is told."""
    checked = 0
    for path in sorted((reference / "rtds").glob(f"*/{use_case.name}_*.HEX")):
        message = decode(octets(path))
        if message.cra is CraFlag.COMMAND:
            continue
        document = etree.fromstring(write_mmc(message, use_case if message.cra is CraFlag.RESPONSE else None))
        schema.assertValid(document)
        if message.cra is CraFlag.RESPONSE:
            answer = document.find(f".//{PREFIX}{use_case.response}")
            assert answer is not None
            assert answer.get("MessageSuccess") == ("false" if "ERROR" in path.name else "true"), path.name
        checked += 1
    assert checked


def test_headers_with_a_time_are_those_of_the_vectors(reference: Path) -> None:
    """gbcs-reference 1.6: what may be dated for the future answers with the meter's time."""
    for use_case in FAMILY:
        for path in (reference / "rtds").glob(f"*/{use_case.name}_*_RESPONSE_GBCS.HEX"):
            message = decode(octets(path))
            assert bool(message.date_time) is use_case.dated_response, path.name
            assert bool(message.signature) is use_case.critical, path.name


def items(use_case: UseCase, body: Node, *, twin: bool = False) -> tuple[Item, ...]:
    """What a command says to a body."""
    request = decode_dlms(use_case.encode(body, Context(SUPPLIER, METER, 1, SUPPLIER, 1, Known(twin=twin))))
    assert isinstance(request, AccessRequest)
    return request.items


def mode(*settings: Node, when: Node | None = None) -> Node:
    """A body of SR 1.6: to credit, or with ``settings`` to prepayment."""
    choice = branch("Prepayment", *settings) if settings else branch("Credit")
    return branch("UpdatePaymentMode", *([] if when is None else [when]), choice)


def suspend(disabled: bool, emergency: bool, threshold: int = 0) -> Node:
    """A body of SR 1.6 to prepayment."""
    return mode(
        leaf("SuspendDebtDisabled", disabled),
        leaf("SuspendDebtEmergency", emergency),
        leaf("DisablementThreshold", threshold),
    )


def charges(found: tuple[Item, ...]) -> list[tuple[int, int, str]]:
    """Credit number, charge number and bits of the account's table."""
    (table,) = (item.data for item in found if item.member == 11)
    rows = (row.fields(3) for row in table.items)
    return [(credit.octets[4], charge.octets[4], bits.bits) for credit, charge, bits in rows]


@pytest.mark.parametrize("twin", [False, True])
@pytest.mark.parametrize("emergency", [False, True])
@pytest.mark.parametrize("disabled", [False, True])
def test_what_prepayment_charges(disabled: bool, emergency: bool, twin: bool) -> None:
    """One setting decides the bits of time debts, one the rows of accumulated debt, the meter the second tariff."""
    table = charges(items(TO_PREPAYMENT, suspend(disabled, emergency), twin=twin))
    debts = {bits for credit, charge, bits in table if charge in (1, 2) and credit < 2}
    assert debts == {"110" if disabled else "111"}
    assert [row[:2] for row in table if row[0] == 2] == ([(2, 4), (2, 1), (2, 2)] if emergency else [])
    assert [row[:2] for row in table if row[1] == 5] == ([(0, 5), (1, 5)] if twin else [])
    assert len(table) == 10 + 3 * emergency + 2 * twin


@pytest.mark.parametrize("twin", [False, True])
def test_what_credit_charges(twin: bool) -> None:
    """Tariff, standing charge and, with two elements, the second tariff."""
    assert charges(items(TO_CREDIT, mode(), twin=twin)) == [(0, n, "111") for n in ((0, 4, 5) if twin else (0, 4))]


def test_twin_meters_on_the_command_line(reference: Path, tmp_path: Path) -> None:
    """``dcc-sim transform --inventory``: the request does not say how many elements the meter has."""
    stem = "ECS03_1.6_FUTURE_DATED_TWIN_SUCCESS"
    xml = (reference / "duis-templates" / f"{stem}_REQUEST_DUIS.XML").read_bytes()
    vector = reference / "rtds" / "1.6_ECS03" / f"{stem}_PRECOMMAND_GBCS.HEX"
    file = tmp_path / "inventory.json"
    file.write_text(json.dumps({"devices": {str(METER): {"type": "ESME", "twin": True}}}))
    _, made = transform_offline(xml, Choices(inventory=Inventory.load(file)))
    assert made.encode() == octets(vector)
    assert len(transform_offline(xml, Choices())[1].encode()) < len(octets(vector))


@pytest.mark.parametrize("threshold", [-(2**31), -1, 0, 2**31 - 1])
def test_disablement_threshold_has_a_sign(threshold: int) -> None:
    """xs:int."""
    (written,) = (i.data for i in items(TO_PREPAYMENT, suspend(True, True, threshold)) if i.member == 4)
    assert written == Data(Tag.DOUBLE_LONG, threshold)


@pytest.mark.parametrize(
    ("when", "wire"),
    [
        (None, "0000000000000000008000FF"),
        (EXECUTION, "07EE010FFF090000008000FF"),
        (CANCELLATION, "FFFFFFFFFFFFFFFFFF8000FF"),
    ],
)
def test_now_later_or_never(when: Node | None, wire: str) -> None:
    """All activation date-times of a command are the same."""
    expected = dlms.octets(bytes.fromhex(wire))
    assert items(TO_CREDIT, mode(when=when))[-1].data == expected
    given = [] if when is None else [when]
    limit = branch(
        "UpdateDeviceConfigurationLoadLimitingGeneralSettings",
        *given,
        leaf("LoadLimitPeriod", 2**32 - 1),
        leaf("LoadLimitPowerThreshold", 0),
        leaf("LoadLimitRestorationPeriod", 1),
        leaf("LoadLimitSupplyState", "Disable"),
    )
    state, power, exceeded, restored, *times = (item.data for item in items(SET_LIMIT, limit))
    assert (state.value, power.number, exceeded.number, restored.number) == (True, 0, 2**32 - 1, 1)
    assert times == [expected] * 4
    settings = branch("UpdatePrepayConfiguration", *given, prepayment([], [row()]))
    assert [item.data for item in items(NEWER, settings) if item.member == 6] == [expected] * 9


def test_execution_with_parts_of_a_second_is_refused() -> None:
    """GBCS has whole seconds."""
    late = leaf("ExecutionDateTime", datetime(2030, 1, 15, 9, 0, 0, 500_000, tzinfo=UTC))
    with pytest.raises(Malformed, match="ExecutionDateTime"):
        items(TO_CREDIT, mode(when=late))


def test_load_limit_must_fit() -> None:
    """Bodies that are not read from XML are checked too."""
    limit = branch(
        "UpdateDeviceConfigurationLoadLimitingGeneralSettings",
        leaf("LoadLimitPeriod", 1),
        leaf("LoadLimitPowerThreshold", 2**32),
        leaf("LoadLimitRestorationPeriod", 1),
        leaf("LoadLimitSupplyState", "Unchanged"),
    )
    with pytest.raises(Malformed, match="LoadLimitPowerThreshold"):
        items(SET_LIMIT, limit)


def test_reads_scheduled_by_the_dcc_carry_no_time() -> None:
    """Their ExecutionDateTime is the DCC's own business."""
    for use_case in (READ_LIMIT, READ_SETTINGS, READ_BALANCE, RESET_COUNTER):
        assert items(use_case, branch(use_case.element, EXECUTION)) == items(use_case, branch(use_case.element))


def row(script: str = "START", *, special: tuple[int, ...] = (), week: tuple[str, ...] = (), **period: Node) -> Node:
    """A row of the non-disablement calendar."""
    given = {
        "at": leaf("SwitchTime", time(22, 30, 15)),
        "start": leaf("StartDate", date(2026, 2, 28)),
        "end": leaf("EndDate", date(2027, 12, 31)),
    } | period
    return branch(
        "ElectricityNonDisablementSchedule",
        leaf("NonDisablementScript", script),
        branch(
            "SpecialDaysApplicability",
            *(branch("SpecialDayApplicability", leaf("SpecialDayID", number)) for number in special),
        ),
        branch(
            "DaysOfWeekApplicability", *(branch("DayOfWeekApplicability", leaf("DayOfWeekID", day)) for day in week)
        ),
        branch("ScheduleDatesAndTime", *given.values()),
    )


def special_day(number: int) -> Node:
    """The last day of every February that is a Sunday."""
    day = branch(
        "Date",
        branch("Year", branch("NonSpecifiedYear")),
        branch("Month", leaf("SpecifiedMonth", 2)),
        branch("DayOfMonth", branch("LastDayOfMonth")),
        branch("DayOfWeek", leaf("SpecifiedDayOfWeek", 7)),
    )
    return branch("SpecialDay", day, index=number)


def prepayment(days: list[Node], rows: list[Node]) -> Node:
    """The settings of SR 2.1."""
    calendar = branch("ElectricityNonDisablementCalendar", branch("ElectricitySpecialDays", *days), *rows)
    return branch(
        "UpdatePrepayConfigElectricity",
        leaf("DebtRecoveryRateCap", 65535),
        leaf("EmergencyCreditLimit", -1),
        leaf("EmergencyCreditThreshold", -2),
        leaf("LowCreditThreshold", -3),
        calendar,
        leaf("MaxMeterBalance", -(2**31)),
        leaf("MaxCreditThreshold", 2**31 - 1),
    )


def calendar_of(days: list[Node], rows: list[Node]) -> tuple[list[SpecialDay], list[ScheduleRow]]:
    """What a meter reads from the command of SR 2.1."""
    found = items(NEWER, branch("UpdatePrepayConfiguration", prepayment(days, rows)))
    (special,) = (item.data for item in found if item.class_id == 11)
    (schedule,) = (item.data for item in found if item.class_id == 10)
    return (
        [SpecialDay.from_data(day) for day in special.items],
        [ScheduleRow.from_data(each, SUPPLY_SCRIPT) for each in schedule.items],
    )


def test_calendar_rows() -> None:
    """Special days in the order of their definitions, whatever their numbers; years of xs:date that Python lacks."""
    every_year = leaf("StartDate", "65535-04-29Z")
    far = leaf("EndDate", "10000-01-01")
    days, rows = calendar_of(
        [special_day(20), special_day(3)],
        [
            row("STOP", special=(3,), week=("Sunday", "Monday"), start=every_year, end=far),
            row(special=(20, 3)),
        ],
    )
    assert [day.number for day in days] == [20, 3]
    assert days[0].day == CosemDate(None, 2, CosemDate.LAST_DAY, 7)
    assert rows == [
        ScheduleRow(
            1, 33, time(22, 30, 15), "1000001", "01", CosemDate(None, 4, 29), CosemDate(10000, 1, 1), SUPPLY_SCRIPT
        ),
        ScheduleRow(
            2, 32, time(22, 30, 15), "0000000", "11", CosemDate(2026, 2, 28), CosemDate(2027, 12, 31), SUPPLY_SCRIPT
        ),
    ]


def test_calendar_without_special_days() -> None:
    """The schema allows none."""
    days, rows = calendar_of([], [row()])
    assert not days
    assert rows[0].special_days == ""


@pytest.mark.parametrize(
    ("days", "bad", "named"),
    [
        ([1], row(special=(2,)), "SpecialDayID"),
        ([1, 1], row(), "SpecialDay/@index"),
        ([], row(at=leaf("SwitchTime", time(1, 2, 3, 40_000))), "SwitchTime"),
        ([], row(start=leaf("StartDate", "65536-01-01Z")), "StartDate"),
        ([], row(end=leaf("EndDate", "-0044-03-15")), "EndDate"),
    ],
)
def test_calendars_that_gbcs_cannot_carry(days: list[int], bad: Node, named: str) -> None:
    """The element is named."""
    with pytest.raises(Malformed, match=named):
        calendar_of([special_day(number) for number in days], [bad])


def test_the_two_generations_differ_in_one_attribute() -> None:
    """ECS08 sets the active maximum meter balance, ECS08a the passive one."""
    body = branch("UpdatePrepayConfiguration", prepayment([], [row()]))
    differing = [(old, new) for old, new in zip(items(OLDER, body), items(NEWER, body), strict=True) if old != new]
    assert [(old.member, new.member, new.data.number) for old, new in differing] == [(2, 4, -(2**31))]


def test_gas_settings_are_of_other_use_cases() -> None:
    """SR 2.1 serves both fuels."""
    gas = branch("UpdatePrepayConfiguration", branch("UpdatePrepayConfigGas"))
    assert not any(use_case.applies(gas) for use_case in by_service("2.1") if use_case in FAMILY)
