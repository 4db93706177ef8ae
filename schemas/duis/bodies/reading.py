"""Service chapters 3 (messages to the customer, event logs), 4 (reading registers and logs) and 14 (gas profile)."""

import re

from schemas.duis.bodies.parts import (
    FUTURE_DATED,
    ON_DEMAND,
    ON_DEMAND_OR_FUTURE_DATED,
    READ_LOG,
    READ_LOG_WITH_CREDENTIALS,
)
from schemas.duis.shape import EMPTY, Shape, one, optional, shape
from schemas.duis.simple import Text
from schemas.duis.xsd import DATE_TIME, one_of, printable

BODIES: dict[str, Shape] = {
    # 3.1 to 3.5
    "DisplayMessage": shape(FUTURE_DATED, one("SupplierMessage", printable(1, 116))),
    "RestrictAccessForChangeOfTenancy": shape(FUTURE_DATED, one("RestrictionDateTime", DATE_TIME)),
    "ClearEventLog": shape(optional("ESMEEventLogType", one_of("ESME", "ALCS"))),
    "UpdateSupplierName": shape(
        FUTURE_DATED,
        one("SupplierName", printable(0, 15)),
        one("SupplierTelephoneNumber", Text(0, 18, re.compile("[0-9 ]+"), "digits and spaces")),
    ),
    "DisablePrivacyPIN": EMPTY,
    # 4.1 to 4.4
    "ReadInstantaneousImportRegisters": ON_DEMAND_OR_FUTURE_DATED,
    "ReadInstantaneousImportTOUMatrices": ON_DEMAND_OR_FUTURE_DATED,
    "ReadInstantaneousImportTOUWithBlocksMatrices": ON_DEMAND_OR_FUTURE_DATED,
    "ReadInstantaneousImportBlockCounters": ON_DEMAND_OR_FUTURE_DATED,
    "ReadInstantaneousExportRegisters": ON_DEMAND_OR_FUTURE_DATED,
    "ReadInstantaneousPrepayValues": ON_DEMAND_OR_FUTURE_DATED,
    "RetrieveCoMOrTariffTriggeredBillingDataLog": READ_LOG_WITH_CREDENTIALS,
    "RetrieveBillingCalendarTriggeredBillingDataLog": READ_LOG_WITH_CREDENTIALS,
    "RetrieveBillingDataLogDebtPayments": READ_LOG,
    "RetrieveBillingDataLogPrepaymentCredits": READ_LOG,
    # 4.6, 4.8, 4.10
    "RetrieveImportDailyReadLog": READ_LOG_WITH_CREDENTIALS,
    "RetrieveExportDailyReadLog": READ_LOG,
    "ReadActiveImportProfileData": READ_LOG_WITH_CREDENTIALS,
    "ReadReactiveImportProfileData": READ_LOG,
    "ReadExportProfileData": READ_LOG,
    "ReadNetworkData": READ_LOG_WITH_CREDENTIALS,
    # 4.11 to 4.18
    "ReadTariffPrimaryElement": ON_DEMAND,
    "ReadTariffSecondaryElement": ON_DEMAND,
    "ReadMaximumDemandImportRegisters": ON_DEMAND_OR_FUTURE_DATED,
    "ReadMaximumDemandExportRegisters": ON_DEMAND_OR_FUTURE_DATED,
    "ReadPrepaymentConfiguration": ON_DEMAND_OR_FUTURE_DATED,
    "ReadPrepaymentDailyReadLog": READ_LOG_WITH_CREDENTIALS,
    "ReadLoadLimitData": ON_DEMAND_OR_FUTURE_DATED,
    "ReadActivePowerImport": ON_DEMAND,
    "RetrieveDailyConsumptionLog": READ_LOG_WITH_CREDENTIALS,
    "ReadMeterBalance": ON_DEMAND_OR_FUTURE_DATED,
    # 14.1
    "RecordNetworkDataGAS": EMPTY,
}
"""By element name."""
