"""`dcc-sim serve --empty`, as a process: the DCC knows no device, and `dcc-sim send` brings the first one in."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner, Result

from dcc_sim import home
from dcc_sim.cli import main


@contextmanager
def empty(keys: Path) -> Iterator[tuple[str, list[str]]]:
    """A served emulator of a home that the DCC does not know: where it is, and what it says."""
    options = ("serve", "--port", "0", "--empty", "--keys", str(keys))
    command = [sys.executable, "-c", "from dcc_sim.cli import main; main()", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("SMKI"):
                    break
            yield lines[0].split()[2].split("/api")[0], lines
        finally:
            process.terminate()


def send(url: str, keys: Path, service: str, **values: object) -> Result:
    """A request of the supplier."""
    sets = [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
    return CliRunner().invoke(main, ["send", service, *sets, "--url", url, "--keys", str(keys)])


def test_a_hub_is_pre_notified(tmp_path: Path) -> None:
    """What is in the boxes is printed with install codes; nothing is known, until 12.2 makes it Pending, once."""
    with empty(tmp_path) as (url, lines):
        boxes = [line for line in lines if line.startswith("Box ")]
        assert len(boxes) == 3 and not [line for line in lines if line.startswith("Device ")]
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
