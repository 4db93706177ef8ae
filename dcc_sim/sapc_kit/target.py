"""What the kit drives: one small interface, and the built-in SAPC behind it."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from devices.auxiliary_state import Controller, ControllerType
from devices.charge_point import ChargePoint
from devices.device import Identity
from devices.output import Output, Send
from devices.sapc import SAPC
from devices.trust import TrustAnchorCell
from devices.vehicle import Vehicle

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from dcc_sim.sapc_kit.provision import Provision


class Feature(StrEnum):
    """What a target can do besides messages; a case that needs one which it lacks is told as not observable."""

    POWER_CUT = "power cut"
    CAR = "car"
    PROVISION = "provision"


class Target(Protocol):
    """A SAPC under test. Times are aware, in UTC, and never go back; messages are whole GBCS messages as they travel.

    Attributes:
        features: what it can do besides messages. With ``POWER_CUT`` it has ``cut_power``, with ``CAR`` ``plug_in``
            and ``power_kw``; without ``PROVISION`` it starts with what it has, and cases that ask for another start
            are not observable.
    """

    features: frozenset[Feature]

    def start(self, provision: Provision, now: datetime) -> None:
        """Be a new device with these keys, cells and start values, as it leaves the factory."""

    def receive(self, message: bytes, now: datetime) -> list[bytes]:
        """Take a message; give what it sends because of it, in order."""

    def advance(self, now: datetime) -> list[bytes]:
        """Let time go on to ``now``; give what it sent meanwhile, in order."""

    def cut_power(self, now: datetime, back: datetime) -> list[bytes]:
        """Be without power from ``now`` to ``back``; give what it sends when it is back."""

    def plug_in(self, now: datetime) -> None:
        """A car with room for hours of charging at the full rating is plugged in."""

    def power_kw(self, now: datetime) -> float:
        """What flows into the car, kW."""

    def close(self) -> None:
        """The kit is done with it."""


class BuiltIn:
    """The SAPC of this project.

    Args:
        make: makes the device of an identity and its controllers; a test gives a wrong one.
    """

    features = frozenset(Feature)

    def __init__(self, make: Callable[[Identity, tuple[Controller, ...]], SAPC] | None = None) -> None:
        self._make = make or _sapc
        self._device: SAPC | None = None

    @property
    def device(self) -> SAPC:
        """The device, once it has started."""
        assert self._device is not None, "start comes first"
        return self._device

    def start(self, provision: Provision, now: datetime) -> None:
        """A new device."""
        kinds = {number: ControllerType(kind) for number, kind in provision.controllers.items()}
        controllers = tuple(Controller(number, kind) for number, kind in sorted(kinds.items()))
        self._device = self._make(_identity(provision), controllers)

    def receive(self, message: bytes, now: datetime) -> list[bytes]:
        """Messages alone; notes are for the trace of a world."""
        return _messages(self.device.receive(message, now))

    def advance(self, now: datetime) -> list[bytes]:
        """Each timer at its own time."""
        outputs: list[Output] = []
        while (due := self.device.next_timer()) is not None and due <= now:
            outputs += self.device.handle_timer(due)
        return _messages(outputs)

    def cut_power(self, now: datetime, back: datetime) -> list[bytes]:
        """It keeps what it holds, and does what was due meanwhile when it is back (assumed)."""
        return _messages(self.device.handle_timer(back))

    def plug_in(self, now: datetime) -> None:
        """A large, half empty battery."""
        self.device.plug_in(Vehicle(capacity_kwh=1000, state_of_charge=20), now)

    def power_kw(self, now: datetime) -> float:
        """At the charge point."""
        return self.device.charge_point.power_kw

    def close(self) -> None:
        """Nothing to give back."""


def _sapc(identity: Identity, controllers: tuple[Controller, ...]) -> SAPC:
    return SAPC(identity, ChargePoint(), controllers=controllers)


def _identity(provision: Provision) -> Identity:
    anchors = tuple(
        TrustAnchorCell(party.role, party.eui, party.signing, party.agreement) for party in provision.trusted
    )
    return Identity(
        provision.device,
        provision.signing,
        provision.agreement,
        anchors,
        firmware_version=provision.firmware_version,
        alert_counter=provision.alert_counter,
        clock_offset=timedelta(seconds=provision.clock_offset),
        randomised_offset_number=provision.offset_number,
    )


def _messages(outputs: list[Output]) -> list[bytes]:
    return [output.message for output in outputs if isinstance(output, Send)]
