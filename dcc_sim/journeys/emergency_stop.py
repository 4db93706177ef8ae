"""Emergency stop: everything to nothing at once, and back again before its time."""

from datetime import UTC, datetime, timedelta

from dcc_sim.journeys.bodies import level
from dcc_sim.journeys.story import SETTLE, Story
from han.capture import Capture

START = datetime(2026, 1, 15, 17, 42, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def play(seed: int, capture: Capture | None = None) -> Story:
    """A stop from now on for four hours; half an hour later another set state takes its place."""
    story = Story("Emergency stop at 17:42:30, lifted at 18:12:30", seed, START - HOUR, capture=capture)
    story.bring(capacity_kwh=60, state_of_charge=20, reaction_seconds=3)
    story.at(START, "charging")
    story.command(story.supplier, "7.13", level(0, START, START + 4 * HOUR), "0 % from now on, for four hours")
    story.mark("stop")
    story.at(START + timedelta(seconds=SETTLE), "stopped, ten seconds after the request")
    story.say(story.why())
    lifted = START + HOUR / 2
    story.at(lifted, "nothing flows")
    story.command(story.supplier, "7.13", level(100, lifted, START + 4 * HOUR), "100 %, in the place of the stop")
    story.mark("lifted")
    story.at(lifted + timedelta(seconds=SETTLE), "charging again")
    story.at(START + 4 * HOUR, "nothing is commanded any more")
    return story
