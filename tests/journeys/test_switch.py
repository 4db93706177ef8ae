"""An HCALCS through the gateway: the supplier's word becomes frames on the HAN, and the heater's power follows."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from lxml import etree

from dcc_sim.home import HEATER_W, HUB, METER, SWITCH
from dcc_sim.identities import BROKER, IN_HOME_DISPLAY
from dcc_sim.store import Store
from dcc_sim.world import World
from han.capture import Capture
from han.conditions import Conditions
from han.drlc import DemandResponse
from han.reports import FrameRecord
from schemas.duis.node import branch, leaf
from schemas.duis.payloads import DeviceAlert
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import CommandedState, CosemDate
from schemas.gbcs.envelope import CraFlag, Message, decode
from schemas.gbcs.use_cases.declare import DeviceType, Known, OtherDevice
from schemas.zse import GetLastMessage, ReadAttributes
from schemas.zse.attributes import METERING, MeteringAttribute
from tests.han.tshark import UNREADABLE, fields
from tests.journeys.test_life_of_a_home import commission, install_hub, inventory, notify, status, whitelist
from tests.pairs import Pair, set_state
from tests.schemas.gbcs.use_cases import bodies
from tests.schemas.gbcs.use_cases.bodies import Calendar, Row

START = datetime(2026, 1, 15, 16, tzinfo=UTC)
HEATER_KW = HEATER_W / 1000
N = 2
TO_METER = Known(other=OtherDevice(DeviceType.HCALCS))
TO_SWITCH = Known(other=OtherDevice(DeviceType.ESME))


def heater(pair: Pair) -> tuple[bool, float]:
    """Whether the switch is closed, and the heater's power, kW, as the control API says."""
    shown = pair.http("GET", f"/sim/devices/{SWITCH}").json()
    return shown["closed"], shown["power_kw"]


def mmc(pair: Pair, name: str) -> list[str]:
    """Every text of an element in the supplier's last document."""
    last = pair.http("GET", f"/sim/users/{pair.supplier.eui}/responses").json()[-1]["mmc"]
    return [str(node.text) for node in etree.fromstring(last.encode()).iter(f"{{*}}{name}")]


def on_the_han(pair: Pair) -> list[FrameRecord]:
    """Every packet from now on, of any cluster."""
    records: list[FrameRecord] = []
    pair.world.home.han.observe(records.append)
    return records


def alerts(pair: Pair) -> list[int]:
    """The codes of the device alerts in the supplier's mailbox."""
    found = (each.payload for each in pair.mailbox(pair.supplier))
    return [each.alert_code for each in found if isinstance(each, DeviceAlert)]


@pytest.fixture
def evening() -> Pair:
    return Pair(start=START)


def test_an_evening_event(evening: Pair) -> None:
    """SRV 7.13 for controller 2: off from 17:00 to 20:00. Frames, power, the home's power, and the log of it all."""
    pair, frames = evening, on_the_han(evening)
    assert heater(pair) == (True, HEATER_KW)
    begin, end = START.replace(hour=17), START.replace(hour=20)
    pair.command(pair.supplier, METER, "7.13", set_state(begin, end, 0, N))
    pair.pass_time()
    assert pair.mailbox(pair.supplier)[-1].code == "I0"
    seen = []
    for moment in (begin - timedelta(seconds=1), begin, end - timedelta(seconds=1), end):
        pair.at(moment + timedelta(milliseconds=100))
        seen.append((heater(pair), pair.world.home.meter.import_power_w))
    on, off = ((True, HEATER_KW), HEATER_W), ((False, 0.0), 0)
    assert seen == [on, off, off, on]
    said = [frame.description.split()[0] for frame in frames if frame.cluster == DemandResponse.cluster_id]
    assert said.count("LoadControlEvent") >= 2
    events = [frame for frame in frames if frame.description.startswith("LoadControlEvent")]
    assert {(frame.source, frame.destination) for frame in events} == {(METER, SWITCH)}
    assert [frame.time for frame in (events[0], events[-1])] == [begin, end]
    assert "duty_cycle=0 " in events[0].description and "duty_cycle=100 " in events[-1].description

    period = bodies.log_period("ReadEventOrSecurityLog", START, end + timedelta(hours=1))
    log = period._replace(children=(*period.children, leaf("LogToRead", "ALCSEvent")))
    pair.read(pair.supplier, METER, "6.13", log)
    pair.pass_time()
    names = mmc(pair, "HANCommandID")
    commanded = [int(moment.timestamp()) for moment in (START, begin, end)]
    assert [int(name) for name in names] == [each for name in commanded for each in (name, name)]
    assert len(mmc(pair, "Outcome")) == len(names) == 6


def test_why(evening: Pair) -> None:
    """The level of the switch's controller is explained as any other."""
    pair = evening
    pair.command(pair.supplier, METER, "7.13", set_state(START, START + timedelta(hours=1), 0, N))
    pair.pass_time()
    told = pair.http("GET", f"/sim/devices/{METER}/why", params={"controller": N}).json()
    assert told["level"] == 0
    assert told["winner"]["rule"] == "set state"


def test_the_elder_services(evening: Pair) -> None:
    """SRV 7.6 off for an hour, 7.5 on, 7.8 back to the calendar."""
    pair = evening
    off = bodies.switched("DeactivateAuxiliaryLoad", "DeactivateALCSHCALCS", N, 60)
    pair.command(pair.supplier, METER, "7.6", off)
    pair.pass_time()
    assert heater(pair) == (False, 0.0)
    pair.command(pair.supplier, METER, "7.5", bodies.switched("ActivateAuxiliaryLoad", "ActivateALCSHCALCS", N, 30))
    pair.pass_time()
    assert heater(pair) == (True, HEATER_KW)
    pair.command(pair.supplier, METER, "7.6", off)
    pair.pass_time()
    pair.command(pair.supplier, METER, "7.8", bodies.switched("ResetAuxiliaryLoad", "ResetALCSHCALCS", N, None))
    pair.pass_time()
    assert heater(pair) == (True, HEATER_KW)
    assert [answer.code for answer in pair.mailbox(pair.supplier)] == ["I0"] * 4


def test_a_night_rate_by_calendar(evening: Pair) -> None:
    """SRV 6.14.2 names the HCALCS and its hours: on from 00:30 to 04:30, two nights."""
    pair, every_day = evening, CosemDate()
    rows = [
        Row(CommandedState(N, level), at, frozenset(range(7)), (), every_day, every_day)
        for at, level in ((time(0, 30), 100), (time(4, 30), 0))
    ]
    pair.command(pair.supplier, METER, "6.14.2", bodies.switch_calendar(Calendar(rows, []), [(N, str(SWITCH))]))
    pair.pass_time()
    seen = []
    for day in (16, 17):
        for at in (time(0, 29), time(0, 31), time(4, 29), time(4, 31)):
            pair.at(datetime.combine(START.date().replace(day=day), at, UTC))
            seen.append(heater(pair)[0])
    assert seen == [False, True, True, False] * 2
    assert alerts(pair) == []


def test_nobody_else_switches(evening: Pair) -> None:
    pair, frames = evening, on_the_han(evening)
    body = set_state(START, START + timedelta(hours=1), 0, N)
    assert pair.ask(pair.network, METER, "7.13", 4, body).code == "E2"
    assert pair.ask(pair.other_supplier, METER, "7.13", 4, body).code == "E4"
    pair.pass_time()
    assert heater(pair) == (True, HEATER_KW)
    assert frames == []


def test_lost_and_found(evening: Pair) -> None:
    """Silent from 18:00: a command fails and is told (811A), the heater's event runs out; found, it heats again."""
    pair = evening
    pair.at(START.replace(hour=18))
    assert pair.http("PUT", f"/sim/faults/{SWITCH}", json={"silent": True}).status_code == 200
    begin, end = START.replace(hour=19), START.replace(hour=20)
    pair.command(pair.supplier, METER, "7.13", set_state(begin, end, 0, N))
    pair.at(begin + timedelta(minutes=5))
    assert alerts(pair) == [0x811A]
    assert heater(pair) == (True, HEATER_KW), "nobody has told it"
    # What it was told last, at 16:00, was told for a day; the meter finds at 20:00 that its word still does not arrive.
    pair.at(START + timedelta(hours=23, minutes=59))
    assert heater(pair)[0]
    pair.at(START + timedelta(hours=24, minutes=1))
    assert heater(pair) == (False, 0.0)
    assert alerts(pair) == [0x811A] * 2
    assert pair.http("DELETE", f"/sim/faults/{SWITCH}").status_code == 204
    pair.pass_time(600)
    assert heater(pair) == (True, HEATER_KW)
    alert = next(each.payload for each in pair.mailbox(pair.supplier) if isinstance(each.payload, DeviceAlert))
    assert pair.supplier.check(decode(alert.payload)) == "MAC of the device holds"


def test_a_new_switch_is_joined_by_requests() -> None:
    """12.2, 8.11, 8.7.1 at both ends: commissioned by its join, told its event, read by 11.2, unjoined by 8.8.1."""
    pair = Pair(start=START, installed=False)
    install_hub(pair)
    assert notify(pair, METER, "ESME", "ADF").code == "I99"
    whitelist(pair, METER)
    commission(pair, METER)
    assert notify(pair, SWITCH, "HCALCS").code == "I99"
    whitelist(pair, SWITCH)
    assert status(pair, SWITCH) == "InstalledNotCommissioned"
    join(pair, METER, SWITCH, TO_METER)
    assert not pair.world.home.switch.closed
    assert pair.world.home.han.members.given == {}
    join(pair, SWITCH, METER, TO_SWITCH)
    assert status(pair, SWITCH) == "Commissioned"
    pair.pass_time(60)
    assert set(pair.world.home.han.members.given) == {(SWITCH, METER), (METER, SWITCH)}, "the hub's key for both"
    assert heater(pair) == (True, HEATER_KW)
    pair.read(pair.supplier, SWITCH, "11.2", branch("ReadFirmwareVersion"))
    pair.pass_time()
    assert mmc(pair, "FirmwareVersion") == ["00000001"]
    pair.command(pair.supplier, METER, "7.13", set_state(START, START + timedelta(hours=9), 0, N))
    pair.pass_time()
    assert heater(pair) == (False, 0.0)
    for device, other in ((METER, SWITCH), (SWITCH, METER)):
        pair.command(pair.supplier, device, "8.8.1", branch("UnjoinServiceCritical", leaf("OtherDeviceID", other)))
        pair.pass_time()
        assert pair.mailbox(pair.supplier)[-1].code == "I0"
    assert pair.world.home.meter.joined.types == {}
    assert pair.world.home.switch.joined.meter is None
    assert SWITCH in inventory(pair, HUB)


def join(pair: Pair, device: EUI64, other: EUI64, known: Known) -> None:
    """SR 8.7.1 at one end."""
    body, kind = branch("JoinServiceCritical", leaf("OtherDeviceID", other)), pair.world.dcc.inventory.devices[device]
    pair.command(pair.supplier, device, "8.7.1", body, known, kind.device_type)
    pair.pass_time()
    assert pair.mailbox(pair.supplier)[-1].code == "I0"


def test_the_home_is_as_it_was_in_another_process(tmp_path: Path) -> None:
    """Who was joined to whom is in the inventory: the next process has its switch on at once."""
    store = Store(f"sqlite:///{tmp_path / 'dcc.db'}")
    first = Pair(start=START, store=store)
    first.pass_time()
    store.close()
    second = Pair(start=START, store=Store(f"sqlite:///{tmp_path / 'dcc.db'}"))
    assert heater(second) == (True, HEATER_KW)
    second.store.close()


def test_a_display_reads_what_the_supplier_wrote_and_the_meter_measures(evening: Pair) -> None:
    """SRV 3.1 puts a text on the meter; a device on the HAN reads it, the time and the power as ZCL frames."""
    pair, frames = evening, on_the_han(evening)
    pair.read(pair.supplier, METER, "3.1", branch("DisplayMessage", leaf("SupplierMessage", "Power is dear at 17:00")))
    pair.pass_time()
    assert pair.mailbox(pair.supplier)[-1].code == "I0"
    frames.clear()
    han, now = pair.world.home.han, pair.world.clock.now
    for asked in (ReadAttributes(METERING, (MeteringAttribute.INSTANTANEOUS_DEMAND,)), GetLastMessage()):
        han.command(SWITCH, METER, asked, now)
    pair.pass_time()
    told = [frame.description for frame in frames if frame.source == METER]
    assert told[0] == f"ReadAttributesResponse instantaneous_demand={HEATER_W}"
    assert told[1].startswith("DisplayMessage") and b"Power is dear at 17:00" in frames[-1].zcl
    assert {frame.cluster for frame in frames} == {METERING, 0x0703}


def test_an_in_home_display(evening: Pair) -> None:
    """It reads its meter over the HAN every minute, and shows the heater and what the supplier wrote."""
    pair = evening
    assert pair.http("GET", "/sim/display").status_code == 409
    frames = on_the_han(pair)
    assert pair.http("PUT", "/sim/display", json={"every_seconds": 60}).status_code == 204
    pair.read(pair.supplier, METER, "3.1", branch("DisplayMessage", leaf("SupplierMessage", "Dear after 17:00")))
    pair.pass_time(1)
    shown = pair.http("GET", "/sim/display").json()
    assert (shown["power_kw"], shown["message"]) == (HEATER_KW, None)
    pair.command(pair.supplier, METER, "7.13", set_state(START, START + timedelta(hours=1), 0, N))
    pair.pass_time(60)
    shown = pair.http("GET", "/sim/display").json()
    assert (shown["power_kw"], shown["message"]) == (0, "Dear after 17:00")
    assert shown["time"].startswith("2026-01-15T16:01:00")
    asked = [frame for frame in frames if frame.source == IN_HOME_DISPLAY]
    assert len(asked) == 6 and {frame.destination for frame in asked} == {METER}
    assert pair.http("PUT", f"/sim/faults/{SWITCH}", json={"silent": True}).status_code == 200
    assert pair.http("POST", "/sim/display/look").status_code == 204


def test_a_display_takes_no_gbcs(evening: Pair) -> None:
    """It is in the hub's log, so a message for it goes over the HAN; it is dropped there, and nothing else happens."""
    world = evening.world
    world.home.put_display(None)
    read = Message(CraFlag.COMMAND, 1, BROKER, IN_HOME_DISPLAY, 0x0062, b"\xd9", signature=b"")
    before = evening.records()
    world._to_wan(True, read.encode(), world.clock.now)
    evening.pass_time()
    assert world.home.han.dropped(IN_HOME_DISPLAY).total() == 0
    assert evening.records() == before


def test_wireshark_sees_the_events(tmp_path: Path) -> None:
    """A capture of an evening: every frame decrypts, and the events are those of the log."""
    path = tmp_path / "evening.pcapng"
    with Capture(path) as capture:
        world = World(1, START, capture=capture, traced=False)
        world.home.meter.auxiliary.set_state(
            CommandedState(N, 0), START.replace(hour=17), START.replace(hour=20), START
        )
        world.home.meter._settle(START)
        world.advance(timedelta(hours=5))
    assert fields(path, UNREADABLE, "frame.number") == []
    names = ("issuer_id", "duty_cycle", "duration_in_minutes")
    rows = fields(path, "zbee_zcl_se.drlc.duration_in_minutes", *(f"zbee_zcl_se.drlc.{name}" for name in names))
    first, last = rows[0], rows[-1]
    assert (int(first[0], 0), int(first[1], 0)) == (int(START.replace(hour=17).timestamp()), 0)
    assert (int(last[0], 0), int(last[1], 0)) == (int(START.replace(hour=20).timestamp()), 100)


@pytest.mark.parametrize("seed", range(6))
def test_under_loss_a_command_is_obeyed_or_told_as_failed(seed: int) -> None:
    """Three of ten packets are lost: within two minutes the switch is as commanded, or the supplier has its 811A."""
    world, hour = World(seed, START, traced=False), timedelta(hours=1)
    meter, switch = world.home.meter, world.home.switch
    world.home.han.conditions(SWITCH, Conditions(loss=0.3))
    obeyed = 0
    for number in range(8):
        before = meter.event_log.codes().count(0x811A)
        level = 100 * (number % 2)
        meter.auxiliary.set_state(CommandedState(N, level), world.clock.now, None, world.clock.now)
        world.happened(meter, meter._settle(world.clock.now))
        world.advance(timedelta(minutes=2))
        if switch.closed == bool(level):
            obeyed += 1
        else:
            assert meter.event_log.codes().count(0x811A) == before + 1
        world.advance(hour)
    assert obeyed >= 6
    world.home.han.conditions(SWITCH, Conditions())
    world.advance(timedelta(days=1))
    assert switch.closed


def test_a_supply_that_is_off_and_on_again(evening: Pair) -> None:
    """SRV 7.2 takes the switch its power; with 7.1 it comes back, asks its meter and is told."""
    pair, frames = evening, on_the_han(evening)
    pair.command(pair.supplier, METER, "7.2", branch("DisableSupply"))
    pair.pass_time()
    assert heater(pair) == (False, 0.0)
    frames.clear()
    pair.command(pair.supplier, METER, "7.1", branch("EnableSupply"))
    pair.pass_time()
    assert heater(pair) == (True, HEATER_KW)
    said = [frame.description.split()[0] for frame in frames if frame.source == SWITCH]
    assert said[:2] == ["ReadAttributes", "GetScheduledEvents"]
    assert pair.world.home.meter.import_power_w == HEATER_W
