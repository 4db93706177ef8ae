"""Fixtures for tests that need reference material, which is not part of this repository."""

import re
from pathlib import Path

import pytest
from lxml import etree


@pytest.fixture(scope="session")
def xsd(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> etree.XMLSchema:
    """The official schema as lxml compiles it: file names without blanks, no document type."""
    folder = tmp_path_factory.mktemp("xsd")
    names = [path.name for path in (reference / "schemas").glob("*.xsd")]
    for name in names:
        text = (reference / "schemas" / name).read_text(encoding="utf-8-sig")
        text = re.sub(r"<!DOCTYPE.*?\]>", "", text, flags=re.DOTALL)
        for other in names:
            text = text.replace(f'"{other}"', f'"{other.replace(" ", "_")}"')
        (folder / name.replace(" ", "_")).write_text(text, encoding="utf-8")
    return etree.XMLSchema(etree.parse(folder / "DUIS_Schema_V5.4.xsd"))


@pytest.fixture(scope="session")
def templates(reference: Path) -> list[Path]:
    """All public request templates."""
    return sorted((reference / "duis-templates").glob("*.XML"))
