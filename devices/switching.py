"""A meter whose HCALCSs follow its auxiliary controllers: joins, load control events, and the alert where one fails."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from devices import alerts
from devices.alerts import AlertCode
from devices.clock import earlier
from devices.controlled import ControlledDevice
from devices.display_server import Reading, last_message, read
from devices.drlc_server import LoadControlServer
from devices.joining import HCALCS, JoinedDevices
from devices.output import Note, Output, Tell
from schemas.zse import GetLastMessage, GetScheduledEvents, MessageConfirmation, ReadAttributes, ReportEventStatus

if TYPE_CHECKING:
    from devices.auxiliary_state import Controller
    from devices.device import Identity
    from schemas.eui import EUI64
    from schemas.zse import HanCommand


class SwitchingMeter(ControlledDevice):
    """The DRLC server of an ESME.

    Attributes:
        joined: the devices that it has been joined to.
        load_control: what its HCALCSs were told.
        messages: for the people of the home, each with its number; the newest last.
    """

    def __init__(self, identity: Identity, controllers: tuple[Controller, ...]) -> None:
        super().__init__(identity, controllers)
        self.joined = JoinedDevices()
        self.asn1 |= self.joined.handlers
        self.load_control = LoadControlServer(self.auxiliary)
        self.messages: list[tuple[int, str]] = []

    def reading(self, now: datetime) -> Reading:
        """What it measures at the world's ``now``; a meter that measures has its own."""
        return Reading(0)

    def next_timer(self) -> datetime | None:
        """The controllers' next transition, or a switch that has to be told again."""
        first, due = super().next_timer(), self.load_control.next_timer()
        return first if due is None else earlier(first, self.clock.world(due))

    def hear(self, source: EUI64, command: HanCommand, now: datetime) -> list[Output]:
        """Take a report or a question of an HCALCS that it has been joined to, and what any display reads."""
        outputs = self.handle_timer(now)
        if isinstance(command, ReadAttributes):
            moment, reliable = self.clock.read(now), self.clock.state.reliable
            return [*outputs, Tell(source, read(command, self.reading(now), moment, reliable=reliable))]
        if isinstance(command, GetLastMessage):
            return [*outputs, *(Tell(source, each) for each in last_message(self.messages))]
        if isinstance(command, MessageConfirmation) and command.message_id in dict(self.messages):
            return [*outputs, Note("acted", f"message {command.message_id} was confirmed by {source}")]
        if not isinstance(command, ReportEventStatus | GetScheduledEvents):
            return [*outputs, *super().hear(source, command, now)]
        if self.joined.types.get(source) != HCALCS:
            return [*outputs, Note("refused", f"{type(command).__name__}: {source} is no HCALCS of this meter")]
        answers, failures = self.load_control.hear(source, command, self.clock.read(now))
        return [*outputs, *answers, *self._alerted(failures, now), *self._settle(now)]

    def _settle(self, now: datetime) -> list[Output]:
        outputs = super()._settle(now)
        switches = [device for device, kind in self.joined.types.items() if kind == HCALCS]
        told, failures = self.load_control.settle(switches, self.clock.read(now))
        return [*outputs, *told, *self._alerted(failures, now)]

    def _alerted(self, failures: int, now: datetime) -> list[Output]:
        """811A for each switch that has failed to change or to hold its state."""
        outputs: list[Output] = []
        for _ in range(failures):
            alert = alerts.generic_non_critical(AlertCode.SWITCH_FAILED, self.clock.read(now))
            outputs += self._inform_supplier(alert)
        return outputs
