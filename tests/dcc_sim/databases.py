"""The databases that tests run against: a SQLite file each, and a schema each of a PostgreSQL server that is given."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

POSTGRESQL = "postgresql"
SERVER = os.environ.get("DCC_SIM_POSTGRES_URL", "")
"""URL of a PostgreSQL database in which tests make schemas of their own; .ci/run starts a server and sets it."""
KINDS = ("sqlite", POSTGRESQL) if SERVER else ("sqlite",)


def driver_url(url: str) -> str:
    """The URL with the driver that the DCC uses."""
    full = make_url(url)
    if full.drivername == POSTGRESQL:
        full = full.set(drivername="postgresql+psycopg")
    return full.render_as_string(hide_password=False)


@contextmanager
def fresh(kind: str, folder: Path) -> Iterator[str]:
    """URL of an empty database of that kind, gone afterwards."""
    if kind != POSTGRESQL:
        yield f"sqlite:///{folder / 'dcc.sqlite'}"
        return
    name = f"t{uuid4().hex}"
    engine = create_engine(driver_url(SERVER))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    mark = "&" if "?" in SERVER else "?"
    yield f"{SERVER}{mark}options={quote(f'-csearch_path={name}')}"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()
