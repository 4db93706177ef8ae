"""Electricity configuration: identity, power thresholds, payment mode, maximum demand.

SR 6.2.4, 6.2.5, 6.2.9, 6.12, 6.18.1 and 6.18.2.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.duis.node import Node, leaf
from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.access import Access, Action, Each, Get, Read, Set, attribute
from schemas.gbcs.use_cases.declare import DeviceType, Part, Place, UseCase
from schemas.gbcs.use_cases.fields import constant

_METERS = frozenset({DeviceType.ESME})
_HUB = frozenset({DeviceType.CHF})
_ELECTRICITY: Place = (("Electricity", ()),)
_THRESHOLDS = attribute(21, "0-0:16.0.0.255", 2)
DEMAND_PERIODS = attribute(10, "0-0:12.0.0.255", 2)
"""The schedule of the period that the second maximum demand register counts in."""

DEMAND_SCRIPT = bytes.fromhex("00000A8064FF")
"""The scripts that its rows run: 1 starts the period, 2 ends it."""

_ANY_WINDOW = 0xFFFF
_EVERY_WEEKDAY = "1111111"
_FIRST_DATE, _LAST_DATE = bytes.fromhex("000001FFFF"), bytes.fromhex("FFFFFFFFFF")
"""Start and end of the demand periods' validity, the same in every vector: always."""

_PAYMENT_MODES = {1: "Credit", 2: "Prepayment"}
"""COSEM account mode, class 111."""


def _string(name: str, longest: int, where: Place = (), rank: int = 0) -> Read:
    """An octet-string of at most ``longest`` printable ASCII characters; trailing blanks are the device's and stay."""

    def read(value: Data) -> Iterable[Part]:
        octets = value.octets
        text = octets.decode("ascii", "replace")
        if not octets.isascii() or not text.isprintable() or len(text) > longest:
            raise Malformed(name, f"is at most {longest} printable ASCII characters, not {octets.hex().upper()}")
        yield Part(leaf(name, text), where, rank)

    return read


def _device_identifier(value: Data) -> Iterable[Part]:
    octets = value.octets
    if len(octets) != 8:
        raise Malformed("DeviceIdentifier", f"has 8 octets, not {len(octets)}")
    yield Part(leaf("DeviceIdentifier", EUI64(octets)))


def _tamper_state(value: Data) -> Iterable[Part]:
    # True is Locked: SMETS sets the supply tamper state to locked on tampering, the boolean says that it is (assumed).
    word = "Locked" if value.expect(Tag.BOOLEAN).value else "Unchanged"
    yield Part(leaf("SupplyTamperState", word), _ELECTRICITY, 1)


_IDENTIFIER = Get(attribute(1, "0-0:96.1.1.255", 2), _device_identifier)
# MMC has the choice with variant and tamper state last, tamper state first in it.
_VARIANT = Get(attribute(1, "0-0:96.1.2.255", 2), _string("MeterVariant", 1, _ELECTRICITY, 2))
_MODEL = Get(attribute(1, "0-0:96.1.4.255", 2), _string("ModelType", 8))
_MANUFACTURER = Get(attribute(1, "0-0:96.1.6.255", 2), _string("ManufacturerIdentifier", 32))
_TAMPER = Get(attribute(1, "0-0:94.44.0.4", 2), _tamper_state)


def _thresholds(body: Node) -> Data:
    names = ("LowMediumPowerThreshold", "MediumHighPowerThreshold")
    return dlms.array(*(dlms.double_long_unsigned(body.integer(name)) for name in names))


def _read_thresholds(value: Data) -> Iterable[Part]:
    items = value.expect(Tag.ARRAY).items
    if len(items) != 2:
        raise Malformed("power thresholds", f"are two, not {len(items)}")
    yield Part(leaf("LowMediumPowerThreshold", items[0].expect(Tag.DOUBLE_LONG_UNSIGNED).number))
    yield Part(leaf("MediumHighPowerThreshold", items[1].expect(Tag.DOUBLE_LONG_UNSIGNED).number))


def _payment_mode(value: Data) -> Iterable[Part]:
    # The second enum is the account's status; MMC has no element for it. The two flags on suspended debt have no
    # item in this message: MMC leaves them out.
    mode, _ = value.fields(2)
    if mode.number not in _PAYMENT_MODES:
        raise Malformed("payment mode", f"is 1 (credit) or 2 (prepayment), not {mode.number}")
    yield Part(leaf("PaymentMode", _PAYMENT_MODES[mode.number]))


def _demand_periods(body: Node) -> Data:
    """Two schedule rows: script 1 at the start of the period, script 2 at its end, every day."""
    names = ("StartTime", "EndTime")
    return dlms.array(*(_demand_row(index, body, name) for index, name in enumerate(names)))


def _demand_row(index: int, body: Node, name: str) -> Data:
    path = f"MaximumDemandTimePeriodSchedule/{name}"
    at = body.clock(path)
    if at.microsecond:
        raise Malformed(path, f"has whole seconds in GBCS, not {body.text(path)}")
    return dlms.structure(
        dlms.long_unsigned(index),
        dlms.boolean(True),
        dlms.octets(DEMAND_SCRIPT),
        dlms.long_unsigned(index + 1),
        dlms.octets(bytes((at.hour, at.minute, at.second, 0))),
        dlms.long_unsigned(_ANY_WINDOW),
        dlms.bit_string(_EVERY_WEEKDAY),
        dlms.bit_string(""),
        dlms.octets(_FIRST_DATE),
        dlms.octets(_LAST_DATE),
    )


def _reset(element: str, obis: str) -> Each:
    """Reset of one register, where the body has its element."""
    return Each(element, (Action(attribute(4, obis, 1), constant(dlms.integer(0))),))


def _identity(name: str, code: int, steps: tuple[Get, ...], devices: frozenset[DeviceType]) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="6.2.4",
        element="ReadDeviceConfigurationIdentityExcMPxN",
        critical=False,
        devices=devices,
        content=Access(steps),
        response="ReadDeviceConfigurationIdentityExcMPxNRsp",
        brokered=devices == _HUB,
    )


READ_THRESHOLDS = UseCase(
    name="ECS26f",
    code=0x0040,
    service="6.2.5",
    element="ReadDeviceConfigurationInstantaneousPowerThresholds",
    critical=False,
    devices=_METERS,
    content=Access((Get(_THRESHOLDS, _read_thresholds),)),
    response="ReadDeviceConfigurationInstantaneousPowerThresholdsRsp",
)

THRESHOLDS = UseCase(
    name="ECS34",
    code=0x0047,
    service="6.12",
    element="UpdateDeviceConfigurationInstantaneousPowerThreshold",
    critical=False,
    devices=_METERS,
    content=Access((Set(_THRESHOLDS, _thresholds),)),
    response="UpdateDeviceConfigurationInstantaneousPowerThresholdRsp",
)

READ_PAYMENT_MODE = UseCase(
    name="ECS26j",
    code=0x00BE,
    service="6.2.9",
    element="ReadDeviceConfigurationPaymentMode",
    critical=False,
    devices=_METERS,
    content=Access((Get(attribute(111, "0-0:19.0.0.255", 2), _payment_mode),)),
    response="ReadDeviceConfigurationPaymentModeRsp",
)

DEMAND_PERIOD = UseCase(
    name="ECS37",
    code=0x004A,
    service="6.18.1",
    element="SetMaximumDemandConfigurableTimePeriod",
    critical=False,
    devices=_METERS,
    content=Access((Set(DEMAND_PERIODS, _demand_periods),)),
    response="SetMaximumDemandConfigurableTimePeriodRsp",
)

RESET_DEMAND = UseCase(
    name="ECS57",
    code=0x005A,
    service="6.18.2",
    element="ResetMaximumDemandRegisters",
    critical=False,
    devices=_METERS,
    content=Access(
        (
            _reset("MaxDemandActivePowerImportValue", "1-0:1.6.0.255"),
            _reset("MaxDemandConfigTimeActivePowerImportValue", "1-0:1.6.1.255"),
            _reset("MaxDemandActivePowerExportValue", "1-0:2.6.0.255"),
        )
    ),
    response="ResetMaximumDemandRegistersRsp",
)

CONFIGURATION = (
    # The newer ones, without the identifier that every header has, come first; the older are asked for by name.
    _identity("ECS26m", 0x00F9, (_VARIANT, _MODEL, _MANUFACTURER, _TAMPER), _METERS),
    _identity("ECS26n", 0x00FA, (_MODEL, _MANUFACTURER), _HUB),
    _identity("ECS26e", 0x003F, (_IDENTIFIER, _VARIANT, _MODEL, _MANUFACTURER, _TAMPER), _METERS),
    _identity("ECS26i", 0x0092, (_IDENTIFIER, _MODEL, _MANUFACTURER), _HUB),
    READ_THRESHOLDS,
    THRESHOLDS,
    READ_PAYMENT_MODE,
    DEMAND_PERIOD,
    RESET_DEMAND,
)
