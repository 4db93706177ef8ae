"""Controllers 1 to 5 of each type, over the HAN: each takes its commands, and no other one is touched."""

import pytest

from devices import objects
from devices.auxiliary_objects import type_octets
from devices.auxiliary_state import Controller, ControllerType, Rule
from devices.esme import ESME
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import CONTROLLERS, Direction
from schemas.gbcs.dlms.access import Choice
from schemas.gbcs.dlms.data import long_unsigned
from schemas.gbcs.dlms.times import NEVER, NOW
from tests.devices.home import (
    ESME_EUI,
    LOAD_CONTROLLER,
    NEW_YEAR,
    SUPPLIER,
    command,
    identity,
    notes,
    period_command,
    protect,
    read_command,
    request,
    response,
    results,
)

TYPES = tuple(ControllerType)
DONE, FAILED = [0, 0, 0], [0, 0, 1]
OUTPUT, INPUT = Direction
SWITCHES = 0x00BB
"""ECS61a, which reads type, description and state of the five."""


def meter(kind: ControllerType) -> ESME:
    """A meter with five controllers of one type."""
    switches = (EUI64.parse(f"00DB1234567891{n:02X}") if kind is ControllerType.HCALCS else None for n in CONTROLLERS)
    controllers = tuple(Controller(n, kind, eui) for n, eui in zip(CONTROLLERS, switches, strict=True))
    return ESME(identity(ESME_EUI), controllers=controllers)


def levels(device: ESME, direction: Direction = OUTPUT) -> list[int]:
    return [device.level(n, direction, NEW_YEAR).percent for n in CONTROLLERS]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("n", CONTROLLERS)
def test_set_state_limit_and_reset(n: int, kind: ControllerType) -> None:
    device = meter(kind)
    there, apc = kind is not ControllerType.NONE, kind is ControllerType.APC
    half, quarter, back = (direction << 12 | n << 8 | level for direction, level in ((1, 50), (1, 25), (2, 40)))
    outputs = device.receive(period_command(1, half, NOW, NEVER, device=ESME_EUI), NEW_YEAR)
    assert results(outputs) == (DONE if there else FAILED)
    reached = 50 if apc else 0
    assert levels(device) == [(reached if there and m == n else 100) for m in CONTROLLERS]
    named = [text.partition(" output")[0] for text in notes(outputs, "level")]
    assert named == ([f"controller {n}"] if there else [])

    cap = period_command(1, quarter, NOW, NEVER, device=ESME_EUI, originator=LOAD_CONTROLLER, limit=True)
    assert results(device.receive(cap, NEW_YEAR)) == (DONE if apc else FAILED)
    assert device.level(n, OUTPUT, NEW_YEAR).rule is (Rule.LIMIT if apc else Rule.SET_STATE if there else Rule.DEFAULT)

    outputs = device.receive(period_command(2, back, NOW, NEVER, device=ESME_EUI), NEW_YEAR)
    assert results(outputs) == (DONE if there else FAILED)
    assert levels(device, INPUT) == [(40 if apc and m == n else 0) for m in CONTROLLERS]

    reset = request(3, [(Choice.ACTION, objects.SET_STATE, long_unsigned(n << 8 | 0x20))])
    outputs = device.receive(protect(command(SUPPLIER, 3, 0x0055, reset, device=ESME_EUI), signed=True), NEW_YEAR)
    assert levels(device) == [(25 if apc and m == n else 100) for m in CONTROLLERS]
    assert levels(device, INPUT) == [0] * 5


@pytest.mark.parametrize("kind", TYPES)
def test_type_and_state_are_read_back(kind: ControllerType) -> None:
    """ECS61a answers from the same state as the levels: the third is off, the others on; none is never on."""
    device = meter(kind)
    device.receive(period_command(1, 0x1300, NOW, NEVER, device=ESME_EUI), NEW_YEAR)
    members = [
        *(objects.description(n) for n in CONTROLLERS),
        *(objects.type_and_identifier(n) for n in CONTROLLERS),
        objects.SPECIAL_DAYS_ACTIVE,
        objects.CALENDAR_ACTIVE,
        *(objects.switch_state(n) for n in CONTROLLERS),
    ]
    answer = response(device.receive(read_command(SUPPLIER, 2, SWITCHES, members, device=ESME_EUI), NEW_YEAR))
    there = kind is not ControllerType.NONE
    assert [bool(data.value) for data in answer.data[12:]] == [there and n != 3 for n in CONTROLLERS]
    assert [data.octets for data in answer.data[5:10]] == [
        type_octets(device.auxiliary.controller(n)) for n in CONTROLLERS
    ]
