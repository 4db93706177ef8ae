"""The items that the table of use cases declares, as a command would hold them."""

from devices.use_cases import UseCase
from schemas.gbcs.dlms.access import Choice, Item, Selection
from schemas.gbcs.dlms.data import NULL
from schemas.gbcs.use_cases.access import Access, Each, Indexed, Single


def items_of(use_case: UseCase, index: int) -> list[Item]:
    """The items of a command with every step once, for one index."""
    content = use_case.declared[0].content
    assert isinstance(content, Access)
    steps: list[Single] = []
    for step in content.steps:
        steps += step.steps if isinstance(step, Each) else [step]
    items = []
    for each in steps:
        where = each.where.of(index) if isinstance(each.where, Indexed) else each.where
        selection = Selection(1, NULL) if each.choice is Choice.GET_WITH_SELECTION else None
        items.append(Item(each.choice, where.class_id, where.obis, where.member, NULL, selection))
    return items
