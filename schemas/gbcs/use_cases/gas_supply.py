"""Supply of a gas meter: disable, arm, read, and when it closes by itself. SR 6.7, 7.2, 7.3, 7.4."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from schemas.duis.node import Node, leaf
from schemas.gbcs.use_cases.declare import Context, Part, UseCase
from schemas.gbcs.use_cases.gas_fields import METERS, attribute, issued, provided, word
from schemas.gbcs.use_cases.zigbee import ReadAttributes, Send, Values, Zigbee
from schemas.gbcs.zcl import metering
from schemas.gbcs.zcl.fields import NOW
from schemas.gbcs.zcl.general import Attribute

_CHANGE_SUPPLY, _SET_SUPPLY_STATUS, _SET_FLOW_THRESHOLD = 0x0B, 0x0D, 0x0E
_OFF, _ARMED, _ON = 0x00, 0x01, 0x02
_WITH_RESPONSE = 0x01
"""Supply control bit 0: acknowledge."""

_STATES = {_OFF: "Disabled", _ARMED: "Armed", _ON: "Enabled"}
_SUPPLY_STATUS, _BATTERY_DAYS = 0x0014, 0x0205
_BATTERY = (("Gas", ()),)

_ON_EVENT = {"Locked": _OFF, "Unchanged": 0x03}
"""What an event does to the supply. The vectors show 03; that Locked is off, not armed, is assumed."""

_CUBIC_METRES = 0x01
_PER_CUBIC_METRE = 10_000
"""UncontrolledGasFlowRateDecimal has four decimals of a m3/h."""


def _change(state: int) -> Callable[[Node, Context], Values]:
    return lambda body, context: {
        **provided(context),
        "request date time": NOW,
        "implementation time": NOW,
        "proposed supply status": state,
        "supply control bits": _WITH_RESPONSE,
    }


def _changing(name: str, code: int, service: str, element: str, state: int) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service=service,
        element=element,
        critical=True,
        devices=METERS,
        content=Zigbee((Send(metering.CLUSTER, _CHANGE_SUPPLY, _change(state)),)),
        response=f"{element}Rsp",
    )


def _flow(rate: Callable[[Node], int], divisor: int) -> Callable[[Node, Context], Values]:
    return lambda body, context: {
        **provided(context),
        "uncontrolled flow threshold": rate(body),
        "unit of measure": _CUBIC_METRES,
        "multiplier": 1,
        "divisor": divisor,
        "stabilisation period": body.integer("StabilisationPeriod"),
        "measurement period": body.integer("MeasurementPeriod"),
    }


def _supply_status(body: Node, context: Context) -> Values:
    return {
        **issued(context),
        "supply tamper state": _ON_EVENT[body.text("SupplyTamperState")],
        "supply depletion state": _ON_EVENT[body.text("SupplyDepletionState")],
        "supply uncontrolled flow state": _OFF,
        "load limit supply state": _ON_EVENT["Unchanged"],
    }


def _flow_control(name: str, code: int, rate: str, values: Callable[[Node, Context], Values]) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="6.7",
        element="UpdateDeviceConfigurationGasFlow",
        critical=True,
        devices=METERS,
        content=Zigbee(
            (
                Send(metering.CLUSTER, _SET_FLOW_THRESHOLD, values),
                Send(metering.CLUSTER, _SET_SUPPLY_STATUS, _supply_status),
            )
        ),
        response="UpdateDeviceConfigurationGasFlowRsp",
        applies=lambda body: body.has(rate),
    )


def _state(attribute: Attribute) -> Iterable[Part]:
    yield Part(leaf("SupplyState", word("supply status", _STATES, attribute.value)))


def _decimal_rate(body: Node) -> int:
    return int(body.decimal("UncontrolledGasFlowRateDecimal") * _PER_CUBIC_METRE)


READ_SUPPLY = UseCase(
    name="GCS33",
    code=0x0082,
    service="7.4",
    element="ReadSupplyStatus",
    critical=False,
    devices=METERS,
    content=Zigbee(
        (ReadAttributes(metering.CLUSTER, (_BATTERY_DAYS, _SUPPLY_STATUS)),),
        (
            attribute(metering.CLUSTER, _SUPPLY_STATUS, _state),
            attribute(metering.CLUSTER, _BATTERY_DAYS, "RemainingBatteryCapacity", _BATTERY, 1),
        ),
    ),
    response="ReadSupplyStatusRsp",
)

GAS_SUPPLY = (
    _changing("GCS32", 0x0081, "7.2", "DisableSupply", _OFF),
    _changing("GCS39", 0x0085, "7.3", "ArmSupply", _ARMED),
    READ_SUPPLY,
    _flow_control(
        "GCS24", 0x007D, "UncontrolledGasFlowRate", _flow(lambda body: body.integer("UncontrolledGasFlowRate"), 1)
    ),
    _flow_control("GCS24a", 0x00FC, "UncontrolledGasFlowRateDecimal", _flow(_decimal_rate, _PER_CUBIC_METRE)),
)
