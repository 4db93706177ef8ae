"""Joining as frames on the air: with the right install code, with a wrong one, on a list or not, again, and away."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han import joiner, trust_centre
from han.capture import KEY_FILE, Capture
from han.conditions import Conditions
from han.frames.keys import device_log_key, install_code_key, key_hash, key_load_key, key_transport_key
from han.frames.mac import check_sequence
from han.frames.management import (
    ASSOCIATION_RESPONSE,
    Announcement,
    Beacon,
    KeyType,
    Response,
    TransportKey,
    Verdict,
    read_announcement,
    read_beacon,
    read_request_key,
    read_response,
    read_transport_key,
    request_key,
)
from han.frames.security import KeyId
from han.joiner import Joiner
from han.network import Han
from han.pcapng import read
from han.reports import Arrived, Delivery, Left, NotArrived
from schemas.errors import Malformed, NotPossible
from schemas.eui import EUI64
from tests.han.conftest import ESME, HCALCS, HUB, SECOND, START, make_han, run
from tests.han.tshark import UNREADABLE, fields

CODE, WRONG = bytes(range(16)), bytes(range(1, 17))
KEY = device_log_key(CODE)


def hub_of(log: dict[EUI64, bytes], *, seconds: int = 60, seed: int = 1) -> Han:
    """A hub alone, with this device log, open for so long."""
    han = Han(HUB, Random(seed), secret=str(seed).encode())
    han.members.link_key = lambda eui: device_log_key(log[eui]) if eui in log else None
    han.members.trust_centre.open_until = START + seconds * SECOND
    return han


def test_a_device_joins_and_is_spoken_to() -> None:
    han = hub_of({ESME: CODE})
    han.join(ESME, KEY, START)
    assert run(han) == [Arrived(ESME)]
    assert han.medium.next_timer() is None and not han.dropped(HUB)
    han.to_device(ESME, b"command", START + 60 * SECOND)
    han.to_hub(ESME, b"alert", START + 60 * SECOND)
    assert run(han) == [Delivery(HUB, ESME, b"command"), Delivery(ESME, HUB, b"alert")]
    with pytest.raises(NotPossible):
        han.join(ESME, KEY, START)


def test_what_is_said(tmp_path: Path) -> None:
    """As Wireshark reads it, with the install code's key alone until the hub and the device have their own."""
    path = tmp_path / "join.pcapng"
    with Capture(path) as capture:
        han = hub_of({ESME: CODE})
        capture.watch(han)
        (tmp_path / KEY_FILE).write_text(f'"{KEY.hex()}","Normal","install code"\n')
        han.join(ESME, KEY, START)
        run(han)
    comments = [packet.comment for packet in read(path.read_bytes())]
    assert [comment for comment in comments if "cknowledgement" not in comment][:10] == [
        "beacon request",
        "beacon",
        "association request",
        "data request",
        "association response: TAKEN",
        "Transport-Key: network key",
        "Device_annce",
        "",
        "",
        "Device_annce",
    ]
    assert fields(path, UNREADABLE, "frame.number") == []
    said = {*fields(path, "zbee_zdp.ext_addr", "zbee_zdp.nwk_addr", "zbee_zdp.ext_addr")}
    assert {(int(address, 0), eui.replace(":", "")) for address, eui in said} == {(han.address(ESME), ESME.hex())}


@pytest.mark.parametrize(
    ("log", "seconds", "at_device", "at_hub"),
    [
        ({}, 60, joiner.DENIED, trust_centre.NOT_IN_LOG),
        ({HCALCS: CODE}, 60, joiner.DENIED, trust_centre.NOT_IN_LOG),
        ({ESME: WRONG}, 60, joiner.NO_KEY, trust_centre.NOT_ANNOUNCED),
        ({ESME: CODE}, 0, joiner.NO_NETWORK, None),
    ],
)
def test_who_is_refused(log: dict[EUI64, bytes], seconds: int, at_device: str, at_hub: str | None) -> None:
    han = hub_of(log, seconds=seconds)
    han.join(ESME, KEY, START)
    results = run(han)
    assert set(results) == {NotArrived(ESME, reason) for reason in (at_device, at_hub) if reason is not None}
    assert set(han.members.trust_centre.refused) == ({at_hub} if at_hub else set())
    with pytest.raises(Exception, match="not on this HAN"):
        han.to_device(ESME, b"x", START)


def test_who_was_refused_may_come_again() -> None:
    log = {ESME: WRONG}
    han = hub_of(log, seconds=600)
    han.join(ESME, KEY, START)
    assert not any(isinstance(result, Arrived) for result in run(han))
    log[ESME] = CODE
    han.join(ESME, KEY, START + 120 * SECOND)
    assert run(han) == [Arrived(ESME)]


def test_who_is_sent_away_leaves_and_may_come_again() -> None:
    han = hub_of({ESME: CODE}, seconds=600)
    han.join(ESME, KEY, START)
    run(han)
    han.send_away(ESME, START + 30 * SECOND)
    assert run(han) == [Left(ESME)]
    assert not han.medium.attached(0x7777)
    han.join(ESME, KEY, START + 60 * SECOND)
    assert run(han) == [Arrived(ESME)]
    han.to_hub(ESME, b"alert", START + 100 * SECOND)
    assert run(han) == [Delivery(ESME, HUB, b"alert")], "its counters went on"


def test_who_never_heard_that_it_was_sent_away_joins_anew() -> None:
    han = hub_of({ESME: CODE}, seconds=600)
    han.join(ESME, KEY, START)
    run(han)
    han.conditions(ESME, Conditions(loss=1.0))
    han.send_away(ESME, START + 30 * SECOND)
    assert run(han) == []
    han.medium.set_conditions(HUB, ESME, Conditions())
    han.join(ESME, KEY, START + 60 * SECOND)
    assert run(han) == [Arrived(ESME)]


def test_rejoin() -> None:
    han = make_han()
    log = {ESME}
    han.members.link_key = lambda eui: KEY if eui in log else None
    han.rejoin(ESME, START)
    assert run(han) == [Arrived(ESME)]
    han.rejoin(HCALCS, START + 60 * SECOND)
    assert run(han) == [NotArrived(HCALCS, trust_centre.NOT_IN_LOG)]


@pytest.mark.parametrize("seed", range(10))
def test_on_bad_air_it_joins_or_both_ends_know_that_it_has_not(seed: int) -> None:
    han = hub_of({ESME: CODE}, seconds=600, seed=seed)
    han.medium.set_conditions(HUB, ESME, Conditions(loss=0.3))
    han.join(ESME, KEY, START)
    results = run(han)
    arrived = Arrived(ESME) in results
    assert arrived or any(isinstance(result, NotArrived) for result in results)
    if arrived:
        han.medium.set_conditions(HUB, ESME, Conditions())
        han.to_device(ESME, b"x", START + 300 * SECOND)
        assert Delivery(HUB, ESME, b"x") in run(han)


def test_keys_of_install_codes() -> None:
    """The published Zigbee vector; without its CRC the same key."""
    code = bytes.fromhex("83FED3407A939723A5C639B26916D505C3B5")
    key = bytes.fromhex("66B6900981E1EE3CA4206B6B861C02BB")
    assert install_code_key(code) == device_log_key(code[:-2]) == key
    assert key_transport_key(key) == bytes.fromhex("3C6CCA8977EB189EFD1614C3E7F75989")
    assert key_hash(key) != key and len(key_hash(key)) == 16


@given(st.booleans(), st.integers(0, 0xFFFF), st.sampled_from(Verdict), st.binary(min_size=16, max_size=16))
def test_what_is_encoded_is_read_again(permit: bool, address: int, verdict: Verdict, key: bytes) -> None:
    assert read_beacon(Beacon(permit, HUB).encode()) == Beacon(permit, HUB)
    for command in (2, 7):
        assert read_response(Response(address, verdict).encode(command)) == Response(address, verdict)
    network = TransportKey(KeyType.NETWORK, key, ESME, HUB, address % 256)
    link = TransportKey(KeyType.APPLICATION_LINK, key, ESME, initiator=permit)
    for each in (network, link):
        assert read_transport_key(each.encode()) == each
    said = Announcement(address % 256, address, ESME)
    assert read_announcement(said.encode()) == said
    assert read_request_key(request_key(ESME)) == ESME


@given(st.binary(max_size=50))
def test_any_octets_are_read_or_malformed(octets: bytes) -> None:
    for read_one in (read_beacon, read_response, read_transport_key, read_announcement, read_request_key):
        try:
            read_one(octets)
        except Malformed:
            continue


@given(st.data(), st.lists(st.tuples(st.integers(0, 126), st.integers(1, 255)), min_size=1, max_size=3))
def test_mutated_frames_let_nobody_in(data: st.DataObject, changes: list[tuple[int, int]]) -> None:
    """A joiner with a wrong code stays outside whatever is sent to it and to the hub; nothing raises."""
    han = hub_of({ESME: WRONG})
    air: list[bytes] = []
    han.medium.sniffer = lambda time, psdu, about, message: air.append(psdu)
    han.join(ESME, KEY, START)
    moment = START + data.draw(st.integers(0, 3000)) * timedelta(milliseconds=1)
    results = han.handle_timer(moment)
    octets = bytearray(data.draw(st.sampled_from(air))[:-2])
    for place, flip in changes:
        octets[place % len(octets)] ^= flip
    psdu = bytes(octets) + check_sequence(bytes(octets))
    han.medium.transmit(EUI64(bytes(8)), psdu, moment)
    results += run(han)
    assert results and not any(isinstance(result, Arrived) for result in results)


def test_a_joiner_takes_a_key_that_is_for_it_only() -> None:
    """Another device's Transport-Key, under the same install code, sent once more to this one."""
    han = hub_of({ESME: CODE, HCALCS: CODE})
    keys: list[bytes] = []
    han.medium.sniffer = lambda time, psdu, about, message: keys.append(psdu) if about.startswith("Transport") else None
    han.join(ESME, KEY, START)
    run(han)
    outcomes: list[joiner.Outcome] = []
    other = Joiner(HCALCS, KEY)
    station = han.members.trust_centre._station
    outcomes += other.start(START)
    outcomes += other.hear(station.beacon(Beacon(True, HUB).encode()), START)
    outcomes += other.handle_timer(START + SECOND)
    answer = Response(9, Verdict.TAKEN).encode(ASSOCIATION_RESPONSE)
    outcomes += other.hear(station.mac_command(answer, HCALCS, HUB), START + SECOND)
    assert [type(outcome) for outcome in outcomes] == 3 * [trust_centre.OnAir] and other.address == 9
    assert other.hear(keys[0], START + SECOND) == [] and other.dropped == {"Transport-Key": 1}


def asking(log: set[EUI64]) -> tuple[Han, list[tuple[str, bytes]]]:
    """A meter and its HCALCS on a network whose hub has this log, and what is on its air."""
    han = make_han()
    han.members.link_key = lambda eui: KEY if eui in log else None
    air: list[tuple[str, bytes]] = []
    han.medium.sniffer = lambda time, psdu, about, message: air.append((about, psdu))
    return han, air


def test_a_device_asks_for_a_key_with_another_and_both_are_given_it(tmp_path: Path) -> None:
    """Under their own link keys alone: tshark learns the new key from the air."""
    path = tmp_path / "key.pcapng"
    with Capture(path) as capture:
        han, _ = asking({ESME, HCALCS})
        capture.watch(han)
        own = [han.pan.network_key, *(han.pan.link_key(HUB, each) for each in (ESME, HCALCS))]
        han.request_key(HCALCS, ESME, START)
        assert run(han) == []
    (tmp_path / KEY_FILE).write_text("".join(f'"{key.hex()}","Normal","own"\n' for key in own))
    key = han.pan.link_key(ESME, HCALCS)
    assert han.members.given == {(ESME, HCALCS): key, (HCALCS, ESME): key} and key not in own
    assert not han.members.trust_centre.refused
    assert fields(path, UNREADABLE, "frame.number") == []
    told = [int(command, 0) for (command,) in fields(path, "zbee_aps.cmd.id", "zbee_aps.cmd.id")]
    assert told == [8, 5, 5]
    partners = fields(path, "zbee_aps.cmd.id == 5", "zbee_aps.cmd.partner", "zbee_aps.cmd.init_flag")
    assert [(each.replace(":", ""), flag in ("1", "True")) for each, flag in partners] == [
        (ESME.hex(), True),
        (HCALCS.hex(), False),
    ]


@pytest.mark.parametrize(
    ("log", "partner"), [({HCALCS}, ESME), ({ESME}, ESME), ({ESME, HCALCS}, HUB), ({ESME, HCALCS}, HCALCS)]
)
def test_no_key_with_who_is_not_in_the_log_nor_with_the_hub_nor_with_oneself(log: set[EUI64], partner: EUI64) -> None:
    han, air = asking(log)
    han.request_key(HCALCS, partner, START)
    assert run(han) == [] and han.members.given == {}
    assert han.members.trust_centre.refused == {trust_centre.NO_PARTNER: 1}
    assert not any(about.startswith("Transport-Key") for about, _ in air)


@pytest.mark.parametrize("key_id", [KeyId.LINK, KeyId.KEY_TRANSPORT])
def test_a_key_that_does_not_come_under_the_key_load_key_is_dropped(key_id: KeyId) -> None:
    han, _ = asking({ESME, HCALCS})
    own = han.pan.link_key(HUB, ESME)
    key = own if key_id is KeyId.LINK else key_transport_key(own)
    said = TransportKey(KeyType.APPLICATION_LINK, han.pan.link_key(ESME, HCALCS), HCALCS).encode()
    station = han.members.trust_centre._station
    han.medium.transmit(HUB, station.key_command(han.address(ESME), said, key, key_id), START)
    assert run(han) == [] and han.members.given == {}
    assert han.dropped(ESME) == {"Transport-Key": 1}


@pytest.mark.parametrize("changed", [b"", b"\x08\x04" + bytes(8), b"\x08\x02" + bytes(7)])
def test_another_request_or_one_without_the_link_key_is_refused(changed: bytes) -> None:
    han, _ = asking({ESME, HCALCS})
    own = han.pan.link_key(HUB, HCALCS)
    station = han._device(HCALCS).port.stack.station
    key, key_id = (own, KeyId.LINK) if changed else (key_load_key(own), KeyId.KEY_LOAD)
    psdu = station.key_command(0x0000, changed or request_key(ESME), key, key_id)
    han.medium.transmit(HCALCS, psdu, START)
    assert run(han) == [] and han.members.given == {}
    assert han.members.trust_centre.refused == {trust_centre.NO_LINK_KEY: 1}
