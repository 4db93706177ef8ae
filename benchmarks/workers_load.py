"""One worker process against several over one store, on both cores: what `http_load --workers N` measures.

Two users send critical requests side by side, the supplier SRV 7.13 and a load controller SRV 7.16 (the policy's switch
is on), because the counters of one user must arrive in order: of each, one serviceT and one serviceS are under way at
a time. The virtual clock is moved after every CLOCK_EVERY requests, inside the measured time, and each must have its
one good final response in the end. Nothing is pinned: servers, client, and PostgreSQL where it is the store, share the
cores.

Measured in turn: the bare chain behind 1 and N processes, which share nothing (the floor), the gateway of one process,
of a world with 1 worker, and with N; with ``--direct`` without frames on the air, which the world alone has to do.
"""

import argparse
import asyncio
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

from benchmarks.dcc_chain import MEMORY
from benchmarks.http_load import BARE, CLOCK_BY, DCC, DIRECT, Connection, Pair, milliseconds
from benchmarks.http_server import SEED
from dcc_sim import identities
from dcc_sim.demo import LIMIT_END, LIMIT_START, START, set_state
from dcc_sim.policy import Regime
from dcc_sim.transform import transform
from dcc_sim.user import StandInUser
from dcc_sim.world import World
from schemas.eui import EUI64
from schemas.gbcs.use_cases.table import for_request
from tests.dcc_sim.databases import KINDS, fresh

CLOCK_EVERY = 25
"""Requests between two moves of the virtual clock."""
MOST_WAITING = 50
"""Requests that may wait for the clock; a tunnel keeps 64 messages."""
LANES = 8
"""Connections of each user."""
ASKED = {identities.SUPPLIER: ("7.13", ""), identities.LOAD_CONTROLLER: ("7.16", "LimitAPCLevel")}


@dataclass
class Run:
    """What one run gave: seconds of each request, how many pairs, in how many seconds; MiB of all processes; seconds of
    a processor that the first of them took, and the others."""

    requests: list[float] = field(default_factory=list)
    pairs: int = 0
    seconds: float = 0.0
    memory: int = 0
    first: float = 0.0
    others: float = 0.0


def prepare(count: int) -> dict[EUI64, list[Pair]]:
    """The signed CV4 and CV5 documents of both users."""
    world = World(SEED, START, traced=False, policy=Regime.LOAD_CONTROLLER)
    return {user: list(_documents(world, user, count)) for user in ASKED}


def _documents(world: World, eui: EUI64, count: int) -> Iterator[Pair]:
    user, (service, element) = StandInUser("User", world.users[eui], world.smki), ASKED[eui]
    for number in range(count):
        body = set_state(LIMIT_START, LIMIT_END, number % 101)
        if element:
            body = body._replace(name=element)
        request = user.request(identities.CHARGER, service, 4, body)
        signed = user.sign_pre_command(request, transform(request, for_request(request)))
        yield user.write(request), user.write(signed)


class Load:
    """Both users for ``seconds`` at a server; ``clock`` moves its virtual time."""

    def __init__(self, port: int, seconds: float, *, clock: bool) -> None:
        self.run = Run()
        self._port, self._seconds, self._clock = port, seconds, clock
        self._waiting = 0
        self._moved = asyncio.Condition()

    async def both(self, documents: dict[EUI64, list[Pair]]) -> Run:
        """Until the time is over, and what was sent is carried out."""
        clock = await self._connect()
        began = perf_counter()
        self._until = began + self._seconds
        users = [asyncio.create_task(self._user(pairs)) for pairs in documents.values()]
        mover = asyncio.create_task(self._move(clock)) if self._clock else None
        await asyncio.gather(*users)
        if mover is not None:
            mover.cancel()
            await asyncio.wait([mover])
            # The mover may have ended in the middle of an answer.
            clock = await self._connect()
            await clock.ask("POST", "/sim/clock/advance", b'{"seconds": %d}' % CLOCK_BY, "application/json")
        self.run.seconds = perf_counter() - began
        if self._clock:
            await clock.ask("POST", "/sim/clock/advance", b'{"seconds": 60}', "application/json")
            await self._check(clock)
        return self.run

    async def _connect(self) -> Connection:
        return Connection(*await asyncio.open_connection("127.0.0.1", self._port))

    async def _user(self, documents: list[Pair]) -> None:
        transforming, sending, waiting = asyncio.Lock(), asyncio.Lock(), iter(documents)

        async def lane(connection: Connection) -> None:
            while perf_counter() < self._until:
                async with transforming:
                    await self._room()
                    pair = next(waiting, None)
                    if pair is None:
                        raise SystemExit("more requests than were prepared: give a higher --rate")
                    begin = perf_counter()
                    await connection.ask("POST", "/api/v1/serviceT", pair[0])
                    middle = perf_counter()
                # Locks are given in the order in which they are asked for: a user's commands stay in theirs.
                async with sending:
                    again = perf_counter()
                    answer = await connection.ask("POST", "/api/v1/serviceS", pair[1])
                    end = perf_counter()
                if self._clock and b">I99<" not in answer:
                    raise SystemExit(answer.decode())
                self.run.requests += (middle - begin, end - again)
                self.run.pairs += 1
                await self._changed(1)

        await asyncio.gather(*[lane(await self._connect()) for _ in range(LANES)])

    async def _room(self) -> None:
        async with self._moved:
            await self._moved.wait_for(lambda: not self._clock or self._waiting < MOST_WAITING)

    async def _changed(self, by: int) -> None:
        async with self._moved:
            self._waiting += by
            self._moved.notify_all()

    async def _move(self, clock: Connection) -> None:
        while True:
            async with self._moved:
                await self._moved.wait_for(lambda: self._waiting >= CLOCK_EVERY)
                number = self._waiting
            await clock.ask("POST", "/sim/clock/advance", b'{"seconds": %d}' % CLOCK_BY, "application/json")
            await self._changed(-number)

    async def _check(self, clock: Connection) -> None:
        good: list[bytes] = []
        for user in ASKED:
            box = await clock.ask("GET", f"/sim/users/{user}/responses", b"")
            # Of the documents that answer a request, not of the alerts that SRV 7.16 causes.
            answers = [part for part in box.split(b'"document":') if b"<sr:RequestID>" in part]
            good += [part for part in answers if b"<sr:ResponseCode>I0<" in part]
        if len(good) != self.run.pairs:
            raise SystemExit(f"{len(good)} answers to {self.run.pairs} requests")


@contextmanager
def _server(kind: str, processes: int, store: str) -> Iterator[subprocess.Popen[str]]:
    with tempfile.TemporaryDirectory() as folder, fresh(store, Path(folder)) as url:
        command = [sys.executable, "-m", "benchmarks.http_server", kind, url, "--workers", str(processes)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


def _processor(pid: int) -> float:
    """Seconds of a processor that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _below(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [each for child in map(int, children) for each in (child, *_below(child))]


def _memory(pid: int) -> int:
    """MiB of a process, its part of what it shares with others."""
    return int(Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").partition("\nPss:")[2].split()[0]) // 1024


def main(options: argparse.Namespace) -> None:
    """Measure all in turn, and print medians and ratios of the same pass."""
    if options.store == MEMORY:
        raise SystemExit("several processes share no memory: --store sqlite or postgresql")
    count = int(options.seconds * options.rate)
    print(f"signing {count} pairs of documents for each of two users ...", flush=True)
    documents = prepare(count)
    # The bare chain knows one user; it keeps no counters, so that its documents may come again.
    same = dict.fromkeys(ASKED, documents[identities.SUPPLIER] * 4)
    ours = DIRECT if options.direct else DCC
    plans = [(BARE, 0), (BARE, options.workers), (ours, 0), (ours, 1), (ours, options.workers)]
    runs: dict[tuple[str, int], list[Run]] = {plan: [] for plan in plans}
    for number in range(options.passes):
        for kind, processes in plans:
            with _server(kind, processes, options.store if kind == ours else KINDS[0]) as process:
                assert process.stdout is not None
                port = int(process.stdout.readline())
                given = documents if kind == ours else same
                every = [process.pid, *_below(process.pid)]
                before = [_processor(pid) for pid in every]
                run = uvloop.run(Load(port, options.seconds, clock=kind == ours).both(given))
                run.first, *others = (_processor(pid) - at for pid, at in zip(every, before, strict=True))
                run.others = sum(others)
                run.memory = sum(map(_memory, every))
                runs[kind, processes].append(run)
            rate = run.pairs / run.seconds
            print(f"pass {number + 1}: {kind}, {processes} workers: {rate:.0f} pairs/s", flush=True)
    print(f"\nall on both cores; {options.passes} passes of {options.seconds:g} s, store {options.store}; medians")
    print(f"{'':<22}{'requests/s':>11}{'pairs/s':>9}{'request p50':>13}{'p99 ms':>8}{'MiB':>6}", end="")
    print(f"{'CPU ms a pair':>15}{'of one':>8}")
    for (kind, processes), made in runs.items():
        base = runs[BARE, 0] if kind == BARE else runs[ours, 1]
        ratio = statistics.median(
            (own.pairs / own.seconds) / (one.pairs / one.seconds) for own, one in zip(made, base, strict=True)
        )
        rate = statistics.median(each.pairs / each.seconds for each in made)
        times = [statistics.median(milliseconds(each.requests, share) for each in made) for share in (0.5, 0.99)]
        name = f"{kind}, {processes or 1} process{'es' if processes else ''}" if kind == BARE else _name(processes)
        print(f"{name:<22}{2 * rate:>11.0f}{rate:>9.0f}{times[0]:>13.2f}{times[1]:>8.2f}", end="")
        taken = [statistics.median(each.first / each.pairs for each in made) * 1e3]
        taken += [statistics.median(each.others / each.pairs for each in made) * 1e3]
        print(f"{max(each.memory for each in made):>6}{taken[0]:>8.2f} +{taken[1]:>5.2f}{ratio:>8.2f}")


def _name(workers: int) -> str:
    return "dcc, one process" if not workers else f"dcc, {workers} worker{'s' if workers > 1 else ''}"
