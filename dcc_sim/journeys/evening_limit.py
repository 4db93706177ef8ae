"""Evening peak limit: half power from five to eight, then the car catches up."""

from datetime import UTC, datetime, timedelta

from dcc_sim.journeys.bodies import level
from dcc_sim.journeys.story import Story
from han.capture import Capture

DAY = datetime(2026, 1, 15, tzinfo=UTC)
PEAK, OVER = DAY.replace(hour=17), DAY.replace(hour=20)
SECOND = timedelta(seconds=1)


def play(seed: int, capture: Capture | None = None) -> Story:
    """A car that follows after two seconds; the limit is sent before it comes home."""
    story = Story("Evening peak limit: 50 % from 17:00 to 20:00", seed, DAY.replace(hour=15), capture=capture)
    story.command(story.supplier, "7.13", level(50, PEAK, OVER), "50 % from 17:00 to 20:00")
    story.pass_time()
    arrival, departure = DAY.replace(hour=16, minute=30), DAY + timedelta(hours=31)
    story.bring(
        capacity_kwh=60,
        state_of_charge=30,
        efficiency=92,
        reaction_seconds=2,
        arrival=arrival.isoformat(),
        departure=departure.isoformat(),
    )
    story.mark("car comes home", arrival)
    story.mark("limit 50 %", PEAK)
    story.mark("limit over", OVER)
    story.at(PEAK - SECOND, "charging, before the peak")
    story.at(PEAK + SECOND, "the pilot offers 16 A, the car has two seconds")
    story.at(PEAK + 2 * SECOND, "half power")
    story.at(OVER - SECOND, "still half power")
    story.at(OVER + 2 * SECOND, "full power again")
    story.at(DAY + timedelta(hours=24), "in the taper")
    story.at(departure, "the car drives off")
    return story
