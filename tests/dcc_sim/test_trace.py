"""The trace: order, files, repeatability, and no key in it."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dcc_sim.smki import Smki
from dcc_sim.trace import Trace, TraceRecord
from schemas.eui import EUI64

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
XML = b"<?xml version='1.0'?>\r\n<Request> <a/>\n</Request>"


def example() -> Trace:
    trace = Trace()
    trace.add(NOON, "Supplier", "DCC", "service request 6.14.1", "DUIS", correlation="A", body=XML, decode="a: 1\n")
    trace.add(NOON, "DCC", "Hub", "Command / ECS47!", "GBCS", correlation="A", verdict="refused E2: x", body=b"\1" * 40)
    trace.note(NOON + timedelta(seconds=1), "SAPC", "boost ends", correlation="B")
    return trace


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_records_are_numbered_from_one() -> None:
    trace = example()
    assert [record.sequence for record in trace] == [1, 2, 3] and len(trace) == 3
    assert [record.size for record in trace] == [len(XML), 40, 0]
    assert [record.what for record in trace.about("A")] == ["service request 6.14.1", "Command / ECS47!"]


def test_observers_see_every_later_record_in_order() -> None:
    trace, seen = Trace(), list[tuple[str, TraceRecord]]()
    before = trace.note(NOON, "DCC", "starts")
    trace.observe(lambda record: seen.append(("one", record)))
    trace.observe(lambda record: seen.append(("two", record)))
    after = trace.note(NOON, "DCC", "goes on")
    assert seen == [("one", after), ("two", after)] and before not in [record for _, record in seen]


def test_files(tmp_path: Path) -> None:
    example().write(tmp_path / "new" / "folder")
    files = contents(tmp_path / "new" / "folder")
    index = files.pop("trace.jsonl").decode().splitlines()
    assert files == {
        "0001-supplier-to-dcc-service-request-6-14-1.xml": XML,
        "0001-supplier-to-dcc-service-request-6-14-1.txt": b"a: 1\n",
        "0002-dcc-to-hub-command-ecs47.hex": b"01" * 32 + b"\n" + b"01" * 8 + b"\n",
    }
    assert json.loads(index[1]) == {
        "schema": 1,
        "sequence": 2,
        "time": "2026-06-01T12:00:00.000000Z",
        "correlation": "A",
        "source": "DCC",
        "target": "Hub",
        "what": "Command / ECS47!",
        "kind": "GBCS",
        "size": 40,
        "verdict": "refused E2: x",
        "files": ["0002-dcc-to-hub-command-ecs47.hex"],
    }
    assert [json.loads(line)["files"] for line in index][2] == []


def test_the_same_run_writes_the_same_bytes_in_any_time_zone(tmp_path: Path) -> None:
    summer = Trace()
    for record in example():
        time = record.time.astimezone(timezone(timedelta(hours=1)))
        summer.add(
            time,
            record.source,
            record.target,
            record.what,
            record.kind,
            correlation=record.correlation,
            verdict=record.verdict,
            body=record.body,
            decode=record.decode,
        )
    example().write(tmp_path / "a")
    summer.write(tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_writing_again_takes_away_the_earlier_trace_only(tmp_path: Path) -> None:
    mine = tmp_path / "0001-mine.txt"
    mine.write_text("stay")
    example().write(tmp_path)
    Trace().write(tmp_path)
    assert contents(tmp_path) == {"0001-mine.txt": b"stay", "trace.jsonl": b""}


def test_an_index_from_elsewhere_reaches_nothing_outside(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("stay")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "notes.txt").write_text("stay")
    files = ["../outside", str(outside), "..", "notes.txt", "0001-gone.txt"]
    (folder / "trace.jsonl").write_text(json.dumps({"schema": 1, "files": files}) + "\n")
    Trace().write(folder)
    assert outside.read_text() == "stay" and contents(folder) == {"notes.txt": b"stay", "trace.jsonl": b""}


@pytest.mark.parametrize("line", ["{}", "[]", '{"schema": 2, "files": []}', "hello"])
def test_a_foreign_index_is_left_alone(tmp_path: Path, line: str) -> None:
    (tmp_path / "trace.jsonl").write_text(line)
    with pytest.raises(ValueError):
        example().write(tmp_path)
    assert contents(tmp_path) == {"trace.jsonl": line.encode()}


def test_a_long_or_strange_name_stays_a_file_name(tmp_path: Path) -> None:
    trace = Trace()
    trace.add(NOON, "../DCC", "Hub", "é" * 300 + "x" * 300, "HAN", body=b"1")
    trace.write(tmp_path)
    names = [name for name in contents(tmp_path) if name != "trace.jsonl"]
    assert len(names) == 1 and names[0].startswith("0001-dcc-to-hub-x") and len(names[0]) < 100


def test_private_keys_do_not_get_in() -> None:
    key = Smki(b"seed").issue_device(EUI64(b"12345678")).signing.key
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    sec1 = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    trace = Trace()
    for body in (der, pem, sec1):
        with pytest.raises(ValueError, match="private key"):
            trace.add(NOON, "DCC", "Hub", "x", "GBCS", body=b"before" + body)
    with pytest.raises(ValueError, match="private key"):
        trace.add(NOON, "DCC", "Hub", "x", "GBCS", decode=pem.decode())
    assert len(trace) == 0


def test_certificates_do_get_in() -> None:
    certificate = Smki(b"seed").root
    trace = Trace()
    for encoding in (Encoding.DER, Encoding.PEM):
        trace.add(NOON, "DCC", "Hub", "certificate", "GBCS", body=certificate.public_bytes(encoding))
    assert len(trace) == 2


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Trace().note(NOON.replace(tzinfo=None), "DCC", "x")
