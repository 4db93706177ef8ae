"""The tunnel of a sleepy device, which asks for its messages when it wakes (GBCS 10.2.2.2 as far as it is public).

The device is the tunnel's client and the hub its server. What goes through begins with an octet: ``01`` GET; ``02 nn``
and a message, nn being how many the hub still has, or ``02 00`` alone; ``03`` and a message of the device's, PUT. These
octets count in the 1,500 of a transfer. In GB the gas meter is such a device; here any can be one. That it looks at the
hub's notification flags before it asks is left out: it asks.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from han.tunnel import MAX_TRANSFER, Failed, Output, Received, TunnelSide
from han.tunnel_client import RESTARTED, TunnelClient
from han.tunnel_server import TunnelServer
from han.zcl import Frame
from schemas.errors import Malformed, NotPossible

GET, GET_RESPONSE, PUT = b"\x01", b"\x02", b"\x03"
MAX_SLEEPY: Final = MAX_TRANSFER - 2
"""Octets of a message that goes in one transfer, either way."""
KEPT: Final = timedelta(hours=24)
"""How long the hub keeps a message: a default of public hub software."""
WAKES_EVERY: Final = timedelta(minutes=30)
"""About what a gas meter does."""
MAX_STORED: Final = 64
"""Our choice; the answer to GET can count to 255."""
NOT_FETCHED: Final = "the device has not fetched it"


def without_prefix(octets: bytes) -> bytes:
    """The message in a transfer of a sleepy device's tunnel, empty if there is none; any other transfer as it is.

    A GBCS message begins with DD or DF, so that a prefix is told from it.
    """
    if octets[:1] == PUT:
        return octets[1:]
    if octets[:1] in (GET, GET_RESPONSE):
        return octets[2:]
    return octets


class HubEnd(TunnelSide, Protocol):
    """The hub's end of a tunnel to a device."""

    def open(self, now: datetime) -> list[Output]:
        """Ask for the tunnel, if it is for this end to ask."""

    def send(self, message: bytes, now: datetime) -> list[Output]:
        """Send a message, now or when it can go."""

    def restart(self) -> list[Output]:
        """Forget everything; what waits fails."""


class DeviceEnd(TunnelSide, Protocol):
    """A device's end of the tunnel to its hub."""

    def send(self, peer: int, message: bytes, now: datetime) -> list[Output]:
        """Send a message, now or when it can go."""


class Mailbox:
    """The hub's end: keeps messages until the device fetches them.

    Args:
        peer: NWK address of the device.
        next_tsn: gives the node's next ZCL transaction number.
    """

    def __init__(self, peer: int, next_tsn: Callable[[], int]) -> None:
        self._peer = peer
        self._server = TunnelServer(next_tsn)
        self._stored: deque[tuple[bytes, datetime]] = deque()

    def open(self, now: datetime) -> list[Output]:
        """Nothing: the device asks."""
        return []

    def send(self, message: bytes, now: datetime) -> list[Output]:
        """Store ``message`` (1 to 1498 octets) for 24 hours.

        Raises:
            Malformed: too long for one transfer, or empty.
            NotPossible: 64 messages are stored already.
        """
        if not 1 <= len(message) <= MAX_SLEEPY:
            raise Malformed("tunnel message", f"has 1 to {MAX_SLEEPY} octets, not {len(message)}")
        if len(self._stored) >= MAX_STORED:
            raise NotPossible("stored messages", f"are {MAX_STORED} already")
        self._stored.append((message, now + KEPT))
        return []

    def restart(self) -> list[Output]:
        """The hub has lost power, and what it kept."""
        lost: list[Output] = [Failed(self._peer, message, RESTARTED) for message, _ in self._stored]
        self._stored.clear()
        return lost + self._bare(self._server.restart(RESTARTED))

    def receive(self, peer: int, frame: Frame, now: datetime) -> list[Output]:
        """Take a frame of the device.

        Raises:
            NotPossible: not for a tunnel server, or neither GET nor PUT.
        """
        outputs: list[Output] = []
        for output in self._server.receive(peer, frame, now):
            outputs += self._asked(output.message, now) if isinstance(output, Received) else [output]
        return outputs

    def undelivered(self, frame: Frame, now: datetime) -> list[Output]:
        """An answer to GET that nobody has acknowledged: the message in it fails, for the device may have it."""
        return self._bare(self._server.undelivered(frame, now))

    def next_timer(self) -> datetime | None:
        """When the oldest message is thrown away."""
        dues = (self._server.next_timer(), self._stored[0][1] if self._stored else None)
        return min((due for due in dues if due is not None), default=None)

    def handle_timer(self, now: datetime) -> list[Output]:
        """Throw away what was kept for 24 hours."""
        outputs = self._bare(self._server.handle_timer(now))
        while self._stored and self._stored[0][1] <= now:
            outputs.append(Failed(self._peer, self._stored.popleft()[0], NOT_FETCHED))
        return outputs

    def _asked(self, octets: bytes, now: datetime) -> list[Output]:
        if octets == GET:
            message = self._stored.popleft()[0] if self._stored else b""
            answer = GET_RESPONSE + bytes((len(self._stored),)) + message
            return self._bare(self._server.send(self._peer, answer, now))
        if octets[:1] == PUT and len(octets) > 1:
            return [Received(self._peer, octets[1:])]
        raise NotPossible("tunnel prefix", "is 01 GET alone, or 03 PUT with a message")

    def _bare(self, outputs: list[Output]) -> list[Output]:
        """Failures of the messages, not of the answers that carried them."""
        bare: list[Output] = []
        for output in outputs:
            if not isinstance(output, Failed):
                bare.append(output)
            elif len(output.message) > 2:
                bare.append(Failed(output.peer, output.message[2:], output.reason))
        return bare


class Sleeper:
    """The device's end: wakes, fetches what there is, and brings what it has at once.

    Args:
        peer: NWK address of the hub.
        next_tsn: gives the node's next ZCL transaction number.
        now: it falls asleep.
        every: how long it sleeps, above 0.

    Raises:
        Malformed: ``every`` is not above 0.
    """

    def __init__(self, peer: int, next_tsn: Callable[[], int], now: datetime, every: timedelta = WAKES_EVERY) -> None:
        if every <= timedelta(0):
            raise Malformed("sleep", "is above 0")
        self._client = TunnelClient(peer, next_tsn)
        self._every = every
        self._wakes = now + every

    def send(self, peer: int, message: bytes, now: datetime) -> list[Output]:
        """PUT ``message`` (1 to 1498 octets): it wakes for that.

        Raises:
            Malformed: too long for one transfer, or empty.
            NotPossible: 64 messages wait already.
        """
        if not 1 <= len(message) <= MAX_SLEEPY:
            raise Malformed("tunnel message", f"has 1 to {MAX_SLEEPY} octets, not {len(message)}")
        return self._bare(self._client.send(PUT + message, now))

    def receive(self, peer: int, frame: Frame, now: datetime) -> list[Output]:
        """Take a frame of the hub.

        Raises:
            NotPossible: not for a tunnel client, or no answer to GET.
        """
        outputs: list[Output] = []
        for output in self._client.receive(peer, frame, now):
            outputs += self._answered(peer, output.message, now) if isinstance(output, Received) else [output]
        return self._bare(outputs)

    def undelivered(self, frame: Frame, now: datetime) -> list[Output]:
        """A PUT that nobody has acknowledged fails; a GET is made again when it wakes next."""
        return self._bare(self._client.undelivered(frame, now))

    def next_timer(self) -> datetime:
        """When it wakes, or asks for its tunnel again."""
        due = self._client.next_timer()
        return self._wakes if due is None else min(due, self._wakes)

    def handle_timer(self, now: datetime) -> list[Output]:
        """Wake, and GET."""
        outputs = self._client.handle_timer(now)
        if now >= self._wakes:
            self._wakes = now + self._every
            outputs += self._client.send(GET, now)
        return self._bare(outputs)

    def _answered(self, peer: int, octets: bytes, now: datetime) -> list[Output]:
        if octets[:1] != GET_RESPONSE or len(octets) < 2:
            raise NotPossible("tunnel prefix", "is 02 and how many messages are left")
        outputs: list[Output] = [Received(peer, octets[2:])] if len(octets) > 2 else []
        return outputs + self._client.send(GET, now) if octets[1] else outputs

    @staticmethod
    def _bare(outputs: list[Output]) -> list[Output]:
        bare: list[Output] = []
        for output in outputs:
            if not isinstance(output, Failed):
                bare.append(output)
            elif output.message != GET:
                bare.append(Failed(output.peer, output.message[1:], output.reason))
        return bare
