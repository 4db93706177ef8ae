"""Sampled consumption of a gas meter: SR 4.8.1 half-hourly (GCS17), 4.10 of the network (GCS18), 4.17 daily (GCS61).

A log is asked for by its id, a first moment and a number of samples. Samples are as the meter counts, without the
multiplier and divisor, which no log holds. The DCC keeps a request's ExecutionDateTime and sends the command then:
GBCS carries no date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms.times import from_seconds
from schemas.gbcs.use_cases.declare import Context, DeviceType, Part, UseCase
from schemas.gbcs.use_cases.gas_fields import BOTH, METERS, MIRRORS, check_reader, log_period
from schemas.gbcs.use_cases.zigbee import Read, Readings, Send, Values, Zigbee
from schemas.gbcs.zcl import metering
from schemas.gbcs.zcl.layout import Fields

_GET, _PUBLISHED = 0x08, 0x07
_HALF_HOURS, _DAYS, _NETWORK = 0x0000, 0x0001, 0x0002
"""Sample ids."""

_MOST_HALF_HOURS, _MOST_DAYS, _MOST_OF_NETWORK = 19056, 731, 41
"""As many samples as the meter keeps and MMC takes."""

_CONSUMPTION = 0x00
_HALF_HOUR, _DAY = 30 * 60, 24 * 60 * 60
_DAILY = 0xFFFF
"""Interval of the daily log: a day does not fit 16 bits of seconds."""

_FROM_THE_FIRST = 1
_INVALID = 0xFFFFFF
"""A sample that the meter marks as not valid (Smart Energy profile)."""


def _ask(sample_id: int, first: int, count: int) -> Values:
    return {
        "sample id": sample_id,
        "earliest sample time": first,
        "sample type": _CONSUMPTION,
        "number of samples": count,
    }


def _half_hours(body: Node, context: Context) -> Values:
    """A sample of each half hour, the ends included."""
    check_reader(body, context)
    first, last = _period(body)
    return _ask(_HALF_HOURS, first, min((last - first) // _HALF_HOUR + 1, _MOST_HALF_HOURS))


def _network(body: Node, context: Context) -> Values:
    """All four hours that the log holds, whatever the period: all three vectors do so."""
    check_reader(body, context)
    _period(body)
    return _ask(_NETWORK, _FROM_THE_FIRST, _MOST_OF_NETWORK)


def _days(body: Node, context: Context) -> Values:
    """A sample of each day, the ends included, and no more than there can be (assumed: the vectors show 11 and 731)."""
    check_reader(body, context)
    first, last = _period(body)
    return _ask(_DAYS, first, min((last - first) // _DAY + 1, _MOST_DAYS))


def _period(body: Node) -> tuple[int, int]:
    first, last = log_period(body)
    if last < first:
        raise Malformed(f"{body.name}/ReadLogPeriod/EndDateTime", "is not before StartDateTime in GBCS")
    return first, last


def _samples(readings: Readings, most: int) -> Iterator[tuple[Node | None, Node]]:
    """Value and time of each sample, in order; a sample that is not valid has no value.

    Raises:
        Malformed: samples of something else, or more than MMC has room for.
    """
    found = [_of_frame(each) for each in readings.published(metering.CLUSTER, _PUBLISHED)]
    pairs = [pair for each in found for pair in each]
    if len(pairs) > most:
        raise Malformed("samples", f"are at most {most} in MMC, not {len(pairs)}")
    for at, value in pairs:
        yield None if value == _INVALID else leaf("Value", value), leaf("Timestamp", from_seconds(at))


def _of_frame(frame: Fields) -> list[tuple[int, int]]:
    kind, interval = frame.integer("sample type"), frame.integer("sample request interval")
    if kind != _CONSUMPTION:
        raise Malformed("sample type", f"is 00, consumption delivered, not {kind:02X}")
    if interval == 0:
        raise Malformed("sample request interval", "is at least a second")
    step = _DAY if interval == _DAILY else interval
    first = frame.integer("sample start time")
    return [(first + place * step, row.integer("sample")) for place, row in enumerate(frame.rows("samples"))]


def _entries(readings: Readings, most: int) -> list[Node]:
    return [
        branch("LogEntry", *(node for node in (value, stamp) if node is not None))
        for value, stamp in _samples(readings, most)
    ]


def _profile(readings: Readings) -> Iterable[Part]:
    for value, stamp in _samples(readings, _MOST_HALF_HOURS):
        inside = () if value is None else (value._replace(name="PrimaryValue"),)
        yield Part(branch("LogEntry", stamp, branch("Gas", *inside)))


def _network_log(readings: Readings) -> Iterable[Part]:
    entries = _entries(readings, _MOST_OF_NETWORK)
    yield Part(branch("Gas", *([branch("NetworkDataLog", *entries)] if entries else [])))


def _daily_log(readings: Readings) -> Iterable[Part]:
    yield Part(branch("Gas", *_entries(readings, _MOST_DAYS)))


def _use_case(
    name: str,
    code: int,
    service: str,
    element: str,
    ask: Callable[[Node, Context], Values],
    read: Read,
    devices: frozenset[DeviceType],
) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service=service,
        element=element,
        critical=False,
        devices=devices,
        content=Zigbee((Send(metering.CLUSTER, _GET, ask),), (read,)),
        response=f"{element}Rsp",
    )


GAS_PROFILES = (
    _use_case("GCS17", 0x0078, "4.8.1", "ReadActiveImportProfileData", _half_hours, _profile, BOTH),
    _use_case("GCS18", 0x0079, "4.10", "ReadNetworkData", _network, _network_log, METERS),
    # Only the proxy keeps a daily log (the vectors ask no meter).
    _use_case("GCS61", 0x00A0, "4.17", "RetrieveDailyConsumptionLog", _days, _daily_log, MIRRORS),
)
