"""What several processes over one store have to tell each other: the outbox of the workers, and what is known.

A worker keeps in the outbox, in the transaction of the request itself, what the world is to do: give a command to a
hub, or look at a date. The world takes each entry out once, in a transaction that comes before the effect.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Column, Integer, String, Table, Text, bindparam, delete, insert, select, update

from dcc_sim.diary import to_utc
from dcc_sim.prepared import Session, Statements
from dcc_sim.requests import State
from dcc_sim.tables import CLOCK, METADATA, REQUESTS
from schemas.duis.request_id import RequestId
from schemas.eui import EUI64
from schemas.record import record

_OUTBOX = Table(
    "outbox",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("name", String(80), nullable=False),
    Column("hub", String(23), nullable=True),
)
"""A request whose command goes to that hub; without a hub, the request or schedule whose date has changed."""
_KNOWN = Table(
    "known",
    METADATA,
    Column("world", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("parties", Text, nullable=False),
)
"""One row, made with the table: the number that every change of what is known raises, and, as JSON, what of it has no
table of its own."""

VERSION_SHARED = select(_KNOWN.c.version).with_for_update(read=True)
VERSION_ALONE = select(_KNOWN.c.version).with_for_update()
RAISED_VERSION = update(_KNOWN).values(version=_KNOWN.c.version + 1)
_SEEN = select(_KNOWN.c.version, CLOCK.c.moment).where(_KNOWN.c.world == CLOCK.c.world)
_PARTIES = select(_KNOWN.c.parties)
_CHANGED_PARTIES = update(_KNOWN).values(parties=bindparam("text"))
_PUT = insert(_OUTBOX)
_ANY = select(_OUTBOX.c.number).limit(1)
_ALL = (
    select(_OUTBOX.c.number, _OUTBOX.c.name, _OUTBOX.c.hub, REQUESTS.c.state, REQUESTS.c.command, REQUESTS.c.deadline)
    .select_from(_OUTBOX.outerjoin(REQUESTS, REQUESTS.c.request_id == _OUTBOX.c.name))
    .order_by(_OUTBOX.c.number)
)
_TAKEN = delete(_OUTBOX).where(_OUTBOX.c.number == bindparam("taken"))
_LATER = update(REQUESTS).where(REQUESTS.c.request_id == bindparam("name")).values(deadline=bindparam("until"))


@record
class Sent:
    """A command that is marked as sent: of which request, to which hub."""

    request_id: RequestId
    hub: EUI64
    command: bytes


@record
class Dated:
    """The request or schedule whose date is another from now on."""

    key: RequestId | int


class Outbox:
    """The outbox, and the version of what is known; each call that changes something is part of a transaction.

    Args:
        sql: of the store.
    """

    def __init__(self, sql: Statements) -> None:
        self._sql = sql

    def put(self, request: RequestId, hub: EUI64) -> None:
        """The command of a sent request is to go to ``hub``."""
        self._put(str(request), str(hub))

    def tell_date(self, key: RequestId | int) -> None:
        """A request has come to wait for its date, or a schedule has come or gone."""
        self._put(str(key), None)

    def take(self, deadline: datetime) -> list[Sent | Dated]:
        """Take everything out, in the order in which it came, once. What is no longer in flight has no effect.

        Args:
            deadline: of the commands: their time to answer begins now.
        """
        with self._sql.connect() as reading:
            if reading.execute(_ANY).first() is None:
                return []
        with self._sql.begin() as connection:
            return list(self._taken(connection, deadline))

    def seen(self) -> tuple[int, datetime]:
        """The version of what is known, and where the virtual clock stands.

        Raises:
            LookupError: no world has opened this store for workers yet.
        """
        with self._sql.connect() as connection:
            row = connection.execute(_SEEN).first()
        if row is None:
            raise LookupError("the store has no world")
        return int(row.version), row.moment.replace(tzinfo=UTC)

    def parties(self) -> str:
        """What the world keeps of users, registrations and certificates; empty before it has kept any."""
        with self._sql.connect() as connection:
            return str(connection.execute(_PARTIES).scalar() or "")

    def keep_parties(self, text: str) -> None:
        """Keep it; the caller raises the version."""
        with self._sql.begin() as connection:
            connection.execute(_CHANGED_PARTIES, {"text": text})

    def _put(self, name: str, hub: str | None) -> None:
        with self._sql.begin() as connection:
            connection.execute(_PUT, {"name": name, "hub": hub})

    def _taken(self, connection: Session, deadline: datetime) -> Iterator[Sent | Dated]:
        for row in connection.execute(_ALL):
            if connection.execute(_TAKEN, {"taken": row.number}).rowcount != 1:
                continue
            if row.hub is None:
                yield Dated(int(row.name) if row.name.isdecimal() else RequestId.parse(row.name))
            elif row.state == State.SENT.value:
                if row.deadline.replace(tzinfo=UTC) != deadline:
                    connection.execute(_LATER, {"name": row.name, "until": to_utc(deadline)})
                yield Sent(RequestId.parse(row.name), EUI64.parse(row.hub), row.command)
