"""Messaging (ZSE, cluster 0x0703): texts for the people of the home; its server is the meter, its client a display."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

UNTIL_CHANGED: Final = 0xFFFF
"""Duration in minutes of a message that stays until there is another."""
MAX_TEXT: Final = 0xFE


@dataclass(frozen=True, slots=True)
class DisplayMessage:
    """Server to client, 0.

    Attributes:
        message_id: 32 bits.
        message_control: 8 bits; 0 is normal transmission, low importance, no confirmation.
        start_time: seconds since 2000-01-01 UTC; 0 is now.
        duration_in_minutes: 0xFFFF is until changed.
        message: UTF-8, 254 octets at most.
    """

    message_id: int
    message: str
    message_control: int = 0
    start_time: int = 0
    duration_in_minutes: int = UNTIL_CHANGED


@dataclass(frozen=True, slots=True)
class CancelMessage:
    """Server to client, 1."""

    message_id: int
    message_control: int = 0


@dataclass(frozen=True, slots=True)
class GetLastMessage:
    """Client to server, 0."""


@dataclass(frozen=True, slots=True)
class MessageConfirmation:
    """Client to server, 1.

    Attributes:
        confirmation_time: seconds since 2000-01-01 UTC.
    """

    message_id: int
    confirmation_time: int
