"""When each device of a home is to be called next. Only those that something has happened to are asked again."""

from collections.abc import Iterable
from datetime import datetime

from devices.device import Device
from schemas.eui import EUI64


class Timers:
    """The devices' own timers, kept.

    Args:
        devices: all of the home, in the order in which those that are due at once are called.
    """

    def __init__(self, devices: Iterable[Device] = ()) -> None:
        self._devices: dict[EUI64, Device] = {}
        self._dues: dict[EUI64, datetime] = {}
        self._touched: set[EUI64] = set()
        self.ask_all(devices)

    def ask_all(self, devices: Iterable[Device]) -> None:
        """Anything may have happened to any of them; and these are all."""
        self._devices = {device.eui: device for device in devices}
        self._dues.clear()
        self._touched = set(self._devices)

    def touch(self, device: EUI64) -> None:
        """Something has happened to it."""
        self._touched.add(device)

    def next(self) -> datetime | None:
        """The earliest."""
        for eui in self._touched:
            due = self._devices[eui].next_timer()
            if due is None:
                self._dues.pop(eui, None)
            else:
                self._dues[eui] = due
        self._touched.clear()
        return min(self._dues.values(), default=None)

    def due(self, now: datetime) -> list[Device]:
        """Those whose time has come by ``now``."""
        earliest = self.next()
        if earliest is None or earliest > now:
            return []
        return [device for eui, device in self._devices.items() if (due := self._dues.get(eui)) and due <= now]
