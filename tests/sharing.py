"""A world and workers over one store, in one process: what users post, the workers answer in turn.

The world takes their outbox when its clock is moved, as a world does that was busy until then.
"""

from itertools import cycle
from typing import Any

import httpx

from dcc_sim.border import Reply
from dcc_sim.sharing import Sharing
from dcc_sim.store import Store
from dcc_sim.worker import Desk
from dcc_sim.world import World
from tests.pairs import START, Answer, Pair


class SharedPair(Pair):
    """A pair whose DUIS services are those of workers.

    Args:
        url: of the store.
        workers: how many.
    """

    def __init__(self, url: str, workers: int = 2) -> None:
        super().__init__(store=Store(url, Sharing.WORLD))
        self.workers = [World(1, START, Store(url, Sharing.WORKER), traced=False) for _ in range(workers)]
        self.desks = [Desk(each) for each in self.workers]
        self._turns = cycle(self.desks)

    def post(self, service: str, xml: bytes, content_type: str = "") -> Answer:
        """A body to the next worker; a DUIS answer's signature is checked."""
        return self.at_desk(next(self._turns), service, xml)

    def at_desk(self, desk: Desk, service: str, xml: bytes) -> Answer:
        """A body to one of the workers."""
        return self.answer(desk.post(service, xml)[1])

    def answer(self, reply: Reply) -> Answer:
        """A worker's reply, read."""
        response = self.supplier.read(reply.body) if reply.status == 200 else None
        return Answer(reply.status, reply.body, reply.reason, response)

    def http(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """One request to the world, whose changes the workers know afterwards."""
        assert self.world.knowledge is not None
        self.world.knowledge.look()
        answer = super().http(method, path, **arguments)
        self.world.knowledge.publish()
        return answer

    def close(self) -> None:
        """Everybody gives the store back."""
        for each in (self.world, *self.workers):
            each.dcc.store.close()
