"""A day's power as a picture: steps in kW over the hours, and what happened when as flags above them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

_DPI: Final = 100
# Pixels.
_WIDTH, _PLOT_HEIGHT = 1200, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 30, 52, 72
_FLAG_GAP, _ROW_GAP, _POLE_GAP = 10, 7, 5

_FLAG_LETTERS: Final = 26
_IMPORT, _EXPORT, _MARK, _GRID, _TEXT = "#1f5fa8", "#2e8b57", "#b3261e", "#dddddd", "#333333"
_FONT: Final = "DejaVu Sans"  # comes with matplotlib, so that a picture is the same everywhere


def power_plot(
    path: Path, series: Sequence[tuple[datetime, float]], title: str, marks: Sequence[tuple[datetime, str]] = ()
) -> None:
    """Write a picture, 1200 pixels wide, in which each value holds until the next one's time.

    The same arguments give the same bytes, as long as matplotlib is the same.

    Args:
        path: the file to write, in a folder that exists: SVG where it ends so, PNG else.
        series: aware times that do not go back, and kW, negative for export. The last value only ends the line.
        title: one line.
        marks: aware times and what happened then, in any order; labels do not overlap.

    Raises:
        ValueError: fewer than two values, a naive time or one that goes back, or a mark outside the days of the series.
        OSError: the file cannot be written.
    """
    if len(series) < 2:
        raise ValueError("a power series has two values or more")
    midnight = series[0][0].astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    hours = [_hours(time, midnight) for time, _ in series]
    end = 24 * max(1, ceil(hours[-1] / 24))
    flags = sorted((_hours(time, midnight), label) for time, label in marks)
    if hours != sorted(hours) or any(not 0 <= hour <= end for hour, _ in flags):
        raise ValueError("times of a series do not go back, and marks lie within its days")

    figure = Figure(dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)  # texts are measured with this canvas
    axes = figure.add_axes((0, 0, 1, 1))
    _draw_power(axes, hours, [power for _, power in series])
    _draw_hours(axes, end, midnight)
    band = _hoist_flags(figure, axes, flags, end)
    band.set_title(title, loc="left", fontsize=13, family=_FONT, weight="bold", color=_TEXT, pad=12)
    if path.suffix == ".svg":
        # matplotlib would draw the names of clip paths by chance, and write the date of today.
        with rc_context({"svg.hashsalt": title}):
            figure.savefig(path, format="svg", metadata={"Date": None})
    else:
        figure.savefig(path, format="png", dpi=_DPI, metadata={"Software": None})


def rows_of(spans: Sequence[tuple[float, float]]) -> list[int]:
    """A row for every flag, 0 the lowest, so that no label meets another label or another's pole.

    A flag has its pole at its left edge, from the ground up to its row. It goes just above all flags whose poles stand
    under its label: their labels end there or begin there, and its own pole, to the left of theirs, is free.

    Args:
        spans: left and right edge of each label, left edges ascending, in any unit.
    """
    rows: list[int] = []
    placed: list[tuple[float, int]] = []
    for left, right in reversed(spans):
        row = 1 + max((row for other, row in placed if left <= other <= right), default=-1)
        rows.append(row)
        placed.append((left, row))
    return rows[::-1]


def _hours(time: datetime, midnight: datetime) -> float:
    if time.tzinfo is None:
        raise ValueError("the times of a plot are aware")
    return (time - midnight) / timedelta(hours=1)


def _draw_power(axes: Axes, hours: list[float], powers: list[float]) -> None:
    axes.plot(hours, powers, drawstyle="steps-post", color=_IMPORT, linewidth=1.6)
    imports, exports = [max(power, 0.0) for power in powers], [min(power, 0.0) for power in powers]
    axes.fill_between(hours, imports, step="post", color=_IMPORT, alpha=0.18, linewidth=0, label="import")
    if min(powers) < 0:
        axes.fill_between(hours, exports, step="post", color=_EXPORT, alpha=0.3, linewidth=0, label="export")
        axes.legend(loc="best", frameon=False, prop={"family": _FONT, "size": 9})
    room = 0.08 * ((max(powers) - min(powers)) or max(abs(powers[0]), 1.0))
    axes.set_ylim(min(0.0, *powers) - (room if min(powers) < 0 else 0), max(0.0, *powers) + room)
    axes.axhline(0, color=_TEXT, linewidth=0.9)


def _draw_hours(axes: Axes, end: int, midnight: datetime) -> None:
    days = end // 24
    ticks = range(0, end + 1, 2 * days if days <= 3 else 24 * ceil(days / 12))
    axes.set_xlim(0, end)
    axes.set_xticks(ticks, [_tick(hour, days, midnight) for hour in ticks])
    axes.set_xlabel(f"Time of day, UTC, {midnight:%d %B %Y}" if days == 1 else "Time, UTC")
    axes.set_ylabel("Power (kW)")
    axes.grid(color=_GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_TEXT)
    axes.tick_params(labelfontfamily=_FONT, labelsize=9, colors=_TEXT)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(fontfamily=_FONT, fontsize=10, color=_TEXT)


def _tick(hour: int, days: int, midnight: datetime) -> str:
    if hour == 24 * days:
        return "24:00"
    date = f"\n{midnight + timedelta(hours=hour):%d %b}" if days > 1 and hour % 24 == 0 else ""
    return f"{hour % 24:02}:00{date}"


def _hoist_flags(figure: Figure, axes: Axes, flags: list[tuple[float, str]], end: int) -> Axes:
    """Put the flags into a band above the plot, size the figure for them, and give the band."""
    band = figure.add_axes((0, 0, 1, 1))
    band.set_axis_off()
    style: dict[str, Any] = {"fontsize": 8.5, "family": _FONT, "color": _MARK, "va": "bottom", "linespacing": 1.15}
    texts = [band.text(hour, 0, "\n".join(wrap(label, _FLAG_LETTERS)), **style) for hour, label in flags]
    sizes = [_size(text) for text in texts]

    right = max([_RIGHT, *(_margin(hour / end, width) for (hour, _), (width, _) in zip(flags, sizes, strict=True))])
    plot_width = _WIDTH - _LEFT - right
    lefts = [hour / end * plot_width for hour, _ in flags]
    rows = rows_of([(left, left + width + _FLAG_GAP) for left, (width, _) in zip(lefts, sizes, strict=True)])
    tallest = [max(height for (_, height), at in zip(sizes, rows, strict=True) if at == row) for row in sorted({*rows})]
    floors = [sum(tallest[:row]) + _ROW_GAP * (row + 1) for row in range(len(tallest) + 1)]

    height = _BOTTOM + _PLOT_HEIGHT + floors[-1] + _TOP
    figure.set_size_inches(_WIDTH / _DPI, height / _DPI)
    box = _LEFT / _WIDTH, plot_width / _WIDTH
    axes.set_position((box[0], _BOTTOM / height, box[1], _PLOT_HEIGHT / height))
    band.set_position((box[0], (_BOTTOM + _PLOT_HEIGHT) / height, box[1], floors[-1] / height))
    band.set(xlim=(0, plot_width), ylim=(0, floors[-1]))
    for text, left, row, (_, tall), (hour, _) in zip(texts, lefts, rows, sizes, flags, strict=True):
        text.set_position((left + _POLE_GAP, floors[row]))
        band.plot([left, left], [0, floors[row] + tall], color=_MARK, linewidth=1, clip_on=False)
        axes.axvline(hour, color=_MARK, linewidth=1, alpha=0.55, dashes=(4, 3))
    return band


def _size(text: Text) -> tuple[float, float]:
    """Width with its distance from the pole, and height, in pixels."""
    extent = text.get_window_extent()
    return extent.width + _POLE_GAP, extent.height


def _margin(place: float, width: float) -> float:
    """The right margin in which a label of ``width`` pixels fits whose pole is at ``place`` (0..1) of the plot."""
    return (width + _FLAG_GAP - (1 - place) * (_WIDTH - _LEFT)) / place if place else 0.0
