"""A SAPC under test that is another process, over a pipe or over TCP."""

from __future__ import annotations

import shlex
import socket
import subprocess
from typing import TYPE_CHECKING

from dcc_sim.sapc_kit.frames import Reading, Writing, encode_moment, read_frame, write_frame
from dcc_sim.sapc_kit.target import Feature
from schemas.errors import Malformed, NotPossible

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from dcc_sim.sapc_kit.provision import Provision

_PATIENCE = 10.0
"""Seconds of real time that a device over TCP has for an answer."""


class Process:
    """A device behind frames.

    Args:
        sending, receiving: streams of octets.
        close: ends the connection.

    Raises:
        Malformed: the first frame is not the device's features.
    """

    def __init__(self, sending: Writing, receiving: Reading, close: Callable[[], None]) -> None:
        self._sending, self._receiving, self._close = sending, receiving, close
        kind, body = read_frame(receiving)
        if kind != "F":
            raise Malformed("first frame", f"is F, the device's features, not {kind}")
        known = {feature.value: feature for feature in Feature}
        names = [name.strip() for name in body.decode("utf-8", "replace").split(",") if name.strip()]
        if not known.keys() >= set(names):
            raise Malformed("features", f"are of {', '.join(known)}, not {', '.join(names)}")
        self.features = frozenset(known[name] for name in names)

    def start(self, provision: Provision, now: datetime) -> None:
        """P."""
        self._asked("P", encode_moment(now) + provision.to_json().encode())

    def receive(self, message: bytes, now: datetime) -> list[bytes]:
        """M."""
        return self._asked("M", encode_moment(now) + message)[0]

    def advance(self, now: datetime) -> list[bytes]:
        """T."""
        return self._asked("T", encode_moment(now))[0]

    def cut_power(self, now: datetime, back: datetime) -> list[bytes]:
        """C."""
        return self._asked("C", encode_moment(now) + encode_moment(back))[0]

    def plug_in(self, now: datetime) -> None:
        """V."""
        self._asked("V", encode_moment(now))

    def power_kw(self, now: datetime) -> float:
        """W."""
        _, told = self._asked("W", encode_moment(now))
        try:
            return float(told)
        except ValueError:
            raise Malformed("power", f"is a number of kW as text, not {told[:40]!r}") from None

    def close(self) -> None:
        """End the connection."""
        self._close()

    def _asked(self, kind: str, body: bytes) -> tuple[list[bytes], str]:
        write_frame(self._sending, kind, body)
        messages: list[bytes] = []
        told = ""
        while True:
            answer, octets = read_frame(self._receiving)
            if answer == "D":
                return messages, told
            if answer == "M":
                messages.append(octets)
            elif answer == "K":
                told = octets.decode("ascii", "replace")
            else:
                raise Malformed("frame", f"is M, K or D, not {answer}")


def over_pipe(command: str) -> Process:
    """Start a process and talk over its standard input and output; what it writes to standard error is shown.

    Raises:
        NotPossible: it cannot be started.
    """
    try:
        process = subprocess.Popen(shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    except (OSError, ValueError) as error:
        raise NotPossible("target", f"is a command that can be started: {error}") from None
    sending, receiving = process.stdin, process.stdout
    assert sending is not None and receiving is not None

    def close() -> None:
        sending.close()
        try:
            process.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        receiving.close()

    try:
        return Process(sending, receiving, close)
    except (EOFError, Malformed):
        close()
        raise


def over_tcp(host: str, port: int) -> Process:
    """Connect to a device that listens.

    Raises:
        NotPossible: nobody listens there.
    """
    try:
        connection = socket.create_connection((host, port), timeout=_PATIENCE)
    except OSError as error:
        raise NotPossible("target", f"listens on {host}:{port}: {error}") from None
    stream = connection.makefile("rwb")

    def close() -> None:
        stream.close()
        connection.close()

    return Process(stream, stream, close)
