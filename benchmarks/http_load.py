"""Critical requests over HTTP on loopback: the server on one core, this client on the other.

A closed loop of c connections, kept alive; each takes the next request, posts it to serviceT, then its signed
pre-command to serviceS. A user's counters must arrive in order, so one serviceT is under way at a time. For our DCC the
virtual clock is moved by its control API after every 50 requests, in the time that is measured: so the commands go
through the emulated hub, network and device and their answers are signed and stored. At the end every request must
have its one final response. All documents are signed before the clock starts.

Measured in turn, ``--passes`` times: echo server, bare chain (bare_chain.py) behind the same server, our DCC with its
devices but no radio (``dcc-sim serve --han direct``), which is the work of the bare chain, and our DCC with frames
on the air.

    python -m benchmarks.http_load [--seconds 10] [--connections 8] [--passes 3] [--store memory|sqlite|postgresql]

With ``--workers 2`` something else is measured, in [workers_load.py](workers_load.py).
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import uvloop

from benchmarks.critical_round_trips import prepare
from benchmarks.dcc_chain import MEMORY
from benchmarks.http_server import SEED
from dcc_sim import identities
from dcc_sim.demo import START
from dcc_sim.world import World
from tests.dcc_sim.databases import KINDS, fresh

SERVER_CORE, CLIENT_CORE = 0, 1
CLOCK_EVERY = 50
"""Requests between two moves of the virtual clock; fewer than the 64 messages that a tunnel keeps waiting."""
CLOCK_BY = 5
"""Virtual seconds of a move: the HAN's channel carries some 15 round trips a second."""
ECHO, BARE, DIRECT, DCC = "echo", "bare", "direct", "dcc"
OURS = (DIRECT, DCC)
Pair = tuple[bytes, bytes]


class Connection:
    """One kept-alive HTTP/1.1 connection, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, method: str, path: str, body: bytes, kind: str = "application/xml") -> bytes:
        """The body of the answer, which must be a 200."""
        head = f"{method} {path} HTTP/1.1\r\nHost: l\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        lines = answer.lower().split(b"\r\n")
        if not lines[0].startswith(b"http/1.1 200"):
            raise SystemExit(f"{method} {path}: {answer.decode()}")
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        return await self._reader.readexactly(length)


@dataclass
class Load:
    """What one run gave: seconds of each request, and of each pair from its first octet to its last."""

    requests: list[float] = field(default_factory=list)
    pairs: list[float] = field(default_factory=list)
    seconds: float = 0.0
    memory: int = 0


async def run(port: int, kind: str, documents: list[Pair], seconds: float, connections: int) -> Load:
    """Load the server for ``seconds``."""
    load, turn, waiting = Load(), asyncio.Lock(), iter(documents)
    lanes = [Connection(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(connections + 1)]
    clock = lanes.pop()
    start = perf_counter()
    until = start + seconds

    async def move_clock() -> None:
        await clock.ask("POST", "/sim/clock/advance", b'{"seconds": %d}' % CLOCK_BY, "application/json")

    async def lane(connection: Connection) -> None:
        while perf_counter() < until:
            async with turn:
                pair = next(waiting, None)
                if pair is None:
                    raise SystemExit("more requests than were prepared: give a higher --rate")
                begin = perf_counter()
                await connection.ask("POST", "/api/v1/serviceT", pair[0])
                middle = perf_counter()
            answer = await connection.ask("POST", "/api/v1/serviceS", pair[1])
            end = perf_counter()
            if kind in OURS and b">I99<" not in answer:
                raise SystemExit(answer.decode())
            load.requests += (middle - begin, end - middle)
            load.pairs.append(end - begin)
            if kind in OURS and len(load.pairs) % CLOCK_EVERY == 0:
                await move_clock()

    async def progress() -> None:
        while True:
            await asyncio.sleep(2)
            print(f"  {kind}: {len(load.pairs)} pairs in {perf_counter() - start:.0f} s", flush=True)

    shown = asyncio.create_task(progress())
    await asyncio.gather(*map(lane, lanes))
    if kind in OURS:
        await move_clock()
    load.seconds = perf_counter() - start
    shown.cancel()
    if kind in OURS:
        # Whatever is still on its way, and not in the time: an answer takes about a second.
        await clock.ask("POST", "/sim/clock/advance", b'{"seconds": 60}', "application/json")
        box = await clock.ask("GET", f"/sim/users/{identities.SUPPLIER}/responses", b"")
        check([each["request"] for each in json.loads(box) if "<sr:ResponseCode>I0<" in each["document"]], load)
    return load


def check(answered: list[str], load: Load) -> None:
    """Every request has exactly one final response, a good one."""
    if len(answered) != len(load.pairs) or len(set(answered)) != len(answered):
        raise SystemExit(f"{len(answered)} answers, {len(set(answered))} requests of {len(load.pairs)}")


@contextmanager
def server(kind: str, store: str) -> Iterator[subprocess.Popen[str]]:
    """A server on its core, with an empty store."""
    with tempfile.TemporaryDirectory() as folder:
        if kind not in OURS or store == MEMORY:
            yield from _started([kind])
        else:
            with fresh(store, Path(folder)) as url:
                yield from _started([kind, url])


def _started(arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    pinned = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "benchmarks.http_server", *arguments]
    process = subprocess.Popen(pinned, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def measure(kind: str, documents: list[Pair], options: argparse.Namespace) -> Load:
    """One run of one server."""
    with server(kind, options.store) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        load = uvloop.run(run(port, kind, documents, options.seconds, options.connections))
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        load.memory = int(status.partition("VmHWM:")[2].split()[0]) // 1024
    return load


def milliseconds(values: list[float], share: float) -> float:
    """The quantile."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1e3


def main() -> None:
    """Measure all in turn, and print medians and ratios of the same pass."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--store", choices=(MEMORY, *KINDS), default=MEMORY)
    parser.add_argument("--rate", type=int, default=1500, help="pairs prepared for each second; echo repeats them")
    parser.add_argument("--workers", type=int, default=0, help="one worker process against so many, on both cores")
    parser.add_argument("--direct", action="store_true", help="with --workers: no frames on the air")
    options = parser.parse_args()
    if options.workers:
        # It needs the connections of this file.
        from benchmarks import workers_load

        workers_load.main(options)
        return
    os.sched_setaffinity(0, {CLIENT_CORE})
    count = int(options.seconds * options.rate)
    print(f"signing {count} pairs of documents ...", flush=True)
    documents = prepare(World(SEED, START, traced=False), count)
    loads: dict[str, list[Load]] = {ECHO: [], BARE: [], DIRECT: [], DCC: []}
    for number in range(options.passes):
        print(f"pass {number + 1} of {options.passes}", flush=True)
        for kind in loads:
            # The echo server takes any; the same documents again and again are as good.
            given = documents * 20 if kind == ECHO else documents
            loads[kind].append(measure(kind, given, options))
    print(f"\nserver on core {SERVER_CORE}, client on core {CLIENT_CORE}; {options.connections} connections, ", end="")
    print(f"{options.passes} passes of {options.seconds:g} s, store {options.store}; medians")
    print(
        f"{'':<6}{'requests/s':>11}{'pairs/s':>9}{'request p50':>13}{'p99 ms':>8}{'pair p50':>10}{'p99 ms':>8}", end=""
    )
    print(f"{'MiB':>6}{'of bare chain':>15}")
    for kind, runs in loads.items():
        rates = [len(each.pairs) / each.seconds for each in runs]
        bare = [len(each.pairs) / each.seconds for each in loads[BARE]]
        ratio = statistics.median(own / base for own, base in zip(rates, bare, strict=True))
        rate = statistics.median(rates)
        figures = [
            statistics.median(milliseconds(values, share) for values in given)
            for given in ([each.requests for each in runs], [each.pairs for each in runs])
            for share in (0.5, 0.99)
        ]
        print(f"{kind:<6}{2 * rate:>11.0f}{rate:>9.0f}{figures[0]:>13.2f}{figures[1]:>8.2f}", end="")
        print(f"{figures[2]:>10.2f}{figures[3]:>8.2f}{max(each.memory for each in runs):>6}{ratio:>15.2f}")


if __name__ == "__main__":
    main()
