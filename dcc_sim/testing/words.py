"""The words that an emulator in process and a served one share: who is there, and at which moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

    from dcc_sim.moments import When
    from dcc_sim.testing.users import UserUnderTest

Device = TypeVar("Device", covariant=True)


class _Clock(Protocol):
    def to(self, when: When) -> datetime:
        """Let time pass until a moment."""


class Words(Protocol[Device]):
    """Users and devices by what they are called.

    Attributes:
        users: by name: Supplier, Supplier2, Network, OtherUser, LoadController.
    """

    users: dict[str, UserUnderTest]

    @property
    def devices(self) -> Mapping[str, Device]:
        """Hub and devices by name."""

    @property
    def _time(self) -> _Clock: ...

    @property
    def supplier(self) -> UserUnderTest:
        """The import supplier of the home."""
        return self.users["Supplier"]

    @property
    def other_supplier(self) -> UserUnderTest:
        """A supplier of another home."""
        return self.users["Supplier2"]

    @property
    def network(self) -> UserUnderTest:
        """The network operator."""
        return self.users["Network"]

    @property
    def other_user(self) -> UserUnderTest:
        """A user in the role other user."""
        return self.users["OtherUser"]

    @property
    def load_controller(self) -> UserUnderTest:
        """A load controller, who controls load where the policy says so."""
        return self.users["LoadController"]

    @property
    def charger(self) -> Device:
        """The charge point."""
        return self.devices["charger"]

    @property
    def meter(self) -> Device:
        """The electricity meter."""
        return self.devices["meter"]

    @property
    def hub(self) -> Device:
        """The communications hub."""
        return self.devices["hub"]

    def at(self, when: When) -> Self:
        """Let time pass until a moment, and give the emulator itself."""
        self._time.to(when)
        return self
