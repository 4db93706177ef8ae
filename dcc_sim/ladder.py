"""A trace as a message ladder in text: time runs down, one column a party, one arrow a message.

2026-06-01    Supplier   DCC      Hub
12:30:00.000     ├────────▶│        │     service request 6.14.1, 1,034 B: ok
12:30:00.400     │        ├───────▶│     command ECS47, 412 B: ok
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from textwrap import wrap
from typing import Final

from dcc_sim.trace import OK, TraceRecord

WIDTH: Final = 120

_TIME_WIDTH = len("12:30:00.000  ")
_LEAST_TEXT = 28
_LEAST_COLUMN = 7


@dataclass(frozen=True)
class _Pen:
    life: str
    line: str
    over: str
    leave_right: str
    leave_left: str
    right: str
    left: str
    refused: str
    note: str


_UNICODE = _Pen("│", "─", "┼", "├", "┤", "▶", "◀", "✗", "●")
_ASCII = _Pen("|", "-", "+", "|", "|", ">", "<", "x", "*")


def draw(
    records: Iterable[TraceRecord], parties: Sequence[str] = (), *, ascii_only: bool = False, width: int = WIDTH
) -> str:
    """The ladder of some records, in their order, as lines of at most ``width`` characters, each ended.

    Nothing is cut: a text too long for its line goes on below. An arrow of a refused message ends in a cross.

    Args:
        records: any part of a trace.
        parties: columns from left to right; parties that are missing here follow as they appear.
        ascii_only: no box drawing; characters of the labels stay as they are.
        width: characters; 120 holds seven parties of usual names.

    Raises:
        ValueError: the parties leave no room for the labels.
    """
    records = list(records)
    names = list(dict.fromkeys([*parties, *(name for each in records for name in (each.source, each.target))]))
    ladder = _Ladder(names, _ASCII if ascii_only else _UNICODE, width)
    return "".join(f"{line.rstrip()}\n" for line in ladder.lines(records))


class _Ladder:
    def __init__(self, names: list[str], pen: _Pen, width: int) -> None:
        self._names, self._pen = names, pen
        # Odd, so that a name sits evenly over its line.
        column = self._column = max([_LEAST_COLUMN, *(len(name) + 2 for name in names)]) | 1
        self._at = {name: column * number + column // 2 for number, name in enumerate(names)}
        self._rungs = column * len(names)
        self._text = width - _TIME_WIDTH - self._rungs - 1
        if self._text < _LEAST_TEXT:
            raise ValueError(f"{len(names)} parties of up to {column - 2} letters do not fit {width} columns")

    def lines(self, records: list[TraceRecord]) -> Iterator[str]:
        day = None
        for record in records:
            time = record.time.astimezone(UTC)
            if day != (day := time.date()):
                yield self._line(f"{day}", self._heading(), "")
            first, *more = self._label(record)
            yield self._line(f"{time:%H:%M:%S}.{time.microsecond // 1000:03}", self._arrow(record), first)
            for text in more:
                yield self._line("", self._lives(), text)

    def _line(self, left: str, rungs: Sequence[str], text: str) -> str:
        return f"{left:{_TIME_WIDTH}}{''.join(rungs)} {text}"

    def _heading(self) -> str:
        return "".join(f"{name:^{self._column}}" for name in self._names)

    def _lives(self) -> list[str]:
        cells = [" "] * self._rungs
        for at in self._at.values():
            cells[at] = self._pen.life
        return cells

    def _arrow(self, record: TraceRecord) -> list[str]:
        pen, cells = self._pen, self._lives()
        start, end = self._at[record.source], self._at[record.target]
        if start == end:
            cells[start] = pen.note if _accepted(record) else pen.refused
            return cells
        step = 1 if end > start else -1
        for at in range(start + step, end, step):
            cells[at] = pen.line if cells[at] == " " else pen.over
        cells[start] = pen.leave_right if step > 0 else pen.leave_left
        cells[end - step] = (pen.right if step > 0 else pen.left) if _accepted(record) else pen.refused
        return cells

    def _label(self, record: TraceRecord) -> list[str]:
        size = f", {record.size:,} B" if record.size else ""
        # A note that went well needs no verdict.
        silent = not record.verdict or (record.kind == "note" and record.verdict == OK)
        text = f"{record.what}{size}" + ("" if silent else f": {record.verdict}")
        return wrap(text, self._text, subsequent_indent="  ", break_on_hyphens=False) or [""]


def _accepted(record: TraceRecord) -> bool:
    return record.verdict in (OK, "")
