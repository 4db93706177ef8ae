"""One worker process of ``dcc-sim serve --workers``: it answers the DUIS services, and hands on everything else.

Started by [workers.py](workers.py) through [worker_process.py](worker_process.py), with two inherited sockets: the
public one, and the channel to the world. It ends with the world, and can be killed at any moment: all that it has
accepted is in the store.
"""

import asyncio
import gc
import os
import socket
from datetime import datetime
from time import perf_counter

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dcc_sim import border
from dcc_sim.channel import Answered, Orders, Told, received
from dcc_sim.duis_services import DuisServices
from dcc_sim.knowledge import Knowledge
from dcc_sim.server import LOOPBACK, run, serving
from dcc_sim.sharing import Overtaken, Sharing
from dcc_sim.smki import Folder
from dcc_sim.store import Store
from dcc_sim.world import SERVICES, World

_HANDED_ON = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_LIMITS = httpx.Limits(keepalive_expiry=1)
"""Sooner than the world closes an idle connection: one that closes while it is used looks like the end of the world."""
_HEADERS = ("content-type", "accept")


class Desk:
    """The DUIS services over a store that is shared.

    Args:
        world: of this worker: its DCC, without clock and devices.
    """

    def __init__(self, world: World) -> None:
        assert world.knowledge is not None
        self._knowledge: Knowledge = world.knowledge
        self._dcc = world.dcc

    def post(self, service: str, xml: bytes) -> tuple[datetime, border.Reply]:
        """A request's virtual moment and its reply, by what is known when its records are written."""
        while True:
            now = self._knowledge.look()
            try:
                return now, border.reply(SERVICES[service], xml, now, self._dcc)
            except Overtaken:
                # Each time, another request has been carried out: this ends.
                continue


def application(desk: Desk, told: Told, world: httpx.AsyncClient) -> Starlette:
    """The public port: DUIS services answered here, everything else by the world."""

    def post(service: str, xml: bytes) -> border.Reply:
        began = perf_counter()
        moment, reply = desk.post(service, xml)
        told.answered(Answered(moment, service, xml, reply, perf_counter() - began))
        return reply

    async def hand_on(request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name in _HEADERS}
        url = httpx.URL(path=request.url.path, query=request.url.query.encode())
        try:
            got = await world.request(request.method, url, content=await request.body(), headers=headers)
        except httpx.TransportError:
            # Without its world a worker ends, and its connections with it, as those of the world itself would.
            os._exit(0)
        kind = {"content-type": got.headers["content-type"]} if "content-type" in got.headers else {}
        return Response(got.content, got.status_code, kind)

    rest = Route("/{path:path}", hand_on, methods=_HANDED_ON)
    return Starlette(routes=[rest], middleware=[Middleware(DuisServices, post=post)])


async def serve(public: socket.socket, channel: socket.socket) -> None:
    """Answer until the world has ended."""
    reader, writer = await asyncio.open_connection(sock=channel)
    orders = await received(reader)
    if not isinstance(orders, Orders):
        return
    pki = None if orders.pki is None else Folder.load(orders.pki)
    store = Store(orders.database, Sharing.WORKER)
    world = World(
        orders.seed, orders.start, store, traced=False, policy=orders.policy, installed=not orders.empty, pki=pki
    )
    # Each draws numbers of its own; which worker answers is chance anyway.
    world.dcc.rng.seed(f"{orders.seed} worker {orders.number}")
    gc.collect()
    gc.freeze()
    told, control = Told(writer), f"http://{LOOPBACK}:{orders.control}"
    async with (
        httpx.AsyncClient(base_url=control, timeout=None, trust_env=False, limits=_LIMITS) as client,
        serving(application(Desk(world), told, client), at=public),
    ):
        told.ready()
        await received(reader)
        # Nothing is under way that the store does not have, and nobody is left to wait for.
        os._exit(0)


def work(public: int, channel: int) -> None:
    """The whole of a worker process, with the numbers of its two sockets."""
    run(serve(socket.socket(fileno=public), socket.socket(fileno=channel)))
