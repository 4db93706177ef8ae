"""Bad air: a third of all frames lost, a microwave oven, a hub that restarts; every request has one answer."""

from datetime import UTC, datetime, timedelta

from dcc_sim.identities import CHARGER
from dcc_sim.journeys.bodies import level
from dcc_sim.journeys.story import Story
from han.capture import Capture

START = datetime(2026, 1, 15, 16, 30, tzinfo=UTC)
OVEN, RESTART, OVER = (START.replace(hour=hour, minute=0) for hour in (17, 18, 19))
MINUTE = timedelta(minutes=1)


def play(seed: int, capture: Capture | None = None) -> Story:
    """Three limits: over a bad link, under bursts too, and one that the hub loses with its power."""
    story = Story("A charge point on bad air, and a hub that restarts at 18:00", seed, START, capture=capture)
    story.bring(capacity_kwh=1000, state_of_charge=0)
    story.control("POST", "air", json={"device": str(CHARGER), "loss": 0.3, "from": "+0s", "to": "+2h30m"})
    story.mark("30 % loss")
    story.command(story.supplier, "7.13", level(50, START + MINUTE, OVEN), "50 % until 17:00, three of ten frames lost")
    story.at(START + 2 * MINUTE, "obeyed all the same")
    story.at(OVEN)
    oven = {"strength_db": 8, "burst_ms": 8, "every_ms": 20}
    story.control("POST", "air", json={"interference": oven, "to": "+30m"})
    story.mark("microwave oven")
    story.command(story.supplier, "7.13", level(30, OVEN + MINUTE, RESTART), "30 % until 18:00, with an oven besides")
    story.at(OVEN + 2 * MINUTE, "obeyed too")
    story.at(RESTART)
    # Silent for a moment, so that the hub has the command and the charge point has not when the power goes.
    story.control("POST", "air", json={"device": str(CHARGER), "silent": True, "to": "+5s"})
    story.control("POST", "air", json={"device": "hub", "restart": True, "from": "+3s", "to": "+1m"})
    story.mark("hub restarts")
    story.command(story.supplier, "7.13", level(0, RESTART + MINUTE, OVER), "0 % until 19:00: the hub loses it")
    story.at(RESTART + 2 * MINUTE, "never heard of, and told as such")
    story.say(f"Supplier's answers: {', '.join(story.answers(story.supplier))}")
    story.command(story.supplier, "7.13", level(50, RESTART + 3 * MINUTE, OVER), "50 % until 19:00, after the restart")
    story.at(RESTART + 4 * MINUTE, "the hub has opened its tunnels again")
    story.at(OVER + MINUTE, "and the limit is over")
    return story
