"""V2G export cap: a car feeds the evening peak, under a cap, and is charged again in time for its trip."""

from datetime import UTC, datetime, timedelta

from dcc_sim.journeys.bodies import level
from dcc_sim.journeys.story import Story
from dcc_sim.policy import Regime
from devices.charge_point import ChargePoint
from han.capture import Capture

DAY = datetime(2026, 1, 15, tzinfo=UTC)
PEAK, OVER = DAY.replace(hour=17), DAY.replace(hour=20)
CAP, UNCAPPED = DAY.replace(hour=18), DAY.replace(hour=19)
DEPARTURE = DAY + timedelta(hours=31)
SECOND = timedelta(seconds=1)


def play(seed: int, capture: Capture | None = None) -> Story:
    """7.36 kW back from 17:00 to 20:00, 3.68 kW from 18:00 to 19:00; 80 % needed at 07:00."""
    story = Story(
        "V2G: export from 17:00 to 20:00, capped from 18:00 to 19:00",
        seed,
        DAY.replace(hour=15),
        policy=Regime.LOAD_CONTROLLER,
        charge_point=ChargePoint(bidirectional=True),
        capture=capture,
    )
    story.command(story.supplier, "7.13", level(100, PEAK, OVER, back=True), "100 % back from 17:00 to 20:00")
    cap = level(50, CAP, UNCAPPED, back=True, limit=True)
    story.command(story.load_controller, "7.16", cap, "at most 50 % back from 18:00 to 19:00")
    story.bring(
        capacity_kwh=60,
        state_of_charge=75,
        efficiency=92,
        reaction_seconds=2,
        discharge_w=7360,
        discharge_efficiency=92,
        reserve=50,
        arrival=DAY.replace(hour=16, minute=30).isoformat(),
        departure=DEPARTURE.isoformat(),
        needs=80,
    )
    for moment, label in ((PEAK, "export 100 %"), (CAP, "export cap 50 %"), (UNCAPPED, "cap over"), (OVER, "over")):
        story.mark(label, moment)
    story.at(PEAK, "charging since half past four")
    story.at(PEAK + 2 * SECOND, "the car feeds the home")
    story.at(CAP + 2 * SECOND, "under the cap")
    story.say(story.why(direction="input"))
    story.at(UNCAPPED + 2 * SECOND, "the cap is over")
    story.at(OVER - SECOND, "its reserve of 50 % is left: nothing flows")
    story.at(OVER + 2 * SECOND, "charging for the trip")
    story.at(DEPARTURE - SECOND, "full")
    story.at(DEPARTURE, "the car drives off")
    return story
