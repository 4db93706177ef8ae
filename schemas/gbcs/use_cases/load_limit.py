"""Load limiting of an electricity meter: set (SR 6.4.1, ECS28a), reset the counter (SR 6.4.2, ECS28b), read (SR 4.15,
ECS27). Powers are in watts, periods in seconds."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.duis.node import Node, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.access import Access, Action, Get, Read, Set, Write, attribute
from schemas.gbcs.use_cases.declare import DeviceType, Part, UseCase
from schemas.gbcs.use_cases.fields import activation, constant

_METERS = frozenset({DeviceType.ESME})
_PASSIVE, _ACTIVATION = 4, 6
_STATE = "0-0:94.44.0.3"
_THRESHOLD, _PERIOD, _RESTORATION = "0-0:94.44.128.7", "0-0:94.44.128.6", "0-0:94.44.128.8"
_COUNTER = "0-0:94.44.42.255"
_LIMITER = "0-0:17.0.0.255"
_LARGEST = 2**32 - 1


def _whole(name: str) -> Write:
    def write(body: Node) -> Data:
        value = body.integer(name)
        if not 0 <= value <= _LARGEST:
            raise Malformed(name, f"is 0 to {_LARGEST}, not {value}")
        return dlms.double_long_unsigned(value)

    return write


def _supply_state(body: Node) -> Data:
    """True where a limit that is exceeded disables the supply."""
    return dlms.boolean(body.text("LoadLimitSupplyState") == "Disable")


def _read_supply_state(value: Data) -> Iterable[Part]:
    disables = value.expect(Tag.BOOLEAN).value
    yield Part(leaf("LoadLimitSupplyState", "Disable" if disables else "Unchanged"), rank=4)


def _read_scaler(value: Data) -> Iterable[Part]:
    # MMC has the bare count: no element would carry a power of ten.
    scaler, _ = value.fields(2)
    if scaler.expect(Tag.INTEGER).number != 0:
        raise Malformed("LoadLimitCounterValue", f"counts ones: its scaler is 0, not {scaler.number}")
    return ()


def _number(name: str, rank: int) -> Read:
    return lambda value: [Part(leaf(name, value.expect(Tag.DOUBLE_LONG_UNSIGNED).number), rank=rank)]


SET_LIMIT = UseCase(
    name="ECS28a",
    code=0x0043,
    service="6.4.1",
    element="UpdateDeviceConfigurationLoadLimitingGeneralSettings",
    critical=True,
    devices=_METERS,
    content=Access(
        (
            Set(attribute(9000, _STATE, _PASSIVE), _supply_state),
            Set(attribute(9000, _THRESHOLD, _PASSIVE), _whole("LoadLimitPowerThreshold")),
            Set(attribute(9000, _PERIOD, _PASSIVE), _whole("LoadLimitPeriod")),
            Set(attribute(9000, _RESTORATION, _PASSIVE), _whole("LoadLimitRestorationPeriod")),
            *(
                Set(attribute(9000, obis, _ACTIVATION), activation)
                for obis in (_STATE, _THRESHOLD, _PERIOD, _RESTORATION)
            ),
        )
    ),
    response="UpdateDeviceConfigurationLoadLimitingGeneralSettingsRsp",
    dated_response=True,
)

RESET_COUNTER = UseCase(
    name="ECS28b",
    code=0x0044,
    service="6.4.2",
    element="UpdateDeviceConfigurationLoadLimitingCounterReset",
    critical=False,
    devices=_METERS,
    content=Access((Action(attribute(3, _COUNTER, 1), constant(dlms.integer(0))),)),
    response="UpdateDeviceConfigurationLoadLimitingCounterResetRsp",
)

READ_LIMIT = UseCase(
    name="ECS27",
    code=0x0042,
    service="4.15",
    element="ReadLoadLimitData",
    critical=False,
    devices=_METERS,
    content=Access(
        (
            Get(attribute(9000, _STATE, 2), _read_supply_state),
            Get(attribute(3, _COUNTER, 2), _number("LoadLimitCounterValue", 0)),
            Get(attribute(3, _COUNTER, 3), _read_scaler),
            # Threshold in 4; of the two durations the one over it is the period, the one under it the restoration.
            Get(attribute(71, _LIMITER, 4), _number("LoadLimitPowerThreshold", 1)),
            Get(attribute(71, _LIMITER, 6), _number("LoadLimitPeriod", 2)),
            Get(attribute(71, _LIMITER, 7), _number("LoadLimitRestorationPeriod", 3)),
        )
    ),
    response="ReadLoadLimitDataRsp",
)

LOAD_LIMIT = (SET_LIMIT, RESET_COUNTER, READ_LIMIT)
