"""Service chapter 6: a device's configuration (6.2 to 6.13, 6.18, 6.20, 6.25 to 6.27)."""

from schemas.duis.bodies.parts import FUTURE_DATED, LOG_PERIOD, ON_DEMAND, ON_DEMAND_OR_FUTURE_DATED
from schemas.duis.shape import EMPTY, Shape, choice, many, one, optional, sequence, shape
from schemas.duis.xsd import (
    BOOLEAN,
    DATE_TIME,
    MPAN,
    TIME,
    UNSIGNED_INT,
    UNSIGNED_SHORT,
    fraction,
    integer,
    one_of,
    string,
)

_UNCHANGED_OR_LOCKED = one_of("Unchanged", "Locked")

_AVERAGE_VOLTAGE = shape(
    one("AverageRMSOverVoltageThreshold", UNSIGNED_INT),
    one("AverageRMSUnderVoltageThreshold", UNSIGNED_INT),
    one("AverageRMSVoltageMeasurementPeriod", UNSIGNED_INT),
)
_VOLTAGE = shape(
    FUTURE_DATED,
    one(
        "RMSVoltageSettings",
        *(
            one(f"RMS{event}{measure}", UNSIGNED_INT)
            for event in ("ExtremeOverVoltage", "ExtremeUnderVoltage", "VoltageSag", "VoltageSwell")
            for measure in ("MeasurementPeriod", "Threshold")
        ),
    ),
    choice(
        one("SinglePhaseVoltageSettings", _AVERAGE_VOLTAGE),
        many(
            "PolyPhaseVoltageSettings",
            3,
            3,
            one("Phase", integer(1, 3)),
            one("PhaseVoltageSettings", _AVERAGE_VOLTAGE),
        ),
    ),
    optional("RMSVoltageCountersNotReset", EMPTY),
)

_DAY_OF_MONTH = integer(1, 28)
_FROM_MONTH = shape(one("DayOfMonth", _DAY_OF_MONTH), one("BillingPeriodStartMonth", integer(1, 12)))
_BILLING_CALENDAR = shape(
    choice(
        one(
            "ElectricityBillingCalendar",
            one("BillingTime", TIME),
            choice(
                one("Daily", EMPTY),
                one("Weekly", integer(1, 7)),
                one("Monthly", _DAY_OF_MONTH),
                one("Quarterly", _FROM_MONTH),
                one("SixMonthly", _FROM_MONTH),
                one("Yearly", _FROM_MONTH),
            ),
        ),
        one(
            "GasBillingCalendar",
            one("BillingPeriodStart", DATE_TIME),
            one("Periodicity", one_of("Daily", "Weekly", "Monthly", "Quarterly", "SixMonthly", "Yearly")),
        ),
    )
)

SYNCHRONISE_CLOCK = shape(one("CurrentDateTime", DATE_TIME), one("TolerancePeriod", integer(0, 86_400)))
"""The tolerance in seconds."""

BODIES: dict[str, Shape] = {
    # 6.2.1 to 6.2.10
    "ReadDeviceConfigurationVoltage": ON_DEMAND,
    "ReadDeviceConfigurationRandomisation": ON_DEMAND,
    "ReadDeviceConfigurationBillingCalendar": ON_DEMAND,
    "ReadDeviceConfigurationIdentityExcMPxN": ON_DEMAND,
    "ReadDeviceConfigurationInstantaneousPowerThresholds": ON_DEMAND,
    "ReadDeviceConfigurationMPxN": ON_DEMAND,
    "ReadDeviceConfigurationGas": ON_DEMAND,
    "ReadDeviceConfigurationPaymentMode": ON_DEMAND,
    "ReadDeviceConfigurationEventAndAlertBehaviours": ON_DEMAND,
    # 6.4 to 6.8
    "UpdateDeviceConfigurationLoadLimitingGeneralSettings": shape(
        FUTURE_DATED,
        one("LoadLimitPeriod", UNSIGNED_INT),
        one("LoadLimitPowerThreshold", UNSIGNED_INT),
        one("LoadLimitRestorationPeriod", UNSIGNED_INT),
        one("LoadLimitSupplyState", one_of("Disable", "Unchanged")),
    ),
    "UpdateDeviceConfigurationLoadLimitingCounterReset": ON_DEMAND_OR_FUTURE_DATED,
    "UpdateDeviceConfigurationVoltage": _VOLTAGE,
    "UpdateDeviceConfigurationGasConversion": shape(
        one("CalorificValue", fraction("0", "429496729.5", 1)), one("ConversionFactor", fraction("0", "42949.67295", 5))
    ),
    "UpdateDeviceConfigurationGasFlow": shape(
        choice(
            one("UncontrolledGasFlowRate", UNSIGNED_SHORT),
            one("UncontrolledGasFlowRateDecimal", fraction("0", "6.5535", 4)),
        ),
        one("SupplyDepletionState", _UNCHANGED_OR_LOCKED),
        one("SupplyTamperState", _UNCHANGED_OR_LOCKED),
        one("StabilisationPeriod", integer(1, 255)),
        one("MeasurementPeriod", integer(1, 65_535)),
    ),
    "UpdateDeviceConfigurationBillingCalendar": _BILLING_CALENDAR,
    # 6.11 to 6.13
    "SynchroniseClock": SYNCHRONISE_CLOCK,
    "UpdateDeviceConfigurationInstantaneousPowerThreshold": shape(
        FUTURE_DATED, one("LowMediumPowerThreshold", UNSIGNED_INT), one("MediumHighPowerThreshold", UNSIGNED_INT)
    ),
    "ReadEventOrSecurityLog": shape(
        one("ReadLogPeriod", LOG_PERIOD),
        one("LogToRead", one_of("Event", "ALCSEvent", "PowerEvent", "Security", "GSMEEvent", "GSMESecurity")),
    ),
    # 6.18, 6.20
    "SetMaximumDemandConfigurableTimePeriod": shape(
        FUTURE_DATED, one("MaximumDemandTimePeriodSchedule", one("StartTime", TIME), one("EndTime", TIME))
    ),
    "ResetMaximumDemandRegisters": shape(
        FUTURE_DATED,
        optional("MaxDemandActivePowerImportValue", EMPTY),
        optional("MaxDemandActivePowerExportValue", EMPTY),
        optional("MaxDemandConfigTimeActivePowerImportValue", EMPTY),
    ),
    "SetDeviceConfigurationImportMPxN": shape(
        FUTURE_DATED,
        choice(
            one("ImportMPANs", sequence(one("ImportMPAN", MPAN), optional("SecondaryImportMPAN", MPAN))),
            one("ImportMPRN", string(1, 10)),
        ),
    ),
    "SetDeviceConfigurationExportMPAN": shape(FUTURE_DATED, one("ExportMPAN", MPAN)),
    # 6.25 to 6.27
    "SetElectricitySupplyTamperState": shape(one("SupplyTamperState", _UNCHANGED_OR_LOCKED)),
    "UpdateDeviceConfigurationDailyResettingOfTariffBlockCounterMatrix": shape(
        one("DailyTariffBlockCounterMatrixReset", BOOLEAN)
    ),
    "UpdateDeviceConfigurationRMSVoltageCounterReset": ON_DEMAND_OR_FUTURE_DATED,
}
"""By element name."""
