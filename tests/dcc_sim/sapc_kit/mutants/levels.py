"""Faults of levels, periods and power."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from devices.auxiliary_state import Controller
from devices.sapc import SAPC
from schemas.gbcs.auxiliary import Direction
from tests.dcc_sim.sapc_kit.mutants.making import SECOND, after, fault


@fault("swaps input and output")
def _(device: SAPC) -> None:
    level = device.auxiliary.level_at
    device.auxiliary.level_at = lambda n, direction, now: level(n, Direction(1 - direction), now)  # type: ignore[method-assign]


@fault("is off by one per cent")
def _(device: SAPC) -> None:
    device.auxiliary.level_at = after(  # type: ignore[method-assign]
        device.auxiliary.level_at, lambda level, *_: replace(level, percent=max(level.percent - 1, 0))
    )


@fault("knows steps of ten per cent alone")
def _(device: SAPC) -> None:
    device.auxiliary.level_at = after(  # type: ignore[method-assign]
        device.auxiliary.level_at, lambda level, *_: replace(level, percent=level.percent // 10 * 10)
    )


@fault("ignores the end time")
def _(device: SAPC) -> None:
    plain = device.auxiliary.set_state
    device.auxiliary.set_state = lambda state, start, end, *more: plain(state, start, None, *more)  # type: ignore[method-assign]


@fault("ignores the start time")
def _(device: SAPC) -> None:
    plain = device.auxiliary.set_state
    device.auxiliary.set_state = lambda state, start, end, now, *more: plain(state, now, end, now, *more)  # type: ignore[method-assign]


@fault("ends a second late")
def _(device: SAPC) -> None:
    plain = device.auxiliary.set_state
    device.auxiliary.set_state = lambda state, start, end, *more: plain(  # type: ignore[method-assign]
        state, start, end and end + SECOND, *more
    )


@fault("starts a second late")
def _(device: SAPC) -> None:
    plain = device.auxiliary.set_state
    device.auxiliary.set_state = lambda state, start, end, *more: plain(state, start + SECOND, end, *more)  # type: ignore[method-assign]


@fault("sets every controller at once")
def _(device: SAPC) -> None:
    plain = device.auxiliary.set_state

    def all_of_them(state: Any, *more: Any) -> None:
        for controller in device.auxiliary.state.controllers:
            if controller.kind is not Controller(1).kind:
                plain(replace(state, controller=controller.number), *more)

    device.auxiliary.set_state = all_of_them  # type: ignore[method-assign]


@fault("keeps the first set state against a later one")
def _(device: SAPC) -> None:
    plain = device.auxiliary.set_state

    def first(state: Any, *more: Any) -> None:
        if not device.auxiliary.controller(state.controller).set_states:
            plain(state, *more)

    device.auxiliary.set_state = first  # type: ignore[method-assign]


@fault("carries out half of a command that fails")
def _(device: SAPC) -> None:
    device._checkpoint = lambda: lambda: None  # type: ignore[method-assign]


@fault("takes a period that is over or has no length")
def _(device: SAPC) -> None:
    device.auxiliary._admit = lambda state, start, end, now: device.auxiliary.controller(state.controller)  # type: ignore[method-assign]


@fault("charges below 6 A")
def _(device: SAPC) -> None:
    point = device.charge_point
    point.amps_for = lambda percent: point.rating_amps * percent // 100  # type: ignore[method-assign]


@fault("rounds amps up")
def _(device: SAPC) -> None:
    point = device.charge_point
    point.amps_for = lambda percent: -(-point.rating_amps * percent // 100)  # type: ignore[method-assign]
