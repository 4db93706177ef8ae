"""Forged and replayed commands: none reaches the charge point, or it is refused there."""

from datetime import UTC, datetime, timedelta

from dcc_sim.identities import CHARGER
from dcc_sim.journeys.bodies import level
from dcc_sim.journeys.story import Story
from han.capture import Capture

START = datetime(2026, 1, 15, 17, tzinfo=UTC)
END = START + timedelta(hours=3)
MINUTE = timedelta(minutes=1)


def play(seed: int, capture: Capture | None = None) -> Story:
    """Half power is commanded once, honestly; then five requests and two messages that nobody may send."""
    story = Story("Forged and replayed commands", seed, START, capture=capture)
    story.bring(capacity_kwh=1000, state_of_charge=0)
    request, sent = story.command(story.supplier, "7.13", level(50, START, END), "50 % until 20:00")
    story.at(START + MINUTE, "half power, as commanded")
    honest = _on_the_wan(story)

    stop = level(0, START, END)
    story.attempt(story.network, "7.13", stop)
    story.attempt(story.other_supplier, "7.13", stop)
    asked = story.supplier.write(story.supplier.request(CHARGER, "7.13", 4, stop))
    forged = asked.replace(b"<sr:CommandedStateLevel>0<", b"<sr:CommandedStateLevel>1<")
    story.told(story.supplier, "asks, changed after it was signed", "serviceT", forged)
    story.told(story.supplier, "asks again, word for word", "serviceT", story.supplier.write(request))
    story.told(story.supplier, "sends its pre-command again", "serviceS", sent)
    story.at(START + 2 * MINUTE, "nothing has reached the home")
    story.mark("five forged or replayed requests")

    story.say("someone on the home's network plays the honest command again, and then one octet of it changed")
    for octets in (honest, honest[:-20] + bytes([honest[-20] ^ 1]) + honest[-19:]):
        story.world.home.han.to_device(CHARGER, octets, story.now)
        story.pass_time()
    for record in story.world.trace:
        if record.kind == "note" and record.source == "SAPC" and record.what.startswith("refused"):
            story.say(f"the charge point: {record.what}")
    story.at(START + 3 * MINUTE, "half power still")
    story.at(END, "the honest set state ends in its time")
    return story


def _on_the_wan(story: Story) -> bytes:
    """The command as it went to the hub: signed, and with its MAC."""
    return next(
        each.body for each in story.world.trace if (each.kind, each.source, each.target) == ("GBCS", "DCC", "Hub")
    )
