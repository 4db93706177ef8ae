"""Read an lxml element by a shape into a `Node`, or say which element breaks which rule."""

from collections.abc import Mapping
from typing import NoReturn

from lxml import etree

from schemas.duis.node import NO_ATTRIBUTES, Node, Value
from schemas.duis.shape import EMPTY, Shape, State
from schemas.duis.simple import WHITE, shown
from schemas.errors import Malformed

_SCHEMA_HINTS = frozenset(
    f"{{http://www.w3.org/2001/XMLSchema-instance}}{name}" for name in ("schemaLocation", "noNamespaceSchemaLocation")
)
"""Attributes XML Schema allows everywhere. Not xsi:type and xsi:nil: nothing in DUIS needs them."""


_REMARKS = (etree._Comment, etree._ProcessingInstruction)
"""Not part of the content for XML Schema."""


def read(element: etree._Element, shape: Shape, *, but_last: bool = False) -> Node:
    """Read one element and all below it.

    Args:
        but_last: leave the last child element out, which is known to be one that may come last and may be left out.

    Raises:
        Malformed: naming the path below the message's body, and the rule with the value seen.
    """
    if but_last:
        children = _children(element, shape, element[-1])
        return Node(local_name(element), attributes_of(element, shape), None, None, children)
    return _read(element, local_name(element), shape)


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def _read(element: etree._Element, name: str, shape: Shape) -> Node:
    attributes = attributes_of(element, shape)
    simple = shape.value
    if simple is None:
        return Node(name, attributes, None, None, _children(element, shape))
    text = _all_text(element) if len(element) else element.text or ""
    try:
        value, lexical = simple.read(text)
    except ValueError as error:
        _refuse(element, str(error))
    return Node(name, attributes, value, lexical)


def _children(element: etree._Element, shape: Shape, known: etree._Element | None = None) -> tuple[Node, ...]:
    if not shape.parts:
        _check_empty(element)
        return ()
    text = element.text
    if text and text.strip(WHITE):
        _refuse(element, f"has no text of its own, not {shown(text)}")
    children = []
    state = shape.start
    for child in element:
        move = state.moves.get(child.tag)
        if child is known:
            pass
        elif move is not None:
            name, inner, state = move
            children.append(_read(child, name, inner))
        else:
            _pass_remark(element, child, state)
        tail = child.tail
        if tail and tail.strip(WHITE):
            _refuse(element, f"has no text of its own, not {shown(tail)}")
    if not state.final:
        _refuse(element, f"goes on with {_next(state)}")
    return tuple(children)


def _check_empty(element: etree._Element) -> None:
    if element.text:
        _refuse(element, f"is empty, without {shown(element.text)}")
    for child in element:
        _pass_remark(element, child, EMPTY.start)
        if child.tail:
            _refuse(element, f"is empty, without {shown(child.tail)}")


def _pass_remark(element: etree._Element, child: etree._Element, state: State) -> None:
    if isinstance(child, _REMARKS):
        return
    if isinstance(child, etree._Entity):
        _refuse(element, "has no entity references")
    _refuse(child, f"is not expected here, but {_next(state)}")


def _next(state: State) -> str:
    names = [move[0] for move in state.moves.values()]
    listed = " or ".join(names[:4]) + (" or others" if len(names) > 4 else "")
    return f"{listed} or the end" if state.final and names else listed or "the end"


def attributes_of(element: etree._Element, shape: Shape) -> Mapping[str, Value]:
    """The element's attributes, read by its shape.

    Raises:
        Malformed: one is missing, not known, or of another type.
    """
    given = element.items()
    if not given and not shape.required:
        return NO_ATTRIBUTES
    values: dict[str, Value] = {}
    for key, value in given:
        name, text = str(key), str(value)
        known = shape.attributes.get(name)
        if known is not None:
            try:
                values[name] = known.type.read(text)[0]
            except ValueError as error:
                _refuse(element, str(error), f"/@{name}")
        elif name not in _SCHEMA_HINTS:
            _refuse(element, f"has no attribute {shown(name)}")
    for name in shape.required:
        if name not in values:
            _refuse(element, "is present", f"/@{name}")
    return values


def _all_text(element: etree._Element) -> str:
    parts = [element.text or ""]
    for child in element:
        if not isinstance(child, _REMARKS):
            _refuse(element, "has a value and no elements in it")
        parts.append(child.tail or "")
    return "".join(parts)


def _refuse(element: etree._Element, rule: str, below: str = "") -> NoReturn:
    raise Malformed(path_of(element) + below, rule) from None


def path_of(element: etree._Element) -> str:
    """Names from below the message's root (and below Body) down to the element, cut at 200 characters."""
    names = [local_name(each) for each in (element, *element.iterancestors())][::-1]
    if len(names) > 1:
        names = names[2:] if names[1] == "Body" and len(names) > 2 else names[1:]
    return "/".join(names)[-200:]
