"""Joining from outside: requests over HTTP in, association and keys on the HAN, notes in the trace."""

from datetime import timedelta

import pytest

from dcc_sim.home import CHARGER, HUB, METER, install_code
from han.frames.keys import device_log_key
from schemas.duis.node import branch, leaf
from tests.journeys.test_life_of_a_home import commission, install_hub, notify, whitelist
from tests.pairs import Pair


@pytest.fixture
def traced() -> Pair:
    return Pair(installed=False, traced=True)


def notes(pair: Pair) -> list[tuple[str, str]]:
    """What the hub says of its members."""
    said = (record for record in pair.world.trace if record.kind == "note")
    return [(record.what, record.verdict) for record in said if "joined" in record.what or "left" in record.what]


def test_whitelisted_joined_sent_away_and_back(traced: Pair) -> None:
    pair, air = traced, []
    pair.world.home.han.medium.sniffer = lambda time, psdu, about, message: air.append(about)
    install_hub(pair)
    assert notify(pair, METER, "ESME", "ADF").code == "I99"
    whitelist(pair, METER)
    commission(pair, METER)
    assert notes(pair) == [("ESME has joined the HAN", "ok")]
    steps = (
        "beacon",
        "association request",
        "association response: TAKEN",
        "Transport-Key: network key",
        "Device_annce",
    )
    places = [air.index(step) for step in steps]
    assert places == sorted(places)
    assert pair.world.home.hub.log.state.devices[METER] == pair.world.home.link_key_hash(METER) != bytes(16)

    body = branch("UpdateHANDeviceLog", leaf("DeviceID", METER), leaf("RequestType", "Remove"))
    pair.read(pair.supplier, HUB, "8.11", body)
    pair.pass_time()
    assert notes(pair)[1:] == [("ESME has left the HAN", "ok")] and air.count("NWK Leave") == 1
    assert METER not in pair.world.home.on_air


def test_a_wrong_code_is_told_with_its_reason(traced: Pair) -> None:
    install_hub(traced)
    assert notify(traced, METER, "ESME", "ADF").code == "I99"
    whitelist(traced, METER, bytes(16))
    traced.pass_time(120)
    assert set(notes(traced)) == {
        (
            "ESME has not joined",
            "refused: it has not announced itself: its install code is another one, or it is out of reach",
        ),
        ("ESME has not joined", "refused: it got no network key under its install code"),
    }
    whitelist(traced, METER)
    assert notes(traced)[-1] == ("ESME has joined the HAN", "ok")


def test_who_is_not_in_the_log_stays_outside(traced: Pair) -> None:
    """The charge point is switched on while the hub takes the meter."""
    install_hub(traced)
    assert notify(traced, METER, "ESME", "ADF").code == "I99"
    whitelist(traced, METER)
    home = traced.world.home
    home.han.join(CHARGER, device_log_key(install_code(CHARGER)), traced.world.clock.now)
    traced.pass_time(60)
    assert (f"{CHARGER} has not joined", "refused: it is not in the hub's device log") in notes(traced)
    assert CHARGER not in home.on_air


def test_the_time_for_joining_ends(traced: Pair) -> None:
    """90 s after SR 8.11 the hub takes nobody."""
    install_hub(traced)
    assert notify(traced, METER, "ESME", "ADF").code == "I99"
    assert notify(traced, CHARGER, "ESME", "AF").code == "I99"
    han, now = traced.world.home.han, traced.world.clock.now
    assert not han.members.trust_centre.is_open(now)
    whitelist(traced, METER)
    assert han.members.trust_centre.is_open(traced.world.clock.now)
    assert not han.members.trust_centre.is_open(traced.world.clock.now + timedelta(seconds=90))


@pytest.mark.parametrize("octets", [b"garbage", b"\xdf\x09", bytes(40)])
def test_what_a_device_says_that_is_no_message_of_its_own_is_dropped(octets: bytes) -> None:
    """By the hub, with a note; the home goes on."""
    pair = Pair(traced=True)
    pair.world.home.han.to_hub(CHARGER, octets, pair.world.clock.now)
    pair.pass_time()
    dropped = [record for record in pair.world.trace if record.what == "message dropped"]
    assert [(record.source, record.verdict.split(":")[0]) for record in dropped] == [("Hub", "refused")]
    pair.read(pair.supplier, CHARGER, "11.2", branch("ReadFirmwareVersion"))
    pair.pass_time()
    assert [answer.code for answer in pair.mailbox(pair.supplier)] == ["I0"]


def test_who_was_here_from_the_start_may_come_back() -> None:
    """The hub's log says nothing of its key: it has joined before."""
    pair = Pair(traced=True)
    pair.world.home.han.rejoin(METER, pair.world.clock.now)
    pair.pass_time()
    assert notes(pair) == [("ESME has joined the HAN", "ok")]
