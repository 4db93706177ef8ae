"""``dcc-sim capture`` and ``dcc-sim replay``, from outside: files, and what is printed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dcc_sim.cli import main
from dcc_sim.identities import CHARGER, METER
from han.capture import KEY_FILE
from schemas.gbcs.envelope import decode
from tests.han.tshark import UNREADABLE, fields

HEADER = "gbcs_message.grouping_header"


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's capture, its trace beside it."""
    folder = tmp_path_factory.mktemp("captured")
    result = invoke("capture", folder / "demo.pcapng", "--output", folder / "output")
    assert result.exit_code == 0, result.output
    assert f"Keys:   {folder / KEY_FILE}" in result.output
    return folder / "demo.pcapng"


def test_every_message_of_the_trace_is_in_the_capture_under_its_number(captured: Path) -> None:
    trace = captured.parent / "output" / "trace"
    index = [json.loads(line) for line in (trace / "trace.jsonl").read_text().splitlines()]
    on_the_han = {entry["sequence"]: entry for entry in index if entry["kind"] == "HAN"}
    comments = [comment for (comment,) in fields(captured, "frame.comment contains message", "frame.comment")]
    numbered = {int(comment.split(":")[0].removeprefix("message ")) for comment in comments}
    assert numbered == set(on_the_han) and numbered
    assert fields(captured, UNREADABLE, "frame.number") == []
    names = ("message_code", "business_originator_id", "originator_counter")
    rows = fields(captured, f"{HEADER}.message_code", "frame.comment", *(f"{HEADER}.{name}" for name in names))
    assert len(rows) == 2
    for comment, code, originator, counter in rows:
        entry = on_the_han[int(comment.split(":")[0].removeprefix("message "))]
        [body] = [name for name in entry["files"] if name.endswith(".hex")]
        zcl = bytes.fromhex((trace / body).read_text().replace("\n", ""))
        sent = decode(zcl[5:])  # ZCL header, tunnel identifier
        assert (int(code, 0), originator.replace(":", ""), int(counter)) == (
            sent.message_code,
            sent.originator.hex(),
            sent.originator_counter,
        )


def test_the_same_seed_gives_the_same_capture(captured: Path, tmp_path: Path) -> None:
    assert invoke("demo", "--capture", tmp_path / "demo.pcapng", "--output", tmp_path / "output").exit_code == 0
    for name in ("demo.pcapng", KEY_FILE):
        assert (tmp_path / name).read_bytes() == (captured.parent / name).read_bytes()


def test_a_replayed_command_is_answered_as_in_the_capture_and_only_once(captured: Path) -> None:
    result = invoke("replay", captured, "--times", 2)
    assert result.exit_code == 0, result.output
    first, second = result.output.split(f"ECS47a for {CHARGER}\n")[1:]
    assert "response ECS47a, as in the capture, octet for octet" in first
    assert "SAPC: refused: originator counter" in second and "as in the capture" not in second


def test_a_home_with_other_keys_refuses_the_command(captured: Path) -> None:
    result = invoke("replay", captured, "--seed", 2)
    assert "SAPC: refused: MAC" in result.output and "as in the capture" not in result.output


def test_replay_takes_the_commands_of_one_device(captured: Path) -> None:
    assert "commands: 1, of 2 transfers" in invoke("replay", captured, "--device", CHARGER).output
    assert "commands: 0, of 2 transfers" in invoke("replay", captured, "--device", METER).output


def test_without_the_right_keys_nothing_is_replayed(captured: Path, tmp_path: Path) -> None:
    (tmp_path / "demo.pcapng").write_bytes(captured.read_bytes())
    result = invoke("replay", tmp_path / "demo.pcapng")
    assert result.exit_code == 1 and KEY_FILE in result.output
    (tmp_path / KEY_FILE).write_text(f'"{"00" * 16}","Normal","another"\n')
    result = invoke("replay", tmp_path / "demo.pcapng")
    assert result.exit_code == 0
    assert "frames passed over: 26, MIC" in result.output and "commands: 0, of 0 transfers" in result.output


def test_what_is_no_capture_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "demo.pcapng").write_bytes(b"no capture")
    (tmp_path / KEY_FILE).write_text("")
    result = invoke("replay", tmp_path / "demo.pcapng")
    assert result.exit_code == 1
    assert result.output == "Error: pcapng: begins with a section header block\n"
    assert invoke("capture", tmp_path / "missing" / "demo.pcapng", "--output", tmp_path).exit_code == 1


def test_the_reference_sample_is_fed_too(reference: Path) -> None:
    """Another's capture, other devices: its messages are read, one in blocks among them, and refused."""
    result = invoke("replay", reference / "han" / "sample.pcapng")
    assert result.exit_code == 0, result.output
    assert "commands: 3, of 6 transfers" in result.output  # one in four blocks
    assert result.output.count("ESME: refused") == 3
