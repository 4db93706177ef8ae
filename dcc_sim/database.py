"""A database by its URL: opened, with its schema up to date, and so that a commit outlives the process and the power.

SQLite and PostgreSQL are the two that the tests run against.
"""

import sqlite3
from functools import cache

from sqlalchemy import Engine, MetaData, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from schemas.errors import NotPossible

MEMORY = "sqlite://"
_POSTGRESQL = "postgresql"


def opened(url: str, metadata: MetaData, *, migrated: bool = False) -> Engine:
    """An engine for ``url`` whose database has the tables of ``metadata``.

    A database in memory gets its tables at once; any other is migrated. ``postgresql://`` means the psycopg driver.

    Args:
        migrated: another process of this build has it open already, so that nothing is to be done.

    Raises:
        NotPossible: the URL is none, its database cannot be reached, or is of a newer build than this one.
    """
    if url == MEMORY:
        return _in_memory(metadata)
    # Alembic takes a fifth of a second to import; a database in memory does without.
    from alembic.util import CommandError

    from dcc_sim.migrations import migrate

    try:
        full = make_url(url)
        if full.drivername == _POSTGRESQL:
            full = full.set(drivername=f"{_POSTGRESQL}+psycopg")
        if not migrated:
            migrate(full.render_as_string(hide_password=False))
        engine = create_engine(full)
    except (SQLAlchemyError, ImportError) as error:
        # Not the error's own text where it would repeat the URL: a password may be in it.
        reason = str(getattr(error, "orig", None) or type(error).__name__).strip()
        raise NotPossible("database", f"can be opened and migrated: {reason}") from error
    except CommandError as error:
        raise NotPossible("database", f"has a schema that this build knows: {error}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable)
    return engine


@cache
def _template(metadata: MetaData) -> Engine:
    """An empty database with the tables, to copy: making them takes fifty times as long."""
    engine = _one_connection()
    metadata.create_all(engine)
    return engine


def _in_memory(metadata: MetaData) -> Engine:
    engine, template = _one_connection(), _template(metadata)
    with engine.connect() as copy, template.connect() as original:
        source, target = original.connection.driver_connection, copy.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        assert isinstance(target, sqlite3.Connection)
        source.backup(target)
    return engine


def _one_connection() -> Engine:
    # Each new one would be another, empty database.
    return create_engine(MEMORY, poolclass=StaticPool, connect_args={"check_same_thread": False})


def check_shareable(url: str) -> None:
    """Several processes can open the database: SQLite's own memory they cannot, however it is spelt.

    Raises:
        NotPossible: they cannot.
    """
    try:
        full = make_url(url)
    except SQLAlchemyError:
        # `opened` says what is wrong with it.
        return
    if full.get_backend_name() == "sqlite" and (not full.database or ":memory:" in full.database):
        raise NotPossible("database", "is a SQLite file or a PostgreSQL one, where several processes share it")


def _durable(connection: object, _: object) -> None:
    # A write-ahead log: readers do not wait for the writer, one flush a commit, and no half of a commit.
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()
