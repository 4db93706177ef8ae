"""``dcc-sim serve``: the gateway over one world until interrupted."""

import asyncio
import gc
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from dcc_sim import home, identities
from dcc_sim.anomaly import Settings, read_settings
from dcc_sim.delivery import Callbacks
from dcc_sim.gateway import build
from dcc_sim.journal import Journal
from dcc_sim.observe import log_to
from dcc_sim.pace import Stage
from dcc_sim.policy import Regime
from dcc_sim.server import LOOPBACK, serving
from dcc_sim.smki import save
from dcc_sim.store import Store
from dcc_sim.world import World
from han.capture import Capture

START = datetime(2026, 1, 15, tzinfo=UTC)
"""Where the virtual clock begins."""


async def run(
    port: int,
    seed: int,
    store: str,
    keys: Path | None,
    say: Callable[[str], None],
    policy: Regime = Regime.SUPPLIER_ONLY,
    journal: Path | None = None,
    capture: Path | None = None,
    anomaly: Path | None = None,
) -> None:
    """Serve until cancelled, and say what to do next.

    Raises:
        Malformed: the file of thresholds and limits is not one.
    """
    settings = read_settings(anomaly) if anomaly else Settings()
    record = Journal(journal) if journal else None
    with nullcontext() if capture is None else Capture(capture, seed) as frames:

        def made(seed: int, records: Store) -> World:
            world = World(seed, START, records, policy=policy, journal=record, capture=frames)
            for setting in settings.all:
                world.dcc.keep_setting(setting)
            world.plug_in_car()
            return world

        await _serve(port, made, seed, Store(store), keys, say)


async def _serve(
    port: int,
    made: Callable[[int, Store], World],
    seed: int,
    store: Store,
    keys: Path | None,
    say: Callable[[str], None],
) -> None:
    world = made(seed, store)
    # What is there now stays: a full collection that walks through it all takes a tenth of a second each time.
    gc.collect()
    gc.freeze()
    log_to(sys.stderr)
    async with httpx.AsyncClient(timeout=10) as client:

        def renewed(seed: int) -> tuple[World, Callbacks | None]:
            another = made(seed, Store())
            _save(another, keys)
            return another, Callbacks(another.dcc.store, client, another.delivered)

        callbacks = Callbacks(store, client, world.delivered)
        stage = Stage(world, callbacks, None if store.outlives else renewed)
        pace = asyncio.create_task(stage.run())
        try:
            async with serving(build(world, stage=stage), port) as listening:
                _save(world, keys)
                for line in _told(world, f"http://{LOOPBACK}:{listening}", keys):
                    say(line)
                await pace
        finally:
            pace.cancel()


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
    if keys is None:
        yield "Keys   none written: start with --keys FOLDER to send requests"
        return
    start = world.clock.now.replace(microsecond=0) + timedelta(hours=1)
    times = [moment.isoformat().replace("+00:00", "Z") for moment in (start, start + timedelta(hours=1))]
    options = f"--level 50 --from {times[0]} --to {times[1]} --keys {shlex.quote(str(keys))} --url {base}"
    yield f"Keys   {keys}"
    yield f"Send   dcc-sim send 7.13 --device {identities.CHARGER} {options}"
