"""The trace as a file: its schema, one name from request to response, frame numbers, filters, drawings, no key."""

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec
from jsonschema import Draft202012Validator
from lxml import etree

from dcc_sim import trace_file
from dcc_sim.cli import main
from dcc_sim.policy import Regime
from dcc_sim.testing import Emulator
from dcc_sim.trace_file import Line
from han.pcapng import interface_description
from schemas.gbcs.auxiliary import CosemDate, SpecialDay
from schemas.gbcs.protection import shared_secret
from tests.schemas.gbcs.use_cases import bodies
from tests.schemas.gbcs.use_cases.test_edges import row

PUBLISHED = Path(trace_file.__file__).parent / "published"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A trace with all that there is: commands, reads, a refusal, an alert, blocks, a lost message; and its secrets."""
    folder = tmp_path_factory.mktemp("trace")
    with Emulator(3, policy=Regime.LOAD_CONTROLLER, capture=folder / "run.pcapng") as dcc:
        dcc.supplier.send("7.13", dcc.charger, level=50, start="18:00", end="19:00")
        dcc.load_controller.send("7.16", dcc.charger, level=20, start="18:00", end="19:00")
        dcc.supplier.send("7.14", dcc.charger)
        dcc.supplier.send("6.24.1", dcc.charger, values={"RemotePartyRole": "Supplier"})
        dcc.network.send("7.13", dcc.charger, level=0, start="+1m", end="+1h")
        dcc.supplier.post(b"<nonsense/>", "serviceS")
        dcc.charger.silent()
        dcc.supplier.send("11.2", dcc.charger)
        dcc.charger.silent(False)
        dcc.clock.advance(hours=4)
        dcc.write_trace(folder / "run.jsonl")
        secrets = secrets_of(dcc)
    return folder / "run.jsonl", secrets


def secrets_of(dcc: Emulator) -> list[str]:
    """Every private key and every shared secret of two parties of the world, in the forms in which they might leak."""
    world = dcc.world
    parties = [*world.users.values(), *(world.smki.issue_device(device.device.eui) for device in dcc.devices.values())]
    pairs = [pair for each in parties for pair in (each.signing, each.key_agreement, each.xml_signing) if pair]
    raw = [pair.key.private_numbers().private_value.to_bytes(32) for pair in (*pairs, world.dcc.xml_signing)]
    raw += [own.signing.private_numbers().private_value.to_bytes(32) for own in world.dcc.access_control.own.values()]
    agreement = [each.key_agreement for each in parties]
    for one in agreement:
        for other in agreement:
            public = other.certificate.public_key()
            assert isinstance(public, ec.EllipticCurvePublicKey)
            if one is not other:
                raw.append(shared_secret(one.key, public))
    return [form for each in raw for form in (each.hex(), each.hex().upper(), base64.b64encode(each).decode()[:40])]


def test_every_line_is_of_the_published_schema(run: tuple[Path, list[str]]) -> None:
    """The file that is published is the model's, and every line is valid by it."""
    published = json.loads((PUBLISHED / "trace.schema.json").read_text())
    assert published == trace_file.schema()
    validator = Draft202012Validator(published)
    lines = run[0].read_text().splitlines()
    assert len(lines) > 60
    for line in lines:
        validator.validate(json.loads(line))
    assert not validator.is_valid({**json.loads(lines[0]), "version": 1})


def test_a_file_is_read_back(run: tuple[Path, list[str]]) -> None:
    """Line by line what was written."""
    lines = trace_file.read(run[0])
    assert "".join(trace_file.text(lines)) == run[0].read_text()


def test_every_message_is_decoded(run: tuple[Path, list[str]]) -> None:
    """None without fields, and none whose fields say that it could not be read, but for what was none."""
    found = trace_file.read(run[0])
    messages = [line for line in found if line.kind != "note" and not line.what.endswith(" body")]
    assert {line.kind for line in messages} == {"DUIS", "GBCS", "HAN"}
    for line in messages:
        assert line.decoded, line
        assert "error" not in line.decoded, line
    assert any("nonsense" in line.body for line in found)


def test_one_name_from_request_to_response(run: tuple[Path, list[str]]) -> None:
    """DUIS, GBCS and HAN, there and back, with service, message code and frame."""
    name = next(line.correlation for line in trace_file.read(run[0]) if line.service == "7.13" and line.kind == "HAN")
    about = [line for line in trace_file.read(run[0]) if line.correlation == name]
    way = [(line.source, line.target, line.kind) for line in about if line.source != line.target]
    assert way == [
        ("Supplier", "DCC", "DUIS"),
        ("DCC", "Supplier", "DUIS"),
        ("Supplier", "DCC", "DUIS"),
        ("DCC", "Supplier", "DUIS"),
        ("DCC", "Hub", "GBCS"),
        ("Hub", "SAPC", "HAN"),
        ("SAPC", "Hub", "HAN"),
        ("Hub", "DCC", "GBCS"),
        ("DCC", "Supplier", "DUIS"),
    ]
    assert {line.service for line in about} == {"7.13"}
    assert len({line.message_code for line in about if line.kind != "DUIS"}) == 1
    frames = [line.frame for line in about if line.kind == "HAN"]
    assert all(frame is not None for frame in frames)


def test_the_frame_number_is_the_captures(run: tuple[Path, list[str]]) -> None:
    """The comment of that frame in the pcapng file names the record."""
    capture = (run[0].parent / "run.pcapng").read_bytes()
    assert interface_description("emulated HAN") in capture
    blocks, at = [], 0
    while at < len(capture):
        size = int.from_bytes(capture[at + 4 : at + 8], "little")
        if int.from_bytes(capture[at : at + 4], "little") == 6:
            blocks.append(capture[at : at + size])
        at += size
    framed = [line for line in trace_file.read(run[0]) if line.frame is not None]
    assert framed
    for line in framed:
        assert line.frame is not None
        assert f"message {line.sequence}:".encode() in blocks[line.frame - 1]


def test_an_alert_has_its_own_name_to_the_end(run: tuple[Path, list[str]]) -> None:
    """On the HAN, on the WAN, and in the supplier's mailbox."""
    found = trace_file.read(run[0])
    alert = next(line for line in found if line.what == "alert 8F86")
    assert [line.kind for line in found if line.correlation == alert.correlation] == ["HAN", "GBCS", "DUIS"]


def test_no_key_and_no_shared_secret(run: tuple[Path, list[str]]) -> None:
    """Of any party with any other, in hex or Base64, anywhere in the file."""
    text = run[0].read_text()
    assert len(run[1]) > 100
    assert [secret for secret in run[1] if secret in text] == []


def test_the_scan_would_find_one(run: tuple[Path, list[str]]) -> None:
    """A body that is a key is found by it."""
    line = trace_file.read(run[0])[0].model_copy(update={"kind": "GBCS", "body": run[1][0]})
    assert run[1][0] in "".join(trace_file.text([line]))


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (["--user", "Network"], lambda line: "Network" in (line.source, line.target)),
        (["--device", "00-DB-12-34-56-78-90-A6", "--kind", "GBCS"], lambda line: line.kind == "GBCS"),
        (["--service", "7.13"], lambda line: line.service == "7.13"),
        (["--code", "00D2"], lambda line: line.message_code == "00D2"),
        (["--from", "2026-01-15T18:00:00Z", "--to", "2026-01-15T18:30:00Z"], lambda line: line.time.hour == 18),
        (["--refused"], lambda line: line.verdict not in ("", "ok")),
    ],
)
def test_filters(run: tuple[Path, list[str]], options: list[str], kept: object) -> None:
    """What is left are lines of the file, fewer than all, and of the kind asked for."""
    assert callable(kept)
    code = next(line.message_code for line in trace_file.read(run[0]) if line.what.startswith("command ECS47a"))
    given = [code if each == "00D2" else each for each in options]
    result = CliRunner().invoke(main, ["trace", str(run[0]), "--format", "jsonl", *given])
    assert result.exit_code == 0, result.output
    shown = [Line.model_validate_json(line) for line in result.output.splitlines()]
    assert 0 < len(shown) < len(trace_file.read(run[0]))
    for line in shown:
        assert kept(line) or line.message_code == code, line


def test_drawings(run: tuple[Path, list[str]], tmp_path: Path) -> None:
    """Text, SVG that is XML, and HTML with every field; markup in a message stays text."""
    text = CliRunner().invoke(main, ["trace", str(run[0]), "--service", "7.13"])
    assert "serviceT 7.13 CV4" in text.output
    out = tmp_path / "ladder"
    assert CliRunner().invoke(main, ["trace", str(run[0]), "--format", "svg", "--output", str(out)]).exit_code == 0
    drawn = etree.fromstring(out.read_bytes())
    assert len(drawn.findall("{*}path")) > 30
    assert CliRunner().invoke(main, ["trace", str(run[0]), "--format", "html", "--output", str(out)]).exit_code == 0
    page = out.read_text()
    assert "&lt;nonsense/&gt;" in page
    assert "<nonsense" not in page
    assert page.count("<details>") == len(trace_file.read(run[0]))


def test_what_is_no_trace(tmp_path: Path) -> None:
    """Refused with line and field."""
    (tmp_path / "bad").write_text('{"version": 1}\n')
    result = CliRunner().invoke(main, ["trace", str(tmp_path / "bad")])
    assert result.exit_code == 1
    assert "line 1" in result.output
    assert CliRunner().invoke(main, ["trace"]).exit_code == 2
    assert CliRunner().invoke(main, ["trace", str(tmp_path / "bad"), "--from", "noon"]).exit_code == 2
    assert json.loads(CliRunner().invoke(main, ["trace", "--schema"]).output) == trace_file.schema()


def test_blocks_belong_to_their_message(dcc: Emulator) -> None:
    """A message longer than one transfer: every frame of it has its name, and so has its answer."""
    days = [SpecialDay(day, CosemDate(2026, 12, day)) for day in range(1, 21)]
    calendar = bodies.Calendar([row(special=(1,)) for _ in range(60)], days)
    sent = dcc.supplier.send("6.14.3", dcc.charger, body=bodies.controller_calendar(calendar))
    carried = [line for line in trace_file.lines(dcc.trace) if line.kind == "HAN" and "TransferData" in line.what]
    assert len(carried) > 2
    assert {line.correlation for line in carried} == {sent.request_id}


def test_what_the_broker_asks_in_its_own_name_belongs_to_its_user(dcc: Emulator) -> None:
    """SR 6.24.1: the broker is the originator on the wire."""
    sent = dcc.supplier.send("6.24.1", dcc.charger, values={"RemotePartyRole": "Supplier"})
    lines = [line for line in trace_file.lines(dcc.trace) if line.kind in ("HAN", "GBCS") and "Tunnel" not in line.what]
    assert len(lines) == 4
    assert {line.correlation for line in lines} == {sent.request_id}
