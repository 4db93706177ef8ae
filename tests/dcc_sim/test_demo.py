"""The main job as the demonstration runs it: real sockets, the charging power, the refusals, the files."""

import asyncio
import json
from datetime import datetime
from pathlib import Path

import pytest

from dcc_sim import demo
from dcc_sim.demo import LIMIT_END, LIMIT_START, Outcome, run
from dcc_sim.world import World
from tests.pairs import FULL_KW, HALF_KW


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path, str]:
    """One run: what it saw, where its files are, what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    lines: list[str] = []
    outcome = asyncio.run(run(folder, lines.append))
    return outcome, folder, "\n".join(lines)


def test_power(ran: tuple[Outcome, Path, str]) -> None:
    """7.36 kW, half of it exactly from the start to the end of the limit, 7.36 kW after; later the car is full."""
    outcome, _, _ = ran
    seen = dict(outcome.power_kw)
    inside = [kw for at, kw in seen.items() if LIMIT_START <= at < LIMIT_END]
    assert inside
    assert set(inside) == {HALF_KW}
    before = [kw for at, kw in seen.items() if at < LIMIT_START]
    assert before
    assert set(before) == {FULL_KW}
    assert seen[LIMIT_END] == FULL_KW
    assert max(seen) > LIMIT_END


def test_refusals(ran: tuple[Outcome, Path, str]) -> None:
    """Each attempt has its code, and the device knows of none."""
    outcome, _, _ = ran
    assert [each.code for each in outcome.refused] == ["E2", "E4", "E100", "E100", "E100", "E100"]
    assert all(each.reason for each in outcome.refused)
    assert len({each.reason for each in outcome.refused}) == 6
    assert outcome.device_untouched
    assert outcome.checked == "signature of the device holds"
    assert 'MessageSuccess="true"' in outcome.mmc


def test_screen(ran: tuple[Outcome, Path, str]) -> None:
    """What it says: power before and after, refusals, and the ladder with every hop."""
    _, _, text = ran
    for word in (
        "7.4 kW",
        "3.7 kW",
        "E2",
        "E4",
        "E100",
        "PreCommand",
        "command ECS47",
        "response ECS47",
        "TransferData",
    ):
        assert word in text, word
    assert "NO" not in text.split()


def test_files(ran: tuple[Outcome, Path, str]) -> None:
    """A PNG, the ladder, MMC, and a trace whose index names every file that is there."""
    _, folder, _ = ran
    assert (folder / "charger-power.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert (folder / "response-mmc.xml").read_text(encoding="utf-8").startswith("<?xml")
    assert "SAPC" in (folder / "ladder.txt").read_text(encoding="utf-8")
    trace = folder / "trace"
    entries = [json.loads(line) for line in (trace / "trace.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [entry["sequence"] for entry in entries] == list(range(1, len(entries) + 1))
    times = [datetime.fromisoformat(entry["time"]) for entry in entries]
    assert times == sorted(times)
    named = {name for entry in entries for name in entry["files"]}
    assert named == {path.name for path in trace.iterdir()} - {"trace.jsonl"}
    assert {Path(name).suffix for name in named} == {".xml", ".hex", ".txt"}
    refused = [entry["verdict"] for entry in entries if entry["verdict"].startswith("refused E")]
    assert len(refused) == 6


def test_every_message_is_decoded(ran: tuple[Outcome, Path, str]) -> None:
    """Each GBCS message on the WAN has its hex and its decode."""
    _, folder, _ = ran
    lines = (folder / "trace" / "trace.jsonl").read_text(encoding="utf-8").splitlines()
    wan = [entry for entry in map(json.loads, lines) if {entry["source"], entry["target"]} == {"DCC", "Hub"}]
    assert len(wan) >= 2
    for entry in wan:
        assert {Path(name).suffix for name in entry["files"]} == {".hex", ".txt"}
        text = (folder / "trace" / next(name for name in entry["files"] if name.endswith(".txt"))).read_text("utf-8")
        assert "no GBCS message" not in text
        assert len(text.splitlines()) > 10


def test_no_private_key_in_the_files(ran: tuple[Outcome, Path, str]) -> None:
    """Neither as PEM nor as the bare number, in octets or hex."""
    _, folder, _ = ran
    world = World(demo.SEED, demo.START)
    secrets = []
    for credentials in world.users.values():
        for pair in (credentials.signing, credentials.key_agreement, credentials.xml_signing):
            assert pair is not None
            secrets.append(pair.key.private_numbers().private_value.to_bytes(32))
    secrets.append(world.dcc.access_control.key_agreement.private_numbers().private_value.to_bytes(32))
    paths = [path for path in folder.rglob("*") if path.is_file()]
    assert len(paths) > 30
    for path in paths:
        content = path.read_bytes()
        hexadecimal = content.lower().replace(b"\n", b"")
        assert b"PRIVATE KEY" not in content
        for secret in secrets:
            assert secret not in content
            assert secret.hex().encode() not in hexadecimal


def test_same_demo_twice(ran: tuple[Outcome, Path, str], tmp_path: Path) -> None:
    """The trace of a second run is the same, byte for byte, though its ports differ."""
    _, folder, _ = ran
    asyncio.run(run(tmp_path, lambda line: None))
    first = {path.name: path.read_bytes() for path in (folder / "trace").iterdir()}
    second = {path.name: path.read_bytes() for path in (tmp_path / "trace").iterdir()}
    assert first == second
