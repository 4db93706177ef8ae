"""When the levels of auxiliary controllers may change, from their state: what their timer and their meter go by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.gbcs.auxiliary import Direction

if TYPE_CHECKING:
    from datetime import datetime

    from devices.auxiliary_state import AuxiliaryState

_DIRECTIONS = tuple(Direction)


def of_all(state: AuxiliaryState) -> list[datetime]:
    """Those of every controller: activations that are pending, and the end of the boost that runs."""
    moments = [activation.moment for activation in state.activations] if state.activations else []
    running = state.boost.running
    return moments if running is None else [*moments, running[1]]


def of_one(state: AuxiliaryState, number: int, now: datetime) -> list[datetime]:
    """Those after ``now`` that are controller ``number``'s own, 1 to 5, in no order: its periods, its calendar."""
    controller, moments = state.controllers[number - 1], []
    for period in (*controller.set_states, *controller.limits):
        if period.start > now:
            moments.append(period.start)
        if period.end is not None and period.end > now:
            moments.append(period.end)
    if state.active.rows:
        late = state.late
        for direction in _DIRECTIONS:
            change = state.active.next_change(number, direction, now - late)
            moments += [] if change is None else [change + late]
    return moments
