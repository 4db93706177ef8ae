"""ZCL Read Attributes and its response (ZCL 2.5.1, 2.5.2), for the clusters that a display reads.

Values are plain numbers and octets; how each attribute is coded on the air is the business of ``han/attributes.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

TIME: Final = 0x000A
METERING: Final = 0x0702


class TimeAttribute(IntEnum):
    """Of the Time cluster (ZCL 3.12): seconds since 2000-01-01 UTC, but for the status."""

    TIME = 0x0000
    TIME_STATUS = 0x0001


class MeteringAttribute(IntEnum):
    """Of the Metering cluster (ZSE D.3), those that are served."""

    CURRENT_SUMMATION_DELIVERED = 0x0000
    CURRENT_SUMMATION_RECEIVED = 0x0001
    STATUS = 0x0200
    UNIT_OF_MEASURE = 0x0300
    MULTIPLIER = 0x0301
    DIVISOR = 0x0302
    SUMMATION_FORMATTING = 0x0303
    DEMAND_FORMATTING = 0x0304
    METERING_DEVICE_TYPE = 0x0306
    INSTANTANEOUS_DEMAND = 0x0400


@dataclass(frozen=True, slots=True)
class ReadAttributes:
    """Client to server, general command 0."""

    cluster: int
    attributes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReadAttributesResponse:
    """Server to client, general command 1.

    Attributes:
        values: each attribute asked for, in that order, with its number; None where the server has none of it.
    """

    cluster: int
    values: tuple[tuple[int, int | None], ...]
