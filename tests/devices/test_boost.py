"""The boost button and the log that the auxiliary controllers keep."""

from dataclasses import replace
from datetime import timedelta

import pytest

from devices.auxiliary_state import Controller, ControllerType, Level, Rule
from devices.boost import Boost
from devices.esme import ESME
from devices.event_log import CAPACITY, Action, ControllerEntry, Outcome
from schemas.errors import NotPossible
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import CommandedState, Direction
from tests.devices.home import ESME_EUI, NEW_YEAR, identity

HOUR = timedelta(hours=1)
OUTPUT = Direction.OUTPUT


def meter() -> ESME:
    """Switch 1 and APC 2 on the boost button, HCALCS 3 not."""
    switch, apc = Controller(1, ControllerType.ALCS), Controller(2, ControllerType.APC)
    hcalcs = Controller(3, ControllerType.HCALCS, EUI64.parse("1234567890ABCDEF"))
    some = ESME(identity(ESME_EUI), controllers=(switch, apc, hcalcs))
    state = some.auxiliary.state.boost.associated(1, True).associated(2, True)
    some.auxiliary.state = replace(some.auxiliary.state, boost=state)
    return some


def test_a_boost_goes_over_a_set_state_and_under_a_limit() -> None:
    some = meter()
    some.auxiliary.set_state(CommandedState(1, 0), NEW_YEAR, None, NEW_YEAR)
    some.auxiliary.limit(CommandedState(2, 30), NEW_YEAR, None, NEW_YEAR)
    some.auxiliary.set_state(CommandedState(3, 0), NEW_YEAR, None, NEW_YEAR)
    some.start_boost(NEW_YEAR, HOUR)
    assert some.level(1, OUTPUT, NEW_YEAR) == Level(100, Rule.BOOST)
    assert some.level(2, OUTPUT, NEW_YEAR) == Level(30, Rule.LIMIT)
    assert some.level(3, OUTPUT, NEW_YEAR) == Level(0, Rule.SET_STATE)
    assert some.level(1, Direction.INPUT, NEW_YEAR) == Level(0, Rule.DEFAULT)
    assert some.next_timer() == NEW_YEAR + HOUR
    some.handle_timer(NEW_YEAR + HOUR)
    assert some.level(1, OUTPUT, NEW_YEAR + HOUR) == Level(0, Rule.SET_STATE)
    assert some.auxiliary.state.boost.log == ((NEW_YEAR, NEW_YEAR + HOUR),)


def test_a_boost_ends_by_hand_or_by_the_next() -> None:
    some = meter()
    some.start_boost(NEW_YEAR, 2 * HOUR)
    some.start_boost(NEW_YEAR + HOUR, 2 * HOUR)
    some.end_boost(NEW_YEAR + 2 * HOUR)
    some.end_boost(NEW_YEAR + 2 * HOUR)
    log = some.auxiliary.state.boost.log
    assert log == ((NEW_YEAR, NEW_YEAR + HOUR), (NEW_YEAR + HOUR, NEW_YEAR + 2 * HOUR))
    assert some.next_timer() is None


def test_no_button_no_boost_and_no_empty_boost() -> None:
    with pytest.raises(NotPossible, match="available"):
        Boost(available=False).started(NEW_YEAR, NEW_YEAR + HOUR)
    with pytest.raises(NotPossible, match="ends after"):
        Boost().started(NEW_YEAR, NEW_YEAR)


def test_what_is_done_to_a_controller_is_logged() -> None:
    some = meter().auxiliary
    some.set_state(CommandedState(1, 100), NEW_YEAR, NEW_YEAR + HOUR, NEW_YEAR)
    some.settle(NEW_YEAR + HOUR)
    some.set_state(CommandedState(1, 0), NEW_YEAR, None, NEW_YEAR)
    some.release(1, (OUTPUT,), NEW_YEAR)
    actions = [(entry.action, entry.outcome) for entry in some.state.log]
    assert actions == [(each, Outcome.SUCCESS) for each in (Action.ON, Action.REVERT, Action.OFF, Action.REVERT)]


def test_an_hcalcs_answers_under_the_id_of_its_command() -> None:
    some = meter().auxiliary
    some.set_state(CommandedState(3, 100), NEW_YEAR, None, NEW_YEAR)
    assert some.state.log == ()  # only what goes over the HAN is logged
    some.record_command(3, Action.ON, 1420070400, NEW_YEAR)
    (asked,) = some.state.log
    assert asked == ControllerEntry(NEW_YEAR, 3, Action.ON, Outcome.NOT_KNOWN, 1420070400)
    some.record_answer(3, asked.command_id, Outcome.FAILURE, NEW_YEAR)
    assert some.state.log[1] == ControllerEntry(NEW_YEAR, 3, Action.HCALCS_ANSWER, Outcome.FAILURE, 1420070400)


def test_the_log_holds_the_last_hundred() -> None:
    some = meter().auxiliary
    for second in range(CAPACITY + 2):
        some.release(1, (OUTPUT,), NEW_YEAR + timedelta(seconds=second))
    assert len(some.state.log) == CAPACITY
    assert some.state.log[0].moment == NEW_YEAR + timedelta(seconds=2)
