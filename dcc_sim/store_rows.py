"""The rows of the DCC's records as JSON values, for snapshots.

Not in them: users' callbacks, which are addresses on somebody's machine; what devices keep over a power cut, as a
snapshot has all of a device; and what processes that share a store tell each other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import SQLAlchemyError

from dcc_sim.tables import METADATA
from devices.plain import from_plain, to_plain
from schemas.errors import Malformed

Rows = dict[str, list[dict[str, Any]]]
_LEFT_OUT = frozenset({"callbacks", "device_states", "outbox", "known"})


def read(engine: Engine) -> Rows:
    """All rows, by table."""
    rows: Rows = {}
    with engine.begin() as connection:
        for table in METADATA.sorted_tables:
            if table.name not in _LEFT_OUT:
                order = list(table.primary_key.columns)
                found = connection.execute(select(table).order_by(*order)).mappings()
                rows[table.name] = [{name: to_plain(value) for name, value in row.items()} for row in found]
    return rows


def write(engine: Engine, rows: Rows) -> None:
    """Put them into empty tables.

    Raises:
        Malformed: a table or a column is not there, or a value is of another kind.
    """
    try:
        with engine.begin() as connection:
            for name, given in rows.items():
                if name in _LEFT_OUT:
                    raise Malformed("snapshot", f"has no table {name}")
                if given:
                    values = [{column: from_plain(value) for column, value in row.items()} for row in given]
                    connection.execute(insert(METADATA.tables[name]), values)
    except (SQLAlchemyError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise Malformed("snapshot", f"has the records of a DCC: {type(error).__name__}") from error
