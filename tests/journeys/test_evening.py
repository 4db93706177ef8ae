"""A day at one home, told through the gateway: a calendar, a set state over it, and what a supplier reads back."""

from datetime import UTC, datetime, time, timedelta

from dcc_sim import home
from schemas.duis.node import branch
from schemas.gbcs.auxiliary import CommandedState, CosemDate
from tests.pairs import Pair, set_state
from tests.schemas.gbcs.use_cases import bodies
from tests.schemas.gbcs.use_cases.bodies import Calendar, Row

DAY = datetime(2026, 1, 15, tzinfo=UTC)
EVENING, NIGHT = time(17), time(23)
EVERY_DAY = CosemDate()


def at_level(switch_time: time, level: int) -> Row:
    """A row for controller 1, every day of the year."""
    return Row(CommandedState(1, level), switch_time, frozenset(range(7)), (), EVERY_DAY, EVERY_DAY)


def test_a_calendar_holds_the_evening_down_and_a_set_state_stops_it_for_an_hour() -> None:
    """50 % from 17:00, 100 % from 23:00 by calendar; 0 % from 18:00 to 19:00 by set state, then the calendar again."""
    pair = Pair(start=DAY.replace(hour=16))
    pair.charge()
    calendar = bodies.controller_calendar(Calendar([at_level(EVENING, 50), at_level(NIGHT, 100)], []))
    pair.command(pair.supplier, home.CHARGER, "6.14.3", calendar)
    stop = DAY.replace(hour=18), DAY.replace(hour=19)
    pair.pass_time()
    pair.command(pair.supplier, home.CHARGER, "7.13", set_state(*stop, 0))
    pair.pass_time()
    assert [answer.code for answer in pair.mailbox(pair.supplier)] == ["I0", "I0"]

    seen = []
    for moment in (DAY.replace(hour=16, minute=59), DAY.replace(hour=17), *stop, DAY.replace(hour=23)):
        pair.at(moment)
        seen.append(pair.power)
    assert seen == [7.36, 3.68, 0.0, 3.68, 7.36]


def test_the_supplier_reads_the_level_that_is_in_force() -> None:
    """SRV 7.15 during a set state: the MMC form names the APC and its output level."""
    pair = Pair()
    pair.charge()
    now = pair.world.clock.now
    pair.command(pair.supplier, home.CHARGER, "7.13", set_state(now, now + timedelta(hours=1), 50))
    pair.pass_time()
    pair.read(pair.supplier, home.CHARGER, "7.15", branch("ReadAuxiliaryControllerOperationalData"))
    pair.pass_time()
    newest = pair.http("GET", f"/sim/users/{pair.supplier.eui}/responses").json()[-1]
    assert "<ra:AuxiliaryControllerType>APC</ra:AuxiliaryControllerType>" in newest["mmc"]
    assert "<ra:OutputState>50</ra:OutputState>" in newest["mmc"]
