"""An in-home display: it reads time, power, energy and messages from the meter, and shows them. It is no GBCS device.

It asks on the HAN as any client of those clusters would, when someone looks at it or as often as it is told to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from devices.output import Output, Tell
from schemas.zse import CancelMessage, DisplayMessage, GetLastMessage, ReadAttributes, ReadAttributesResponse
from schemas.zse.attributes import METERING, TIME, MeteringAttribute, TimeAttribute
from schemas.zse.times import utc_moment

if TYPE_CHECKING:
    from schemas.eui import EUI64
    from schemas.zse import HanCommand

_WANTED: Final = (
    MeteringAttribute.CURRENT_SUMMATION_DELIVERED,
    MeteringAttribute.CURRENT_SUMMATION_RECEIVED,
    MeteringAttribute.MULTIPLIER,
    MeteringAttribute.DIVISOR,
    MeteringAttribute.INSTANTANEOUS_DEMAND,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on the display; None what it has never been told.

    Attributes:
        time: the meter's, UTC.
        power_kw: active power, negative for export.
        import_kwh, export_kwh: active energy.
        message: the supplier's.
    """

    time: datetime | None = None
    power_kw: float | None = None
    import_kwh: float | None = None
    export_kwh: float | None = None
    message: str | None = None


class Display:
    """A display beside one meter.

    Args:
        eui: its EUI-64.
        meter: whose data it shows.
        every: after what time it asks again by itself; None for only when it is looked at.

    Attributes:
        shown: what it shows.
    """

    def __init__(self, eui: EUI64, meter: EUI64, every: timedelta | None = None) -> None:
        self.eui = eui
        self.shown = Shown()
        self._meter = meter
        self._every = every
        self._due: datetime | None = None
        self._message: int | None = None

    def look(self, now: datetime) -> list[Output]:
        """Someone looks at it: it asks for everything, and shows the answers as they come."""
        if self._every is not None:
            self._due = now + self._every
        asked = ReadAttributes(TIME, (TimeAttribute.TIME,)), ReadAttributes(METERING, _WANTED), GetLastMessage()
        return [Tell(self._meter, each) for each in asked]

    def hear(self, source: EUI64, command: HanCommand, now: datetime) -> list[Output]:
        """Take an answer of the meter; anything else is not for it."""
        if source != self._meter:
            return []
        if isinstance(command, ReadAttributesResponse):
            told = dict(command.values)
            self._show_time(told) if command.cluster == TIME else self._show_metering(told)
        elif isinstance(command, DisplayMessage):
            self._message = command.message_id
            self.shown = replace(self.shown, message=command.message)
        elif isinstance(command, CancelMessage) and command.message_id == self._message:
            self.shown = replace(self.shown, message=None)
        return []

    def next_timer(self) -> datetime | None:
        """When it asks by itself."""
        return self._due

    def handle_timer(self, now: datetime) -> list[Output]:
        """Ask, if it is time."""
        return self.look(now) if self._due is not None and self._due <= now else []

    def _show_time(self, told: dict[int, int | None]) -> None:
        seconds = told.get(TimeAttribute.TIME)
        if seconds is not None:
            self.shown = replace(self.shown, time=utc_moment(seconds))

    def _show_metering(self, told: dict[int, int | None]) -> None:
        multiplier, divisor = told.get(MeteringAttribute.MULTIPLIER), told.get(MeteringAttribute.DIVISOR)
        if not multiplier or not divisor:
            return  # without a scale the numbers mean nothing

        def scaled(attribute: MeteringAttribute) -> float | None:
            value = told.get(attribute)
            return None if value is None else value * multiplier / divisor

        self.shown = replace(
            self.shown,
            power_kw=scaled(MeteringAttribute.INSTANTANEOUS_DEMAND),
            import_kwh=scaled(MeteringAttribute.CURRENT_SUMMATION_DELIVERED),
            export_kwh=scaled(MeteringAttribute.CURRENT_SUMMATION_RECEIVED),
        )
