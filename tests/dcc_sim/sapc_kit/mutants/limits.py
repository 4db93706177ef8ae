"""Faults of limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from devices.auxiliary_state import Rule
from devices.sapc import SAPC
from schemas.gbcs.auxiliary import Direction
from tests.dcc_sim.sapc_kit.mutants.making import fault


@fault("takes a limit as a set state")
def _(device: SAPC) -> None:
    device.auxiliary.limit = device.auxiliary.set_state  # type: ignore[method-assign]


@fault("acknowledges limits and forgets them")
def _(device: SAPC) -> None:
    plain = device.auxiliary.limit

    def limit(state: Any, *more: Any) -> None:
        plain(state, *more)
        device.auxiliary.change(replace(device.auxiliary.controller(state.controller), limits=()))

    device.auxiliary.limit = limit  # type: ignore[method-assign]


@fault("never ends a limit")
def _(device: SAPC) -> None:
    plain = device.auxiliary.limit
    device.auxiliary.limit = lambda state, start, end, *more: plain(state, start, None, *more)  # type: ignore[method-assign]


@fault("drops the set state when a limit comes")
def _(device: SAPC) -> None:
    plain = device.auxiliary.limit

    def limit(state: Any, *more: Any) -> None:
        plain(state, *more)
        device.auxiliary.change(replace(device.auxiliary.controller(state.controller), set_states=()))

    device.auxiliary.limit = limit  # type: ignore[method-assign]


@fault("lets a limit raise the level")
def _(device: SAPC) -> None:
    plain = device.auxiliary.level_at

    def level_at(number: int, direction: Direction, now: datetime) -> Any:
        level = plain(number, direction, now)
        for period in device.auxiliary.controller(number).limits:
            if period.state.direction is direction and period.covers(now):
                return replace(
                    level,
                    percent=max(level.percent, period.state.level)
                    if level.rule is Rule.SET_STATE
                    else period.state.level,
                )
        return level

    device.auxiliary.level_at = level_at  # type: ignore[method-assign]
