"""Statements run on the driver give what SQLAlchemy gives: the same rows, the same errors, the same transactions."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from dcc_sim import tables
from dcc_sim.database import opened
from dcc_sim.prepared import Statements
from dcc_sim.store import Store
from schemas.eui import EUI64
from tests.dcc_sim import databases

USER = EUI64.parse("90-B3-D5-1F-30-01-00-00")
MOMENT = datetime(2026, 1, 15, 12, 30, 0, 123456, UTC).replace(tzinfo=None)
REQUEST = {
    "request_id": "a",
    "service": "7.13",
    "use_case": "ECS47a",
    "pre_command": b"\x00\xff",
    "state": "sent",
    "command": b"",
    "deadline": MOMENT,
}
DELIVERY = {"user": "a", "request": "b", "document": b"<x/>", "use_case": "", "delivered": False}


def test_rows_as_sqlalchemy_gives_them(database: str) -> None:
    """Octets, moments and truth values come back as they went in, from both ways of reading."""
    engine = opened(database, tables.METADATA)
    statements = Statements(engine)
    with statements.begin() as session:
        for values in (REQUEST, {**REQUEST, "request_id": "b", "deadline": None}):
            assert session.execute(tables.NEW_REQUEST, values).rowcount == 1
        session.execute(tables.NEW_DELIVERY, DELIVERY)
    for query, values in (
        (tables.REQUESTS_IN_STATE, {"state": "sent"}),
        (tables.ONE_REQUEST, {"name": "b"}),
        (tables.UNDELIVERED, {}),
        (tables.MAILBOX, {"user": "a", "after": 0}),
    ):
        with statements.connect() as session, engine.connect() as connection:
            ours, theirs = list(session.execute(query, values)), list(connection.execute(query, values))
        assert ours
        assert [each._asdict() for each in ours] == [each._asdict() for each in theirs]
        assert [list(map(type, each)) for each in ours] == [list(map(type, each)) for each in theirs]
    statements.close()
    engine.dispose()


@pytest.mark.parametrize("moment", [MOMENT, MOMENT.replace(microsecond=0), MOMENT.replace(year=999)])
def test_values_are_kept_as_sqlalchemy_keeps_them(database: str, moment: datetime) -> None:
    """A database of a build that wrote through SQLAlchemy is compared with by the same text."""
    engine = opened(database, tables.METADATA)
    statements = Statements(engine)
    with statements.begin() as session:
        session.execute(tables.NEW_REQUEST, {**REQUEST, "deadline": moment})
        session.execute(tables.NEW_DELIVERY, DELIVERY)
    with engine.begin() as connection:
        connection.execute(tables.NEW_REQUEST, {**REQUEST, "request_id": "b", "deadline": moment})
        connection.execute(tables.NEW_DELIVERY, DELIVERY)
        kept = connection.exec_driver_sql("SELECT deadline FROM requests").all()
        flags = connection.exec_driver_sql("SELECT delivered FROM deliveries").all()
    assert kept[0] == kept[1] and flags[0] == flags[1]
    statements.close()
    engine.dispose()


def test_a_transaction_is_whole_or_not_at_all(database: str) -> None:
    """An error in the middle, the database's or another, undoes what went before; the connection goes on."""
    engine = opened(database, tables.METADATA)
    statements = Statements(engine)
    with pytest.raises(IntegrityError), statements.begin() as session:
        session.execute(tables.NEW_REQUEST, REQUEST)
        session.execute(tables.NEW_REQUEST, REQUEST)
    with pytest.raises(KeyError), statements.begin() as session:
        session.execute(tables.NEW_REQUEST, REQUEST)
        raise KeyError
    with statements.begin() as session:
        assert session.execute(tables.ONE_REQUEST, {"name": "a"}).first() is None
        session.execute(tables.NEW_REQUEST, REQUEST)
    other = Statements(engine)
    with other.connect() as session:
        assert session.execute(tables.ONE_REQUEST, {"name": "a"}).first() is not None
    other.close()
    statements.close()
    engine.dispose()


def test_a_single_statement_is_a_transaction(database: str) -> None:
    """What one statement changed is there for every other connection; inside a transaction it is part of that."""
    engine = opened(database, tables.METADATA)
    ours, other = Statements(engine), Statements(engine)
    for statement, values in (
        (tables.NEW_CALLBACK, {"user": "a", "url": "http://a"}),
        (tables.CHANGED_CALLBACK, {"party": "a", "url": "http://b"}),
    ):
        with ours.begin(single=True) as session:
            assert session.execute(statement, values).rowcount == 1
        with other.connect() as session:
            assert [tuple(row) for row in session.execute(tables.CALLBACKS)] == [("a", values["url"])]
    with pytest.raises(KeyError), ours.begin():
        with ours.begin(single=True) as session:
            session.execute(tables.CHANGED_CALLBACK, {"party": "a", "url": "http://c"})
        raise KeyError
    with ours.connect() as session:
        assert [tuple(row) for row in session.execute(tables.CALLBACKS)] == [("a", "http://b")]
    other.close()
    ours.close()
    engine.dispose()


def test_values_stay_out_of_the_error(database: str) -> None:
    """What a user sent is in no message of the database's."""
    engine = opened(database, tables.METADATA)
    statements = Statements(engine)
    with pytest.raises(IntegrityError) as caught, statements.begin() as session:
        for _ in range(2):
            session.execute(tables.NEW_CALLBACK, {"user": "a", "url": "http://name:secret@example.org"})
    assert "secret" not in str(caught.value)
    statements.close()
    engine.dispose()


@pytest.mark.skipif(not databases.SERVER, reason="a server that ends a connection: PostgreSQL only")
def test_a_server_that_ends_the_connection(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The call that meets it fails, the next has a new connection, and nothing is half done."""
    with databases.fresh(databases.POSTGRESQL, tmp_path_factory.mktemp("unused")) as url:
        store = Store(url)
        store.put(USER, "first", b"<x/>")
        end = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :mine")
        with store._sql.connect():
            mine = store._sql._connection.driver_connection.info.backend_pid
        with store._engine.begin() as connection:
            connection.execute(end, {"mine": mine})
        with pytest.raises(SQLAlchemyError):
            store.put(USER, "lost", b"<x/>")
        store.put(USER, "second", b"<x/>")
        assert [each.request for each in store.mailbox(USER)] == ["first", "second"]
        store.close()
