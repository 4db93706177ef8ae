"""Requests whose markup has been read before: only their texts are read anew.

A user's requests differ in their texts, hardly ever in their markup. Once one has been read by the grammar and found
authentic, its markup is kept together with what the long way makes of it: which text is which element's, of which
simple type, and where it stands in the canonical form. The next request of the same markup, octet for octet, has its
texts checked by the same simple types, and needs neither a document tree nor C14N. Anything else takes the long way.

Why that is the same: in place of each text a mark is put, and the document with the marks is parsed and canonicalised.
A mark that is an element's whole content stays so for any other text without ``<``, ``&``, ``>`` and carriage return,
and C14N writes such a text as it is.
"""

import re
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from lxml import etree

from schemas.duis.document import Document, parse
from schemas.duis.node import Node, Value
from schemas.duis.reader import attributes_of, local_name
from schemas.duis.request import REQUEST, Request, request_of
from schemas.duis.shape import EMPTY, Shape
from schemas.duis.signature_form import SignatureForm, SignerRef, signature_form
from schemas.duis.simple import WHITE
from schemas.duis.xml_signature import Signed, without_signature
from schemas.duis.xsd import BYTES
from schemas.errors import Malformed, NotAuthentic

MOST_OCTETS = 20_000
"""Longer requests take the long way: they are few, and their texts many."""
MOST_FORMS = 256

_TEXT = re.compile(r">([^<\s][^<]*)<")
_ORDINARY = re.compile(r"[\t\n -%'-;=?-~]*+")
"""ASCII that stands in XML, and in its canonical form, as it is."""
_FIRST_MARK = 10**11
_MARK = re.compile(r"1000000\d{5}")
"""Digits alone: of XML Signature's form too, for digest, value and serial number."""

# What a named tuple's own constructor calls, without the call in between: a request has some ten of them.
_new = tuple.__new__

_Texts = list[str]
_Build = Callable[[_Texts], Node]
_Read = Callable[[str], tuple[Value, str]]
_TO_COME = Node("")


class _Form(NamedTuple):
    """One markup.

    Attributes:
        texts: how many texts there are.
        schema_version: the root's attribute.
        build: makes the root's node, without the signature.
        unsigned: the canonical form without the signature, ``%s`` in the place of each text.
        in_unsigned: takes those out of all texts, in order.
        signed_info: its canonical form, ``%s`` in the place of the digest.
        digest, value, issuer, serial: which texts the signature's parts are; the issuer may be the same for all.
    """

    texts: int
    schema_version: str
    build: _Build
    unsigned: str
    in_unsigned: Callable[[_Texts], Any]
    signed_info: str
    digest: int
    value: int
    issuer: int
    serial: int


class Familiar:
    """The markups that have been read, at most `MOST_FORMS`; the one that came first goes first."""

    def __init__(self) -> None:
        self._forms: dict[tuple[str, ...], _Form] = {}

    def read(self, xml: bytes) -> tuple[Signed, Request] | None:
        """A request and what is signed in it, nothing of the signature checked; None if it must take the long way,
        which also says what is wrong with it.
        """
        if len(xml) > MOST_OCTETS or not xml.isascii():
            return None
        parts = _TEXT.split(xml.decode("ascii"))
        form = self._forms.get(tuple(parts[::2]))
        if form is None:
            return None
        texts = parts[1::2]
        # Clients break the line with a carriage return, as a reference; no digest covers SignatureValue.
        texts[form.value] = texts[form.value].replace("&#13;", "")
        if len(texts) != form.texts or not _ORDINARY.fullmatch("".join(texts)):
            return None
        try:
            request = request_of(form.schema_version, form.build(texts))
            return _signed(form, texts), request
        except (ValueError, Malformed):
            return None

    def learn(self, xml: bytes, message: Document | Signed) -> None:
        """Keep the markup of a request that the long way has read as ``message``, and that is authentic."""
        if isinstance(message, Signed) or len(xml) > MOST_OCTETS or not xml.isascii():
            return
        parts = _TEXT.split(xml.decode("ascii"))
        markup = tuple(parts[::2])
        if markup in self._forms:
            return
        form = _learnt(markup)
        if form is not None:
            if len(self._forms) >= MOST_FORMS:
                del self._forms[next(iter(self._forms))]
            self._forms[markup] = form


def _signed(form: _Form, texts: _Texts) -> Signed:
    unsigned = form.unsigned % form.in_unsigned(texts)
    serial = texts[form.serial].strip(WHITE)
    if not serial.isdigit() or len(serial) > 49:
        raise ValueError("a serial number of the form")
    # What is no base64 is no request of DUIS's shape, which the long way says before any signature is looked at.
    octets = BYTES.octets(texts[form.digest]), BYTES.octets(texts[form.value])
    signer = _new(SignerRef, (texts[form.issuer].strip(WHITE), int(serial)))
    info = form.signed_info % texts[form.digest]
    parts = _new(SignatureForm, (texts[form.digest], texts[form.value], signer, info.encode()))
    return _new(Signed, (parts, unsigned.encode(), octets))


def _learnt(markup: tuple[str, ...]) -> _Form | None:
    """What the long way makes of a markup; None where a text is not the whole content of an element."""
    marks = [str(_FIRST_MARK + number) for number in range(len(markup) - 1)]
    text = "".join(piece + (f">{mark}<" if mark else "") for piece, mark in zip(markup, [*marks, ""], strict=True))
    document = parse(text.encode())
    try:
        parts = signature_form(document)
        build, used = _plan(document)
    except (NotAuthentic, ValueError):
        return None
    unsigned = without_signature(document.root).decode()
    in_unsigned, in_info = _marks(unsigned), _marks(parts.signed_info.decode())
    signature = [*_marks(parts.digest), *_marks(parts.value), *_marks(parts.signer.issuer_name)]
    signature += _marks(str(parts.signer.serial))
    if len(signature) != 4:
        return None
    digest, value, issuer, serial = signature
    all_of_them = sorted([*in_unsigned, *signature])
    if all_of_them != list(range(len(marks))) or used != in_unsigned or in_info != [digest]:
        return None
    schema_version = str(document.root.get("schemaVersion", "")).strip()
    return _Form(
        len(marks),
        schema_version,
        build,
        _with_places(unsigned),
        itemgetter(*in_unsigned),
        _with_places(parts.signed_info.decode()),
        digest,
        value,
        issuer,
        serial,
    )


def _marks(text: str) -> list[int]:
    return [int(mark) - _FIRST_MARK for mark in _MARK.findall(text)]


def _with_places(text: str) -> str:
    return _MARK.sub("%s", text.replace("%", "%%"))


def _plan(document: Document) -> tuple[_Build, list[int]]:
    """What makes the root's node from texts, and which texts it takes, in order.

    Raises:
        ValueError: a mark is not the whole content of its element, which then is not of its type; or there is none.
    """
    used: list[int] = []
    root = document.root
    made = _branch(local_name(root), root, REQUEST, list(root)[:-1], used)
    if isinstance(made, Node):
        raise ValueError("a text that differs")
    return made, used


class _Leaf:
    """An element of simple content whose text is one of the texts; what many requests say alike is read once.

    Attributes:
        index: which text.
        text, node: the last, and what it was read as.
    """

    __slots__ = ("_attributes", "_name", "_read", "index", "node", "text")

    def __init__(self, index: int, name: str, attributes: Mapping[str, Value], read: _Read) -> None:
        self.index, self.text = index, ""
        self.node = Node(name, attributes, None, "")
        self._name, self._attributes, self._read = name, attributes, read

    def take(self, text: str) -> None:
        """Read another text; ValueError where it is not of the type, and the last stays the last."""
        self.node = _new(Node, (self._name, self._attributes, *self._read(text), ()))
        self.text = text


def _of(element: etree._Element, name: str, shape: Shape, used: list[int]) -> Node | _Leaf | _Build:
    if shape.value is None:
        return _branch(name, element, shape, list(element), used)
    text = element.text or ""
    attributes, read = attributes_of(element, shape), shape.value.read
    if len(element) or not _MARK.fullmatch(text):
        return Node(name, attributes, *read(text))
    index = int(text) - _FIRST_MARK
    used.append(index)
    return _Leaf(index, name, attributes, read)


def _branch(
    name: str, element: etree._Element, shape: Shape, children: list[etree._Element], used: list[int]
) -> Node | _Build:
    parts, state = [], shape.start if shape.parts else EMPTY.start
    for child in children:
        move = state.moves.get(child.tag)
        if move is not None:
            inner_name, inner, state = move
            parts.append(_of(child, inner_name, inner, used))
    attributes = attributes_of(element, shape)
    alike = [part if isinstance(part, Node) else _TO_COME for part in parts]
    leaves = [(place, part) for place, part in enumerate(parts) if isinstance(part, _Leaf)]
    branches = [(place, part) for place, part in enumerate(parts) if not isinstance(part, Node | _Leaf)]
    if not leaves and not branches:
        return Node(name, attributes, None, None, tuple(alike))

    def build(texts: _Texts) -> Node:
        nodes = alike.copy()
        for place, leaf in leaves:
            text = texts[leaf.index]
            if text != leaf.text:
                leaf.take(text)
            nodes[place] = leaf.node
        for place, branch in branches:
            nodes[place] = branch(texts)
        return _new(Node, (name, attributes, None, None, tuple(nodes)))

    return build
