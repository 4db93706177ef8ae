"""A change of supplier at one home: who controls its load before, at and after the instant, and who never does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dcc_sim import home
from dcc_sim.inventory import Registration, UserRole
from dcc_sim.user import StandInUser
from schemas.duis.node import Node, branch
from tests import credentials
from tests.dcc_sim.services import SERVICES
from tests.pairs import FULL_KW, HALF_KW, START, Pair, set_state

CHANGE = START + timedelta(hours=1)
END = START + timedelta(hours=3)
INSTANT = timedelta(microseconds=1)
LOAD_CONTROL = ("6.14.1", "6.14.2", "6.14.3", "7.5", "7.6", "7.8", "7.9", "7.10", "7.12", "7.13", "7.16")
NON_CRITICAL = ("7.9", "7.10")
READ = branch("ReadAuxiliaryControllerOperationalData")


def level(percent: int, start_in: timedelta = timedelta()) -> Node:
    """SRV 7.13: a set state until END."""
    return set_state(START + start_in, END, percent)


def changing(pair: Pair) -> Pair:
    """The registrations of a home whose supplier changes at CHANGE."""
    registrations = pair.world.dcc.inventory.registrations
    role = UserRole.IMPORT_SUPPLIER
    registrations[:] = [entry for entry in registrations if entry.role is not role] + [
        Registration(home.MPAN, role, home.SUPPLIER, START - timedelta(days=900), CHANGE),
        Registration(home.MPAN, role, home.OTHER_SUPPLIER, CHANGE),
    ]
    return pair


def code_of(pair: Pair, user: StandInUser, service: str) -> str:
    """The answer to a load control request that is legal but for its sender."""
    target, body = SERVICES[service]
    return pair.ask(user, target, service, 1 if service in NON_CRITICAL else 4, body).code


def test_the_instant(pair: Pair) -> None:
    """Up to the last microsecond the old supplier and nobody else; from the instant on the new one and nobody else."""
    changing(pair)
    for moment, codes in (
        (CHANGE - INSTANT, ("I0", "E4")),
        (CHANGE, ("E4", "I0")),
        (CHANGE + INSTANT, ("E4", "I0")),
        (CHANGE + timedelta(days=300), ("E4", "I0")),
    ):
        pair.world.advance(moment - pair.world.clock.now)
        assert tuple(code_of(pair, user, "7.13") for user in (pair.supplier, pair.other_supplier)) == codes, moment


@pytest.mark.parametrize("service", LOAD_CONTROL)
def test_who_controls_load(pair: Pair, service: str) -> None:
    """Every request that changes load control, before and after: of five parties the supplier of the time, or none."""
    changing(pair)
    nobody = service == "7.16"
    accepted = "I99" if service in NON_CRITICAL else "I0"
    parties = (pair.supplier, pair.other_supplier)
    for moment, (now, not_now) in ((CHANGE - INSTANT, parties), (CHANGE, parties[::-1])):
        pair.world.advance(moment - pair.world.clock.now)
        assert code_of(pair, now, service) == ("E2" if nobody else accepted)
        assert code_of(pair, not_now, service) == ("E2" if nobody else "E4")
        for user in (pair.network, pair.other_user, pair.load_controller):
            assert code_of(pair, user, service) == "E2", user.name


def test_a_pre_command_from_before_cannot_be_sent_after(pair: Pair) -> None:
    """The old supplier's signed pre-command is refused from the instant on, and nothing reaches the home's network."""
    changing(pair)
    pair.charge()
    pair.world.advance(CHANGE - INSTANT - pair.world.clock.now)
    request, message = pair.pre_command(pair.supplier, home.CHARGER, "7.13", level(50))
    signed = pair.supplier.write(pair.supplier.sign_pre_command(request, message))
    pair.world.advance(INSTANT)
    pair.watch_han()
    before = pair.records()
    answer = pair.post("serviceS", signed)
    assert (answer.code, "registered" in answer.reason) == ("E4", True)
    pair.pass_time()
    assert not pair.packets
    assert pair.records() == before
    assert pair.power == FULL_KW


def test_a_command_in_force_outlives_the_change(pair: Pair) -> None:
    """What the old supplier set before the change stays in force: the device knows no registrations."""
    changing(pair)
    pair.charge()
    pair.command(pair.supplier, home.CHARGER, "7.13", level(50, timedelta(minutes=30)))
    pair.at(CHANGE + timedelta(minutes=1))
    assert next(answer.code for answer in pair.mailbox(pair.supplier)) == "I0"
    assert pair.power == HALF_KW


def test_reads_follow_the_registration_too(pair: Pair) -> None:
    """The new supplier reads at once, through the broker where the device does not know it; the old one does not."""
    changing(pair)
    pair.at(CHANGE)
    assert pair.ask(pair.supplier, home.CHARGER, "7.15", 1, READ).code == "E4"
    assert pair.ask(pair.network, home.CHARGER, "7.15", 1, READ).code == "I99"
    pair.read(pair.other_supplier, home.CHARGER, "7.15", READ)
    pair.pass_time()
    assert [answer.code for answer in pair.mailbox(pair.other_supplier)] == ["I0"]


def test_the_new_supplier_takes_over(pair: Pair) -> None:
    """The DCC lets it pass from the instant on; the charge point obeys once SR 6.23 has given it the certificates."""
    changing(pair)
    pair.charge()
    pair.at(CHANGE)
    pair.command(pair.other_supplier, home.CHARGER, "7.13", level(0))
    pair.pass_time(60)
    assert [answer.code for answer in pair.mailbox(pair.other_supplier)] == ["E21"]
    assert pair.power == FULL_KW

    new = pair.world.users[home.OTHER_SUPPLIER]
    pair.read(pair.other_supplier, home.CHARGER, "6.23", credentials.by_cos(credentials.smki(pair), new))
    pair.pass_time()
    pair.command(pair.other_supplier, home.CHARGER, "7.13", level(50))
    pair.pass_time()
    assert [answer.code for answer in pair.mailbox(pair.other_supplier)] == ["E21", "I0", "I0"]
    assert pair.power == HALF_KW
    assert code_of(pair, pair.supplier, "7.13") == "E4"


def test_a_home_without_a_supplier(pair: Pair) -> None:
    """Between two registrations nobody controls load."""
    changing(pair)
    registrations = pair.world.dcc.inventory.registrations
    registrations[-1] = Registration(
        home.MPAN, UserRole.IMPORT_SUPPLIER, home.OTHER_SUPPLIER, CHANGE + timedelta(days=1)
    )
    pair.at(CHANGE)
    assert [code_of(pair, user, "7.13") for user in (pair.supplier, pair.other_supplier)] == ["E4", "E4"]
    pair.at(CHANGE + timedelta(days=1))
    assert [code_of(pair, user, "7.13") for user in (pair.supplier, pair.other_supplier)] == ["E4", "I0"]
