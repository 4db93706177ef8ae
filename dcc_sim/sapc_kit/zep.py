"""A SAPC under test as an endpoint on the HAN: 802.15.4 frames over UDP, its commands in the tunnel of a hub."""

from __future__ import annotations

import shlex
import socket
import subprocess
from itertools import count, cycle
from typing import TYPE_CHECKING

from dcc_sim.identities import HUB as HUB_EUI
from dcc_sim.sapc_kit.provision import DEVICE as DEVICE_EUI
from dcc_sim.sapc_kit.runner import Unobservable
from dcc_sim.sapc_kit.target import Feature
from han.tunnel_client import TunnelClient
from han.zep import DEVICE, HUB, Heard, TunnelEnd, decode_datagram
from schemas.errors import Malformed, NotPossible

if TYPE_CHECKING:
    from datetime import datetime

    from dcc_sim.sapc_kit.provision import Provision
    from han.tunnel import Output

SEED = b"dcc-sim conformance kit"
"""Of network key and link key."""
_PATIENCE = 5.0
"""Real seconds for the acknowledgement of a datagram."""
_LARGEST = 2048


class OverZep:
    """A device that is heard and spoken to over UDP.

    It takes its time from the time stamps of the datagrams, and acknowledges each when everything that came of it has
    been sent.

    Args:
        host, port: where it listens.
        command: starts it anew for each case: it reads what it begins with, JSON, from its standard input, and then
            writes a line; without a command it is there already, and begins with what it has.
    """

    def __init__(self, host: str, port: int, command: str = "") -> None:
        self.features = frozenset({Feature.PROVISION}) if command else frozenset()
        self._address = (host, port)
        self._command = shlex.split(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(_PATIENCE)
        self._end = self._new_end()

    def start(self, provision: Provision, now: datetime) -> None:
        """Start the command anew; of an endpoint without one, go on."""
        if not self._command:
            return
        self._stop()
        try:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError as error:
            raise NotPossible("target", f"is a command that can be started: {error}") from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(provision.to_json().encode() + b"\n")
        self._process.stdin.close()
        if not self._process.stdout.readline():
            raise NotPossible("target", "writes a line when it listens")
        self._end = self._new_end()

    def receive(self, message: bytes, now: datetime) -> list[bytes]:
        """A message through the tunnel."""
        if not message:
            return []
        try:
            outputs = self._client.send(message, now)
        except Malformed as error:
            raise Unobservable(f"the tunnel carries no such message: {error}") from None
        return self._exchange(self._end.say(outputs, now), now)

    def advance(self, now: datetime) -> list[bytes]:
        """A frame with a later time stamp."""
        return self._exchange([self._end.tick(now)], now)

    def cut_power(self, now: datetime, back: datetime) -> list[bytes]:
        """Not over the HAN."""
        raise Unobservable("the power of an endpoint on the HAN is not the kit's to cut")

    def plug_in(self, now: datetime) -> None:
        """Not over the HAN."""
        raise Unobservable("nobody plugs a car in over the HAN")

    def power_kw(self, now: datetime) -> float:
        """Not over the HAN."""
        raise Unobservable("nothing on the HAN tells a SAPC's power")

    def close(self) -> None:
        """End the process, if this has started one."""
        self._stop()
        self._socket.close()

    def _new_end(self) -> TunnelEnd:
        numbers = cycle(range(256))
        self._client = TunnelClient(DEVICE, lambda: next(numbers))
        return TunnelEnd(HUB, DEVICE, self._client, SEED, HUB_EUI, DEVICE_EUI, count(1))

    def _exchange(self, datagrams: list[bytes], now: datetime) -> list[bytes]:
        """Send, and take what comes until everything sent is acknowledged; the messages among it."""
        messages: list[bytes] = []

        def take(message: bytes) -> list[Output]:
            messages.append(message)
            return []

        open_ones: set[int] = set()
        waiting = list(datagrams)
        while waiting or open_ones:
            for datagram in waiting:
                sent = decode_datagram(datagram)
                assert isinstance(sent, Heard)
                open_ones.add(sent.sequence)
                self._socket.sendto(datagram, self._address)
            waiting = []
            heard = self._heard()
            if isinstance(heard, Heard):
                waiting = self._end.hear(heard._replace(moment=now), take)
            else:
                open_ones.discard(heard)
        return messages

    def _heard(self) -> Heard | int:
        while True:
            try:
                octets = self._socket.recv(_LARGEST)
            except OSError as error:
                raise NotPossible("target", f"acknowledges a datagram within {_PATIENCE:g} s: {error}") from None
            try:
                return decode_datagram(octets)
            except Malformed:
                continue

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None
