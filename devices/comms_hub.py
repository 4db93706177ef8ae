"""A communications hub: takes messages from the WAN to the devices in its log, and back; itself a device (CHF).

It routes by the grouping header alone: what a message says is between the remote party and the device.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from devices import use_cases
from devices.device import Device, Identity
from devices.event_log import Entry
from devices.hub_log import HubLogHolder
from devices.output import Output
from devices.trust import Role
from schemas.errors import NotReached
from schemas.eui import EUI64
from schemas.gbcs.protection import add_mac
from schemas.gbcs.reader import Reader

_MAC_HEADER_LENGTH, _SECURITY_HEADER_LENGTH = 7, 5
_ORIGINATOR_OFFSET, _TARGET_OFFSET, _EUI_LENGTH = 12, 21, 8


def _party(message: bytes, offset: int, field: str) -> EUI64:
    """The EUI at ``offset`` of the grouping header, after a MAC header or without one."""
    reader = Reader(message)
    if message[:1] == b"\xdd":
        reader.take(_MAC_HEADER_LENGTH, "MAC header")
        reader.length("ciphered service length")
        reader.take(_SECURITY_HEADER_LENGTH, "security header")
    reader.take(offset, "grouping header")
    return EUI64(reader.take(_EUI_LENGTH, field))


def business_target(message: bytes) -> EUI64:
    """Whom a message is for.

    Raises:
        Malformed: when it ends before that.
    """
    return _party(message, _TARGET_OFFSET, "business target")


def business_originator(message: bytes) -> EUI64:
    """Whom a message is from.

    Raises:
        Malformed: when it ends before that.
    """
    return _party(message, _ORIGINATOR_OFFSET, "business originator")


class CommsHub(Device):
    """The hub of one home.

    Args:
        identity: its own keys, trust anchors and start values, as a CHF.

    Attributes:
        log: the devices on its HAN.
    """

    use_cases = (
        use_cases.READ_FIRMWARE,
        *use_cases.CHANGE_DEVICE_LOG,
        *use_cases.READ_DEVICE_LOG,
        use_cases.RESTORE_DEVICE_LOG,
        *use_cases.HUB_LOGS,
        *use_cases.HUB_CREDENTIALS,
    )

    def __init__(self, identity: Identity) -> None:
        super().__init__(identity)
        self.log = HubLogHolder(self.store)

    @property
    def device_log(self) -> frozenset[EUI64]:
        """The devices on its HAN."""
        return frozenset(self.log.state.devices)

    def add_device(self, device: EUI64) -> None:
        """Put a device into the log."""
        self.log.state = self.log.state.added(device)

    def remove_device(self, device: EUI64) -> None:
        """Take a device out of the log."""
        self.log.state = self.log.state.removed(device)

    def arrived(self, device: EUI64, key_hash: bytes, now: datetime) -> list[Output]:
        """A device of the log has come on the HAN, and they share a link key with this hash, 16 octets."""
        outputs = self.handle_timer(now)
        self.log.state = self.log.state.added(device, key_hash)
        self.log.changed = True
        return [*outputs, *self._settle(now)]

    def _settle(self, now: datetime) -> list[Output]:
        outputs = super()._settle(now)
        broker = self.trust.holder(Role.ACCESS_CONTROL_BROKER)
        changed, self.log.changed = self.log.changed, False
        if not changed:
            return outputs
        alert = self.log.state.alert(self.clock.read(now))
        self.security_log.append(Entry(alert.moment, alert.code))
        if broker is None:
            return outputs
        # CS14 bears a MAC and no signature, unlike the devices' other alerts (vector).
        message = add_mac(self._unsigned(alert, broker), self.trust.secret(broker))
        return outputs + self._sent(alert, broker, message)

    def _checkpoint(self) -> Callable[[], None]:
        put_back_clock, state = super()._checkpoint(), self.log.state

        def put_back() -> None:
            put_back_clock()
            self.log.state, self.log.changed = state, False

        return put_back

    def route(self, message: bytes) -> EUI64:
        """The device that a message from the WAN goes to: one of the log, or the hub itself.

        Raises:
            Malformed: when it has no business target.
            NotReached: when that is not on this HAN (E20, cannot reach the device).
        """
        target = business_target(message)
        if target != self.eui and target not in self.device_log:
            raise NotReached("business target", f"is a device of this hub, not {target}", code="E20")
        return target

    def forward(self, message: bytes, device: EUI64) -> bytes:
        """A message of ``device`` on its way to the WAN, as it came.

        Raises:
            Malformed: when it has no business originator.
            NotReached: when ``device`` is not in the log or not the originator.
        """
        if device not in self.device_log or business_originator(message) != device:
            raise NotReached("business originator", f"is {device}, and in this hub's device log")
        return message
