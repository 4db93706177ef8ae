"""`dcc-sim send` against a served emulator: the whole road as one command, and its exit status."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from dcc_sim import home
from dcc_sim.cli import main
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import Request, write_request
from schemas.duis.request_id import RequestId
from tests.pairs import HALF_KW
from tests.served import Served, served

CHARGER = str(home.CHARGER)
TIMES = ("--from", "2026-01-15T17:00:00Z", "--to", "2026-01-15T18:00:00+00:00")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the keys are."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def gateway(keys: Path) -> Iterator[Served]:
    """A served emulator."""
    with served(keys) as here:
        yield here


def run(gateway: Served, keys: Path, *arguments: str) -> Result:
    """The command in process."""
    return CliRunner().invoke(main, ["send", *arguments, "--url", gateway.url, "--keys", str(keys)])


def power(gateway: Served) -> float:
    """Of the charge point now, kW."""
    return float(httpx.get(f"{gateway.url}/sim/devices/{CHARGER}").json()["power_kw"])


def to_five(gateway: Served) -> None:
    """Let half an hour and more pass, into the limit."""
    got = httpx.post(f"{gateway.url}/sim/clock/advance", json={"seconds": 2000}, timeout=60)
    assert got.status_code == 200


def test_the_issues_line(gateway: Served, keys: Path) -> None:
    """7.13 as the issue has it: ladder, code, what held, MMC; and the power is halved at its start."""
    result = run(gateway, keys, "7.13", "--device", CHARGER, "--level", "50", *TIMES)
    assert result.exit_code == 0, result.output
    for part in ("serviceT 7.13 CV4", "CV5 SignedPreCommand", "command ECS47a", "SAPC", " I0 ", "signature of the"):
        assert part in result.output
    assert 'SetAuxiliaryControllerStateRsp MessageSuccess="true"' in result.output
    to_five(gateway)
    assert power(gateway) == HALF_KW
    # A second one has a counter above the first's, without being told.
    assert run(gateway, keys, "7.13", "--device", CHARGER, "--level", "60", *TIMES).exit_code == 0


def test_simple_bodies_by_name(gateway: Served, keys: Path) -> None:
    """An empty body, one of a value, one of attributes; another user by EUI-64."""
    read = run(gateway, keys, "11.2", "--device", CHARGER, "--as", str(home.SUPPLIER))
    assert read.exit_code == 0, read.output
    assert "<ra:FirmwareVersion>" in read.output
    limit = run(gateway, keys, "7.12", "--device", CHARGER, "--set", "RandomisedOffsetLimit=600")
    assert limit.exit_code == 0, limit.output
    switch = run(
        gateway, keys, "7.5", "--device", str(home.METER),
        "--set", "ActivateALCSHCALCS/@index=1", "--set", "ActivateALCSHCALCS/Duration=30",
    )  # fmt: skip
    assert switch.exit_code == 0, switch.output


def test_refused(gateway: Served, keys: Path) -> None:
    """Exit status 1, the code, and the reason; 7.16 is nobody's by default."""
    for who, service in (("Network", "7.13"), ("LoadController", "7.16")):
        result = run(gateway, keys, service, "--device", CHARGER, "--as", who, "--level", "0", *TIMES)
        assert result.exit_code == 1
        assert " E2 " in result.output
        assert "is eligible" in result.output


def a_file(folder: Path, service: str, variant: int, body: Node) -> str:
    """A DUIS file of somebody else's name and an old counter."""
    request = Request(RequestId(home.OTHER_USER, home.CHARGER, 1), variant, service, service, "5.4", body)
    path = folder / "request.xml"
    path.write_bytes(write_request(request))
    return str(path)


def test_file(gateway: Served, keys: Path, tmp_path: Path) -> None:
    """Originator, counter and signature are the user's; the target is the file's."""
    result = run(gateway, keys, a_file(tmp_path, "11.2", 1, branch("ReadFirmwareVersion")))
    assert result.exit_code == 0, result.output
    assert f"{home.SUPPLIER}:{home.CHARGER}:1" in result.output
    body = branch("SetRandomisedOffsetLimit", leaf("RandomisedOffsetLimit", 60))
    critical = run(gateway, keys, a_file(tmp_path, "7.12", 4, body))
    assert critical.exit_code == 0, critical.output
    assert f"{home.SUPPLIER}:{home.CHARGER}:2" in critical.output


def test_silent_device_and_a_clock_that_stands(gateway: Served, keys: Path) -> None:
    """E21 after the DCC's patience; where nobody moves the clock there is no answer, and that is no success."""
    httpx.put(f"{gateway.url}/sim/faults/{CHARGER}", json={"silent": True})
    silent = run(gateway, keys, "11.2", "--device", CHARGER)
    assert silent.exit_code == 1
    assert " E21 " in silent.output
    httpx.delete(f"{gateway.url}/sim/faults/{CHARGER}")
    stands = run(gateway, keys, "11.2", "--device", CHARGER, "--no-advance", "--wait", "0.5")
    assert stands.exit_code == 1
    assert "has not answered" in stands.output
    httpx.put(f"{gateway.url}/sim/clock/speed", json={"speed": 100})
    assert run(gateway, keys, "11.2", "--device", CHARGER, "--no-advance", "--wait", "30").exit_code == 0


def test_what_cannot_be_sent(gateway: Served, keys: Path, tmp_path: Path) -> None:
    """One line that names the option or the field, status 1, and the counter has not moved."""
    (tmp_path / "bad.xml").write_text("<a/>")
    cases = [
        (["7.13", "--device", CHARGER], "--level"),
        (["7.13", "--device", CHARGER, "--level", "50", "--from", "now", "--to", "now"], "--from"),
        (["7.13", "--device", CHARGER, "--level", "50", "--from", "2026-01-15", "--to", "2026-01-16"], "zone"),
        (["11.2", "--device", CHARGER, "--level", "50"], "--level"),
        (["11.2"], "--device"),
        (["99.9", "--device", CHARGER], "99.9"),
        (["11.2", "--device", "x"], "EUI"),
        (["7.12", "--device", CHARGER, "--set", "RandomisedOffsetLimit=1800"], "RandomisedOffsetLimit"),
        (["7.12", "--device", CHARGER, "--set", "RandomisedOffsetLimit"], "--set"),
        (["11.2", "--device", CHARGER, "--as", "Nobody"], "Nobody"),
        ([str(tmp_path / "bad.xml")], "Request"),
        ([str(tmp_path / "none.xml")], "none.xml"),
    ]
    for arguments, named in cases:
        result = run(gateway, keys, *arguments)
        assert result.exit_code == 1, (arguments, result.output)
        assert named in result.output, (arguments, result.output)
        assert "Traceback" not in result.output
    assert httpx.get(f"{gateway.url}/sim/users/{home.SUPPLIER}").json()["counter"] == 0


def test_no_gateway(keys: Path) -> None:
    """One line, status 1."""
    with served(keys) as here:
        pass
    result = run(here, keys, "11.2", "--device", CHARGER)
    assert result.exit_code == 1
    assert "gateway" in result.output


def test_what_the_dcc_does_itself(gateway: Served, keys: Path) -> None:
    """Variant 8: the answer is told with what it carries; nothing to return is good as well."""
    inventory = run(gateway, keys, "8.2", "--set", f"DeviceID={home.METER}")
    assert inventory.exit_code == 0, inventory.output
    for part in ("serviceD 8.2 CV8", "I0 DSPInventory", "<DeviceType>ESME</DeviceType>", f"{home.CHARGER}"):
        assert part in inventory.output
    nothing = run(gateway, keys, "5.2", "--set", f"DeviceID={home.METER}")
    assert (nothing.exit_code, "I99 acknowledgement" in nothing.output) == (0, True)
    missing = run(gateway, keys, "5.3", "--set", "DSPScheduleID=7")
    assert (missing.exit_code, "schedule" in missing.output) == (1, True)
