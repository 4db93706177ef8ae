"""The table of response codes."""

from pathlib import Path

from lxml import etree

from schemas.duis.codes import MEANINGS, meaning


def test_the_schemas_list(reference: Path) -> None:
    schema = etree.parse(reference / "schemas" / "DUIS Schema V5.4.xsd")
    listed = schema.xpath(
        "//x:simpleType[@name='ResponseCode']//x:enumeration/@value",
        namespaces={"x": "http://www.w3.org/2001/XMLSchema"},
    )
    assert set(MEANINGS) == set(listed)


def test_no_invented_meanings() -> None:
    assert meaning("E19") == "no device of this identity"
    assert MEANINGS["E65"] is None
    assert meaning("E65") == meaning("nonsense") == "meaning not public here"
