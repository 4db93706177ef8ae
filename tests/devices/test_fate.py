"""What became of a command: every one that had no effect can be asked why."""

from datetime import datetime, timedelta

import pytest

from devices.fate import Fate
from devices.origin import Origin
from devices.receipts import Answer
from devices.sapc import SAPC
from schemas.gbcs.dlms.times import NEVER, NOW, encode_date_time
from tests.devices.home import LOAD_CONTROLLER, NEW_YEAR, SUPPLIER, Party, new_sapc, period_command
from tests.devices.test_auxiliary_objects import calendar_command

HOUR = timedelta(hours=1)
HALF, FIFTH = 0x1132, 0x1114
UNTIL = NEW_YEAR + 24 * HOUR


def sent(
    device: SAPC,
    counter: int,
    word: int,
    hours: tuple[float, float] | None,
    *,
    at: float = 0,
    party: Party = SUPPLIER,
    limit: bool = False,
) -> None:
    """A set state or limit over hours after the new year; None cancels."""
    times: tuple[datetime | bytes, datetime | bytes] = (NEVER, NEVER)
    if hours is not None:
        times = (NEW_YEAR + hours[0] * HOUR, NEW_YEAR + hours[1] * HOUR)
    device.receive(period_command(counter, word, *times, originator=party, limit=limit), NEW_YEAR + at * HOUR)


def fate(device: SAPC, counter: int, party: Party = SUPPLIER, until: datetime = UNTIL) -> Fate:
    return device.fate(party.eui, counter, until)


def test_one_that_decides() -> None:
    device = new_sapc()
    sent(device, 1, HALF, (1, 2))
    found = fate(device, 1)
    assert found.had_effect
    assert str(found) == (
        "ECS47a carried out at 2015-01-01 00:00:00; "
        "controller 1 output 2015-01-01 01:00:00 to 2015-01-01 02:00:00: decides"
    )


def test_replaced_and_cancelled_before_the_start() -> None:
    device = new_sapc()
    sent(device, 1, HALF, (2, 4))
    sent(device, 2, FIFTH, (3, 4), at=1)
    sent(device, 3, FIFTH, None, at=1.5)
    sent(device, 4, FIFTH, None, at=1.75)
    first, second, third, fourth = (fate(device, counter) for counter in (1, 2, 3, 4))
    assert not first.had_effect and first.reigns == ()
    assert "its set state is replaced or cancelled by 011E of 90-B3-D5-1F-30-01-00-00, counter 2" in str(first)
    assert [change.other for change in second.gone] == [Origin(SUPPLIER.eui, 3, 0x011E)]
    assert [change.other for change in third.ended] == [Origin(SUPPLIER.eui, 2, 0x011E)] and third.had_effect
    assert not fourth.had_effect and "it found nothing to end" in str(fourth)


def test_one_that_loses_from_its_start_to_its_end() -> None:
    device = new_sapc()
    sent(device, 1, FIFTH, (0, 9), party=LOAD_CONTROLLER, limit=True)
    sent(device, 1, HALF, (2, 4))
    found = fate(device, 1)
    assert not found.had_effect
    assert [(each.decides, each.winner.origin) for each in found.reigns] == [
        (False, Origin(LOAD_CONTROLLER.eui, 1, 0x011F))
    ]
    assert "loses to limit 20 %" in str(found)


def test_a_limit_that_takes_nothing_away() -> None:
    device = new_sapc()
    sent(device, 1, FIFTH, (0, 9))
    sent(device, 1, HALF, (2, 4), party=LOAD_CONTROLLER, limit=True)
    found = fate(device, 1, LOAD_CONTROLLER)
    assert not found.had_effect and "loses to set state 20 %" in str(found)


def test_failed_refused_forged_and_replayed() -> None:
    device = new_sapc()
    sent(device, 1, HALF, (2, 2))
    assert fate(device, 1).receipts[0].answer is Answer.FAILED
    assert "failed at 2015-01-01 00:00:00: EndDateTime" in str(fate(device, 1))
    sent(device, 2, HALF, (2, 4), party=LOAD_CONTROLLER)
    assert "refused at 2015-01-01 00:00:00: " in str(fate(device, 2, LOAD_CONTROLLER))
    sent(device, 5, HALF, (2, 4))
    sent(device, 5, HALF, (2, 4), at=1)
    again = fate(device, 5)
    assert [each.answer for each in again.receipts] == [Answer.DONE, Answer.REFUSED]
    assert again.had_effect and "originator counter" in again.receipts[1].reason
    forged = bytearray(period_command(6, HALF, NOW, NEVER))
    forged[-1] ^= 1
    device.receive(bytes(forged), NEW_YEAR + 2 * HOUR)
    (receipt,) = fate(device, 6).receipts
    assert (receipt.answer, "MAC" in receipt.reason) == (Answer.REFUSED, True)


def test_one_to_come_and_one_that_never_came() -> None:
    device = new_sapc()
    sent(device, 1, HALF, (30, 40))
    assert str(fate(device, 1)).endswith("begins at 2015-01-02 06:00:00")
    assert str(fate(device, 9)) == "no such command has come to this device"


@pytest.mark.parametrize("activation", [NOW, encode_date_time(NEW_YEAR + 3 * HOUR)])
def test_calendars_replace_each_other(activation: bytes) -> None:
    device = new_sapc()
    device.receive(calendar_command(1, activation), NEW_YEAR)
    device.receive(calendar_command(2, activation), NEW_YEAR + HOUR)
    device.handle_timer(NEW_YEAR + 5 * HOUR)
    first, second = fate(device, 1), fate(device, 2)
    assert not first.had_effect
    assert [change.other for change in first.gone] == [Origin(SUPPLIER.eui, 2, 0x011A)]
    # 2015-01-01 was a Thursday: the row switches at 09:30.
    assert any(reign.decides and reign.start == NEW_YEAR + 9.5 * HOUR for reign in second.reigns)
