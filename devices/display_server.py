"""What a display on the HAN reads of an electricity meter: its Time, Metering and Messaging clusters (ZCL, ZSE D.3).

Power in watts and energy in watt-hours are told in thousandths of a kilowatt and kilowatt-hour: multiplier 1, divisor
1000. Which attributes GB asks for is not public to us; these are what a display needs to show power and energy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from schemas.zse import DisplayMessage, ReadAttributes, ReadAttributesResponse
from schemas.zse.attributes import METERING, TIME, MeteringAttribute, TimeAttribute
from schemas.zse.times import utc_seconds

if TYPE_CHECKING:
    from datetime import datetime

_SYNCHRONISED: Final = 0x02
"""Time status of a clock that follows the hub's."""
_KILOWATT_HOURS: Final = 0x00
_MULTIPLIER, _DIVISOR = 1, 1000
_FORMATTING: Final = 1 << 7 | 6 << 3 | 3
"""Leading zeros left out, six digits before the point and three after it."""
_ELECTRICITY: Final = 0x00
_MAX_DEMAND: Final = 2**23 - 1
"""What 24 bits with a sign can tell, 8.4 MW; a higher demand is told as this (assumed)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the meter measures.

    Attributes:
        demand_w: active power import less export, watts.
        delivered_wh, received_wh: active energy import and export since the meter was made; None if it has no register.
        interrupted: whether the supply is interrupted at the meter.
    """

    demand_w: int
    delivered_wh: int | None = None
    received_wh: int | None = None
    interrupted: bool = False


def read(asked: ReadAttributes, reading: Reading, moment: datetime, *, reliable: bool) -> ReadAttributesResponse:
    """The answer to a read at ``moment`` of the meter's clock, which is reliable or not.

    An attribute, or a whole cluster, that the meter has not is answered as unsupported.
    """
    known: dict[int, int | None] = {}
    if asked.cluster == TIME:
        known = {
            TimeAttribute.TIME: utc_seconds(moment),
            TimeAttribute.TIME_STATUS: _SYNCHRONISED if reliable else 0,
        }
    elif asked.cluster == METERING:
        known = _metering(reading)
    return ReadAttributesResponse(asked.cluster, tuple((number, known.get(number)) for number in asked.attributes))


def last_message(texts: list[tuple[int, str]]) -> list[DisplayMessage]:
    """The answer to Get Last Message: the newest of the numbered texts, or nothing where there is none."""
    return [DisplayMessage(number, text) for number, text in texts[-1:]]


_SERVICE_DISCONNECT_OPEN: Final = 0x40


def _metering(reading: Reading) -> dict[int, int | None]:
    return {
        MeteringAttribute.CURRENT_SUMMATION_DELIVERED: reading.delivered_wh,
        MeteringAttribute.CURRENT_SUMMATION_RECEIVED: reading.received_wh,
        MeteringAttribute.STATUS: _SERVICE_DISCONNECT_OPEN if reading.interrupted else 0,
        MeteringAttribute.UNIT_OF_MEASURE: _KILOWATT_HOURS,
        MeteringAttribute.MULTIPLIER: _MULTIPLIER,
        MeteringAttribute.DIVISOR: _DIVISOR,
        MeteringAttribute.SUMMATION_FORMATTING: _FORMATTING,
        MeteringAttribute.DEMAND_FORMATTING: _FORMATTING,
        MeteringAttribute.METERING_DEVICE_TYPE: _ELECTRICITY,
        MeteringAttribute.INSTANTANEOUS_DEMAND: max(-_MAX_DEMAND, min(reading.demand_w, _MAX_DEMAND)),
    }
