"""A process that ends and begins again finds its devices with what they were told."""

from datetime import timedelta

from dcc_sim import home
from dcc_sim.store import Store
from schemas.duis.node import branch
from tests.dcc_sim.test_recovery import again
from tests.pairs import FULL_KW, HALF_KW, START, Pair, set_state

HOUR = timedelta(hours=1)


def test_a_set_state_holds_over_a_restart_and_ends_in_time(database: str) -> None:
    pair = Pair(store=Store(database))
    pair.command(pair.supplier, home.CHARGER, "7.13", set_state(START + HOUR, START + 3 * HOUR, 50))
    pair.command(pair.supplier, home.METER, "7.2", branch("DisableSupply"))
    pair.at(START + HOUR / 2)
    pair = again(pair, database)
    assert pair.world.home.meter.supply.on is False
    pair.charge()
    assert pair.power == 0
    pair.command(pair.supplier, home.METER, "7.1", branch("EnableSupply"))
    pair.at(START + 2 * HOUR)
    pair = again(pair, database)
    pair.charge()
    assert pair.power == HALF_KW
    told = pair.http("GET", f"/sim/devices/{home.CHARGER}/why").json()
    assert (told["level"], told["winner"]["rule"]) == (50, "set state")
    pair.at(START + 3 * HOUR)
    assert pair.power == FULL_KW
    pair.store.close()
