"""Prepayment of a gas meter: payment mode, configuration, debts, balance, emergency credit, top-up.

SR 1.5, 1.6, 2.1, 2.2, 2.3, 2.5 (GCS40a to d, GCS02, GCS03, GCS05, CS01b, GCS04, GCS06).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from schemas.duis.node import Node
from schemas.gbcs.use_cases.declare import Context, UseCase
from schemas.gbcs.use_cases.gas_calendar import Plan, minutes
from schemas.gbcs.use_cases.gas_fields import METERS, issued, provided, start
from schemas.gbcs.use_cases.zigbee import Readings, Row, Send, SendEach, Values, Zigbee
from schemas.gbcs.zcl import calendar, prepayment
from schemas.gbcs.zcl.fields import NOW

_SELECT_EMERGENCY_CREDIT, _CHANGE_DEBT, _EMERGENCY_CREDIT, _TOP_UP = 0x00, 0x02, 0x03, 0x04
_ADJUST_CREDIT, _CHANGE_MODE, _LOW_CREDIT, _CREDIT_LIMIT, _DEBT_CAP = 0x05, 0x06, 0x09, 0x0B, 0x0C
_TOP_UP_RESPONSE = 0x03

_CREDIT_MODE, _PREPAYMENT_MODE = 0x0C94, 0x0097
"""Payment control configuration: the vectors' bits for credit, and for prepayment without the two below."""

_SUSPEND_DISABLED, _COLLECT_IN_EMERGENCY = 0x0400, 0x0800
"""Bit 10, debt is suspended while the supply is disabled; bit 11, debt is collected in emergency credit. Two vectors
fix the two together; which is which follows their ZigBee names, debt and emergency debt (assumed)."""

_NO_CUT_OFF = -1
_TIME_BASED, _PERCENTAGE = 0x00, 0x01
_PERIODS = {"HOURLY": 0x00, "DAILY": 0x01}
_CONFIGURATION = "UpdatePrepayConfigGas"
_ACTIONS = {"START": 1, "STOP": 0}


def _mode(body: Node, context: Context) -> Values:
    configuration, cut_off = _CREDIT_MODE, _NO_CUT_OFF
    if body.has("Prepayment"):
        configuration, cut_off = _PREPAYMENT_MODE, body.integer("Prepayment/DisablementThreshold")
        if body.boolean("Prepayment/SuspendDebtDisabled"):
            configuration |= _SUSPEND_DISABLED
        if not body.boolean("Prepayment/SuspendDebtEmergency"):
            configuration |= _COLLECT_IN_EMERGENCY
    return {
        **provided(context),
        "implementation time": start(body),
        "payment control configuration": configuration,
        "cut off value": cut_off,
    }


def _changing_mode(name: str, code: int, mode: str) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="1.6",
        element="UpdatePaymentMode",
        critical=True,
        devices=METERS,
        content=Zigbee((Send(prepayment.CLUSTER, _CHANGE_MODE, _mode),)),
        response="UpdatePaymentModeRsp",
        dated_response=True,
        applies=lambda body: body.has(mode),
    )


def _adjustment(kind: int, amount: Callable[[Node], int]) -> Callable[[Node, Context], Values]:
    return lambda body, context: {
        **issued(context),
        "start time": NOW,
        "credit adjustment type": kind,
        "credit adjustment value": amount(body),
    }


def _balance(name: str, code: int, path: str, kind: int) -> UseCase:
    """One of four: adjusted or reset, of the prepayment or of the credit mode's balance."""

    def amount(body: Node) -> int:
        return 0 if path.endswith("ResetMeterBalance") else body.integer(path)

    return UseCase(
        name=name,
        code=code,
        service="1.5",
        element="UpdateMeterBalance",
        critical=True,
        devices=METERS,
        content=Zigbee((Send(prepayment.CLUSTER, _ADJUST_CREDIT, _adjustment(kind, amount)),)),
        response="UpdateMeterBalanceRsp",
        applies=lambda body: body.has(path),
    )


def _debts(body: Node, context: Context) -> Iterator[Values]:
    """The two time debts and the payment debt; amounts are added to what is owed."""
    for number, kind in ((1, 0x01), (2, 0x03)):
        recovery = body.node(f"GasDebtRecovery{number}")
        yield {
            **_debt(context, body.integer(f"TimeDebtRegister{number}"), _TIME_BASED, kind),
            "debt recovery frequency": _PERIODS[recovery.text("DebtRecoveryRatePeriod")],
            "debt recovery amount": recovery.integer("DebtRecoveryRate"),
            "debt recovery balance percentage": 0,
        }
    yield {
        **_debt(context, body.integer("PaymentDebtRegister"), _PERCENTAGE, 0x05),
        "debt recovery frequency": _PERIODS["DAILY"],
        "debt recovery amount": 0,
        "debt recovery balance percentage": body.integer("DebtRecoveryPerPayment"),
    }


def _debt(context: Context, amount: int, method: int, kind: int) -> Values:
    return {
        **issued(context),
        "debt label": b"",
        "debt amount": amount,
        "debt recovery method": method,
        "debt amount type": kind,
        "debt recovery start time": NOW,
        "debt recovery collection time": 0,
    }


def _entries(day: Node) -> list[Row]:
    return [
        {
            "start time of day": minutes(each, "StartTime"),
            "friendly credit enable": _ACTIONS[each.text("NonDisablementAction")],
        }
        for each in day.all("TimeStartAction")
    ]


_IN_CALENDAR = f"{_CONFIGURATION}/GasNonDisablementCalendar"
_NON_DISABLEMENT = Plan(
    kind=calendar.FRIENDLY_CREDIT,
    days=f"{_IN_CALENDAR}/DayProfiles/GasNonDisablementDayProfile",
    weeks=f"{_IN_CALENDAR}/WeekProfiles/WeekProfile",
    seasons=f"{_IN_CALENDAR}/SeasonProfiles/Season",
    special_days=f"{_IN_CALENDAR}/SpecialDays/SpecialDay",
    day_id="GasDayName",
    entries=_entries,
)


def _setting(body: Node, name: str) -> int:
    return body.integer(f"{_CONFIGURATION}/{name}")


def _emergency_credit(body: Node, context: Context) -> Values:
    return {
        **issued(context),
        "start time": start(body),
        "emergency credit limit": _setting(body, "EmergencyCreditLimit"),
        "emergency credit threshold": _setting(body, "EmergencyCreditThreshold"),
    }


def _debt_cap(body: Node, context: Context) -> Values:
    return {
        **provided(context),
        "implementation time": start(body),
        "overall debt cap": _setting(body, "DebtRecoveryRateCap"),
    }


def _low_credit(body: Node, context: Context) -> Values:
    return {"low credit warning level": _setting(body, "LowCreditThreshold")}


def _credit_limit(body: Node, context: Context) -> Values:
    # The one vector has the same number twice; the names decide (assumed).
    return {
        **provided(context),
        "implementation time": start(body),
        "maximum credit level": _setting(body, "MaxMeterBalance"),
        "maximum credit per top up": _setting(body, "MaxCreditThreshold"),
    }


def _top_up(body: Node, context: Context) -> Values:
    return {"originating device": 0, "top up code": body.text("UTRN").encode("ascii")}


def _top_up_refused(readings: Readings) -> bool:
    return any(each.integer("result type") for each in readings.published(prepayment.CLUSTER, _TOP_UP_RESPONSE))


def _emergency(body: Node, context: Context) -> Values:
    return {"command issue time": NOW, "originating device": 0}


CONFIGURE = UseCase(
    name="GCS05",
    code=0x006F,
    service="2.1",
    element="UpdatePrepayConfiguration",
    critical=True,
    devices=METERS,
    content=Zigbee(
        (
            Send(prepayment.CLUSTER, _EMERGENCY_CREDIT, _emergency_credit),
            Send(prepayment.CLUSTER, _DEBT_CAP, _debt_cap),
            Send(prepayment.CLUSTER, _LOW_CREDIT, _low_credit, from_time=start),
            Send(prepayment.CLUSTER, _CREDIT_LIMIT, _credit_limit),
            *_NON_DISABLEMENT.steps,
        )
    ),
    response="UpdatePrepayConfigurationRsp",
    dated_response=True,
    applies=lambda body: body.has(_CONFIGURATION),
)

DEBT = UseCase(
    name="GCS04",
    code=0x006E,
    service="2.3",
    element="UpdateDebt",
    critical=True,
    devices=METERS,
    content=Zigbee((SendEach(prepayment.CLUSTER, _CHANGE_DEBT, _debts),)),
    response="UpdateDebtRsp",
    applies=lambda body: body.has("GasDebtRecovery1"),
)

EMERGENCY_CREDIT = UseCase(
    name="GCS06",
    code=0x0070,
    service="2.5",
    element="ActivateEmergencyCredit",
    critical=True,
    devices=METERS,
    content=Zigbee((Send(prepayment.CLUSTER, _SELECT_EMERGENCY_CREDIT, _emergency),)),
    response="ActivateEmergencyCreditRsp",
)

TOP_UP = UseCase(
    name="CS01b",
    code=0x0097,
    service="2.2",
    element="TopUpDevice",
    critical=False,
    devices=METERS,
    content=Zigbee((Send(prepayment.CLUSTER, _TOP_UP, _top_up),), failed=_top_up_refused),
    response="TopUpDeviceRsp",
    dated_response=True,
)


def _on_the_han(name: str, code: int, twin: UseCase) -> UseCase:
    """What an in-home display asks of the meter, without the DCC: no service request, the same answer."""
    return replace(twin, name=name, code=code, service="", element="", critical=False, dated_response=False)


GAS_PREPAYMENT = (
    _changing_mode("GCS02", 0x006C, "Credit"),
    _changing_mode("GCS03", 0x006D, "Prepayment"),
    _balance("GCS40a", 0x0086, "PrepaymentMode/AdjustMeterBalance", 0x00),
    _balance("GCS40b", 0x00B4, "PrepaymentMode/ResetMeterBalance", 0x01),
    _balance("GCS40c", 0x00C0, "CreditMode/AdjustMeterBalance", 0x03),
    _balance("GCS40d", 0x00C2, "CreditMode/ResetMeterBalance", 0x02),
    CONFIGURE,
    DEBT,
    EMERGENCY_CREDIT,
    TOP_UP,
    _on_the_han("PCS01", 0x009B, TOP_UP),
    _on_the_han("PCS02", 0x0090, EMERGENCY_CREDIT),
)
