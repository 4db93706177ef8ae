"""Demand Response and Load Control (ZSE, cluster 0x0701): its commands, whose server is an ESME, its client an HCALCS.

Fields, their order, "not used" values and codes: ZSE as public stacks document it (docs/devices.md names them).
Times are seconds since 2000-01-01 UTC, 32 bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

NOW: Final = 0
"""Start or effective time that means now."""
NO_CLOCK: Final = 1
"""Event status time of a device without a clock: 0 is not allowed there."""
NOT_USED_U8: Final = 0xFF
NOT_USED_S8: Final = -0x80
NOT_USED_S16: Final = -0x8000
MAX_MINUTES: Final = 1440
"""The longest duration: one day."""
EVERY_GROUP: Final = 0
"""The utility enrolment group that addresses all groups."""
MAX_CRITICALITY: Final = 15
VOLUNTARY: Final = 1
"""Criticality: the lowest that is not reserved."""
CLOSED: Final = 100
"""Duty cycle, percent, of a switch that is to be closed; 0 of one to be open."""
OPEN: Final = 0
SIGNATURE_LENGTH: Final = 42


class DeviceClass(IntFlag):
    """The kinds of load that an event is for, 16 bits."""

    HVAC = 0x0001
    HEATER = 0x0002
    WATER_HEATER = 0x0004
    POOL_PUMP = 0x0008
    SMART_APPLIANCE = 0x0010
    IRRIGATION_PUMP = 0x0020
    COMMERCIAL = 0x0040
    SIMPLE_LOAD = 0x0080
    EXTERIOR_LIGHTING = 0x0100
    INTERIOR_LIGHTING = 0x0200
    ELECTRIC_VEHICLE = 0x0400
    GENERATION = 0x0800


class EventControl(IntFlag):
    """Where chance shifts an event."""

    EXACT = 0
    RANDOMISE_START = 0x01
    RANDOMISE_END = 0x02


class CancelControl(IntFlag):
    """How a running event is ended."""

    EXACT = 0
    RANDOMISE_END = 0x01


class EventStatus(IntEnum):
    """What became of an event."""

    RECEIVED = 0x01
    STARTED = 0x02
    COMPLETED = 0x03
    OPTED_OUT = 0x04
    OPTED_IN = 0x05
    CANCELLED = 0x06
    SUPERSEDED = 0x07
    PARTIALLY_COMPLETED_OPT_OUT = 0x08
    PARTIALLY_COMPLETED_OPT_IN = 0x09
    COMPLETED_NO_PARTICIPATION = 0x0A
    INVALID_CANCEL = 0xF8
    INVALID_CANCEL_TIME = 0xF9
    EXPIRED = 0xFB
    UNKNOWN_EVENT = 0xFD
    REJECTED = 0xFE


REFUSALS: Final = frozenset(
    {
        EventStatus.INVALID_CANCEL,
        EventStatus.INVALID_CANCEL_TIME,
        EventStatus.EXPIRED,
        EventStatus.UNKNOWN_EVENT,
        EventStatus.REJECTED,
    }
)
"""What says that the command was not followed."""


class SignatureType(IntEnum):
    """Of a report."""

    NONE = 0x00
    ECDSA = 0x01


@dataclass(frozen=True, slots=True)
class LoadControlEvent:
    """Server to client, 0.

    Attributes:
        issuer_event_id: 32 bits, the issuer's name for it; a later event has a higher one.
        start_time: 0 is now.
        duration_in_minutes: 1 to 1440.
        criticality_level: 1 to 15.
        cooling_temperature_offset, heating_temperature_offset: tenths of a degree; 0xFF not used.
        cooling_temperature_set_point, heating_temperature_set_point: hundredths of a degree; -0x8000 not used.
        average_load_adjustment_percentage: -100 to 100; -0x80 not used.
        duty_cycle: 0 to 100 %, how long the load may be on; 0xFF not used.
    """

    issuer_event_id: int
    start_time: int
    duration_in_minutes: int
    duty_cycle: int = NOT_USED_U8
    event_control: EventControl = EventControl.EXACT
    device_class: DeviceClass = DeviceClass.SIMPLE_LOAD
    utility_enrolment_group: int = EVERY_GROUP
    criticality_level: int = VOLUNTARY
    cooling_temperature_offset: int = NOT_USED_U8
    heating_temperature_offset: int = NOT_USED_U8
    cooling_temperature_set_point: int = NOT_USED_S16
    heating_temperature_set_point: int = NOT_USED_S16
    average_load_adjustment_percentage: int = NOT_USED_S8


@dataclass(frozen=True, slots=True)
class CancelLoadControlEvent:
    """Server to client, 1; class and group are those of the event.

    Attributes:
        effective_time: when it ends; 0 is now.
    """

    issuer_event_id: int
    device_class: DeviceClass = DeviceClass.SIMPLE_LOAD
    utility_enrolment_group: int = EVERY_GROUP
    cancel_control: CancelControl = CancelControl.EXACT
    effective_time: int = NOW


@dataclass(frozen=True, slots=True)
class CancelAllLoadControlEvents:
    """Server to client, 2: every event ends now."""

    cancel_control: CancelControl = CancelControl.EXACT


@dataclass(frozen=True, slots=True)
class ReportEventStatus:
    """Client to server, 0: the values are those that the device applied, "not used" for those that it did not.

    Attributes:
        event_status_time: when; 1 of a device without a clock, never 0.
        signature: 42 octets with ``SignatureType.ECDSA``, none or 42 without.
    """

    issuer_event_id: int
    event_status: EventStatus
    event_status_time: int = NO_CLOCK
    criticality_level_applied: int = VOLUNTARY
    cooling_temperature_set_point_applied: int = NOT_USED_S16
    heating_temperature_set_point_applied: int = NOT_USED_S16
    average_load_adjustment_percentage_applied: int = NOT_USED_S8
    duty_cycle_applied: int = NOT_USED_U8
    event_control: EventControl = EventControl.EXACT
    signature_type: SignatureType = SignatureType.NONE
    signature: bytes = b""


@dataclass(frozen=True, slots=True)
class GetScheduledEvents:
    """Client to server, 1: the events that run or start from ``start_time`` on, ``number_of_events`` at most.

    Attributes:
        start_time: 0 is now.
        number_of_events: 0 is all.
        issuer_event_id: only those with this name or a higher one, where given.
    """

    start_time: int = NOW
    number_of_events: int = 0
    issuer_event_id: int | None = None


Drlc = LoadControlEvent | CancelLoadControlEvent | CancelAllLoadControlEvents | ReportEventStatus | GetScheduledEvents
"""One command of the cluster."""
