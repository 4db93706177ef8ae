"""What Smart Energy devices of a HAN say to each other, as values: they cross the wall between han and devices."""

from schemas.zse.attributes import ReadAttributes, ReadAttributesResponse
from schemas.zse.drlc import (
    CancelAllLoadControlEvents,
    CancelLoadControlEvent,
    GetScheduledEvents,
    LoadControlEvent,
    ReportEventStatus,
)
from schemas.zse.messaging import CancelMessage, DisplayMessage, GetLastMessage, MessageConfirmation

HanCommand = (
    LoadControlEvent
    | CancelLoadControlEvent
    | CancelAllLoadControlEvents
    | ReportEventStatus
    | GetScheduledEvents
    | DisplayMessage
    | CancelMessage
    | GetLastMessage
    | MessageConfirmation
    | ReadAttributes
    | ReadAttributesResponse
)
"""One command between two devices of a HAN."""

__all__ = [
    "CancelAllLoadControlEvents",
    "CancelLoadControlEvent",
    "CancelMessage",
    "DisplayMessage",
    "GetLastMessage",
    "GetScheduledEvents",
    "HanCommand",
    "LoadControlEvent",
    "MessageConfirmation",
    "ReadAttributes",
    "ReadAttributesResponse",
    "ReportEventStatus",
]
