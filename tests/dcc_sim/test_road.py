"""The road over HTTP, hop by hop: what is posted, what the DCC makes of it, what the device gets and does."""

from datetime import timedelta

import pytest

from dcc_sim import home
from dcc_sim.smki import Usage
from dcc_sim.transform import transform
from dcc_sim.user import StandInUser
from dcc_sim.wan import DELAY
from han.conditions import Conditions
from schemas.duis.payloads import DeviceAlert, FutureDatedDeviceAlert, PreCommand, ServiceResponse
from schemas.duis.response import Response
from schemas.eui import EUI64
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, decode_dlms
from schemas.gbcs.envelope import CraFlag, Message, decode
from schemas.gbcs.protection import shared_secret, verify_mac, verify_signature
from schemas.gbcs.use_cases.table import by_name
from tests.dcc_sim.services import SERVICES
from tests.pairs import FULL_KW, HALF_KW, SETTLE, START, Pair, set_state
from tests.schemas.gbcs.use_cases import bodies
from tests.schemas.gbcs.use_cases.bodies import Calendar
from tests.schemas.gbcs.use_cases.test_edges import row

BEGIN, END = START + timedelta(hours=1), START + timedelta(hours=2)
DEADLINE = 30.0


def payload_of(response: Response) -> Message:
    """The GBCS message of a device's response."""
    assert isinstance(response.payload, ServiceResponse)
    return decode(response.payload.payload)


def succeeded(message: Message) -> bool:
    """Whether every item of a response did."""
    content = decode_dlms(message.payload)
    assert isinstance(content, AccessResponse)
    return content.succeeded


def sent_to_device(pair: Pair) -> list[bytes]:
    """The GBCS messages on the WAN towards the hub, as the trace has them."""
    return [record.body for record in pair.world.trace if (record.source, record.target) == ("DCC", "Hub")]


def key(pair: Pair, eui: EUI64, usage: Usage):  # type: ignore[no-untyped-def]
    """A party's public key."""
    return pair.world.smki.certificate(eui, usage).public_key()


def test_one_request_hop_by_hop() -> None:
    """7.13, variant 4 and 5: each hop's bytes are the ones before plus what the hop adds, and the power follows."""
    pair = Pair(traced=True)
    pair.watch_han()
    pair.charge()
    assert pair.power == FULL_KW
    request = pair.supplier.request(home.CHARGER, "7.13", 4, set_state(BEGIN, END, 50))
    expected = transform(request, by_name("ECS47a"))

    answer = pair.post("serviceT", pair.supplier.write(request))
    assert answer.code == "I0"
    assert answer.response is not None
    assert answer.response.request_id == request.request_id
    assert answer.response.response_id is None
    assert isinstance(answer.response.payload, PreCommand)
    pre_command = answer.response.payload.payload
    assert pre_command == expected.encode()
    assert pre_command[:1] == b"\xdf"
    assert not sent_to_device(pair), "the pre-command goes to the user, not to the device"

    signed = pair.supplier.sign_pre_command(request, pair.supplier.correlate(request, answer.response))
    octets = signed.body.octets("GBCSPayload")
    assert octets[:-65] == pre_command
    assert octets[-65] == 0x40
    acknowledgement = pair.post("serviceS", pair.supplier.write(signed))
    assert acknowledgement.code == "I99"
    assert acknowledgement.response is not None
    assert acknowledgement.response.payload is None
    assert not pair.mailbox(pair.supplier), "I99 comes before the device has answered"

    (command,) = sent_to_device(pair)
    assert command[:7].hex() == "dd000000000000"
    assert command.endswith(octets, 0, len(command) - 12)
    message = decode(command)
    verify_signature(message, key(pair, home.SUPPLIER, Usage.SIGNING))
    broker = pair.world.dcc.access_control.key_agreement
    verify_mac(message, shared_secret(broker, key(pair, home.CHARGER, Usage.KEY_AGREEMENT)))

    pair.pass_time()
    on_air = [packet.zcl for packet in pair.packets]
    assert any(command in frame for frame in on_air), "the HAN carries the command's very bytes"
    (response,) = pair.mailbox(pair.supplier)
    assert response.code == "I0"
    assert (response.request_id, response.response_id) == (request.request_id, request.request_id.reversed())
    assert isinstance(response.payload, ServiceResponse)
    assert any(response.payload.payload in frame for frame in on_air), "and the response's"
    answered = payload_of(response)
    assert (answered.cra, answered.message_code) == (CraFlag.RESPONSE, 0x011E)
    assert answered.originator_counter == request.request_id.counter
    assert pair.supplier.check(answered) == "signature of the device holds"
    assert succeeded(answered)

    pair.at(BEGIN - timedelta(seconds=1))
    assert pair.power == FULL_KW
    pair.at(BEGIN)
    assert pair.power == HALF_KW
    pair.at(END - timedelta(seconds=1))
    assert pair.power == HALF_KW
    pair.at(END)
    assert pair.power == FULL_KW


def test_mmc_beside_the_response(pair: Pair) -> None:
    """The mailbox gives the response decoded: names, counter, success."""
    request = pair.command(pair.supplier, home.CHARGER, "7.13", set_state(BEGIN, END))
    pair.pass_time()
    (document,) = pair.http("GET", f"/sim/users/{home.SUPPLIER}/responses").json()
    mmc = document["mmc"]
    assert document["request"] == str(request.request_id)
    assert '<ra:SetAuxiliaryControllerStateRsp MessageSuccess="true"' in mmc
    assert f"<ra:OriginatorCounter>{request.request_id.counter}</ra:OriginatorCounter>" in mmc
    assert mmc.count("<ra:COSEMResponse") == 3


def test_level_zero_and_a_second_command(pair: Pair) -> None:
    """The later command replaces the earlier one."""
    pair.charge()
    pair.command(pair.supplier, home.CHARGER, "7.13", set_state(BEGIN, END, 50))
    pair.pass_time()
    pair.command(pair.supplier, home.CHARGER, "7.13", set_state(BEGIN, END, 0))
    pair.at(BEGIN)
    assert pair.power == 0.0
    pair.at(END)
    assert pair.power == FULL_KW


@pytest.mark.parametrize("service", ["7.12", "7.13", "6.14.1", "6.14.3", "6.11"])
def test_critical_services_reach_the_charge_point(pair: Pair, service: str) -> None:
    """I0 with a response that succeeded and that the device signed."""
    target, body = SERVICES[service]
    pair.command(pair.supplier, target, service, body)
    pair.pass_time()
    response = pair.mailbox(pair.supplier)[0]
    assert response.code == "I0"
    assert succeeded(payload_of(response))
    assert pair.supplier.check(payload_of(response)) == "signature of the device holds"


@pytest.mark.parametrize("service", ["7.5", "7.6", "7.8", "6.14.2", "8.1.1"])
def test_critical_services_reach_the_meter(pair: Pair, service: str) -> None:
    """The same for the ESME's own."""
    target, body = SERVICES[service]
    pair.command(pair.supplier, target, service, body)
    pair.pass_time()
    assert succeeded(payload_of(pair.mailbox(pair.supplier)[0]))


@pytest.mark.parametrize("service", ["4.16", "6.2.2", "7.7", "7.14", "7.15", "11.2"])
def test_non_critical_services(pair: Pair, service: str) -> None:
    """Variant 1: one request, I99 and I0; the device's MAC holds for the user who asked."""
    target, body = SERVICES[service]
    request = pair.read(pair.supplier, target, service, body)
    pair.pass_time()
    (response,) = pair.mailbox(pair.supplier)
    assert (response.code, response.request_id) == ("I0", request.request_id)
    assert pair.supplier.check(payload_of(response)) == "MAC of the device holds"
    assert succeeded(payload_of(response))


def test_reading_back_what_was_written(pair: Pair) -> None:
    """A calendar set by 6.14.3 comes back in the MMC of 7.14, and its levels drive the charge point."""
    pair.charge()
    calendar = Calendar([row(at=BEGIN.time(), days=(0, 1, 2, 3, 4, 5, 6), level=50)], [])
    pair.command(pair.supplier, home.CHARGER, "6.14.3", bodies.controller_calendar(calendar))
    pair.pass_time()
    pair.read(pair.supplier, home.CHARGER, "7.14", SERVICES["7.14"][1])
    pair.pass_time()
    newest = pair.http("GET", f"/sim/users/{home.SUPPLIER}/responses").json()[-1]["mmc"]
    assert "<ra:SwitchTime>17:30:00</ra:SwitchTime>" in newest
    assert "<ra:CommandedStateLevel>50</ra:CommandedStateLevel>" in newest
    assert newest.count("<ra:DayOfWeekID>") == 7
    pair.at(BEGIN)
    assert pair.power == HALF_KW


def test_unknown_party_goes_through_the_broker() -> None:
    """A user whose certificates the device does not hold: the broker originates, with a counter of its own."""
    pair = Pair(traced=True)
    for expected in (1, 2):
        request = pair.read(pair.other_user, home.CHARGER, "7.15", SERVICES["7.15"][1])
        pair.pass_time()
        message = decode(sent_to_device(pair)[-1])
        assert (message.originator, message.originator_counter) == (home.BROKER, expected)
        assert message.supplementary is not None
        assert message.supplementary.remote_party == home.OTHER_USER
        assert message.supplementary.remote_party_counter == request.request_id.counter
        response = pair.mailbox(pair.other_user)[-1]
        assert (response.code, response.request_id) == ("I0", request.request_id)
        answered = payload_of(response)
        assert answered.target == home.BROKER
        assert answered.supplementary is not None
        assert answered.supplementary.remote_party == home.OTHER_USER
    assert not pair.mailbox(pair.supplier)


def test_hub_answers_without_a_han(pair: Pair) -> None:
    """The communications hub is the WAN's own end: no packet on the HAN."""
    pair.watch_han()
    pair.read(pair.supplier, home.HUB, "11.2", SERVICES["11.2"][1])
    pair.pass_time()
    (response,) = pair.mailbox(pair.supplier)
    assert response.code == "I0"
    assert payload_of(response).originator == home.HUB
    assert not pair.packets


def test_future_dated_calendar_tells_its_outcome_later(pair: Pair) -> None:
    """6.14.3 for a later day: I0 at once, then one alert per activation instruction, joined to the request."""
    calendar = Calendar([row()], [])
    request = pair.command(pair.supplier, home.CHARGER, "6.14.3", bodies.controller_calendar(calendar, BEGIN))
    pair.pass_time()
    assert len(pair.mailbox(pair.supplier)) == 1
    pair.at(BEGIN + timedelta(seconds=SETTLE))
    _, *outcomes = pair.mailbox(pair.supplier)
    told = []
    for outcome in outcomes:
        assert (outcome.code, outcome.request_id) == ("I0", request.request_id)
        assert isinstance(outcome.payload, FutureDatedDeviceAlert)
        assert outcome.payload.alert_code == 0x8F66
        told.append((outcome.payload.instruction, outcome.payload.instructions))
        assert pair.supplier.check(decode(outcome.payload.payload)) == "signature of the device holds"
    assert sorted(told) == [(1, 2), (2, 2)]


def test_device_that_refuses_sends_an_alert(pair: Pair) -> None:
    """What the DCC lets pass and the device does not: no response, an alert to the supplier, E21 in the end."""
    pair.world.home.charger.trust.counters = {home.SUPPLIER: 2**63}
    request = pair.command(pair.supplier, home.CHARGER, "7.13", set_state(BEGIN, END))
    pair.pass_time(DEADLINE + 1)
    alert, final = pair.mailbox(pair.supplier)
    assert isinstance(alert.payload, DeviceAlert)
    assert alert.request_id is None
    assert (final.code, final.request_id) == ("E21", request.request_id)


def test_alert_to_the_broker_is_for_the_user_behind_it(pair: Pair) -> None:
    """A device that does not support a brokered command tells the broker so; the alert reaches who asked."""
    del pair.world.home.devices[home.METER]._by_code[0x005E]  # a meter that knows no boost
    pair.read(pair.other_user, home.METER, "7.11", SERVICES["7.11"][1])
    pair.pass_time(DEADLINE + 1)
    alert, final = pair.mailbox(pair.other_user)
    assert isinstance(alert.payload, DeviceAlert)
    assert alert.payload.alert_code == 0x8F85
    assert alert.response_id is not None
    assert (alert.response_id.originator, alert.response_id.target) == (home.METER, home.OTHER_USER)
    assert final.code == "E21"


def silence(pair: Pair, conditions: Conditions) -> None:
    """Change the link to the charge point."""
    pair.world.home.han.conditions(home.CHARGER, conditions)


def test_silent_device(pair: Pair) -> None:
    """All packets lost: E21 at the deadline, one final response, and nothing more ever."""
    silence(pair, Conditions(loss=1.0))
    request = pair.command(pair.supplier, home.CHARGER, "7.13", set_state(BEGIN, END))
    pair.pass_time(DEADLINE - 0.001)
    assert not pair.mailbox(pair.supplier)
    pair.pass_time(0.001)
    (final,) = pair.mailbox(pair.supplier)
    assert (final.code, final.request_id, final.payload) == ("E21", request.request_id, None)
    silence(pair, Conditions())
    pair.pass_time(3600)
    assert len(pair.mailbox(pair.supplier)) == 1


def test_late_response_is_dropped(pair: Pair) -> None:
    """The device acts, but its answer comes after the deadline: the request stays timed out."""
    pair.charge()
    pair.read(pair.supplier, home.CHARGER, "7.15", SERVICES["7.15"][1])  # opens the tunnel
    pair.pass_time()
    pair.command(pair.supplier, home.CHARGER, "7.13", set_state(BEGIN, END))
    pair.pass_time(DELAY.total_seconds())  # the command is at the hub, and goes over the HAN by itself
    pair.world.wan.offline = True
    pair.pass_time(DEADLINE)
    pair.world.wan.offline = False
    pair.pass_time(600)
    assert [each.code for each in pair.mailbox(pair.supplier)] == ["I0", "E21"]
    pair.at(BEGIN)
    assert pair.power == HALF_KW, "the command itself arrived: only the answer was late"


def test_replayed_response_is_dropped(pair: Pair) -> None:
    """A device's answer counts once."""
    pair.command(pair.supplier, home.CHARGER, "7.13", set_state(BEGIN, END))
    pair.pass_time()
    before = pair.records()
    (response,) = pair.mailbox(pair.supplier)
    assert isinstance(response.payload, ServiceResponse)
    pair.world.home.han.to_hub(home.CHARGER, response.payload.payload, pair.world.clock.now)
    pair.pass_time()
    assert pair.records() == before


@pytest.mark.parametrize("octets", [b"", b"\x00", b"\xdf", bytes(40), b"\xff" * 200])
def test_noise_from_the_home_is_dropped(pair: Pair, octets: bytes) -> None:
    """Bytes from the WAN that are no GBCS message change nothing and stop nothing."""
    pair.command(pair.supplier, home.CHARGER, "7.13", set_state(BEGIN, END))
    pair.world._to_wan(False, octets, pair.world.clock.now)
    pair.pass_time()
    assert [each.code for each in pair.mailbox(pair.supplier)] == ["I0"]


def test_alert_about_an_instruction_that_was_never_given(pair: Pair) -> None:
    """A false outcome alert is dropped: it names a command, but no instruction of it."""
    calendar = Calendar([row()], [])
    pair.command(pair.supplier, home.CHARGER, "6.14.3", bodies.controller_calendar(calendar, BEGIN))
    pair.pass_time()
    before = pair.records()
    device = pair.world.home.charger
    counter = pair.supplier.counter.to_bytes(8)
    body = (
        bytes.fromhex("0203128f66090c07ea010fff111e00008000ff0913011a") + counter + bytes.fromhex("232800005e2c7f1a06")
    )
    alert = Message(
        CraFlag.ALERT, 99, device.eui, home.SUPPLIER, 0x00CC, bytes.fromhex("0f2000006300") + body, signature=b""
    )
    pair.world._to_wan(False, alert.encode(), pair.world.clock.now)
    pair.pass_time()
    assert pair.records() == before


def test_two_users_at_once(pair: Pair) -> None:
    """Requests of two users with the same counter, in flight together, keep their own answers."""
    pair.network.counter = pair.supplier.counter
    asked: list[tuple[StandInUser, object]] = []
    for user in (pair.supplier, pair.network):
        asked.append((user, pair.read(user, home.CHARGER, "7.15", SERVICES["7.15"][1]).request_id))
    pair.pass_time()
    for user, name in asked:
        (response,) = pair.mailbox(user)
        assert response.request_id == name
        assert user.check(payload_of(response)) == "MAC of the device holds"


def test_many_requests_in_flight(pair: Pair) -> None:
    """Twenty commands without waiting: twenty answers, each its own, in the order of asking."""
    names = [
        pair.command(pair.supplier, home.CHARGER, "7.13", set_state(BEGIN, END, level)).request_id
        for level in range(20)
    ]
    pair.pass_time(DEADLINE)
    answers = pair.mailbox(pair.supplier)
    assert [(each.code, each.request_id) for each in answers] == [("I0", name) for name in names]


def test_command_asks_for_what_the_pre_command_said(pair: Pair) -> None:
    """The stored command of a request decodes to its pre-command, with signature and MAC added and nothing else."""
    request = pair.command(pair.supplier, home.CHARGER, "7.13", set_state(BEGIN, END))
    held = pair.store.request(request.request_id)
    assert held is not None
    command = decode(held.command)
    assert command.stripped().encode() == held.pre_command
    content = decode_dlms(command.payload)
    assert isinstance(content, AccessRequest)
    assert len(content.items) == 3
