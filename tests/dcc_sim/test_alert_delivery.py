"""Alerts reach their user if they are the device's own; what was changed or made up on the way reaches nobody."""

from dataclasses import replace

import pytest

from dcc_sim import home
from schemas.errors import NotAuthentic
from schemas.gbcs.envelope import CraFlag, Message, decode
from tests.pairs import START, Pair


def alert_of(pair: Pair) -> Message:
    """One alert of the charge point: an unreadable message makes it tell."""
    device = pair.world.home.devices[home.CHARGER]
    sent = [each for each in device.receive(b"\xdd" * 21, START) if hasattr(each, "message")]
    (alert,) = (decode(each.message) for each in sent)
    assert alert.cra is CraFlag.ALERT
    return alert


def test_an_alert_as_the_device_sent_it(pair: Pair) -> None:
    """Signed by the device: into the mailbox of its user, and of nobody else."""
    pair.world._to_wan(False, alert_of(pair).encode(), START)
    pair.pass_time()
    assert len(pair.mailbox(pair.supplier)) == 1
    assert not pair.mailbox(pair.other_supplier)


def test_a_repeated_alert_is_delivered_once(pair: Pair) -> None:
    """Twice at once and again later, another in between: each once."""
    first, second = alert_of(pair), alert_of(pair)
    for alert in (first, first, second, first, second):
        pair.world._to_wan(False, alert.encode(), START)
    pair.pass_time()
    pair.world._to_wan(False, first.encode(), START)
    pair.pass_time()
    names = [str(each.response_id) for each in pair.mailbox(pair.supplier)]
    assert len(names) == len(set(names)) == 2


def changed_counter(alert: Message) -> Message:
    """Another counter."""
    return replace(alert, originator_counter=alert.originator_counter + 1)


def changed_user(alert: Message) -> Message:
    """For another user."""
    return replace(alert, target=home.OTHER_SUPPLIER)


def without_signature(alert: Message) -> Message:
    """Nobody's."""
    return replace(alert, signature=b"")


@pytest.mark.parametrize("change", [changed_counter, changed_user, without_signature])
def test_an_alert_that_was_changed(pair: Pair, change: object) -> None:
    """Refused: no mailbox, and the device's own alert is still taken."""
    assert callable(change)
    alert = alert_of(pair)
    # What the device keeps over a power loss is written when time passes.
    pair.world._to_wan(False, bytes(9), START)
    pair.pass_time()
    before = pair.records()
    pair.world._to_wan(False, change(alert).encode(), START)
    pair.pass_time()
    assert pair.records() == before
    pair.world._to_wan(False, alert.encode(), START)
    pair.pass_time()
    assert len(pair.mailbox(pair.supplier)) == 1


def test_an_alert_to_the_broker_without_its_mac(still: Pair) -> None:
    """What is for the broker, and neither signed nor with the broker's MAC."""
    alert = replace(alert_of(still), target=home.BROKER, signature=b"", mac=bytes(12))
    with pytest.raises(NotAuthentic, match="MAC"):
        still.world.dcc.access_control.check_alert(alert)
