"""SRV 7.16 by a load controller: with the policy's switch on it caps what the supplier set, with it off nobody may."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from lxml import etree

from dcc_sim import home
from dcc_sim.inventory import Registration, UserRole
from dcc_sim.policy import Regime
from schemas.duis.node import Node
from schemas.duis.payloads import DeviceAlert
from schemas.eui import EUI64
from tests.dcc_sim.conftest import checked
from tests.pairs import FULL_KW, HALF_KW, START, Pair, set_state

BEGIN, END = START + timedelta(hours=1), START + timedelta(hours=2)
PROCESSED, ENDED = 0x8F86, 0x8F87


def limit(level: int, controller: int = 1) -> Node:
    """SRV 7.16 from BEGIN to END."""
    return set_state(BEGIN, END, level, controller, "LimitAPCLevel")


@pytest.fixture
def controlled(duis_schema: etree.XMLSchema | None) -> Iterator[Pair]:
    """A home in the load controller regime."""
    yield from checked(duis_schema, Regime.LOAD_CONTROLLER)


def alerts(pair: Pair) -> list[int]:
    """Codes of the alerts in the supplier's mailbox."""
    return [
        answer.payload.alert_code for answer in pair.mailbox(pair.supplier) if isinstance(answer.payload, DeviceAlert)
    ]


def test_with_the_switch_on(controlled: Pair) -> None:
    """50 % for an hour: acknowledged, answered to its sender, in force from begin to end, told the supplier."""
    controlled.charge()
    controlled.command(controlled.load_controller, home.CHARGER, "7.16", limit(50))
    controlled.pass_time()
    assert [answer.code for answer in controlled.mailbox(controlled.load_controller)] == ["I0"]
    seen = []
    for moment in (BEGIN - timedelta(seconds=1), BEGIN, END - timedelta(seconds=1), END):
        controlled.at(moment)
        seen.append(controlled.power)
    assert seen == [FULL_KW, HALF_KW, HALF_KW, FULL_KW]
    controlled.pass_time()
    assert alerts(controlled) == [PROCESSED, ENDED]


def test_a_limit_caps_what_the_supplier_sets(controlled: Pair) -> None:
    """100 % by set state under a limit of 50 % is 50 %; a set state below the limit is not raised by it."""
    controlled.charge()
    controlled.command(controlled.load_controller, home.CHARGER, "7.16", limit(50))
    controlled.command(controlled.supplier, home.CHARGER, "7.13", set_state(BEGIN, END, 100))
    controlled.at(BEGIN)
    assert controlled.power == HALF_KW
    controlled.command(controlled.supplier, home.CHARGER, "7.13", set_state(BEGIN, END, 0))
    controlled.pass_time()
    assert controlled.power == 0.0


def test_the_meters_controller_is_limited_too(controlled: Pair) -> None:
    """The battery behind the ESME."""
    controlled.command(controlled.load_controller, home.METER, "7.16", limit(50, 3))
    controlled.pass_time()
    assert [answer.code for answer in controlled.mailbox(controlled.load_controller)] == ["I0"]


@pytest.mark.parametrize("target", [home.CHARGER, home.METER])
def test_with_the_switch_off(pair: Pair, target: EUI64) -> None:
    """E2 for everyone, the load controller included; the charge point goes on as it was and hears of nothing."""
    pair.charge()
    pair.watch_han()
    for user in (pair.load_controller, pair.supplier, pair.network, pair.other_user, pair.other_supplier):
        answer = pair.ask(user, target, "7.16", 4, limit(50, 1 if target == home.CHARGER else 3))
        assert (answer.code, "7.16" in answer.reason) == ("E2", True), user.name
    pair.at(BEGIN)
    assert not pair.packets
    assert pair.power == FULL_KW


def test_with_the_switch_on_nobody_else_limits(controlled: Pair) -> None:
    """The supplier's set state stays the supplier's, and the limit the load controller's."""
    for user in (controlled.supplier, controlled.network, controlled.other_user, controlled.other_supplier):
        assert controlled.ask(user, home.CHARGER, "7.16", 4, limit(50)).code == "E2", user.name
    body = set_state(BEGIN, END, 50)
    assert controlled.ask(controlled.load_controller, home.CHARGER, "7.13", 4, body).code == "E2"


def test_a_load_controller_limits_the_homes_it_is_registered_for(controlled: Pair) -> None:
    """E4 for another meter point, and once its registration has ended."""
    registrations = controlled.world.dcc.inventory.registrations
    others = [entry for entry in registrations if entry.role is not UserRole.LOAD_CONTROLLER]
    since = START - timedelta(days=1)
    for own, code in (
        (Registration(home.OTHER_MPAN, UserRole.LOAD_CONTROLLER, home.LOAD_CONTROLLER, since), "E4"),
        (Registration(home.MPAN, UserRole.LOAD_CONTROLLER, home.LOAD_CONTROLLER, since, START), "E4"),
        (Registration(home.MPAN, UserRole.LOAD_CONTROLLER, home.LOAD_CONTROLLER, since, END), "I0"),
    ):
        registrations[:] = [*others, own]
        assert controlled.ask(controlled.load_controller, home.CHARGER, "7.16", 4, limit(50)).code == code
