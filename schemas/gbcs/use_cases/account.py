"""The account of an electricity meter: balance, debts and emergency credit. SR 1.5, 2.3 and 2.5.

Balances and debt registers are in thousandths of a penny (or euro cent), whole and of either sign, as in DUIS; a debt's
recovery rate is in the power of ten that goes with it. Objects, methods and order of items: RTDS vectors of ECS04a,
ECS04b, ECS07 and ECS09.
"""

from __future__ import annotations

from schemas.duis.node import Node
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.access import Access, Action, Set, Step, Write, attribute
from schemas.gbcs.use_cases.declare import DeviceType, UseCase
from schemas.gbcs.use_cases.fields import constant, long_unsigned
from schemas.gbcs.use_cases.prices import Charge, Commodity

_METERS = frozenset({DeviceType.ESME})
_METER_BALANCE, _EMERGENCY_CREDIT, _ACCUMULATED_DEBT = "0-0:19.10.0.255", "0-0:19.10.1.255", "0-0:19.10.2.255"
_TIME_DEBT_1, _TIME_DEBT_2, _PAYMENT_DEBT = "0-0:19.20.1.255", "0-0:19.20.2.255", "0-0:19.20.3.255"
_CREDIT, _CHARGE = 112, 113
_MODES = ("PrepaymentMode", "CreditMode")
_SECONDS = {"HOURLY": 60 * 60, "DAILY": 24 * 60 * 60}
"""In which a time debt's rate counts; the vectors show DAILY."""

_INVOKE = constant(dlms.integer(0))
"""Parameter of methods that take none."""


def _amount(path: str) -> Write:
    return lambda body: Data(Tag.DOUBLE_LONG, body.integer(path))


def _adjusts(body: Node) -> bool:
    return any(body.has(f"{mode}/AdjustMeterBalance") for mode in _MODES)


def _resets(body: Node) -> bool:
    return any(body.has(f"{mode}/ResetMeterBalance") for mode in _MODES)


def _mode(body: Node) -> str:
    """The one that the body names. It makes no difference on the wire: there is one balance.

    The vectors have the adjustment in prepayment and the reset in credit mode; the other two are assumed to be alike,
    as the use cases' titles name no mode.
    """
    return next((mode for mode in _MODES if body.has(mode)), "PrepaymentMode")


def _adjustment(body: Node) -> Data:
    """What is added to the balance."""
    return Data(Tag.DOUBLE_LONG, body.integer(f"{_mode(body)}/AdjustMeterBalance"))


def _zero(body: Node) -> Data:
    """What the balance becomes, where the body asks for it."""
    body.node(f"{_mode(body)}/ResetMeterBalance")
    return Data(Tag.DOUBLE_LONG, 0)


def _reset(obis: str) -> Action:
    return Action(attribute(_CREDIT, obis, 2), _zero)


def _balance(name: str, code: int, steps: tuple[Step, ...], *, resets: bool) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="1.5",
        element="UpdateMeterBalance",
        critical=True,
        devices=_METERS,
        content=Access(steps),
        response="UpdateMeterBalanceRsp",
        applies=_resets if resets else _adjusts,
    )


def _rate(recovery: str) -> Write:
    """A price of nothing but time, without a label."""

    def write(body: Node) -> Data:
        debt = body.node(recovery)
        rate = Charge(debt.integer("DebtRecoveryRatePriceScale"), {b"": debt.integer("DebtRecoveryRate")})
        return rate.to_data(Commodity())

    return write


def _period(recovery: str) -> Write:
    return lambda body: dlms.double_long_unsigned(_SECONDS[body.text(f"{recovery}/DebtRecoveryRatePeriod")])


def _electricity(body: Node) -> bool:
    return body.has("ElecDebtRecovery1")


ADJUST_BALANCE = _balance("ECS04a", 0x001C, (Action(attribute(_CREDIT, _METER_BALANCE, 1), _adjustment),), resets=False)

RESET_BALANCE = _balance(
    "ECS04b",
    0x00B3,
    (_reset(_METER_BALANCE), _reset(_EMERGENCY_CREDIT), _reset(_ACCUMULATED_DEBT)),
    resets=True,
)

UPDATE_DEBT = UseCase(
    name="ECS07",
    code=0x001E,
    service="2.3",
    element="UpdateDebt",
    critical=True,
    devices=_METERS,
    content=Access(
        (
            Set(attribute(_CHARGE, _TIME_DEBT_1, 6), _rate("ElecDebtRecovery1")),
            Set(attribute(_CHARGE, _TIME_DEBT_2, 6), _rate("ElecDebtRecovery2")),
            # Of each payment, hundredths of a percent.
            Set(attribute(_CHARGE, _PAYMENT_DEBT, 13), long_unsigned("DebtRecoveryPerPayment")),
            Set(attribute(_CHARGE, _TIME_DEBT_1, 8), _period("ElecDebtRecovery1")),
            Set(attribute(_CHARGE, _TIME_DEBT_2, 8), _period("ElecDebtRecovery2")),
            Action(attribute(_CHARGE, _TIME_DEBT_1, 2), _INVOKE),
            Action(attribute(_CHARGE, _TIME_DEBT_2, 2), _INVOKE),
            Action(attribute(_CHARGE, _PAYMENT_DEBT, 4), _amount("PaymentDebtRegister")),
            Action(attribute(_CHARGE, _TIME_DEBT_1, 4), _amount("TimeDebtRegister1")),
            Action(attribute(_CHARGE, _TIME_DEBT_2, 4), _amount("TimeDebtRegister2")),
        )
    ),
    response="UpdateDebtRsp",
    applies=_electricity,
)

EMERGENCY_CREDIT = UseCase(
    name="ECS09",
    code=0x0020,
    service="2.5",
    element="ActivateEmergencyCredit",
    critical=True,
    devices=_METERS,
    content=Access((Action(attribute(_CREDIT, _EMERGENCY_CREDIT, 3), _INVOKE),)),
    response="ActivateEmergencyCreditRsp",
)

ACCOUNT = (ADJUST_BALANCE, RESET_BALANCE, UPDATE_DEBT, EMERGENCY_CREDIT)
