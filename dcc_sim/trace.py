"""The trace: what every message was, in the order of sending, for ladders, captures and the person who asks why.

Records are only ever added. They hold what went over a wire and what was made of it, and no key.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

Kind = Literal["DUIS", "GBCS", "HAN", "note"]

SCHEMA: Final = 1
INDEX: Final = "trace.jsonl"
OK: Final = "ok"

_HEX_OCTETS_PER_LINE = 32
_NOT_IN_A_FILE_NAME = re.compile(r"[^a-z0-9]+")
_FILE_NAME = re.compile(r"\d{4,}-[a-z0-9-]*\.(xml|hex|txt)")
# PEM of any private key; PKCS #8 of a P-256 one (RFC 5208 version and algorithm, RFC 5480 curve).
_KEY_MARKS = (b"PRIVATE KEY-----", bytes.fromhex("020100301306072a8648ce3d020106082a8648ce3d030107"))


@dataclass(frozen=True, slots=True)
class TraceRecord:
    """One message, or one note of a party to itself.

    Attributes:
        sequence: from 1, without gaps.
        time: virtual, aware.
        correlation: text of the request id it belongs to; empty where there is none.
        source, target: names of the parties; the same for a note.
        what: the message in a few words, e.g. "command ECS47".
        kind: the format of the body.
        verdict: "ok", or what the target made of it, e.g. "refused E2: no such device"; empty while nobody judges.
        body: exactly as sent.
        decode: for people; any number of lines.
        cluster: of a HAN frame.
    """

    sequence: int
    time: datetime
    correlation: str
    source: str
    target: str
    what: str
    kind: Kind
    verdict: str
    body: bytes = field(repr=False)
    decode: str = field(repr=False)
    cluster: int | None = None

    @property
    def size(self) -> int:
        """Octets of the body."""
        return len(self.body)

    @property
    def stem(self) -> str:
        """First part of its files' names, e.g. ``0007-dcc-to-hub-command``."""
        way = self.source if self.source == self.target else f"{self.source} to {self.target}"
        slug = _NOT_IN_A_FILE_NAME.sub("-", f"{way} {self.what}".lower()).strip("-")
        return f"{self.sequence:04}-{slug[:80].strip('-')}"

    def files(self) -> dict[str, bytes]:
        """Its files: name and content. A body is ``.xml`` as sent for DUIS and ``.hex`` else, a decode is ``.txt``."""
        files = {}
        if self.body and self.kind == "DUIS":
            files[f"{self.stem}.xml"] = self.body
        elif self.body:
            lines = (self.body[at : at + _HEX_OCTETS_PER_LINE] for at in range(0, self.size, _HEX_OCTETS_PER_LINE))
            files[f"{self.stem}.hex"] = "".join(f"{line.hex()}\n" for line in lines).encode()
        if self.decode:
            files[f"{self.stem}.txt"] = f"{self.decode.rstrip()}\n".encode()
        return files

    def line(self) -> str:
        """Its line of the index, JSON without the body."""
        return json.dumps(
            {
                "schema": SCHEMA,
                "sequence": self.sequence,
                "time": self.time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
                "correlation": self.correlation,
                "source": self.source,
                "target": self.target,
                "what": self.what,
                "kind": self.kind,
                "size": self.size,
                "verdict": self.verdict,
                "files": sorted(self.files()),
            },
            ensure_ascii=False,
        )


class Trace:
    """All records of a run.

    Attributes:
        frames: where there is a capture, the number of the first frame of a record, by its sequence.
    """

    def __init__(self) -> None:
        self.frames: dict[int, int] = {}
        self._records: list[TraceRecord] = []
        self._observers: list[Callable[[TraceRecord], None]] = []

    def add(
        self,
        time: datetime,
        source: str,
        target: str,
        what: str,
        kind: Kind,
        *,
        correlation: str = "",
        verdict: str = OK,
        body: bytes = b"",
        decode: str = "",
        cluster: int | None = None,
    ) -> TraceRecord:
        """Append a record and tell the observers, in the order in which they came.

        Raises:
            ValueError: the time is naive, or a private key is in the body or the decode.
        """
        if time.tzinfo is None:
            raise ValueError("the time of a record is aware")
        if any(mark in octets for mark in _KEY_MARKS for octets in (body, decode.encode())):
            raise ValueError(f"a private key does not go into the trace: {what}")
        record = TraceRecord(
            len(self._records) + 1, time, correlation, source, target, what, kind, verdict, body, decode, cluster
        )
        self._records.append(record)
        for observer in self._observers:
            observer(record)
        return record

    def note(self, time: datetime, party: str, what: str, *, correlation: str = "", verdict: str = OK) -> TraceRecord:
        """Append what a party did on its own, e.g. a timer that ran out."""
        return self.add(time, party, party, what, "note", correlation=correlation, verdict=verdict)

    def observe(self, observer: Callable[[TraceRecord], None]) -> None:
        """Call ``observer`` with every record from now on; what it raises goes to whoever adds."""
        self._observers.append(observer)

    def about(self, correlation: str) -> list[TraceRecord]:
        """The records of one request."""
        return [record for record in self._records if record.correlation == correlation]

    def __iter__(self) -> Iterator[TraceRecord]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def write(self, folder: Path) -> None:
        """Write every record's files and the index ``trace.jsonl``; the same run gives the same bytes.

        What an earlier trace left in the folder is taken away, by its index; other files stay.

        Raises:
            OSError: a file cannot be written.
            ValueError: the folder's ``trace.jsonl`` is something else; nothing is touched then.
        """
        folder.mkdir(parents=True, exist_ok=True)
        _take_away(folder)
        # The index goes first, so that a run that breaks off can still be taken away.
        (folder / INDEX).write_text("".join(f"{record.line()}\n" for record in self), encoding="utf-8", newline="\n")
        for record in self:
            for name, content in record.files().items():
                (folder / name).write_bytes(content)


def _take_away(folder: Path) -> None:
    index = folder / INDEX
    if not index.exists():
        return
    entries = [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines()]
    if any(not isinstance(entry, dict) or entry.get("schema") != SCHEMA for entry in entries):
        raise ValueError(f"{index} is no trace of schema {SCHEMA}")
    for name in (name for entry in entries for name in entry["files"]):
        # An index from elsewhere must not reach out of the folder, nor take what only looks like ours.
        if _FILE_NAME.fullmatch(name):
            (folder / name).unlink(missing_ok=True)
    index.unlink()
