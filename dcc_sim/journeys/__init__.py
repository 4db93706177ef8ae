"""Journeys: days at a home, told through the gateway with signed requests, each with a plot and a trace.

One file a journey, with one function ``play(seed, capture)``. `dcc-sim journey NAME` plays it; docs/journeys.md tells
what each shows.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from schemas.errors import NotPossible

if TYPE_CHECKING:
    from pathlib import Path

    from dcc_sim.journeys.story import Seen
    from han.capture import Capture

NAMES = (
    "evening_limit",
    "overnight_calendar",
    "special_day",
    "boost",
    "emergency_stop",
    "change_of_supplier",
    "hub_offline",
    "bad_air",
    "forged_and_replayed",
    "v2g_export_cap",
    "minimum_current",
    "heater_lost",
    "fleet_start",
    "clock_change_night",
)
"""In the order in which docs/journeys.md tells them."""


class Told(Protocol):
    """A journey that has been played: a `Story`, or a `Street` of them."""

    seen: list[Seen]
    lines: list[str]

    def write(self, folder: Path) -> None:
        """Write its plot and its trace into a folder."""


def play(name: str, seed: int, capture: Capture | None = None) -> Told:
    """Play a journey to its end.

    Args:
        seed: of all keys and chance.
        capture: takes every frame of its HANs.

    Raises:
        NotPossible: there is none of that name.
        NotReached: something on the way was not as the journey tells it.
    """
    if name not in NAMES:
        raise NotPossible("journey", f"is one of {', '.join(NAMES)}, not {name}")
    told: Told = import_module(f"{__name__}.{name}").play(seed, capture)
    return told


def summary(name: str) -> str:
    """The first line of a journey's own words."""
    return (import_module(f"{__name__}.{name}").__doc__ or "").partition("\n")[0]
