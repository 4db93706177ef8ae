"""A pair for each test; every DUIS answer that it saw is checked against the official schema afterwards."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from dcc_sim.policy import Regime
from dcc_sim.store import Store
from tests.dcc_sim import databases
from tests.pairs import Pair

SCHEMAS = Path(os.environ.get("DCC_SIM_REFERENCE") or Path(__file__).resolve().parents[3] / "shared" / "reference")


def compiled(schemas: Path, folder: Path) -> etree.XMLSchema:
    """The DUIS schema as lxml takes it: file names without blanks, no document type."""
    names = [path.name for path in schemas.glob("*.xsd")]
    for name in names:
        content = (schemas / name).read_text(encoding="utf-8-sig")
        content = re.sub(r"<!DOCTYPE.*?\]>", "", content, flags=re.DOTALL)
        for other in names:
            content = content.replace(f'"{other}"', f'"{other.replace(" ", "_")}"')
        (folder / name.replace(" ", "_")).write_text(content, encoding="utf-8")
    return etree.XMLSchema(etree.parse(folder / "DUIS_Schema_V5.4.xsd"))


@pytest.fixture(scope="session")
def duis_schema(tmp_path_factory: pytest.TempPathFactory) -> etree.XMLSchema | None:
    """The official schema, or None: tests that need it ask for `reference` as well and skip or fail there."""
    schemas = SCHEMAS / "schemas"
    return compiled(schemas, tmp_path_factory.mktemp("duis")) if schemas.is_dir() else None


@pytest.fixture(params=databases.KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of an empty database: a SQLite file, and a PostgreSQL one where a server is given."""
    with databases.fresh(request.param, tmp_path) as url:
        yield url


@pytest.fixture(params=databases.KINDS)
def pair(request: pytest.FixtureRequest, duis_schema: etree.XMLSchema | None, tmp_path: Path) -> Iterator[Pair]:
    """A DCC and a home, fresh; what the DCC answered must be valid DUIS. Its records: in memory, and in PostgreSQL."""
    if request.param != databases.POSTGRESQL:
        yield from checked(duis_schema)
        return
    with databases.fresh(request.param, tmp_path) as url:
        yield from checked(duis_schema, store=Store(url))


@pytest.fixture(scope="module")
def still(duis_schema: etree.XMLSchema | None) -> Iterator[Pair]:
    """One pair for all tests of a file that change nothing in it, or wait until it has settled: cheaper by far."""
    yield from checked(duis_schema)


def checked(
    schema: etree.XMLSchema | None, policy: Regime = Regime.SUPPLIER_ONLY, store: Store | None = None
) -> Iterator[Pair]:
    """A pair whose answers are checked in the end."""
    fresh = Pair(store=store, policy=policy)
    yield fresh
    if schema is not None:
        for document in fresh.documents:
            schema.assertValid(etree.fromstring(document))
    fresh.store.close()
