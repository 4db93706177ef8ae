"""Snapshots of a gas meter's registers and balances: SR 4.4.2, 4.4.3, 4.6.1, 4.14 (GCS15b, GCS15c, GCS16a, GCS16b).

A command asks for each snapshot of the period by its place; NOT_FOUND answers for the places that hold none. Energy
is told as the meter counts, without the multiplier and divisor, which no snapshot holds; money in thousandths of a
penny. The DCC keeps a request's ExecutionDateTime and sends the command then: GBCS carries no date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms.times import from_seconds
from schemas.gbcs.use_cases.declare import Context, Part, UseCase
from schemas.gbcs.use_cases.gas_fields import BOTH, check_reader, log_period
from schemas.gbcs.use_cases.register_rows import indexed
from schemas.gbcs.use_cases.zigbee import Read, Readings, SendEach, Values, Zigbee
from schemas.gbcs.zcl import metering, prepayment
from schemas.gbcs.zcl.layout import Fields

_GET, _PUBLISHED = 0x06, 0x06
_GET_PREPAY, _PREPAY_PUBLISHED = 0x07, 0x01
_END_OF_DAY, _END_OF_BILLING, _TARIFF_OR_MODE = 0x00000001, 0x00000002, 0x00006008
"""Causes: general; end of billing period; change of tariff (bit 3) or of payment mode (bits 13 and 14)."""

_MONTHS, _DAYS = 12, 31
"""As many snapshots as the meter keeps and MMC takes."""

_MATRIX = 4
"""Registers of a matrix that MMC takes."""

Entry = Callable[[Fields], Node]


def _ask(cluster: int, command: int, cause: int, count: int) -> SendEach:
    def values(body: Node, context: Context) -> Iterator[Values]:
        check_reader(body, context)
        first, last = log_period(body)
        for offset in range(count):
            yield {
                "earliest start time": first,
                "latest end time": last,
                "snapshot offset": offset,
                "snapshot cause": cause,
            }

    return SendEach(cluster, command, values)


def _registers(cause: int, count: int) -> SendEach:
    return _ask(metering.CLUSTER, _GET, cause, count)


def _balances(cause: int, count: int) -> SendEach:
    return _ask(prepayment.CLUSTER, _GET_PREPAY, cause, count)


def _found(readings: Readings, cluster: int, command: int, most: int) -> Sequence[Fields]:
    snapshots = readings.published(cluster, command)
    if len(snapshots) > most:
        raise Malformed("snapshots", f"are at most {most} in MMC, not {len(snapshots)}")
    for each in snapshots:
        if each.integer("total number of commands") != 1:
            raise Malformed("total number of commands", "is 1 for a snapshot")
    return snapshots


def _registers_of(entry: Entry, most: int) -> Callable[[Readings], Iterator[Node]]:
    return lambda readings: map(entry, _found(readings, metering.CLUSTER, _PUBLISHED, most))


def _balances_of(name: str, most: int) -> Callable[[Readings], Iterator[Node]]:
    return lambda readings: (
        _debt_status(name, each) for each in _found(readings, prepayment.CLUSTER, _PREPAY_PUBLISHED, most)
    )


def _in_gas(*reads: Callable[[Readings], Iterator[Node]]) -> Read:
    """Everything in the element Gas, without which MMC has no answer for gas."""

    def read(readings: Readings) -> Iterable[Part]:
        return [Part(branch("Gas", *(node for each in reads for node in each(readings))))]

    return read


def _debt_status(name: str, snapshot: Fields) -> Node:
    return branch(
        name,
        leaf("AccumulatedDebtRegister", snapshot.integer("accumulated debt")),
        leaf("EmergencyCreditBalance", snapshot.integer("emergency credit remaining")),
        leaf("MeterBalance", snapshot.integer("credit remaining")),
        leaf("PaymentDebtRegister", snapshot.integer("type 3 debt remaining")),
        leaf("TimeDebtRegisters1", snapshot.integer("type 1 debt remaining")),
        leaf("TimeDebtRegisters2", snapshot.integer("type 2 debt remaining")),
        _stamp(snapshot),
    )


def _change_of_tariff(snapshot: Fields) -> Node:
    return branch(
        "LogEntryConsumptionRegister",
        leaf("ConsumptionRegister", snapshot.integer("current summation delivered")),
        _stamp(snapshot),
        *_tiers("TariffTOURegisterMatrixValue", snapshot),
        *_blocks("BlockRegisterMatrixValue", snapshot),
    )


def _end_of_billing(snapshot: Fields) -> Node:
    return branch(
        "GSMEBillingDataLogEntry",
        _stamp(snapshot),
        leaf("ActiveImportRegisterValueConsumption", snapshot.integer("current summation delivered")),
        *_blocks("BlockRegisterMatrixValue", snapshot),
        *_tiers("TariffTOURegisterMatrixValue", snapshot),
    )


def _end_of_day(snapshot: Fields) -> Node:
    registers = branch(
        "Gas",
        leaf("GasActiveImportRegisterConsumption", snapshot.integer("current summation delivered")),
        *_blocks("TariffBlockCounterMatrix", snapshot),
        *_tiers("TariffTOURegisterMatrix", snapshot),
    )
    return branch("LogEntry", _stamp(snapshot), registers)


def _daily(readings: Readings) -> Iterable[Part]:
    return map(Part, _registers_of(_end_of_day, _DAYS)(readings))


def _stamp(snapshot: Fields) -> Node:
    return leaf("Timestamp", from_seconds(snapshot.integer("snapshot time")))


def _tiers(name: str, snapshot: Fields) -> tuple[Node, ...]:
    return _matrix(name, snapshot, "tier summations", "tier summation delivered")


def _blocks(name: str, snapshot: Fields) -> tuple[Node, ...]:
    return _matrix(name, snapshot, "block summations", "tier block summation delivered")


def _matrix(name: str, snapshot: Fields, rows: str, value: str) -> tuple[Node, ...]:
    numbers = [row.integer(value) for row in snapshot.rows(rows)]
    if len(numbers) > _MATRIX:
        raise Malformed(rows, f"are at most {_MATRIX} in MMC, not {len(numbers)}")
    return indexed(name, numbers)


def _use_case(name: str, code: int, service: str, element: str, content: Zigbee) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service=service,
        element=element,
        critical=False,
        devices=BOTH,
        content=content,
        response=f"{element}Rsp",
    )


GAS_SNAPSHOTS = (
    _use_case(
        "GCS15b",
        0x00C3,
        "4.4.2",
        "RetrieveCoMOrTariffTriggeredBillingDataLog",
        Zigbee(
            (_balances(_TARIFF_OR_MODE, _MONTHS), _registers(_TARIFF_OR_MODE, _MONTHS)),
            (_in_gas(_registers_of(_change_of_tariff, _MONTHS), _balances_of("LogEntryPrepaymentData", _MONTHS)),),
        ),
    ),
    _use_case(
        "GCS15c",
        0x0076,
        "4.4.3",
        "RetrieveBillingCalendarTriggeredBillingDataLog",
        Zigbee(
            (_registers(_END_OF_BILLING, _MONTHS), _balances(_END_OF_BILLING, _MONTHS)),
            (
                _in_gas(
                    _registers_of(_end_of_billing, _MONTHS), _balances_of("GSMEBillingPrepaymentDataLogEntry", _MONTHS)
                ),
            ),
        ),
    ),
    _use_case(
        "GCS16a",
        0x0077,
        "4.6.1",
        "RetrieveImportDailyReadLog",
        Zigbee((_registers(_END_OF_DAY, _DAYS),), (_daily,)),
    ),
    _use_case(
        "GCS16b",
        0x0096,
        "4.14",
        "ReadPrepaymentDailyReadLog",
        Zigbee((_balances(_END_OF_DAY, _DAYS),), (_in_gas(_balances_of("LogEntry", _DAYS)),)),
    ),
)
