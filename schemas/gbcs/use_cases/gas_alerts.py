"""Which events a gas meter alerts, shows, sounds and logs: SR 6.22 (GCS20, set) and 6.2.10 (GCS20r, read).

An event's configuration is an octet: the log in its low three bits, then WAN alert, HAN alert, and in bit 6 the alarm.
A command sets one configuration for a list of events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas.duis.node import Node, branch, leaf
from schemas.gbcs.use_cases.declare import Context, Part, UseCase
from schemas.gbcs.use_cases.gas_fields import METERS, issued
from schemas.gbcs.use_cases.zigbee import Readings, Row, Send, SendEach, Values, Zigbee
from schemas.gbcs.zcl.fields import NOW
from schemas.gbcs.zcl.management import MANAGEMENT

_SET, _GET, _REPORT = 0x04, 0x05, 0x04
_LOG_BITS, _GENERAL_EVENT_LOG = 0x07, 0x03
_WAN, _HAN, _ALARM = 0x08, 0x10, 0x40
_SETTINGS = (("WANAlert", _WAN), ("HANAlert", _HAN), ("EventLog", _GENERAL_EVENT_LOG), ("Alarm", _ALARM))
_BY_LIST = 0
_ALL_SUPPLIER_EVENTS = 0x81FF
_ALERTS, _GROUP = "GasSupplierAlerts", "GasSupplierAlertEventSettings"

_NUMBERS = (
    "0D 0E 19 45 54 55 61 62 68 83 84 A0 A1 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF B0 B1 B2 B3 B4 B5 B6 B9 BA BC BD BE BF "
    "C0 C2 C3 C4 C5 C6"
)
_EVENTS = {0x8100 | int(number, 16): f"x81{number}" for number in _NUMBERS.split()}
"""Events that MMC has an element for, in its order."""


def _configured(body: Node, context: Context) -> Iterator[Values]:
    """A command for each configuration that the request has.

    Their order is that of the vector: with WAN alert before without, then with HAN alert before without, then without
    log before with, then without alarm before with (assumed: to the meter any order is the same).
    """
    events: dict[int, list[Row]] = {}
    for alert in body.node(_GROUP if body.has(_GROUP) else _ALERTS).children:
        events.setdefault(_bits(alert), []).append({"event id": int(alert.name[1:], 16)})
    for bits in sorted(events, key=_rank):
        yield {
            **issued(context),
            "start time": NOW,
            "event configuration": bits,
            "configuration control": _BY_LIST,
            "number of events": len(events[bits]),
            "events": events[bits],
        }


def _bits(alert: Node) -> int:
    if not alert.children:
        # The older request only enables or disables: the WAN alert, as with electricity, and nothing else (assumed).
        return _WAN if alert.text("") == "Enable" else 0
    return sum(bit for name, bit in _SETTINGS if alert.text(name) == "Enable")


def _rank(bits: int) -> tuple[bool, bool, int, int]:
    return not bits & _WAN, not bits & _HAN, bits & _LOG_BITS, bits & _ALARM


def _ask(body: Node, context: Context) -> Values:
    return {"event id": _ALL_SUPPLIER_EVENTS}


def _reported(readings: Readings) -> Iterable[Part]:
    """Every event that MMC has an element for; a meter may tell of more. MMC wants the group even where it is empty."""
    rows = [row for each in readings.published(MANAGEMENT, _REPORT) for row in each.rows("events")]
    told = {row.integer("event id"): row.integer("event configuration") for row in rows}
    nodes = (_event(name, told[event]) for event, name in _EVENTS.items() if event in told)
    yield Part(branch(_GROUP, *nodes))


def _event(name: str, bits: int) -> Node:
    # The log is a number: the others are logs that MMC does not tell of.
    on = bits & ~_LOG_BITS | (_GENERAL_EVENT_LOG if bits & _LOG_BITS == _GENERAL_EVENT_LOG else 0)
    words = ((setting, "Enable" if on & bit else "Disable") for setting, bit in _SETTINGS)
    return branch(name, *(leaf(setting, word) for setting, word in words))


GAS_ALERTS = (
    UseCase(
        name="GCS20",
        code=0x00AD,
        service="6.22",
        element="ConfigureAlertBehaviour",
        critical=False,
        devices=METERS,
        content=Zigbee((SendEach(MANAGEMENT, _SET, _configured, to_client=True),)),
        response="ConfigureAlertBehaviourRsp",
        applies=lambda body: body.has(_GROUP) or body.has(_ALERTS),
    ),
    UseCase(
        name="GCS20r",
        code=0x00F1,
        service="6.2.10",
        element="ReadDeviceConfigurationEventAndAlertBehaviours",
        critical=False,
        devices=METERS,
        content=Zigbee((Send(MANAGEMENT, _GET, _ask, to_client=True),), (_reported,)),
        response="ReadDeviceConfigurationEventAndAlertBehavioursRsp",
    ),
)
