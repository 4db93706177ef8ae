"""The servers of [http_load.py](http_load.py), all uvicorn with uvloop and httptools, on a port that it prints.

echo    Starlette, the body goes back
bare    Starlette, the bare chain behind the two DUIS routes
dcc     dcc-sim's gateway over a world without a trace, as `dcc-sim serve` builds it; STORE is its URL

python -m benchmarks.http_server echo|bare|dcc [STORE]
"""

import asyncio
import gc
import sys

import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.dcc_chain import chain, rounds_of
from dcc_sim.database import MEMORY
from dcc_sim.demo import START
from dcc_sim.gateway import build
from dcc_sim.server import serving
from dcc_sim.store import Store
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


async def serve(kind: str, url: str) -> None:
    """Until cancelled."""
    app = {"echo": echo, "bare": bare}[kind]() if kind != "dcc" else build(World(SEED, START, Store(url), traced=False))
    gc.collect()
    gc.freeze()
    async with serving(app) as port:
        print(port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else MEMORY))
