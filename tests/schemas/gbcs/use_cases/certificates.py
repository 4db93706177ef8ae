"""The vectors' certificates in the place of the templates', which are newer (gbcs-reference 7.2)."""

from collections.abc import Iterator
from dataclasses import replace

from schemas.duis.node import Node, leaf
from schemas.duis.request import Request
from schemas.gbcs.asn1 import Ber, decode_ber
from schemas.gbcs.envelope import Message

_CERTIFICATE_PARTS = (0x30, 0x30, 0x03)
_SHORTEST = 200
"""Octets; nothing else of these messages that has the three parts is as long."""


def certificates(value: Ber) -> Iterator[bytes]:
    """Every certificate in an ASN.1 value, in order."""
    octets = value.encode()
    if tuple(child.tag for child in value.children) == _CERTIFICATE_PARTS and len(octets) > _SHORTEST:
        yield octets
        return
    for child in value.children:
        yield from certificates(child)


def with_certificates_of(request: Request, vector: Message) -> Request:
    """The request with the vector's certificates, one for one and in the same order."""
    found = list(certificates(decode_ber(vector.payload)))
    body = _replaced(request.body, iter(found))
    assert len(found) == sum(1 for _ in _held(request.body)), "as many certificates in both"
    return replace(request, body=body)


def _is_certificate(node: Node) -> bool:
    return node.name.endswith("Certificate") and isinstance(node.value, bytes)


def _held(node: Node) -> Iterator[Node]:
    if _is_certificate(node):
        yield node
    for child in node.children:
        yield from _held(child)


def _replaced(node: Node, found: Iterator[bytes]) -> Node:
    if _is_certificate(node):
        return leaf(node.name, next(found))
    return node._replace(children=tuple(_replaced(child, found) for child in node.children))
