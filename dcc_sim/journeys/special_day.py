"""Special day: the evening peak is held down every day but Christmas Day."""

from datetime import UTC, date, datetime, time

from dcc_sim.journeys.bodies import Switch, calendar
from dcc_sim.journeys.story import Story
from han.capture import Capture

CHRISTMAS = date(2026, 12, 25)
ROWS = (
    Switch(time(0), 100),
    Switch(time(16), 0),
    Switch(time(20), 100),
    Switch(time(0), 100, special=1),
)


def play(seed: int, capture: Capture | None = None) -> Story:
    """24, 25 and 26 December; a battery that never fills, so that the calendar alone decides."""
    start = datetime(2026, 12, 24, tzinfo=UTC)
    story = Story("Special day: no evening peak on 25 December", seed, start, capture=capture)
    story.command(
        story.supplier,
        "6.14.3",
        calendar(ROWS, [CHRISTMAS]),
        "0 % from 16:00 to 20:00 every day, 100 % all day on 25 December",
    )
    story.pass_time()
    story.bring(capacity_kwh=1000, state_of_charge=0)
    for day in (24, 25, 26):
        story.mark(f"{day} December, 16:00", start.replace(day=day, hour=16))
        story.at(start.replace(day=day, hour=15, minute=59), "afternoon")
        story.at(start.replace(day=day, hour=16), "peak begins" if day != CHRISTMAS.day else "no peak on a special day")
        story.at(start.replace(day=day, hour=20), "evening")
    return story
