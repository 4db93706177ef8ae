"""Several homes at one virtual time, each with a DCC of its own, and the power of all together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dcc_sim import trace_file
from dcc_sim.journeys.story import PLOT, TRACE, Seen, Story
from dcc_sim.plot import power_plot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path


class Street:
    """Homes of one street.

    Args:
        title: of the plot.
        homes: with the same virtual time.

    Attributes:
        seen: the power of all at the instants that were looked at.
        lines: the story as it is printed.
    """

    def __init__(self, title: str, homes: Sequence[Story]) -> None:
        self.title = title
        self.homes = tuple(homes)
        self.seen: list[Seen] = []
        self.lines: list[str] = []
        self.marks: list[tuple[datetime, str]] = []

    def at(self, moment: datetime, text: str) -> float:
        """Let time pass at every home until ``moment``; the power of all then, noted under ``text``."""
        # To the watt, so that the sum does not depend on the order of the homes.
        power = round(sum(home.at(moment) for home in self.homes), 3)
        self.seen.append(Seen(moment, power, text))
        self.lines.append(str(self.seen[-1]))
        return power

    def write(self, folder: Path) -> None:
        """Write the plot of the sum, and each home's trace in a file of its own; same seed, same bytes.

        Raises:
            OSError: a file cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        power_plot(folder / PLOT, self._sum(), self.title, self.marks)
        for number, home in enumerate(self.homes, 1):
            trace_file.write(home.world.trace, folder / f"home-{number:02}-{TRACE}")

    def _sum(self) -> list[tuple[datetime, float]]:
        now, changes = {}, []
        for moment, place, power in sorted(
            (moment, place, power) for place, home in enumerate(self.homes) for moment, power in home.power()
        ):
            now[place] = power
            changes.append((moment, round(sum(now.values()), 3)))
        return changes
