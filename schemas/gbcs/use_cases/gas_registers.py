"""Registers and balances of a gas meter, read at once: SR 4.1.1, 4.1.2, 4.1.4, 4.3, 4.18 (GCS13a to c, 14, 60, 60a).

Energy in the meter's unit, m3, by the multiplier and divisor that the same response tells. Money in thousandths of a
penny. The DCC keeps a request's ExecutionDateTime and sends the command then: GBCS carries no date. But for GCS60,
which GCS60a follows, the response's header carries the meter's date-time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.use_cases.declare import DeviceType, Part, UseCase
from schemas.gbcs.use_cases.gas_fields import BOTH, METERS, attribute, word
from schemas.gbcs.use_cases.zigbee import ReadAttributes, Readings, Zigbee
from schemas.gbcs.zcl import metering, prepayment, price

_TOTAL, _UNIT, _MULTIPLIER, _DIVISOR, _BILL_TO_DATE = 0x0000, 0x0300, 0x0301, 0x0302, 0x0A00
_SCALE = (_DIVISOR, _MULTIPLIER, _UNIT)
_TIERS = (0x0100, 0x0102, 0x0104, 0x0106)
_BLOCKS = (0x0700, 0x0701, 0x0702, 0x0703)
_CREDIT = 0x0001
_PRICE_DIGITS, _CURRENCY = 0x0617, 0x0616
_UNITS = {0x01: "m3"}
_THOUSANDTHS_OF_A_PENNY = 5
"""Digits right of the decimal point of a pound."""


def _unit(readings: Readings) -> str | None:
    found = readings.attribute(metering.CLUSTER, _UNIT)
    return None if found is None else str(word("unit of measure", _UNITS, found.value))


def _quantity(readings: Readings, number: int) -> Decimal | None:
    """A register in m3; None where it, its multiplier or its divisor was not read: alone it says nothing."""
    found = [readings.attribute(metering.CLUSTER, each) for each in (number, _MULTIPLIER, _DIVISOR)]
    values = [each.value for each in found if each is not None]
    if len(values) < len(found):
        return None
    register, multiplier, divisor = values
    if divisor == 0:
        raise Malformed("divisor", "is at least 1")
    return Decimal(register * multiplier) / divisor


def _indexed(readings: Readings, name: str, numbers: tuple[int, ...]) -> Iterator[Node]:
    _unit(readings)  # MMC has no place for it: it means m3
    for index, number in enumerate(numbers, start=1):
        value = _quantity(readings, number)
        if value is not None:
            yield leaf(name, value, index=index)


def _consumption(readings: Readings) -> Iterable[Part]:
    told = (("Value", _quantity(readings, _TOTAL)), ("Unit", _unit(readings)))
    nodes = [leaf(name, value) for name, value in told if value is not None]
    yield Part(branch("Gas", *([branch("ConsumptionRegister", *nodes)] if nodes else [])))


def _tiers(readings: Readings) -> Iterable[Part]:
    nodes = list(_indexed(readings, "TOURegisterMatrixValue", _TIERS))
    yield Part(branch("Gas", *([branch("TariffTOURegisterMatrix", *nodes)] if nodes else [])))


def _blocks(readings: Readings) -> Iterable[Part]:
    nodes = list(_indexed(readings, "TariffBlockCounterValue", _BLOCKS))
    if nodes:
        yield Part(branch("ImportBlockCounters", *nodes))


def _check_digits(readings: Readings) -> Iterable[Part]:
    """No part of MMC: a meter that counts money otherwise is not told in thousandths of a penny."""
    found = readings.attribute(price.CLUSTER, _PRICE_DIGITS)
    if found is not None and found.value >> 4 != _THOUSANDTHS_OF_A_PENNY:
        raise Malformed("price trailing digit", f"is 50, thousandths of a penny, not {found.value:02X}")
    return ()


def _use_case(
    name: str,
    code: int,
    service: str,
    element: str,
    content: Zigbee,
    *,
    devices: frozenset[DeviceType] = BOTH,
    dated: bool = True,
) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service=service,
        element=element,
        critical=False,
        devices=devices,
        content=content,
        response=f"{element}Rsp",
        dated_response=dated,
    )


_BALANCES = {
    0x0002: "EmergencyCreditBalance",
    0x0005: "AccumulatedDebtRegister",
    0x0231: "PaymentDebtRegister",
    0x0211: "TimeDebtRegister1",
    0x0221: "TimeDebtRegister2",
    _CREDIT: "MeterBalance",
}
"""Attributes in the order of MMC."""

_BALANCE = Zigbee(
    (ReadAttributes(metering.CLUSTER, (_BILL_TO_DATE,)), ReadAttributes(prepayment.CLUSTER, (_CREDIT,))),
    (
        attribute(metering.CLUSTER, _BILL_TO_DATE, "MeterBalance"),
        attribute(prepayment.CLUSTER, _CREDIT, "MeterBalancePrepaymentMode", (("Gas", ()),), 1),
    ),
)
"""Of the credit mode, what is to be billed; of the prepayment mode, the credit that remains."""

GAS_REGISTERS = (
    _use_case(
        "GCS13a",
        0x0074,
        "4.1.1",
        "ReadInstantaneousImportRegisters",
        Zigbee((ReadAttributes(metering.CLUSTER, (*_SCALE, _TOTAL)),), (_consumption,)),
    ),
    _use_case(
        "GCS13c",
        0x00B6,
        "4.1.2",
        "ReadInstantaneousImportTOUMatrices",
        Zigbee((ReadAttributes(metering.CLUSTER, (*_SCALE, *_TIERS)),), (_tiers,)),
    ),
    _use_case(
        "GCS13b",
        0x00B8,
        "4.1.4",
        "ReadInstantaneousImportBlockCounters",
        Zigbee((ReadAttributes(metering.CLUSTER, (*_BLOCKS, *_SCALE)),), (_blocks,)),
    ),
    _use_case(
        "GCS14",
        0x0075,
        "4.3",
        "ReadInstantaneousPrepayValues",
        Zigbee(
            (
                ReadAttributes(price.CLUSTER, (_PRICE_DIGITS, _CURRENCY)),
                ReadAttributes(prepayment.CLUSTER, (0x0005, 0x0002, _CREDIT, 0x0231, 0x0211, 0x0221)),
            ),
            (
                _check_digits,
                *(
                    attribute(prepayment.CLUSTER, number, name, rank=rank)
                    for rank, (number, name) in enumerate(_BALANCES.items())
                ),
            ),
        ),
    ),
    _use_case("GCS60a", 0x012A, "4.18", "ReadMeterBalance", _BALANCE),
    _use_case("GCS60", 0x008D, "4.18", "ReadMeterBalance", _BALANCE, devices=METERS, dated=False),
)
