"""DLMS content: ``Get``, ``Set`` and ``Action`` are the items of an access request in wire order.

Each says where its value comes from (a ``Write``, from the DUIS body) or where its answer goes (a ``Read``, into MMC).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, Item, Result, Selection, decode_dlms, liid
from schemas.gbcs.dlms.data import NULL, Data
from schemas.gbcs.envelope import Message
from schemas.gbcs.sealed import Opener
from schemas.gbcs.use_cases.declare import Answer, Context, Part


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute or method of a COSEM object.

    Attributes:
        class_id: COSEM class.
        obis: logical name, 6 octets.
        member: attribute or method id.
    """

    class_id: int
    obis: bytes
    member: int


@lru_cache(maxsize=4096)  # above the attributes that are declared, of every index
def attribute(class_id: int, obis: str, member: int) -> Attribute:
    """An Attribute from the logical name as it is written, ``0-0:94.44.0.1`` (the sixth part 255 where absent)."""
    medium, rest = obis.split(":")
    parts = [int(part) for part in (*medium.split("-"), *rest.split("."))]
    return Attribute(class_id, bytes(parts if len(parts) == 6 else [*parts, 255]), member)


@dataclass(frozen=True, slots=True)
class Indexed:
    """The same attribute of several objects, told apart by one part of the logical name.

    Attributes:
        obis: the logical name as it is written, ``{}`` for the part that differs.
        base: what is added to the index to give that part.
        by: path of the index in the DUIS element.
        indexes: which there are.
    """

    class_id: int
    obis: str
    base: int
    member: int
    by: str = "@index"
    indexes: range = range(1, 6)
    _known: dict[int, Attribute] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, index: int) -> Attribute:
        """The attribute of one index."""
        known = self._known.get(index)
        if known is None:
            known = attribute(self.class_id, self.obis.format(self.base + index), self.member)
            if index in self.indexes:
                self._known[index] = known
        return known

    def at(self, node: Node) -> Attribute:
        """The attribute that a DUIS element means."""
        return self.of(node.integer(self.by))


Where = Attribute | Indexed
Write = Callable[[Node], Data]
WriteInContext = Callable[[Node, Context], Data]
Read = Callable[[Data], Iterable[Part]]
Arrange = Callable[[Sequence[Data | None]], Iterable[Part]]
Select = Callable[[Node], Selection]


@dataclass(frozen=True, slots=True)
class Get:
    """Read an attribute; ``select`` makes it a GET with selective access."""

    where: Attribute
    read: Read
    select: Select | None = None

    @property
    def choice(self) -> Choice:
        """GET, with selection or without."""
        return Choice.GET if self.select is None else Choice.GET_WITH_SELECTION

    def items(self, body: Node, context: Context) -> tuple[Item]:
        """The one item."""
        selection = self.select(body) if self.select else None
        return (Item(self.choice, self.where.class_id, self.where.obis, self.where.member, NULL, selection),)


@dataclass(frozen=True, slots=True)
class Set:
    """Write an attribute."""

    where: Where
    value: Write

    @property
    def choice(self) -> Choice:
        """SET."""
        return Choice.SET

    def items(self, body: Node, context: Context) -> tuple[Item]:
        """The one item."""
        return (_item(Choice.SET, self.where, self.value(body), body),)


@dataclass(frozen=True, slots=True)
class SetInContext:
    """Write an attribute with a value that the request does not carry."""

    where: Attribute
    value: WriteInContext

    @property
    def choice(self) -> Choice:
        """SET."""
        return Choice.SET

    def items(self, body: Node, context: Context) -> tuple[Item]:
        """The one item."""
        return (_item(Choice.SET, self.where, self.value(body, context), body),)


@dataclass(frozen=True, slots=True)
class Action:
    """Invoke a method."""

    where: Where
    parameter: Write
    read: Read | None = None

    @property
    def choice(self) -> Choice:
        """ACTION."""
        return Choice.ACTION

    def items(self, body: Node, context: Context) -> tuple[Item]:
        """The one item."""
        return (_item(Choice.ACTION, self.where, self.parameter(body), body),)


@dataclass(frozen=True, slots=True)
class ActionInContext:
    """Invoke a method whose parameter also takes identities and counters of the message (data protection)."""

    where: Attribute
    parameter: WriteInContext
    read: Read | None = None

    @property
    def choice(self) -> Choice:
        """ACTION."""
        return Choice.ACTION

    def items(self, body: Node, context: Context) -> tuple[Item]:
        """The one item."""
        return (_item(Choice.ACTION, self.where, self.parameter(body, context), body),)


Single = Get | Set | SetInContext | Action | ActionInContext


def _always(body: Node) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Each:
    """The same steps for each child ``element`` of the body that ``when`` picks, in document order."""

    element: str
    steps: tuple[Set | Action, ...]
    when: Callable[[Node], bool] = _always

    def items(self, body: Node, context: Context) -> Iterator[Item]:
        """The items of every child."""
        for child in filter(self.when, body.all(self.element)):
            for step in self.steps:
                yield from step.items(child, context)


Step = Single | Each


@dataclass(frozen=True, slots=True)
class Access:
    """A DLMS access request and its response.

    Attributes:
        arrange: reads all values of a response together, None for each that failed, where MMC gathers several of
            them in one element; the steps' own reads are not used then.
    """

    steps: tuple[Step, ...]
    arrange: Arrange | None = None

    def encode(self, element: str, body: Node, context: Context) -> bytes:
        """The access request for a DUIS body."""
        items: list[Item] = []
        for step in self.steps:
            items += step.items(body, context)
        if not items:
            raise Malformed(element, "asks for nothing: GBCS carries no empty access request")
        return AccessRequest(liid(context.counter), tuple(items)).encode()

    def fits(self, items: Sequence[Item]) -> bool:
        """Whether ``items`` are these, whole and in order: a device's check of a command's form.

        Indexed objects of a command are of one index, those of each repetition too, and no repetition comes twice.
        """
        rest, index = list(items), None
        for step in self.steps:
            if isinstance(step, Each):
                seen: set[int | None] = set()
                while (found := _repetition(step, rest)) is not None and found not in seen:
                    seen.add(found)
                    del rest[: len(step.steps)]
                continue
            matches = [] if not rest else _matches(step, rest[0], index)
            if not matches:
                return False
            index = matches[0] if matches[0] is not None else index
            del rest[0]
        return not rest and bool(items)

    def answer(self, name: str, message: Message, opener: Opener | None = None) -> Answer:
        """Values by the steps' reads, results as COSEM words. Nothing is encrypted but what ``Protected`` reads."""
        response = decode_dlms(message.payload)
        if not isinstance(response, AccessResponse):
            raise Malformed("DLMS tag", f"is DA, an access response, in a response of {name}")
        if not response.results:
            raise Malformed("result count", f"is at least 1 in a response of {name}")
        results = [
            branch("COSEMResponse", _result(choice, result), ResponseCode=result, Position=position)
            for position, (choice, result) in enumerate(response.results, start=1)
        ]
        return Answer(response.succeeded, self._parts(name, response), branch("COSEMDebug", *results))

    def _parts(self, name: str, response: AccessResponse) -> list[Part]:
        reads = [None if isinstance(step, Set | SetInContext | Each) else step.read for step in self.steps]
        if not any(reads):
            return []
        if len(reads) != len(response.data):
            raise Malformed("data count", f"is {len(reads)} in a response of {name}, not {len(response.data)}")
        if self.arrange is not None:
            succeeded = (result == Result.SUCCESS for _, result in response.results)
            return list(self.arrange([v if good else None for v, good in zip(response.data, succeeded, strict=True)]))
        parts: list[Part] = []
        for read, value, (_, result) in zip(reads, response.data, response.results, strict=True):
            if read is not None and result == Result.SUCCESS:
                parts.extend(read(value))
        return parts


def _item(choice: Choice, where: Where, value: Data, body: Node) -> Item:
    place = where if isinstance(where, Attribute) else where.at(body)
    return Item(choice, place.class_id, place.obis, place.member, value)


def _matches(step: Single, item: Item, index: int | None) -> list[int | None]:
    """The indexes under which ``item`` is that of ``step``: none if it is not, [None] if the step has no index."""
    if item.choice is not step.choice:
        return []
    found = Attribute(item.class_id, item.obis, item.member)
    if isinstance(step.where, Attribute):
        return [None] if step.where == found else []
    indexes = step.where.indexes if index is None else (index,)
    return [each for each in indexes if each in step.where.indexes and step.where.of(each) == found]


def _repetition(each: Each, items: Sequence[Item]) -> int | None:
    """The index of one repetition of ``each`` at the head of ``items``, or None if there is none (0 without index)."""
    index: int | None = None
    if len(items) < len(each.steps):
        return None
    for step, item in zip(each.steps, items, strict=False):
        matches = _matches(step, item, index)
        if not matches:
            return None
        index = matches[0] if matches[0] is not None else index
    return 0 if index is None else index


@lru_cache(maxsize=512)
def _result(choice: Choice, result: int) -> Node:
    name = "ActionResult" if choice is Choice.ACTION else "DataAccessResult"
    try:
        word = Result(result).name.lower().replace("_", "-")
    except ValueError:
        return leaf(name, "response-code-not-known")
    if choice is Choice.ACTION:
        if result == Result.DATA_BLOCK_NUMBER_INVALID:  # a result of reads and writes alone
            return leaf(name, "response-code-not-known")
        word = word.replace("long-get", "long-action").replace("long-set", "long-action")
    return leaf(name, word)
