"""``dcc-sim serve``: the gateway over one world until interrupted."""

import asyncio
import gc
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import httpx

from dcc_sim import home
from dcc_sim.anomaly import Settings, read_settings
from dcc_sim.delivery import Callbacks
from dcc_sim.gateway import build
from dcc_sim.journal import Journal
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
        world = World(seed, START, Store(store), policy=policy, journal=record, capture=frames)
        for setting in settings.all:
            world.dcc.keep_setting(setting)
        await _serve(port, world, keys, say)


async def _serve(port: int, world: World, keys: Path | None, say: Callable[[str], None]) -> None:
    world.plug_in_car()
    # What is there now stays: a full collection that walks through it all takes a tenth of a second each time.
    gc.collect()
    gc.freeze()
    async with httpx.AsyncClient(timeout=10) as client:
        app = build(world, Callbacks(world.dcc.store, client, world.delivered))
        async with serving(app, port) as listening:
            base = f"http://{LOOPBACK}:{listening}"
            say(f"DUIS   POST {base}/api/v1/serviceT and {base}/api/v1/serviceS, application/xml")
            say(f"Try    {base}/docs for the control API")
            say(f'Time   POST {base}/sim/clock/advance {{"seconds": 10}}')
            for party in home.PARTIES:
                say(f"User   {party.eui}  {party.name}, {', '.join(sorted(party.roles))}")
            for entry in world.dcc.inventory.devices.values():
                say(f"Device {entry.eui}  {entry.device_type}")
            if keys is not None:
                for credentials in world.users.values():
                    save(credentials, keys)
                say(f"Keys   {keys}")
            await asyncio.Event().wait()
