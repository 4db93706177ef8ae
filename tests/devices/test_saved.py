"""Power cuts at any moment lose no configuration: a device that is cut does as one that never was."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.auxiliary_state import Rule
from devices.esme import ESME
from devices.plain import from_plain, to_plain
from devices.sapc import SAPC
from devices.saved import fingerprint, restore, save
from devices.supply import SupplyState
from devices.vehicle import Vehicle
from schemas.errors import Malformed, NotPossible
from schemas.gbcs.auxiliary import CommandedState, Direction
from schemas.gbcs.dlms.times import NEVER, NOW, encode_date_time
from tests.devices.home import LOAD_CONTROLLER, NEW_YEAR, new_esme, new_sapc, period_command, sent
from tests.devices.test_auxiliary_objects import calendar_command

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
OUTPUT = Direction.OUTPUT


def cut(device: SAPC) -> SAPC:
    """The power goes and is back: what was saved, and nothing else, is in a device built anew."""
    new = new_sapc(randomised_offset_number=5000)
    restore(new, save(device))
    return new


commands = st.tuples(
    st.sampled_from(["set state", "limit", "calendar", "later", "never", "release"]),
    st.integers(0, 100),
    st.integers(0, 300),
    st.integers(1, 600),
)
steps = st.lists(st.tuples(commands, st.integers(0, 400), st.booleans(), st.booleans()), max_size=10)


def octets(kind: str, counter: int, level: int, begin: int, lasts: int) -> bytes:
    """A command of this kind; times in minutes after the new year."""
    start = NEW_YEAR + begin * MINUTE
    if kind in ("set state", "limit"):
        origin = {"originator": LOAD_CONTROLLER, "limit": True} if kind == "limit" else {}
        return period_command(counter, 0x1100 | level, start, start + lasts * MINUTE, **origin)  # type: ignore[arg-type]
    if kind == "release":
        return period_command(counter, 0x1100 | level, NOW, start + lasts * MINUTE)
    return calendar_command(counter, {"calendar": NOW, "never": NEVER}.get(kind, encode_date_time(start)))


@given(steps, st.integers(0, 1799))
@settings(deadline=None, max_examples=40)
def test_cut_at_any_moment_it_does_as_one_that_never_was(
    some: list[tuple[tuple[str, int, int, int], int, bool, bool]], offset: int
) -> None:
    """Same state, same levels, and the same messages, octet for octet."""
    whole, broken, now = new_sapc(randomised_offset_number=5000), new_sapc(randomised_offset_number=5000), NEW_YEAR
    for device in (whole, broken):
        device.auxiliary.state = replace(device.auxiliary.state, randomised_offset_limit=offset)
    for counter, ((kind, level, begin, lasts), passes, before, after) in enumerate(some, start=1):
        now += passes * MINUTE
        if before:
            broken = cut(broken)
        command = octets(kind, counter, level, begin, lasts)
        assert sent(whole.receive(command, now)) == sent(broken.receive(command, now))
        if after:
            broken = cut(broken)
            # The command is known: a replay is still one.
            assert sent(whole.receive(command, now)) == sent(broken.receive(command, now))
        assert broken.next_timer() == whole.next_timer()
    broken = cut(broken)
    assert sent(broken.handle_timer(now + 24 * HOUR)) == sent(whole.handle_timer(now + 24 * HOUR))
    assert broken.auxiliary.state == whole.auxiliary.state
    assert broken.auxiliary.state.active.origin == whole.auxiliary.state.active.origin
    assert broken.clock.state == whole.clock.state
    assert broken.level(1, OUTPUT, now + 24 * HOUR) == whole.level(1, OUTPUT, now + 24 * HOUR)


def test_a_charge_point_is_held_after_the_cut() -> None:
    device = new_sapc()
    device.receive(period_command(1, 0x1132, NEW_YEAR + HOUR, NEW_YEAR + 3 * HOUR), NEW_YEAR)
    device = cut(device)
    device.handle_timer(NEW_YEAR + 2 * HOUR)
    device = cut(device)
    device.plug_in(Vehicle(), NEW_YEAR + 2 * HOUR)
    assert device.charge_point.power_kw == 3.68
    device.handle_timer(NEW_YEAR + 3 * HOUR)
    assert device.charge_point.power_kw == 7.36


def test_a_boost_that_ran_is_over_and_the_button_is_as_it_was() -> None:
    device = new_sapc()
    device.boost_now(NEW_YEAR, HOUR)
    device = cut(device)
    assert device.level(1, OUTPUT, NEW_YEAR + MINUTE).rule is Rule.DEFAULT
    assert device.auxiliary.state.boost.controls[0]


def test_a_meter_keeps_supply_limiting_and_what_it_shows() -> None:
    meter = new_esme()
    meter.customer_number = "1234"
    meter.auxiliary.set_state(CommandedState(2, 30), NEW_YEAR, None, NEW_YEAR)
    meter.auxiliary.settle(NEW_YEAR)
    meter.supply.record = replace(meter.supply.record, state=SupplyState.ARMED, counter=7)
    new: ESME = new_esme()
    restore(new, save(meter))
    assert (new.supply.record, new.customer_number) == (meter.supply.record, "1234")
    assert (new.supply.record.state, new.supply.record.counter) == (SupplyState.ARMED, 7)
    assert new.level(2, OUTPUT, NEW_YEAR).percent == 30


def test_what_a_command_changes_is_new_to_save() -> None:
    device = new_sapc()
    before = fingerprint(device)
    assert fingerprint(device) == before
    device.auxiliary.set_state(CommandedState(1, 30), NEW_YEAR, None, NEW_YEAR)
    assert fingerprint(device) != before


def test_what_an_older_version_has_saved_is_taken() -> None:
    text = json.loads(save(new_sapc()))
    del text["kept"]
    device = new_sapc()
    restore(device, json.dumps(text))
    assert device.auxiliary.state == new_sapc().auxiliary.state


@pytest.mark.parametrize("plain", [{"of": "Popen"}, {"enum": "Tag", "name": "NULL"}, {"of": "Vehicle"}, {}])
def test_nothing_else_is_made_from_a_text(plain: object) -> None:
    with pytest.raises(Malformed, match="classes that are kept"):
        from_plain(plain)


def test_nothing_else_is_written() -> None:
    with pytest.raises(NotPossible, match="not Vehicle"):
        to_plain(Vehicle())
