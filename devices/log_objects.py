"""The COSEM objects of a device's logs (ECS35a to d, ECS35f/g, ECS15a/c) and of the boost function (ECS61c, ECS62).

A log is read over a period with both ends included (assumed), as a compact array, oldest entry first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from devices import objects
from devices.event_log import Entry, EventLog
from schemas.gbcs.auxiliary import CONTROLLERS
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import Choice
from schemas.gbcs.dlms.data import Data, Tag, TypeDescription
from schemas.gbcs.dlms.times import to_seconds

if TYPE_CHECKING:
    from devices.auxiliary import AuxiliaryControllers
    from devices.cosem import Context, ObjectStore

LOG_CLEARED = 0x8F52
"""Event code in the device's security log (vector ECS35b)."""

_SECONDS = TypeDescription(Tag.DOUBLE_LONG_UNSIGNED)
_CONTROLLER_ROW = TypeDescription(
    Tag.STRUCTURE, (_SECONDS, TypeDescription(Tag.LONG_UNSIGNED), TypeDescription(Tag.ENUM), _SECONDS)
)
_EVENT_ROW = TypeDescription(
    Tag.STRUCTURE, (_SECONDS, TypeDescription(Tag.LONG_UNSIGNED), TypeDescription(Tag.OCTET_STRING))
)
_SECURITY_ROW = TypeDescription(Tag.STRUCTURE, (_SECONDS, TypeDescription(Tag.LONG_UNSIGNED)))
_BOOST_ROW = TypeDescription(Tag.STRUCTURE, (_SECONDS, _SECONDS))


def add_device_logs(store: ObjectStore, events: EventLog, security: EventLog) -> None:
    """Let the event and the security log be read, and the event log be cleared, which leaves an entry in the other."""

    def read_events(selection: Data, context: Context) -> Data:
        rows = (dlms.structure(*_dated(each), dlms.octets(each.other)) for each in _within(events, selection))
        return dlms.compact_array(_EVENT_ROW, *rows)

    def read_security(selection: Data, context: Context) -> Data:
        return dlms.compact_array(
            _SECURITY_ROW, *(dlms.structure(*_dated(each)) for each in _within(security, selection))
        )

    def clear(data: Data, context: Context) -> None:
        events.clear()
        security.append(Entry(context.now, LOG_CLEARED, text="event log"))

    store.add(Choice.GET_WITH_SELECTION, objects.EVENT_LOG, read_events)
    store.add(Choice.GET_WITH_SELECTION, objects.SECURITY_LOG, read_security)
    store.invocable(objects.EVENT_LOG_RESET, clear)


def add_controller_log(store: ObjectStore, auxiliary: AuxiliaryControllers, security: EventLog) -> None:
    """Let the controllers' log be read, and cleared, which leaves an entry in the security log."""

    def read(selection: Data, context: Context) -> Data:
        first, last = selected(selection)
        rows = (entry for entry in auxiliary.state.log if first <= to_seconds(entry.moment) <= last)
        return dlms.compact_array(
            _CONTROLLER_ROW,
            *(
                dlms.structure(
                    dlms.double_long_unsigned(to_seconds(entry.moment)),
                    dlms.long_unsigned(entry.number << 8 | entry.action),
                    dlms.enum(int(entry.outcome)),
                    dlms.double_long_unsigned(entry.command_id),
                )
                for entry in rows
            ),
        )

    def clear(data: Data, context: Context) -> None:
        auxiliary.state = replace(auxiliary.state, log=())
        security.append(Entry(context.now, LOG_CLEARED, text="auxiliary controller event log"))

    store.add(Choice.GET_WITH_SELECTION, objects.CONTROLLER_LOG, read)
    store.invocable(objects.CONTROLLER_LOG_RESET, clear)


def add_boost(store: ObjectStore, auxiliary: AuxiliaryControllers) -> None:
    """Let the boost function be read, and controllers be added to it and removed."""

    def read(selection: Data, context: Context) -> Data:
        first, last = selected(selection)
        times = ((to_seconds(start), to_seconds(end)) for start, end in auxiliary.state.boost.log)
        rows = (row for row in times if first <= row[0] <= last)
        return dlms.compact_array(_BOOST_ROW, *(dlms.structure(*map(dlms.double_long_unsigned, row)) for row in rows))

    store.readable(objects.BOOST_AVAILABILITY, lambda now: dlms.boolean(auxiliary.state.boost.available))
    store.add(Choice.GET_WITH_SELECTION, objects.BOOST_LOG, read)
    for n in CONTROLLERS:
        store.readable(objects.boost_control(n), _control(auxiliary, n))
        store.writable(objects.boost_control(n), _associate(auxiliary, n))


def selected(parameters: Data) -> tuple[int, int]:
    """First and last second since 2000 that a selection by range asks for.

    Raises:
        Malformed: another layout.
    """
    _, first, last, _ = parameters.fields(4)
    return first.expect(Tag.DOUBLE_LONG_UNSIGNED).number, last.expect(Tag.DOUBLE_LONG_UNSIGNED).number


def _within(log: EventLog, selection: Data) -> list[Entry]:
    first, last = selected(selection)
    return [entry for entry in log if first <= to_seconds(entry.moment) <= last]


def _dated(entry: Entry) -> tuple[Data, Data]:
    return dlms.double_long_unsigned(to_seconds(entry.moment)), dlms.long_unsigned(int(entry.code))


def _control(auxiliary: AuxiliaryControllers, n: int) -> Callable[[object], Data]:
    return lambda now: dlms.boolean(auxiliary.state.boost.controls[n - 1])


def _associate(auxiliary: AuxiliaryControllers, n: int) -> Callable[[Data, Context], None]:
    def write(data: Data, context: Context) -> None:
        boosted = bool(data.expect(Tag.BOOLEAN).value)
        auxiliary.state = replace(auxiliary.state, boost=auxiliary.state.boost.associated(n, boosted))

    return write
