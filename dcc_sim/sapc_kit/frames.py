"""The frames between the kit and a device that is another process, both ways, over a pipe or TCP.

A frame is a kind, one ASCII letter; the length of its body, 4 octets, most significant first; and its body. All
numbers are unsigned and most significant first; moments are milliseconds since 1970-01-01T00:00:00Z, 8 octets.

    from the kit                                          the device's answer
    P  moment, provision as JSON       be a new device    any M, then D
    M  moment, a GBCS message          a message came     any M, then D
    T  moment                          time goes on       any M, then D
    C  moment, moment                  no power between   any M, then D
    V  moment                          a car is there     D
    W  moment                          power now          K kW as text, then D
    from the device
    F  names of its features, a comma between; the first frame of all, before the kit says anything
    M  a GBCS message that it sends        D  done        K  a number as text
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

from schemas.errors import Malformed

MOST_OCTETS = 1_000_000
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Writing(Protocol):
    """A stream to write to."""

    def write(self, octets: bytes, /) -> object:
        """All of them, sooner or later."""

    def flush(self) -> object:
        """Now."""


class Reading(Protocol):
    """A stream to read from."""

    def read(self, size: int, /) -> bytes:
        """So many octets, fewer at the end."""


def write_frame(stream: Writing, kind: str, body: bytes = b"") -> None:
    """One frame, at once."""
    stream.write(kind.encode() + len(body).to_bytes(4) + body)
    stream.flush()


def read_frame(stream: Reading) -> tuple[str, bytes]:
    """The next frame.

    Raises:
        EOFError: the stream has ended.
        Malformed: a body that is too long, or that ends early.
    """
    head = stream.read(5)
    if not head:
        raise EOFError("the device has gone")
    length = int.from_bytes(head[1:])
    if len(head) < 5 or length > MOST_OCTETS:
        raise Malformed("frame", f"is a letter, a length of at most {MOST_OCTETS} in 4 octets, and a body")
    body = stream.read(length)
    if len(body) < length:
        raise Malformed("frame", f"has {length} octets, not {len(body)}")
    return head[:1].decode("ascii", "replace"), body


def encode_moment(moment: datetime) -> bytes:
    """Milliseconds since 1970, 8 octets."""
    return ((moment - _BEGINNING) // _MILLISECOND).to_bytes(8)


def decode_moment(octets: bytes) -> datetime:
    """The moment of 8 octets."""
    return _BEGINNING + int.from_bytes(octets[:8]) * _MILLISECOND
