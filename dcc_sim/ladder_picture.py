"""A trace as a message ladder for a browser: SVG, and HTML with every message's fields below its arrow."""

import json
from collections.abc import Sequence
from datetime import UTC
from html import escape
from typing import Final

from dcc_sim.trace_file import Line

_LEFT, _COLUMN, _ROW, _TOP = 120, 150, 22, 46
_TEXT = 620
_REFUSED, _GOOD = "#b3261e", "#1a5fb4"
_STYLE: Final = (
    "text{font:12px sans-serif}.time{fill:#666}.party{font-weight:bold;text-anchor:middle}"
    ".life{stroke:#bbb}.good{stroke:#1a5fb4;fill:#1a5fb4}.refused{stroke:#b3261e;fill:#b3261e}.label{stroke:none}"
)


def svg(lines: Sequence[Line]) -> str:
    """One picture: time runs down, a column a party, an arrow a message, red where it was refused or lost."""
    names = list(dict.fromkeys(name for each in lines for name in (each.source, each.target)))
    at = {name: _LEFT + _COLUMN * n + _COLUMN // 2 for n, name in enumerate(names)}
    width = _LEFT + _COLUMN * len(names) + _TEXT
    height = _TOP + _ROW * (len(lines) + 1)
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<style>{_STYLE}</style>",
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for name, x in at.items():
        drawn.append(f'<text class="party" x="{x}" y="24">{escape(name)}</text>')
        drawn.append(f'<line class="life" x1="{x}" y1="32" x2="{x}" y2="{height}"/>')
    for row, line in enumerate(lines):
        drawn += _row(line, at, _TOP + _ROW * row, _LEFT + _COLUMN * len(names))
    return "\n".join([*drawn, "</svg>", ""])


def html(lines: Sequence[Line], title: str = "dcc-sim trace") -> str:
    """The picture, and below it a line a message that opens to its fields; no script, nothing from elsewhere."""
    rows = "\n".join(map(_details, lines))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        "<style>body{font:14px sans-serif;margin:1.5em}pre{background:#f6f6f6;padding:.6em;overflow:auto}"
        ".refused{color:#b3261e}.scroll{overflow-x:auto}</style></head>\n"
        f'<body><h1>{escape(title)}</h1>\n<div class="scroll">{svg(lines)}</div>\n<h2>Messages</h2>\n{rows}\n'
        "</body></html>\n"
    )


def good(line: Line) -> bool:
    """Whether its target took it."""
    return line.verdict in ("", "ok")


def _row(line: Line, at: dict[str, int], y: int, text_at: int) -> list[str]:
    start, end = at[line.source], at[line.target]
    kind = "good" if good(line) else "refused"
    time = line.time.astimezone(UTC)
    drawn = [f'<text class="time" x="8" y="{y + 4}">{time:%H:%M:%S}.{time.microsecond // 1000:03}</text>']
    if start == end:
        drawn.append(f'<circle class="{kind}" cx="{start}" cy="{y}" r="4"/>')
    else:
        back = -8 if end > start else 8
        drawn.append(f'<line class="{kind}" x1="{start}" y1="{y}" x2="{end}" y2="{y}"/>')
        drawn.append(f'<path class="{kind}" d="M{end} {y} l{back} -4 l0 8 z"/>')
    said = line.what if good(line) else f"{line.what}: {line.verdict}"
    drawn.append(f'<text class="label {kind}" x="{text_at + 8}" y="{y + 4}">{escape(said)}</text>')
    return drawn


def _details(line: Line) -> str:
    kind = "good" if good(line) else "refused"
    verdict = f": {line.verdict}" if line.verdict and line.verdict != "ok" else ""
    head = f"{line.sequence} {line.time.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} {line.source} &gt; {line.target} "
    summary = f'<summary class="{kind}">{head}{escape(line.what + verdict)}</summary>'
    if line.decoded is None:
        return f"<details>{summary}</details>"
    fields = escape(json.dumps(line.decoded, indent=1, ensure_ascii=False))
    return f"<details>{summary}<pre>{fields}</pre><pre>{escape(line.body)}</pre></details>"
