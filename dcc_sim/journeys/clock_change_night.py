"""Clock change night: the calendar is UTC, so the night when summer time begins or ends is a night like any other."""

from datetime import UTC, datetime, time, timedelta

from dcc_sim.journeys.bodies import Switch, calendar
from dcc_sim.journeys.story import Story
from han.capture import Capture

SPRING = datetime(2026, 3, 29, tzinfo=UTC)
"""At 01:00 UTC the clocks on the wall go from 01:00 to 02:00."""
CHANGE = SPRING.replace(hour=1)
ROWS = (Switch(time(0, 30), 100), Switch(time(4, 30), 0))
DAY = timedelta(days=1)


def play(seed: int, capture: Capture | None = None) -> Story:
    """Charging from 00:30 to 04:30 UTC on the night before the change, of the change, and after it."""
    start = SPRING - DAY - timedelta(hours=6)
    story = Story("The night of the clock change, and one on each side", seed, start, capture=capture)
    story.command(story.supplier, "6.14.3", calendar(ROWS), "100 % at 00:30, 0 % at 04:30, UTC")
    story.pass_time()
    story.bring(capacity_kwh=1000, state_of_charge=0)
    for night in (SPRING - DAY, SPRING, SPRING + DAY):
        begin, end = night.replace(minute=30), night.replace(hour=4, minute=30)
        story.mark(_on_the_wall(begin), begin)
        for moment in (begin - timedelta(seconds=1), begin, night.replace(hour=2), end - timedelta(seconds=1), end):
            story.at(moment, _on_the_wall(moment))
    return story


def _on_the_wall(moment: datetime) -> str:
    ahead, name = (1, "BST") if moment >= CHANGE else (0, "GMT")
    return f"{moment + timedelta(hours=ahead):%H:%M:%S} {name} on the wall"
