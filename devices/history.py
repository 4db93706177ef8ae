"""What the auxiliary controllers were told, and since when: so that a level of the past can be explained."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from devices.auxiliary_state import AuxiliaryState


class History:
    """The states of the controllers by the device's clock, each from its moment until the next.

    Only what decides levels is told apart: logs are not, nor values that no script has used. A clock that is put
    back forgets what, by its new time, has not happened yet.

    Args:
        state: the first, which is also that of any moment before the first change.
    """

    def __init__(self, state: AuxiliaryState) -> None:
        self._first = _deciding(state)
        self._moments: list[datetime] = []
        self._states: list[AuxiliaryState] = []

    def record(self, now: datetime, state: AuxiliaryState) -> None:
        """The state is ``state`` from ``now`` on."""
        known = bisect_right(self._moments, now)
        del self._moments[known:], self._states[known:]
        state = _deciding(state)
        known_state = self._states[-1] if self._states else self._first
        if state != known_state or state.active.origin != known_state.active.origin:
            self._moments.append(now)
            self._states.append(state)

    def state(self, moment: datetime) -> AuxiliaryState:
        """The state at ``moment``, past or coming; of those that began at one moment the last."""
        known = bisect_right(self._moments, moment)
        return (self._states[known - 1] if known else self._first).projected(moment)

    def changes(self, after: datetime | None, before: datetime) -> list[datetime]:
        """The moments after ``after``, if given, and before ``before`` at which the state changed or is to change."""
        last = self._states[-1] if self._states else self._first
        moments = [*self._moments, *(activation.moment for activation in last.activations)]
        return sorted(moment for moment in moments if (after is None or after < moment) and moment < before)


def _deciding(state: AuxiliaryState) -> AuxiliaryState:
    controllers = tuple(replace(each, staged={}) if each.staged else each for each in state.controllers)
    boost = replace(state.boost, log=()) if state.boost.log else state.boost
    return replace(state, controllers=controllers, log=(), boost=boost)
