"""Boost against calendar: a driver overrides the evening stop, and a limit caps even that."""

from datetime import UTC, datetime, time, timedelta

from dcc_sim.identities import CHARGER
from dcc_sim.journeys.bodies import Switch, calendar, level
from dcc_sim.journeys.story import Story
from dcc_sim.policy import Regime
from han.capture import Capture

DAY = datetime(2026, 1, 15, tzinfo=UTC)
ROWS = (Switch(time(0), 100), Switch(time(16), 0), Switch(time(22), 100))


def play(seed: int, capture: Capture | None = None) -> Story:
    """Two hours from 18:00; from 19:00 to 19:30 a load controller limits to half (SRV 7.16, if the policy has it)."""
    story = Story(
        "Boost against calendar, and a limit over both", seed, DAY, policy=Regime.LOAD_CONTROLLER, capture=capture
    )
    story.command(story.supplier, "6.14.3", calendar(ROWS), "0 % from 16:00 to 22:00")
    limit = DAY.replace(hour=19), DAY.replace(hour=19, minute=30)
    story.command(story.load_controller, "7.16", level(50, *limit, limit=True), "at most 50 % from 19:00 to 19:30")
    story.pass_time()
    story.bring(capacity_kwh=1000, state_of_charge=0, arrival=DAY.replace(hour=17).isoformat())
    story.at(DAY.replace(hour=17, minute=30), "plugged in, and the calendar says no")
    pressed = DAY.replace(hour=18)
    story.at(pressed)
    told = story.control("POST", f"devices/{CHARGER}/boost", json={"seconds": 7200})
    story.mark("driver boosts for two hours")
    story.mark("limit 50 %", limit[0])
    story.mark("limit over", limit[1])
    story.say(told["text"])
    story.at(pressed, "the boost wins over the calendar")
    story.at(limit[0], "the limit caps the boost")
    story.say(story.why())
    story.at(limit[1], "boost alone again")
    story.at(pressed + timedelta(hours=2), "boost over: the calendar's stop")
    story.at(DAY.replace(hour=22), "the calendar's night")
    return story
