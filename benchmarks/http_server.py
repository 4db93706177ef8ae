"""The servers of [http_load.py](http_load.py), all uvicorn with uvloop and httptools, on a port that it prints.

echo    Starlette, the body goes back
bare    Starlette, the bare chain behind the two DUIS routes
dcc     dcc-sim's gateway over a world without a trace, as `dcc-sim serve` builds it; STORE is its URL
direct  the same without frames on the air, as `dcc-sim serve --han direct` builds it

python -m benchmarks.http_server echo|bare|dcc|direct [STORE] [--workers N]

With workers the bare chain has N processes that share the port alone, and the DCC is a world with N workers; both users
of [workers_load.py](workers_load.py) may ask then.
"""

import argparse
import asyncio
import gc
import os
import socket
from typing import Any

import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.dcc_chain import chain, rounds_of
from dcc_sim.behind import behind_workers
from dcc_sim.channel import Orders
from dcc_sim.database import MEMORY
from dcc_sim.demo import START
from dcc_sim.gateway import build
from dcc_sim.policy import Regime
from dcc_sim.server import LOOPBACK, listening, serving
from dcc_sim.sharing import Sharing
from dcc_sim.store import Store
from dcc_sim.worker_process import Forking, end_with
from dcc_sim.world import World

SEED = 1


def echo() -> Starlette:
    """The body goes back."""

    async def answer(request: Request) -> Response:
        return Response(await request.body(), media_type="application/xml")

    return Starlette(routes=[Route("/api/v1/{service}", answer, methods=["POST"])])


def bare() -> Starlette:
    """The bare chain."""
    world = World(SEED, START, traced=False)
    (first,) = rounds_of(world, 1)
    by_hand = chain(world, first.response)

    async def answer(request: Request) -> Response:
        body = await request.body()
        if request.path_params["service"] == "serviceT":
            return Response(by_hand.transform(body, first.pre_command), media_type="application/xml")
        return Response(by_hand.send(body)[-1], media_type="application/xml")

    return Starlette(routes=[Route("/api/v1/{service}", answer, methods=["POST"])])


def single(kind: str, url: str, policy: Regime) -> Any:
    """The application of a server in one process."""
    if kind in ("dcc", "direct"):
        return build(World(SEED, START, Store(url), traced=False, policy=policy, direct=kind == "direct"))
    return {"echo": echo, "bare": bare}[kind]()


async def serve(app: Any, at: socket.socket | None = None, *, says: bool = True) -> None:
    """Until cancelled; of several processes at one port, one says which."""
    gc.collect()
    gc.freeze()
    async with serving(app, at=at) as port:
        if says:
            print(port if at is None else at.getsockname()[1], flush=True)
        await asyncio.Event().wait()


async def serve_workers(url: str, number: int, forking: Forking, *, direct: bool) -> None:
    """A world and its workers, until cancelled."""
    store = Store(url, Sharing.WORLD)
    world = World(SEED, START, store, traced=False, policy=Regime.LOAD_CONTROLLER, direct=direct)
    gc.collect()
    gc.freeze()
    orders = Orders(SEED, START, url, Regime.LOAD_CONTROLLER)
    async with behind_workers(build(world), world, number, orders, 0, LOOPBACK, forking) as (port, kept):
        print(port, flush=True)
        await kept()


def main() -> None:
    """One of the servers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("echo", "bare", "dcc", "direct"))
    parser.add_argument("store", nargs="?", default=MEMORY)
    parser.add_argument("--workers", type=int, default=None)
    options = parser.parse_args()
    policy = Regime.SUPPLIER_ONLY if options.workers is None else Regime.LOAD_CONTROLLER
    if not options.workers:
        uvloop.run(serve(single(options.kind, options.store, policy)))
    elif options.kind in ("dcc", "direct"):
        direct = options.kind == "direct"
        uvloop.run(serve_workers(options.store, options.workers, Forking.forked(), direct=direct))
    else:
        app, first = single(options.kind, options.store, policy), os.getpid()
        public, *others = listening(0, LOOPBACK, options.workers)
        for each in others:
            if os.fork() == 0:
                end_with(first)
                public = each
                break
        uvloop.run(serve(app, public, says=os.getpid() == first))


if __name__ == "__main__":
    main()
