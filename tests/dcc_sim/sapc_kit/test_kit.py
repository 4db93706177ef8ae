"""The kit: the right SAPC passes, every wrong one is caught, and what it says of both is readable by machines."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from lxml import html

from dcc_sim.cli import main
from dcc_sim.sapc_kit.case import Case, Grade, Send, read_case, shipped
from dcc_sim.sapc_kit.frames import decode_moment, encode_moment, read_frame, write_frame
from dcc_sim.sapc_kit.provision import from_json, parties, provision
from dcc_sim.sapc_kit.runner import Verdict, run_case
from dcc_sim.sapc_kit.target import BuiltIn, Feature
from schemas.errors import Malformed
from tests.dcc_sim.sapc_kit.mutants import MUTANTS
from tests.dcc_sim.sapc_kit.table import rows

CASES = {case.id: case for case in shipped()}
EXAMPLE = Path(__file__).parents[3] / "examples" / "sapc_device.py"
GROUPS = (
    *("join and commissioning", "security", "set state", "calendar", "limit", "ends and overlaps", "input and output"),
    *("reads", "logs", "alerts", "future dating", "clock change", "power cut", "link loss", "load"),
)
MINIMAL = "id: X-01\ngroup: g\ntitle: t\nsource: s\ngrade: assumed\nsteps:\n"


def kit(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["conformance", "sapc", *arguments])
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.parametrize("name", CASES)
def test_the_right_one_passes(name: str) -> None:
    result = run_case(CASES[name], BuiltIn())
    assert (result.verdict, result.reason) == (Verdict.PASSED, "")


def test_enough_cases_of_every_group() -> None:
    """Each with its source; those that stand on less than a text are a grade of their own."""
    assert len(CASES) >= 80
    assert {case.group for case in CASES.values()} == set(GROUPS)
    assert {case.grade for case in CASES.values()} == set(Grade)
    assert all(case.source for case in CASES.values())


@pytest.mark.parametrize("name", MUTANTS)
def test_every_wrong_one_is_caught(name: str) -> None:
    """By the first and the last case that the page names; the page has every mutant, and no other."""
    catching = rows()[name]
    assert catching, "no case catches it"
    for case in {catching[0], catching[-1]}:
        assert run_case(CASES[case], MUTANTS[name]()).verdict is Verdict.FAILED


def test_the_page_has_every_mutant() -> None:
    assert list(rows()) == list(MUTANTS)
    assert len(MUTANTS) >= 30


def test_the_same_octets_twice() -> None:
    """Of the same seed; of another seed other keys, and the same verdict."""

    def octets(seed: int) -> list[bytes]:
        result = run_case(CASES["LIM-03"], BuiltIn(), seed)
        assert result.verdict is Verdict.PASSED
        return [seen.octets for step in result.steps for seen in step.messages]

    assert octets(1) == octets(1) != octets(2)


def test_a_target_that_cannot_is_told_so() -> None:
    class Blind(BuiltIn):
        features = frozenset({Feature.PROVISION})

    result = run_case(CASES["PWR-01"], Blind())
    assert (result.verdict, result.reason) == (Verdict.NOT_OBSERVABLE, "the target has no power cut")


def test_reports(tmp_path: Path) -> None:
    """Of a wrong device: the failure with its reason and its messages in all three, the grades apart."""
    files = [tmp_path / name for name in ("r.html", "r.xml", "r.json")]
    target = f"{__name__}:forgetful"
    told = kit(
        *("--target", target, "--case", "PWR", "--html", str(files[0]), "--junit", str(files[1])),
        *("--json", str(files[2])),
        code=1,
    )
    assert "PWR-04 failed (inferred: " in told
    page = html.fromstring(files[0].read_text(encoding="utf-8"))
    (failed,) = page.xpath("//details[@id='PWR-04'][@open]")
    assert "is 20, not 100" in failed.text_content()
    suites = {suite.get("name"): suite for suite in ET.parse(files[1]).getroot()}
    assert set(suites) == {grade.value for grade in Grade}
    assert suites["inferred"].get("failures") != "0"
    document = json.loads(files[2].read_text(encoding="utf-8"))
    (case,) = [case for case in document["cases"] if case["id"] == "PWR-04"]
    assert case["verdict"] == "failed"
    assert all(bytes.fromhex(seen["octets"]) for step in case["steps"] for seen in step["messages"])
    assert kit("--target", target, "--case", "PWR-04", "--firm")


def forgetful() -> BuiltIn:
    """A target by its name."""
    return MUTANTS["forgets its calendar at a power cut"]()


def test_no_secret_in_a_report(tmp_path: Path) -> None:
    """Neither a private key nor a shared secret; the kit's keys are for tests, and still."""
    file = tmp_path / "r.json"
    kit("--case", "SEC", "--json", str(file))
    text = file.read_text(encoding="utf-8").lower()
    keys = [key for party in parties(1).values() for key in (party.signing, party.agreement)]
    for key in (*keys, provision(1).signing, provision(1).agreement):
        assert f"{key.private_numbers().private_value:064x}" not in text


def test_what_a_device_starts_with_goes_as_json() -> None:
    start = provision(3)
    assert from_json(start.to_json()).to_json() == start.to_json() == provision(3).to_json()
    assert json.loads(kit("--provision"))["device"] == "00-DB-12-34-56-78-90-A6"


def test_over_a_pipe() -> None:
    """The example of 42 lines passes what it has, and what it has not is told."""
    told = kit("--target", f"pipe:{sys.executable} {EXAMPLE}", "--case", "SEC", "--case", "LIM", "--case", "PWR")
    assert "0 failed" in told
    assert "1 not observable" in told


@contextmanager
def listening() -> Iterator[int]:
    device = subprocess.Popen([sys.executable, str(EXAMPLE), "0"], stderr=subprocess.PIPE, text=True)
    assert device.stderr is not None
    try:
        yield int(device.stderr.readline().rpartition(" ")[2])
    finally:
        device.terminate()
        device.wait()
        device.stderr.close()


def test_over_tcp() -> None:
    with listening() as port:
        assert "0 failed" in kit("--target", f"tcp:127.0.0.1:{port}", "--case", "SET")


def test_over_the_han() -> None:
    """Frames over UDP, in both directions: a response, an alert at its time, and what is not observable there."""
    port = free_port()
    target = f"zep:127.0.0.1:{port}:{sys.executable} -m dcc_sim.sapc_kit.zep_device {port}"
    told = kit("--target", target, "--case", "FUT-01", "--case", "SEC-01", "--case", "SET-12", "--case", "LOAD-04")
    assert "0 failed" in told
    assert "not observable" in told
    assert told.count("1 passed") == 2


def free_port() -> int:
    """Of UDP, as good as free: nobody else listens there a moment later."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    "target, said",
    [
        ("pipe:/nowhere/at/all", "can be started"),
        (f"pipe:{sys.executable} -c pass", "has gone"),
        (f"pipe:{sys.executable} -c print(123456789)", "frame"),
        ("tcp:127.0.0.1:1", "listens on"),
        ("tcp:nowhere", "is tcp:HOST:PORT"),
        ("zep:nowhere", "is zep:HOST:PORT"),
        (f"zep:127.0.0.1:1:{sys.executable} -c pass", "writes a line"),
        ("no_such_module:thing", "is built-in, MODULE:ATTRIBUTE"),
    ],
)
def test_a_target_that_is_none(target: str, said: str) -> None:
    result = CliRunner().invoke(main, ["conformance", "sapc", "--target", target])
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "steps, named",
    [
        ("- wait: soon", "duration"),
        ("- wait: 1h\n  what: 1", "what"),
        ("  []", "steps"),
        ("- send: [", "YAML"),
        ("- levels: {6 output: 1}", "levels"),
    ],
)
def test_a_bad_case_file_is_named(steps: str, named: str) -> None:
    with pytest.raises(Malformed, match=f"x.yaml.*{named}"):
        read_case("x.yaml", MINIMAL + steps)


def test_cases_of_your_own(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(MINIMAL + "- send: '11.2'\n  body: <ReadFirmwareVersion/>\n", encoding="utf-8")
    assert "1 passed" in kit("--cases", str(tmp_path))


def test_the_schema_of_case_files() -> None:
    """Published, and the one that the files are read by."""
    schema = json.loads(kit("--schema"))
    assert set(schema["required"]) == {"id", "group", "title", "source", "grade", "steps"}
    assert schema == Case.model_json_schema()


def test_frames_carry_any_octets() -> None:
    stream = BytesIO()
    write_frame(stream, "M", bytes(range(256)))
    write_frame(stream, "D")
    stream.seek(0)
    assert [read_frame(stream), read_frame(stream)] == [("M", bytes(range(256))), ("D", b"")]
    with pytest.raises(EOFError):
        read_frame(stream)
    moment = datetime(2026, 1, 15, 12, 0, 0, 5000, tzinfo=UTC)
    assert decode_moment(encode_moment(moment)) == moment
    with pytest.raises(Malformed, match="octets"):
        read_frame(BytesIO(b"M\0\0\0\x05abc"))


def test_a_case_that_asks_wrongly_fails_with_the_reason() -> None:
    """A body that is not the service's is the case's fault, and says so."""
    step = Send(send="7.13", body="<ReadFirmwareVersion/>")
    case = CASES["SET-01"].model_copy(update={"steps": [step]})
    result = run_case(case, BuiltIn())
    assert result.verdict is Verdict.FAILED
    assert "is not the body of service 7.13" in result.reason
