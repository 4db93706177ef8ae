"""The life of a device in the smart metering inventory (SMI): its status, what changes it, and what it takes.

    12.2 ──> Pending ── 8.11 Add ──> Whitelisted ── on the HAN ──> InstalledNotCommissioned ── 8.1.1 ──> Commissioned
    any in use ── 8.3 ──> Decommissioned

A hub goes from Pending to Commissioned by SR 8.14.1. The names are DUIS's; which event leads where is not public in
this detail (assumed; docs/conformance.md).
"""

from collections.abc import Mapping
from enum import StrEnum

from dcc_sim.inventory import DeviceEntry, DeviceStatus
from schemas.errors import NotAllowed
from schemas.gbcs.use_cases.declare import DeviceType


class LifeEvent(StrEnum):
    """What may happen to a device."""

    ADDED = "addition to the hub's device log"
    SEEN = "arrival on the HAN"
    REMOVED = "removal from the hub's device log"
    COMMISSIONED = "commissioning"
    DECOMMISSIONED = "decommissioning"
    SET_PENDING = "update to Pending"
    SET_INSTALLED = "update to InstalledNotCommissioned"
    HUB_INSTALLED = "installation with SM WAN"
    HUB_WITHOUT_WAN = "installation without SM WAN"
    HUB_RETURNED = "return of the hub"


_S = DeviceStatus
_IN_USE = (_S.WHITELISTED, _S.INSTALLED_NOT_COMMISSIONED, _S.COMMISSIONED, _S.SUSPENDED)

TRANSITIONS: Mapping[LifeEvent, Mapping[DeviceStatus, DeviceStatus]] = {
    LifeEvent.ADDED: {
        _S.PENDING: _S.WHITELISTED,
        _S.WHITELISTED: _S.WHITELISTED,
        _S.INSTALLED_NOT_COMMISSIONED: _S.INSTALLED_NOT_COMMISSIONED,
        _S.COMMISSIONED: _S.COMMISSIONED,
    },
    LifeEvent.SEEN: {_S.WHITELISTED: _S.INSTALLED_NOT_COMMISSIONED},
    LifeEvent.REMOVED: {
        _S.WHITELISTED: _S.PENDING,
        _S.INSTALLED_NOT_COMMISSIONED: _S.PENDING,
        # Out of the log it cannot be reached, and is still the meter of its meter point.
        **{status: status for status in (_S.COMMISSIONED, _S.SUSPENDED, _S.DECOMMISSIONED, _S.WITHDRAWN)},
    },
    LifeEvent.COMMISSIONED: {
        _S.WHITELISTED: _S.COMMISSIONED,
        _S.INSTALLED_NOT_COMMISSIONED: _S.COMMISSIONED,
        _S.COMMISSIONED: _S.COMMISSIONED,
    },
    LifeEvent.DECOMMISSIONED: dict.fromkeys(_IN_USE, _S.DECOMMISSIONED),
    LifeEvent.SET_PENDING: dict.fromkeys((*_IN_USE[:2], _S.DECOMMISSIONED), _S.PENDING),
    LifeEvent.SET_INSTALLED: dict.fromkeys((_S.PENDING, _S.WHITELISTED, _S.WITHDRAWN), _S.INSTALLED_NOT_COMMISSIONED),
    LifeEvent.HUB_INSTALLED: dict.fromkeys(
        (_S.PENDING, _S.INSTALLED_NOT_COMMISSIONED, _S.COMMISSIONED), _S.COMMISSIONED
    ),
    LifeEvent.HUB_WITHOUT_WAN: dict.fromkeys(
        (_S.PENDING, _S.INSTALLED_NOT_COMMISSIONED), _S.INSTALLED_NOT_COMMISSIONED
    ),
    LifeEvent.HUB_RETURNED: dict.fromkeys(
        (_S.PENDING, _S.INSTALLED_NOT_COMMISSIONED, _S.COMMISSIONED, _S.DECOMMISSIONED), _S.WITHDRAWN
    ),
}
"""Event to the statuses in which it may happen, each to the one that follows."""

DELETABLE = frozenset({_S.PENDING, _S.DECOMMISSIONED, _S.WITHDRAWN})
"""A device in use cannot be taken out of the inventory."""

_INSTALLING = frozenset(
    {"8.1.1", "8.7.1", "8.7.2", "8.8.1", "8.8.2", "8.9", "8.11", "8.12.1", "8.12.2", "11.2", "6.20.1", "6.24.1"}
)
_TAKES: Mapping[DeviceStatus, frozenset[str]] = {
    # To a hub; other devices cannot be reached before they are in its log.
    _S.PENDING: frozenset({"8.11"}),
    _S.WHITELISTED: _INSTALLING,
    _S.INSTALLED_NOT_COMMISSIONED: _INSTALLING,
    _S.SUSPENDED: frozenset({"11.2", "11.3"}),
}
"""The requests to a device that is not Commissioned (assumed: those that bring it there)."""


def after(entry: DeviceEntry, event: LifeEvent) -> DeviceStatus:
    """The status that follows.

    Raises:
        NotAllowed: E5, the event cannot happen in this status.
    """
    following = TRANSITIONS[event]
    if entry.status not in following:
        raise NotAllowed("device status", f"is one for {event}: {entry.eui} is {entry.status}", code="E5")
    return following[entry.status]


def check_status(entry: DeviceEntry, variant: str) -> None:
    """A device of this status takes the service request variant.

    Raises:
        NotAllowed: E5.
    """
    if entry.status is not DeviceStatus.COMMISSIONED and variant not in _TAKES.get(entry.status, frozenset()):
        raise NotAllowed("device status", f"is Commissioned for this request, not {entry.status}", code="E5")


def check_hub(entry: DeviceEntry, *, hub: bool) -> None:
    """The device is a communications hub, or is none.

    Raises:
        NotAllowed: E11.
    """
    if (entry.device_type is DeviceType.CHF) != hub:
        what = "a communications hub" if hub else "any device but a communications hub"
        raise NotAllowed("DeviceID", f"is {what}, {entry.eui} is a {entry.device_type}", code="E11")
