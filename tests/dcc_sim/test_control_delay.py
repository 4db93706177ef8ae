"""The control API's regulation delay: set, told in why and metrics, overridden."""

from datetime import datetime, timedelta

from dcc_sim import home
from tests.dcc_sim.test_observe import metrics
from tests.pairs import FULL_KW, HALF_KW, START, Pair, set_state

AT_DELAY = f"/sim/devices/{home.CHARGER}/regulation-delay"
WHY = f"/sim/devices/{home.CHARGER}/why"
HOUR = timedelta(hours=1)


def test_a_set_state_is_followed_late_and_why_says_so(pair: Pair) -> None:
    pair.charge()
    assert pair.http("GET", AT_DELAY).json()["seconds"] is None
    assert pair.http("PUT", AT_DELAY, json={}).json()["seconds"] == 600
    pair.command(pair.supplier, home.CHARGER, "7.13", set_state(START + HOUR, START + 4 * HOUR))
    pair.at(START + HOUR)
    assert pair.power == FULL_KW
    told = pair.http("GET", WHY).json()
    late = told["regulation_delay"]
    assert (told["level"], late["output"], late["twice"]) == (50, 50, False)
    assert 0 < late["delay_seconds"] <= 600
    assert f"{late['delay_seconds']} s later by its regulation delay" in told["text"]
    pair.at(datetime.fromisoformat(late["followed"]))
    assert pair.power == HALF_KW
    delays = pair.http("GET", AT_DELAY).json()
    assert (delays["delayed"], delays["twice"]) == (1, 0)
    assert delays["transitions"] == [late]
    counted = 'dcc_sim_regulation_delays_total{device="%s",twice="%s"}'
    assert metrics(pair)[counted % (home.CHARGER, "false")] == 1
    assert metrics(pair)[counted % (home.CHARGER, "true")] == 0


def test_the_owner_does_not_wait(pair: Pair) -> None:
    pair.charge()
    pair.http("PUT", AT_DELAY, json={"seconds": 1800})
    pair.command(pair.supplier, home.CHARGER, "7.13", set_state(START + HOUR, START + 4 * HOUR))
    pair.at(START + HOUR)
    assert pair.power == FULL_KW
    told = pair.http("POST", f"{AT_DELAY}/override").json()
    assert told["regulation_delay"]["overridden"] is True
    assert pair.power == HALF_KW
    assert pair.http("DELETE", AT_DELAY).status_code == 204
    assert pair.http("GET", WHY).json()["regulation_delay"] is None


def test_what_cannot_be(pair: Pair) -> None:
    assert pair.http("PUT", AT_DELAY, json={"seconds": 1801}).status_code == 422
    assert pair.http("GET", f"/sim/devices/{home.METER}/regulation-delay").status_code == 409
