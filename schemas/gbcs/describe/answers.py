"""Which object each item of an access response answers for: a response names none, its use case does."""

from __future__ import annotations

from functools import lru_cache

from schemas.gbcs.dlms.access import Choice
from schemas.gbcs.use_cases.access import Access, Attribute, Each, Step
from schemas.gbcs.use_cases.declare import Content
from schemas.gbcs.use_cases.protected import Protected
from schemas.gbcs.use_cases.table import by_code


@lru_cache(maxsize=512)
def asked(code: int, choices: tuple[Choice, ...]) -> tuple[Attribute | None, ...]:
    """The attributes or methods that a command asked for, in order; None for each that is not known.

    Args:
        code: message code of command and response. Of several use cases with one code, the first that fits.
        choices: what the items of the response answer: GET, SET or ACTION.
    """
    for use_case in by_code(code):
        places = _places(use_case.content, choices)
        if places is not None:
            return places
    return (None,) * len(choices)


def _places(content: Content, choices: tuple[Choice, ...]) -> tuple[Attribute | None, ...] | None:
    """The places of one use case, or None where a response of it has other items."""
    if isinstance(content, Protected):
        return (content.through,) if choices == (Choice.ACTION,) else None
    if not isinstance(content, Access):
        return None
    repeated = [place for place, step in enumerate(content.steps) if isinstance(step, Each)]
    if not repeated:
        return _known(content.steps, choices)
    # How often the steps between are repeated, the request alone says.
    head, tail = content.steps[: repeated[0]], content.steps[repeated[-1] + 1 :]
    end = len(choices) - len(tail)
    if end < len(head):
        return None
    before, after = _known(head, choices[: len(head)]), _known(tail, choices[end:])
    if before is None or after is None:
        return None
    return before + (None,) * (end - len(head)) + after


def _known(steps: tuple[Step, ...], choices: tuple[Choice, ...]) -> tuple[Attribute | None, ...] | None:
    places: list[Attribute | None] = []
    if len(steps) != len(choices):
        return None
    for step, choice in zip(steps, choices, strict=True):
        if isinstance(step, Each) or _answered(step.choice) is not choice:
            return None
        # Of indexed objects the request alone says which.
        places.append(step.where if isinstance(step.where, Attribute) else None)
    return tuple(places)


def _answered(choice: Choice) -> Choice:
    return Choice.GET if choice is Choice.GET_WITH_SELECTION else choice
