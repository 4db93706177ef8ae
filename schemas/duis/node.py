"""A read message as a frozen tree of names and typed values: what the rest of the project sees instead of lxml."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from schemas.errors import Malformed
from schemas.eui import EUI64

Value = int | str | bytes | datetime | date | time | bool | Decimal
"""What a simple XML type becomes. An EUI is an `EUI64`, which is bytes; a dateTime is always aware and in UTC."""

NO_ATTRIBUTES: Mapping[str, Value] = MappingProxyType({})


class Node(NamedTuple):
    """One element. ``children`` keep document order.

    Attributes:
        name: local name; the namespace was checked on reading and is put back on writing.
        attributes: by name; xmlns and xsi ones are not kept.
        value: of an element with simple content, else None.
        lexical: the text the value was written as, white space collapsed where its type does so; else None.
        children: child elements.

    Paths are names joined by ``/`` from this node down, the first match at each step; the last part may be
    ``@attribute``. The empty path is this node. Getters raise Malformed where the path leads nowhere or the value
    has another type.
    """

    name: str
    attributes: Mapping[str, Value] = NO_ATTRIBUTES
    value: Value | None = None
    lexical: str | None = None
    children: tuple["Node", ...] = ()

    def find(self, path: str) -> "Node | None":
        """The node at ``path``, or None."""
        if not path:
            return self
        if "/" not in path:
            for child in self.children:
                if child.name == path:
                    return child
            return None
        here = self
        for name in path.split("/"):
            for child in here.children:
                if child.name == name:
                    here = child
                    break
            else:
                return None
        return here

    def node(self, path: str) -> "Node":
        """The node at ``path``."""
        found = self.find(path)
        if found is None:
            raise Malformed(f"{self.name}/{path}", "is present")
        return found

    def all(self, path: str) -> tuple["Node", ...]:
        """Every node at ``path``, all matches at each step, in document order."""
        return tuple(self._walk(path.split("/")))

    def _walk(self, names: list[str]) -> Iterator["Node"]:
        for child in self.children:
            if child.name == names[0]:
                if len(names) == 1:
                    yield child
                else:
                    yield from child._walk(names[1:])

    def has(self, path: str) -> bool:
        """Whether a node or attribute is at ``path``."""
        parent, attribute = _split(path)
        found = self.find(parent)
        return found is not None and (attribute is None or attribute in found.attributes)

    def value_of(self, path: str) -> Value:
        """The value at ``path``, of whichever type."""
        parent, attribute = _split(path)
        found = self.node(parent)
        value = found.value if attribute is None else found.attributes.get(attribute)
        if value is None:
            raise Malformed(f"{self.name}/{path}", "has a value")
        return value

    def integer(self, path: str) -> int:
        """The whole number at ``path``."""
        value = self.value_of(path)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise self._other(path, "a whole number")

    def boolean(self, path: str) -> bool:
        """The truth value at ``path``."""
        value = self.value_of(path)
        if isinstance(value, bool):
            return value
        raise self._other(path, "true or false")

    def decimal(self, path: str) -> Decimal:
        """The decimal number at ``path``."""
        value = self.value_of(path)
        if isinstance(value, Decimal):
            return value
        raise self._other(path, "a decimal number")

    def text(self, path: str) -> str:
        """The text at ``path``: the text as written, of whichever type the value is."""
        if not path and self.lexical is not None:
            return self.lexical
        parent, attribute = _split(path)
        lexical = self.node(parent).lexical if attribute is None else lexical_of(self.value_of(path))
        if lexical is None:
            raise self._other(path, "text")
        return lexical

    def octets(self, path: str) -> bytes:
        """The bytes at ``path``."""
        value = self.value_of(path)
        if isinstance(value, bytes):
            return value
        raise self._other(path, "bytes")

    def eui(self, path: str) -> EUI64:
        """The EUI-64 at ``path``."""
        value = self.value_of(path)
        if isinstance(value, EUI64):
            return value
        raise self._other(path, "an EUI-64")

    def moment(self, path: str) -> datetime:
        """The date and time at ``path``, aware, in UTC."""
        value = self.value_of(path)
        if isinstance(value, datetime):
            return value
        raise self._other(path, "a date and time")

    def day(self, path: str) -> date:
        """The date at ``path``."""
        value = self.value_of(path)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        raise self._other(path, "a date")

    def clock(self, path: str) -> time:
        """The time of day at ``path``, in UTC, naive."""
        value = self.value_of(path)
        if isinstance(value, time):
            return value
        raise self._other(path, "a time of day")

    def _other(self, path: str, what: str) -> Malformed:
        return Malformed(f"{self.name}/{path}", f"is {what}")


def leaf(name: str, value: Value, /, *, lexical: str | None = None, **attributes: Value) -> Node:
    """Build an element with a value.

    Bytes are written in base64; give ``lexical`` for a hexBinary or to choose another form.
    """
    return Node(name, attributes or NO_ATTRIBUTES, value, lexical_of(value) if lexical is None else lexical)


def branch(name: str, /, *children: Node, **attributes: Value) -> Node:
    """Build an element with child elements, or an empty one."""
    return Node(name, attributes or NO_ATTRIBUTES, children=children)


def lexical_of(value: Value) -> str:
    """The text DUIS writes for a value; times in UTC with ``Z``, milliseconds only where there are some."""
    match value:
        case bool():
            return "true" if value else "false"
        case EUI64():
            return str(value)
        case bytes():
            return b64encode(value).decode("ascii")
        case datetime():
            return _moment_text(value)
        case date() | time():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


def _moment_text(value: datetime) -> str:
    if value.tzinfo is None:
        raise Malformed("dateTime", "carries a time zone")
    exact = value.astimezone(UTC)
    part = exact.microsecond
    precision = "seconds" if not part else "microseconds" if part % 1000 else "milliseconds"
    return exact.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


@lru_cache(maxsize=1024)
def _split(path: str) -> tuple[str, str | None]:
    if "@" not in path:
        return path, None
    parent, _, last = path.rpartition("/")
    return (parent, last[1:]) if last.startswith("@") else (path, None)
