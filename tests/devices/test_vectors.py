"""RTDS 4.5.0 against virtual devices: a vector's command in, its response and alerts out, byte for byte.

Only signature and MAC differ, because the devices here have keys of their own.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from devices import objects
from devices.auxiliary_state import Controller, ControllerType
from devices.boost import Boost
from devices.calendar import Calendar
from devices.device import Device
from devices.esme import ESME
from devices.event_log import Action, ControllerEntry, Outcome
from devices.objects import Member
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import CommandedState, Direction, ScheduleRow, SpecialDay
from schemas.gbcs.dlms.access import AccessResponse, decode_dlms
from schemas.gbcs.dlms.times import NEVER, from_seconds
from schemas.gbcs.envelope import Message, Supplementary
from schemas.gbcs.protection import verify_mac, verify_signature
from tests.devices.home import (
    BROKER,
    DEVICE_SIGNING,
    ESME_EUI,
    LOAD_CONTROLLER,
    NETWORK_OPERATOR,
    NEW_YEAR,
    RTDS,
    SAPC_EUI,
    SUPPLIER,
    command,
    identity,
    new_esme,
    new_sapc,
    period_command,
    protect,
    replay,
    secret,
    sent,
    vector,
)

if not RTDS.is_dir():
    pytest.skip("RTDS vectors not found (set DCC_SIM_REFERENCE)", allow_module_level=True)

SUCCESSES = [
    "ECS15c_3.3_SUCCESS",
    "ECS38_7.12_SUCCESS",
    "ECS62Add_7.9_SUCCESS",
    "ECS62Remove_7.10_SUCCESS",
    "ECS46a_6.14.1_ALL_OPTIONALS_SUCCESS",
    "ECS46c_6.14.2_FUTURE_DATED_ALL_OPTIONALS_SUCCESS",
    "ECS46c_6.14.2_IMMEDIATE_SOME_OPTIONALS_SUCCESS",
    "ECS46d_6.14.3_IMMEDIATE_ALCS_SUCCESS",
    "ECS46d_6.14.3_IMMEDIATE_APC_OUTPUT_SUCCESS",
    "ECS46d_6.14.3_FUTURE_DATED_APC_OUTPUT_SUCCESS",
    "ECS46d_6.14.3_CANCELLATION_APC_OUTPUT_SUCCESS",
    "ECS47a_7.13_ALCS_DEACTIVATE_SUCCESS",
    "ECS47a_7.13_APC_INPUT_SUCCESS",
    "ECS47a_7.13_APC_OUTPUT_SUCCESS",
    "ECS47e_7.16_APC_OUTPUT_SUCCESS",
    "ECS47Activate_7.5_SUCCESS",
    "ECS47Deactivate_7.6_SUCCESS",
    "ECS47Reset_7.8_SUCCESS",
    "ECS70_6.11_SUCCESS",
    "ECS70Commission_8.1.1_SUCCESS",
]
FAILURES: list[tuple[str, Member]] = [
    ("ECS15c_3.3_ERROR", objects.CONTROLLER_LOG_RESET),
    ("ECS35f_6.13_ERROR", objects.CONTROLLER_LOG),
    ("ECS35g_6.13_ERROR", objects.CONTROLLER_LOG),
    ("ECS62Add_7.9_ERROR", objects.boost_control(4)),
    ("ECS62Remove_7.10_ERROR", objects.boost_control(4)),
    ("ECS38_7.12_ERROR", objects.RANDOMISED_OFFSET_LIMIT),
    ("ECS46a_6.14.1_ALL_OPTIONALS_ERROR", objects.description(4)),
    ("ECS46c_6.14.2_FUTURE_DATED_ALL_OPTIONALS_ERROR", objects.CALENDAR_ACTIVATION),
    ("ECS46d_6.14.3_IMMEDIATE_ALCS_ERROR", objects.SPECIAL_DAYS_PASSIVE),
    ("ECS46d_6.14.3_IMMEDIATE_APC_OUTPUT_ERROR", objects.CALENDAR_PASSIVE),
    ("ECS47a_7.13_ALCS_DEACTIVATE_ERROR", objects.period_time(1, 1)),
    ("ECS47a_7.13_APC_INPUT_ERROR", objects.period_time(3, 2)),
    ("ECS47Activate_7.5_ERROR", objects.period_time(1, 1)),
    ("ECS47Deactivate_7.6_ERROR", objects.period_time(3, 2)),
    ("ECS47Reset_7.8_ERROR", objects.SET_STATE),
    ("ECS52_11.2_ERROR", objects.FIRMWARE_VERSION),
    ("ECS17c_4.16_ERROR", objects.ACTIVE_POWER_IMPORT),
    ("ECS70_6.11_ERROR", objects.CLOCK_TIME),
]


def device_for(message: Message) -> Device:
    return new_sapc() if message.target == SAPC_EUI else new_esme()


def answer(device: Device, vector_command: Message) -> Message:
    """The device's response to a vector's command, its protection checked."""
    message, *_ = sent(device.receive(replay(vector_command), NEW_YEAR))
    if vector_command.signature:
        verify_signature(message, DEVICE_SIGNING.public_key())
        assert message.mac is None
    else:
        verify_mac(message, secret(vector_command.originator))
        assert message.signature == b""
    return message


@pytest.mark.parametrize("name", SUCCESSES)
def test_a_success_vector_gets_its_response(name: str) -> None:
    asked = vector(f"{name}_COMMAND")
    assert answer(device_for(asked), asked).signed_part() == vector(f"{name}_RESPONSE").signed_part()


@pytest.mark.parametrize(("name", "fault"), FAILURES)
def test_an_error_vector_gets_its_response_when_that_object_fails(name: str, fault: Member) -> None:
    device = new_esme()
    device.store.faults.add(fault)
    before = device.auxiliary.state
    asked = vector(f"{name}_COMMAND")
    assert answer(device, asked).signed_part() == vector(f"{name}_RESPONSE").signed_part()
    assert device.auxiliary.state == before


def expected_read(name: str) -> tuple[Message, AccessResponse]:
    message = vector(f"{name}_RESPONSE")
    content = decode_dlms(message.payload)
    assert isinstance(content, AccessResponse)
    return message, content


def calendar_of(content: AccessResponse, place: int) -> Calendar:
    """Special days and rows of a read, which stand one after the other."""
    return Calendar(
        tuple(ScheduleRow.from_data(row) for row in content.data[place + 1].items),
        tuple(SpecialDay.from_data(day) for day in content.data[place].items),
    )


def with_calendar(controllers: list[Controller], calendar: Calendar) -> ESME:
    device = ESME(identity(ESME_EUI), controllers=tuple(controllers))
    device.auxiliary.state = replace(device.auxiliary.state, active=calendar)
    return device


@pytest.mark.parametrize("name", ["ECS61d_7.14_SUCCESS", "ECS61d_7.14_ERROR"])
def test_ecs61d_reads_the_configuration_back(name: str) -> None:
    _, content = expected_read("ECS61d_7.14_SUCCESS")
    device = with_calendar(
        [Controller(n, ControllerType.APC, description=content.data[n - 1].text) for n in range(1, 6)],
        calendar_of(content, 5),
    )
    if "ERROR" in name:
        device.store.faults.add(objects.description(3))
    assert answer(device, vector(f"{name}_COMMAND")).signed_part() == vector(f"{name}_RESPONSE").signed_part()


@pytest.mark.parametrize("name", ["ECS61e_7.15_SUCCESS", "ECS61e_7.15_ERROR"])
def test_ecs61e_reads_the_operation_back(name: str) -> None:
    hcalcs = EUI64.parse("081234567890ABCDEF"[2:])
    device = ESME(
        identity(ESME_EUI),
        controllers=(
            Controller(1, ControllerType.HCALCS, hcalcs),
            Controller(2, ControllerType.ALCS, information="StateA"),
            Controller(3, ControllerType.APC, information="StateA"),
            Controller(5, ControllerType.ALCS),
        ),
    )
    for number, level, direction in ((1, 0, Direction.OUTPUT), (2, 0, Direction.OUTPUT), (5, 100, Direction.INPUT)):
        device.auxiliary.set_state(CommandedState(number, level, direction), NEW_YEAR, None, NEW_YEAR)
    if "ERROR" in name:
        device.store.faults.add(objects.type_and_identifier(5))
    assert answer(device, vector(f"{name}_COMMAND")).signed_part() == vector(f"{name}_RESPONSE").signed_part()


@pytest.mark.parametrize("name", ["ECS61a_7.7_ALL_OPTIONALS_SUCCESS", "ECS61a_7.7_ALL_OPTIONALS_ERROR"])
def test_ecs61a_reads_the_switches_back(name: str) -> None:
    _, content = expected_read("ECS61a_7.7_ALL_OPTIONALS_SUCCESS")
    switches = []
    for n in range(1, 6):
        octets = content.data[n + 4].octets
        kind = ControllerType.HCALCS if any(octets) else ControllerType.ALCS
        switches.append(Controller(n, kind, EUI64(octets) if any(octets) else None, content.data[n - 1].text))
    device = with_calendar(switches, calendar_of(content, 10))
    for n in range(1, 6):
        device.auxiliary.set_state(CommandedState(n, 100), NEW_YEAR, None, NEW_YEAR)
    if "ERROR" in name:
        device.store.faults.add(objects.switch_state(4))
    assert answer(device, vector(f"{name}_COMMAND")).signed_part() == vector(f"{name}_RESPONSE").signed_part()


@pytest.mark.parametrize("name", ["ECS35f_6.13_SUCCESS", "ECS35g_6.13_SUCCESS"])
def test_the_controllers_log_is_read_back(name: str) -> None:
    _, content = expected_read(name)
    device = new_esme()
    entries = []
    for row in content.data[0].items:
        at, word, outcome, command_id = (item.number for item in row.fields(4))
        action = Action(word & 0xFF)
        entries.append(ControllerEntry(from_seconds(at), word >> 8, action, Outcome(outcome), command_id))
    device.auxiliary.state = replace(device.auxiliary.state, log=tuple(entries))
    assert answer(device, vector(f"{name}_COMMAND")).signed_part() == vector(f"{name}_RESPONSE").signed_part()


@pytest.mark.parametrize("name", ["ECS61c_7.11_SUCCESS", "ECS61c_7.11_ERROR"])
def test_ecs61c_reads_the_boost_function_back(name: str) -> None:
    _, content = expected_read("ECS61c_7.11_SUCCESS")
    device = new_esme()
    log = tuple(
        (from_seconds(start.number), from_seconds(end.number))
        for start, end in (row.fields(2) for row in content.data[1].items)
    )
    controls = tuple(bool(value.value) for value in content.data[2:])
    boost = Boost(bool(content.data[0].value), controls, None, log)
    device.auxiliary.state = replace(device.auxiliary.state, boost=boost)
    if "ERROR" in name:
        device.store.faults.add(objects.boost_control(4))
    assert answer(device, vector(f"{name}_COMMAND")).signed_part() == vector(f"{name}_RESPONSE").signed_part()


def test_ecs52_and_ecs17c() -> None:
    device = ESME(identity(ESME_EUI, firmware_version=bytes.fromhex("0123ABCD")))
    device.set_load("heater", 7, NEW_YEAR)
    device.set_load("lamp", 3, NEW_YEAR)
    for name in ("ECS52_11.2_SUCCESS", "ECS17c_4.16_SUCCESS"):
        assert answer(device, vector(f"{name}_COMMAND")).signed_part() == vector(f"{name}_RESPONSE").signed_part()


@pytest.mark.parametrize("name", ["ECS26c_6.2.2_SUCCESS", "ECS26c_6.2.2_ERROR"])
def test_ecs26c_reads_the_randomisation_back(name: str) -> None:
    device = new_esme()
    device.auxiliary.state = replace(
        device.auxiliary.state, randomised_offset_limit=1000, randomised_offset_number=2000
    )
    if "ERROR" in name:
        device.store.faults.add(objects.RANDOMISED_OFFSET_NUMBER)
    assert answer(device, vector(f"{name}_COMMAND")).signed_part() == vector(f"{name}_RESPONSE").signed_part()


def test_8f66_twice_when_a_future_dated_calendar_becomes_active() -> None:
    device = new_sapc()
    asked = vector("ECS46d_6.14.3_FUTURE_DATED_APC_OUTPUT_SUCCESS_COMMAND")
    device.receive(replay(asked), NEW_YEAR)
    due = datetime(2030, 4, 1, 9, tzinfo=UTC)
    assert device.next_timer() == due
    assert device.auxiliary.state.active == Calendar()
    alerts = sent(device.handle_timer(due))
    assert len(device.auxiliary.state.active.rows) == 10
    for alert, which in zip(alerts, ("CALENDAR", "SPECIAL_DAYS"), strict=True):
        expected = vector(f"ECS46d_6.14.3_8F66_FUTURE_DATED_APC_OUTPUT_SUCCESS_ALERT_{which}")
        assert alert.signed_part() == expected.signed_part()
        verify_signature(alert, DEVICE_SIGNING.public_key())


def test_a_cancelled_calendar_never_becomes_active() -> None:
    device = new_sapc()
    for name in ("FUTURE_DATED", "CANCELLATION"):
        device.receive(replay(vector(f"ECS46d_6.14.3_{name}_APC_OUTPUT_SUCCESS_COMMAND")), NEW_YEAR)
    assert device.next_timer() is None
    assert device.auxiliary.state.active == Calendar()


def test_8f86_when_a_limit_is_processed() -> None:
    device = new_esme(alert_counter=2000)
    data = period_command(
        1,
        0x150A,
        NEW_YEAR,
        datetime(2015, 2, 1, tzinfo=UTC),
        originator=LOAD_CONTROLLER,
        device=ESME_EUI,
        limit=True,
    )
    _, alert = sent(device.receive(data, NEW_YEAR))
    assert alert.signed_part() == vector("ECS101_NA_8F86_OUTPUT_ALERT").signed_part()


def test_8f86_for_input_shows_the_level_that_results() -> None:
    device = new_esme()
    device.auxiliary.set_state(CommandedState(3, 100, Direction.INPUT), NEW_YEAR, None, NEW_YEAR)
    data = period_command(
        1,
        0x2364,
        NEW_YEAR,
        datetime(2015, 2, 1, tzinfo=UTC),
        originator=LOAD_CONTROLLER,
        device=ESME_EUI,
        limit=True,
    )
    _, alert = sent(device.receive(data, NEW_YEAR))
    assert alert.signed_part() == vector("ECS101_NA_8F86_INPUT_ALERT").signed_part()


def test_8f87_when_a_limit_ends() -> None:
    device = new_sapc(alert_counter=1998)
    before = datetime(2014, 12, 31, 23, tzinfo=UTC)
    device.receive(period_command(1, 0x1132, before, NEW_YEAR, originator=LOAD_CONTROLLER, limit=True), before)
    assert device.next_timer() == NEW_YEAR
    (alert,) = sent(device.handle_timer(NEW_YEAR))
    assert alert.signed_part() == vector("ECS102_NA_8F87_OUTPUT_ALERT").signed_part()


def test_8f87_when_a_limit_is_cancelled() -> None:
    device = new_esme(alert_counter=1998)
    device.auxiliary.set_state(CommandedState(1, 10, Direction.INPUT), NEW_YEAR, None, NEW_YEAR)
    end = datetime(2015, 2, 1, tzinfo=UTC)
    where = {"originator": LOAD_CONTROLLER, "device": ESME_EUI, "limit": True}
    device.receive(period_command(1, 0x2105, NEW_YEAR, end, **where), NEW_YEAR)  # type: ignore[arg-type]
    _, alert = sent(device.receive(period_command(2, 0x2105, NEVER, end, **where), NEW_YEAR))  # type: ignore[arg-type]
    assert alert.signed_part() == vector("ECS102_NA_8F87_INPUT_ALERT").signed_part()


def test_8f88_when_a_load_has_something_to_say() -> None:
    device = new_esme(alert_counter=2002)
    (alert,) = sent(device.inform(3, "", NEW_YEAR))
    assert alert.signed_part() == vector("ECS200_NA_8F88_ALERT").signed_part()
    assert alert.signature


def test_8f85_for_a_command_that_a_sapc_does_not_support() -> None:
    device = new_sapc()
    asked = protect(command(SUPPLIER, 100_000, 0x0012, b"\x05\x00"), signed=True)
    (alert,) = sent(device.receive(asked, NEW_YEAR))
    assert alert.signed_part() == vector("ECS100_NA_8F85_ALERT").signed_part()
    behind = Supplementary(SUPPLIER.eui, 200_000)
    asked = protect(command(BROKER, 100_000, 0x0012, b"\x05\x00", supplementary=behind), signed=False)
    (alert,) = sent(device.receive(asked, NEW_YEAR))
    assert alert.signed_part() == vector("ECS100_NA_8F85_SUPPLEMENTARY_REMOTE_PARTY_ALERT").signed_part()


def test_8f30_for_a_party_without_authority() -> None:
    device = new_esme()
    asked = vector("ECS38_7.12_SUCCESS_COMMAND")
    asked = replace(asked, originator=NETWORK_OPERATOR.eui)
    (alert,) = sent(device.receive(replay(asked), NEW_YEAR))
    assert alert.signed_part() == vector("GCA-DLMS_NA_8F30_ALERT").signed_part()
