"""Storage in our own words, kept in SQL: SQLite by default, PostgreSQL by URL.

Called from the world's one thread, synchronously. A call that changes something is one transaction, and says what it
found before: a change from a state that the row has no longer, or of a counter that has moved meanwhile, is refused,
so that two processes over one database cannot both send a command.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select
from sqlalchemy.exc import IntegrityError

from dcc_sim import store_rows, tables
from dcc_sim.anomaly_store import AnomalyStore
from dcc_sim.database import MEMORY, check_shareable, opened
from dcc_sim.diary import Diary, to_utc
from dcc_sim.outbox import Outbox
from dcc_sim.prepared import Session, Statements
from dcc_sim.recent import MOST, Recent
from dcc_sim.requests import Counts, Delivery, InFlight, State
from dcc_sim.sharing import Overtaken, SharedStatements, Sharing
from schemas.duis.request_id import RequestId
from schemas.errors import NotAuthentic, NotPossible
from schemas.eui import EUI64


class Store:
    """Requests in flight, originator counters, every user's mailbox and callback, and where the clock stood.

    Args:
        url: SQLAlchemy URL; the default lives in memory and ends with the process.
        sharing: with which processes; memory is shared with nobody.

    Raises:
        NotPossible: the database cannot be opened, or is of a newer build, or is in memory and to be shared.
        sqlalchemy.exc.SQLAlchemyError: it is no longer there, in every method.

    Attributes:
        diary: what has a date of its own.
        anomaly: what anomaly detection keeps.
        outbox: what the processes that share it tell each other.
        shared: this process's part in sharing; None with nobody.
    """

    def __init__(self, url: str = MEMORY, sharing: Sharing = Sharing.ALONE) -> None:
        if sharing is not Sharing.ALONE:
            check_shareable(url)
        self._engine = opened(url, tables.METADATA, migrated=sharing is Sharing.WORKER)
        self.sharing = sharing
        self.shared = None if sharing is Sharing.ALONE else SharedStatements(self._engine, sharing)
        self._sql = self.shared or Statements(self._engine)
        self._outlives = url != MEMORY
        self._recent = Recent(MOST if self.shared is None else 0)
        self._sql.undone = self._recent.forget
        self.outbox = Outbox(self._sql)
        self.diary = Diary(self._sql)
        self.anomaly = AnomalyStore(self._sql)

    def accept(
        self, request: InFlight, broker: tuple[EUI64, int] | None = None, command: RequestId | None = None
    ) -> None:
        """Keep a new request and raise its originator's counter, both or neither.

        Args:
            request: it.
            broker: the DCC's own EUI and counter, raised with it where the broker originates the command.
            command: the name of the command, where a party of the DCC sends it in its own name.

        Raises:
            NotAuthentic: a counter does not rise (a replay, or one overtaken).
        """
        with self._sql.begin() as connection:
            self._raise_counter(connection, request.request_id.originator, request.request_id.counter)
            if broker is not None:
                self._raise_own_counter(connection, *broker)
            connection.execute(tables.NEW_REQUEST, _new_values(request))
            if command is not None:
                values = {"command": str(command), "request_id": str(request.request_id)}
                connection.execute(tables.NEW_DCC_COMMAND, values)
            self._recent.keep_request(request)

    def advance(self, request: InFlight, before: State) -> None:
        """Keep a request's new state.

        Raises:
            NotPossible: it is no longer in the state ``before``.
        """
        with self._sql.begin(single=True) as connection:
            self._replace(connection, request, before)

    def finish(self, request: InFlight, before: State, document: bytes, use_case: str) -> None:
        """Keep a request's last state together with its answer in the user's mailbox, both or neither.

        Raises:
            NotPossible: it is no longer in the state ``before``.
        """
        with self._sql.begin() as connection:
            self._replace(connection, request, before)
            self._put(connection, request.owner, str(request.request_id), document, use_case)
            self._recent.drop_request(request.request_id)

    def put(
        self,
        user: EUI64,
        request: str,
        document: bytes,
        use_case: str = "",
        told: tuple[EUI64, int] | None = None,
    ) -> None:
        """Put a document into a user's mailbox.

        Args:
            user: whose mailbox.
            request: the request that it belongs to, or the alert's ResponseID.
            document: the answer.
            use_case: of the response in it; empty where it has none.
            told: the device whose alert it is, and its counter: kept if it is the highest of that device.
        """
        with self._sql.begin() as connection:
            self._put(connection, user, request, document, use_case)
            if told is not None and told[1] > self._counter(connection, told[0]):
                self._raise_counter(connection, *told)

    def transaction(self, *, alone: bool = False) -> Session:
        """Everything that is kept inside is kept together, or not at all.

        Args:
            alone: it may change what is known, or use a counter of the DCC: where the store is shared, nothing else is
                changed meanwhile. One inside another is as the outer one.
        """
        if alone and self.shared is not None and not self._sql.within:
            self.shared.alone = True
        return self._sql.begin()

    def raise_version(self) -> None:
        """What is known changes in this transaction, which is alone: the others that share the store are to see it."""
        if self.shared is not None:
            self.shared.raise_version()

    def raise_counter(self, originator: EUI64, counter: int) -> None:
        """Raise the counter of ``originator``, for a request that leaves no record of its own.

        Raises:
            NotAuthentic: it does not rise.
        """
        with self._sql.begin() as connection:
            self._raise_counter(connection, originator, counter)

    def keep_device(self, device: EUI64, entry: str) -> None:
        """From now on ``entry`` is what the inventory has of ``device``."""
        with self._sql.begin() as connection:
            if not connection.execute(tables.CHANGED_DEVICE, {"name": str(device), "entry": entry}).rowcount:
                connection.execute(tables.NEW_DEVICE, {"device": str(device), "entry": entry})
            self.raise_version()

    def devices(self) -> list[tuple[EUI64, str]]:
        """The inventory's entries that were kept."""
        with self._sql.connect() as connection:
            return [(EUI64.parse(row.device), row.entry) for row in connection.execute(tables.DEVICES, {})]

    def note_alert(self, device: EUI64, counter: int) -> None:
        """An alert of ``device`` to the DCC itself has come; its counter is kept if it is the highest."""
        with self._sql.begin() as connection:
            if counter > self._counter(connection, device):
                self._raise_counter(connection, device, counter)

    def request(self, request_id: RequestId) -> InFlight | None:
        """The request of that name, or None."""
        known = self._recent.request(request_id)
        if known is not None:
            return known
        with self._sql.connect() as connection:
            row = connection.execute(tables.ONE_REQUEST, {"name": str(request_id)}).first()
        return None if row is None else _request(row, request_id)

    def request_of(self, command: RequestId) -> InFlight | None:
        """The request that a command of the DCC's own belongs to, or None."""
        with self._sql.connect() as connection:
            name = connection.execute(tables.REQUEST_OF_COMMAND, {"name": str(command)}).scalar()
        return None if name is None else self.request(RequestId.parse(name))

    def keep_devices(self, states: Mapping[EUI64, str]) -> None:
        """What virtual devices keep over a power loss; if the store outlives the process."""
        if not self._outlives or not states:
            return
        try:
            with self._sql.begin() as connection:
                for device, state in states.items():
                    values = {"name": str(device), "state": state}
                    if not connection.execute(tables.CHANGED_DEVICE_STATE, values).rowcount:
                        connection.execute(tables.NEW_DEVICE_STATE, {"device": str(device), "state": state})
        except IntegrityError:
            # Another process over this database has devices of these names too, and kept theirs first.
            return

    def rows(self) -> store_rows.Rows:
        """Everything of the DCC's own records, for a snapshot; see `store_rows`."""
        return store_rows.read(self._engine)

    def fill(self, rows: store_rows.Rows) -> None:
        """Put what ``rows`` gave into an empty store.

        Raises:
            Malformed: they are no rows of these tables.
        """
        store_rows.write(self._engine, rows)
        self._recent.forget()

    def device_states(self) -> dict[EUI64, str]:
        """What virtual devices kept."""
        with self._sql.connect() as connection:
            return {EUI64.parse(row.device): row.state for row in connection.execute(tables.DEVICE_STATES)}

    @property
    def outlives(self) -> bool:
        """Whether it is there when the process has ended."""
        return self._outlives

    def in_state(self, state: State) -> list[InFlight]:
        """The requests in one state, first deadline first."""
        with self._sql.connect() as connection:
            return [
                _request(row, RequestId.parse(row.request_id))
                for row in connection.execute(tables.REQUESTS_IN_STATE, {"state": state.value})
            ]

    def counts(self) -> Counts:
        """How many requests are in each state, and how many documents have been taken."""
        with self._sql.connect() as connection:
            requests = {State(row.state): int(row.number) for row in connection.execute(tables.REQUEST_COUNTS)}
            documents = {bool(row.delivered): int(row.number) for row in connection.execute(tables.DELIVERY_COUNTS)}
        return Counts(requests, documents.get(True, 0), documents.get(False, 0))

    def counter(self, originator: EUI64) -> int:
        """The highest counter accepted from ``originator``, 0 before the first."""
        with self._sql.connect() as connection:
            return self._counter(connection, originator)

    def mailbox(self, user: EUI64, after: int = 0) -> list[Delivery]:
        """A user's documents with a number above ``after``, oldest first."""
        return self._deliveries(tables.MAILBOX, {"user": str(user), "after": after})

    def has_document(self, user: EUI64, name: str) -> bool:
        """Whether a document of that name is, or was, in the user's mailbox."""
        with self._sql.connect() as connection:
            return connection.execute(tables.OF_THAT_NAME, {"party": str(user), "name": name}).first() is not None

    def undelivered(self) -> list[Delivery]:
        """The documents that no callback has taken yet, oldest first."""
        return self._deliveries(tables.UNDELIVERED, {})

    def mark_delivered(self, number: int) -> None:
        """A callback has taken that document."""
        with self._sql.begin(single=True) as connection:
            connection.execute(tables.TAKEN, {"taken": number})

    def keep_callback(self, user: EUI64, url: str) -> None:
        """From now on ``user`` takes its documents at ``url``."""
        with self._sql.begin() as connection:
            if not connection.execute(tables.CHANGED_CALLBACK, {"party": str(user), "url": url}).rowcount:
                connection.execute(tables.NEW_CALLBACK, {"user": str(user), "url": url})

    def callbacks(self) -> dict[EUI64, str]:
        """Where each user takes its documents."""
        with self._sql.connect() as connection:
            return {EUI64.parse(row.user): row.url for row in connection.execute(tables.CALLBACKS)}

    def keep_moment(self, now: datetime) -> None:
        """The virtual clock is at ``now``; kept if that is later than before, and if the store outlives the process."""
        if not self._outlives:
            return
        with self._sql.begin() as connection:
            if connection.execute(tables.LATER_MOMENT, {"now": to_utc(now)}).rowcount:
                return
            if connection.execute(tables.MOMENT).first() is None:
                connection.execute(tables.NEW_MOMENT, {"world": 1, "moment": to_utc(now)})

    def moment(self) -> datetime | None:
        """Where the virtual clock stood last, or None."""
        with self._sql.connect() as connection:
            found: datetime | None = connection.execute(tables.MOMENT).scalar()
        return None if found is None else found.replace(tzinfo=UTC)

    def close(self) -> None:
        """Give up the connections."""
        self._sql.close()
        self._engine.dispose()

    def _counter(self, connection: Session, originator: EUI64) -> int:
        known = self._recent.counter(originator)
        if known is None:
            found = connection.execute(tables.COUNTER_OF, {"party": str(originator)}).scalar()
            known = 0 if found is None else int(found)
        return known

    def _raise_counter(self, connection: Session, originator: EUI64, counter: int) -> None:
        known = self._counter(connection, originator)
        if counter <= known:
            raise NotAuthentic("RequestID counter", f"rises with every request: {counter} is not above {known}")
        if known:
            raised = {"party": str(originator), "before": str(known), "counter": str(counter)}
            if connection.execute(tables.RAISED_COUNTER, raised).rowcount != 1:
                self._recent.drop_counter(originator)
                raise NotAuthentic("RequestID counter", f"rises: {known} has been passed meanwhile")
            self._recent.keep_counter(originator, counter)
            return
        try:
            connection.execute(tables.NEW_COUNTER, {"originator": str(originator), "counter": str(counter)})
        except IntegrityError:
            raise NotAuthentic("RequestID counter", "rises: another request of this originator came first") from None
        self._recent.keep_counter(originator, counter)

    def _raise_own_counter(self, connection: Session, party: EUI64, counter: int) -> None:
        """That of a party of the DCC: no user is to blame where another process was first."""
        try:
            self._raise_counter(connection, party, counter)
        except NotAuthentic:
            if self.shared is None:
                raise
            raise Overtaken from None

    def _replace(self, connection: Session, request: InFlight, before: State) -> None:
        values = {"name": str(request.request_id), "before": str(before), **_changed_values(request)}
        if connection.execute(tables.CHANGED_REQUEST, values).rowcount != 1:
            self._recent.drop_request(request.request_id)
            raise NotPossible("request", f"is {before}: {request.request_id} is no longer")
        self._recent.keep_request(request)

    def _put(self, connection: Session, user: EUI64, request: str, document: bytes, use_case: str) -> None:
        values = {"user": str(user), "request": request, "document": document, "use_case": use_case, "delivered": False}
        connection.execute(tables.NEW_DELIVERY, values)

    def _deliveries(self, query: Select[Any], values: dict[str, object]) -> list[Delivery]:
        with self._sql.connect() as connection:
            return [
                Delivery(row.number, row.user, row.request, row.document, row.use_case, row.delivered)
                for row in connection.execute(query, values)
            ]


def _changed_values(request: InFlight) -> dict[str, object]:
    return {
        "state": str(request.state),
        "command": request.command,
        "deadline": None if request.deadline is None else to_utc(request.deadline),
    }


def _new_values(request: InFlight) -> dict[str, object]:
    return {
        "request_id": str(request.request_id),
        "service": request.service,
        "use_case": request.use_case,
        "pre_command": request.pre_command,
        "schedule": request.schedule,
        "user": None if request.user is None else str(request.user),
        **_changed_values(request),
    }


def _request(row: Any, name: RequestId) -> InFlight:
    deadline: datetime | None = row.deadline
    return InFlight(
        name,
        row.service,
        row.use_case,
        row.pre_command,
        State(row.state),
        row.command,
        None if deadline is None else deadline.replace(tzinfo=UTC),
        row.schedule,
        None if row.user is None else EUI64.parse(row.user),
    )
