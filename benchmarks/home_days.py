"""Simulated days of a full home a second: devices alone, and with commands through the DCC and real cryptography.

    python -m benchmarks.home_days [--days 60] [--repeats 3]

A full home: hub, electricity meter with profile and logs, a switch with a heater, a charge point, a car that comes
every evening and goes every morning. Without messages nothing is signed; with them the supplier limits the charge point
every evening (SRV 7.13: transform, sign, send, device, answer) and reads its levels (7.15). Memory is what the process
grows by for each home that is kept, after its days.
"""

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from dcc_sim.testing import Emulator
from devices.vehicle import Vehicle

_PAGE = 4096


def alone(dcc: Emulator, days: int) -> None:
    """The car comes and goes; nobody sends anything."""
    _live(dcc, days, lambda: None)


def with_commands(dcc: Emulator, days: int) -> None:
    """The same, and each evening a limit and a read."""

    def ask() -> None:
        limited = dcc.supplier.send("7.13", dcc.charger, level=50, start="18:00", end="19:00")
        read = dcc.supplier.send("7.15", dcc.charger)
        if not (limited.good and read.good):
            raise SystemExit(f"refused: {limited.code} {read.code}")

    _live(dcc, days, ask)


def _live(dcc: Emulator, days: int, evening: Callable[[], None]) -> None:
    for _ in range(days):
        dcc.clock.to("17:30")
        dcc.charger.plug_in(Vehicle(state_of_charge=30))
        evening()
        dcc.clock.to("07:30")
        dcc.charger.unplug()


def measured(work: Callable[[Emulator, int], None], days: int, seed: int) -> tuple[float, float]:
    """Home-days a second, and MiB that one such home keeps."""
    before = _resident()
    dcc = Emulator(seed, car=False)
    began = perf_counter()
    work(dcc, days)
    rate = days / (perf_counter() - began)
    grown = (_resident() - before) / 2**20
    dcc.close()
    return rate, grown


def _resident() -> int:
    """Octets of memory in use, as Linux counts them."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE


def main() -> None:
    """Both in turn, medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {"devices alone": [], "with commands": []}
    measured(with_commands, 1, 0)
    for number in range(options.repeats):
        for name, work in (("devices alone", alone), ("with commands", with_commands)):
            found[name].append(measured(work, options.days, number + 1))
        print(f"pass {number + 1} of {options.repeats}", flush=True)
    print(f"\n{'':<16}{'home-days/s':>14}{'a year, s':>12}{'MiB a home':>12}")
    for name, passes in found.items():
        rate = statistics.median(each[0] for each in passes)
        print(f"{name:<16}{rate:>14.1f}{365 / rate:>12.1f}{statistics.median(each[1] for each in passes):>12.1f}")


if __name__ == "__main__":
    main()
