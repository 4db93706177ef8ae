"""SQLAlchemy's statements, compiled once and run on the driver's connection.

SQLAlchemy declares tables and statements, makes connections and knows both dialects; running a statement through it
takes ten times as long as SQLite takes to carry it out. What it works out anew for each execution (the text, the order
of parameters, how a column becomes a value of the driver and back) is kept here instead.

For the few statements of the store: no IN lists, no statements built on the fly (each would be kept for ever).
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import UpdateBase

Statement = Select[Any] | UpdateBase
Values = Mapping[str, object]
_Process = Callable[[Any], Any] | None


class Result:
    """What one execution gave.

    Attributes:
        rowcount: rows that a change found.
    """

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def first(self) -> Any | None:
        """The first row, its columns as attributes, or None."""
        return self._rows[0] if self._rows else None

    def scalar(self) -> Any | None:
        """The first column of the first row, or None."""
        return self._rows[0][0] if self._rows else None


class Session:
    """Executes statements in one transaction, or outside any for reading."""

    def __init__(self, statements: Statements, cursor: Any) -> None:
        self._statements = statements
        self._cursor = cursor

    def execute(self, statement: Statement, values: Values | None = None) -> Result:
        """Carry out ``statement`` with ``values`` by the names of its parameters.

        Raises:
            sqlalchemy.exc.DBAPIError: the database refuses; IntegrityError where a row is there already.
        """
        return self._statements.execute(self._cursor, statement, values or {})


class Statements:
    """One connection of ``engine``, kept, and the statements that have been run on it. For one thread.

    A connection that is lost ends the transaction with an error, as SQLAlchemy's does; the next has a new one.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Any = None
        self._compiled: dict[Statement, _Compiled] = {}
        # psycopg opens a transaction for a read, and ends it, with a message to the server each.
        self._automatic = engine.dialect.name == "postgresql"

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One transaction: committed at the end, or all of it undone by an error."""
        connection = self._opened()
        cursor = connection.cursor()
        try:
            if self._automatic:
                self._run(cursor, "BEGIN", None)
            yield Session(self, cursor)
            self._end(connection, cursor, "COMMIT")
        except BaseException:
            if self._connection is connection:
                self._end(connection, cursor, "ROLLBACK")
            raise
        finally:
            cursor.close()

    @contextmanager
    def connect(self) -> Iterator[Session]:
        """Reading, each statement by itself."""
        cursor = self._opened().cursor()
        try:
            yield Session(self, cursor)
        finally:
            cursor.close()

    def execute(self, cursor: Any, statement: Statement, values: Values) -> Result:
        """Used by `Session`."""
        known = self._compiled.get(statement)
        if known is None:
            known = self._compiled[statement] = _Compiled(statement, values, self._engine)
        self._run(cursor, known.text, known.parameters(values))
        return Result(known.rows(cursor), cursor.rowcount)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened(self) -> Any:
        if self._connection is None:
            try:
                self._connection = self._engine.raw_connection()
            except self._engine.dialect.loaded_dbapi.Error as error:
                raise self._named(error, "CONNECT") from error
            if self._automatic:
                self._connection.driver_connection.autocommit = True
        return self._connection

    def _run(self, cursor: Any, text: str, parameters: Any) -> None:
        try:
            cursor.execute(text, parameters)
        except Exception as error:
            raise self._named(error, text) from error

    def _end(self, connection: Any, cursor: Any, how: str) -> None:
        if self._automatic:
            self._run(cursor, how, None)
            return
        try:
            connection.commit() if how == "COMMIT" else connection.rollback()
        except Exception as error:
            raise self._named(error, how) from error

    def _named(self, error: Exception, text: str) -> BaseException:
        """The driver's error as SQLAlchemy's; a connection that it ended is given up."""
        dialect = self._engine.dialect
        driver = dialect.loaded_dbapi.Error
        lost = (
            self._connection is not None
            and isinstance(error, driver)
            and dialect.is_disconnect(error, self._connection, None)
        )
        if lost:
            self._connection.invalidate(error)
            self._connection = None
        # Parameters stay out of the text: documents and addresses of other people are among them.
        return DBAPIError.instance(
            text, None, error, driver, hide_parameters=True, connection_invalidated=lost, dialect=dialect
        )


class _Compiled:
    """One statement for one dialect.

    Attributes:
        text: as the driver takes it.
    """

    def __init__(self, statement: Statement, values: Values, engine: Engine) -> None:
        dialect = engine.dialect
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(values))
        self.text = str(compiled)
        self._names: Sequence[str] | None = compiled.positiontup
        self._fixed: dict[str, object] = {name: value for name, value in compiled.params.items() if name not in values}
        self._bind: dict[str, _Process] = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect)
            for name, bind in compiled.binds.items()
            if name in compiled.params
        }
        self._row: Any = None
        if isinstance(statement, Select):
            columns = statement.selected_columns
            self._row = namedtuple("Row", columns.keys())  # type: ignore[misc]
            self._result: list[_Process] = [
                column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
            ]

    def parameters(self, values: Values) -> Any:
        """In the driver's form: in order, or by name."""
        given = {**self._fixed, **values}
        for name, process in self._bind.items():
            if process is not None:
                given[name] = process(given[name])
        return given if self._names is None else [given[name] for name in self._names]

    def rows(self, cursor: Any) -> list[Any]:
        """All rows of a query, none of a change."""
        if self._row is None:
            return []
        return [
            self._row(
                *(
                    value if process is None else process(value)
                    for value, process in zip(row, self._result, strict=True)
                )
            )
            for row in cursor.fetchall()
        ]
