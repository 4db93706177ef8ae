"""Payment mode of an electricity meter, SR 1.6: ECS02 to credit, ECS03 to prepayment.

Both write the passive account (0-1:19.0.0) and say when it becomes the active one. What is charged to which credit,
and when it is collected, is a table of the account: mode, the two debt settings and the number of the meter's
elements make it. The request does not say how many elements the meter has; the DCC knows it from the inventory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from schemas.duis.node import Node
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.access import Access, Set, SetInContext, attribute
from schemas.gbcs.use_cases.declare import Context, DeviceType, UseCase
from schemas.gbcs.use_cases.fields import activation, constant

_ACCOUNT = "0-1:19.0.0.255"
_THRESHOLD = "0-0:94.44.128.22"
_CREDIT, _PREPAYMENT = 1, 2
_INACTIVE = 1
"""Status of an account that is not yet the active one."""

METER_BALANCE, EMERGENCY_CREDIT, ACCUMULATED_DEBT = (bytes.fromhex(f"0000130A0{n}FF") for n in range(3))
"""Credits, 0-0:19.10.0 to 2."""

TARIFF, TIME_DEBT_1, TIME_DEBT_2, PAYMENT_DEBT, STANDING_CHARGE, SECOND_TARIFF = (
    bytes.fromhex(f"000013140{n}FF") for n in range(6)
)
"""Charges, 0-0:19.20.0 to 5; the last is that of the second element."""

TIME_DEBTS = (TIME_DEBT_1, TIME_DEBT_2)

ALWAYS, SUSPENDED = "111", "110"
"""When a charge is collected. The vectors show 110 for the two time debts and SuspendDebtDisabled true, and 111 for
all others."""

_Row = tuple[bytes, bytes, str]


def _credit_rows(body: Node, twin: bool) -> Iterator[_Row]:
    yield METER_BALANCE, TARIFF, ALWAYS
    yield METER_BALANCE, STANDING_CHARGE, ALWAYS
    if twin:
        yield METER_BALANCE, SECOND_TARIFF, ALWAYS


def _prepayment_rows(body: Node, twin: bool) -> Iterator[_Row]:
    # With SuspendDebtDisabled false the time debts are collected like the rest (assumed: no vector shows it).
    debts = SUSPENDED if body.boolean("Prepayment/SuspendDebtDisabled") else ALWAYS
    yield METER_BALANCE, TARIFF, ALWAYS
    yield METER_BALANCE, STANDING_CHARGE, ALWAYS
    yield from ((METER_BALANCE, debt, debts) for debt in TIME_DEBTS)
    yield METER_BALANCE, PAYMENT_DEBT, ALWAYS
    yield EMERGENCY_CREDIT, PAYMENT_DEBT, ALWAYS
    yield EMERGENCY_CREDIT, TARIFF, ALWAYS
    yield EMERGENCY_CREDIT, STANDING_CHARGE, ALWAYS
    yield from ((EMERGENCY_CREDIT, debt, debts) for debt in TIME_DEBTS)
    if body.boolean("Prepayment/SuspendDebtEmergency"):
        # What is not taken from emergency credit adds up as debt. The vectors have these rows with true (single
        # element) and lack them with false (twin): that it is the setting, not the element, is assumed.
        yield from ((ACCUMULATED_DEBT, charge, ALWAYS) for charge in (STANDING_CHARGE, *TIME_DEBTS))
    if twin:
        # Last, as with credit; where both groups are present their order is assumed.
        yield METER_BALANCE, SECOND_TARIFF, ALWAYS
        yield EMERGENCY_CREDIT, SECOND_TARIFF, ALWAYS


def _configuration(rows: Callable[[Node, bool], Iterable[_Row]]) -> Callable[[Node, Context], Data]:
    """credit_charge_configuration: which charge is taken from which credit, and when."""

    def write(body: Node, context: Context) -> Data:
        return dlms.array(
            *(
                dlms.structure(dlms.octets(credit), dlms.octets(charge), dlms.bit_string(collected))
                for credit, charge, collected in rows(body, context.known.twin)
            )
        )

    return write


def _mode(mode: int) -> Set:
    return Set(attribute(111, _ACCOUNT, 2), constant(dlms.structure(dlms.enum(mode), dlms.enum(_INACTIVE))))


def _threshold(body: Node) -> Data:
    return Data(Tag.DOUBLE_LONG, body.integer("Prepayment/DisablementThreshold"))


def _use_case(name: str, code: int, choice: str, steps: tuple[Set | SetInContext, ...]) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="1.6",
        element="UpdatePaymentMode",
        critical=True,
        devices=frozenset({DeviceType.ESME}),
        content=Access(steps),
        response="UpdatePaymentModeRsp",
        dated_response=True,
        applies=lambda body: body.has(choice),
    )


TO_CREDIT = _use_case(
    "ECS02",
    0x001A,
    "Credit",
    (
        _mode(_CREDIT),
        SetInContext(attribute(111, _ACCOUNT, 11), _configuration(_credit_rows)),
        Set(attribute(111, _ACCOUNT, 13), activation),
    ),
)

TO_PREPAYMENT = _use_case(
    "ECS03",
    0x001B,
    "Prepayment",
    (
        _mode(_PREPAYMENT),
        Set(attribute(9000, _THRESHOLD, 4), _threshold),
        SetInContext(attribute(111, _ACCOUNT, 11), _configuration(_prepayment_rows)),
        Set(attribute(9000, _THRESHOLD, 6), activation),
        Set(attribute(111, _ACCOUNT, 13), activation),
    ),
)

PAYMENT_MODE = (TO_CREDIT, TO_PREPAYMENT)
