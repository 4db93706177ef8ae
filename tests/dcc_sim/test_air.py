"""What goes wrong on the air, from outside: by the control API, a file, Python; requests and alerts with their ends."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from dcc_sim import air_plan, home
from dcc_sim.cli import main
from dcc_sim.testing import Emulator, Served
from schemas.errors import SmartMeterError
from schemas.zse.drlc import CancelAllLoadControlEvents, CancelControl
from tests.pairs import HALF_KW, START, Pair, set_state
from tests.process import serving, url_of

MINUTE = timedelta(minutes=1)
ROOT = Path(__file__).parents[2]
PUBLISHED = Path(air_plan.__file__).parent / "published" / "air.schema.json"


@pytest.fixture
def pair() -> Pair:
    made = Pair(traced=True)
    made.charge()
    return made


@pytest.fixture(scope="module")
def untouched() -> Pair:
    """For requests that must change nothing."""
    return Pair()


def limit(pair: Pair, seconds: float = 40) -> str:
    """A request on its whole road; its last code."""
    request = pair.command(
        pair.supplier, home.CHARGER, "7.13", set_state(START + 90 * MINUTE, START + 150 * MINUTE, 50)
    )
    pair.pass_time(seconds)
    finals = [each.code for each in pair.mailbox(pair.supplier) if each.request_id == request.request_id]
    assert len(finals) == 1
    return finals[0]


def planned(pair: Pair, **fault: Any) -> int:
    got = pair.http("POST", "/sim/air", json=fault)
    assert got.status_code == 201, got.text
    return int(got.json()["number"])


def test_a_silent_device_has_no_frame_on_the_air_and_is_back_after_its_time(pair: Pair) -> None:
    sources: list[bytes] = []
    medium = pair.world.home.han.medium
    medium.sniffer = lambda now, psdu, about, message: sources.append(psdu[7:9])
    number = planned(pair, device=str(home.CHARGER), silent=True, to="+5m")
    (shown,) = pair.http("GET", "/sim/air").json()
    assert shown["number"] == number and shown["under_way"] and shown["what"] == "silent"
    address = pair.world.home.han.address(home.CHARGER).to_bytes(2, "little")
    assert limit(pair) == "E21"
    assert sources and address not in sources
    pair.at(START + 6 * MINUTE)
    assert pair.http("GET", "/sim/air").json() == []
    assert limit(pair) == "I0"
    assert address in sources


def test_a_fault_is_taken_back_while_it_runs(pair: Pair) -> None:
    number = planned(pair, device=str(home.CHARGER), loss=1)
    assert limit(pair) == "E21"
    assert pair.http("DELETE", f"/sim/air/{number}").status_code == 204
    assert pair.http("DELETE", f"/sim/air/{number}").status_code == 404
    assert limit(pair) == "I0"


def test_what_began_last_decides_and_what_is_left_goes_on(pair: Pair) -> None:
    planned(pair, device=str(home.CHARGER), loss=1, **{"from": "+1m", "to": "+9m"})
    worse = planned(pair, device=str(home.CHARGER), loss=0, **{"from": "+2m", "to": "+4m"})
    assert not next(each for each in pair.http("GET", "/sim/air").json() if each["number"] == worse)["under_way"]
    pair.at(START + 3 * MINUTE)
    assert limit(pair) == "I0"
    pair.at(START + 5 * MINUTE)
    assert limit(pair) == "E21"
    pair.at(START + 10 * MINUTE)
    assert limit(pair) == "I0"


def test_a_restarted_hub_opens_its_tunnels_again_and_the_meter_is_heard(pair: Pair) -> None:
    assert limit(pair) == "I0"
    pair.watch_han()
    planned(pair, device="hub", restart=True, to="+20s")
    pair.pass_time(21)
    opened = [
        each.destination for each in pair.packets if "RequestTunnel" in each.description and each.source == home.HUB
    ]
    assert set(opened) == {home.METER, home.CHARGER, home.SWITCH}
    assert limit(pair) == "I0"


def test_what_the_hub_had_not_brought_when_it_lost_power_is_told_and_ends_in_e21(pair: Pair) -> None:
    planned(pair, device=str(home.CHARGER), silent=True, to="+3s")
    planned(pair, device="hub", restart=True, **{"from": "+2s", "to": "+4s"})
    assert limit(pair) == "E21"
    lost = [each for each in pair.world.trace if each.verdict.startswith("lost: ")]
    assert [each.verdict for each in lost if "ECS47" in each.what] == ["lost: the hub has restarted"]


def test_a_command_waits_at_the_dcc_while_the_hub_is_off(pair: Pair) -> None:
    planned(pair, device="hub", restart=True, to="+10s")
    assert limit(pair) == "I0"
    pair.at(START + 100 * MINUTE)
    assert pair.power == HALF_KW


def test_bursts_break_frames_and_messages_still_come(pair: Pair) -> None:
    medium = pair.world.home.han.medium
    planned(pair, interference={"strength_db": 9, "burst_ms": 8, "every_ms": 20}, to="+10m")
    before = medium.frames
    assert limit(pair) == "I0"
    disturbed = medium.frames - before
    pair.at(START + 11 * MINUTE)
    before = medium.frames
    assert limit(pair) == "I0"
    assert disturbed > 1.2 * (medium.frames - before)


def test_interference_around_one_node_leaves_the_others_alone(pair: Pair) -> None:
    jammed = {"strength_db": 60, "burst_ms": 1000, "every_ms": 1000}
    planned(pair, device=str(home.METER), interference=jammed)
    assert limit(pair) == "I0"
    planned(pair, device=str(home.CHARGER), interference=jammed)
    assert limit(pair) == "E21"


def test_one_link_alone_may_be_bad(pair: Pair) -> None:
    planned(pair, device="meter", peer="switch", loss=1)
    assert limit(pair) == "I0"
    medium, lost = pair.world.home.han.medium, Counter[bool]()
    meter, switch = (pair.world.home.han.address(eui).to_bytes(2, "little") for eui in (home.METER, home.SWITCH))
    medium.sniffer = lambda now, psdu, about, message: lost.update([{psdu[5:7], psdu[7:9]} == {meter, switch}])
    pair.world.home.han.command(
        home.METER, home.SWITCH, CancelAllLoadControlEvents(CancelControl(0)), pair.world.clock.now
    )
    pair.pass_time(20)
    assert lost[True] == 16
    planned(pair, device="hub", peer="charger", loss=1)
    assert limit(pair) == "E21"


def test_turned_bits_are_found_by_the_check_of_a_frame(pair: Pair) -> None:
    planned(pair, device="charger", bit_error_rate=0.001)
    assert limit(pair) == "I0"
    han = pair.world.home.han
    assert han.dropped(home.HUB)["FCS"] + han.dropped(home.CHARGER)["FCS"] > 0


@pytest.mark.parametrize("bad", [{"quality": 40}, {"bit_error_rate": 0.05}])
def test_a_link_out_of_range_or_full_of_errors_carries_nothing(pair: Pair, bad: dict[str, Any]) -> None:
    assert pair.http("PUT", f"/sim/faults/{home.CHARGER}", json=bad).status_code == 200
    assert limit(pair) == "E21"
    assert pair.http("DELETE", f"/sim/faults/{home.CHARGER}").status_code == 204
    assert limit(pair) == "I0"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 409),
        ({"silent": True}, 409),
        ({"device": "hub", "loss": 0.5}, 409),
        ({"device": "charger", "restart": True, "to": "+1m"}, 409),
        ({"device": "hub", "restart": True}, 409),
        ({"device": "00-00-00-00-00-00-00-09", "loss": 0.5}, 404),
        ({"device": "nobody", "loss": 0.5}, 404),
        ({"device": "meter", "peer": "meter", "loss": 0.5}, 409),
        ({"device": "meter", "peer": "switch", "silent": True, "loss": 0.5}, 409),
        ({"peer": "switch", "loss": 0.5}, 409),
        ({"loss": 0.5, "from": "+2m", "to": "+1m"}, 409),
        ({"loss": 0.5, "to": "2020-01-01T00:00:00Z", "from": "2019-01-01T00:00:00Z"}, 409),
        ({"loss": 0.5, "to": "soon"}, 409),
        ({"loss": 0.5, "to": "+99999999999d"}, 409),
        ({"loss": 1.5}, 422),
        ({"quality": 256}, 422),
        ({"loss": 0.5, "to": 1800}, 422),
        ({"interference": {"strength_db": 3, "burst_ms": 9, "every_ms": 8}}, 422),
        ({"los": 0.5}, 422),
    ],
)
def test_what_is_no_fault_is_refused_and_changes_nothing(untouched: Pair, body: dict[str, Any], status: int) -> None:
    assert untouched.http("POST", "/sim/air", json=body).status_code == status
    assert untouched.http("GET", "/sim/air").json() == []


def test_a_plan_is_begun_whole_or_not_at_all(pair: Pair) -> None:
    good, wrong = {"device": "meter", "loss": 0.5}, {"device": "hub", "loss": 0.5}
    assert pair.http("POST", "/sim/air/plan", json={"air": "both", "faults": [good, wrong]}).status_code == 409
    assert pair.http("GET", "/sim/air").json() == []
    got = pair.http("POST", "/sim/air/plan", json={"air": "both", "faults": [good, good]})
    assert got.status_code == 201 and len(got.json()) == 2


def test_the_example_plan_holds_its_schema_and_the_command_tells_it() -> None:
    path = ROOT / "examples" / "air" / "evening.yaml"
    schema = json.loads(PUBLISHED.read_text())
    assert schema == json.loads(json.dumps(air_plan.schema()))
    assert json.loads(CliRunner().invoke(main, ["air", "--schema"]).output) == schema
    Draft202012Validator(schema).validate(
        air_plan.read(path).model_dump(mode="json", by_alias=True, exclude_unset=True)
    )
    told = CliRunner().invoke(main, ["air", str(path)])
    assert told.exit_code == 0 and "hub restarts" in told.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("air: x\nfaults: [{loss: 2}]", "faults.0.loss"),
        ("air: x\nfaults: []", "faults"),
        ("air: x\nfaults: [{loss: 0.1, to: 18:00}]", "in quotes"),
        ("air: [", "is YAML or JSON"),
        ("air: x\nfaults: [{device: nobody, loss: 0.1}]", "nobody"),
    ],
)
def test_a_file_that_is_no_plan_is_told_in_a_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "air.yaml"
    path.write_text(text)
    for command in (["air", str(path)], ["serve", "--port", "0", "--smki-port", "0", "--air", str(path)]):
        told = CliRunner().invoke(main, command)
        assert told.exit_code == 1 and said in told.output and "Traceback" not in told.output


def test_the_same_seed_gives_the_same_frames_under_a_plan() -> None:
    def frames() -> list[tuple[Any, ...]]:
        plan = air_plan.read(ROOT / "examples" / "air" / "evening.yaml")
        with Emulator(5, air=plan) as dcc:
            seen: list[tuple[Any, ...]] = []
            dcc.world.home.han.medium.sniffer = lambda now, psdu, about, message: seen.append((now, psdu))
            dcc.clock.advance(minutes=4)
            dcc.supplier.send("7.13", dcc.charger, level=50, start="18:00", end="19:00")
            dcc.clock.advance(minutes=30)
            return seen

    first = frames()
    assert len(first) > 50
    assert first == frames()


def test_python_says_it_in_the_words_of_the_file() -> None:
    with Emulator(2) as dcc:
        number = dcc.air(device="charger", loss=1.0)
        assert dcc.supplier.send("7.13", dcc.charger, level=50, start="18:00", end="19:00").code == "E21"
        dcc.stop_air(number)
        assert dcc.supplier.send("7.13", dcc.charger, level=50, start="18:00", end="19:00").code == "I0"
        with pytest.raises(SmartMeterError, match="device"):
            dcc.air(device="nobody", loss=1.0)


def test_an_answer_that_the_hub_had_when_it_lost_power_is_told(pair: Pair) -> None:
    request = pair.command(
        pair.supplier, home.CHARGER, "7.13", set_state(START + 90 * MINUTE, START + 150 * MINUTE, 50)
    )
    while not pair.world.wan.next_timer() or not any("response" in each.what for each in pair.world.trace):
        pair.pass_time(0.05)
    planned(pair, device="hub", restart=True, to="+5s")
    pair.pass_time(40)
    assert [each.code for each in pair.mailbox(pair.supplier) if each.request_id == request.request_id] == ["E21"]
    (note,) = [each for each in pair.world.trace if each.verdict == "lost: the hub has restarted"]
    assert "for DCC" in note.what and note.correlation == str(request.request_id)
    assert limit(pair) == "I0"


def test_a_served_emulator_begins_with_its_plan_and_takes_more() -> None:
    with (
        serving("--air", str(ROOT / "examples" / "air" / "evening.yaml")) as said,
        Served(url_of(said["DUIS"][0])) as dcc,
    ):
        assert [each["under_way"] for each in dcc.json("GET", "/sim/air")] == [False, True, False, False]
        number = dcc.air(device="charger", silent=True, end="+1h")
        assert dcc.supplier.send("7.13", dcc.charger, level=50, start="+2m", end="+4m").code == "E21"
        dcc.stop_air(number)
        assert dcc.supplier.send("7.13", dcc.charger, level=50, start="+2m", end="+4m").code == "I0"
