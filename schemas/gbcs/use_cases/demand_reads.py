"""Maximum demand of an electricity meter, read: SR 4.12.1 (import, ECS18b) and 4.12.2 (export, ECS18a).

Each register (class 4) is read with its scale, the time it was reached and, from an object of its own, the time it was
last reset; in W. The response's header carries the meter's date-time. The DCC keeps a request's ExecutionDateTime and
sends the command then: GBCS carries no date.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.auxiliary import ScheduleRow
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.dlms.times import decode_date_time
from schemas.gbcs.use_cases.access import Access, Arrange, Get, attribute
from schemas.gbcs.use_cases.configuration import DEMAND_PERIODS, DEMAND_SCRIPT
from schemas.gbcs.use_cases.declare import DeviceType, Part, UseCase
from schemas.gbcs.use_cases.fields import ignored, in_unit

_WATT = 27
_EXPORT, _IMPORT, _IMPORT_IN_PERIOD = "1-0:2.6.0.255", "1-0:1.6.0.255", "1-0:1.6.1.255"
_EDGES = {1: "StartTime", 2: "EndTime"}
"""By script selector: of the configurable period, as ECS37 writes it."""

_NO_MOMENT = b"\xff" * 8
"""Date and time of a date-time of which nothing is specified: never reached, or never reset (assumed)."""


def _demand(name: str, reset: Data | None, register: Sequence[Data | None]) -> Iterator[Part]:
    """One register's element, where anything of it was read."""
    value, scale, captured = register
    number = in_unit(name, value, scale, _WATT)
    nodes = [] if number is None else [leaf("Value", number)]
    for element, at in (("CaptureTime", captured), ("LastResetDateTime", reset)):
        if at is not None and at.octets[:8] != _NO_MOMENT:
            nodes.append(leaf(element, decode_date_time(at.octets)))
    if nodes:
        yield Part(branch(name, *nodes))


def _arrange_export(values: Sequence[Data | None]) -> Iterator[Part]:
    reset, *register = values
    yield from _demand("MaxDemandActiveEnergyExport", reset, register)


def _arrange_import(values: Sequence[Data | None]) -> Iterator[Part]:
    # The two times of reset stand in the order of the registers (assumed: the vectors have the same in both).
    reset, reset_in_period, *rest = values
    yield from _demand("MaxDemandConfigurableTimeActivePowerImport", reset_in_period, rest[3:6])
    yield from _demand("MaxDemandActiveEnergyImport", reset, rest[:3])
    periods = rest[6]
    if periods is not None and periods.expect(Tag.ARRAY).items:
        yield Part(branch("MaxDemandConfigurableTimePeriod", *_period(periods)))


def _period(periods: Data) -> Iterator[Node]:
    """Start and end of the period; the rows' days are those of the vectors, every day, and have no element in MMC."""
    rows = {row.selector: row for row in (ScheduleRow.from_data(item, DEMAND_SCRIPT) for item in periods.items)}
    if set(rows) != set(_EDGES) or len(periods.items) != len(_EDGES):
        raise Malformed("MaxDemandConfigurableTimePeriod", f"is one row of script 1 and one of 2, not of {list(rows)}")
    for selector, name in _EDGES.items():
        yield leaf(name, rows[selector].switch_time)


def _resets(*numbers: int) -> tuple[Get, ...]:
    return tuple(Get(attribute(1, f"0-0:94.44.5.{number}", 2), ignored) for number in numbers)


def _register(obis: str) -> tuple[Get, ...]:
    """Value, scale and capture time."""
    return tuple(Get(attribute(4, obis, member), ignored) for member in (2, 3, 5))


def _reading(name: str, code: int, service: str, element: str, steps: tuple[Get, ...], arrange: Arrange) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service=service,
        element=element,
        critical=False,
        devices=frozenset({DeviceType.ESME}),
        content=Access(steps, arrange),
        response=f"{element}Rsp",
        dated_response=True,
    )


READ_EXPORT_DEMAND = _reading(
    "ECS18a",
    0x002B,
    "4.12.2",
    "ReadMaximumDemandExportRegisters",
    (*_resets(2), *_register(_EXPORT)),
    _arrange_export,
)

READ_IMPORT_DEMAND = _reading(
    "ECS18b",
    0x002C,
    "4.12.1",
    "ReadMaximumDemandImportRegisters",
    (*_resets(0, 1), *_register(_IMPORT), *_register(_IMPORT_IN_PERIOD), Get(DEMAND_PERIODS, ignored)),
    _arrange_import,
)

DEMAND_READS = (READ_EXPORT_DEMAND, READ_IMPORT_DEMAND)
