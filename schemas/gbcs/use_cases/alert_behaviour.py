"""Which events an electricity meter alerts, sounds and logs: SR 6.22 (set) and 6.2.10 (read).

Alert x8Gnn is bit 255 - nn of 256, first bit first. A command has two such strings in one: which alerts it sets, and
to what; an answer has one, what they are set to. Supplier alerts are 81nn, those of the network operator 80nn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data
from schemas.gbcs.use_cases.access import Access, Get, Set, attribute
from schemas.gbcs.use_cases.declare import DeviceType, Part, UseCase
from schemas.gbcs.use_cases.fields import ignored

_METERS = frozenset({DeviceType.ESME})
_BITS = 256

_SUPPLIER_COMMON = (
    "0D 0E 19 45 54 55 61 62 68 83 A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF B0 B1 B2 B3 B8 B9 BA BB BC BD BE "
    "C0 C1 C4 C5 C6"
)
_NETWORK_SINGLE = "02 06 20 24 28 2C 85 89 8D 91 95 99 10"
_NETWORK_POLY = (
    "03 04 05 07 08 09 21 22 23 25 26 27 29 2A 2B 2D 2E 2F 86 87 88 8A 8B 8C 8E 8F 90 92 93 94 96 97 98 9A 9B 9C "
    "11 16 13"
)


def _names(group: str, numbers: str) -> tuple[str, ...]:
    return tuple(f"x{group}{number}" for number in numbers.split())


_SUPPLIER = {
    "SupplierESMECommon": _names("81", _SUPPLIER_COMMON),
    "SupplierESMEPolyPhase": _names("81", "B7"),
}
_NETWORK = {
    "NetworkOperatorESMECommon": _names("80", "14 15"),
    "NetworkOperatorESMESinglePhase": _names("80", _NETWORK_SINGLE),
    "NetworkOperatorESMEPolyPhase": _names("80", _NETWORK_POLY),
}
"""Elements of a group with the alerts in each, in the order of both schemas."""


def _position(alert: str) -> int:
    return _BITS - 1 - int(alert[3:], 16)


def _behaviour(element: str, body: Node) -> Data:
    mask, value = ["0"] * _BITS, ["0"] * _BITS
    for group in body.node(element).children:
        for alert in group.children:
            mask[_position(alert.name)] = "1"
            value[_position(alert.name)] = "1" if alert.text("") == "Enable" else "0"
    return dlms.bit_string("".join(mask + value))


def _supplier(setting: str, bits: str) -> Node:
    """One string's supplier alerts, all that MMC names: the message does not say whether the meter is polyphase."""
    return branch(setting, *(_group(group, alerts, bits) for group, alerts in _SUPPLIER.items()))


def _network(setting: str, bits: str) -> Node:
    """One string's network operator alerts.

    MMC has either single-phase or polyphase alerts, the message has bits for both: one that is set tells which
    (assumed), and where none is, neither is told.

    Raises:
        Malformed: bits of both are set.
    """
    common, *kinds = _NETWORK
    found = [kind for kind in kinds if any(bits[_position(alert)] == "1" for alert in _NETWORK[kind])]
    if len(found) > 1:
        raise Malformed(setting, "has alerts of a single-phase or of a polyphase meter, not of both")
    return branch(setting, *(_group(group, _NETWORK[group], bits) for group in (common, *found)))


def _bits(value: Data) -> str:
    bits = value.bits
    if len(bits) != _BITS:
        raise Malformed("alert behaviour", f"has {_BITS} bits, not {len(bits)}")
    return bits


def _group(name: str, alerts: tuple[str, ...], bits: str) -> Node:
    words = ("Enable" if bits[_position(alert)] == "1" else "Disable" for alert in alerts)
    return branch(name, *(leaf(alert, word) for alert, word in zip(alerts, words, strict=True)))


def _setting(name: str, code: int, obis: str, element: str) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="6.22",
        element="ConfigureAlertBehaviour",
        critical=False,
        devices=_METERS,
        content=Access((Set(attribute(1, obis, 2), partial(_behaviour, element)),)),
        response="ConfigureAlertBehaviourRsp",
        applies=lambda body: body.has(element),
    )


def _reading(name: str, code: int, group: str, settings: dict[str, str], read: Callable[[str, str], Node]) -> UseCase:
    """Read of all settings of one party.

    Args:
        group: the MMC element around the settings, there even where none could be read: its schema wants it.
        settings: logical name of each, with its MMC element.
    """

    def arrange(values: Sequence[Data | None]) -> Iterable[Part]:
        named = zip(settings.values(), values, strict=True)
        yield Part(branch(group, *(read(setting, _bits(value)) for setting, value in named if value is not None)))

    return UseCase(
        name=name,
        code=code,
        service="6.2.10",
        element="ReadDeviceConfigurationEventAndAlertBehaviours",
        critical=False,
        devices=_METERS,
        content=Access(tuple(Get(attribute(1, obis, 2), ignored) for obis in settings), arrange),
        response="ReadDeviceConfigurationEventAndAlertBehavioursRsp",
    )


_SUPPLIER_SETTINGS = {
    "0-30:97.98.15.255": "ElectricitySupplierWANAlertSettings",
    "0-30:97.98.16.255": "ElectricitySupplierHANAlertSettings",
    "0-30:97.98.17.255": "ElectricitySupplierAlarmSettings",
    "0-30:97.98.18.255": "ElectricitySupplierLoggingSettings",
}
_NETWORK_SETTINGS = {
    "0-33:97.98.15.255": "ElectricityNetworkOperatorWANAlertSettings",
    "0-33:97.98.18.255": "ElectricityNetworkOperatorLoggingSettings",
}

ALERT_BEHAVIOUR = (
    _setting("ECS25a", 0x00AC, "0-30:97.98.11.255", "ElectricitySupplierAlerts"),
    _setting("ECS25a1", 0x00EA, "0-30:97.98.12.255", "ElectricitySupplierHANAlertSettings"),
    _setting("ECS25a2", 0x00EB, "0-30:97.98.13.255", "ElectricitySupplierAlarmSettings"),
    _setting("ECS25a3", 0x00EC, "0-30:97.98.14.255", "ElectricitySupplierLoggingSettings"),
    _setting("ECS25b", 0x00B0, "0-33:97.98.11.255", "ElectricityNetworkOperatorAlerts"),
    _setting("ECS25b3", 0x00ED, "0-33:97.98.14.255", "ElectricityNetworkOperatorLoggingSettings"),
    # A supplier and a network operator ask with the same body: the second is asked for by name.
    _reading("ECS25r1", 0x00EE, "ElectricitySupplierAlertEventSettings", _SUPPLIER_SETTINGS, _supplier),
    _reading("ECS25r2", 0x00EF, "ElectricityNetworkOperatorAlertEventSettings", _NETWORK_SETTINGS, _network),
)
