"""Storage in our own words, kept in SQL: SQLite by default, any SQLAlchemy URL.

Called from the world's one thread, synchronously. A call that changes something is one transaction.
"""

from datetime import UTC, datetime

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

    def accept(self, request: InFlight) -> None:
        """Keep a new request and raise its originator's counter, both or neither.

        Raises:
            NotAuthentic: the counter does not rise (a replay, or one overtaken).
        """
        with self._engine.begin() as connection:
            self._raise_counter(connection, request.request_id.originator, request.request_id.counter)
            connection.execute(insert(_REQUESTS).values(request_id=str(request.request_id), **_values(request)))

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
            row = connection.execute(select(_REQUESTS).where(_REQUESTS.c.request_id == str(request_id))).first()
        return None if row is None else _request(row)

    def sent(self) -> list[InFlight]:
        """The requests that wait for a device, first deadline first."""
        query = select(_REQUESTS).where(_REQUESTS.c.state == State.SENT).order_by(_REQUESTS.c.deadline)
        with self._engine.connect() as connection:
            return [_request(row) for row in connection.execute(query)]

    def counter(self, originator: EUI64) -> int:
        """The highest counter accepted from ``originator``, 0 before the first."""
        with self._engine.connect() as connection:
            return self._counter(connection, originator)

    def next_counter(self, originator: EUI64) -> int:
        """Take the next counter of the DCC's own, for a command that the broker originates."""
        with self._engine.begin() as connection:
            counter = self._counter(connection, originator) + 1
            self._raise_counter(connection, originator, counter)
        return counter

    def mailbox(self, user: EUI64, after: int = 0) -> list[Delivery]:
        """A user's documents with a number above ``after``, oldest first."""
        query = select(_DELIVERIES).where(_DELIVERIES.c.user == str(user), _DELIVERIES.c.number > after)
        return self._deliveries(query.order_by(_DELIVERIES.c.number))

    def undelivered(self) -> list[Delivery]:
        """The documents that no callback has taken yet, oldest first."""
        query = select(_DELIVERIES).where(_DELIVERIES.c.delivered.is_(False))
        return self._deliveries(query.order_by(_DELIVERIES.c.number))

    def mark_delivered(self, number: int) -> None:
        """A callback has taken that document."""
        with self._engine.begin() as connection:
            connection.execute(update(_DELIVERIES).where(_DELIVERIES.c.number == number).values(delivered=True))

    def close(self) -> None:
        """Give up the connections."""
        self._engine.dispose()

    def _counter(self, connection: Connection, originator: EUI64) -> int:
        query = select(_COUNTERS.c.counter).where(_COUNTERS.c.originator == str(originator))
        found = connection.execute(query).scalar()
        return 0 if found is None else int(found)

    def _raise_counter(self, connection: Connection, originator: EUI64, counter: int) -> None:
        known = self._counter(connection, originator)
        if counter <= known:
            raise NotAuthentic("RequestID counter", f"rises with every request: {counter} is not above {known}")
        if known:
            change = update(_COUNTERS).where(_COUNTERS.c.originator == str(originator)).values(counter=str(counter))
            connection.execute(change)
        else:
            connection.execute(insert(_COUNTERS).values(originator=str(originator), counter=str(counter)))

    def _replace(self, connection: Connection, request: InFlight) -> None:
        change = update(_REQUESTS).where(_REQUESTS.c.request_id == str(request.request_id))
        connection.execute(change.values(**_values(request)))

    def _put(self, connection: Connection, user: EUI64, request: str, document: bytes, mmc: bytes) -> None:
        values = {"user": str(user), "request": request, "document": document, "mmc": mmc, "delivered": False}
        connection.execute(insert(_DELIVERIES).values(**values))

    def _deliveries(self, query: Select[tuple[object, ...]]) -> list[Delivery]:
        with self._engine.connect() as connection:
            return [
                Delivery(row.number, row.user, row.request, row.document, row.mmc, row.delivered)
                for row in connection.execute(query)
            ]


def _values(request: InFlight) -> dict[str, object]:
    return {
        "service": request.service,
        "use_case": request.use_case,
        "pre_command": request.pre_command,
        "state": request.state.value,
        "command": request.command,
        # SQLite keeps no zone: everything in here is UTC.
        "deadline": None if request.deadline is None else request.deadline.astimezone(UTC).replace(tzinfo=None),
    }


def _request(row: Row[tuple[object, ...]]) -> InFlight:
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
