"""Which object each item of an access response answers for: a response names none, its use case does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from schemas.gbcs.dlms.access import Choice
from schemas.gbcs.names.cosem import member_name, object_name
from schemas.gbcs.use_cases.access import Access, Attribute, Each, Indexed, Step
from schemas.gbcs.use_cases.declare import Content
from schemas.gbcs.use_cases.protected import Protected
from schemas.gbcs.use_cases.table import by_code


@dataclass(frozen=True, slots=True)
class Asked:
    """What one item of a command asked for.

    Attributes:
        choice: GET, SET or ACTION.
        where: the attribute or method.
        exact: it is this one. Else it is one of several of the same kind, and the command alone says which.
    """

    choice: Choice
    where: Attribute
    exact: bool = True

    @property
    def name(self) -> str:
        """Object and attribute or method by name; without the number of an object that is one of several."""
        known = object_name(self.where.obis)
        if not self.exact:
            known = known.rstrip("0123456789").rstrip()
        return f"{known}, {member_name(self.where.class_id, self.where.member, self.choice is Choice.ACTION)}"


@lru_cache(maxsize=512)
def asked(code: int, choices: tuple[Choice, ...]) -> tuple[Asked | None, ...]:
    """What a command asked for, item by item; None for each that is not known.

    Args:
        code: message code of command and response. Of several use cases with one code, the first that fits.
        choices: what the items of the response answer: GET, SET or ACTION.
    """
    for use_case in by_code(code):
        items = _items(use_case.content, len(choices))
        if tuple(item.choice for item in items) == choices:
            return items
    return (None,) * len(choices)


def _items(content: Content, count: int) -> tuple[Asked, ...]:
    """The items of a command of one use case, if it has ``count`` of them."""
    if isinstance(content, Protected):
        return (Asked(Choice.ACTION, content.through),)
    return tuple(_expanded(content.steps, count)) if isinstance(content, Access) else ()


def _expanded(steps: Sequence[Step], count: int) -> Iterator[Asked]:
    """The items of all steps; those that are repeated, as often as ``count`` leaves room for.

    Of several that are, each once: with more or fewer items it is not known which they are.
    """
    repeated = [len(step.steps) for step in steps if isinstance(step, Each)]
    left = count - (len(steps) - len(repeated))
    times = left // repeated[0] if len(repeated) == 1 else int(left == sum(repeated))
    for step in steps:
        if isinstance(step, Each):
            for _ in range(times):
                yield from (_item(inner.choice, inner.where, repeated=times > 1) for inner in step.steps)
        else:
            yield _item(step.choice, step.where)


def _item(choice: Choice, where: Attribute | Indexed, *, repeated: bool = False) -> Asked:
    answered = Choice.GET if choice is Choice.GET_WITH_SELECTION else choice
    if isinstance(where, Indexed):
        return Asked(answered, where.of(where.indexes[0]), exact=False)
    return Asked(answered, where, exact=not repeated)
