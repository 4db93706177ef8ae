"""A journal of messages on a file, one line each, written before the message goes on: it outlives any crash.

A line is ``moment place octets``: ISO 8601 of the virtual clock, ``hub`` (on its way to the hub), ``device`` (at the
device) or ``dcc`` (on its way to the DCC), and the GBCS message in hex.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

Place = Literal["hub", "device", "dcc"]
_PLACES: tuple[Place, ...] = ("hub", "device", "dcc")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line."""

    moment: datetime
    place: Place
    message: bytes


class Journal:
    """Appends to the file at ``path``, which may hold the lines of earlier processes.

    Raises:
        OSError: it cannot be opened or written, here and in every call.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def __call__(self, moment: datetime, place: Place, message: bytes) -> None:
        """Append one line, in one write without a buffer: the kernel keeps it when this process is killed."""
        os.write(self._file, f"{moment.isoformat()} {place} {message.hex()}\n".encode())

    def close(self) -> None:
        """Give up the file."""
        os.close(self._file)


def read(path: Path) -> Iterator[Entry]:
    """The lines of a journal.

    Raises:
        ValueError: a line is none of a journal.
        OSError: the file cannot be read.
    """
    for line in path.read_text().splitlines():
        moment, name, octets = line.split(" ")
        if name not in _PLACES:
            raise ValueError(f"{name} is none of the places {', '.join(_PLACES)}")
        place = _PLACES[_PLACES.index(name)]
        yield Entry(datetime.fromisoformat(moment), place, bytes.fromhex(octets))
