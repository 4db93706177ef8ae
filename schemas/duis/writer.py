"""Write a `Node` as compact XML text. Names, order and text come from the node as given; nothing is checked twice."""

import re
from collections.abc import Callable

from schemas.duis.node import Node, lexical_of
from schemas.errors import Malformed

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>'

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile("[&<>\r]")
_SPECIAL_IN_QUOTES = re.compile('[&<>"\t\n\r]')
_ORDINARY = re.compile(r"[ !#-%'-;=?-~]*+")
"""Printable ASCII with nothing special in it: most of what DUIS writes, told by one look."""


def write(node: Node, prefix: str = "sr") -> str:
    """XML text of a node and all below it, on one line.

    Args:
        prefix: of the namespace, which the surrounding text must declare.

    Raises:
        Malformed: a value has a character XML 1.0 cannot carry.
    """
    parts: list[str] = []
    _write(node, prefix + ":" if prefix else "", parts.append)
    return "".join(parts)


def _write(node: Node, prefix: str, put: Callable[[str], None]) -> None:
    tag = prefix + node.name
    attributes = ""
    for name, value in node.attributes.items():
        attributes += f' {name}="{quoted(lexical_of(value))}"'
    if node.children:
        put(f"<{tag}{attributes}>{'' if node.lexical is None else escaped(node.lexical)}")
        for child in node.children:
            _write(child, prefix, put)
        put(f"</{tag}>")
    elif node.lexical is None:
        put(f"<{tag}{attributes}/>")
    else:
        put(f"<{tag}{attributes}>{escaped(node.lexical)}</{tag}>")


class Canonical(bytes):
    """XML after `DECLARATION`, written as its own inclusive canonical form; nothing is between it and its root's end.

    For the signer, which else would have to look. It is lost on the way through a database, and then looked for.
    """

    __slots__ = ()


def escaped(text: str) -> str:
    """Text for element content."""
    return _safe(text, _SPECIAL)


def quoted(text: str) -> str:
    """Text for an attribute's value in double quotes."""
    return _safe(text, _SPECIAL_IN_QUOTES)


def _safe(text: str, special: re.Pattern[str]) -> str:
    if _ORDINARY.fullmatch(text):
        return text
    if _NOT_XML.search(text):
        raise Malformed("text", f"has only characters XML 1.0 can carry, not {text[:40]!r}")
    return special.sub(lambda found: f"&#{ord(found.group())};", text) if special.search(text) else text
