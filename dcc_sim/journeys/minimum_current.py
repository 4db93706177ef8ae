"""Minimum current: a three-phase car at 22 kW is taken down step by step, until six amps are no longer allowed."""

from datetime import UTC, datetime, timedelta

from dcc_sim.journeys.bodies import level
from dcc_sim.journeys.story import SETTLE, Story
from devices.charge_point import ChargePoint, Rating
from han.capture import Capture

START = datetime(2026, 1, 15, 14, tzinfo=UTC)
STEP = timedelta(hours=1)
LEVELS = (75, 50, 33, 19, 18, 19)


def play(seed: int, capture: Capture | None = None) -> Story:
    """A new set state every hour; each takes the place of the one before."""
    point = ChargePoint.rated(Rating.KW_22)
    story = Story(
        "22 kW on three phases, down to 6 A and under it", seed, START - STEP, charge_point=point, capture=capture
    )
    story.bring(capacity_kwh=1000, state_of_charge=0, phases=3, max_power_w=22_080)
    end = START + len(LEVELS) * STEP
    for number, percent in enumerate(LEVELS):
        moment = START + number * STEP
        story.at(moment)
        story.command(story.supplier, "7.13", level(percent, moment, end), f"{percent} %")
        story.mark(f"{percent} %")
        amps = 32 * percent // 100
        said = f"{percent} % of 32 A are {amps} A a phase"
        story.at(moment + timedelta(seconds=SETTLE), said if amps >= 6 else f"{said}: under 6 A, it stops")
    story.at(end, "nothing is commanded any more")
    return story
