"""Logs of an electricity meter that travel in the clear: debt payments, credits, export and reactive import.

SR 4.4.4, 4.4.5, 4.6.2, 4.8.2, 4.8.3. A log is an array of structures (compact on the wire): seconds since 2000, then a
number a column: money in thousandths of a penny, energy in Wh or varh. The DCC keeps a request's
ExecutionDateTime and sends the command then: GBCS carries no date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.dlms.times import from_seconds
from schemas.gbcs.use_cases.access import Access, Get, Read, attribute
from schemas.gbcs.use_cases.declare import DeviceType, Part, Place, UseCase
from schemas.gbcs.use_cases.fields import period

METERS = frozenset({DeviceType.ESME})

MONTHS_OF_HALF_HOURS = 4464
"""Half hours in 93 days: as many as MMC takes of a profile that is kept for three months."""


def rows(log: Data, most: int) -> Iterator[tuple[Data, ...]]:
    """The columns of each row of a log.

    Args:
        most: rows that MMC has room for.

    Raises:
        Malformed: more rows, or none of the forms of a log.
    """
    if log.tag not in (Tag.COMPACT_ARRAY, Tag.ARRAY):
        raise Malformed("log", f"is an array, not {log.tag.name}")
    if len(log.items) > most:
        raise Malformed("log", f"has at most {most} entries in MMC, not {len(log.items)}")
    for row in log.items:
        columns = row.expect(Tag.STRUCTURE).items
        if not columns:
            raise Malformed("log entry", "has a time at least")
        yield columns


def time_stamp(value: Data, name: str = "Timestamp") -> Node:
    """When a row was written, from seconds since 2000."""
    return leaf(name, from_seconds(value.expect(Tag.DOUBLE_LONG_UNSIGNED).number))


def entry(columns: tuple[Data, ...], *names: str, stamp: str = "Timestamp") -> Node:
    """LogEntry with the numbers by name, and the time at its end, where MMC has it."""
    at, *values = columns
    if len(values) != len(names):
        raise Malformed("log entry", f"has {len(names) + 1} columns, not {len(columns)}")
    numbers = (leaf(name, value.number) for name, value in zip(names, values, strict=True))
    return branch("LogEntry", *numbers, time_stamp(at, stamp))


def _log(most: int, *names: str, under: Place = (), stamp: str = "Timestamp") -> Read:
    def read(value: Data) -> Iterable[Part]:
        return [Part(entry(row, *names, stamp=stamp), under) for row in rows(value, most)]

    return read


def _use_case(name: str, code: int, service: str, element: str, obis: str, read: Read, brokered: bool) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service=service,
        element=element,
        critical=False,
        devices=METERS,
        content=Access((Get(attribute(7, obis, 2), read, period("ReadLogPeriod")),)),
        response=f"{element}Rsp",
        brokered=brokered,
    )


DEBT_PAYMENTS = _use_case(
    "ECS20a",
    0x002E,
    "4.4.4",
    "RetrieveBillingDataLogDebtPayments",
    "0-0:98.1.4.255",
    _log(10, "Amount", under=(("PaymentBasedDebtRepayment", ()),)),
    brokered=False,
)

PREPAYMENT_CREDITS = _use_case(
    "ECS20d",
    0x00C9,
    "4.4.5",
    "RetrieveBillingDataLogPrepaymentCredits",
    "0-0:98.1.5.255",
    _log(5, "Amount", under=(("PrepaymentCredits", ()),)),
    brokered=False,
)

EXPORT_DAILY_READS = _use_case(
    "ECS21c",
    0x0035,
    "4.6.2",
    "RetrieveExportDailyReadLog",
    "0-0:98.1.10.255",
    _log(31, "ActiveExportRegisterValue", stamp="TimeStamp"),
    brokered=True,
)

EXPORT_PROFILE = _use_case(
    "ECS22a",
    0x0036,
    "4.8.3",
    "ReadExportProfileData",
    "0-0:99.1.1.255",
    # Active before reactive: the order of MMC, and the vectors' reactive values are the smaller ones (assumed).
    _log(MONTHS_OF_HALF_HOURS, "ActiveEnergyExportedValue", "ReactiveEnergyExportedValue"),
    brokered=False,
)

REACTIVE_IMPORT_PROFILE = _use_case(
    "ECS22c",
    0x0038,
    "4.8.2",
    "ReadReactiveImportProfileData",
    "0-0:99.1.2.255",
    _log(MONTHS_OF_HALF_HOURS, "ReactiveEnergyImportedValue"),
    brokered=False,
)

PROFILE_READS = (DEBT_PAYMENTS, PREPAYMENT_CREDITS, EXPORT_DAILY_READS, EXPORT_PROFILE, REACTIVE_IMPORT_PROFILE)
