"""A real coordinator for the hub: a zigpy application on an event loop in a thread of its own, behind two queues.

Serial ports wait and the hub's node does not: what the hub sends goes to the loop at once, and what comes of it, and
what comes from the air, waits in a queue until the hub listens, which gives it the time of the injected clock.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from threading import Thread
from typing import Any, Final, Protocol

import zigpy.config as conf
import zigpy.types as t
from zigpy.application import ControllerApplication
from zigpy.exceptions import TransientConnectionError

from han.addresses import address_number
from han.hub_application import Came, Event, HubApplication, Lost, Refused, ask_for
from han.radio import zigpy_eui
from schemas.errors import NotPossible
from schemas.eui import EUI64

OPENING: Final = 60.0
"""Real seconds for a coordinator to start, and to form its network the first time; our choice."""
CLOSING: Final = 10.0
"""Real seconds for it to stop; our choice."""


class HubRadio(Protocol):
    """What the hub asks of a real radio. Nothing waits; what comes of it is an event."""

    def send(self, packet: t.ZigbeePacket) -> None:
        """Send a packet; those to one device go in the order given."""

    def admit(self, device: EUI64, link_key: bytes, seconds: int) -> None:
        """Let a device join within ``seconds``, 1 to 254, with the key of its install code, 16 octets."""

    def find(self, device: EUI64) -> None:
        """Ask the network where a device is."""

    def send_away(self, device: EUI64) -> None:
        """Tell a device to leave."""

    def events(self) -> list[Event]:
        """What has happened since the last time, in order."""


class RealRadio:
    """The hub's real coordinator, from ``open()`` to ``close()``.

    Args:
        application: a zigpy radio library's application.
        path: of its serial port, or ``socket://HOST:PORT``.
        settings: more of zigpy's configuration, for ``application``.

    Attributes:
        counted: packets sent and received, delivery errors, packets without APS encryption.
    """

    def __init__(
        self, application: type[ControllerApplication], path: str, settings: dict[str, Any] | None = None
    ) -> None:
        self.path = path
        self.counted: Counter[str] = Counter()
        self._class: type[HubApplication] = type("HubApplication", (HubApplication, application), {})
        self._settings = settings or {}
        self._events: deque[Event] = deque()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="radio", daemon=True)
        self._orders: dict[int, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._app: HubApplication | None = None

    def __enter__(self) -> "RealRadio":
        self.open()
        return self

    def __exit__(self, *of: object) -> None:
        self.close()

    def open(self, within: float = OPENING) -> None:
        """Start the coordinator, and form its network if it has none; wait until it is there.

        Args:
            within: real seconds, above 0.

        Raises:
            NotPossible: the port cannot be opened, or no coordinator of this kind answers there.
        """
        self._thread.start()
        try:
            self._run(self._start(within)).result()
        except Exception as error:  # whatever a driver raises, the user wants to know one thing
            self._stop_loop()
            raise NotPossible("radio", f"answers at {self.path}: {_told(error)}") from error

    def close(self) -> None:
        """Stop the coordinator; what is on its way is lost. A second time does nothing."""
        if self._loop.is_closed():
            return
        if self._app is not None:
            self._run(self._stop(self._app)).result(CLOSING)
        self._stop_loop()

    def send(self, packet: t.ZigbeePacket) -> None:
        """As `HubRadio.send`."""
        self._do(lambda app: self._send(app, packet))

    def admit(self, device: EUI64, link_key: bytes, seconds: int) -> None:
        """As `HubRadio.admit`."""
        key = t.KeyData(link_key)
        self._do(
            lambda app: self._try(
                device, app.permit_with_link_key(node=zigpy_eui(device), link_key=key, time_s=seconds)
            )
        )

    def find(self, device: EUI64) -> None:
        """As `HubRadio.find`."""
        self._do(lambda app: self._try(device, ask_for(app, device)))

    def send_away(self, device: EUI64) -> None:
        """As `HubRadio.send_away`."""
        self._do(lambda app: self._try(device, app.remove(zigpy_eui(device))))

    def events(self) -> list[Event]:
        """As `HubRadio.events`."""
        return [self._events.popleft() for _ in range(len(self._events))]

    async def _start(self, within: float) -> None:
        device = {conf.CONF_DEVICE_PATH: self.path}
        quiet = {
            conf.CONF_NWK_BACKUP_ENABLED: False,
            conf.CONF_TOPO_SCAN_ENABLED: False,
            conf.CONF_OTA: {conf.CONF_OTA_ENABLED: False},
        }
        app = self._class({conf.CONF_DEVICE: device, **quiet, **self._settings})
        app.put = self._put
        try:
            async with asyncio.timeout(within):
                await app.startup(auto_form=True)
        except TimeoutError:
            await app.shutdown()
            raise
        self._app = app

    async def _stop(self, app: HubApplication) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await app.shutdown()

    def _stop_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> "Future[None]":
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def _do(self, order: Callable[[HubApplication], Coroutine[Any, Any, None]]) -> None:
        app = self._app
        if app is None or self._loop.is_closed():
            raise NotPossible("radio", "is open")
        self._loop.call_soon_threadsafe(self._begin, order, app)

    def _begin(self, order: Callable[[HubApplication], Coroutine[Any, Any, None]], app: HubApplication) -> None:
        task = self._loop.create_task(order(app))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, app: HubApplication, packet: t.ZigbeePacket) -> None:
        assert packet.dst is not None  # the hub's packets have one
        # A lock wakes those who wait in their order, so blocks of one message stay in theirs.
        async with self._orders.setdefault(address_number(packet.dst), asyncio.Lock()):
            try:
                # Coordinators tell what became of a packet by this number.
                await app.send_packet(packet.replace(tsn=app.get_sequence()))
                self.counted["sent"] += 1
            except Exception as error:  # drivers raise DeliveryError, TimeoutError and errors of their own
                self.counted["delivery errors"] += 1
                self._put(Lost(packet, _told(error)))

    async def _try(self, device: EUI64, attempt: Coroutine[Any, Any, None]) -> None:
        try:
            await attempt
        except Exception as error:  # as above
            self._put(Refused(device, f"the coordinator says {_told(error)}"))

    def _put(self, event: Event) -> None:
        if isinstance(event, Came):
            self.counted["received"] += 1
            if t.TransmitOptions.APS_Encryption not in event.packet.tx_options:
                self.counted["without APS encryption"] += 1
        self._events.append(event)


def _told(error: Exception) -> str:
    """The kind of an error; its text only where the system's port has failed: a driver's may have a key in it."""
    system = error.__cause__ if isinstance(error, TransientConnectionError) else error
    text = f": {system}" if isinstance(system, OSError) and str(system) else ""
    return " ".join(f"{type(error).__name__}{text}".split())
