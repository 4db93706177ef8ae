"""A snapshot of a home goes on exactly as the home itself does: every message, sample, log and answer, octet for octet.

Each run is brought to a random moment, saved, read again as text, and both go on for hours with the same commands.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from dcc_sim import home as ready_made
from dcc_sim.inventory import UserRole
from dcc_sim.snapshots import Snapshot
from dcc_sim.testing.emulator import Emulator
from devices.charge_point import ChargePoint
from devices.regulation_delay import RegulationDelay
from devices.vehicle import Discharge, Trip, Vehicle
from devices.whole import PARTS
from schemas.errors import Malformed, NotPossible
from schemas.gbcs.auxiliary import Direction

Journal = list[tuple[datetime, str, bytes]]
HOUR = timedelta(hours=1)


def emulator(seed: int, journal: Journal | None = None) -> Emulator:
    """A home with a charge point that works both ways, and users who may do everything."""
    told = None if journal is None else lambda *said: journal.append(said)
    return Emulator(
        seed, policy="load-controller", car=False, charge_point=ChargePoint(bidirectional=True), journal=told
    )


def rested(run: Emulator) -> Snapshot:
    """A snapshot as soon as nothing is on the air."""
    for _ in range(3000):
        if run.world.home.han.next_timer() is None:
            return run.snapshot()
        run.clock.advance(milliseconds=20)
    raise AssertionError("the air is never free")


def live(run: Emulator, chance: Random, steps: int) -> None:
    """People and users do things, each at a random time; what is not possible just now is refused alike everywhere."""
    supplier, controller = run.users["Supplier"], run.users["LoadController"]
    charger, meter = run.charger.device, run.world.home.meter
    for _ in range(steps):
        now, world = run.clock.now, run.world
        after, for_long = (timedelta(minutes=chance.randint(0, 90)) for _ in range(2))
        start = now.replace(microsecond=0) + after
        span = {"start": start, "end": start + for_long + timedelta(minutes=1)}
        level, kind = chance.randint(0, 100), chance.randint(0, 11)
        vehicle = Vehicle(
            state_of_charge=chance.randint(5, 99),
            reaction=timedelta(milliseconds=chance.randint(0, 5000)),
            discharge=Discharge() if chance.random() < 0.5 else None,
            trip=Trip(now + chance.randint(1, 9) * HOUR, 60) if chance.random() < 0.5 else None,
        )
        if kind == 0:
            supplier.send("7.13", run.charger, level=level, **span)
        elif kind == 1:
            controller.send("7.16", run.charger, level=level, **span)
        elif kind == 2:
            supplier.send("7.13", run.meter, level=level and 100, controller=2, **span)
        elif kind == 3:
            supplier.send("7.7", run.meter)
        elif kind == 4 and charger.charge_point.vehicle is None:
            world.happened(charger, charger.plug_in(vehicle, now))
        elif kind == 4:
            world.happened(charger, charger.unplug(now))
        elif kind == 5:
            world.happened(charger, charger.expect(vehicle, now + timedelta(minutes=5), now))
        elif kind == 6:
            world.happened(charger, charger.boost_now(now, timedelta(minutes=level + 1)))
        elif kind == 7:
            delay = RegulationDelay(Random(level).random, limit=600)
            world.happened(charger, charger.put_regulation_delay(delay, now))
        elif kind == 8:
            meter.set_load("kettle", 100 * level, now)
        elif kind == 9:
            meter.auxiliary.associate_boost(1)
            world.happened(meter, meter.start_boost(now, timedelta(minutes=level + 1)))
        elif kind == 10:
            world.wan.offline = not world.wan.offline
        else:
            world.home.put_display(timedelta(minutes=30))
            run.world.look_at_display()
        run.clock.advance(seconds=chance.randint(1, 5400), microseconds=chance.randint(0, 999_999))


def told(run: Emulator) -> list[Any]:
    """What people can ask of a home."""
    series = [str(each) for each in run.charger.device.charge_point.series]
    times = [run.clock.now - timedelta(minutes=minutes) for minutes in range(0, 600, 45)]
    return [series, [str(run.charger.device.why(1, way, at)) for at in times for way in Direction]]


@pytest.mark.parametrize("seed", range(4))
def test_a_restored_home_goes_on_as_the_home_itself_does(seed: int) -> None:
    """Both have the same messages at the same microsecond, series and reasons; and state and mailboxes, whole."""
    chance = Random(seed)
    messages: Journal = []
    first, second_messages = emulator(seed, messages), Journal()
    live(first, chance, chance.randint(1, 12))
    saved = rested(first)
    second = emulator(seed + 1000, second_messages)
    second.restore(Snapshot.read(saved.text))
    assert rested(second).text == saved.text
    messages.clear()
    second_messages.clear()
    goes_on = chance.getrandbits(32)
    for run in (first, second):
        live(run, Random(goes_on), 8)
        run.world.wan.offline = False
        run.users["Supplier"].send("7.13", run.charger, level=50, start="18:00", end="20:00")
        run.clock.advance(hours=3)
    assert messages == second_messages
    assert len(messages) >= 3
    assert told(first) == told(second)
    assert rested(first).text == rested(second).text


def test_every_attribute_of_a_device_is_state_a_part_or_built() -> None:
    """A new attribute that nobody has decided about would be lost without a word."""
    run = emulator(1)
    run.charger.plug_in(Vehicle())
    run.charger.device.put_regulation_delay(RegulationDelay(Random(1).random), run.clock.now)
    run.world.home.put_display(None)
    seen: set[type] = set()

    def look(subject: object) -> None:
        parts = [PARTS[each] for each in type(subject).__mro__ if each in PARTS]
        seen.update(each for each in type(subject).__mro__ if each in PARTS)
        named = [name for part in parts for name in (*part.state, *part.parts, *part.built)]
        assert sorted(named) == sorted(vars(subject)), type(subject).__name__
        for part in parts:
            for name in part.parts:
                look(getattr(subject, name))

    charger = run.charger.device
    for device in (run.world.home.hub, *run.world.home.devices.values(), run.world.home.display):
        look(device)
    look(charger.charge_point.vehicle)
    look(charger.regulation)
    assert seen == set(PARTS)


def test_more_charge_points_and_users_are_in_it() -> None:
    """A second charge point with its car and name, and a supplier that came later, go on."""
    first = emulator(2)
    first.add_charge_point("garage", ChargePoint(rating_amps=16), Vehicle(state_of_charge=10))
    first.add_user("Supplier3")
    first.clock.advance(minutes=30)
    second = Emulator(5)
    second.restore(Snapshot.read(rested(first).text))
    for run in (first, second):
        run.register(run.users["Supplier3"], UserRole.IMPORT_SUPPLIER)
        run.clock.advance(minutes=1)
        assert run.users["Supplier3"].send("7.7", run.meter).good
    assert second.devices["garage"].power_kw == 3.68
    assert rested(first).text == rested(second).text


def test_a_snapshot_waits_for_the_air_and_for_faults_to_end() -> None:
    """While a command is on the HAN, and while a fault is set, it is refused with what is in the way."""
    run = emulator(1)
    run.world.home.han.to_device(ready_made.METER, b"\x00" * 40, run.clock.now)
    with pytest.raises(NotPossible, match="something is under way"):
        run.snapshot()
    run.clock.advance(seconds=30)
    run.charger.silent()
    with pytest.raises(NotPossible, match="no fault of the air"):
        run.snapshot()
    run.charger.silent(False)
    assert run.snapshot().moment == run.clock.now


def test_what_waits_on_the_wan_and_for_a_device_is_in_it() -> None:
    """The hub is offline: the command waits at the WAN, its deadline at the DCC, and both go on."""
    first = emulator(3)
    first.world.wan.offline = True
    sent = first.users["Supplier"].send(
        "7.13", first.charger, level=40, start="+1h", end="+2h", wait=timedelta(seconds=5)
    )
    assert not sent.final
    second = emulator(4)
    second.restore(first.snapshot())
    for run in (first, second):
        run.world.wan.offline = False
        run.clock.advance(hours=1, minutes=30)
    assert first.charger.level() == second.charger.level() == 40
    assert rested(first).text == rested(second).text


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda file: file.update(version=2), "version 1"),
        (lambda file: file["content"].update(seed=7), "is whole"),
        (lambda file: file.pop("content"), "JSON file"),
        (lambda file: file.update(format="other"), "version 1"),
    ],
)
def test_a_file_that_is_no_whole_snapshot_is_refused(change: Any, why: str) -> None:
    """Another format, a changed content, a missing member."""
    file = json.loads(emulator(1).snapshot().text)
    change(file)
    with pytest.raises(Malformed, match=why):
        Snapshot.read(json.dumps(file))


def test_what_lacks_a_member_leaves_the_emulator_as_it_was() -> None:
    """Every member in turn is missing or of another kind: Malformed, and the home is still there."""
    run = emulator(1)
    content = run.snapshot().content
    for name in content.keys() - {"names", "supplied"}:
        for value in (None, {"x": 1}, [1]):
            if name == "display" and value is None:
                continue
            with pytest.raises(Malformed):
                run.restore(Snapshot({**content, name: value}))
    assert run.snapshot().content == content
    assert run.clock.now == datetime(2026, 1, 15, 16, 30, tzinfo=UTC)
