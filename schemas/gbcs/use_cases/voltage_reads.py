"""Voltage of an electricity meter, read: SR 4.10, single phase (ECS23) and polyphase (ECS23b).

Of each phase: how often the average RMS voltage was under and over its threshold, the log of that average in volts, and
the period it is taken over, in seconds. The request does not say how many phases the meter has: ECS23 comes first,
ECS23b is asked for by name. The DCC keeps a request's ExecutionDateTime and sends the command then: GBCS carries no
date. The response's header carries the meter's date-time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.access import Access, Get, attribute
from schemas.gbcs.use_cases.declare import DeviceType, Part, UseCase
from schemas.gbcs.use_cases.fields import ignored, in_unit, period
from schemas.gbcs.use_cases.profile_reads import rows, time_stamp

_COUNT = 255
_UNIT = "count"
"""DLMS's name of unit 255. MMC takes any text (assumed)."""

_ENTRIES = 4320
"""As many rows of a voltage log as MMC takes."""


def _steps(phase: int) -> tuple[Get, ...]:
    """The items of one phase: counters of under (32) and over (36) voltage with their scales, log, period."""
    group = 12 + 20 * phase  # 32, 52 or 72: COSEM's voltage of L1, L2 and L3
    log = f"1-0:{group}.24.0.255"
    return (
        *(Get(attribute(3, f"1-0:{group}.{low}.0.4", member), ignored) for low in (32, 36) for member in (2, 3)),
        Get(attribute(7, log, 2), ignored, period("ReadLogPeriod")),
        Get(attribute(7, log, 4), ignored),
    )


def _nodes(values: Sequence[Data | None]) -> Iterator[Node]:
    """What was read of one phase, in MMC's order."""
    under, under_scale, over, over_scale, log, capture_period = values
    yield from _counter("AvgRMSOverVoltageCounter", over, over_scale)
    yield from _counter("AvgRMSUnderVoltageCounter", under, under_scale)
    profile = [] if log is None else [_entry(row) for row in rows(log, _ENTRIES)]
    if capture_period is not None:
        profile.append(leaf("MeasurementPeriod", capture_period.expect(Tag.DOUBLE_LONG_UNSIGNED).number))
    if log is not None or profile:
        yield branch("AvgRMSVoltageProfileDataLog", *profile)


def _counter(name: str, value: Data | None, scale: Data | None) -> Iterator[Node]:
    number = in_unit(name, value, scale, _COUNT)
    nodes = [] if number is None else [leaf("Value", number)]
    if scale is not None:
        nodes.append(leaf("Unit", _UNIT))
    if nodes:
        yield branch(name, *nodes)


def _entry(row: tuple[Data, ...]) -> Node:
    if len(row) != 2:
        raise Malformed("log entry", f"has a time and a voltage, not {len(row)} columns")
    at, voltage = row
    return branch("LogEntry", leaf("Value", voltage.expect(Tag.DOUBLE_LONG_UNSIGNED).number), time_stamp(at))


def _single(values: Sequence[Data | None]) -> Iterator[Part]:
    nodes = list(_nodes(values))
    yield Part(branch("Electricity", *([branch("SinglePhaseESME", *nodes)] if nodes else [])))


def _polyphase(values: Sequence[Data | None]) -> Iterator[Part]:
    count = len(_steps(1))
    phases = []
    for phase, start in enumerate(range(0, len(values), count), start=1):
        nodes = list(_nodes(values[start : start + count]))
        if nodes:
            data = branch("VoltageOperationalData", *nodes)
            phases.append(branch("PhaseVoltageOperationalData", data, leaf("Phase", phase)))
    yield Part(branch("Electricity", *([branch("PolyPhaseESME", *phases)] if phases else [])))


def _reading(name: str, code: int, content: Access) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="4.10",
        element="ReadNetworkData",
        critical=False,
        devices=frozenset({DeviceType.ESME}),
        content=content,
        response="ReadNetworkDataRsp",
        dated_response=True,
    )


VOLTAGE_READS = (
    _reading("ECS23", 0x0039, Access(_steps(1), _single)),
    _reading("ECS23b", 0x00BC, Access(tuple(step for phase in (1, 2, 3) for step in _steps(phase)), _polyphase)),
)
