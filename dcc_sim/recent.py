"""What a store has last written or read, so that it is not read again at the next step of the same request.

Only where nobody shares the store. Each change still says what it found before, so an entry that another process has
made stale costs a refusal and is forgotten, and nothing is changed twice.
"""

from typing import TypeVar

from dcc_sim.requests import InFlight
from schemas.duis.request_id import RequestId
from schemas.eui import EUI64

K = TypeVar("K")
V = TypeVar("V")

MOST = 4096
"""Entries of each kind, some 1 KiB each at most; the oldest goes first."""


class Recent:
    """Requests in flight and originators' counters.

    Args:
        most: entries of each kind; 0 keeps nothing.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._requests: dict[RequestId, InFlight] = {}
        self._counters: dict[EUI64, int] = {}

    def request(self, name: RequestId) -> InFlight | None:
        """The request of that name, None where it is not among them."""
        return self._requests.get(name)

    def counter(self, originator: EUI64) -> int | None:
        """The highest counter of ``originator``, None where it is not among them."""
        return self._counters.get(originator)

    def keep_request(self, request: InFlight) -> None:
        """It is in the store like this."""
        _keep(self._requests, request.request_id, request, self._most)

    def keep_counter(self, originator: EUI64, counter: int) -> None:
        """It is in the store like this."""
        _keep(self._counters, originator, counter, self._most)

    def drop_request(self, name: RequestId) -> None:
        """It has ended, or is not in the store as it was kept here."""
        self._requests.pop(name, None)

    def drop_counter(self, originator: EUI64) -> None:
        """It is not in the store as it was kept here."""
        self._counters.pop(originator, None)

    def forget(self) -> None:
        """A transaction was undone: what it wrote is not in the store."""
        self._requests.clear()
        self._counters.clear()


def _keep(kept: dict[K, V], key: K, value: V, most: int) -> None:
    kept[key] = value
    if len(kept) > most:
        del kept[next(iter(kept))]
