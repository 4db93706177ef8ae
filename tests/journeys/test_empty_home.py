"""`dcc-sim serve --empty`, as a process: the DCC knows no device, and `dcc-sim send` brings the first one in."""

from pathlib import Path

from click.testing import CliRunner, Result

from dcc_sim import home
from dcc_sim.cli import main
from tests.process import serving, url_of


def send(url: str, keys: Path, service: str, **values: object) -> Result:
    """A request of the supplier."""
    sets = [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
    return CliRunner().invoke(main, ["send", service, *sets, "--url", url, "--keys", str(keys)])


def test_a_hub_is_pre_notified(tmp_path: Path) -> None:
    """What is in the boxes is printed with install codes; nothing is known, until 12.2 makes it Pending, once."""
    with serving("--empty", "--keys", str(tmp_path)) as said:
        url, boxes = url_of(said["DUIS"][0]), said["Box"]
        assert len(boxes) == 4 and "Device" not in said
        assert (
            sum(home.install_code(eui).hex().upper() in line for eui in (home.METER, home.CHARGER) for line in boxes)
            == 2
        )
        assert send(url, tmp_path, "8.2", DeviceID=home.HUB).exit_code == 1
        notice = {
            "DeviceID": home.HUB,
            "DeviceManufacturer": "AB01",
            "DeviceModel": "010A030B",
            "DeviceType": "CHF",
            "SMETSCHTSVersion": "CHTS V1.4",
            "FirmwareVersion": "00000001",
        }
        first = send(url, tmp_path, "12.2", **notice)
        assert first.exit_code == 0, first.output
        again = send(url, tmp_path, "12.2", **notice)
        assert (again.exit_code, "E120201" in again.output) == (1, True)
        listed = send(url, tmp_path, "8.2", DeviceID=home.HUB)
        assert "<DeviceStatus>Pending</DeviceStatus>" in listed.output, listed.output
