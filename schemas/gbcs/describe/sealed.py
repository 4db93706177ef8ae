"""Encrypted parts for whoever has the key: their plaintext as a field inside them."""

from collections.abc import Callable
from dataclasses import replace

from schemas.errors import Malformed, NotAuthentic
from schemas.gbcs.describe.readings import describe_readings
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.data import Data, Tag, decode_data
from schemas.gbcs.reader import Reader
from schemas.gbcs.sealed import Opener, is_sealed


def plaintext(sealed: bytes, opener: Opener, describe: Callable[[bytes], tuple[Tree, ...]]) -> Tree:
    """The plaintext, whose fields have its octets, not the message's; or that it does not open."""
    try:
        octets = opener(sealed)
    except NotAuthentic:
        return Tree("plaintext", "does not open with this key")
    return Tree("plaintext", f"{len(octets)} octets", describe(octets))


def with_plaintext(code: int, tree: Tree, opener: Opener) -> Tree:
    """``tree`` with the plaintext inside each encrypted octet-string of DLMS.

    Args:
        code: message code, which names the values.
    """
    if tree.children:
        return replace(tree, children=tuple(with_plaintext(code, child, opener) for child in tree.children))
    value = _value(tree.raw)
    if value is None or value.tag is not Tag.OCTET_STRING or not is_sealed(value.octets):
        return tree
    return replace(tree, children=(plaintext(value.octets, opener, lambda octets: _dlms(code, octets)),))


def _dlms(code: int, octets: bytes) -> tuple[Tree, ...]:
    value = _value(octets)
    return (Tree("octets", octets.hex().upper(), (), octets),) if value is None else describe_readings(code, value)


def _value(octets: bytes) -> Data | None:
    reader = Reader(octets)
    try:
        value = decode_data(reader)
        reader.finish("plaintext")
    except Malformed:
        return None
    return value
