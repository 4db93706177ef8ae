"""What a meter answers to plain reads (SR 4.2, 4.10, 4.12), and what MMC makes of it."""

from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from lxml import etree

from dcc_sim.identities import METER, SUPPLIER
from dcc_sim.transform import Broker, transform
from schemas.duis.document import parse
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import read_request
from schemas.errors import Malformed
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import AccessResponse, Choice, Result, liid
from schemas.gbcs.dlms.data import NULL, Data
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.use_cases.access import Access
from schemas.gbcs.use_cases.configuration import DEMAND_PERIOD
from schemas.gbcs.use_cases.declare import UseCase
from schemas.gbcs.use_cases.demand_reads import DEMAND_READS
from schemas.gbcs.use_cases.export_reads import READ_EXPORT
from schemas.gbcs.use_cases.voltage_reads import VOLTAGE_READS
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.test_account import PREFIX, items
from tests.schemas.gbcs.use_cases.test_round_trip import request

EXPORT_DEMAND, IMPORT_DEMAND = DEMAND_READS
SINGLE_PHASE, POLYPHASE = VOLTAGE_READS
MOMENT = dlms.octets(bytes.fromhex("07EA0B17FF0A1E00008000FF"))
NO_MOMENT = dlms.octets(bytes.fromhex("FFFFFFFFFFFFFFFFFF8000FF"))
READS = (READ_EXPORT, EXPORT_DEMAND, IMPORT_DEMAND)
LATER = leaf("ExecutionDateTime", datetime(2030, 1, 15, 9, tzinfo=UTC))
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def log_period(start: datetime = START, end: datetime = END) -> Node:
    """What SR 4.10 reads."""
    return branch("ReadLogPeriod", leaf("StartDateTime", start), leaf("EndDateTime", end))


@pytest.mark.parametrize("use_case", READS, ids=lambda use_case: use_case.name)
def test_a_dated_read_is_the_same_command(use_case: UseCase) -> None:
    """The DCC keeps it until then."""
    assert items(use_case, branch(use_case.element, LATER)) == items(use_case, branch(use_case.element))


@pytest.mark.parametrize("use_case", VOLTAGE_READS, ids=lambda use_case: use_case.name)
def test_voltage_log_of_a_period(reference: Path, use_case: UseCase) -> None:
    """The same for every phase; a date and credentials change nothing in the items."""
    element = "ReadNetworkData"
    plain = items(use_case, branch(element, log_period()))
    selections = {item.selection for item in plain if item.selection is not None}
    assert len(selections) == 1
    certificate = next(
        read_request(parse(path.read_bytes())).body.octets("KAPublicSecurityCredentials")
        for path in sorted((reference / "duis-templates").glob("*.XML"))
        if b"KAPublicSecurityCredentials>" in path.read_bytes()
    )
    unknown = branch(element, LATER, log_period(), leaf("KAPublicSecurityCredentials", certificate))
    assert items(use_case, unknown) == plain
    brokered = transform(request("4.10", unknown), use_case, Broker(SUPPLIER, 1))
    assert brokered.supplementary is not None
    assert brokered.supplementary.certificate == certificate


def test_voltage_period_that_gbcs_cannot_carry() -> None:
    """Parts of a second; a time before 2000."""
    for start in (START.replace(microsecond=1000), datetime(1999, 12, 31, tzinfo=UTC)):
        with pytest.raises(Malformed, match="ReadLogPeriod/StartDateTime"):
            items(SINGLE_PHASE, branch("ReadNetworkData", log_period(start)))


def answer(use_case: UseCase, *values: Data | None) -> Message:
    """A meter's answer; None, and what is missing at the end, failed."""
    assert isinstance(use_case.content, Access)
    all_values = (*values, *(None for _ in range(len(use_case.content.steps) - len(values))))
    results = tuple((Choice.GET, Result.OTHER_REASON if value is None else Result.SUCCESS) for value in all_values)
    data = tuple(NULL if value is None else value for value in all_values)
    content = AccessResponse(liid(1), data, results).encode()
    return Message(CraFlag.RESPONSE, 1, METER, SUPPLIER, use_case.code, content, signature=b"")


def told(message: Message, use_case: UseCase, schema: etree.XMLSchema) -> list[str]:
    """The leaves of a valid MMC document below the answer's element, each as ``parent/name=text``."""
    document = etree.fromstring(write_mmc(message, use_case))
    schema.assertValid(document)
    root = document.find(f".//{PREFIX}{use_case.response}")
    assert root is not None
    leaves = []
    for node in root.iterdescendants():
        parent = node.getparent()
        if len(node) == 0 and parent is not None:
            names = [str(each.tag).removeprefix(PREFIX) for each in (parent, node)]
            leaves.append(f"{'/'.join(names)}={node.text}")
    return leaves


def number(value: int) -> Data:
    """A register's value."""
    return dlms.double_long_unsigned(value)


def scale(power: int, unit: int) -> Data:
    """Scaler and unit."""
    return dlms.structure(dlms.integer(power), dlms.enum(unit))


def test_export_registers_in_their_unit(schema: etree.XMLSchema) -> None:
    """A power of ten is applied; what was not read is left out."""
    both = answer(READ_EXPORT, number(12), scale(3, 30), number(5000), scale(-3, 32))
    assert told(both, READ_EXPORT, schema) == [
        "ActiveExportRegister/Value=12000",
        "ActiveExportRegister/ActiveEnergyUnit=Wh",
        "ReactiveExportRegister/Value=5",
        "ReactiveExportRegister/ReactiveEnergyUnit=varh",
    ]
    half = answer(READ_EXPORT, number(12), None, None, scale(0, 32))
    assert told(half, READ_EXPORT, schema) == [
        "ActiveExportRegister/Value=12",
        "ReactiveExportRegister/ReactiveEnergyUnit=varh",
    ]
    assert told(answer(READ_EXPORT), READ_EXPORT, schema) == []


@pytest.mark.parametrize(
    "values",
    [
        (number(12), scale(0, 32)),
        (None, scale(0, 27)),
        (number(5), scale(-1, 30)),
        (dlms.boolean(True), scale(0, 30)),
        (number(5), dlms.structure(dlms.integer(0))),
    ],
)
def test_bad_registers(values: tuple[Data | None, ...]) -> None:
    """Another unit, part of a Wh, no number, no scale."""
    with pytest.raises(Malformed):
        write_mmc(answer(READ_EXPORT, *values), READ_EXPORT)


def test_export_demand_of_a_meter_that_was_never_reset(schema: etree.XMLSchema) -> None:
    """An unspecified date-time has no element."""
    message = answer(EXPORT_DEMAND, NO_MOMENT, number(1), scale(0, 27), MOMENT)
    assert told(message, EXPORT_DEMAND, schema) == [
        "MaxDemandActiveEnergyExport/Value=1",
        "MaxDemandActiveEnergyExport/CaptureTime=2026-11-23T10:30:00Z",
    ]
    assert told(answer(EXPORT_DEMAND, None, None, scale(0, 27)), EXPORT_DEMAND, schema) == []
    with pytest.raises(Malformed, match="date"):
        write_mmc(answer(EXPORT_DEMAND, dlms.octets(b"\x07")), EXPORT_DEMAND)


def test_demand_period_reads_back_as_it_was_set(schema: etree.XMLSchema) -> None:
    """What SR 6.18.1 writes, SR 4.12.1 tells, in either order of its rows."""
    times = branch(
        "MaximumDemandTimePeriodSchedule",
        leaf("StartTime", time(22, 30)),
        leaf("EndTime", time(6)),
    )
    (written,) = items(DEMAND_PERIOD, branch(DEMAND_PERIOD.element, times))
    for rows in (written.data.items, written.data.items[::-1]):
        message = answer(IMPORT_DEMAND, *(None,) * 8, dlms.array(*rows))
        assert told(message, IMPORT_DEMAND, schema) == [
            "MaxDemandConfigurableTimePeriod/StartTime=22:30:00",
            "MaxDemandConfigurableTimePeriod/EndTime=06:00:00",
        ]
    assert told(answer(IMPORT_DEMAND, *(None,) * 8, dlms.array()), IMPORT_DEMAND, schema) == []
    for bad in (written.data.items[:1], (*written.data.items, written.data.items[0])):
        with pytest.raises(Malformed, match="MaxDemandConfigurableTimePeriod"):
            write_mmc(answer(IMPORT_DEMAND, *(None,) * 8, dlms.array(*bad)), IMPORT_DEMAND)


def test_import_demand_by_register(schema: etree.XMLSchema) -> None:
    """The first register counts all day, the second in the period; each has its own time of reset."""
    reset = dlms.octets(bytes.fromhex("07EA0101FF000000008000FF"))
    message = answer(IMPORT_DEMAND, reset, MOMENT, number(1), None, None, number(2))
    assert told(message, IMPORT_DEMAND, schema) == [
        "MaxDemandConfigurableTimeActivePowerImport/Value=2",
        "MaxDemandConfigurableTimeActivePowerImport/LastResetDateTime=2026-11-23T10:30:00Z",
        "MaxDemandActiveEnergyImport/Value=1",
        "MaxDemandActiveEnergyImport/LastResetDateTime=2026-01-01T00:00:00Z",
    ]


def voltage_log(*columns: Data) -> Data:
    """A log of one row, as an ordinary array."""
    return dlms.array(dlms.structure(*columns))


def test_voltage_by_phase(schema: etree.XMLSchema) -> None:
    """Phases of which nothing was read are left out."""
    second = (number(3), scale(0, 255), number(4), None, voltage_log(number(60), number(240)), number(1800))
    assert told(answer(POLYPHASE, *(None,) * 6, *second), POLYPHASE, schema) == [
        "AvgRMSOverVoltageCounter/Value=4",
        "AvgRMSUnderVoltageCounter/Value=3",
        "AvgRMSUnderVoltageCounter/Unit=count",
        "LogEntry/Value=240",
        "LogEntry/Timestamp=2000-01-01T00:01:00Z",
        "AvgRMSVoltageProfileDataLog/MeasurementPeriod=1800",
        "PhaseVoltageOperationalData/Phase=2",
    ]


@pytest.mark.parametrize("use_case", VOLTAGE_READS, ids=lambda use_case: use_case.name)
def test_voltage_of_which_nothing_was_read(schema: etree.XMLSchema, use_case: UseCase) -> None:
    """MMC wants the element all the same; so it does with an empty log."""
    assert told(answer(use_case), use_case, schema) == ["ReadNetworkDataRsp/Electricity=None"]
    empty = answer(use_case, None, None, None, None, dlms.array())
    assert any("AvgRMSVoltageProfileDataLog=None" in each for each in told(empty, use_case, schema))


@pytest.mark.parametrize(
    "values",
    [
        (None, scale(0, 35)),
        (None,) * 4 + (voltage_log(number(0)),),
        (None,) * 4 + (voltage_log(number(0), number(1), number(2)),),
        (None,) * 4 + (number(0),),
        (None,) * 4 + (dlms.array(*(dlms.structure(number(0), number(0)) for _ in range(4321))),),
        (None,) * 5 + (NULL,),
    ],
)
def test_bad_voltage(values: tuple[Data | None, ...]) -> None:
    """A counter in volts, rows with a column too few or too many, no log, one too long, no period."""
    with pytest.raises(Malformed):
        write_mmc(answer(SINGLE_PHASE, *values), SINGLE_PHASE)
