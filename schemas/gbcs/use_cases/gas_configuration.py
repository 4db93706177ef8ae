"""A gas meter's identity, payment mode and firmware version: SR 6.2.4, 6.2.9, 11.2."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from schemas.duis.node import leaf
from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.use_cases.declare import Part, Place, UseCase
from schemas.gbcs.use_cases.gas_fields import METERS, attribute, word
from schemas.gbcs.use_cases.zigbee import ReadAttributes, Zigbee
from schemas.gbcs.zcl import metering, prepayment
from schemas.gbcs.zcl.general import Attribute

BASIC = 0x0000
_MANUFACTURER, _MODEL, _HARDWARE = 0x0004, 0x0005, 0x0003
_TAMPER, _DEPLETION = 0x0607, 0x0608
_FIRMWARE, _MODE = 0x0206, 0x0000
_MODEL_LENGTH, _MANUFACTURER_LENGTH, _FIRMWARE_LENGTH = 8, 32, 4
_GAS: Place = (("Gas", ()),)
_STATES = {0x00: "Locked", 0x03: "Unchanged"}
"""What an event does to the supply, as SR 6.7 writes it; the vectors show 03."""

_PREPAYMENT, _SUSPEND_DISABLED, _COLLECT_IN_EMERGENCY = 0x0002, 0x0400, 0x0800
"""Bits of the payment control configuration, as SR 1.6 writes it."""


def _text(found: Attribute, name: str, longest: int) -> Part:
    text = found.text
    if not text.isprintable() or len(text) > longest:
        raise Malformed(name, f"is at most {longest} printable ASCII characters, not {found.octets.hex().upper()}")
    return Part(leaf(name, text))


def _model(found: Attribute) -> Iterable[Part]:
    yield _text(found, "ModelType", _MODEL_LENGTH)


def _model_and_identifier(found: Attribute) -> Iterable[Part]:
    """The older one has the meter's EUI-64 after the model, both of 8 octets."""
    octets = found.octets
    if len(octets) != 2 * _MODEL_LENGTH or not octets[:_MODEL_LENGTH].isascii():
        raise Malformed("model identifier", f"is 8 characters and an EUI-64, not {octets.hex().upper()}")
    model = octets[:_MODEL_LENGTH].decode("ascii")
    if not model.isprintable():
        raise Malformed("model identifier", "has printable characters")
    yield Part(leaf("DeviceIdentifier", EUI64(octets[_MODEL_LENGTH:])), rank=-1)
    yield Part(leaf("ModelType", model))


def _manufacturer(found: Attribute) -> Iterable[Part]:
    yield _text(found, "ManufacturerIdentifier", _MANUFACTURER_LENGTH)


def _state(name: str) -> Callable[[Attribute], Iterable[Part]]:
    return lambda found: [Part(leaf(name, word(name, _STATES, found.value)), _GAS, 2)]


def _identity(name: str, code: int, basic: tuple[int, ...], model: Callable[[Attribute], Iterable[Part]]) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="6.2.4",
        element="ReadDeviceConfigurationIdentityExcMPxN",
        critical=False,
        devices=METERS,
        content=Zigbee(
            (ReadAttributes(BASIC, basic), ReadAttributes(metering.CLUSTER, (_DEPLETION, _TAMPER))),
            (
                attribute(BASIC, _MODEL, model),
                attribute(BASIC, _MANUFACTURER, _manufacturer),
                attribute(metering.CLUSTER, _TAMPER, _state("SupplyTamperState")),
                attribute(metering.CLUSTER, _DEPLETION, _state("SupplyDepletionState")),
            ),
        ),
        response="ReadDeviceConfigurationIdentityExcMPxNRsp",
    )


def _payment_mode(found: Attribute) -> Iterable[Part]:
    bits = found.value
    yield Part(leaf("PaymentMode", "Prepayment" if bits & _PREPAYMENT else "Credit"))
    yield Part(leaf("SuspendDebtEmergency", not bits & _COLLECT_IN_EMERGENCY))
    yield Part(leaf("SuspendDebtDisabled", bool(bits & _SUSPEND_DISABLED)))


def _version(found: Attribute) -> Iterable[Part]:
    if len(found.octets) != _FIRMWARE_LENGTH:
        raise Malformed("firmware version", f"has {_FIRMWARE_LENGTH} octets, not {len(found.octets)}")
    yield Part(leaf("FirmwareVersion", found.octets.hex().upper()))


GAS_CONFIGURATION = (
    # The newer one, without the identifier that every header has, comes first.
    _identity("GCS21m", 0x00FB, (_MANUFACTURER, _MODEL), _model),
    _identity("GCS21e", 0x009E, (_MANUFACTURER, _MODEL, _HARDWARE), _model_and_identifier),
    UseCase(
        name="GCS21j",
        code=0x00BF,
        service="6.2.9",
        element="ReadDeviceConfigurationPaymentMode",
        critical=False,
        devices=METERS,
        content=Zigbee(
            (ReadAttributes(prepayment.CLUSTER, (_MODE,)),), (attribute(prepayment.CLUSTER, _MODE, _payment_mode),)
        ),
        response="ReadDeviceConfigurationPaymentModeRsp",
    ),
    UseCase(
        name="GCS38",
        code=0x0084,
        service="11.2",
        element="ReadFirmwareVersion",
        critical=False,
        devices=METERS,
        content=Zigbee(
            (ReadAttributes(metering.CLUSTER, (_FIRMWARE,)),), (attribute(metering.CLUSTER, _FIRMWARE, _version),)
        ),
        response="ReadFirmwareVersionRsp",
    ),
)
