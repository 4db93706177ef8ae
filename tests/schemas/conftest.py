"""What the tests of the formats share."""

from pathlib import Path

import pytest
from lxml import etree


@pytest.fixture(scope="session")
def schema(reference: Path) -> etree.XMLSchema:
    """The MMC schema."""
    return etree.XMLSchema(etree.parse(reference / "schemas" / "MMC Schema V5.4.xsd"))
