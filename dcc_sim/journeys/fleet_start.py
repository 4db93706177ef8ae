"""Randomised fleet start: eight homes with the same night rate do not switch on in the same second."""

from datetime import UTC, datetime, time, timedelta

from dcc_sim.identities import CHARGER
from dcc_sim.journeys.bodies import Switch, calendar, offset_limit
from dcc_sim.journeys.story import Story
from dcc_sim.journeys.street import Street
from han.capture import Capture

EVENING = datetime(2026, 1, 15, 23, 30, tzinfo=UTC)
RATE = EVENING + timedelta(hours=1)
HOMES, LIMIT = 8, 1200
ROWS = (Switch(time(0, 30), 100), Switch(time(23), 0))


def play(seed: int, capture: Capture | None = None) -> Street:
    """Each home has its own number, so a part of 1,200 s as its offset from 00:30."""
    street = Street(
        "Eight cars at 00:30, each late by its own offset", [_home(seed * HOMES + n, capture) for n in range(HOMES)]
    )
    street.at(RATE - timedelta(seconds=1), "a second before the night rate")
    for minutes in (0, 5, 10, 15):
        street.at(RATE + timedelta(minutes=minutes), f"{minutes} minutes into it")
    street.at(RATE + timedelta(seconds=LIMIT), "everybody is on")
    for number, home in enumerate(street.homes, 1):
        late = home.control("GET", f"devices/{CHARGER}/why")["winner"]["late_seconds"]
        street.lines.append(f"home {number}: {late} s late")
    street.marks = [(RATE, "night rate"), (RATE + timedelta(seconds=LIMIT), "highest offset")]
    return street


def _home(seed: int, capture: Capture | None) -> Story:
    story = Story("", seed, EVENING, capture=capture)
    story.command(story.supplier, "7.12", offset_limit(LIMIT), f"switches come up to {LIMIT} s late")
    story.command(story.supplier, "6.14.3", calendar(ROWS), "100 % at 00:30, 0 % at 23:00")
    story.pass_time()
    story.bring(capacity_kwh=1000, state_of_charge=0)
    return story
