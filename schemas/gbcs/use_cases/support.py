"""Use cases around load control: clock, firmware version, power and randomisation reads, the hub's device log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data
from schemas.gbcs.dlms.times import NEVER, decode_date_time, encode_date_time
from schemas.gbcs.use_cases.access import Access, Action, Get, Set, attribute
from schemas.gbcs.use_cases.declare import DeviceType, Part, UseCase
from schemas.gbcs.use_cases.fields import constant, date_time, hexadecimal, long_unsigned, number, whole_second

_CLOCK = "0-0:1.0.0.255"
_DEVICE_LOG = "0-0:30.3.0.255"
_HUB = frozenset({DeviceType.CHF})
_METERS = frozenset({DeviceType.ESME})
_UNITS = {27: "W", 30: "Wh", 32: "varh"}
_CLOCK_STATES = {0: "reliable"}


def _adjustment(body: Node) -> Data:
    at = whole_second(body, "CurrentDateTime")
    try:
        latest = at + timedelta(seconds=body.integer("TolerancePeriod"))
    except OverflowError:
        raise Malformed("CurrentDateTime", "with TolerancePeriod is a moment before the year 10000") from None
    return dlms.structure(dlms.octets(NEVER), dlms.octets(encode_date_time(at)), dlms.octets(encode_date_time(latest)))


def _clock_steps() -> tuple[Set | Action | Get, ...]:
    return (
        Set(attribute(8, _CLOCK, 9), constant(dlms.enum(5))),
        Action(attribute(8, _CLOCK, 5), _adjustment),
        Action(attribute(8, _CLOCK, 4), constant(dlms.integer(0))),
        Get(attribute(8, _CLOCK, 2), date_time("DeviceTime", decode_date_time)),
        Get(attribute(8, _CLOCK, 4), _clock_status),
    )


def _clock_status(value: Data) -> Iterable[Part]:
    # Only 0 is in the vectors; a status without a public meaning is left out of MMC rather than guessed.
    if value.number in _CLOCK_STATES:
        word = leaf("TimeStatus", _CLOCK_STATES[value.number])
        yield Part(branch("Electricity", branch("ElecClockTimeStatus", word, TimeStatusCode=value.number)))


def _active_power(value: Data) -> Iterable[Part]:
    power, scale, primary = value.fields(3)
    _, unit = scale.fields(2)
    yield Part(branch("ActivePowerImport", leaf("Value", power.number), leaf("Unit", _UNITS.get(unit.number, ""))))
    yield Part(leaf("PrimaryActivePowerImportValue", primary.number))


def _registration(body: Node) -> Data:
    install_code = body.octets("AddDeviceToCHFWhitelist/InstallCode")
    return dlms.structure(dlms.octets(body.eui("DeviceID")), dlms.enum(1), dlms.octets(install_code), dlms.enum(0))


CLOCK = UseCase(
    name="ECS70",
    code=0x0062,
    service="6.11",
    element="SynchroniseClock",
    critical=True,
    devices=frozenset({DeviceType.ESME, DeviceType.SAPC}),
    content=Access(_clock_steps()),
    response="SynchroniseClockRsp",
)

CLOCK_AT_COMMISSIONING = UseCase(
    name="ECS70Commission",
    code=0x0062,
    service="8.1.1",
    element="CommissionDeviceSynchroniseClock",
    critical=True,
    devices=_METERS,
    content=Access(_clock_steps()),
    response="CommissionDeviceSynchroniseClockRsp",
)

FIRMWARE_VERSION = UseCase(
    name="ECS52",
    code=0x0059,
    service="11.2",
    element="ReadFirmwareVersion",
    critical=False,
    devices=frozenset({DeviceType.ESME, DeviceType.SAPC, DeviceType.CHF}),
    content=Access((Get(attribute(1, "0-0:0.2.1.255", 2), hexadecimal("FirmwareVersion")),)),
    response="ReadFirmwareVersionRsp",
)

ACTIVE_POWER = UseCase(
    name="ECS17c",
    code=0x0028,
    service="4.16",
    element="ReadActivePowerImport",
    critical=False,
    devices=_METERS,
    content=Access((Get(attribute(1, "0-0:94.44.34.20", 2), _active_power),)),
    response="ReadActivePowerImportRsp",
    dated_response=True,
)

RANDOMISATION = UseCase(
    name="ECS26c",
    code=0x003D,
    service="6.2.2",
    element="ReadDeviceConfigurationRandomisation",
    critical=False,
    devices=_METERS,
    content=Access(
        (
            Get(attribute(1, "0-0:94.44.0.0", 2), number("RandomisedOffset")),
            Get(attribute(1, "0-0:94.44.0.2", 2), number("RandomisedOffsetNumber")),
            Get(attribute(1, "0-0:94.44.0.1", 2), number("RandomisedOffsetLimit")),
        )
    ),
    response="ReadDeviceConfigurationRandomisationRsp",
)

ADD_TO_DEVICE_LOG = UseCase(
    name="CCS01",
    code=0x0001,
    service="8.11",
    element="UpdateHANDeviceLog",
    critical=False,
    devices=_HUB,
    content=Access(
        (
            Action(attribute(104, _DEVICE_LOG, 1), _registration),
            Set(attribute(104, _DEVICE_LOG, 3), long_unsigned("AddDeviceToCHFWhitelist/JoinTimePeriod")),
            Set(attribute(104, _DEVICE_LOG, 2), constant(dlms.boolean(True))),
        )
    ),
    response="UpdateHANDeviceLogRsp",
    brokered=True,
    applies=lambda body: body.text("RequestType") == "Add",
)

REMOVE_FROM_DEVICE_LOG = UseCase(
    name="CCS02",
    code=0x0002,
    service="8.11",
    element="UpdateHANDeviceLog",
    critical=False,
    devices=_HUB,
    content=Access((Action(attribute(104, _DEVICE_LOG, 2), lambda body: dlms.octets(body.eui("DeviceID"))),)),
    response="UpdateHANDeviceLogRsp",
    brokered=True,
    applies=lambda body: body.text("RequestType") == "Remove",
)

SUPPORT = (
    CLOCK,
    CLOCK_AT_COMMISSIONING,
    FIRMWARE_VERSION,
    ACTIVE_POWER,
    RANDOMISATION,
    ADD_TO_DEVICE_LOG,
    REMOVE_FROM_DEVICE_LOG,
)
