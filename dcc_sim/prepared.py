"""SQLAlchemy's statements, compiled once and run on the driver's connection.

SQLAlchemy declares tables and statements, makes connections and knows both dialects; running a statement through it
takes ten times as long as SQLite takes to carry it out. What it works out anew for each execution (the text, the order
of parameters, how a column becomes a value of the driver and back) is kept here instead.

For the few statements of the store: no IN lists, no statements built on the fly (each would be kept for ever).
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Self

from sqlalchemy import Boolean, Dialect, Engine, LargeBinary, Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

Statement = Select[Any] | UpdateBase
Values = Mapping[str, object]
_Process = Callable[[Any], Any]
_NO_VALUES: Values = MappingProxyType({})


class Result:
    """What one execution gave.

    Attributes:
        rowcount: rows that a change found.
    """

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: Sequence[Any], rowcount: int) -> None:
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


_ONE_CHANGED = Result((), 1)


class Session:
    """Executes statements: in one transaction, or each by itself for reading. A context manager.

    A transaction is committed at the end, or all of it undone by an error.

    Attributes:
        execute: that of ``statements``.
    """

    __slots__ = ("_begun", "_changes", "_single", "_statements", "execute")

    def __init__(self, statements: Statements, *, changes: bool) -> None:
        self._statements = statements
        self.execute = statements.execute
        self._changes = changes
        self._single = False
        self._begun: object = None

    def __enter__(self) -> Self:
        statements = self._statements
        self._begun = statements.cursor or statements.opened()
        if self._changes:
            statements.start(self._single)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if not self._changes:
            return
        self._statements.within = False
        if kind is None:
            try:
                self._statements.end("COMMIT", self._single)
            except BaseException:
                self._undo()
                raise
        else:
            self._undo()

    def _undo(self) -> None:
        self._statements.undone()
        # A connection that was lost has undone it already.
        if self._statements.cursor is self._begun:
            self._statements.end("ROLLBACK", self._single)


class Statements:
    """One connection of ``engine``, kept, and the statements that have been run on it. For one thread.

    A connection that is lost ends the transaction with an error, as SQLAlchemy's does; the next has a new one.

    Attributes:
        cursor: the driver's, on that connection; None before the first use and when it is lost.
        within: whether a transaction has begun.
        undone: called when a transaction is undone, before the database is told.
    """

    def __init__(self, engine: Engine) -> None:
        self.cursor: Any = None
        self.within = False
        self.undone: Callable[[], None] = _nothing
        self._reading = Session(self, changes=False)
        self._writing = Session(self, changes=True)
        self._engine = engine
        self._connection: Any = None
        self._driver: Any = None
        self._compiled: dict[Statement, _Compiled] = {}
        self._is_server = engine.dialect.name == "postgresql"

    def begin(self, *, single: bool = False) -> Session:
        """One transaction; one inside another is part of it.

        Args:
            single: it has one statement only, which is a transaction by itself, without BEGIN and COMMIT.
        """
        if self.within:
            return self._reading
        self._writing._single = single
        return self._writing

    def connect(self) -> Session:
        """Reading, each statement by itself."""
        return self._reading

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self.cursor.close()
            self._by_itself(False)
            self._connection.close()
            self._connection = self.cursor = None

    def opened(self) -> Any:
        """The cursor, for `Session`."""
        if self.cursor is None:
            try:
                self._connection = self._engine.raw_connection()
            except self._engine.dialect.loaded_dbapi.Error as error:
                raise self._named(error, "CONNECT") from error
            self._driver = self._connection.driver_connection
            self._by_itself(True)
            self.cursor = self._driver.cursor()
        return self.cursor

    def start(self, single: bool) -> None:
        """Begin a transaction, for `Session`."""
        if not single:
            self._run("BEGIN")
        self.within = True

    def end(self, how: str, single: bool) -> None:
        """COMMIT or ROLLBACK, for `Session`."""
        if single:
            return
        if self._is_server:
            self._run(how)
            return
        try:
            # Where SQLite has undone it already, there is nothing to undo, which its driver knows.
            self._driver.commit() if how == "COMMIT" else self._driver.rollback()
        except Exception as error:
            raise self._named(error, how) from error

    def execute(self, statement: Statement, values: Values = _NO_VALUES) -> Result:
        """Carry out ``statement`` with ``values`` by the names of its parameters, for `Session`.

        Raises:
            sqlalchemy.exc.DBAPIError: the database refuses; IntegrityError where a row is there already.
        """
        known = self._compiled.get(statement)
        if known is None:
            known = self._compiled[statement] = _Compiled(statement, values, self._engine)
        cursor = self.cursor
        try:
            cursor.execute(known.text, known.parameters(values))
        except Exception as error:
            raise self._named(error, known.text) from error
        if not known.reads:
            return _ONE_CHANGED if cursor.rowcount == 1 else Result((), cursor.rowcount)
        return Result(known.rows(cursor), cursor.rowcount)

    def _by_itself(self, each: bool) -> None:
        """Whether each statement outside a transaction of ours is one by itself.

        Else psycopg opens one for a read too, and ends it, with a message to the server each; SQLite's driver looks at
        each statement for whether it needs one.
        """
        if self._is_server:
            self._driver.autocommit = each
        else:
            self._driver.isolation_level = None if each else ""

    def _run(self, text: str) -> None:
        try:
            self.cursor.execute(text)
        except Exception as error:
            raise self._named(error, text) from error

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
            self._connection = self.cursor = None
        # Parameters stay out of the text: documents and addresses of other people are among them.
        return DBAPIError.instance(
            text, None, error, driver, hide_parameters=True, connection_invalidated=lost, dialect=dialect
        )


class _Compiled:
    """One statement for one dialect.

    Attributes:
        text: as the driver takes it.
        reads: it is a query.
        parameters: values in the driver's form, in order or by name.
    """

    def __init__(self, statement: Statement, values: Values, engine: Engine) -> None:
        dialect = engine.dialect
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(values))
        self.text = str(compiled)
        self._fixed = {name: value for name, value in compiled.params.items() if name not in values}
        self._positional = compiled.positiontup is not None
        self._names: list[str] = list(compiled.positiontup if self._positional else compiled.params)
        impls = [compiled.binds[name].type.dialect_impl(dialect) for name in self._names]
        self._binds = _needed(_bind(impl, dialect) for impl in impls)
        self._in_order = _in_order(self._names)
        as_given = self._positional and not self._fixed and not self._binds
        self.parameters: Callable[[Values], Any] = self._in_order if as_given else self._parameters
        self.reads = isinstance(statement, Select)
        if isinstance(statement, Select):
            columns = statement.selected_columns
            self._row: Any = namedtuple("Row", columns.keys())  # type: ignore[misc]
            impls = [column.type.dialect_impl(dialect) for column in columns]
            self._results = _needed(_result(impl, dialect) for impl in impls)

    def _parameters(self, values: Values) -> Any:
        if self._fixed:
            values = {**self._fixed, **values}
        given = list(self._in_order(values))
        for index, process in self._binds:
            given[index] = process(given[index])
        return given if self._positional else dict(zip(self._names, given, strict=True))

    def rows(self, cursor: Any) -> Sequence[Any]:
        """All rows of a query."""
        found = cursor.fetchall()
        if not self._results:
            return list(map(self._row._make, found))
        rows = []
        for row in found:
            cells = list(row)
            for index, process in self._results:
                cells[index] = process(cells[index])
            rows.append(self._row._make(cells))
        return rows


def _in_order(names: Sequence[str]) -> Callable[[Values], Sequence[object]]:
    """What takes the values of ``names`` out of a mapping."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]


def _bind(kind: TypeEngine[Any], dialect: Dialect) -> _Process | None:
    """What makes a value one of the driver's; None where it takes it as it is: octets, and SQLite's a truth."""
    if isinstance(kind, sqlite.DATETIME):
        return _moment_text
    if isinstance(kind, LargeBinary) or (dialect.name == "sqlite" and isinstance(kind, Boolean)):
        return None
    return kind.bind_processor(dialect)


def _result(kind: TypeEngine[Any], dialect: Dialect) -> _Process | None:
    """What makes a value of the driver's ours; both drivers give octets as they are."""
    return None if isinstance(kind, LargeBinary) else kind.result_processor(dialect, None)


def _moment_text(moment: datetime | None) -> str | None:
    # What SQLAlchemy writes, by a format of seven parts.
    return None if moment is None else moment.replace(tzinfo=None).isoformat(" ", "microseconds")


def _needed(processes: Iterable[_Process | None]) -> list[tuple[int, _Process]]:
    """Those that have something to do, by their place."""
    return [(index, process) for index, process in enumerate(processes) if process is not None]


def _nothing() -> None:
    """Nobody needs to know."""
