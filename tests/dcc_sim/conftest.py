"""A pair for each test; every DUIS answer that it saw is checked against the official schema afterwards."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from dcc_sim.policy import Regime
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


@pytest.fixture
def pair(duis_schema: etree.XMLSchema | None) -> Iterator[Pair]:
    """A DCC and a home, fresh; what the DCC answered must be valid DUIS."""
    yield from checked(duis_schema)


@pytest.fixture(scope="module")
def still(duis_schema: etree.XMLSchema | None) -> Iterator[Pair]:
    """One pair for all tests of a file that change nothing in it, or wait until it has settled: cheaper by far."""
    yield from checked(duis_schema)


def checked(schema: etree.XMLSchema | None, policy: Regime = Regime.SUPPLIER_ONLY) -> Iterator[Pair]:
    """A pair whose answers are checked in the end."""
    fresh = Pair(policy=policy)
    yield fresh
    if schema is not None:
        for document in fresh.documents:
            schema.assertValid(etree.fromstring(document))
    fresh.store.close()
