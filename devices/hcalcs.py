"""An HCALCS: a switch on the HAN that obeys the load control events of its meter (DRLC client, GBCS device type 4).

It asks its meter for the event in force when it gets power, when it has been joined, shortly before its event runs
out, and again and again while it has none. An event that runs out unanswered leaves the switch in its fallback state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from devices import use_cases
from devices.asn1 import sequence
from devices.clock import earlier
from devices.device import Device, Identity
from devices.drlc_client import LoadControlClient, Settings
from devices.joining import JoinedMeter
from devices.output import Note, Output, Tell
from schemas.gbcs.use_cases.asn1_fields import integer, octet_string
from schemas.zse import (
    CancelAllLoadControlEvents,
    CancelLoadControlEvent,
    GetScheduledEvents,
    LoadControlEvent,
    ReadAttributes,
    ReadAttributesResponse,
    ReportEventStatus,
)
from schemas.zse.attributes import TIME, TimeAttribute
from schemas.zse.drlc import CLOSED
from schemas.zse.times import utc_moment

if TYPE_CHECKING:
    from schemas.eui import EUI64
    from schemas.gbcs.asn1 import Ber
    from schemas.gbcs.envelope import Message
    from schemas.zse import HanCommand

ASK_BEFORE_END = timedelta(minutes=10)
"""How long before its event runs out it asks for the next (assumed)."""
ASK_AGAIN = timedelta(minutes=5)
"""After how long without an answer it asks again (assumed)."""
_FIRMWARE_VERSION = 0x0129
_HISTORY = 10_000


class Fallback(StrEnum):
    """What the switch does when its event has run out and its meter says nothing."""

    OPEN = "open"
    HOLD = "hold"


class HCALCS(Device):
    """A HAN connected auxiliary load control switch, and the load behind it.

    Args:
        identity: keys, trust anchors and start values.
        load_w: what the load draws while the switch is closed, watts, 0 or more.
        draw: gives a number from 0 to below 1 whenever an event asks for chance.
        meter: the ESME that it has been joined to, if it has.
        fallback: what it does without an event.

    Attributes:
        closed: whether the switch is closed. It is open when power comes (assumed).
        history: when the power of the load changed, and to how many kW; the last 10,000 changes.
        client: its events.
        joined: its meter.
    """

    use_cases = (
        *use_cases.SWITCH_JOINS,
        use_cases.READ_SWITCH_FIRMWARE,
        *use_cases.SWITCH_CREDENTIALS,
        use_cases.READ_OLDER_CREDENTIALS,
    )

    def __init__(
        self,
        identity: Identity,
        *,
        load_w: int,
        draw: Callable[[], float],
        meter: EUI64 | None = None,
        fallback: Fallback = Fallback.OPEN,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(identity)
        self.client = LoadControlClient(draw, settings)
        self.joined = JoinedMeter(meter)
        self.asn1 |= {**self.joined.handlers, _FIRMWARE_VERSION: self._firmware}
        self.closed = False
        self.history: deque[tuple[datetime, float]] = deque(maxlen=_HISTORY)
        self.fallback = fallback
        self._load_w = load_w
        self._powered = True
        self._next_ask: datetime | None = None
        self._asked: EUI64 | None = None

    @property
    def power_w(self) -> int:
        """What the load draws now, watts."""
        return self._load_w if self.closed else 0

    def supply(self, on: bool, now: datetime) -> list[Output]:
        """The home's supply is on or off from now. The switch lives on it: without it, it does and hears nothing."""
        outputs = self.handle_timer(now)
        if on == self._powered:
            return outputs
        self._powered = on
        if on:
            return [*outputs, *self.restart(now)]
        return [*outputs, Note("acted", "no power"), *self._switch(now, closed=False)]

    def receive(self, data: bytes, now: datetime) -> list[Output]:
        """Take one GBCS message, while it has power."""
        return super().receive(data, now) if self._powered else []

    def restart(self, now: datetime) -> list[Output]:
        """Power comes back: events and time are gone, the switch is open, its meter is still known."""
        outputs = self.handle_timer(now)
        self.client.forget()
        self._asked = None
        return [*outputs, Note("acted", "power is back"), *self._switch(now, closed=False), *self._settle(now)]

    def next_timer(self) -> datetime | None:
        """When an event starts or ends, or the meter is asked."""
        if not self._powered:
            return None
        first, ask = super().next_timer(), self._next_ask
        due = self.client.next_timer()
        if due is not None:
            first = earlier(first, due)
        return first if ask is None else earlier(first, ask)

    def hear(self, source: EUI64, command: HanCommand, now: datetime) -> list[Output]:
        """Take a command of the meter; of anybody else it takes none."""
        if not self._powered:
            return []
        outputs = self.handle_timer(now)
        if source != self.joined.meter:
            return [*outputs, Note("refused", f"{type(command).__name__}: {source} is not its meter")]
        if isinstance(command, LoadControlEvent):
            reports = self.client.event(command, now)
        elif isinstance(command, CancelLoadControlEvent):
            reports = self.client.cancel(command, now)
        elif isinstance(command, CancelAllLoadControlEvents):
            reports = self.client.cancel_all(command, now)
        elif isinstance(command, ReadAttributesResponse):
            self._set_clock(command, now)
            return outputs
        else:
            return [*outputs, *super().hear(source, command, now)]
        if isinstance(command, LoadControlEvent) and reports:
            self._next_ask = self._before_end(now)
        return [*outputs, *self._reported(reports), *self._settle(now)]

    def _settle(self, now: datetime) -> list[Output]:
        outputs = [*super()._settle(now), *self._reported(self.client.settle(now))]
        running = self.client.running
        if running is not None:
            outputs += self._switch(now, closed=running.duty_cycle == CLOSED)
        elif self.fallback is Fallback.OPEN:
            outputs += self._switch(now, closed=False)
        return outputs + self._ask(now)

    def _ask(self, now: datetime) -> list[Output]:
        meter = self.joined.meter
        if meter is None:
            self._next_ask = self._asked = None
            return []
        if meter != self._asked:
            # Never asked since power came, or since it was joined: for the time too, which is kept from then on.
            self._asked, self._next_ask = meter, now + ASK_AGAIN
            return [Tell(meter, ReadAttributes(TIME, tuple(TimeAttribute))), Tell(meter, _WHAT_IS_IN_FORCE)]
        if self._next_ask is None or self._next_ask > now:
            return []
        self._next_ask = now + ASK_AGAIN
        return [Tell(meter, _WHAT_IS_IN_FORCE)]

    def _before_end(self, now: datetime) -> datetime:
        end = self.client.last_end
        if end is None:
            return now + ASK_AGAIN
        return max(end - ASK_BEFORE_END, min(now + ASK_AGAIN, end))

    def _reported(self, reports: list[ReportEventStatus]) -> list[Output]:
        meter = self.joined.meter
        if meter is None:
            return []
        outputs: list[Output] = []
        for report in reports:
            status = report.event_status.name.lower().replace("_", " ")
            outputs += [Note("acted", f"event {report.issuer_event_id} {status}"), Tell(meter, report)]
        return outputs

    def _switch(self, now: datetime, *, closed: bool) -> list[Output]:
        if closed == self.closed:
            return []
        self.closed = closed
        self.history.append((now, self.power_w / 1000))
        return [Note("power", f"{self.power_w / 1000:.2f} kW, the switch is {'closed' if closed else 'open'}")]

    def _set_clock(self, read: ReadAttributesResponse, now: datetime) -> None:
        time = dict(read.values).get(TimeAttribute.TIME)
        if read.cluster == TIME and time is not None:
            self.client.utc_ahead = utc_moment(time) - now

    def _firmware(self, command: Message, content: Ber, moment: datetime) -> Ber:
        """CS08: the version, and that it was read."""
        return sequence(octet_string(self.firmware_version), integer(0))


_WHAT_IS_IN_FORCE = GetScheduledEvents(start_time=0, number_of_events=1)
