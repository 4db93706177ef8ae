"""Bytes from the network to an XML document, with every door shut: no DTD, no entities, no network, no bombs.

DUIS messages are plain XML 1.0 in UTF-8 (UTF-16 is accepted because XML itself demands it). Nothing of the format
needs a document type, so any document type is refused, whatever it says.
"""

import re
from dataclasses import dataclass, field

from lxml import etree

from schemas.errors import Malformed

DEFAULT_LIMIT = 1_000_000

_DECLARATION = re.compile(rb"<\?xml[ \t\r\n][^?>]{0,200}\?>")
_ENCODING = re.compile(rb"[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*[\"']([A-Za-z][A-Za-z0-9._-]*)[\"']")
_UTF_16 = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_UTF_8_BOM = b"\xef\xbb\xbf"


def new_parser(*, remove_blank_text: bool = False) -> etree.XMLParser:
    """The one way this project sets up lxml; ``huge_tree`` stays off, so libxml2's own depth and size limits hold."""
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_blank_text=remove_blank_text,
        collect_ids=False,
    )


_PARSER = new_parser()


@dataclass(slots=True)
class Document:
    """One parsed XML document. Readers never change ``root``: its exact text is what the signature covers.

    Attributes:
        signature: what `signature_form` has found, so that it is looked for once.
    """

    root: etree._Element
    signature: object = field(default=None, repr=False, compare=False)


def parse(xml: bytes, limit: int = DEFAULT_LIMIT) -> Document:
    """Parse one message.

    Args:
        xml: the whole body as received.
        limit: most bytes accepted; firmware requests (11.1, 11.4) need more than the default.

    Raises:
        Malformed: too long, not UTF-8 or UTF-16, not well-formed XML 1.0, or carrying a document type.
    """
    return Document(root_of(xml, _PARSER, limit))


def root_of(xml: bytes, parser: etree.XMLParser, limit: int = DEFAULT_LIMIT) -> etree._Element:
    """Parse with a parser from `new_parser`, under the same rules as `parse`."""
    if len(xml) > limit:
        raise Malformed("XML", f"is at most {limit} bytes, not {len(xml)}")
    text = _as_utf_8(xml)
    # Before libxml2 sees it: an internal subset could define entities that attribute values expand.
    if b"<!DOCTYPE" in text:
        raise Malformed("XML", "has no document type (DTD)")
    try:
        root = etree.fromstring(text, parser)
    except (etree.LxmlError, ValueError) as error:
        raise Malformed("XML", f"is well-formed XML: {str(error)[:120]}") from None
    about = root.getroottree().docinfo
    if about.internalDTD is not None or about.xml_version != "1.0":
        raise Malformed("XML", "is XML 1.0 without a document type (DTD)")
    return root


def _as_utf_8(xml: bytes) -> bytes:
    for mark, encoding in _UTF_16:
        if xml.startswith(mark):
            return _from_utf_16(xml, encoding)
    xml = xml.removeprefix(_UTF_8_BOM)
    declared = _declared_encoding(xml)
    if declared not in (None, "UTF-8"):
        raise Malformed("encoding", f"is UTF-8 or UTF-16, not {declared!r}")
    return xml


def _from_utf_16(xml: bytes, encoding: str) -> bytes:
    try:
        text = xml.decode(encoding).removeprefix("\ufeff").encode("utf-8")
    except UnicodeError:
        raise Malformed("encoding", "is UTF-16 as its first bytes say") from None
    declared = _declared_encoding(text)
    if declared not in (None, "UTF-16"):
        raise Malformed("encoding", f"is UTF-16 as its first bytes say, not {declared!r}")
    return text


def _declared_encoding(xml: bytes) -> str | None:
    declaration = _DECLARATION.match(xml)
    found = _ENCODING.search(declaration.group()) if declaration else None
    return found.group(1).decode("ascii").upper() if found else None
