"""Change of supplier in mid-limit: the old limit holds, the old supplier does not, the new one takes over."""

from datetime import UTC, datetime, timedelta

from dcc_sim.identities import CHARGER, MPAN, OTHER_SUPPLIER
from dcc_sim.journeys.bodies import level, new_supplier
from dcc_sim.journeys.story import Story
from dcc_sim.smki import Smki
from han.capture import Capture

START = datetime(2026, 1, 15, 16, tzinfo=UTC)
CHANGE = START + timedelta(hours=2)
END = START + timedelta(hours=6)
MINUTE = timedelta(minutes=1)


def play(seed: int, capture: Capture | None = None) -> Story:
    """A limit of 50 % from 17:00 to 22:00; at 18:00 the meter point changes its supplier."""
    story = Story("Change of supplier in mid-limit, at 18:00", seed, START, capture=capture)
    story.bring(capacity_kwh=1000, state_of_charge=0)
    limit = level(50, START + timedelta(hours=1), END)
    story.command(story.supplier, "7.13", limit, "50 % from 17:00 to 22:00")
    registered = {"mpxn": MPAN, "role": "IS", "user": str(OTHER_SUPPLIER), "start": CHANGE.isoformat()}
    story.control("POST", "registrations", json=registered)
    story.mark("limit 50 %", START + timedelta(hours=1))
    story.mark("change of supplier", CHANGE)
    story.at(CHANGE - MINUTE, "the old supplier's limit")
    story.at(CHANGE, "the limit outlives the change: the device knows no registrations")
    story.attempt(story.supplier, "7.13", level(0, CHANGE, END))
    story.command(story.other_supplier, "7.13", level(100, CHANGE, END), "100 %, with a key that the device has not")
    story.at(CHANGE + MINUTE, "not obeyed: no answer comes back, E21")
    story.say(f"Supplier2's answers: {', '.join(story.answers(story.other_supplier))}")
    keys, smki = story.world.users[OTHER_SUPPLIER], story.world.smki
    assert isinstance(smki, Smki)
    certificates = new_supplier(keys, smki.organisation_authority)
    story.send(story.other_supplier, "6.23", certificates, f"its certificates, to {CHARGER} by the CoS party")
    story.mark("new certificates")
    story.pass_time()
    story.command(story.other_supplier, "7.13", level(100, story.now, END), "100 %, once more")
    story.at(CHANGE + 2 * MINUTE, "the new supplier is obeyed")
    story.attempt(story.supplier, "7.13", level(0, story.now, END))
    story.at(END, "nothing is commanded any more")
    return story
