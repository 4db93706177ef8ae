"""The revisions make the schema that this build wants, from nothing and from every older database, and lose no row."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from click.testing import CliRunner
from sqlalchemy import Engine, create_engine, text

from dcc_sim.cli import main
from dcc_sim.migrations import FIRST, configuration, migrate, upgrade
from dcc_sim.requests import State
from dcc_sim.store import Store
from dcc_sim.tables import METADATA
from schemas.duis.request_id import RequestId
from schemas.errors import NotPossible
from tests.dcc_sim.databases import driver_url

REQUEST = "90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A6:18446744073709551615"
COLUMNS = "request_id, service, use_case, pre_command, state, command, deadline"
"""Of requests, in the first revision."""
ROWS = (
    f"INSERT INTO requests ({COLUMNS}) "
    f"VALUES ('{REQUEST}', '7.13', 'ECS47a', '', 'sent', '', '2026-01-15 16:30:30.000000')",
    "INSERT INTO counters VALUES ('90-B3-D5-1F-30-01-00-00', '18446744073709551615')",
    'INSERT INTO deliveries ("user", request, document, mmc, delivered) '
    f"VALUES ('90-B3-D5-1F-30-01-00-00', '{REQUEST}', '', '', '0')",
)


def rows(engine: Engine) -> list[list[object]]:
    """Every row of the first revision's tables, in the columns that are still there."""
    with engine.connect() as connection:
        documents = 'number, "user", request, document, delivered FROM deliveries'
        names = f"{COLUMNS} FROM requests", "* FROM counters", documents
        return [list(map(tuple, connection.execute(text(f"SELECT {name}")))) for name in names]


def test_the_revisions_make_the_metadata(database: str) -> None:
    """From nothing to the newest: table for table, column for column, with types."""
    migrate(driver_url(database))
    engine = create_engine(driver_url(database))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


@pytest.mark.parametrize("named", [True, False], ids=["revision named", "of a build before revisions"])
def test_the_first_revision_goes_up_with_its_rows(database: str, named: bool) -> None:
    """Every row is as it was, and the store reads it; a document is told the use case of its request."""
    engine = create_engine(driver_url(database))
    with engine.begin() as connection:
        upgrade(connection, FIRST)
        for row in ROWS:
            connection.execute(text(row))
        if not named:
            connection.execute(text("DROP TABLE alembic_version"))
    before = rows(engine)
    assert all(before)
    store = Store(database)
    assert rows(engine) == before
    (held,) = store.in_state(State.SENT)
    assert held.request_id == RequestId.parse(REQUEST)
    assert store.counter(held.request_id.originator) == 2**64 - 1
    documents = store.mailbox(held.request_id.originator)
    assert [(each.request, each.use_case) for each in documents] == [(REQUEST, "ECS47a")]
    assert store.moment() is None
    store.close()
    engine.dispose()


def test_a_second_start_changes_nothing(database: str) -> None:
    """What is up to date stays as it is."""
    engine = create_engine(driver_url(database))
    with engine.begin() as connection:
        upgrade(connection, FIRST)
        for row in ROWS:
            connection.execute(text(row))
    Store(database).close()
    before = rows(engine)
    Store(database).close()
    assert rows(engine) == before
    engine.dispose()


def test_a_newer_database_is_refused(database: str) -> None:
    """A revision that this build does not know: nothing is guessed."""
    Store(database).close()
    engine = create_engine(driver_url(database))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NotPossible, match="9999"):
        Store(database)
    engine.dispose()


def test_a_revision_that_fails_leaves_the_old_schema(database: str) -> None:
    """As when the process is killed half way: all of it or nothing."""
    engine = create_engine(driver_url(database))
    with engine.begin() as connection:
        upgrade(connection, FIRST)
        # The second revision's second table is there already: its first is made, then it fails.
        connection.execute(text("CREATE TABLE callbacks (url VARCHAR(10))"))
    with pytest.raises(Exception, match="callbacks"):
        migrate(driver_url(database))
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == FIRST
        connection.execute(text("DROP TABLE callbacks"))
    Store(database).close()
    engine.dispose()


def test_one_line_of_revisions(tmp_path: Path) -> None:
    """One head: two revisions after the same one would leave it open which comes first."""
    engine = create_engine(f"sqlite:///{tmp_path / 'any.sqlite'}")
    with engine.connect() as connection:
        assert len(ScriptDirectory.from_config(configuration(connection)).get_heads()) == 1
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    ["no URL", "sqlite:////nowhere/at/all.sqlite", "postgresql://u:geheim@127.0.0.1:1/d", "oracle://u:geheim@h/d"],
)
def test_what_cannot_be_opened_is_one_line(url: str) -> None:
    """No stack trace, and no password."""
    result = CliRunner().invoke(main, ["serve", "--port", "0", "--database", url])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: database: ")
    assert "geheim" not in result.stderr
    assert isinstance(result.exception, SystemExit)
