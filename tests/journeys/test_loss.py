"""30 % of all frames are lost, on every link: what users and devices are told all the same, over many seeds."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from dcc_sim.dcc import RESPONSE_TIME
from dcc_sim.home import METER
from dcc_sim.testing import Emulator, Sent
from schemas.eui import EUI64
from tests.journeys.test_life_of_a_home import install_hub, notify, whitelist
from tests.pairs import Pair

AT_ONCE = timedelta()
UNDELIVERED = timedelta(seconds=120)
"""Opening a tunnel (40 s), and a dozen blocks of a message, each at most 6.6 s."""


class Watched:
    """An emulator, with every message that went on its HAN, and where each came out."""

    def __init__(self, seed: int) -> None:
        self.came: Counter[tuple[str, bytes]] = Counter()
        self.sent: list[tuple[str, bytes]] = []
        self.dcc = Emulator(seed, policy="load-controller", journal=self._journal)
        han = self.dcc.world.home.han
        down, up = han.to_device, han.to_hub

        def to_device(eui: EUI64, message: bytes, now: datetime) -> None:
            self.sent.append(("device", message))
            down(eui, message, now)

        def to_hub(eui: EUI64, message: bytes, now: datetime) -> None:
            self.sent.append(("dcc", message))
            up(eui, message, now)

        han.to_device, han.to_hub = to_device, to_hub  # type: ignore[method-assign]

    def _journal(self, now: datetime, place: str, message: bytes) -> None:
        self.came[place, message] += 1

    def ask(self) -> list[Sent]:
        """Commands to three devices at once, both signed and with a MAC, and a limit whose end is told by alerts."""
        dcc = self.dcc
        limiter, supplier = dcc.users["LoadController"], dcc.supplier
        return [
            supplier.send("7.13", dcc.charger, level=50, start="+2m", end="+4m", wait=AT_ONCE),
            supplier.send("7.13", dcc.meter, controller=3, level=50, start="+2m", end="+4m", wait=AT_ONCE),
            supplier.send("11.2", dcc.devices["switch"], wait=AT_ONCE),
            supplier.send("11.2", dcc.meter, wait=AT_ONCE),
            limiter.send("7.16", dcc.charger, level=20, start="+1m", end="+3m", wait=AT_ONCE),
        ]

    def lost(self) -> int:
        """Messages that the trace says were not delivered."""
        return sum(each.verdict.startswith("lost: ") and each.kind == "note" for each in self.dcc.trace)

    def missing(self) -> int:
        """Messages that went on the HAN and did not come off it; each of the others has come off it once."""
        times = [self.came[each] for each in self.sent]
        assert max(times) <= 1
        return times.count(0)

    def finals(self, asked: list[Sent]) -> list[str]:
        """The one final response to each request."""
        users = {sent.request.request_id.originator for sent in asked}
        answers = Counter[str]()
        codes = {}
        for user in self.dcc.users.values():
            for each in user.received if user.eui in users else ():
                if not each.alert:
                    answers[each.request] += 1
                    codes[each.request] = each.code
        assert answers == {sent.request_id: 1 for sent in asked}
        return [codes[sent.request_id] for sent in asked]


@pytest.mark.parametrize("loss", [0.3, 0.7])
def test_every_message_comes_once_or_is_reported_and_every_request_has_one_answer(loss: float) -> None:
    ends: Counter[str] = Counter()
    alerts: Counter[str] = Counter()
    for seed in range(8):
        watched = Watched(seed)
        dcc = watched.dcc
        dcc.air(loss=loss)
        asked = watched.ask()
        assert all(sent.code == "I99" for sent in asked)
        dcc.clock.advance(RESPONSE_TIME + timedelta(seconds=5))
        ends.update(watched.finals(asked))
        dcc.clock.advance(minutes=4)
        dcc.clock.advance(UNDELIVERED)
        watched.finals(asked)
        assert watched.missing() <= watched.lost()
        told = dcc.supplier.alerts
        assert max(Counter(told).values(), default=1) == 1
        alerts.update(told)
        dcc.close()
    assert set(ends) <= {"I0", "E21"}
    if loss == 0.3:
        assert ends["I0"] >= 38 and alerts["8F86"] + alerts["8F87"] >= 14
    else:
        assert ends["E21"] > 0


def test_a_hub_that_restarts_now_and_then_leaves_no_request_without_an_answer() -> None:
    ends: Counter[str] = Counter()
    for seed in range(6):
        watched = Watched(seed)
        dcc = watched.dcc
        dcc.air(loss=0.3)
        dcc.air(device="hub", restart=True, start=f"+{0.4 + seed * 0.1:.1f}s", end=f"+{3 + seed}s")
        asked = watched.ask()
        dcc.clock.advance(RESPONSE_TIME + timedelta(seconds=5))
        ends.update(watched.finals(asked))
        dcc.clock.advance(minutes=6)
        watched.finals(asked)
        assert watched.missing() <= watched.lost()
        dcc.close()
    assert {"I0", "E21"} <= set(ends) <= {"I0", "E20", "E21"}


@pytest.mark.parametrize("loss", [0.3, 1.0])
def test_a_device_joins_over_a_bad_link_or_is_told_not_to_have(loss: float) -> None:
    """Its beacon is broadcast, and nobody repeats a broadcast: it is whitelisted again where it was not heard."""
    joined = 0
    for seed in range(4):
        pair = Pair(seed, installed=False, traced=True)
        assert pair.http("POST", "/sim/air", json={"loss": loss}).status_code == 201
        install_hub(pair)
        assert notify(pair, METER, "ESME", "ADF").code == "I99"
        whitelist(pair, METER)
        pair.pass_time(120)
        said = {each.what for each in pair.world.trace if each.kind == "note" and "joined" in each.what}
        assert said in ({"ESME has joined the HAN"}, {"ESME has not joined"})
        there = METER in pair.world.home.on_air
        assert there is ("ESME has joined the HAN" in said)
        joined += there
    assert joined == 0 if loss == 1.0 else joined > 0


def test_what_holds_for_all_links_holds_for_a_device_that_comes_later() -> None:
    with Emulator(1) as dcc:
        number = dcc.air(loss=1.0)
        garage = dcc.add_charge_point("garage")
        assert dcc.supplier.send("7.13", garage, level=50, start="+2m", end="+4m").code == "E21"
        dcc.stop_air(number)
        assert dcc.supplier.send("7.13", garage, level=50, start="+2m", end="+4m").code == "I0"
