"""The words in which a use case is declared: what goes on the wire, from which DUIS element, to which MMC element.

A declaration is data. ``Get``, ``Set`` and ``Action`` are the items of an access request in wire order; each says
where its value comes from (a ``Write``, from the DUIS body) or where its answer goes (a ``Read``, into MMC).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from schemas.duis.node import Node
from schemas.errors import Malformed
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, Item, Result, Selection
from schemas.gbcs.dlms.data import NULL, Data


class DeviceType(StrEnum):
    """Device types, as DUIS and GBCS name them; SAPC is GBCS's alone."""

    ESME = "ESME"
    GSME = "GSME"
    CHF = "CHF"
    GPF = "GPF"
    PPMID = "PPMID"
    HCALCS = "HCALCS"
    SAPC = "SAPC"


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

    def of(self, index: int) -> Attribute:
        """The attribute of one index."""
        return attribute(self.class_id, self.obis.format(self.base + index), self.member)

    def at(self, node: Node) -> Attribute:
        """The attribute that a DUIS element means."""
        return self.of(node.integer(self.by))


Place = tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
"""Elements on the way down, each with its attributes."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of MMC: a node, and the elements above it below the ``...Rsp`` element."""

    node: Node
    under: Place = ()


Where = Attribute | Indexed
Write = Callable[[Node], Data]
Read = Callable[[Data], Iterable[Part]]
Select = Callable[[Node], Selection]


@dataclass(frozen=True, slots=True)
class Get:
    """Read an attribute; ``select`` makes it a GET with selective access."""

    where: Attribute
    read: Read
    select: Select | None = None

    def items(self, body: Node) -> Iterator[Item]:
        """The one item."""
        selection = self.select(body) if self.select else None
        choice = Choice.GET if selection is None else Choice.GET_WITH_SELECTION
        yield Item(choice, self.where.class_id, self.where.obis, self.where.member, NULL, selection)


@dataclass(frozen=True, slots=True)
class Set:
    """Write an attribute."""

    where: Where
    value: Write

    def items(self, body: Node) -> Iterator[Item]:
        """The one item."""
        yield _item(Choice.SET, self.where, self.value, body)


@dataclass(frozen=True, slots=True)
class Action:
    """Invoke a method."""

    where: Where
    parameter: Write
    read: Read | None = None

    def items(self, body: Node) -> Iterator[Item]:
        """The one item."""
        yield _item(Choice.ACTION, self.where, self.parameter, body)


def _always(body: Node) -> bool:
    return True


def _matches(step: Get | Set | Action, item: Item, index: int | None) -> list[int | None]:
    """The indexes under which ``item`` is that of ``step``: none if it is not, [None] if the step has no index."""
    if isinstance(step, Get):
        choice = Choice.GET if step.select is None else Choice.GET_WITH_SELECTION
    else:
        choice = Choice.SET if isinstance(step, Set) else Choice.ACTION
    if item.choice is not choice:
        return []
    found = Attribute(item.class_id, item.obis, item.member)
    if isinstance(step.where, Attribute):
        return [None] if step.where == found else []
    return [each for each in step.where.indexes if index in (None, each) and step.where.of(each) == found]


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


@dataclass(frozen=True, slots=True)
class Each:
    """The same steps for each child ``element`` of the body that ``when`` picks, in document order."""

    element: str
    steps: tuple[Set | Action, ...]
    when: Callable[[Node], bool] = _always

    def items(self, body: Node) -> Iterator[Item]:
        """The items of every child."""
        for child in filter(self.when, body.all(self.element)):
            for step in self.steps:
                yield from step.items(child)


Step = Get | Set | Action | Each


def _item(choice: Choice, where: Where, value: Write, body: Node) -> Item:
    place = where if isinstance(where, Attribute) else where.at(body)
    return Item(choice, place.class_id, place.obis, place.member, value(body))


@dataclass(frozen=True, slots=True)
class UseCase:
    """One GBCS use case, whole.

    Attributes:
        name: e.g. ``ECS47a``.
        code: GBCS message code.
        service: service reference variant, e.g. ``7.13``.
        element: element of the DUIS body.
        critical: the user signs the pre-command and the device signs its response.
        devices: device types that take the command.
        steps: the items on the wire.
        response: the MMC element of the answer.
        dated_response: the response's header carries a date-time (gbcs-reference 1.6).
        brokered: RTDS shows the command originated by the access control broker on the user's behalf.
        applies: tells use cases of one service and element apart by the body.
    """

    name: str
    code: int
    service: str
    element: str
    critical: bool
    devices: frozenset[DeviceType]
    steps: tuple[Step, ...]
    response: str
    dated_response: bool = False
    brokered: bool = False
    applies: Callable[[Node], bool] = _always

    def request(self, body: Node, liid: int) -> AccessRequest:
        """The access request for a DUIS body.

        Raises:
            Malformed: naming the DUIS element that GBCS cannot carry.
        """
        items = tuple(item for step in self.steps for item in step.items(body))
        if not items:
            raise Malformed(self.element, "asks for nothing: GBCS carries no empty access request")
        return AccessRequest(liid, items)

    def fits(self, items: Sequence[Item]) -> bool:
        """Whether ``items`` are this use case's, whole and in order: a device's check of a command's form.

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

    def answer(self, response: AccessResponse) -> list[Part]:
        """The MMC parts of a response's values, in order; a failed item leaves its part out.

        Raises:
            Malformed: where values do not have the form that the use case declares.
        """
        reads = [step.read if isinstance(step, Get | Action) else None for step in self.steps]
        if not any(reads):
            return []
        if len(reads) != len(response.data):
            raise Malformed("data count", f"is {len(reads)} in a response of {self.name}, not {len(response.data)}")
        parts: list[Part] = []
        for read, value, (_, result) in zip(reads, response.data, response.results, strict=True):
            if read is not None and result == Result.SUCCESS:
                parts.extend(read(value))
        return parts
