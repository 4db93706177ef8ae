"""The one path of every message: what passes, what is refused, and that a refusal changes nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices import objects
from devices.alerts import AlertCode
from devices.charge_point import ChargePoint
from devices.device import Device
from devices.output import Output
from devices.sapc import SAPC
from devices.trust import Role
from devices.use_cases import UseCase
from schemas.gbcs.dlms.access import AccessRequest, Choice, liid
from schemas.gbcs.dlms.data import NULL, long_unsigned, octets, visible
from schemas.gbcs.dlms.times import NEVER, encode_date_time
from schemas.gbcs.envelope import CraFlag, Supplementary
from schemas.gbcs.protection import add_mac, sign
from schemas.gbcs.use_cases.access import Access
from tests.devices.forms import items_of
from tests.devices.home import (
    BROKER,
    DEVICE_AGREEMENT,
    ESME_EUI,
    LOAD_CONTROLLER,
    NETWORK_OPERATOR,
    NEW_YEAR,
    PARTIES,
    SAPC_EUI,
    SUPPLIER,
    Party,
    command,
    identity,
    key,
    new_esme,
    new_sapc,
    notes,
    period_command,
    protect,
    read_command,
    request,
    results,
    secret,
    sent,
)

HOUR = timedelta(hours=1)
DLMS = [use_case for use_case in new_esme().use_cases if use_case.content is Access]
GOOD = period_command(7, 0x1132, NEW_YEAR, NEW_YEAR + HOUR)


def state_of(device: Device) -> object:
    assert isinstance(device, SAPC)
    return device.auxiliary.state, dict(device.trust.counters), device.clock.state, device.charge_point.power_w


def refused(device: Device, data: bytes) -> int:
    """The alert code that ``data`` got from ``device``, which answered nothing and kept its state."""
    before = state_of(device)
    (alert,) = sent(device.receive(data, NEW_YEAR))
    assert (alert.cra, alert.message_code, alert.target) == (CraFlag.ALERT, 0x1000, SUPPLIER.eui)
    assert state_of(device) == before
    code = int.from_bytes(alert.payload[9:11], "big")
    assert device.security_log.codes()[-1] == code
    return code


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_random_bytes_are_refused(data: bytes) -> None:
    assert refused(new_sapc(), data) == AlertCode.FORMAT_CHECK_FAILED


@given(st.integers(0, len(GOOD) * 8 - 1))
@settings(deadline=None, max_examples=300)
def test_any_flipped_bit_is_refused(bit: int) -> None:
    flipped = bytearray(GOOD)
    flipped[bit // 8] ^= 1 << bit % 8
    refused(new_sapc(), bytes(flipped))


@given(st.integers(0, len(GOOD) - 1))
@settings(deadline=None, max_examples=50)
def test_any_message_cut_short_is_refused(length: int) -> None:
    assert refused(new_sapc(), GOOD[:length]) == AlertCode.FORMAT_CHECK_FAILED


@given(st.binary(max_size=120))
@settings(deadline=None)
def test_any_content_under_a_right_signature_is_refused_without_an_exception(content: bytes) -> None:
    device = new_sapc()
    outputs = device.receive(protect(command(SUPPLIER, 1, 0x011E, content), signed=True), NEW_YEAR)
    (alert,) = sent(outputs)
    assert alert.cra is CraFlag.ALERT
    assert device.security_log.codes() == [AlertCode.FORMAT_CHECK_FAILED]


def test_a_replayed_command_is_refused_and_a_higher_counter_is_not() -> None:
    device = new_sapc()
    assert results(device.receive(GOOD, NEW_YEAR)) == [0, 0, 0]
    assert refused(device, GOOD) == AlertCode.NOT_AUTHENTIC_OTHER
    assert refused(device, period_command(6, 0x1100, NEW_YEAR, NEW_YEAR + HOUR)) == AlertCode.NOT_AUTHENTIC_OTHER
    assert results(device.receive(period_command(8, 0x1100, NEW_YEAR, NEW_YEAR + HOUR), NEW_YEAR)) == [0, 0, 0]


def test_counters_of_parties_are_kept_apart() -> None:
    device = new_sapc()
    device.receive(GOOD, NEW_YEAR)
    read = read_command(NETWORK_OPERATOR, 1, 0x0059, [objects.FIRMWARE_VERSION])
    assert results(device.receive(read, NEW_YEAR)) == [0]


def test_a_command_for_another_device_is_refused() -> None:
    other = period_command(1, 0x1132, NEW_YEAR, NEW_YEAR + HOUR, device=ESME_EUI)
    assert refused(new_sapc(), other) == AlertCode.NOT_AUTHENTIC_OTHER


def test_a_response_is_no_command() -> None:
    message = replace(command(SUPPLIER, 1, 0x011E, b""), cra=CraFlag.RESPONSE)
    assert refused(new_sapc(), protect(message, signed=True)) == AlertCode.NOT_AUTHENTIC_OTHER


def test_an_unknown_originator_is_refused() -> None:
    stranger = replace(command(SUPPLIER, 1, 0x0059, b""), originator=ESME_EUI)
    assert refused(new_sapc(), add_mac(stranger, secret(BROKER.eui)).encode()) == AlertCode.NOT_AUTHENTIC_OTHER


def test_a_critical_command_needs_signature_and_mac() -> None:
    asked = command(SUPPLIER, 1, 0x011E, request(1, []))
    assert refused(new_sapc(), protect(asked, signed=False)) == AlertCode.AUTHENTICATION_FAILED
    assert refused(new_sapc(), sign(asked, SUPPLIER.signing).encode()) == AlertCode.AUTHENTICATION_FAILED
    wrong_key = add_mac(sign(asked, key(999)), secret(BROKER.eui)).encode()
    assert refused(new_sapc(), wrong_key) == AlertCode.AUTHENTICATION_FAILED


def test_a_device_without_a_broker_trusts_nothing() -> None:
    lone = replace(identity(), anchors=(SUPPLIER.cell,))
    assert refused(SAPC(lone, ChargePoint()), GOOD) == AlertCode.AUTHENTICATION_FAILED


def test_without_a_supplier_there_is_no_alert_but_a_log_entry() -> None:
    device = SAPC(replace(identity(), anchors=(BROKER.cell,)), ChargePoint())
    assert sent(device.receive(b"noise", NEW_YEAR)) == []
    assert device.security_log.codes() == [AlertCode.FORMAT_CHECK_FAILED]


def empty_command(device: Device, use_case: UseCase, party: Party, supplementary: Supplementary | None) -> bytes:
    """A command of ``use_case`` with null data: what may be sent is answered, though with a failure."""
    payload = AccessRequest(liid(1), tuple(items_of(use_case, 1))).encode()
    asked = command(party, 1, use_case.code, payload, device=device.eui, supplementary=supplementary)
    return protect(asked, signed=use_case.critical)


@pytest.mark.parametrize("party", PARTIES.values(), ids=lambda party: party.role.name)
@pytest.mark.parametrize("use_case", DLMS, ids=lambda use_case: use_case.name)
def test_each_role_may_send_its_codes_and_no_other(use_case: UseCase, party: Party) -> None:
    device = new_esme()
    behind = Supplementary(SUPPLIER.eui, 1) if party is BROKER else None
    (message, *_) = sent(device.receive(empty_command(device, use_case, party, behind), NEW_YEAR))
    if party.role in use_case.roles:
        assert (message.cra, message.target) == (CraFlag.RESPONSE, party.eui)
    else:
        assert message.cra is CraFlag.ALERT
        assert device.security_log.codes() == [AlertCode.NO_AUTHORITY]


def test_only_the_supplier_and_the_load_controller_change_anything() -> None:
    """What reads takes the network operator too; what changes something is one role's alone, critical or not."""
    uncritical = {"ECS15a", "ECS15c", "ECS62Add", "ECS50", "ECS28b", "ECS10"}
    for use_case in DLMS:
        changes = use_case.critical or use_case.declared[0].name in uncritical
        assert changes == (len(use_case.roles) == 1)
        assert changes == (Role.NETWORK_OPERATOR not in use_case.roles)


def test_the_broker_must_name_the_party_behind_it() -> None:
    read = read_command(BROKER, 1, 0x0059, [objects.FIRMWARE_VERSION])
    assert refused(new_sapc(), read) == AlertCode.NO_AUTHORITY
    behind = Supplementary(SUPPLIER.eui, 5, None, b"\x30\x82\x00\x02ab")
    read = read_command(BROKER, 1, 0x0059, [objects.FIRMWARE_VERSION], supplementary=behind)
    (answer,) = sent(new_sapc().receive(read, NEW_YEAR))
    assert answer.supplementary == Supplementary(SUPPLIER.eui, 5)


def test_a_code_cannot_carry_the_items_of_another() -> None:
    """A MACed read must not smuggle a script in: its code needs no signature."""
    times = [(Choice.SET, objects.period_time(1, item), octets(encode_date_time(NEW_YEAR))) for item in (1, 2)]
    items = [*times, (Choice.ACTION, objects.SET_STATE, long_unsigned(0x1100))]
    device = new_sapc()
    before = device.auxiliary.state
    outputs = device.receive(protect(command(SUPPLIER, 1, 0x0059, request(1, items)), signed=False), NEW_YEAR)
    assert [message.cra for message in sent(outputs)] == [CraFlag.ALERT]
    assert device.auxiliary.state == before
    assert device.security_log.codes() == [AlertCode.FORMAT_CHECK_FAILED]


def test_the_long_invoke_id_follows_the_counter() -> None:
    payload = request(2, [(Choice.GET, objects.FIRMWARE_VERSION, NULL)])
    device = new_sapc()
    device.receive(protect(command(SUPPLIER, 1, 0x0059, payload), signed=False), NEW_YEAR)
    assert device.security_log.codes() == [AlertCode.FORMAT_CHECK_FAILED]


def test_content_that_is_no_access_request_is_refused() -> None:
    device = new_sapc()
    content = bytes.fromhex("DA2000000100000100010200")
    device.receive(protect(command(SUPPLIER, 1, 0x011E, content), signed=True), NEW_YEAR)
    assert device.security_log.codes() == [AlertCode.FORMAT_CHECK_FAILED]


def test_a_command_that_fails_half_way_changes_nothing() -> None:
    device = new_sapc()
    texts = [(Choice.SET, objects.description(n), visible(text)) for n, text in ((1, "Car"), (2, "x" * 23))]
    before = device.auxiliary.state
    outputs = device.receive(protect(command(SUPPLIER, 1, 0x0053, request(1, texts)), signed=True), NEW_YEAR)
    assert results(outputs) == [0, 1]
    assert device.auxiliary.state == before
    assert "SwitchDescription" in notes(outputs, "acted")[0]


def faulty(word: int, start: bytes, end: bytes) -> list[Output]:
    return new_sapc().receive(period_command(1, word, start, end), NEW_YEAR)


@pytest.mark.parametrize(
    ("word", "start", "end"),
    [
        (0x1165, NEW_YEAR, NEW_YEAR + HOUR),  # 101 %
        (0x3164, NEW_YEAR, NEW_YEAR + HOUR),  # no such direction
        (0x1164, NEW_YEAR, NEW_YEAR),  # empty
        (0x1164, NEW_YEAR - 2 * HOUR, NEW_YEAR - HOUR),  # over
        (0x1264, NEW_YEAR, NEW_YEAR + HOUR),  # controller 2 of this SAPC is none
        (0x0120, NEW_YEAR, NEW_YEAR + HOUR),  # ECS47's reset in ECS47a's clothes
        (0x1164, b"\x00" * 11, NEW_YEAR + HOUR),  # no date-time
    ],
)
def test_contents_that_the_script_cannot_take_fail_at_the_script(word: int, start: bytes, end: bytes) -> None:
    assert results(faulty(word, start, end)) == [0, 0, 1]


def test_cancelling_what_is_not_there_succeeds() -> None:
    assert results(faulty(0x1164, NEVER, encode_date_time(NEW_YEAR))) == [0, 0, 0]


def test_times_of_one_controller_do_not_serve_another() -> None:
    data = period_command(1, 0x1164, NEW_YEAR, NEW_YEAR + HOUR)
    items = [
        (Choice.SET, objects.period_time(3, 1), octets(encode_date_time(NEW_YEAR))),
        (Choice.SET, objects.period_time(3, 2), octets(encode_date_time(NEW_YEAR + HOUR))),
        (Choice.ACTION, objects.SET_STATE, long_unsigned(0x1164)),
    ]
    device = new_sapc()
    assert results(device.receive(data, NEW_YEAR)) == [0, 0, 0]
    crossed = protect(command(SUPPLIER, 2, 0x011E, request(2, items)), signed=True)
    assert results(device.receive(crossed, NEW_YEAR)) == [0, 0, 1]


def test_only_a_load_controller_may_limit() -> None:
    limit = period_command(1, 0x1132, NEW_YEAR, NEW_YEAR + HOUR, limit=True)
    assert refused(new_sapc(), limit) == AlertCode.NO_AUTHORITY
    allowed = period_command(1, 0x1132, NEW_YEAR, NEW_YEAR + HOUR, limit=True, originator=LOAD_CONTROLLER)
    assert results(new_sapc().receive(allowed, NEW_YEAR)) == [0, 0, 0]


def test_a_device_agrees_one_secret_per_peer() -> None:
    device = new_sapc()
    assert device.trust.secret(SUPPLIER.eui) is device.trust.secret(SUPPLIER.eui)
    assert device.trust.secret(SUPPLIER.eui) == secret(SUPPLIER.eui)
    assert DEVICE_AGREEMENT.curve.name == "secp256r1"


def test_time_order_within_receive() -> None:
    """What was due before a message happens before it."""
    device = new_sapc()
    device.receive(GOOD, NEW_YEAR)
    late = NEW_YEAR + 2 * HOUR
    outputs = device.receive(period_command(8, 0x1100, late, late + HOUR), late)
    assert notes(outputs, "level") == [
        "controller 1 output 100 % by default, was 50 %",
        "controller 1 output 0 % by set state, was 100 %",
    ]
    assert device.eui == SAPC_EUI
