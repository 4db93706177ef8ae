"""The meter's buttons, pressed through the control API: boost (SR 7.9 to 7.11) and an armed supply (SR 7.2, 7.3)."""

from datetime import timedelta
from typing import Any

import pytest

from dcc_sim import home
from schemas.duis.node import branch
from tests.journeys.test_switch import HEATER_KW, METER, START, N, heater
from tests.pairs import Pair, set_state
from tests.schemas.gbcs.use_cases import bodies

HEATER_ALONE = [n == N for n in range(1, 6)]
HOUR = timedelta(hours=1)


@pytest.fixture
def evening() -> Pair:
    return Pair(start=START)


def button(pair: Pair, method: str, name: str, **body: Any) -> int:
    answer = pair.http(method, f"/sim/devices/{METER}/{name}", **({"json": body} if body else {}))
    return answer.status_code


def test_a_boost_of_the_heater(evening: Pair) -> None:
    """Off by set state; on by the button while it is associated, for ten minutes; the log tells of each boost."""
    pair = evening
    pair.command(pair.supplier, METER, "7.13", set_state(START, START + 9 * HOUR, 0, N))
    pair.pass_time()
    assert button(pair, "POST", "boost-button", seconds=600) == 200
    pair.pass_time()
    assert heater(pair) == (False, 0.0)  # nothing is on the button yet
    assert button(pair, "DELETE", "boost-button") == 200

    on = bodies.boost("AddAuxiliaryLoadToBoostButton", "AddToBoostButton", HEATER_ALONE)
    pair.read(pair.supplier, METER, "7.9", on)
    pair.pass_time()
    assert button(pair, "POST", "boost-button", seconds=600) == 200
    pair.pass_time()
    assert heater(pair) == (True, HEATER_KW)
    why = pair.http("GET", f"/sim/devices/{METER}/why", params={"controller": N}).json()
    assert (why["winner"]["rule"], [each["rule"] for each in why["losers"]]) == ("boost", ["default", "set state"])
    pair.pass_time(600)
    assert heater(pair) == (False, 0.0)

    off = bodies.boost("RemoveAuxiliaryLoadFromBoostButton", "RemoveFromBoostButton", HEATER_ALONE)
    pair.read(pair.supplier, METER, "7.10", off)
    pair.pass_time()
    assert button(pair, "POST", "boost-button", seconds=60) == 200
    pair.pass_time(120)
    assert heater(pair) == (False, 0.0)
    now = pair.world.clock.now
    pair.read(pair.supplier, METER, "7.11", bodies.log_period("ReadBoostButtonDetails", START, now))
    pair.pass_time()
    assert [answer.code for answer in pair.mailbox(pair.supplier)] == ["I0"] * 4
    newest = pair.http("GET", f"/sim/users/{pair.supplier.eui}/responses").json()[-1]["mmc"]
    assert newest.count("<ra:EventLogEntry>") == 3


def test_an_armed_supply(evening: Pair) -> None:
    pair = evening
    pair.charge()
    assert button(pair, "POST", "supply-button") == 409
    for service, body in (("7.2", "DisableSupply"), ("7.3", "ArmSupply")):
        pair.command(pair.supplier, METER, service, branch(body))
        pair.pass_time()
    assert pair.power == 0
    assert button(pair, "POST", "supply-button") == 200
    assert pair.power == 7.36
    assert pair.http("POST", f"/sim/devices/{home.CHARGER}/supply-button").status_code == 409
