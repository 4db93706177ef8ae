"""``dcc-sim serve``: the gateway over one world until interrupted."""

import asyncio
import gc
import shlex
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Protocol

import httpx

from dcc_sim import home, identities, smki_repository
from dcc_sim.air_plan import read as read_air
from dcc_sim.anomaly import Settings, read_settings
from dcc_sim.behind import Kept, behind_workers
from dcc_sim.channel import Orders
from dcc_sim.database import MEMORY
from dcc_sim.delivery import Callbacks
from dcc_sim.gateway import build
from dcc_sim.journal import Journal
from dcc_sim.observe import log_to
from dcc_sim.pace import Stage
from dcc_sim.policy import Regime
from dcc_sim.server import LOOPBACK, serving
from dcc_sim.session import Recorder, Recording
from dcc_sim.sharing import Sharing
from dcc_sim.smki import Folder, save
from dcc_sim.snapshots import Snapshot
from dcc_sim.store import Store
from dcc_sim.tenants import Tenants
from dcc_sim.worker_process import Forking
from dcc_sim.world import World
from han.capture import Capture
from han.radio_choice import EMULATED, RadioChoice
from han.real_radio import RealRadio
from schemas.errors import NotPossible
from schemas.eui import EUI64

START = datetime(2026, 1, 15, tzinfo=UTC)
"""Where the virtual clock begins."""
PORT, SMKI_PORT = 8079, 8083
"""Those that real clients know (peers 2)."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served, and where.

    Attributes:
        port: of the DUIS web services and the control API; 0 for a free one.
        smki_port: of the SMKI repository; None for the usual one beside the usual port, else a free one.
        host: address to listen on.
        seed: of all keys and all chance.
        database: SQLAlchemy URL of the DCC's records.
        keys: folder for the users' test keys.
        policy: who controls load.
        journal: file for every message to and from a device.
        capture: file for the HAN's frames.
        anomaly: file with thresholds and limits.
        air: file with what is to go wrong on the air, counted from the start.
        pki: folder with certificates and keys to use.
        record: file for the session's journal, everything that comes in and goes out in one order.
        empty: the DCC does not know the home's devices yet: requests bring them into its inventory.
        workers: processes that answer the DUIS web services; 0 for this one alone.
        forking: what they are forked from at first.
        radio: ``emulated``, or the hub's real coordinator beside that, ``ezsp:PATH`` or ``znp:PATH``.
        direct: messages go between hub and devices without frames on the air, for load on the DCC.
        start: where the clock begins; with a real radio, the present moment.
    """

    port: int = PORT
    smki_port: int | None = None
    host: str = LOOPBACK
    seed: int = 1
    database: str = MEMORY
    keys: Path | None = None
    policy: Regime = Regime.SUPPLIER_ONLY
    journal: Path | None = None
    capture: Path | None = None
    anomaly: Path | None = None
    air: Path | None = None
    pki: Path | None = None
    empty: bool = False
    record: Path | None = None
    workers: int = 0
    forking: Forking | None = None
    radio: str = EMULATED
    direct: bool = False
    start: datetime = START

    @property
    def repository_port(self) -> int:
        """Of the SMKI repository."""
        if self.smki_port is not None:
            return self.smki_port
        return SMKI_PORT if self.port == PORT else 0


async def run(options: Serving, say: Callable[[str], None]) -> None:
    """Serve until cancelled, and say what to do next.

    Raises:
        Malformed: the file of thresholds and limits is not one, or the air plan, or the folder of certificates.
        NotReached: the air plan names a device that is not of the home.
        NotPossible: the radio's driver is not installed, or no coordinator answers at its port.
    """
    choice = _radio_of(options)
    _check_direct(options)
    settings = read_settings(options.anomaly) if options.anomaly else Settings()
    plan = read_air(options.air) if options.air else None
    record = Journal(options.journal) if options.journal else None
    pki = Folder.load(options.pki) if options.pki else None
    for line in () if pki is None else pki.passed_over:
        say(f"Passed over {line}")
    with (
        nullcontext() if options.capture is None else Capture(options.capture) as frames,
        nullcontext() if options.record is None else options.record.open("w", encoding="utf-8") as session,
        nullcontext() if choice is None else RealRadio(choice.application(), choice.path) as radio,
    ):
        recorder = None if session is None else _recorder(options, session)

        def made(seed: int, records: Store, *, recorded: bool = True) -> World:
            world = World(
                seed,
                options.start,
                records,
                policy=options.policy,
                installed=not options.empty,
                journal=record if recorded else None,
                capture=frames if recorded else None,
                pki=pki,
                radio=radio if recorded else None,
                direct=options.direct,
            )
            for setting in settings.all:
                world.dcc.keep_setting(setting)
            if recorder is not None and recorded:
                recorder.watch(world)
            world.plug_in_car()
            if plan is not None:
                plan.begin(world)
            return world

        await _serve(options, made, say, recorder)


def _radio_of(options: Serving) -> RadioChoice | None:
    """The real coordinator, if there is one.

    Raises:
        Malformed: it names no radio.
        NotPossible: what is asked for beside it is not possible with a real one.
    """
    choice = RadioChoice.parse(options.radio)
    if choice is not None and (options.workers or options.record):
        raise NotPossible("--radio", "is a real one for one process alone, without --workers and --record")
    return choice


def _check_direct(options: Serving) -> None:
    """What is asked for beside it needs no frames.

    Raises:
        NotPossible: it does.
    """
    if options.direct and (options.radio != EMULATED or options.air or options.capture or options.record):
        raise NotPossible("--han direct", "has no frames: it is without --radio, --air, --capture and --record")


def _recorder(options: Serving, file: IO[str]) -> Recorder:
    """The session's journal; each line is on the file before the next thing happens.

    Raises:
        NotPossible: something else than seed and requests decides what happens.
    """
    given = options.workers, options.pki, options.anomaly, options.air, options.database != MEMORY
    if any(given):
        raise NotPossible(
            "--record", "is for a session in memory, without --workers, --pki, --anomaly, --air and --database"
        )

    def write(line: str) -> None:
        file.write(line)
        file.flush()

    recorder = Recorder(write)
    recorder.begin(options.seed, START, options.policy.value, not options.empty)
    return recorder


class Maker(Protocol):
    """Makes a world over a store."""

    def __call__(self, seed: int, records: Store, *, recorded: bool = True) -> World:
        """``recorded``: its messages go into journal, record and capture."""


async def _serve(
    options: Serving,
    made: Maker,
    say: Callable[[str], None],
    recorder: Recorder | None,
) -> None:
    store = Store(options.database, Sharing.WORLD if options.workers else Sharing.ALONE)
    world = made(options.seed, store)
    # What is there now stays: a full collection that walks through it all takes a tenth of a second each time.
    gc.collect()
    gc.freeze()
    log_to(sys.stderr)
    async with httpx.AsyncClient(timeout=10) as client:

        def renewed(seed: int) -> tuple[World, Callbacks | None]:
            another = made(seed, Store())
            _save(another, options.keys)
            return another, Callbacks(another.dcc.store, client, _told_of(another, recorder))

        def for_a_tenant(seed: int) -> tuple[World, Callbacks | None]:
            another = made(seed, Store(), recorded=False)
            return another, Callbacks(another.dcc.store, client, another.delivered)

        def resumed(snapshot: Snapshot) -> tuple[World, Callbacks | None]:
            another = snapshot.world()
            _save(another, options.keys)
            return another, Callbacks(another.dcc.store, client, another.delivered)

        def resumed_for_a_tenant(snapshot: Snapshot) -> tuple[World, Callbacks | None]:
            another = snapshot.world()
            return another, Callbacks(another.dcc.store, client, another.delivered)

        def tenant(seed: int) -> Stage:
            return Stage(*for_a_tenant(seed), for_a_tenant, resume=resumed_for_a_tenant)

        tenants = Tenants(tenant, lambda of: build(of.world, stage=of))
        callbacks = Callbacks(store, client, _told_of(world, recorder))
        watched = store.outlives or options.record or options.journal or options.capture
        stage = Stage(
            world,
            callbacks,
            None if store.outlives else renewed,
            resume=None if watched else resumed,
            real_time=options.radio != EMULATED,
        )
        repository = smki_repository.build(lambda: (stage.world.smki, stage.world.clock.now))
        pace = asyncio.create_task(stage.run())
        try:
            async with (
                _gateway(options, stage, recorder, tenants) as (listening, kept),
                serving(repository, options.repository_port, options.host) as searching,
            ):
                _save(world, options.keys)
                for line in _told(world, f"http://{options.host}:{listening}", options.keys):
                    say(line)
                say(f"SMKI   POST http://{options.host}:{searching}/services/certificatesearch and retrievecertificate")
                await asyncio.gather(pace, kept())
        finally:
            pace.cancel()
            tenants.close()


@asynccontextmanager
async def _gateway(
    options: Serving, stage: Stage, recorder: Recorder | None, tenants: Tenants
) -> AsyncIterator[tuple[int, Kept]]:
    """The gateway on its port, here or in workers; gives the port, and what lasts as long as it is served."""
    # What is recorded is one world's: there are no others beside it.
    app: Any = build(stage.world, stage=stage, tenants=tenants if recorder is None else None)
    if recorder is not None:
        stage.ticking = recorder.ticked
        app = Recording(app, stage, recorder)
    if not options.workers:
        async with serving(app, options.port, options.host) as port:
            yield port, _by_itself
        return
    orders = Orders(options.seed, START, options.database, options.policy, options.pki, options.empty)
    async with behind_workers(
        app, stage.world, options.workers, orders, options.port, options.host, options.forking
    ) as served:
        yield served


def _told_of(world: World, recorder: Recorder | None) -> Callable[[EUI64, bytes], None]:
    def delivered(user: EUI64, document: bytes) -> None:
        if recorder is not None:
            recorder.delivered(user, document)
        world.delivered(user, document)

    return delivered


async def _by_itself() -> None:
    """Without workers there is nothing to keep."""


def _save(world: World, keys: Path | None) -> None:
    if keys is not None:
        for credentials in world.users.values():
            save(credentials, keys)


def _told(world: World, base: str, keys: Path | None) -> Iterator[str]:
    """What to do next, a line each."""
    yield f"DUIS   POST {base}/api/v1/serviceT, serviceS and serviceD, application/xml"
    yield f"Try    {base}/docs for the control API; {base}/health, {base}/metrics"
    yield f'Time   POST {base}/sim/clock/advance {{"seconds": 10}}, or PUT {base}/sim/clock/speed {{"speed": 60}}'
    for party in home.PARTIES:
        yield f"User   {party.eui}  {party.name}, {', '.join(sorted(party.roles))}"
    for entry in world.dcc.inventory.devices.values():
        yield f"Device {entry.eui}  {entry.device_type}"
    for eui in sorted({world.home.hub.eui, *world.home.devices} - world.dcc.inventory.devices.keys()):
        code = "" if eui == world.home.hub.eui else f", install code {home.install_code(eui).hex().upper()}"
        yield f"Box    {eui}  not known to the DCC yet{code}"
    if keys is None:
        yield "Keys   none written: start with --keys FOLDER to send requests"
        return
    start = world.clock.now.replace(microsecond=0) + timedelta(hours=1)
    times = [moment.isoformat().replace("+00:00", "Z") for moment in (start, start + timedelta(hours=1))]
    options = f"--level 50 --from {times[0]} --to {times[1]} --keys {shlex.quote(str(keys))} --url {base}"
    yield f"Keys   {keys}"
    yield f"Send   dcc-sim send 7.13 --device {identities.CHARGER} {options}"
