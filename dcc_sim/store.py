"""Storage in our own words, kept in SQL: SQLite by default, any SQLAlchemy URL.

Called from the world's one thread, synchronously. A call that changes something is one transaction.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Select,
    String,
    Table,
    bindparam,
    create_engine,
    insert,
    select,
    update,
)
from sqlalchemy.pool import StaticPool

from dcc_sim.requests import Delivery, InFlight, State
from schemas.duis.request_id import RequestId
from schemas.errors import NotAuthentic
from schemas.eui import EUI64

MEMORY = "sqlite://"

_METADATA = MetaData()
_COUNTER = String(20)
"""Decimal digits: counters are unsigned 64-bit, more than SQL's BIGINT holds, and SQLite's NUMERIC is a float."""

_REQUESTS = Table(
    "requests",
    _METADATA,
    Column("request_id", String(80), primary_key=True),
    Column("service", String(8), nullable=False),
    Column("use_case", String(40), nullable=False),
    Column("pre_command", LargeBinary, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("command", LargeBinary, nullable=False),
    Column("deadline", DateTime, nullable=True),
)
_COUNTERS = Table(
    "counters",
    _METADATA,
    Column("originator", String(23), primary_key=True),
    Column("counter", _COUNTER, nullable=False),
)
_DELIVERIES = Table(
    "deliveries",
    _METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("user", String(23), nullable=False, index=True),
    Column("request", String(80), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("mmc", LargeBinary, nullable=False),
    Column("delivered", Boolean, nullable=False),
)


# Statements are built once: building one costs SQLAlchemy more than SQLite takes to run it.
_NEW_REQUEST = insert(_REQUESTS)
_CHANGED_REQUEST = (
    update(_REQUESTS)
    .where(_REQUESTS.c.request_id == bindparam("name"))
    .values(state=bindparam("state"), command=bindparam("command"), deadline=bindparam("deadline"))
)
_ONE_REQUEST = select(_REQUESTS).where(_REQUESTS.c.request_id == bindparam("name"))
_SENT_REQUESTS = select(_REQUESTS).where(_REQUESTS.c.state == State.SENT.value).order_by(_REQUESTS.c.deadline)
_COUNTER_OF = select(_COUNTERS.c.counter).where(_COUNTERS.c.originator == bindparam("originator"))
_NEW_COUNTER = insert(_COUNTERS)
_RAISED_COUNTER = (
    update(_COUNTERS).where(_COUNTERS.c.originator == bindparam("party")).values(counter=bindparam("counter"))
)
_NEW_DELIVERY = insert(_DELIVERIES)
_MAILBOX = (
    select(_DELIVERIES)
    .where(_DELIVERIES.c.user == bindparam("user"), _DELIVERIES.c.number > bindparam("after"))
    .order_by(_DELIVERIES.c.number)
)
_UNDELIVERED = select(_DELIVERIES).where(_DELIVERIES.c.delivered.is_(False)).order_by(_DELIVERIES.c.number)
_TAKEN = update(_DELIVERIES).where(_DELIVERIES.c.number == bindparam("taken")).values(delivered=True)


class Store:
    """Requests in flight, originator counters, and every user's mailbox.

    Args:
        url: SQLAlchemy URL; the default lives in memory and ends with the process.
    """

    def __init__(self, url: str = MEMORY) -> None:
        # One connection for an in-memory database: each new one would be another, empty database.
        self._engine: Engine = (
            create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
            if url == MEMORY
            else create_engine(url)
        )
        _METADATA.create_all(self._engine)

    def accept(self, request: InFlight, broker: tuple[EUI64, int] | None = None) -> None:
        """Keep a new request and raise its originator's counter, both or neither.

        Args:
            broker: the DCC's own EUI and counter, raised with it where the broker originates the command.

        Raises:
            NotAuthentic: a counter does not rise (a replay, or one overtaken).
        """
        with self._engine.begin() as connection:
            self._raise_counter(connection, request.request_id.originator, request.request_id.counter)
            if broker is not None:
                self._raise_counter(connection, *broker)
            connection.execute(_NEW_REQUEST, _new_values(request))

    def advance(self, request: InFlight) -> None:
        """Keep a request's new state."""
        with self._engine.begin() as connection:
            self._replace(connection, request)

    def finish(self, request: InFlight, document: bytes, mmc: bytes) -> None:
        """Keep a request's last state together with its answer in the user's mailbox, both or neither."""
        with self._engine.begin() as connection:
            self._replace(connection, request)
            self._put(connection, request.request_id.originator, str(request.request_id), document, mmc)

    def put(self, user: EUI64, request: str, document: bytes, mmc: bytes) -> None:
        """Put a document into a user's mailbox."""
        with self._engine.begin() as connection:
            self._put(connection, user, request, document, mmc)

    def request(self, request_id: RequestId) -> InFlight | None:
        """The request of that name, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(_ONE_REQUEST, {"name": str(request_id)}).first()
        return None if row is None else _request(row)

    def sent(self) -> list[InFlight]:
        """The requests that wait for a device, first deadline first."""
        with self._engine.connect() as connection:
            return [_request(row) for row in connection.execute(_SENT_REQUESTS)]

    def counter(self, originator: EUI64) -> int:
        """The highest counter accepted from ``originator``, 0 before the first."""
        with self._engine.connect() as connection:
            return self._counter(connection, originator)

    def mailbox(self, user: EUI64, after: int = 0) -> list[Delivery]:
        """A user's documents with a number above ``after``, oldest first."""
        return self._deliveries(_MAILBOX, {"user": str(user), "after": after})

    def undelivered(self) -> list[Delivery]:
        """The documents that no callback has taken yet, oldest first."""
        return self._deliveries(_UNDELIVERED, {})

    def mark_delivered(self, number: int) -> None:
        """A callback has taken that document."""
        with self._engine.begin() as connection:
            connection.execute(_TAKEN, {"taken": number})

    def close(self) -> None:
        """Give up the connections."""
        self._engine.dispose()

    def _counter(self, connection: Connection, originator: EUI64) -> int:
        found = connection.execute(_COUNTER_OF, {"originator": str(originator)}).scalar()
        return 0 if found is None else int(found)

    def _raise_counter(self, connection: Connection, originator: EUI64, counter: int) -> None:
        known = self._counter(connection, originator)
        if counter <= known:
            raise NotAuthentic("RequestID counter", f"rises with every request: {counter} is not above {known}")
        if known:
            connection.execute(_RAISED_COUNTER, {"party": str(originator), "counter": str(counter)})
        else:
            connection.execute(_NEW_COUNTER, {"originator": str(originator), "counter": str(counter)})

    def _replace(self, connection: Connection, request: InFlight) -> None:
        connection.execute(_CHANGED_REQUEST, {"name": str(request.request_id), **_changed_values(request)})

    def _put(self, connection: Connection, user: EUI64, request: str, document: bytes, mmc: bytes) -> None:
        values = {"user": str(user), "request": request, "document": document, "mmc": mmc, "delivered": False}
        connection.execute(_NEW_DELIVERY, values)

    def _deliveries(self, query: Select[Any], values: dict[str, object]) -> list[Delivery]:
        with self._engine.connect() as connection:
            return [
                Delivery(row.number, row.user, row.request, row.document, row.mmc, row.delivered)
                for row in connection.execute(query, values)
            ]


def _changed_values(request: InFlight) -> dict[str, object]:
    return {
        "state": request.state.value,
        "command": request.command,
        # SQLite keeps no zone: everything in here is UTC.
        "deadline": None if request.deadline is None else request.deadline.astimezone(UTC).replace(tzinfo=None),
    }


def _new_values(request: InFlight) -> dict[str, object]:
    return {
        "request_id": str(request.request_id),
        "service": request.service,
        "use_case": request.use_case,
        "pre_command": request.pre_command,
        **_changed_values(request),
    }


def _request(row: Row[Any]) -> InFlight:
    deadline: datetime | None = row.deadline
    return InFlight(
        RequestId.parse(row.request_id),
        row.service,
        row.use_case,
        row.pre_command,
        State(row.state),
        row.command,
        None if deadline is None else deadline.replace(tzinfo=UTC),
    )
