"""The emulator inside a test: users send, devices act, the clock moves when told, and worlds share nothing."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dcc_sim.identities import MPAN
from dcc_sim.moments import moment, span
from dcc_sim.testing import START, Emulator
from devices.charge_point import ChargePoint
from devices.vehicle import Vehicle
from schemas.errors import Malformed, NotPossible

FULL_KW, HALF_KW = 7.36, 3.68
Factory = Callable[..., Emulator]


def test_a_first_test_is_three_lines(dcc: Emulator) -> None:
    """As docs/testing.md has it."""
    dcc.supplier.send("7.13", dcc.charger, level=50, start="18:00", end="19:00")
    assert dcc.at("18:30").charger.power_kw == HALF_KW


def test_ready_in_under_a_second(dcc_factory: Factory) -> None:
    """The best of three, so that another job on the machine does not count."""
    took = []
    for seed in range(3):
        began = time.perf_counter()
        dcc_factory(seed=seed)
        took.append(time.perf_counter() - began)
    assert min(took) < 1


def test_a_limit_from_request_to_its_end(dcc: Emulator) -> None:
    """What the user sees, what the device does, and why."""
    assert dcc.charger.power_kw == FULL_KW
    sent = dcc.supplier.send("7.13", dcc.charger, level=50, start="18:00", end="19:00")
    assert (sent.code, sent.good, sent.final) == ("I0", True, True)
    assert "<" in sent.mmc
    assert [dcc.at(at).charger.level() for at in ("17:59:59", "18:00", "18:59:59", "19:00")] == [100, 50, 50, 100]
    assert dcc.charger.rule() == "default"
    told = dcc.why(dcc.charger, at=START.replace(hour=18, minute=30))
    assert (told.percent, told.winner.rule.value) == (50, "set state")


@pytest.mark.dcc(policy="load-controller")
def test_alerts_come_into_the_mailbox(dcc: Emulator) -> None:
    """A limit tells the supplier when it begins and ends."""
    dcc.load_controller.send("7.16", dcc.charger, level=50, start="18:00", end="19:00")
    assert dcc.at("19:00:10").supplier.alerts == ["8F86", "8F87"]
    assert [each.moment.hour for each in dcc.supplier.received if each.alert] == [16, 19]


def test_others_are_refused_and_the_device_hears_nothing(dcc: Emulator) -> None:
    """By role, and by registration."""
    before = dcc.charger.device.trust.counters
    for user, code in ((dcc.network, "E2"), (dcc.other_supplier, "E4"), (dcc.other_user, "E2")):
        sent = user.send("7.13", dcc.charger, level=0, start="+1m", end="+1h")
        assert (sent.code, sent.good) == (code, False)
        assert sent.reason
    assert dcc.at("+10m").charger.power_kw == FULL_KW
    assert dcc.charger.device.trust.counters == before


def test_what_is_no_request_at_all(dcc: Emulator) -> None:
    """HTTP 400: there is nothing to answer to."""
    assert dcc.supplier.post(b"<nonsense/>", "serviceS").code == "HTTP 400"


def test_a_silent_device_is_told_of(dcc: Emulator) -> None:
    """E20 or E21 once the DCC has waited, and a good answer when the device is back."""
    dcc.charger.silent()
    sent = dcc.supplier.send("11.2", dcc.charger)
    assert sent.final
    assert sent.code in ("E20", "E21")
    dcc.charger.silent(False)
    assert dcc.supplier.send("11.2", dcc.charger).code == "I0"


def test_the_hub_off_the_wan(dcc: Emulator) -> None:
    """Nothing is final as long as nobody has waited for it."""
    dcc.hub.silent()
    sent = dcc.supplier.send("11.2", dcc.charger, wait=timedelta(seconds=3))
    assert (sent.final, sent.code) == (False, "I99")
    dcc.hub.silent(False)
    dcc.clock.advance(seconds=20)
    found = dcc.supplier.answer_to(sent)
    assert found is not None
    assert found.code == "I0"


def test_a_second_charge_point(dcc: Emulator) -> None:
    """Three phases and a car, in a line; a limit of one is none of the other's."""
    second = dcc.add_charge_point("garage", ChargePoint(phases=3), Vehicle(capacity_kwh=80, state_of_charge=20))
    assert second.power_kw > 0
    alone = dcc.charger.power_kw
    assert dcc.supplier.send("7.13", second, level=0, start="+1m", end="+1h").code == "I0"
    dcc.clock.advance(minutes=2)
    assert (second.power_kw, dcc.charger.power_kw) == (0, alone)
    assert dcc.devices["garage"].status == "Commissioned"
    with pytest.raises(NotPossible, match="garage"):
        dcc.add_charge_point("garage")


def test_a_new_user_takes_the_home_over(dcc: Emulator) -> None:
    """Registered as supplier from now on: the old one is refused from then."""
    new = dcc.add_user("Newcomer")
    assert new.send("11.2", dcc.charger).code == "E4"
    dcc.world.dcc.inventory.registrations[:] = [
        each for each in dcc.world.dcc.inventory.registrations if each.user != dcc.supplier.eui
    ]
    dcc.register(new, "IS", MPAN)
    assert new.request("11.2", dcc.charger).request_id.originator == new.eui
    assert dcc.supplier.send("7.13", dcc.charger, level=0, start="+1m", end="+1h").code == "E4"
    with pytest.raises(NotPossible, match="Newcomer"):
        dcc.add_user("Newcomer")


def test_two_worlds_share_nothing(dcc_factory: Factory) -> None:
    """Neither clock, counters, keys nor mailboxes."""
    one, other = dcc_factory(seed=1), dcc_factory(seed=2)
    one.supplier.send("7.13", one.charger, level=0, start="+1m", end="+1h")
    one.clock.advance(minutes=2)
    assert (one.charger.power_kw, other.charger.power_kw) == (0, FULL_KW)
    assert (other.clock.now, other.supplier.received) == (START, [])
    keys = [each.world.users[each.supplier.eui].signing.key.private_numbers() for each in (one, other)]
    assert keys[0] != keys[1]


def test_the_same_seed_gives_the_same_bytes(dcc_factory: Factory) -> None:
    """Every body of the trace, in order."""

    def bodies() -> list[bytes]:
        dcc = dcc_factory(seed=5)
        dcc.supplier.send("7.13", dcc.charger, level=30, start="+1m", end="+5m")
        dcc.clock.advance(minutes=10)
        return [record.body for record in dcc.trace]

    first = bodies()
    assert first == bodies()
    assert len(first) > 10


@pytest.mark.dcc(seed=9, installed=False, car=False, start=datetime(2026, 7, 1, tzinfo=UTC))
def test_the_marker_chooses(dcc: Emulator) -> None:
    """What the marker says goes to the emulator."""
    assert (dcc.world.seed, dcc.charger.status, dcc.charger.power_kw) == (9, "unknown", 0)
    assert dcc.clock.now == datetime(2026, 7, 1, tzinfo=UTC)


def test_the_frames_of_a_test(dcc_factory: Factory, tmp_path: Path) -> None:
    """A pcapng file, and its keys beside it."""
    dcc = dcc_factory(capture=tmp_path / "test.pcapng")
    dcc.supplier.send("11.2", dcc.charger)
    assert (tmp_path / "test.pcapng").read_bytes()[:4] == bytes.fromhex("0A0D0D0A")
    assert (tmp_path / "zigbee_pc_keys").exists()
    before = (tmp_path / "test.pcapng").read_bytes()
    dcc.capture(tmp_path / "later.pcapng")
    sent = dcc.supplier.send("11.2", dcc.charger)
    assert (tmp_path / "test.pcapng").read_bytes() == before
    later = (tmp_path / "later.pcapng").read_bytes()
    about = [record for record in dcc.trace.about(sent.request_id) if record.kind == "HAN"]
    assert about
    for record in about:
        assert f"message {record.sequence}:".encode() in later


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18:00", START.replace(hour=18, minute=0)),
        ("16:30", START),
        ("06:15:30", START.replace(day=16, hour=6, minute=15, second=30)),
        ("+1h30m", START + timedelta(minutes=90)),
        ("2026-02-01T00:00:00Z", datetime(2026, 2, 1, tzinfo=UTC)),
        (timedelta(seconds=5), START + timedelta(seconds=5)),
    ],
)
def test_moments(text: str | timedelta, expected: datetime) -> None:
    """The next time of day, a span from now, ISO 8601."""
    assert moment(text, START) == expected


@pytest.mark.parametrize("text", ["25:00", "tomorrow", "2026-02-01T00:00:00", "+1x", "+"])
def test_no_moment(text: str) -> None:
    """Refused with the rule."""
    with pytest.raises(Malformed):
        moment(text, START)


def test_a_span_has_an_order() -> None:
    """Days, hours, minutes, seconds."""
    assert span("1d2h3m4.5s") == timedelta(days=1, hours=2, minutes=3, seconds=4.5)
    with pytest.raises(Malformed):
        span("5s1h")


def test_the_clock_runs_forward(dcc: Emulator) -> None:
    """Neither a negative step nor a past moment."""
    for past in (lambda: dcc.clock.advance(seconds=-1), lambda: dcc.clock.to(START - timedelta(hours=1))):
        with pytest.raises(NotPossible):
            past()
