"""Service chapter 5: readings the DCC takes on a schedule."""

from schemas.duis.shape import EMPTY, Shape, choice, one, optional, shape
from schemas.duis.xsd import CERTIFICATE, DATE, EUI, SCHEDULE_ID, TIME, integer, one_of

_OFFSET = integer(-400, 0)
"""Days before the day the schedule runs."""
_PERIOD = shape(
    one("StartDateOffset", _OFFSET), one("StartTime", TIME), one("EndDateOffset", _OFFSET), one("EndTime", TIME)
)

SCHEDULE = shape(
    one("ScheduleFrequency", one_of("Daily", "Weekly", "Monthly", "Quarterly", "Half-Yearly", "Yearly")),
    one("ScheduleStartDate", DATE),
    optional("ScheduleEndDate", DATE),
    optional("ScheduleExecutionStartTime", TIME),
    optional("KAPublicSecurityCredential", CERTIFICATE),
    one(
        "DSPScheduledServiceReference",
        one_of("4.2", "4.6", "4.8", "4.10", "4.12", "4.14", "4.15", "4.16", "4.17", "14.1"),
    ),
    one(
        "DSPScheduledServiceReferenceVariant",
        one_of(
            *("4.2", "4.6.1", "4.6.2", "4.8.1", "4.8.2", "4.8.3", "4.10"),
            *("4.12.1", "4.12.2", "4.14", "4.15", "4.16", "4.17", "14.1"),
        ),
    ),
    one("DeviceID", EUI),
    choice(
        one("DSPRetrieveImportDailyReadLog", _PERIOD),
        one("DSPRetrieveExportDailyReadLog", _PERIOD),
        one("DSPReadActiveImportProfileData", _PERIOD),
        one("DSPReadReactiveImportProfileData", _PERIOD),
        one("DSPReadExportProfileData", _PERIOD),
        one("DSPReadNetworkData", _PERIOD),
        one("DSPReadMaximumDemandImportRegisters", EMPTY),
        one("DSPReadMaximumDemandExportRegisters", EMPTY),
        one("DSPReadPrepaymentDailyReadLog", _PERIOD),
        one("DSPReadLoadLimitData", EMPTY),
        one("DSPReadActivePowerImport", EMPTY),
        one("DSPRetrieveDailyConsumptionLog", _PERIOD),
        one("DSPRecordNetworkDataGAS", EMPTY),
        one("DSPReadInstantaneousExportRegisters", EMPTY),
    ),
)

_BY_SCHEDULE_OR_DEVICE = shape(choice(one("DSPScheduleID", SCHEDULE_ID), one("DeviceID", EUI)))

BODIES: dict[str, Shape] = {
    "CreateSchedule": SCHEDULE,
    "ReadSchedule": _BY_SCHEDULE_OR_DEVICE,
    "DeleteSchedule": _BY_SCHEDULE_OR_DEVICE,
}
"""By element name."""
