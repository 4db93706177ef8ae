"""The COSEM objects of auxiliary controllers: values and scripts in, commands to the controllers out, and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from devices import objects
from devices.auxiliary import AuxiliaryControllers
from devices.auxiliary_state import Activation, Controller, ControllerType
from devices.calendar import Calendar, row_state
from schemas.errors import Malformed, NotPossible
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import CONTROLLERS, MAX_LEVEL, CommandedState, Direction, ScheduleRow, SpecialDay
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.dlms.times import NEVER, NOW, decode_date_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from devices.cosem import Context, ObjectStore
    from devices.objects import Member

MAX_DESCRIPTION = 22
MAX_OFFSET_LIMIT = 1799
"""Characters and seconds that DUIS allows."""

_ALCS = bytes(8)
_APC = b"\xff"
_ON, _OFF, _RESET = 0x11, 0x12, 0x20
_SET_STATE_TIMES, _LIMIT_TIMES = (1, 2), (3, 4)


def add_controller_objects(store: ObjectStore, auxiliary: AuxiliaryControllers) -> None:
    """Put every object of ECS38, ECS46a/c/d, ECS47, ECS47a/e and ECS61a/d/e into ``store``."""
    for n in CONTROLLERS:
        _add_controller(store, auxiliary, n)
    store.writable(objects.RANDOMISED_OFFSET_LIMIT, _writer(auxiliary, _write_offset_limit))
    store.readable(
        objects.RANDOMISED_OFFSET_LIMIT, lambda now: dlms.long_unsigned(auxiliary.state.randomised_offset_limit)
    )
    store.readable(
        objects.RANDOMISED_OFFSET_NUMBER, lambda now: dlms.long_unsigned(auxiliary.state.randomised_offset_number)
    )
    store.readable(objects.RANDOMISED_OFFSET, lambda now: dlms.long_unsigned(auxiliary.state.randomised_offset))
    store.invocable(objects.SET_STATE, _writer(auxiliary, _run_set_state))
    store.invocable(objects.LIMIT_LEVEL, _writer(auxiliary, _run_limit))
    store.writable(objects.SPECIAL_DAYS_PASSIVE, _writer(auxiliary, _write_special_days))
    store.writable(objects.CALENDAR_PASSIVE, _writer(auxiliary, _write_rows))
    for activation in (objects.CALENDAR_ACTIVATION, objects.SPECIAL_DAYS_ACTIVATION):
        store.writable(activation, _activation_writer(auxiliary, activation))
    store.readable(
        objects.SPECIAL_DAYS_ACTIVE,
        lambda now: dlms.array(*(day.to_data() for day in auxiliary.state.active.special_days)),
    )
    store.readable(
        objects.CALENDAR_ACTIVE, lambda now: dlms.array(*(row.to_data() for row in auxiliary.state.active.rows))
    )


def type_octets(controller: Controller) -> bytes:
    """Type and identifier: EUI of an HCALCS, zeros for ALCS; FF for APC and nothing for none (both assumed)."""
    if controller.kind is ControllerType.HCALCS:
        return bytes(controller.hcalcs or b"")
    return {ControllerType.ALCS: _ALCS, ControllerType.APC: _APC}.get(controller.kind, b"")


def _writer(
    auxiliary: AuxiliaryControllers, write: Callable[[AuxiliaryControllers, Data, Context], None]
) -> Callable[[Data, Context], None]:
    return partial(write, auxiliary)


def _add_controller(store: ObjectStore, auxiliary: AuxiliaryControllers, n: int) -> None:
    def describe(data: Data, context: Context) -> None:
        if not 1 <= len(data.text) <= MAX_DESCRIPTION or not data.text.isprintable():
            raise Malformed("SwitchDescription", f"has 1 to {MAX_DESCRIPTION} printable characters")
        auxiliary.change(replace(auxiliary.controller(n), description=data.text))

    def retype(data: Data, context: Context) -> None:
        octets = data.expect(Tag.OCTET_STRING).octets
        kind, eui = (ControllerType.ALCS, None) if octets == _ALCS else (ControllerType.HCALCS, EUI64(octets))
        auxiliary.change(replace(auxiliary.controller(n), kind=kind, hcalcs=eui))

    def stage(item: int) -> Callable[[Data, Context], None]:
        def write(data: Data, context: Context) -> None:
            controller = auxiliary.state.controllers[n - 1]
            auxiliary.change(controller.told(staged={**controller.staged, item: data}))

        return write

    def closed(now: datetime) -> Data:
        there = auxiliary.controller(n).kind is not ControllerType.NONE
        return dlms.boolean(there and auxiliary.level_at(n, Direction.OUTPUT, now).percent > 0)

    store.writable(objects.description(n), describe)
    store.readable(objects.description(n), lambda now: dlms.visible(auxiliary.controller(n).description))
    store.writable(objects.type_and_identifier(n), retype)
    store.readable(objects.type_and_identifier(n), lambda now: dlms.octets(type_octets(auxiliary.controller(n))))
    store.readable(objects.state_and_information(n), lambda now: dlms.utf8(auxiliary.state_text(n, now)))
    store.readable(objects.switch_state(n), closed)
    for item in (*_SET_STATE_TIMES, *_LIMIT_TIMES):
        store.writable(objects.period_time(n, item), stage(item))


def _write_offset_limit(auxiliary: AuxiliaryControllers, data: Data, context: Context) -> None:
    limit = data.expect(Tag.LONG_UNSIGNED).number
    if limit > MAX_OFFSET_LIMIT:
        raise Malformed("RandomisedOffsetLimit", f"is 0 to {MAX_OFFSET_LIMIT} s, not {limit}")
    auxiliary.state = replace(auxiliary.state, randomised_offset_limit=limit)


def _run_set_state(auxiliary: AuxiliaryControllers, data: Data, context: Context) -> None:
    word = data.expect(Tag.LONG_UNSIGNED).number
    if word >> 12 == 0:
        _run_switch(auxiliary, word, context)
        return
    state = CommandedState.from_word(word)
    times = _staged_period(auxiliary.controller(state.controller), _SET_STATE_TIMES, context.now)
    if times is None:
        auxiliary.release(state.controller, (state.direction,), context.now)
    else:
        auxiliary.set_state(state, *times, context.now, context.origin)


def _run_limit(auxiliary: AuxiliaryControllers, data: Data, context: Context) -> None:
    state = CommandedState.from_word(data.expect(Tag.LONG_UNSIGNED).number)
    times = _staged_period(auxiliary.controller(state.controller), _LIMIT_TIMES, context.now)
    if times is None:
        auxiliary.lift(state.controller, state.direction, context.now)
    else:
        auxiliary.limit(state, *times, context.now, context.origin)


def _run_switch(auxiliary: AuxiliaryControllers, word: int, context: Context) -> None:
    """ECS47: activate or deactivate for a duration in minutes (assumed), or reset to the calendar."""
    number, action = word >> 8, word & 0xFF
    if number not in CONTROLLERS or action not in (_ON, _OFF, _RESET):
        raise Malformed("set-state script", f"is 0n11, 0n12 or 0n20 with n 1 to 5, not {word:04X}")
    staged = auxiliary.controller(number).staged
    if staged.keys() != {_ON: {1}, _OFF: {2}, _RESET: set()}[action]:
        raise NotPossible("Duration", "is written to the same switch in the same command, and not for a reset")
    if action == _RESET:
        auxiliary.release(number, tuple(Direction), context.now)
        return
    minutes = staged[1 if action == _ON else 2].expect(Tag.LONG_UNSIGNED).number
    level = MAX_LEVEL if action == _ON else 0
    end = context.now + timedelta(minutes=minutes)
    auxiliary.set_state(CommandedState(number, level), context.now, end, context.now, context.origin)


def _staged_period(
    controller: Controller, items: tuple[int, int], now: datetime
) -> tuple[datetime, datetime | None] | None:
    """Start and end as the command wrote them; None where the start is never, which cancels (assumed).

    A start of now is now, an end of never is no end (both assumed).
    """
    staged = controller.staged
    if len(staged) != len(items) or items[0] not in staged or items[1] not in staged:
        raise NotPossible("start and end", f"are written to controller {controller.number} in the same command")
    start = staged[items[0]].expect(Tag.OCTET_STRING).octets
    end = staged[items[1]].expect(Tag.OCTET_STRING).octets
    if start == NEVER:
        return None
    return now if start == NOW else decode_date_time(start), None if end == NEVER else decode_date_time(end)


def _write_special_days(auxiliary: AuxiliaryControllers, data: Data, context: Context) -> None:
    days = tuple(SpecialDay.from_data(item) for item in data.expect(Tag.ARRAY).items)
    passive = auxiliary.state.passive
    auxiliary.state = replace(auxiliary.state, passive=Calendar(passive.rows, days, passive.origin))


def _write_rows(auxiliary: AuxiliaryControllers, data: Data, context: Context) -> None:
    rows = tuple(ScheduleRow.from_data(item) for item in data.expect(Tag.ARRAY).items)
    for row in rows:
        row_state(row.selector)
    auxiliary.state = replace(
        auxiliary.state, passive=Calendar(rows, auxiliary.state.passive.special_days, context.origin)
    )


def _activation_writer(auxiliary: AuxiliaryControllers, attribute: Member) -> Callable[[Data, Context], None]:
    def write(data: Data, context: Context) -> None:
        octets = data.expect(Tag.OCTET_STRING).octets
        if octets == NEVER:
            auxiliary.cancel(attribute)
            return
        moment = context.now if octets == NOW else decode_date_time(octets)
        if moment > context.now:
            auxiliary.schedule(Activation(attribute, moment, context.origin))
        else:
            auxiliary.activate(attribute)

    return write
