"""Load control explained: packed words by controller, direction and level, or by switch and what it does."""

from schemas.errors import Malformed
from schemas.gbcs.auxiliary import (
    LIMIT_SCRIPT,
    SET_STATE_SCRIPT,
    CommandedState,
    Direction,
    calendar_state,
)

SCRIPTS = (SET_STATE_SCRIPT, LIMIT_SCRIPT)

SWITCH_ACTIONS = {0x11: "activate", 0x12: "deactivate", 0x20: "reset to the calendar"}
"""Low octet of ECS47's script parameter; the high one is the switch."""

_ROW_ACTIONS = {1: "activate", 2: "deactivate"}


def script_parameter(word: int) -> str:
    """The parameter of the set-state or limit-level script: ECS47a and ECS47e's packed word, or ECS47's."""
    low = word & 0xFF
    if word >> 12 == 0 and low in SWITCH_ACTIONS:
        return f"{word:04X}: {SWITCH_ACTIONS[low]} switch {word >> 8}"
    try:
        return f"{word:04X}: {_commanded(CommandedState.from_word(word))}"
    except Malformed:
        return f"{word:04X}"


def direction_and_index(octet: int) -> str:
    """The high octet of a packed word, as alerts ECS101 and ECS102 carry it."""
    if octet >> 4 in (Direction.OUTPUT, Direction.INPUT):
        return f"{octet:02X}: controller {octet & 0xF}, {Direction(octet >> 4).name.lower()}"
    return f"{octet:02X}"


def _commanded(state: CommandedState) -> str:
    return f"controller {state.controller}, {state.direction.name.lower()}, level {state.level} %"


def schedule_selector(selector: int) -> str:
    """The selector of a row of the controllers' calendar: a commanded state (ECS46d), or a switch (ECS46c)."""
    try:
        return f"{selector:04X}: {_commanded(calendar_state(selector))}"
    except Malformed:
        action = _ROW_ACTIONS.get(selector & 0xFF)
        return f"{selector:04X}: {action} switch {selector >> 8}" if action else f"{selector:04X}"
