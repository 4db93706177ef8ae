"""The meter's load and its switches."""

from datetime import timedelta

import pytest

from devices import objects
from devices.auxiliary_state import Controller, ControllerType, Rule
from devices.esme import ESME
from devices.objects import Member
from schemas.errors import NotPossible
from schemas.gbcs.auxiliary import Direction
from schemas.gbcs.dlms.access import Choice
from schemas.gbcs.dlms.data import Data, array, long_unsigned, octets
from tests.devices.home import (
    ESME_EUI,
    NEW_YEAR,
    SUPPLIER,
    command,
    identity,
    new_esme,
    protect,
    read_command,
    request,
    response,
    results,
)


def change(code: int, counter: int, *items: tuple[Choice, Member, Data]) -> bytes:
    return protect(command(SUPPLIER, counter, code, request(counter, items), device=ESME_EUI), signed=True)


def test_import_power_is_the_sum_of_the_loads() -> None:
    meter = new_esme()
    meter.set_load("car", 7360, NEW_YEAR)
    meter.set_load("house", 400, NEW_YEAR)
    meter.set_load("car", 3680, NEW_YEAR)
    assert meter.import_power_w == 4080
    for wrong in (-(2**32), 2**32):
        with pytest.raises(NotPossible, match="load"):
            meter.set_load("house", wrong, NEW_YEAR)
    read = read_command(SUPPLIER, 1, 0x0028, [objects.ACTIVE_POWER_IMPORT], device=ESME_EUI)
    (power,) = response(meter.receive(read, NEW_YEAR)).data
    assert power.items[0].number == 4080


def test_activate_for_minutes_then_reset() -> None:
    meter = ESME(identity(ESME_EUI), controllers=(Controller(2, ControllerType.ALCS),))

    def switch(counter: int, item: int, minutes: int, low: int) -> list[int]:
        duration = (Choice.SET, objects.period_time(2, item), long_unsigned(minutes))
        script = (Choice.ACTION, objects.SET_STATE, long_unsigned(0x0200 | low))
        items = (duration, script) if item else (script,)
        return results(meter.receive(change(0x0055, counter, *items), NEW_YEAR))

    assert switch(1, 2, 30, 0x12) == [0, 0]
    assert meter.level(2, Direction.OUTPUT, NEW_YEAR).percent == 0
    assert meter.next_timer() == NEW_YEAR + timedelta(minutes=30)
    assert switch(2, 0, 0, 0x20) == [0]
    assert meter.level(2, Direction.OUTPUT, NEW_YEAR).rule is Rule.DEFAULT
    assert switch(3, 1, 0, 0x11) == [0, 1]
    assert switch(4, 1, 5, 0x12) == [0, 1]
    assert switch(5, 1, 5, 0x13) == [0, 1]
    assert switch(6, 1, 5, 0x11) == [0, 0]


def test_types_are_written_by_the_older_calendar() -> None:
    meter = new_esme()
    name = bytes(range(8))
    calendar = [
        (Choice.SET, objects.type_and_identifier(2), octets(name)),
        (Choice.SET, objects.type_and_identifier(1), octets(bytes(8))),
        (Choice.SET, objects.SPECIAL_DAYS_PASSIVE, array()),
        (Choice.SET, objects.CALENDAR_PASSIVE, array()),
        (Choice.SET, objects.CALENDAR_ACTIVATION, octets(bytes.fromhex("0000000000000000008000FF"))),
        (Choice.SET, objects.SPECIAL_DAYS_ACTIVATION, octets(bytes.fromhex("0000000000000000008000FF"))),
    ]
    assert results(meter.receive(change(0x0054, 1, *calendar), NEW_YEAR)) == [0] * 6
    assert [meter.auxiliary.controller(n).kind for n in (1, 2, 3)] == [
        ControllerType.ALCS,
        ControllerType.HCALCS,
        ControllerType.APC,
    ]
    assert meter.auxiliary.controller(2).hcalcs == name


def test_the_offset_limit_has_a_range() -> None:
    meter = new_esme()
    for counter, (limit, result) in enumerate(((1799, 0), (1800, 1)), start=1):
        item = (Choice.SET, objects.RANDOMISED_OFFSET_LIMIT, long_unsigned(limit))
        assert results(meter.receive(change(0x004B, counter, item), NEW_YEAR)) == [result]
    assert meter.auxiliary.state.randomised_offset_limit == 1799
