"""The inventory file of the command line: what it tells a transform, and what in it is refused."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from dcc_sim.cli import main
from dcc_sim.identities import GAS_METER, HUB, METER
from dcc_sim.inventory_file import Inventory
from schemas.duis.document import parse
from schemas.duis.request import read_request
from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.envelope import decode
from schemas.gbcs.gbz import GbzMessage
from schemas.gbcs.payload import decode_payload
from schemas.gbcs.use_cases.declare import DeviceType
from schemas.gbcs.zcl.table import read

OLD_HUB = "00-DB-12-34-56-78-90-95"
OLD_PROXY = "00-DB-12-34-56-78-90-B3"


def written(folder: Path, content: object) -> Path:
    """A file with ``content``."""
    file = folder / "inventory.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def test_devices_of_public_tools_need_no_file() -> None:
    """The target's type decides between electricity and gas; unknown devices have none."""
    inventory = Inventory()
    assert inventory.type_of(METER) is DeviceType.ESME and inventory.type_of(GAS_METER) is DeviceType.GSME
    assert inventory.type_of(EUI64(bytes(8))) is None


def test_a_file_adds_and_changes(tmp_path: Path) -> None:
    """Its devices come first."""
    inventory = Inventory.load(written(tmp_path, {"devices": {str(METER): {"type": "SAPC"}}}))
    assert inventory.type_of(METER) is DeviceType.SAPC and inventory.type_of(HUB) is DeviceType.CHF


def transformed(reference: Path, file: Path, stem: str) -> str:
    """What the command line prints for a template."""
    template = reference / "duis-templates" / f"{stem}_REQUEST_DUIS.XML"
    return CliRunner().invoke(main, ["transform", "--inventory", str(file), str(template)]).output.strip()


def vector(reference: Path, stem: str) -> str:
    """The template's command before protection, in hex."""
    (path,) = (reference / "rtds").glob(f"*/{stem}_COMMAND_GBCS.HEX")
    return decode(bytes.fromhex(path.read_text(encoding="ascii").strip())).stripped().encode().hex().upper()


def test_logs_of_old_devices_and_customer_number(reference: Path, tmp_path: Path) -> None:
    """SR 8.12.1, 8.12.2 and 9.1 take what only the DCC knows: with it they are the vectors, without it refused."""
    log = {str(METER): "83FED3407A939723A5C639B26916D506", str(GAS_METER): "83FED3407A939723A5C639B26916D505"}
    content = {
        "customerNumber": "1234",
        "devices": {OLD_HUB: {"type": "CHF", "network": "0000000000000140", "log": log}},
    }
    file, empty = written(tmp_path, content), tmp_path / "empty.json"
    empty.write_text("{}")
    assert transformed(reference, file, "CCS03_8.12.1_SUCCESS") == vector(reference, "CCS03_8.12.1_SUCCESS")
    assert "OldCHFID" in transformed(reference, empty, "CCS03_8.12.1_SUCCESS")
    assert "customer identification number" in transformed(reference, empty, "ECS50_9.1_SUCCESS")
    assert decode(bytes.fromhex(transformed(reference, file, "ECS50_9.1_SUCCESS"))).message_code == 0x0058
    proxy = {"devices": {OLD_PROXY: {"type": "GPF", "proxyLog": {str(GAS_METER): "GSME"}}}}
    assert "OldGPFID" in transformed(reference, empty, "GCS59_8.12.2_SUCCESS")
    assert decode(bytes.fromhex(transformed(reference, written(tmp_path, proxy), "GCS59_8.12.2_SUCCESS")))


def test_when_a_gas_command_is_made(reference: Path, tmp_path: Path) -> None:
    """``at`` is the issuer event id."""
    octets = bytes.fromhex(
        transformed(reference, written(tmp_path, {"at": "2030-01-15T09:00:00Z"}), "GCS32_7.2_SUCCESS")
    )
    content = decode_payload(decode(octets))
    assert isinstance(content, GbzMessage)
    assert read(content.components[0]).integer("issuer event id") == 948013200


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"devices": {"00-DB": {"type": "ESME"}}}, "EUI"),
        ({"devices": {str(METER): {"type": "toaster"}}}, "type"),
        ({"devices": {str(METER): {"type": "ESME", "log": {str(METER): "xyz"}}}}, "log"),
        ({"customerNumber": "12"}, "customerNumber"),
        ({"at": "2030-01-15T09:00:00"}, "at"),
        ({"colour": "red"}, "colour"),
        ([], "inventory.json"),
    ],
)
def test_bad_files_name_the_place(tmp_path: Path, content: object, field: str) -> None:
    """And the rule."""
    with pytest.raises(Malformed, match=field):
        Inventory.load(written(tmp_path, content))


def test_the_clock_is_that_of_the_vectors_by_default(reference: Path) -> None:
    """The start of 2015."""
    template = reference / "duis-templates" / "GCS32_7.2_SUCCESS_REQUEST_DUIS.XML"
    assert Inventory().known(read_request(parse(template.read_bytes()))).at == datetime(2015, 1, 1, tzinfo=UTC)
