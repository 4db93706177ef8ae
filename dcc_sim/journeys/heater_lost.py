"""HCALCS lost and found: a heater's switch leaves the air in the evening, falls back when its event ends, is found."""

from datetime import UTC, datetime, time, timedelta

from dcc_sim.identities import METER, SWITCH
from dcc_sim.journeys.bodies import Switch, switch_calendar, switch_off
from dcc_sim.journeys.story import Story
from han.capture import Capture

DAY = datetime(2026, 1, 15, tzinfo=UTC)
ROWS = (Switch(time(16), 0), Switch(time(20), 100), Switch(time(23), 0))
HEATER = 2
"""The meter's auxiliary controller that the HCALCS is."""


def play(seed: int, capture: Capture | None = None) -> Story:
    """The calendar heats from 20:00 to 23:00; the switch is off the air from 21:00 until 21:00 the next day."""
    story = Story(
        "HCALCS lost at 21:00 and found a day later", seed, DAY.replace(hour=12), watched=SWITCH, capture=capture
    )
    story.command(
        story.supplier, "6.14.2", switch_calendar(ROWS, HEATER, SWITCH), "heat from 20:00 to 23:00", target=METER
    )
    story.at(DAY.replace(hour=17), "the calendar says no")
    story.at(DAY.replace(hour=20, second=10), "the meter has told the switch to close")
    lost, found = DAY.replace(hour=21), DAY.replace(hour=21) + timedelta(days=1)
    story.at(lost)
    story.control("PUT", f"faults/{SWITCH}", json={"silent": True})
    story.mark("lost")
    before = len(story.alerts(story.supplier))
    story.at(lost + timedelta(minutes=30))
    story.command(story.supplier, "7.6", switch_off(HEATER, 60), "open the switch for an hour", target=METER)
    story.at(lost + timedelta(minutes=35), "it has not heard, and holds its event until 23:00")
    story.say(f"the supplier is told by alert {', '.join(story.alerts(story.supplier)[before:])}")
    story.say(story.why(METER, HEATER))
    story.at(DAY.replace(hour=23, minute=2), "the event has run out: it falls back to open")
    story.mark("calendar: heat", DAY.replace(hour=20) + timedelta(days=1))
    story.at(found, "the calendar says heat, and nobody can tell it")
    story.control("DELETE", f"faults/{SWITCH}")
    story.mark("found")
    story.at(found + timedelta(minutes=6), "it has asked its meter, and heats")
    story.at(DAY.replace(hour=23, second=10) + timedelta(days=1), "told to open, in time")
    return story
