"""The journey at device level: a supplier turns a charge point down for an hour."""

from datetime import UTC, datetime, timedelta

from devices.auxiliary_state import Controller, ControllerType, Rule
from devices.charge_point import ChargePoint
from devices.output import Output
from devices.sapc import SAPC
from devices.vehicle import Vehicle
from schemas.gbcs.auxiliary import Direction
from schemas.gbcs.dlms.times import NEVER, NOW
from tests.devices.home import LOAD_CONTROLLER, identity, new_sapc, notes, period_command, results, sent

EVENING = datetime(2026, 3, 2, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)


def advance(device: SAPC, until: datetime) -> list[Output]:
    """Let the device have every timer up to ``until``, each at its own time."""
    outputs: list[Output] = []
    while (due := device.next_timer()) is not None and due <= until:
        outputs += device.handle_timer(due)
    return outputs


def test_half_power_for_an_hour_at_exact_times() -> None:
    device = new_sapc()
    device.plug_in(Vehicle(state_of_charge=20), EVENING)
    start, end = EVENING + HOUR, EVENING + 2 * HOUR
    outputs = device.receive(period_command(1, 0x1132, start, end), EVENING + HOUR / 2)
    assert results(outputs) == [0, 0, 0]
    assert device.charge_point.power_kw == 7.36
    assert device.next_timer() == start
    turned = advance(device, EVENING + 3 * HOUR)
    assert device.charge_point.history == [(EVENING, 7.36), (start, 3.68), (end, 7.36)]
    assert notes(turned, "power") == ["3.68 kW, was 7.36 kW; 16 A offered", "7.36 kW, was 3.68 kW; 32 A offered"]
    assert notes(turned, "level") == [
        "controller 1 output 50 % by set state, was 100 %",
        "controller 1 output 100 % by default, was 50 %",
    ]


def test_a_late_timer_call_gives_the_same_history() -> None:
    device = new_sapc()
    device.plug_in(Vehicle(state_of_charge=20), EVENING)
    device.receive(period_command(1, 0x1132, EVENING + HOUR, EVENING + 2 * HOUR), EVENING)
    device.handle_timer(EVENING + 5 * HOUR)
    assert [moment for moment, _ in device.charge_point.history] == [EVENING, EVENING + HOUR, EVENING + 2 * HOUR]


def test_a_limit_caps_a_set_state_and_gives_it_back() -> None:
    device = new_sapc()
    device.plug_in(Vehicle(state_of_charge=20), EVENING)
    device.receive(period_command(1, 0x114B, NOW, NEVER), EVENING)
    assert device.charge_point.power_w == 24 * 230
    limit = period_command(1, 0x1119, EVENING, EVENING + HOUR, limit=True, originator=LOAD_CONTROLLER)
    response, alert = sent(device.receive(limit, EVENING))
    assert (response.target, alert.message_code) == (LOAD_CONTROLLER.eui, 0x0121)
    assert device.level(1, Direction.OUTPUT, EVENING).rule is Rule.LIMIT
    assert device.charge_point.power_w == 8 * 230
    (ended,) = sent(advance(device, EVENING + HOUR))
    assert ended.message_code == 0x0122
    assert device.charge_point.power_w == 24 * 230


def test_a_car_charges_until_it_is_full() -> None:
    device = new_sapc()
    car = Vehicle(capacity_kwh=20, state_of_charge=70)
    device.plug_in(car, EVENING)
    advance(device, EVENING + 12 * HOUR)
    assert car.full
    assert device.next_timer() is None
    powers = [kw for _, kw in device.charge_point.history]
    assert powers == sorted(powers, reverse=True)
    assert powers[-1] == 0
    device.unplug(EVENING + 12 * HOUR)
    assert device.charge_point.vehicle is None


def test_another_controller_may_drive_the_charge_point() -> None:
    controllers = (Controller(3, ControllerType.APC), Controller(5, ControllerType.APC))
    device = SAPC(identity(), ChargePoint(), controllers=controllers, drives=5)
    device.plug_in(Vehicle(), EVENING)
    device.receive(period_command(1, 0x1300, EVENING, EVENING + HOUR), EVENING)
    assert device.charge_point.power_kw == 7.36
    device.receive(period_command(2, 0x1500, EVENING, EVENING + HOUR), EVENING)
    assert device.charge_point.power_kw == 0


def test_a_fast_clock_switches_early() -> None:
    device = new_sapc(clock_offset=timedelta(minutes=1))
    device.plug_in(Vehicle(state_of_charge=20), EVENING)
    device.receive(period_command(1, 0x1132, EVENING + HOUR, EVENING + 2 * HOUR), EVENING)
    assert device.next_timer() == EVENING + HOUR - timedelta(minutes=1)
