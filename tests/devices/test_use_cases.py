"""Message codes at the device: each takes the items that the table declares for it, whole, in order, and no others."""

import pytest

from devices.esme import ESME
from devices.sapc import SAPC
from devices.use_cases import UseCase
from schemas.errors import Malformed
from schemas.gbcs.use_cases.access import Access
from schemas.gbcs.use_cases.declare import DeviceType
from schemas.gbcs.use_cases.table import by_code
from tests.devices.forms import items_of

CASES = sorted({*ESME.use_cases, *SAPC.use_cases}, key=lambda use_case: use_case.code)


@pytest.mark.parametrize("use_case", CASES, ids=lambda use_case: use_case.name)
def test_all_use_cases_of_a_code_are_alike_in_protection(use_case: UseCase) -> None:
    for declared in by_code(use_case.code) if use_case.content is Access else use_case.declared:
        assert (declared.critical or declared.broker_signs, declared.dated_response) == (
            use_case.critical,
            use_case.dated,
        )


@pytest.mark.parametrize("use_case", SAPC.use_cases, ids=lambda use_case: use_case.name)
def test_a_sapc_takes_what_the_dcc_sends_to_one(use_case: UseCase) -> None:
    assert all(DeviceType.SAPC in declared.devices for declared in use_case.declared)


@pytest.mark.parametrize("use_case", [each for each in CASES if each.content is Access], ids=lambda each: each.name)
@pytest.mark.parametrize("index", range(1, 6))
def test_forms_are_whole_and_in_order(use_case: UseCase, index: int) -> None:
    items = items_of(use_case, index)
    use_case.check(items)
    wrong = [[*items, items[0]], []]
    if len(items) > 1:
        wrong += [items[:-1], items[::-1]]
    for each in wrong:
        with pytest.raises(Malformed, match=use_case.name):
            use_case.check(each)


def test_objects_of_one_command_are_of_one_controller() -> None:
    (set_state,) = (use_case for use_case in SAPC.use_cases if use_case.name == "ECS47a")
    mixed = [items_of(set_state, 1)[0], *items_of(set_state, 2)[1:]]
    with pytest.raises(Malformed):
        set_state.check(mixed)


def test_repeated_items_come_once_each_in_any_order() -> None:
    (descriptions,) = (use_case for use_case in ESME.use_cases if use_case.name == "ECS46a")
    items = [items_of(descriptions, index)[0] for index in range(1, 6)]
    descriptions.check(items)
    descriptions.check(items[::-2])
    with pytest.raises(Malformed):
        descriptions.check([items[0], items[0]])
