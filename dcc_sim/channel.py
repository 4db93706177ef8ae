"""Between the world and one worker process: a pair of connected sockets, and what goes over it.

The world sends the worker its orders, once. The worker sends that it is ready, and then every request that it has
answered: for the trace, the metrics, and so that the world looks into the outbox. The end of either process closes its
socket, which tells the other. Nothing that must not be lost goes this way: that is in the store.
"""

import asyncio
import pickle
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from dcc_sim.border import Reply
from dcc_sim.policy import Regime

_LENGTH = 4
_MOST_WAITING = 16_000_000
"""Octets that may wait for a world that is busy; what comes then is told without its bodies."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker is to serve.

    Attributes:
        seed, start, database, policy, pki, empty: as for the world.
        control: port of the loopback interface at which the world answers what is no DUIS request.
        number: of the worker, from 1.
    """

    seed: int
    start: datetime
    database: str = field(repr=False)
    policy: Regime
    pki: Path | None = None
    empty: bool = False
    control: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker takes requests."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request and its answer.

    Attributes:
        moment: virtual.
        seconds: real ones that it took.
    """

    moment: datetime
    service: str
    xml: bytes
    reply: Reply
    seconds: float


class Told:
    """A worker's end.

    Args:
        writer: of the channel.
    """

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def ready(self) -> None:
        """It takes requests."""
        self._writer.write(packed(Ready()))

    def answered(self, answered: Answered) -> None:
        """It has answered one. A long wait for the world costs the trace, not the memory of this process."""
        if self._writer.is_closing():
            # The world has just ended, and this worker ends next.
            return
        waiting: int = self._writer.transport.get_write_buffer_size()
        if waiting < _MOST_WAITING:
            self._writer.write(packed(answered))


def packed(message: object) -> bytes:
    """A message as it goes over the channel; it is for processes of one program only."""
    octets = pickle.dumps(message)
    return len(octets).to_bytes(_LENGTH, "big") + octets


async def received(reader: asyncio.StreamReader) -> Any:
    """The next message; None when the other process has ended."""
    try:
        length = int.from_bytes(await reader.readexactly(_LENGTH), "big")
        return pickle.loads(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
