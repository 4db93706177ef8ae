"""Service chapters 1 (second half: balance and mode, 1.5 to 1.7) and 2 (prepayment)."""

import re

from schemas.duis.bodies.parts import DAYS_OF_WEEK, FUTURE_DATED, GAS_WILD_DATE, WILD_DATE
from schemas.duis.shape import EMPTY, Shape, attribute, choice, many, one, sequence, shape
from schemas.duis.simple import Text
from schemas.duis.xsd import BOOLEAN, DATE, INT, SHORT, TIME, UNSIGNED_INT, UNSIGNED_SHORT, integer, one_of

_START_OR_STOP = one_of("START", "STOP")
_HOURLY_OR_DAILY = one("DebtRecoveryRatePeriod", one_of("HOURLY", "DAILY"))

_ADJUST_OR_RESET = shape(choice(one("AdjustMeterBalance", INT), one("ResetMeterBalance", EMPTY)))

_ELECTRICITY_CALENDAR = shape(
    one(
        "ElectricitySpecialDays",
        many("SpecialDay", 0, 20, one("Date", WILD_DATE), attribute("index", integer(1, 20))),
    ),
    many(
        "ElectricityNonDisablementSchedule",
        1,
        22,
        one("NonDisablementScript", _START_OR_STOP),
        one(
            "SpecialDaysApplicability",
            many("SpecialDayApplicability", 0, 20, one("SpecialDayID", integer(1, 20))),
        ),
        one("DaysOfWeekApplicability", DAYS_OF_WEEK),
        one("ScheduleDatesAndTime", one("SwitchTime", TIME), one("StartDate", DATE), one("EndDate", DATE)),
    ),
)
_GAS_CALENDAR = shape(
    one(
        "DayProfiles",
        many(
            "GasNonDisablementDayProfile",
            1,
            5,
            many("TimeStartAction", 1, 3, one("StartTime", TIME), one("NonDisablementAction", _START_OR_STOP)),
            one("GasDayName", integer(1, 5)),
        ),
    ),
    one(
        "WeekProfiles",
        many(
            "WeekProfile",
            1,
            2,
            one("WeekName", integer(1, 2)),
            many("ReferencedDayName", 7, 7, integer(1, 5), attribute("index", integer(1, 7))),
        ),
    ),
    one(
        "SeasonProfiles",
        many("Season", 1, 3, one("SeasonStartDate", GAS_WILD_DATE), one("ReferencedWeekName", integer(1, 2))),
    ),
    one(
        "SpecialDays",
        many("SpecialDay", 0, 20, one("Date", GAS_WILD_DATE), one("ReferencedDayName", integer(1, 5))),
    ),
)

_ELECTRICITY_DEBT = shape(
    one("DebtRecoveryRate", SHORT), one("DebtRecoveryRatePriceScale", integer(-128, 127)), _HOURLY_OR_DAILY
)
_GAS_DEBT = shape(one("DebtRecoveryRate", INT), _HOURLY_OR_DAILY)

BODIES: dict[str, Shape] = {
    # 1.5 to 1.7
    "UpdateMeterBalance": shape(choice(one("PrepaymentMode", _ADJUST_OR_RESET), one("CreditMode", _ADJUST_OR_RESET))),
    "UpdatePaymentMode": shape(
        FUTURE_DATED,
        choice(
            one("Credit", EMPTY),
            one(
                "Prepayment",
                one("SuspendDebtDisabled", BOOLEAN),
                one("SuspendDebtEmergency", BOOLEAN),
                one("DisablementThreshold", INT),
            ),
        ),
    ),
    "ResetTariffBlockCounterMatrix": EMPTY,
    # 2.1 to 2.5
    "UpdatePrepayConfiguration": shape(
        FUTURE_DATED,
        choice(
            one(
                "UpdatePrepayConfigElectricity",
                one("DebtRecoveryRateCap", UNSIGNED_SHORT),
                one("EmergencyCreditLimit", INT),
                one("EmergencyCreditThreshold", INT),
                one("LowCreditThreshold", INT),
                one("ElectricityNonDisablementCalendar", _ELECTRICITY_CALENDAR),
                one("MaxMeterBalance", INT),
                one("MaxCreditThreshold", INT),
            ),
            one(
                "UpdatePrepayConfigGas",
                one("DebtRecoveryRateCap", INT),
                one("EmergencyCreditLimit", UNSIGNED_INT),
                one("EmergencyCreditThreshold", UNSIGNED_INT),
                one("LowCreditThreshold", UNSIGNED_INT),
                one("GasNonDisablementCalendar", _GAS_CALENDAR),
                one("MaxMeterBalance", UNSIGNED_INT),
                one("MaxCreditThreshold", UNSIGNED_INT),
            ),
        ),
    ),
    "TopUpDevice": shape(one("UTRN", Text(20, 20, re.compile("[0-9]{20}"), "digits"))),
    "UpdateDebt": shape(
        one("TimeDebtRegister1", INT),
        one("TimeDebtRegister2", INT),
        one("PaymentDebtRegister", INT),
        one("DebtRecoveryPerPayment", integer(0, 10_000)),
        choice(
            sequence(one("ElecDebtRecovery1", _ELECTRICITY_DEBT), one("ElecDebtRecovery2", _ELECTRICITY_DEBT)),
            sequence(one("GasDebtRecovery1", _GAS_DEBT), one("GasDebtRecovery2", _GAS_DEBT)),
        ),
    ),
    "ActivateEmergencyCredit": EMPTY,
}
"""By element name."""
