"""How a wrong SAPC is made of the right one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from dcc_sim.sapc_kit.target import BuiltIn
from devices.auxiliary_state import Controller
from devices.charge_point import ChargePoint
from devices.device import Identity
from devices.sapc import SAPC

SECOND = timedelta(seconds=1)
Spoil = Callable[[SAPC], None]
MUTANTS: dict[str, Callable[[], BuiltIn]] = {}
"""What each does wrong, and what makes it."""


def fault(name: str) -> Callable[[Spoil], Spoil]:
    """A SAPC that is spoilt after it is made."""

    def keep(spoil: Spoil) -> Spoil:
        def make(identity: Identity, controllers: tuple[Controller, ...]) -> SAPC:
            device = SAPC(identity, ChargePoint(), controllers=controllers)
            spoil(device)
            return device

        MUTANTS[name] = lambda: BuiltIn(make)
        return spoil

    return keep


def target(name: str) -> Callable[[type[BuiltIn]], type[BuiltIn]]:
    """A target that spoils what goes in and out."""

    def keep(kind: type[BuiltIn]) -> type[BuiltIn]:
        MUTANTS[name] = kind
        return kind

    return keep


def without_check(device: SAPC, name: str) -> None:
    device._checks = tuple((check, code) for check, code in device._checks if check.__name__ != name)


def after(function: Callable[..., Any], then: Callable[..., Any]) -> Callable[..., Any]:
    """What ``then`` makes of the result and the arguments."""

    def changed(*arguments: Any, **named: Any) -> Any:
        return then(function(*arguments, **named), *arguments)

    return changed
