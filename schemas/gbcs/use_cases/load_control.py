"""Load control on an ESME or a SAPC: the use cases that change something, and those that read it back.

Items and layouts: sections 3.3 to 3.8 of our vectors' reference; each is compared with RTDS 4.5.0 in the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from schemas.duis.node import Node
from schemas.eui import EUI64
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data
from schemas.gbcs.use_cases import controller_fields as controllers
from schemas.gbcs.use_cases.access import Access, Action, Each, Get, Indexed, Set, attribute
from schemas.gbcs.use_cases.calendar_fields import CONTROLLERS, SWITCHES, CalendarNames, state_word
from schemas.gbcs.use_cases.declare import DeviceType, UseCase
from schemas.gbcs.use_cases.fields import activation, constant, flag, long_unsigned, moment, period, visible

METERS = frozenset({DeviceType.ESME})
CONTROLLABLE = frozenset({DeviceType.ESME, DeviceType.SAPC})
"""A SAPC takes the use cases of GBCS 4 (codes 011A up); EUI ..A6 of the vectors is one by inference."""

_SET_STATE = attribute(9, "0-0:10.0.103.255", 1)
_LIMIT = attribute(9, "0-0:10.0.107.255", 1)
_NUMBERS = range(1, 6)


def _controller(item: int) -> Indexed:
    """0-0:94.44.(116+i).item: start and end of set state (1, 2) and of limit (3, 4) of the body's controller."""
    return Indexed(1, f"0-0:94.44.{{}}.{item}", 116, 2, by="@auxiliaryControllerN")


def _switch(item: int) -> Indexed:
    return Indexed(1, f"0-0:94.44.{{}}.{item}", 116, 2)


def _switch_script(low: int) -> Callable[[Node], Data]:
    return lambda switch: dlms.long_unsigned(switch.integer("@index") << 8 | low)


def _boost_control() -> Indexed:
    return Indexed(1, "0-0:94.44.6.{}", 0, 2)


def _switch_type(switch: Node) -> Data:
    if switch.has("ALCS"):
        return dlms.octets(controllers.ALCS_TYPE)
    return dlms.octets(EUI64.parse(switch.text("HCALCS")))


def _boost(value: bool) -> Callable[[Node], Data]:
    # The vectors show only `true` in all five elements. `false` leaves that control as it is: its item is not sent
    # (assumed; the opposite would make "add" remove).
    return lambda node: dlms.boolean(value)


def _calendar(names: CalendarNames) -> tuple[Set, ...]:
    return (
        Set(attribute(11, "0-1:11.0.3.255", 2), names.write_days),
        Set(attribute(10, "0-1:12.0.2.255", 2), names.write_rows),
        Set(attribute(9000, "0-0:94.44.128.26", 6), activation),
        Set(attribute(9000, "0-0:94.44.128.35", 6), activation),
    )


def _alcs_log(body: Node) -> bool:
    return body.has("LogToRead") and body.text("LogToRead") == "ALCSEvent"


def _alcs_clear(body: Node) -> bool:
    return body.has("ESMEEventLogType") and body.text("ESMEEventLogType") == "ALCS"


_ALCS_EVENTS = (Get(attribute(7, "0-17:99.98.2.255", 2), controllers.switch_log, period("ReadLogPeriod")),)

SET_STATE = UseCase(
    name="ECS47a",
    code=0x011E,
    service="7.13",
    element="SetAuxiliaryControllerState",
    critical=True,
    devices=CONTROLLABLE,
    content=Access(
        (
            Set(_controller(1), moment("StartDateTime")),
            Set(_controller(2), moment("EndDateTime")),
            Action(_SET_STATE, state_word),
        )
    ),
    response="SetAuxiliaryControllerStateRsp",
)

LIMIT_LEVEL = UseCase(
    name="ECS47e",
    code=0x011F,
    service="7.16",
    element="LimitAPCLevel",
    critical=True,
    devices=CONTROLLABLE,
    content=Access(
        (
            Set(_controller(3), moment("StartDateTime")),
            Set(_controller(4), moment("EndDateTime")),
            Action(_LIMIT, state_word),
        )
    ),
    response="LimitAPCLevelRsp",
)

CALENDAR = UseCase(
    name="ECS46d",
    code=0x011A,
    service="6.14.3",
    element="UpdateDeviceConfigurationAuxiliaryControllerScheduler",
    critical=True,
    devices=CONTROLLABLE,
    content=Access(_calendar(CONTROLLERS)),
    # MMC 5.4 has no element for SR 6.14.3; this is the nearest (assumed).
    response="UpdateDeviceConfigurationALCSchedulerRsp",
    dated_response=True,
)

SWITCH_CALENDAR = UseCase(
    name="ECS46c",
    code=0x0054,
    service="6.14.2",
    element="UpdateDeviceConfigurationALCScheduler",
    critical=True,
    devices=METERS,
    content=Access(
        (Each("SwitchTypeAndId", (Set(Indexed(1, "0-0:94.44.0.{}", 20, 2), _switch_type),)), *_calendar(SWITCHES))
    ),
    response="UpdateDeviceConfigurationALCSchedulerRsp",
    dated_response=True,
)

DESCRIPTIONS = UseCase(
    name="ECS46a",
    code=0x0053,
    service="6.14.1",
    element="UpdateDeviceConfigurationALCDescriptions",
    critical=True,
    devices=CONTROLLABLE,
    content=Access(
        (Each("ALCSHCALCSDescription", (Set(Indexed(1, "0-0:94.44.0.{}", 10, 2), visible("SwitchDescription")),)),)
    ),
    response="UpdateDeviceConfigurationALCDescriptionsRsp",
)

ACTIVATE = UseCase(
    name="ECS47Activate",
    code=0x0055,
    service="7.5",
    element="ActivateAuxiliaryLoad",
    critical=True,
    devices=METERS,
    content=Access(
        (
            Each(
                "ActivateALCSHCALCS",
                (Set(_switch(1), long_unsigned("Duration")), Action(_SET_STATE, _switch_script(0x11))),
            ),
        )
    ),
    response="ActivateAuxiliaryLoadRsp",
)

DEACTIVATE = UseCase(
    name="ECS47Deactivate",
    code=0x0055,
    service="7.6",
    element="DeactivateAuxiliaryLoad",
    critical=True,
    devices=METERS,
    content=Access(
        (
            Each(
                "DeactivateALCSHCALCS",
                (Set(_switch(2), long_unsigned("Duration")), Action(_SET_STATE, _switch_script(0x12))),
            ),
        )
    ),
    response="DeactivateAuxiliaryLoadRsp",
)

RESET = UseCase(
    name="ECS47Reset",
    code=0x0055,
    service="7.8",
    element="ResetAuxiliaryLoad",
    critical=True,
    devices=METERS,
    content=Access((Each("ResetALCSHCALCS", (Action(_SET_STATE, _switch_script(0x20)),)),)),
    response="ResetAuxiliaryLoadRsp",
)

RANDOMISED_OFFSET = UseCase(
    name="ECS38",
    code=0x004B,
    service="7.12",
    element="SetRandomisedOffsetLimit",
    critical=True,
    devices=CONTROLLABLE,
    content=Access((Set(attribute(1, "0-0:94.44.0.1", 2), long_unsigned("RandomisedOffsetLimit")),)),
    response="SetRandomisedOffsetLimitRsp",
)

READ_CONFIGURATION = UseCase(
    name="ECS61d",
    code=0x011C,
    service="7.14",
    element="ReadAuxiliaryControllerConfigurationData",
    critical=False,
    devices=CONTROLLABLE,
    content=Access(
        (
            *(Get(attribute(1, f"0-0:94.44.0.{10 + n}", 2), controllers.description(n)) for n in _NUMBERS),
            Get(attribute(11, "0-0:11.0.3.255", 2), CONTROLLERS.read_days),
            Get(attribute(10, "0-0:12.0.2.255", 2), CONTROLLERS.read_rows),
        )
    ),
    response="ReadAuxiliaryControllerConfigurationDataRsp",
    brokered=True,
)

READ_OPERATION = UseCase(
    name="ECS61e",
    code=0x011D,
    service="7.15",
    element="ReadAuxiliaryControllerOperationalData",
    critical=False,
    devices=CONTROLLABLE,
    content=Access(
        (
            *(Get(attribute(1, f"0-0:94.44.0.{20 + n}", 2), controllers.operational_type(n)) for n in _NUMBERS),
            *(Get(attribute(1, f"0-0:94.44.0.{30 + n}", 2), controllers.operational_state(n)) for n in _NUMBERS),
        )
    ),
    response="ReadAuxiliaryControllerOperationalDataRsp",
)

READ_SWITCHES = UseCase(
    name="ECS61a",
    code=0x00BB,
    service="7.7",
    element="ReadALCSData",
    critical=False,
    devices=METERS,
    content=Access(
        (
            *(Get(attribute(1, f"0-0:94.44.0.{10 + n}", 2), controllers.switch_description(n)) for n in _NUMBERS),
            *(Get(attribute(1, f"0-0:94.44.0.{20 + n}", 2), controllers.switch_type(n)) for n in _NUMBERS),
            Get(attribute(11, "0-0:11.0.3.255", 2), SWITCHES.read_days),
            Get(attribute(10, "0-0:12.0.2.255", 2), SWITCHES.read_rows),
            *(Get(attribute(70, f"0-{n}:96.3.10.255", 2), controllers.switch_state(n)) for n in _NUMBERS),
        )
    ),
    response="ReadALCSDataRsp",
)

READ_BOOST = UseCase(
    name="ECS61c",
    code=0x005E,
    service="7.11",
    element="ReadBoostButtonDetails",
    critical=False,
    devices=METERS,
    content=Access(
        (
            Get(attribute(1, "0-0:94.44.7.255", 2), flag("BoostFunctionAvailability")),
            Get(attribute(7, "0-0:99.98.20.255", 2), controllers.boost_log, period("ReadLogPeriod")),
            *(Get(attribute(1, f"0-0:94.44.6.{n}", 2), flag(f"BoostFunctionControl{n}Value")) for n in _NUMBERS),
        )
    ),
    response="ReadBoostButtonDetailsRsp",
)

ADD_BOOST = UseCase(
    name="ECS62Add",
    code=0x005F,
    service="7.9",
    element="AddAuxiliaryLoadToBoostButton",
    critical=False,
    devices=METERS,
    content=Access((Each("AddToBoostButton", (Set(_boost_control(), _boost(True)),), lambda node: node.boolean("")),)),
    response="AddAuxiliaryLoadToBoostButtonRsp",
)

REMOVE_BOOST = UseCase(
    name="ECS62Remove",
    code=0x005F,
    service="7.10",
    element="RemoveAuxiliaryLoadFromBoostButton",
    critical=False,
    devices=METERS,
    content=Access(
        (Each("RemoveFromBoostButton", (Set(_boost_control(), _boost(False)),), lambda node: node.boolean("")),)
    ),
    response="RemoveAuxiliaryLoadFromBoostButtonRsp",
)

READ_EVENT_LOG = UseCase(
    name="ECS35g",
    code=0x00FD,
    service="6.13",
    element="ReadEventOrSecurityLog",
    critical=False,
    devices=CONTROLLABLE,
    content=Access(_ALCS_EVENTS),
    response="ReadEventOrSecurityLogRsp",
    applies=_alcs_log,
)

READ_EVENT_LOG_OLDER = replace(READ_EVENT_LOG, name="ECS35f", code=0x00BA, devices=METERS)
"""DUIS does not choose between the two codes: the newer one comes first in the table, this one is asked for by name."""

CLEAR_EVENT_LOG = UseCase(
    name="ECS15c",
    code=0x00C1,
    service="3.3",
    element="ClearEventLog",
    critical=False,
    devices=METERS,
    content=Access((Action(attribute(7, "0-17:99.98.2.255", 1), constant(dlms.integer(0))),)),
    response="ClearEventLogRsp",
    applies=_alcs_clear,
)

LOAD_CONTROL = (
    SET_STATE,
    LIMIT_LEVEL,
    CALENDAR,
    SWITCH_CALENDAR,
    DESCRIPTIONS,
    ACTIVATE,
    DEACTIVATE,
    RESET,
    RANDOMISED_OFFSET,
    READ_CONFIGURATION,
    READ_OPERATION,
    READ_SWITCHES,
    READ_BOOST,
    ADD_BOOST,
    REMOVE_BOOST,
    READ_EVENT_LOG,
    READ_EVENT_LOG_OLDER,
    CLEAR_EVENT_LOG,
)
