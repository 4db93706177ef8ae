"""The Receive Response service's other half: post each document of a mailbox to its user's registered address.

A document stays undelivered in the store until a callback has taken it with a 2xx, so nothing is lost with a callback
that is down, or with this process. Order is kept per user: the next one waits for the one before.
"""

import asyncio
from collections.abc import Callable

import httpx

from dcc_sim.media import XML
from dcc_sim.requests import Delivery
from dcc_sim.store import Store
from schemas.eui import EUI64

TRIES = 4
FIRST_PAUSE = 0.1
"""Seconds before the second try of one call of ``deliver``; doubled after each."""


class Callbacks:
    """Addresses of users, and the posting.

    Args:
        client: HTTP client, the caller's to close.
        told: called with every document that a callback has taken.
    """

    def __init__(self, store: Store, client: httpx.AsyncClient, told: Callable[[EUI64, bytes], None]) -> None:
        self._store = store
        self._client = client
        self._told = told
        self._urls = store.callbacks()
        self._lock = asyncio.Lock()

    def register(self, user: EUI64, url: str) -> None:
        """Post the documents of ``user`` to ``url`` from now on, those that wait included, and after a restart too."""
        self._store.keep_callback(user, url)
        self._urls[user] = url

    @property
    def registered(self) -> bool:
        """Whether any user has an address."""
        return bool(self._urls)

    async def deliver(self) -> int:
        """Post what waits for users with an address; how many were taken."""
        taken, stuck = 0, set[str]()
        async with self._lock:
            for delivery in self._store.undelivered():
                url = self._urls.get(EUI64.parse(delivery.user))
                if url is None or delivery.user in stuck:
                    continue
                if await self._post(url, delivery):
                    taken += 1
                else:
                    stuck.add(delivery.user)
        return taken

    async def _post(self, url: str, delivery: Delivery) -> bool:
        pause = FIRST_PAUSE
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(pause)
                pause *= 2
            try:
                response = await self._client.post(url, content=delivery.document, headers={"Content-Type": XML})
            except httpx.HTTPError:
                continue
            if response.is_success:
                self._store.mark_delivered(delivery.number)
                self._told(EUI64.parse(delivery.user), delivery.document)
                return True
        return False
