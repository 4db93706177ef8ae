"""Decode, describe and transform over the whole reference set, beside the bare work in the same run.

Decode + describe stands next to verifying one signature and one MAC a message, as bare cryptography; transform stands
next to parsing the same XML with lxml alone. Needs the reference material (DCC_SIM_REFERENCE).

    python -m benchmarks.whole_set [--repeats 5]
"""

import argparse
import os
import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from lxml import etree

from benchmarks.floor import Operations, seconds_per_round
from dcc_sim.transform import transform
from schemas.duis.document import parse
from schemas.duis.request import read_request
from schemas.errors import SmartMeterError
from schemas.gbcs.describe import describe, to_text
from schemas.gbcs.envelope import decode
from schemas.gbcs.payload import decode_payload
from schemas.gbcs.use_cases.declare import UseCase
from schemas.gbcs.use_cases.table import USE_CASES

ONE_MESSAGE = Operations(verify=1, sign=0, agree=0, derive_and_mac=1, digest=0)


def timed(work: Callable[[], object], count: int) -> float:
    """How many of ``count`` things a second ``work`` gets through."""
    start = perf_counter()
    work()
    return count / (perf_counter() - start)


def transformable(folder: Path) -> list[tuple[bytes, UseCase]]:
    """Every template that a declared use case carries without knowledge of the DCC's own."""
    by_name = {use_case.name: use_case for use_case in USE_CASES}
    found = []
    for path in sorted(folder.glob("*.XML")):
        use_case = by_name.get(path.name.split("_")[0])
        if use_case is None:
            continue
        try:
            transform(read_request(parse(path.read_bytes())), use_case)
        except SmartMeterError:
            continue
        found.append((path.read_bytes(), use_case))
    return found


def main() -> None:
    """Measure everything in turn, and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    folder = Path(os.environ.get("DCC_SIM_REFERENCE", Path(__file__).parents[2] / "shared" / "reference"))
    messages = [bytes.fromhex(path.read_text(encoding="ascii")) for path in sorted(folder.glob("rtds/*/*.HEX"))]
    requests = transformable(folder / "duis-templates")
    if not messages or not requests:
        raise SystemExit(f"no reference material in {folder}")
    work: dict[str, tuple[Callable[[], object], int]] = {
        "decode, envelope and payload": (lambda: [decode_payload(decode(each)) for each in messages], len(messages)),
        "decode and describe as text": (lambda: [to_text(describe(each)) for each in messages], len(messages)),
        "read and transform": (
            lambda: [transform(read_request(parse(xml)), use_case) for xml, use_case in requests],
            len(requests),
        ),
        "lxml parse alone": (lambda: [etree.fromstring(xml) for xml, _ in requests], len(requests)),
    }
    rates: dict[str, list[float]] = {name: [] for name in (*work, "verify one signature and one MAC")}
    for repeat in range(repeats):
        for name, (step, count) in work.items():
            rates[name].append(timed(step, count))
        rates["verify one signature and one MAC"].append(1 / seconds_per_round(ONE_MESSAGE, 500))
        print(f"pass {repeat + 1} of {repeats}", flush=True)
    print(f"{len(messages)} messages, {len(requests)} requests; medians of {repeats}, per second")
    for name, values in rates.items():
        print(f"{name:<34}{statistics.median(values):>10.0f}   ({min(values):.0f} to {max(values):.0f})")


if __name__ == "__main__":
    main()
