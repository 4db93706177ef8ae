"""Hub offline during a limit: what the device has it does alone; what it never had ends as not delivered."""

from datetime import UTC, datetime, timedelta

from dcc_sim.identities import HUB
from dcc_sim.journeys.bodies import level
from dcc_sim.journeys.story import Story
from han.capture import Capture

START = datetime(2026, 1, 15, 16, 30, tzinfo=UTC)
PEAK, OVER = START.replace(hour=18, minute=0), START.replace(hour=19, minute=0)
BACK = START.replace(hour=20, minute=0)
MINUTE = timedelta(minutes=1)


def play(seed: int, capture: Capture | None = None) -> Story:
    """Offline from 17:45 to 20:00, over both ends of a limit from 18:00 to 19:00."""
    story = Story("Hub offline from 17:45 to 20:00, during a limit", seed, START, capture=capture)
    story.bring(capacity_kwh=1000, state_of_charge=0)
    story.command(story.supplier, "7.13", level(50, PEAK, OVER), "50 % from 18:00 to 19:00")
    story.at(PEAK - 15 * MINUTE)
    story.control("PUT", f"faults/{HUB}", json={"silent": True})
    story.mark("hub offline")
    story.mark("limit 50 %", PEAK)
    story.mark("limit over", OVER)
    story.at(PEAK, "the limit begins without anybody's word")
    story.command(story.supplier, "7.13", level(0, PEAK, BACK), "0 % until 20:00: the hub never gets it")
    story.at(PEAK + 10 * MINUTE, "as before")
    story.say(f"Supplier's answers: {', '.join(story.answers(story.supplier))}")
    story.at(OVER, "the limit ends without anybody's word")
    story.at(BACK - MINUTE)
    story.control("DELETE", f"faults/{HUB}")
    story.mark("hub online")
    story.at(BACK, "a command that is given up is not carried out later")
    story.command(story.supplier, "7.13", level(50, BACK, BACK + 60 * MINUTE), "50 % for an hour")
    story.at(BACK + MINUTE, "obeyed again")
    return story
