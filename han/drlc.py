"""Demand Response and Load Control, 0x0701, and Messaging, 0x0703, in zigpy's own form: zigpy leaves both empty.

Field names and order are those of ``schemas/zse``, so that a command is its schema's fields and nothing else. What
``han/clusters.py`` says of zigpy's traps holds here too.
"""

from typing import Final

import zigpy.types as t
from zigpy.zcl import Cluster
from zigpy.zcl.foundation import BaseCommandDefs, CommandSchema, ZCLCommandDef


class ReportedStatus(t.enum8):
    """Event status (ZSE D.2.3.3.1)."""

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


class Signed(t.enum8):
    """Signature type of a report."""

    NONE = 0x00
    ECDSA = 0x01


class LoadControlEvent(CommandSchema):
    """S > C 0, 23 octets."""

    issuer_event_id: t.uint32_t
    device_class: t.bitmap16
    utility_enrolment_group: t.uint8_t
    start_time: t.uint32_t
    duration_in_minutes: t.uint16_t
    criticality_level: t.uint8_t
    cooling_temperature_offset: t.uint8_t
    heating_temperature_offset: t.uint8_t
    cooling_temperature_set_point: t.int16s
    heating_temperature_set_point: t.int16s
    average_load_adjustment_percentage: t.int8s
    duty_cycle: t.uint8_t
    event_control: t.bitmap8


class CancelLoadControlEvent(CommandSchema):
    """S > C 1, 12 octets."""

    issuer_event_id: t.uint32_t
    device_class: t.bitmap16
    utility_enrolment_group: t.uint8_t
    cancel_control: t.bitmap8
    effective_time: t.uint32_t


class CancelAllLoadControlEvents(CommandSchema):
    """S > C 2, 1 octet."""

    cancel_control: t.bitmap8


class ReportEventStatus(CommandSchema):
    """C > S 0, 18 octets and a signature of 42 or none."""

    issuer_event_id: t.uint32_t
    event_status: ReportedStatus
    event_status_time: t.uint32_t
    criticality_level_applied: t.uint8_t
    cooling_temperature_set_point_applied: t.int16s
    heating_temperature_set_point_applied: t.int16s
    average_load_adjustment_percentage_applied: t.int8s
    duty_cycle_applied: t.uint8_t
    event_control: t.bitmap8
    signature_type: Signed
    signature: t.Bytes


class GetScheduledEvents(CommandSchema):
    """C > S 1, 5 octets, or 9 with an event to begin from."""

    start_time: t.uint32_t
    number_of_events: t.uint8_t
    issuer_event_id: t.uint32_t = t.StructField(optional=True)  # type: ignore[assignment]  # zigpy's own way to say so


class DisplayMessage(CommandSchema):
    """S > C 0. ``message``: UTF-8; zigpy's character string would lose what is none."""

    message_id: t.uint32_t
    message_control: t.bitmap8
    start_time: t.uint32_t
    duration_in_minutes: t.uint16_t
    message: t.LVBytes


class CancelMessage(CommandSchema):
    """S > C 1."""

    message_id: t.uint32_t
    message_control: t.bitmap8


class GetLastMessage(CommandSchema):
    """C > S 0; it has no fields."""


class MessageConfirmation(CommandSchema):
    """C > S 1."""

    message_id: t.uint32_t
    confirmation_time: t.uint32_t


def _command(command_id: int, schema: type[CommandSchema]) -> ZCLCommandDef:
    return ZCLCommandDef(id=command_id, schema=schema)  # type: ignore[arg-type]  # zigpy converts


class DemandResponse(Cluster):
    """DRLC; declaring it replaces zigpy's empty one in interviews and look-ups."""

    cluster_id = t.uint16_t(0x0701)  # type: ignore[no-untyped-call]
    ep_attribute = "smartenergy_drlc"
    aps_encryption = True

    class ServerCommandDefs(BaseCommandDefs):
        """What the server, an ESME, receives."""

        report_event_status: Final = _command(0x00, ReportEventStatus)
        get_scheduled_events: Final = _command(0x01, GetScheduledEvents)

    class ClientCommandDefs(BaseCommandDefs):
        """What the client, an HCALCS, receives."""

        load_control_event: Final = _command(0x00, LoadControlEvent)
        cancel_load_control_event: Final = _command(0x01, CancelLoadControlEvent)
        cancel_all_load_control_events: Final = _command(0x02, CancelAllLoadControlEvents)


class Messaging(Cluster):
    """Texts for the people of the home."""

    cluster_id = t.uint16_t(0x0703)  # type: ignore[no-untyped-call]
    ep_attribute = "smartenergy_messaging"
    aps_encryption = True

    class ServerCommandDefs(BaseCommandDefs):
        """What the server, a meter, receives."""

        get_last_message: Final = _command(0x00, GetLastMessage)
        message_confirmation: Final = _command(0x01, MessageConfirmation)

    class ClientCommandDefs(BaseCommandDefs):
        """What the client, a display, receives."""

        display_message: Final = _command(0x00, DisplayMessage)
        cancel_message: Final = _command(0x01, CancelMessage)
