"""What the auxiliary controllers were told, and since when: so that a level of the past can be explained."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from devices.auxiliary_state import AuxiliaryState
    from devices.origin import Origin


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
        self._causes: list[Origin | None] = []

    def record(self, now: datetime, state: AuxiliaryState, cause: Origin | None = None) -> None:
        """The state is ``state`` from ``now`` on, by the command ``cause`` where one was carried out just now."""
        if self._moments and self._moments[-1] > now:
            known = bisect_right(self._moments, now)
            del self._moments[known:], self._states[known:], self._causes[known:]
        state, last = _deciding(state), self.last
        if state != last or state.active.origin != last.active.origin:
            self._moments.append(now)
            self._states.append(state)
            self._causes.append(cause)

    def state(self, moment: datetime) -> AuxiliaryState:
        """The state at ``moment``, past or coming; of those that began at one moment the last."""
        known = bisect_right(self._moments, moment)
        return (self._states[known - 1] if known else self._first).projected(moment)

    @property
    def last(self) -> AuxiliaryState:
        """The state as it is now."""
        return self._states[-1] if self._states else self._first

    def steps(self) -> Iterator[tuple[datetime, Origin | None, AuxiliaryState]]:
        """Each state with its moment and the command that brought it about, oldest first."""
        return zip(self._moments, self._causes, self._states, strict=True)

    def changes(self, after: datetime | None, before: datetime) -> list[datetime]:
        """The moments after ``after``, if given, and before ``before`` at which the state changed or is to change."""
        moments = [*self._moments, *(activation.moment for activation in self.last.activations)]
        return sorted(moment for moment in moments if (after is None or after < moment) and moment < before)


def _deciding(state: AuxiliaryState) -> AuxiliaryState:
    controllers = state.controllers
    for each in controllers:
        if each.staged:
            controllers = tuple(each.told() if each.staged else each for each in controllers)
            break
    boost = replace(state.boost, log=()) if state.boost.log else state.boost
    return state.changed(controllers=controllers, log=(), boost=boost)
