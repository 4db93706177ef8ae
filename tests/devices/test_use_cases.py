"""The devices' table of use cases against the one the DCC transforms by: written apart, they must agree."""

import pytest

from devices.esme import ESME
from devices.objects import Member
from devices.sapc import SAPC
from devices.use_cases import CALENDAR, DESCRIPTIONS, UseCase
from schemas.errors import Malformed
from schemas.gbcs.dlms.access import Choice, Item
from schemas.gbcs.use_cases.declare import DeviceType, Get
from schemas.gbcs.use_cases.table import by_code

CASES = sorted({*ESME.use_cases, *SAPC.use_cases}, key=lambda use_case: use_case.code)


@pytest.mark.parametrize("use_case", CASES, ids=lambda use_case: use_case.name)
def test_the_dcc_declares_it_alike(use_case: UseCase) -> None:
    declared = by_code(use_case.code)
    assert declared
    for other in declared:
        assert other.name.startswith(use_case.name)
        assert (other.critical, other.dated_response) == (use_case.critical, use_case.dated)
        if not use_case.critical:
            gets = [step.where for step in other.steps if isinstance(step, Get)]
            members = tuple((Choice.GET, Member(get.class_id, get.obis, get.member)) for get in gets)
            assert use_case.forms == (members,)


@pytest.mark.parametrize("use_case", SAPC.use_cases, ids=lambda use_case: use_case.name)
def test_a_sapc_takes_what_the_dcc_sends_to_one(use_case: UseCase) -> None:
    if use_case.name != "ECS70":  # the DCC sends that to meters only; a SAPC needs a clock nevertheless
        assert all(DeviceType.SAPC in other.devices for other in by_code(use_case.code))


def item(choice: Choice, member: Member) -> Item:
    return Item(choice, member.class_id, member.obis, member.number)


def test_forms_are_whole_and_in_order() -> None:
    (form,) = CALENDAR.forms
    items = [item(*step) for step in form]
    CALENDAR.check(items)
    for wrong in (items[:3], items[::-1], [*items, items[0]], [items[0], *items], []):
        with pytest.raises(Malformed, match="ECS46d"):
            CALENDAR.check(wrong)


def test_choosable_items_come_once_each_in_any_order() -> None:
    items = [item(*step) for step in DESCRIPTIONS.choosable]
    DESCRIPTIONS.check(items)
    DESCRIPTIONS.check(items[::-2])
    for wrong in ([], [items[0], items[0]]):
        with pytest.raises(Malformed):
            DESCRIPTIONS.check(wrong)
