"""Service chapters 7 (supply and auxiliary load) and 6.14 (what drives load switches and proportional controllers)."""

from schemas.duis.bodies.parts import (
    DATE_PARTS,
    DAYS_OF_WEEK,
    FUTURE_DATED,
    ON_DEMAND,
    ON_DEMAND_OR_FUTURE_DATED,
    READ_LOG,
    WILD_DATES_AND_TIME,
)
from schemas.duis.shape import EMPTY, Shape, attribute, choice, many, one, optional, shape
from schemas.duis.xsd import BOOLEAN, DATE_TIME, EUI, UNSIGNED_SHORT, integer, printable

CONTROLLER = integer(1, 5)
"""An ESME has at most five auxiliary controllers (SMETS2 "Auxiliary Controller [n]")."""
LEVEL = integer(0, 100)
"""Percent of the controller's full level."""
SPECIAL_DAY = integer(1, 20)

_ALC_DESCRIPTIONS = shape(
    many("ALCSHCALCSDescription", 1, 5, attribute("index", CONTROLLER), one("SwitchDescription", printable(0, 22)))
)

_ALC_SCHEDULER = shape(
    FUTURE_DATED,
    many(
        "ALCSHCALCSConnectionSchedule",
        1,
        48,
        one(
            "ActivateDeactivateSwitch",
            attribute("index", CONTROLLER),
            choice(one("ActivateSwitch", EMPTY), one("DeactivateSwitch", EMPTY)),
        ),
        many("SpecialDaysApplicability", 0, 20, attribute("index", SPECIAL_DAY)),
        optional("DaysOfWeekApplicability", DAYS_OF_WEEK),
        one("ALCSScheduleDatesAndTime", WILD_DATES_AND_TIME),
    ),
    one(
        "ALCSHCALCSSpecialDays",
        many("ALCSHCALCSSpecialDay", 0, 20, *DATE_PARTS, attribute("index", SPECIAL_DAY)),
    ),
    many("SwitchTypeAndId", 0, 5, attribute("index", CONTROLLER), choice(one("ALCS", EMPTY), one("HCALCS", EUI))),
)

_AUXILIARY_CONTROLLER_SCHEDULER = shape(
    FUTURE_DATED,
    many(
        "AuxiliaryControllerSchedule",
        0,
        120,
        one(
            "AuxiliaryControllerAction",
            attribute("auxiliaryControllerN", CONTROLLER),
            one("CommandedStateLevel", LEVEL),
            optional("InputFromControlledLoad", EMPTY),
        ),
        many("SpecialDaysApplicability", 0, 20, attribute("identifier", SPECIAL_DAY)),
        optional("DaysOfWeekApplicability", DAYS_OF_WEEK),
        one("AuxiliaryControllerSchedulePeriodAndTime", WILD_DATES_AND_TIME),
    ),
    one(
        "AuxiliaryControllerSpecialDayDefinitions",
        many("AuxiliaryControllerSpecialDayDefinition", 0, 20, *DATE_PARTS, attribute("identifier", SPECIAL_DAY)),
    ),
)

_LEVEL_FOR_A_TIME = shape(
    attribute("auxiliaryControllerN", CONTROLLER),
    one("StartDateTime", DATE_TIME),
    one("EndDateTime", DATE_TIME),
    one("CommandedStateLevel", LEVEL),
    optional("InputFromControlledLoad", EMPTY),
)

_SWITCH_FOR_A_TIME = shape(attribute("index", CONTROLLER), one("Duration", UNSIGNED_SHORT))


def _boost_button(name: str) -> Shape:
    return shape(FUTURE_DATED, many(name, 5, 5, attribute("index", CONTROLLER), BOOLEAN))


BODIES: dict[str, Shape] = {
    # 6.14.1 to 6.14.3
    "UpdateDeviceConfigurationALCDescriptions": _ALC_DESCRIPTIONS,
    "UpdateDeviceConfigurationALCScheduler": _ALC_SCHEDULER,
    "UpdateDeviceConfigurationAuxiliaryControllerScheduler": _AUXILIARY_CONTROLLER_SCHEDULER,
    # 7.1 to 7.4
    "EnableSupply": EMPTY,
    "DisableSupply": EMPTY,
    "ArmSupply": EMPTY,
    "ReadSupplyStatus": ON_DEMAND,
    # 7.5 to 7.8
    "ActivateAuxiliaryLoad": shape(one("ActivateALCSHCALCS", _SWITCH_FOR_A_TIME)),
    "DeactivateAuxiliaryLoad": shape(one("DeactivateALCSHCALCS", _SWITCH_FOR_A_TIME)),
    "ReadALCSData": ON_DEMAND_OR_FUTURE_DATED,
    "ResetAuxiliaryLoad": shape(one("ResetALCSHCALCS", attribute("index", CONTROLLER))),
    # 7.9 to 7.12
    "AddAuxiliaryLoadToBoostButton": _boost_button("AddToBoostButton"),
    "RemoveAuxiliaryLoadFromBoostButton": _boost_button("RemoveFromBoostButton"),
    "ReadBoostButtonDetails": READ_LOG,
    "SetRandomisedOffsetLimit": shape(one("RandomisedOffsetLimit", integer(0, 1799))),
    # 7.13 to 7.16
    "SetAuxiliaryControllerState": _LEVEL_FOR_A_TIME,
    "ReadAuxiliaryControllerConfigurationData": ON_DEMAND_OR_FUTURE_DATED,
    "ReadAuxiliaryControllerOperationalData": ON_DEMAND_OR_FUTURE_DATED,
    "LimitAPCLevel": _LEVEL_FOR_A_TIME,
}
"""By element name."""
