"""Every small way to spoil a document, one at a time; each is asked once for each place in the grammar."""

from collections.abc import Iterator
from copy import deepcopy

from lxml import etree

from schemas.duis.reader import local_name

BAD_VALUES = ("", " ", "x", "-1", "99999999999999999999", "0", "Ω", "2026-02-30T00:00:00Z")


def places(root: etree._Element, seen: set[str]) -> Iterator[str]:
    """Positions (ElementTree paths) whose path of names was not seen before; adds them to ``seen``."""
    tree = root.getroottree()
    for element in root.iter(etree.Element):
        names = "/".join(local_name(each) for each in (*reversed(list(element.iterancestors())), element))
        if names not in seen:
            seen.add(names)
            yield tree.getelementpath(element)


def mutants(root: etree._Element, place: str) -> Iterator[tuple[str, etree._Element]]:
    """Spoiled copies: what was done, and the root."""
    for what, spoil in SPOILERS.items():
        copy = deepcopy(root)
        element = copy if place == "." else copy.find(place)
        assert element is not None
        if spoil(element) is not False:
            yield what, copy
    leaf = root if place == "." else root.find(place)
    if leaf is not None and len(leaf) == 0:
        for value in BAD_VALUES:
            copy = deepcopy(root)
            element = copy if place == "." else copy.find(place)
            assert element is not None
            element.text = value or None  # lxml would make an empty text node, which no parser makes
            yield f"value {value!r}", copy
    for name in leaf.attrib if leaf is not None else ():
        for value in (*BAD_VALUES, None):
            copy = deepcopy(root)
            element = copy if place == "." else copy.find(place)
            assert element is not None
            if value is None:
                del element.attrib[name]
            else:
                element.set(name, value)
            yield f"@{name} {value!r}", copy


def _drop(element: etree._Element) -> bool | None:
    parent = element.getparent()
    if parent is None:
        return False
    parent.remove(element)
    return None


def _double(element: etree._Element) -> bool | None:
    if element.getparent() is None:
        return False
    element.addnext(deepcopy(element))
    return None


def _swap(element: etree._Element) -> bool | None:
    after = element.getnext()
    if after is None:
        return False
    after.addnext(element)
    return None


def _rename(element: etree._Element) -> None:
    element.tag = element.tag + "X"


def _other_namespace(element: etree._Element) -> None:
    element.tag = "{urn:other}" + local_name(element)


def _no_namespace(element: etree._Element) -> None:
    element.tag = local_name(element)


def _attribute(element: etree._Element) -> None:
    element.set("other", "1")


def _nil(element: etree._Element) -> None:
    element.set("{http://www.w3.org/2001/XMLSchema-instance}nil", "true")


def _hint(element: etree._Element) -> None:
    element.set("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", "a b")


def _text(element: etree._Element) -> None:
    element.text = (element.text or "") + "stray"


def _tail(element: etree._Element) -> bool | None:
    if element.getparent() is None:
        return False
    element.tail = (element.tail or "") + "stray"
    return None


def _child(element: etree._Element) -> None:
    etree.SubElement(element, "{http://www.dccinterface.co.uk/ServiceUserGateway}Extra")


def _remark(element: etree._Element) -> None:
    element.insert(0, etree.Comment("a remark"))


SPOILERS = {
    "drop": _drop,
    "double": _double,
    "swap": _swap,
    "rename": _rename,
    "other namespace": _other_namespace,
    "no namespace": _no_namespace,
    "attribute": _attribute,
    "nil": _nil,
    "hint": _hint,
    "text": _text,
    "tail": _tail,
    "child": _child,
    "remark": _remark,
}
