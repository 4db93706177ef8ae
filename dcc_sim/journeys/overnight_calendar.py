"""Overnight calendar: the charge point waits for the night rate, two nights running."""

from datetime import UTC, datetime, time, timedelta

from dcc_sim.journeys.bodies import Switch, calendar
from dcc_sim.journeys.story import Story
from han.capture import Capture

DAY = datetime(2026, 1, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ROWS = (Switch(time(0, 30), 100), Switch(time(4, 30), 25), Switch(time(7), 0))


def play(seed: int, capture: Capture | None = None) -> Story:
    """100 % from 00:30, 25 % from 04:30, nothing from 07:00; the car comes at six in the evening, leaves at eight."""
    story = Story("Overnight calendar: 00:30 to 07:00", seed, DAY.replace(hour=12), capture=capture)
    story.command(story.supplier, "6.14.3", calendar(ROWS), "100 % at 00:30, 25 % at 04:30, 0 % at 07:00")
    story.pass_time()
    for evening, charge in ((DAY, 20), (DAY + timedelta(days=1), 55)):
        night = evening + timedelta(days=1)
        story.bring(
            capacity_kwh=77,
            state_of_charge=charge,
            efficiency=92,
            arrival=evening.replace(hour=18).isoformat(),
            departure=night.replace(hour=8).isoformat(),
        )
        story.mark("car comes home", evening.replace(hour=18))
        story.at(evening.replace(hour=19), "plugged in, and the calendar says no")
        story.at(night.replace(minute=30) - SECOND, "a second before the night rate")
        story.at(night.replace(minute=30), "night rate, full power")
        story.at(night.replace(hour=4, minute=30), "8 A to the morning")
        story.at(night.replace(hour=7), "over")
        story.at(night.replace(hour=8), "the car drives off")
    return story
