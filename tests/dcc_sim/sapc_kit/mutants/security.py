"""Faults of who is obeyed, and when."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from dcc_sim.sapc_kit.target import BuiltIn
from devices.sapc import SAPC
from schemas.errors import SmartMeterError
from schemas.gbcs.envelope import CraFlag, decode
from tests.dcc_sim.sapc_kit.mutants.making import fault, target, without_check


@fault("accepts a replayed counter")
def _(device: SAPC) -> None:
    without_check(device, "check_counter")


@fault("checks no originator's authority")
def _(device: SAPC) -> None:
    without_check(device, "_check_authority")


@fault("takes commands for another device")
def _(device: SAPC) -> None:
    without_check(device, "_check_address")


@fault("checks no signature")
def _(device: SAPC) -> None:
    device.trust.verify_signature = lambda command, roles: None  # type: ignore[method-assign]


@fault("checks no MAC")
def _(device: SAPC) -> None:
    device.trust.verify_mac = lambda command: None  # type: ignore[method-assign]


@fault("counts all parties' counters as one")
def _(device: SAPC) -> None:
    trust = device.trust
    trust.accept_counter = lambda command: setattr(  # type: ignore[method-assign]
        trust, "counters", {party: command.originator_counter for party in trust._roles}
    )


@fault("takes a refused command's counter as used")
def _(device: SAPC) -> None:
    def receive(data: bytes, now: datetime) -> Any:
        outputs = plain(data, now)
        with suppress(SmartMeterError):
            device.trust.accept_counter(decode(data))
        return outputs

    plain = device.receive
    device.receive = receive  # type: ignore[method-assign]


@fault("compares 32 bits of the counter")
def _(device: SAPC) -> None:
    check = device.trust.check_counter
    cut = lambda message: check(replace(message, originator_counter=message.originator_counter % 2**32))  # noqa: E731
    cut.__name__ = "check_counter"
    device._checks = tuple((cut if each.__name__ == "check_counter" else each, code) for each, code in device._checks)


@target("takes a message that is cut short")
class _Padded(BuiltIn):
    def receive(self, message: bytes, now: datetime) -> list[bytes]:
        try:
            decode(message)
        except SmartMeterError:
            # What is missing is zeros to it, and then its checks are the loose ones of a cut message.
            return super().receive(self._filled(message), now)
        return super().receive(message, now)

    def _filled(self, message: bytes) -> bytes:
        self.device.trust.verify = lambda command, critical, roles=frozenset(): None  # type: ignore[method-assign]
        for zeros in range(1, 80):
            try:
                decode(message + bytes(zeros))
            except SmartMeterError:
                continue
            return message + bytes(zeros)
        return message


@target("does not look at what follows a message")
class _Trailing(BuiltIn):
    def receive(self, message: bytes, now: datetime) -> list[bytes]:
        for end in range(len(message), 40, -1):
            try:
                decode(message[:end])
            except SmartMeterError:
                continue
            return super().receive(message[:end], now)
        return super().receive(message, now)


@target("falls over octets that are no message")
class _Falls(BuiltIn):
    def receive(self, message: bytes, now: datetime) -> list[bytes]:
        if len(message) < 40:
            raise IndexError("index out of range")
        return super().receive(message, now)


@fault("does not hold the long invoke id against the counter")
def _(device: SAPC) -> None:
    def receive(data: bytes, now: datetime) -> Any:
        try:
            message = decode(data)
        except SmartMeterError:
            return plain(data, now)
        right = message.payload[:2] + (message.originator_counter % 2**24).to_bytes(3) + message.payload[5:]
        if message.cra is CraFlag.COMMAND and message.payload[:1] == b"\xd9" and right != message.payload:
            device.trust.verify = lambda command, critical, roles=frozenset(): None  # type: ignore[method-assign]
            return plain(replace(message, payload=right).encode(), now)
        return plain(data, now)

    plain = device.receive
    device.receive = receive  # type: ignore[method-assign]
