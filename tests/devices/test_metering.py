"""What a meter measures, and who may read it: registers and logs against power times time, answers against vectors."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.esme import ESME
from devices.metering import DAYS, HALF_HOURS, EnergyMeter
from devices.supply import LoadLimit, SupplyRecord
from schemas.gbcs.dlms.access import AccessResponse, decode_dlms
from schemas.gbcs.envelope import Message
from schemas.gbcs.protection import shared_secret, verify_signature
from schemas.gbcs.sealed import opener
from schemas.gbcs.use_cases.table import by_name
from schemas.mmc.document import write_mmc
from tests.devices.home import (
    DEVICE_AGREEMENT,
    DEVICE_SIGNING,
    NETWORK_OPERATOR,
    NEW_YEAR,
    SUPPLIER,
    new_esme,
    replay,
    response,
    results,
    sent,
    vector,
)

HOUR = timedelta(hours=1)
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
needs_vectors = pytest.mark.usefixtures("reference")


def content(message: Message) -> AccessResponse:
    decoded = decode_dlms(message.payload)
    assert isinstance(decoded, AccessResponse)
    return decoded


def state(meter: ESME) -> str:
    """Of the supply."""
    return meter.supply.record.state.name


def mmc(message: Message, name: str, reader: Any) -> str:
    """The answer opened by who asked."""
    secret = shared_secret(reader.agreement, DEVICE_AGREEMENT.public_key())
    return write_mmc(message, by_name(name), opener(secret, message)).decode()


def test_energy_is_power_times_time() -> None:
    meter = EnergyMeter()
    meter.set_load("car", 7360, NOON)
    meter.set_load("sun", -3000, NOON + HOUR / 2)
    meter.set_load("car", 0, NOON + HOUR)
    registers = meter.registers(NOON + 3 * HOUR)
    assert (registers.import_wh, registers.export_wh) == (3680 + 2180, 6000)
    assert [(entry.import_wh, entry.export_wh) for entry in meter.profile] == [(3680, 0), (2180, 0)] + 4 * [(0, 1500)]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-22_000, 22_000), st.integers(1, 100_000)), min_size=1, max_size=20),
    st.integers(0, 86_399),
)
def test_profile_and_days_add_up_to_the_registers(changes: list[tuple[int, int]], begins: int) -> None:
    """Nothing is lost or counted twice at the edges of half hours and days; no entry is off them."""
    meter = EnergyMeter()
    now = datetime(2026, 3, 28, tzinfo=UTC) + timedelta(seconds=begins)
    meter.set_load("x", 0, now)
    exact = [0, 0]
    for watts, seconds in changes:
        meter.set_load("x", watts, now)
        exact[watts < 0] += abs(watts) * seconds
        now += timedelta(seconds=seconds)
    registers = meter.registers(now)
    assert [registers.import_wh, registers.export_wh] == [each // 3600 for each in exact]
    last = meter.profile[-1].end if meter.profile else now
    meter.settle(last)
    assert all(entry.end.minute in (0, 30) and entry.end.second == 0 for entry in meter.profile)
    assert all(entry.end.hour == entry.end.minute == 0 for entry in meter.days)
    assert sum(entry.import_wh for entry in meter.profile) <= registers.import_wh
    ends = [entry.end for entry in meter.profile]
    assert ends == [ends[0] + number * HOUR / 2 for number in range(len(ends))] if ends else True


def test_half_hours_are_those_of_a_clock_that_is_put_back() -> None:
    meter = EnergyMeter()
    meter.set_load("car", 6000, NOON)
    meter.settle(NOON + HOUR / 3)
    meter.settle(NOON - HOUR / 3)
    meter.set_load("car", 6000, NOON + HOUR / 6)
    assert [(entry.end, entry.import_wh) for entry in meter.profile] == [(NOON, 2000 + 2000)]


def test_the_logs_are_bounded() -> None:
    """13 months of half hours and two years of days, the oldest go; a day's entry is the sum of its half hours."""
    meter = EnergyMeter()
    meter.set_load("house", 250, datetime(2024, 1, 1, tzinfo=UTC))
    meter.settle(datetime(2026, 6, 1, tzinfo=UTC))
    assert (len(meter.profile), len(meter.days)) == (HALF_HOURS, DAYS)
    assert {entry.import_wh for entry in meter.profile} == {125}
    assert {entry.import_wh for entry in meter.days} == {6000}


def test_voltage_falls_with_load_and_rises_with_export() -> None:
    meter = EnergyMeter()
    assert meter.voltage == 240.0
    meter.set_load("car", 7360, NOON)
    loaded = meter.voltage
    meter.set_load("sun", -12_000, NOON)
    assert 216.2 <= loaded < 240.0 < meter.voltage <= 253.0


@needs_vectors
@pytest.mark.parametrize(
    "name",
    ["ECS42_7.1_SUCCESS", "ECS43_7.2_SUCCESS", "ECS45_7.4_SUCCESS", "ECS28b_6.4.2_SUCCESS"],
)
def test_supply_answers_as_the_vectors(name: str) -> None:
    meter = new_esme()
    (answer,) = sent(meter.receive(replay(vector(f"{name}_COMMAND")), NEW_YEAR))
    assert answer.payload == vector(f"{name}_RESPONSE").payload


@needs_vectors
def test_supply_goes_off_armed_and_on() -> None:
    """Armed after it was off, on by the button; off is no power for whatever is behind the meter."""
    meter = new_esme()
    assert results(meter.receive(replay(vector("ECS43_7.2_SUCCESS_COMMAND")), NEW_YEAR)) == [0]
    assert state(meter) == "DISABLED"
    arm = vector("ECS44_7.3_SUCCESS_COMMAND")
    payload = arm.payload[:2] + (2000).to_bytes(3) + arm.payload[5:]
    later = replace(arm, originator_counter=2000, payload=payload)
    assert results(meter.receive(replay(later), NEW_YEAR)) == [0]
    assert state(meter) == "ARMED"
    meter.supply.press_button()
    assert state(meter) == "ENABLED"


@needs_vectors
def test_load_limiting_now_and_for_later() -> None:
    """The vectors' commands: at once, or at their time with the vectors' four alerts."""
    meter = new_esme(alert_counter=2003)
    now = meter.receive(replay(vector("ECS28a_6.4.1_IMMEDIATE_SUCCESS_COMMAND")), NEW_YEAR)
    assert sent(now)[0].payload == vector("ECS28a_6.4.1_IMMEDIATE_SUCCESS_RESPONSE").payload
    held = meter.supply.record.limit
    later = meter.receive(replay(vector("ECS28a_6.4.1_FUTURE_DATED_SUCCESS_COMMAND")), NEW_YEAR)
    assert sent(later)[0].payload == vector("ECS28a_6.4.1_FUTURE_DATED_SUCCESS_RESPONSE").payload
    assert meter.supply.record.limit == held
    due = meter.next_timer()
    assert due == datetime(2030, 1, 15, 9, tzinfo=UTC)
    alerts = [alert.payload for alert in sent(meter.handle_timer(due))]
    names = "SUPPLY_STATE", "POWER_THRESHOLD", "PERIOD", "RESTORATION_PERIOD"
    assert alerts == [vector(f"ECS28a_6.4.1_8F66_FUTURE_DATED_SUCCESS_ALERT_{name}").payload for name in names]
    read = response(new_esme().receive(replay(vector("ECS27_4.15_SUCCESS_COMMAND")), due))
    like = content(vector("ECS27_4.15_SUCCESS_RESPONSE"))
    assert [value.tag for value in read.data] == [value.tag for value in like.data]
    assert read.data[2] == like.data[2]


@needs_vectors
@pytest.mark.parametrize("name, code", [("ECS17b_4.1.1_SINGLE", "ECS17b"), ("ECS66_4.17", "ECS66")])
def test_protected_reads_as_the_vectors(name: str, code: str) -> None:
    """How it is protected is the vector's, octet for octet; what is in it only the reader can open."""
    meter = new_esme()
    meter.set_load("house", 1000, datetime(2014, 12, 3, tzinfo=UTC))
    (answer,) = sent(meter.receive(replay(vector(f"{name}_SUCCESS_COMMAND")), NEW_YEAR))
    ours, theirs = content(answer), content(vector(f"{name}_SUCCESS_RESPONSE"))
    assert ours.results == theirs.results
    assert ours.data[0].fields(2)[0] == theirs.data[0].fields(2)[0]
    told = mmc(answer, code, SUPPLIER)
    if code == "ECS17b":
        assert "<ra:Value>696000</ra:Value><ra:ActiveEnergyUnit>Wh</ra:ActiveEnergyUnit>" in told
    else:
        assert told.count("<ra:Value>24000</ra:Value>") == 2
    with pytest.raises(Exception, match="tag"):
        mmc(answer, code, NETWORK_OPERATOR)


@needs_vectors
def test_export_is_read_in_clear() -> None:
    meter = new_esme()
    meter.set_load("sun", -2000, datetime(2014, 12, 31, tzinfo=UTC))
    read = meter.receive(replay(vector("ECS17a_4.2_SUCCESS_COMMAND")), NEW_YEAR)
    exported, scale, reactive, _ = response(read).data
    assert (exported.number, reactive.number) == (48_000, 0)
    assert scale == content(vector("ECS17a_4.2_SUCCESS_RESPONSE")).data[1]


def test_a_limit_that_is_exceeded_cuts_the_supply_and_gives_it_back() -> None:
    """Above the threshold for the whole period: counted, off, and on again after the restoration period."""
    meter = new_esme()
    limit = LoadLimit(disables=True, threshold=5000, period=60, restoration=600)
    meter.supply.record = SupplyRecord(limit=limit)
    meter.set_load("car", 7360, NOON)
    meter.handle_timer(NOON + timedelta(seconds=59))
    assert state(meter) == "ENABLED"
    meter.set_load("car", 0, NOON + timedelta(seconds=59))
    meter.set_load("car", 7360, NOON + timedelta(seconds=59))
    meter.handle_timer(NOON + timedelta(seconds=118))
    assert state(meter) == "ENABLED"
    (armed,) = sent(meter.handle_timer(NOON + timedelta(seconds=119)))
    assert (state(meter), meter.supply.record.counter, alert_code(armed)) == ("ARMED", 1, 0x8F33)
    assert meter.event_log.codes() == [0x8F01, 0x8F33]
    meter.set_load("car", 0, NOON + timedelta(seconds=119))
    meter.handle_timer(NOON + timedelta(seconds=718))
    assert state(meter) == "ARMED"
    (enabled,) = sent(meter.handle_timer(NOON + timedelta(seconds=719)))
    assert (state(meter), alert_code(enabled)) == ("ENABLED", 0x8F34)
    verify_signature(enabled, DEVICE_SIGNING.public_key())


def alert_code(alert: Message) -> int:
    """Of a generic alert."""
    assert alert.message_code == 0x1000
    return int.from_bytes(alert.payload[9:11])


def test_the_button_enables_before_the_restoration_and_nothing_comes_after() -> None:
    meter = new_esme()
    meter.supply.record = SupplyRecord(limit=LoadLimit(disables=True, threshold=5000, period=60, restoration=600))
    meter.set_load("car", 7360, NOON)
    meter.handle_timer(NOON + timedelta(seconds=60))
    meter.set_load("car", 0, NOON + timedelta(seconds=60))
    meter.supply.press_button()
    assert state(meter) == "ENABLED"
    assert meter.next_timer() is None


def test_a_limit_that_only_counts_counts_once_until_the_import_was_below() -> None:
    """However often the meter is looked at meanwhile: the supply stays on, and the event log tells each time."""
    meter = new_esme()
    meter.supply.record = SupplyRecord(limit=LoadLimit(threshold=5000, period=60))
    for start in (0, 1000):
        meter.set_load("car", 7360, NOON + timedelta(seconds=start))
        for later in (60, 61, 200, 500):
            assert sent(meter.handle_timer(NOON + timedelta(seconds=start + later))) == []
            meter.set_load("kettle", later, NOON + timedelta(seconds=start + later))
        meter.set_load("car", 0, NOON + timedelta(seconds=start + 600))
        meter.handle_timer(NOON + timedelta(seconds=start + 700))
    assert (state(meter), meter.supply.record.counter) == ("ENABLED", 2)
    assert meter.event_log.codes() == [0x8F01, 0x8F01]
