"""The database's history: one revision a file, and the one call that brings any older database up to date.

Called by the store when it opens a database. All revisions that are missing go in one transaction that holds the
database's write lock: a process killed half way leaves the old schema, and two that start together do it once.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event, inspect
from sqlalchemy.pool import NullPool

FIRST = "0001"
"""The schema of the builds before there were revisions: their databases do not name it themselves."""
_LOCK = 0x0DCC
"""Number of the advisory lock in PostgreSQL (any; ours alone)."""


def migrate(url: str) -> None:
    """Bring the database at ``url`` to the newest revision; an empty one gets every table.

    Args:
        url: SQLAlchemy URL of a SQLite file or a PostgreSQL database.

    Raises:
        alembic.util.CommandError: the database is of a newer build than this one.
        sqlalchemy.exc.SQLAlchemyError: it cannot be reached, or its tables are not ours.
    """
    engine = create_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        # The driver would end the transaction at the first CREATE TABLE; SQLite itself can undo that too.
        event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        upgrade(connection)
    engine.dispose()


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the database up to ``revision`` in the transaction of ``connection``."""
    tables = set(inspect(connection).get_table_names())
    config = configuration(connection)
    if "requests" in tables and "alembic_version" not in tables:
        command.stamp(config, FIRST)
    command.upgrade(config, revision)


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for ``connection``: no ini file, the revisions are beside this one."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
