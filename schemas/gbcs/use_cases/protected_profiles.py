"""Logs of an electricity meter, encrypted: SR 4.4.2, 4.4.3, 4.6.1, 4.8.1, 4.14 and 4.17.

Rows begin with their time, in seconds since 2000. Energy is in Wh, money in thousandths of a penny. The DCC keeps a
request's ExecutionDateTime and sends the command then: GBCS carries no date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms.data import Data
from schemas.gbcs.use_cases.access import attribute
from schemas.gbcs.use_cases.declare import UseCase
from schemas.gbcs.use_cases.profile_reads import METERS, entry, rows, time_stamp
from schemas.gbcs.use_cases.protected import READ_PROTECTED, Protected
from schemas.gbcs.use_cases.register_rows import BALANCES, balances, registers

_ACTIVE, _SECOND = "ActiveImportRegisterConsumption", "SecondaryActiveImportRegisterConsumption"


def _change_of_tariff(values: Sequence[Data]) -> Iterator[Node]:
    """One log whose rows hold registers and then balances."""
    entries = list(rows(values[0], 12))
    for row in entries:
        if len(row) <= len(BALANCES):
            raise Malformed("log entry", f"has registers before its {len(BALANCES)} balances, not {len(row)} columns")
        read = registers(row[: -len(BALANCES)], _ACTIVE, _SECOND)
        yield branch(
            "LogEntryConsumptionAndTariffRegistersData",
            *(*read.active, *read.times, *read.blocks, *read.second, *read.second_times),
            time_stamp(read.at),
        )
    for row in entries:
        yield balances("LogEntryPrepaymentData", (row[0], *row[-len(BALANCES) :]))


def _billing_calendar(values: Sequence[Data]) -> Iterator[Node]:
    """Two logs: registers, and balances."""
    for row in rows(values[0], 12):
        read = registers(row, "ActiveImportRegisterValueConsumption", "SecondaryActiveImportRegisterValueConsumption")
        yield branch(
            "ESMEBillingDataLogEntry",
            time_stamp(read.at),
            *(*read.active, *read.second, *read.times, *read.second_times, *read.blocks),
        )
    for row in rows(values[1], 12):
        yield balances("ESMEBillingPrepaymentDataLogEntry", row)


def _daily_reads(values: Sequence[Data]) -> Iterator[Node]:
    for row in rows(values[0], 31):
        read = registers(row, "ElecActiveImportRegisterConsumption", _SECOND)
        columns = (*read.active, *read.second, *read.second_times, *read.times, *read.blocks)
        yield branch("LogEntry", time_stamp(read.at), branch("Electricity", *columns))


def _daily_balances(values: Sequence[Data]) -> Iterator[Node]:
    return (balances("LogEntry", row) for row in rows(values[0], 31))


def _half_hours(values: Sequence[Data]) -> Iterator[Node]:
    """Active import of each half hour; a meter with two elements has a second column."""
    names = ("PrimaryValue", "SecondaryValue")
    for at, *columns in rows(values[0], 19056):
        if not 0 < len(columns) <= len(names):
            raise Malformed("profile entry", f"has 2 columns, or 3 with two elements, not {1 + len(columns)}")
        nodes = (leaf(name, value.number) for name, value in zip(names, columns, strict=False))
        yield branch("LogEntry", time_stamp(at), branch("Electricity", *nodes))


def _daily_consumption(values: Sequence[Data]) -> Iterator[Node]:
    return (entry(row, "Value") for row in rows(values[0], 731))


def _use_case(
    name: str,
    code: int,
    service: str,
    element: str,
    through: str,
    sources: tuple[str, ...],
    called: str,
    read: Callable[[Sequence[Data]], Iterator[Node]],
    under: str | None = "Electricity",
) -> UseCase:
    content = Protected(
        through=attribute(30, through, READ_PROTECTED),
        sources=tuple(attribute(7, source, 2) for source in sources),
        name=called,
        read=read,
        under=under,
        period="ReadLogPeriod",
    )
    return UseCase(
        name=name,
        code=code,
        service=service,
        element=element,
        critical=False,
        devices=METERS,
        content=content,
        response=f"{element}Rsp",
    )


CHANGE_OF_TARIFF_LOG = _use_case(
    "ECS20b",
    0x002F,
    "4.4.2",
    "RetrieveCoMOrTariffTriggeredBillingDataLog",
    "0-0:43.2.3.255",
    ("0-0:98.1.2.255",),
    "BillingDataLog",
    _change_of_tariff,
)

BILLING_CALENDAR_LOG = _use_case(
    "ECS20c",
    0x0030,
    "4.4.3",
    "RetrieveBillingCalendarTriggeredBillingDataLog",
    "0-0:43.2.2.255",
    ("0-0:98.1.0.255", "0-0:98.1.1.255"),
    "BillingDataLog",
    _billing_calendar,
)

DAILY_READS = _use_case(
    "ECS21a",
    0x0033,
    "4.6.1",
    "RetrieveImportDailyReadLog",
    "0-0:43.2.5.255",
    ("0-0:98.1.9.255",),
    "DailyReadLog",
    _daily_reads,
    under=None,
)

DAILY_BALANCES = _use_case(
    "ECS21b",
    0x0034,
    "4.14",
    "ReadPrepaymentDailyReadLog",
    "0-0:43.2.6.255",
    ("0-0:98.1.8.255",),
    "PrepaymentDailyReadLog",
    _daily_balances,
)

IMPORT_PROFILE = _use_case(
    "ECS22b",
    0x0037,
    "4.8.1",
    "ReadActiveImportProfileData",
    "0-0:43.2.7.255",
    ("0-0:99.1.0.255",),
    "ProfileDataLog",
    _half_hours,
    under=None,
)

DAILY_CONSUMPTION = _use_case(
    "ECS66",
    0x0060,
    "4.17",
    "RetrieveDailyConsumptionLog",
    "0-0:43.2.4.255",
    ("0-0:99.1.3.255",),
    "DailyConsumptionLog",
    _daily_consumption,
)

PROTECTED_PROFILES = (
    CHANGE_OF_TARIFF_LOG,
    BILLING_CALENDAR_LOG,
    DAILY_READS,
    DAILY_BALANCES,
    IMPORT_PROFILE,
    DAILY_CONSUMPTION,
)
