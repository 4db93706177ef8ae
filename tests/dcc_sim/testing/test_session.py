"""A served session, recorded, replayed octet for octet, and turned into a scenario that holds."""

import json
import time
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from dcc_sim import identities
from dcc_sim.cli import main
from dcc_sim.client import Client, load
from dcc_sim.demo import set_state
from dcc_sim.scenarios.play import play
from dcc_sim.scenarios.reading import read_text
from dcc_sim.serve import START
from dcc_sim.session import Recorder, read
from dcc_sim.session_replay import replay
from dcc_sim.session_scenario import scenario
from schemas.duis.node import branch
from schemas.errors import Malformed
from schemas.gbcs.use_cases.declare import DeviceType
from tests.process import serving, url_of

CHARGER = identities.CHARGER


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Commands, a read, a refusal, nonsense, a silent device, a running clock: all over HTTP."""
    folder = tmp_path_factory.mktemp("session")
    with (
        serving("--seed", "4", "--keys", str(folder / "keys"), "--record", str(folder / "session.jsonl")) as said,
        httpx.Client(base_url=url_of(said["DUIS"][0]), timeout=60) as http,
    ):
        supplier, network = (Client(http, load(folder / "keys", who)) for who in ("Supplier", "Network"))
        body = set_state(START.replace(hour=1), START.replace(hour=2), 50)
        request = supplier.user.request(CHARGER, "7.13", 4, body)
        assert supplier.send(request, DeviceType.SAPC, 60, True).good
        refused = network.user.request(CHARGER, "7.13", 4, body)
        assert network.send(refused, DeviceType.SAPC, 60, True).response.code == "E2"
        assert http.post("/api/v1/serviceS", content=b"<a/>", headers={"Content-Type": "application/xml"}).is_error
        assert http.post("/sim/air", json={"device": str(CHARGER), "duplication": 1, "to": "+5m"}).is_success
        assert http.put(f"/sim/faults/{CHARGER}", json={"silent": True}).is_success
        reading = supplier.user.request(CHARGER, "11.2", 1, branch("ReadFirmwareVersion"))
        assert not supplier.send(reading, DeviceType.SAPC, 60, True).good
        assert http.delete(f"/sim/faults/{CHARGER}").is_success
        assert http.put("/sim/clock/speed", json={"speed": 3600}).is_success
        time.sleep(0.3)
        assert http.post("/sim/clock/pause").is_success
        assert http.post("/sim/clock/advance", json={"seconds": 2000}).is_success
    return folder / "session.jsonl"


def test_the_journal_is_whole_and_in_order(session: Path) -> None:
    """A line for the world, then what came in, what was said, and every message between."""
    lines = read(session)
    assert lines[0] == {
        "session": 1,
        "seed": 4,
        "start": START.isoformat(),
        "policy": "supplier-only",
        "installed": True,
    }
    assert {"request", "answer", "tick", "message"} <= {key for line in lines for key in line}
    assert [line["message"] for line in lines if "message" in line] == list(
        range(1, 1 + sum("message" in line for line in lines))
    )
    requests = [line for line in lines if "request" in line or "answer" in line]
    assert ["request" in line for line in requests] == [True, False] * (len(requests) // 2)
    assert {line["kind"] for line in lines if "message" in line} == {"DUIS", "GBCS", "HAN", "note"}


def test_replayed_octet_for_octet(session: Path) -> None:
    """Every line."""
    told = replay(session)
    assert (told.different, told.was, told.now) == (0, "", "")
    assert told.lines == len(session.read_text().splitlines())
    assert "the same, octet for octet" in CliRunner().invoke(main, ["journal", "replay", str(session)]).output


@pytest.mark.parametrize("field", ["body", "answer", "seed"])
def test_what_is_not_the_same_is_found(session: Path, tmp_path: Path, field: str) -> None:
    """An octet of a message, an answer, another seed: the first line that differs is told."""
    lines = read(session)
    if field == "seed":
        lines[0]["seed"] = 5
        number = 0
    else:
        number = next(n for n, line in enumerate(lines) if ("message" if field == "body" else "answer") in line)
        lines[number][field] = "00" if field == "body" else 418
    changed = tmp_path / "changed.jsonl"
    changed.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    told = replay(changed)
    assert told.different == number + 1 if field != "seed" else told.different > 1
    if field == "answer":
        assert CliRunner().invoke(main, ["journal", "replay", str(changed)]).exit_code == 1


def test_a_session_becomes_a_scenario_that_holds(session: Path, tmp_path: Path) -> None:
    """Its requests are steps, its answers what is expected; a scenario of another outcome does not hold."""
    text, left = scenario(replay(session), read(session)[0], "Recorded")
    assert left == []
    file = read_text(text, "recorded.yaml")
    steps = [step.model_dump(exclude_unset=True) for step in file.scenario.steps]
    assert [step["send"] for step in steps if "send" in step] == ["7.13", "11.2"]
    assert [step["air"]["duplication"] for step in steps if "air" in step] == [1]
    assert [step["expect"] for step in steps if "expect" in step] == ["I0", "E2", "HTTP 400", "E21"]
    done = play(file)
    assert done.good, [(step.line, step.faults) for step in done.steps] + [done.broken]
    assert not play(read_text(text.replace("expect: E2\n", "expect: I0\n"), "x")).good
    out = tmp_path / "recorded.yaml"
    assert CliRunner().invoke(main, ["journal", "to-scenario", str(session), "--output", str(out)]).exit_code == 0
    assert out.read_text() == text.replace("scenario: Recorded", "scenario: A recorded session")


def test_what_is_no_session(tmp_path: Path) -> None:
    """Neither JSON, nor of this form, nor a line without its fields."""
    bad = tmp_path / "bad"
    for text in ("x", "[]", '{"session": 2}', ""):
        bad.write_text(text)
        with pytest.raises(Malformed):
            replay(bad)
    written: list[str] = []
    Recorder(written.append).begin(1, START, "supplier-only", True)
    bad.write_text(written[0] + '{"request": "GET"}\n')
    with pytest.raises(Malformed, match="fields"):
        replay(bad)
    assert CliRunner().invoke(main, ["journal", "replay", str(bad)]).exit_code == 1


def test_what_cannot_be_recorded(tmp_path: Path) -> None:
    """Where more than seed and requests decides what happens."""
    plan = tmp_path / "air.yaml"
    plan.write_text("{air: x, faults: [{loss: 0.1}]}")
    for more in (["--database", f"sqlite:///{tmp_path / 'y'}"], ["--air", str(plan)]):
        result = CliRunner().invoke(main, ["serve", "--record", str(tmp_path / "x"), *more, "--port", "0"])
        assert result.exit_code == 1
        assert "--record: is for a session in memory" in result.output
