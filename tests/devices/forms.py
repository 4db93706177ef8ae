"""The items that the table of use cases declares, as a command would hold them."""

from devices.use_cases import UseCase
from schemas.gbcs.dlms.access import Choice, Item
from schemas.gbcs.dlms.data import NULL
from schemas.gbcs.use_cases.declare import Action, Each, Get, Indexed, Set


def items_of(use_case: UseCase, index: int) -> list[Item]:
    """The items of a command with every step once, for one index."""
    steps: list[Get | Set | Action] = []
    for step in use_case.declared[0].steps:
        steps += step.steps if isinstance(step, Each) else [step]
    items = []
    for each in steps:
        where = each.where.of(index) if isinstance(each.where, Indexed) else each.where
        choice = Choice.GET if isinstance(each, Get) else Choice.SET if isinstance(each, Set) else Choice.ACTION
        items.append(Item(choice, where.class_id, where.obis, where.member, NULL))
    return items
