"""A small grammar of XML content, enough for DUIS: which elements, in which order, how often, with which values.

A shape is declared with the functions below and compiled on first use to a table: at each point, which element may
come next and what follows it. So reading takes one dictionary look-up per element and no backtracking. As in XML
Schema, an element must never be able to mean two things at one point; compiling says so if it does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from schemas.duis.simple import Simple

SERVICE_USER_GATEWAY = "http://www.dccinterface.co.uk/ServiceUserGateway"
"""The namespace of all DUIS elements (DUIS XML Schema)."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute without a namespace."""

    name: str
    type: Simple
    required: bool


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """One element, once."""

    name: str
    shape: "Shape"
    namespace: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after the other."""

    parts: tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Exactly one of the parts."""

    parts: tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part from ``low`` to ``high`` times; None is without end."""

    part: "Part"
    low: int
    high: int | None


Part = Element | Sequence | Choice | Repeat


@dataclass(slots=True, eq=False)
class State:
    """A point in the content: what may come next, by full tag, and whether the content may end here."""

    moves: dict[object, tuple[str, "Shape", "State"]] = field(default_factory=dict)
    final: bool = False


class Shape:
    """What an element holds: attributes, and a simple value or child elements or nothing."""

    def __init__(self, attributes: tuple[Attribute, ...], value: Simple | None, parts: tuple[Part, ...]) -> None:
        self.attributes: Mapping[str, Attribute] = {one.name: one for one in attributes}
        self.required = tuple(one.name for one in attributes if one.required)
        self.value = value
        self.parts = parts

    @cached_property
    def start(self) -> State:
        """The compiled content."""
        return _compile(Sequence(self.parts), State(final=True))


Item = Shape | Simple | Attribute | Part


def shape(*items: Item) -> Shape:
    """What an element holds: any attributes, and either one simple type or parts in order."""
    if len(items) == 1 and isinstance(items[0], Shape):
        return items[0]
    attributes = tuple(item for item in items if isinstance(item, Attribute))
    parts = tuple(item for item in items if isinstance(item, Element | Sequence | Choice | Repeat))
    values = [item for item in items if not isinstance(item, Attribute | Element | Sequence | Choice | Repeat | Shape)]
    if len(attributes) + len(parts) + len(values) != len(items) or len(values) > 1 or (values and parts):
        raise TypeError("a shape is one shape, or attributes with one simple type or with parts")
    return Shape(attributes, values[0] if values else None, parts)


EMPTY = shape()
"""An element that is there or not, with nothing in it."""


def attribute(name: str, type: Simple, *, required: bool = True) -> Attribute:
    """Declare an attribute."""
    return Attribute(name, type, required)


def one(name: str, *items: Item, namespace: str = SERVICE_USER_GATEWAY) -> Element:
    """Declare an element that comes exactly once."""
    return Element(name, shape(*items), namespace)


def optional(name: str | Part, *items: Item, namespace: str = SERVICE_USER_GATEWAY) -> Repeat:
    """Declare an element, or a part, that may be left out."""
    return Repeat(one(name, *items, namespace=namespace) if isinstance(name, str) else name, 0, 1)


def many(name: str | Part, low: int, high: int | None, *items: Item, namespace: str = SERVICE_USER_GATEWAY) -> Repeat:
    """Declare an element, or a part, that comes ``low`` to ``high`` times; None is without end."""
    return Repeat(one(name, *items, namespace=namespace) if isinstance(name, str) else name, low, high)


def choice(*parts: Part) -> Choice:
    """Declare that exactly one of the parts comes."""
    return Choice(parts)


def sequence(*parts: Part) -> Sequence:
    """Declare parts that come together, in order."""
    return Sequence(parts)


def _compile(part: Part, after: State) -> State:
    match part:
        case Element(name, shape_, namespace):
            return State({f"{{{namespace}}}{name}": (name, shape_, after)})
        case Sequence(parts):
            for each in reversed(parts):
                after = _compile(each, after)
            return after
        case Choice(parts):
            return _join(*(_compile(each, after) for each in parts))
        case Repeat(inner, low, high):
            return _repeat(inner, low, high, after)


def _repeat(part: Part, low: int, high: int | None, after: State) -> State:
    if high is None:
        loop = State()
        joined = _join(_compile(part, loop), after)
        loop.moves, loop.final = joined.moves, joined.final
        entry, count = loop, 0
    else:
        entry, count = after, high - low
    for _ in range(count):
        entry = _join(_compile(part, entry), after)
    for _ in range(low):
        entry = _compile(part, entry)
    return entry


def _join(*states: State) -> State:
    joined = State(final=any(state.final for state in states))
    for state in states:
        for tag, move in state.moves.items():
            known = joined.moves.setdefault(tag, move)
            if known[2] is not move[2] or known[1] is not move[1]:
                raise TypeError(f"{tag} could mean two things at one point")
    return joined
