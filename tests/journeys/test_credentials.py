"""A change of supplier from end to end: seen in the bytes on the WAN, in what the device holds, and in the power."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dcc_sim import home, identities
from dcc_sim.smki import Smki
from dcc_sim.store import Store
from devices.trust import Cell, Role, Use
from schemas.duis.node import Node
from schemas.duis.payloads import FutureDatedDeviceAlert, ServiceResponse
from schemas.gbcs.dlms.times import CANCELLATION
from schemas.gbcs.envelope import Message, decode
from schemas.gbcs.protection import sign
from tests import credentials
from tests.credentials import alerts, ask_for, codes, held, inject, moving, of, smki, wire
from tests.pairs import FULL_KW, HALF_KW, START, Pair, set_state

CHANGE = START + timedelta(hours=1)
END = START + timedelta(hours=5)
MINUTE = timedelta(minutes=1)
BY_COS, LATER = 0x0107, 0x8F66
FORMAT, NO_AUTHORITY, AUTHENTICATION_FAILED, OTHER = 0x8F1E, 0x8F30, 0x8F3D, 0x8F53
READ = "RetrieveDeviceSecurityCredentialsKRPRsp"


def new_supplier(pair: Pair, **more: object) -> Node:
    """SR 6.23 with the certificates of the other supplier."""
    return credentials.by_cos(smki(pair), pair.world.users[home.OTHER_SUPPLIER], **more)  # type: ignore[arg-type]


def known(pair: Pair) -> set[object]:
    """Which of the two suppliers the DCC believes the charge point to know."""
    return {home.SUPPLIER, home.OTHER_SUPPLIER} & pair.world.dcc.inventory.device(home.CHARGER).known_parties


def change_of_supplier(pair: Pair) -> list[bytes]:
    """The journey, and every message on the WAN."""
    seen = wire(moving(pair, CHANGE))
    assert ask_for(pair, 50, pair.supplier, END) == "I0"
    assert pair.power == HALF_KW
    assert pair.ask(pair.other_supplier, home.CHARGER, "6.23", 1, new_supplier(pair)).code == "E4", "not yet"
    request, message = pair.pre_command(pair.supplier, home.CHARGER, "7.13", set_state(CHANGE, END, 0))
    signed = pair.supplier.sign_pre_command(request, message)
    pair.at(CHANGE)

    pair.read(pair.other_supplier, home.CHARGER, "6.23", new_supplier(pair))
    command = decode(seen[-1])
    assert (command.message_code, command.originator) == (BY_COS, identities.TRANSITIONAL_COS)
    assert command.signature and command.mac and command.supplementary is None
    pair.pass_time()
    (answer,) = pair.mailbox(pair.other_supplier)
    assert answer.code == "I0" and isinstance(answer.payload, ServiceResponse)
    assert held(pair, Role.SUPPLIER) == of(pair.world.users[home.OTHER_SUPPLIER])
    assert known(pair) == {home.OTHER_SUPPLIER}
    assert pair.power == HALF_KW, "what was commanded before stays in force"

    assert ask_for(pair, 0, pair.supplier, END) == "E4"
    assert pair.post("serviceS", pair.supplier.write(signed)).code == "E4"
    inject(pair, decode(signed.body.octets("GBCSPayload")))
    assert alerts(pair, pair.other_supplier) == [OTHER], "the device refuses it too, and the new supplier hears of it"
    assert pair.power == HALF_KW

    assert ask_for(pair, 100, pair.other_supplier, END) == "I0"
    assert pair.power == FULL_KW
    return seen


def test_a_change_of_supplier(pair: Pair) -> None:
    """Registration moves; 6.23; the old supplier is refused at the DCC and at the device; the new one controls load."""
    change_of_supplier(pair)


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert change_of_supplier(Pair(7)) == change_of_supplier(Pair(7))


def test_a_change_of_supplier_for_later(pair: Pair) -> None:
    """The supplier to come asks before its day; the device keeps it, and tells the outcome when it has happened."""
    moving(pair, CHANGE)
    request = pair.read(pair.other_supplier, home.CHARGER, "6.23", new_supplier(pair, at=CHANGE))
    pair.pass_time()
    assert codes(pair, pair.other_supplier) == ["I0"]
    assert known(pair) == {home.SUPPLIER}
    assert ask_for(pair, 50, pair.supplier, END) == "I0"
    pair.at(CHANGE + MINUTE)
    *_, told = pair.mailbox(pair.other_supplier)
    assert isinstance(told.payload, FutureDatedDeviceAlert)
    assert (told.request_id, told.payload.alert_code) == (request.request_id, LATER)
    assert known(pair) == {home.OTHER_SUPPLIER}
    assert held(pair, Role.SUPPLIER) == of(pair.world.users[home.OTHER_SUPPLIER])
    assert ask_for(pair, 100, pair.other_supplier, END) == "I0"
    assert pair.power == FULL_KW


def test_a_change_for_later_that_fails_is_told(pair: Pair) -> None:
    """The device cannot write a cell on the day: 8F67 joined to the request, and that cell keeps the old supplier."""
    moving(pair, CHANGE)
    request = pair.read(pair.other_supplier, home.CHARGER, "6.23", new_supplier(pair, at=CHANGE))
    pair.pass_time()
    pair.world.home.charger.credentials.faults.add(Cell(Role.SUPPLIER, Use.AGREEMENT))
    pair.at(CHANGE + MINUTE)
    *_, told = pair.mailbox(pair.other_supplier)
    assert isinstance(told.payload, FutureDatedDeviceAlert)
    assert (told.request_id, told.payload.alert_code) == (request.request_id, 0x8F67)
    anchors = pair.world.home.charger.trust.anchors
    parties = [anchors[Cell(Role.SUPPLIER, use)].party for use in (Use.SIGNATURE, Use.AGREEMENT)]
    assert parties == [home.OTHER_SUPPLIER, home.SUPPLIER]


def test_a_change_of_supplier_taken_back(pair: Pair) -> None:
    """3000-12-31: nothing happens on the day, and the old supplier is still the device's."""
    moving(pair, CHANGE)
    pair.read(pair.other_supplier, home.CHARGER, "6.23", new_supplier(pair, at=CHANGE + MINUTE))
    pair.at(CHANGE)
    pair.read(pair.other_supplier, home.CHARGER, "6.23", new_supplier(pair, at=CANCELLATION))
    pair.at(CHANGE + 2 * MINUTE)
    assert codes(pair, pair.other_supplier) == ["I0", "I0"]
    assert held(pair, Role.SUPPLIER) == of(pair.world.users[home.SUPPLIER])
    assert known(pair) == {home.SUPPLIER}


def test_a_supplier_of_no_day_asks_for_none(pair: Pair) -> None:
    """Neither the supplier to come for a day before its own, nor anybody who never will be."""
    moving(pair, CHANGE)
    early = new_supplier(pair, at=CHANGE - MINUTE)
    assert pair.ask(pair.other_supplier, home.CHARGER, "6.23", 1, early).code == "E4"
    for user in (pair.network, pair.other_user, pair.load_controller):
        assert pair.ask(user, home.CHARGER, "6.23", 1, new_supplier(pair, at=CHANGE)).code == "E2"


def other_hands(pair: Pair) -> dict[str, Node]:
    """SR 6.23 by the other supplier, each with something wrong."""
    made, users = smki(pair), pair.world.users
    new = users[home.OTHER_SUPPLIER]
    swapped = replace(new, signing=new.key_agreement, key_agreement=new.signing)
    strangers = Smki(b"another SMKI")
    return {
        "known certificate": credentials.by_cos(made, home.issue(strangers)[home.OTHER_SUPPLIER]),
        "who asks for it": credentials.by_cos(made, users[home.SUPPLIER]),
        "is of a supplier": credentials.by_cos(made, users[home.NETWORK_OPERATOR]),
        "is for signing": credentials.by_cos(made, swapped),
        "ImportMPxN": credentials.by_cos(made, new, mpan=home.OTHER_MPAN),
    }


@pytest.mark.parametrize(
    "reason", ["known certificate", "who asks for it", "is of a supplier", "is for signing", "ImportMPxN", "revoked"]
)
def test_certificates_that_the_dcc_does_not_pass_on(pair: Pair, reason: str) -> None:
    """E100 with its reason; nothing reaches the home and nothing is kept."""
    moving(pair, CHANGE)
    pair.at(CHANGE)
    if reason == "revoked":
        body = new_supplier(pair)
        smki(pair).revoke(pair.world.users[home.OTHER_SUPPLIER].key_agreement.certificate.serial_number)
    else:
        body = other_hands(pair)[reason]
    seen, before = wire(pair), pair.records()
    answer = pair.ask(pair.other_supplier, home.CHARGER, "6.23", 1, body)
    assert (answer.code, reason in answer.reason) == ("E100", True), answer.reason
    pair.pass_time()
    assert not seen
    assert pair.records() == before


def placed_by_cos(pair: Pair) -> Message:
    """The command of a change of supplier, as it went over the WAN; the device has carried it out."""
    seen = wire(moving(pair, CHANGE))
    pair.at(CHANGE)
    pair.read(pair.other_supplier, home.CHARGER, "6.23", new_supplier(pair))
    command = decode(seen[-1])
    pair.pass_time()
    return command


def test_forged_replayed_and_wrong_commands_change_nothing(pair: Pair) -> None:
    """Each gets its alert and no response, and leaves every cell as it was."""
    command = placed_by_cos(pair)
    users, device = pair.world.users, pair.world.home.charger
    back = credentials.by_cos(smki(pair), users[home.SUPPLIER])
    pre_command = replace(command.stripped(), originator_counter=command.originator_counter + 1)
    taken_back = credentials.command_of(pre_command, back)
    old, network = users[home.SUPPLIER].signing.key, users[home.NETWORK_OPERATOR].signing.key
    by_network = replace(taken_back, originator=home.NETWORK_OPERATOR)
    before = dict(device.trust.anchors)
    for message, code in (
        (command, OTHER),  # replayed
        (sign(taken_back, old), AUTHENTICATION_FAILED),  # the old supplier forges the CoS party's
        (taken_back, AUTHENTICATION_FAILED),  # not signed at all
        (sign(replace(taken_back, originator=home.SUPPLIER), old), OTHER),  # in its own name, not known any more
        (sign(by_network, network), NO_AUTHORITY),
        (sign(replace(by_network, message_code=0x0103), network), FORMAT),  # of its own code, but the supplier's cells
    ):
        known_alerts = alerts(pair, pair.other_supplier)
        answers = len(pair.mailbox(pair.other_supplier)) - len(known_alerts)
        inject(pair, message)
        assert alerts(pair, pair.other_supplier) == [*known_alerts, code]
        assert len(pair.mailbox(pair.other_supplier)) - len(known_alerts) - 1 == answers
        assert dict(device.trust.anchors) == before
        assert pair.power == FULL_KW
    assert known(pair) == {home.OTHER_SUPPLIER}


def test_what_the_device_holds_is_read(pair: Pair) -> None:
    """SR 6.24.1 before and after, asked for by supplier and network operator, sent by the broker for itself."""
    placed_by_cos(pair)
    seen = wire(pair)
    pair.read(pair.network, home.CHARGER, "6.24.1", credentials.read("Supplier", "LoadController"))
    assert decode(seen[-1]).originator == identities.BROKER
    pair.pass_time()
    newest = pair.http("GET", f"/sim/users/{home.NETWORK_OPERATOR}/responses").json()[-1]["mmc"]
    assert READ in newest
    assert newest.count(str(home.OTHER_SUPPLIER)) == 2, "signing and key agreement"
    assert str(home.SUPPLIER) not in newest
    assert "trustAnchorNotFound" in newest, "there is no load controller"


def again(pair: Pair, database: str) -> Pair:
    """A new process over the same database."""
    pair.store.close()
    new = moving(Pair(store=Store(database)), CHANGE)
    for old, user in ((pair.supplier, new.supplier), (pair.other_supplier, new.other_supplier)):
        user.counter = old.counter
    return new


def test_devices_keep_their_credentials_over_a_power_loss(database: str) -> None:
    """Cells, counters and who is known; the command of before is still a replay."""
    pair = Pair(store=Store(database))
    command = placed_by_cos(pair)
    pair = again(pair, database)
    assert held(pair, Role.SUPPLIER) == of(pair.world.users[home.OTHER_SUPPLIER])
    assert known(pair) == {home.OTHER_SUPPLIER}
    inject(pair, command)
    assert alerts(pair, pair.other_supplier) == [OTHER]
    assert ask_for(pair, 50, pair.other_supplier, END) == "I0"
    assert pair.power == HALF_KW
    pair.store.close()


def test_a_change_for_later_outlives_the_process(database: str) -> None:
    """Asked for, the process ends, and on the day the new process's device changes hands and tells it."""
    pair = moving(Pair(store=Store(database)), CHANGE)
    request = pair.read(pair.other_supplier, home.CHARGER, "6.23", new_supplier(pair, at=CHANGE))
    pair.pass_time()
    pair = again(pair, database)
    pair.at(CHANGE + MINUTE)
    *_, told = pair.mailbox(pair.other_supplier)
    assert isinstance(told.payload, FutureDatedDeviceAlert)
    assert (told.request_id, told.payload.alert_code) == (request.request_id, LATER)
    assert held(pair, Role.SUPPLIER) == of(pair.world.users[home.OTHER_SUPPLIER])
    assert known(pair) == {home.OTHER_SUPPLIER}
    pair.store.close()


class Crash(BaseException):
    """The process ends here."""


def test_a_change_accepted_and_not_sent_is_sent_by_the_next_process(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed again by the transitional CoS party, with the counter that it had."""

    def crash(*_: object) -> None:
        raise Crash

    pair = moving(Pair(store=Store(database)), CHANGE)
    pair.at(CHANGE)
    user = pair.other_supplier
    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr(Store, "advance", crash)
        pair.world.post("serviceS", user.write(user.request(home.CHARGER, "6.23", 1, new_supplier(pair))))
    pair = again(pair, database)
    pair.pass_time()
    assert codes(pair, pair.other_supplier) == ["I0"]
    assert held(pair, Role.SUPPLIER) == of(pair.world.users[home.OTHER_SUPPLIER])
    assert known(pair) == {home.OTHER_SUPPLIER}
    pair.store.close()
