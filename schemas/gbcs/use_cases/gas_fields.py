"""What the gas use cases share: who issued a command and when, start times, and attributes into MMC."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from schemas.duis.node import Node, leaf
from schemas.duis.node import Value as NodeValue
from schemas.errors import Malformed
from schemas.gbcs.dlms.times import CANCELLATION, to_seconds
from schemas.gbcs.use_cases.declare import Context, DeviceType, Part, Place
from schemas.gbcs.use_cases.fields import whole_second
from schemas.gbcs.use_cases.zigbee import Read, Readings
from schemas.gbcs.zcl.fields import NEVER, NOW
from schemas.gbcs.zcl.general import Attribute

METERS = frozenset({DeviceType.GSME})
MIRRORS = frozenset({DeviceType.GPF})
BOTH = METERS | MIRRORS
"""A reading may be asked of the meter or of the gas proxy function that mirrors it."""

_LAST_SECOND = 0xFFFFFFFD
"""The two above it are special."""

WITHOUT_END = 0xFFFFFFFE
"""The end of a period that goes to the end of the log (GCS15e: 3000-12-31)."""

_PERIOD, _CREDENTIALS = "ReadLogPeriod", "KAPublicSecurityCredentials"


def seconds(element: str, at: datetime) -> int:
    """A moment as UTC time: seconds since 2000.

    Raises:
        Malformed: it is outside 2000-01-01T00:00:01Z to 2136-02-07T06:28:13Z: the ends are special times.
    """
    count = to_seconds(at)
    if not 0 < count <= _LAST_SECOND:
        raise Malformed(element, f"is from 2000-01-01T00:00:01Z to 2136-02-07T06:28:13Z in GBCS, not {at.isoformat()}")
    return count


def issued(context: Context) -> Mapping[str, int]:
    """The issuer event id: when the command was made."""
    return {"issuer event id": seconds("issuer event id", context.known.at)}


def provided(context: Context) -> Mapping[str, int]:
    """Provider id, 0 in every vector, and issuer event id."""
    return {"provider id": 0, **issued(context)}


def second_of(body: Node, path: str) -> int:
    """A date-time of the body as UTC time.

    Raises:
        Malformed: GBCS cannot carry it.
    """
    return seconds(f"{body.name}/{path}", whole_second(body, path))


def log_period(body: Node) -> tuple[int, int]:
    """ReadLogPeriod as UTC times; an end at 3000-12-31 is without end.

    Raises:
        Malformed: GBCS cannot carry it.
    """
    endless = whole_second(body, f"{_PERIOD}/EndDateTime") == CANCELLATION
    return second_of(body, f"{_PERIOD}/StartDateTime"), WITHOUT_END if endless else second_of(
        body, f"{_PERIOD}/EndDateTime"
    )


def check_reader(body: Node, context: Context) -> None:
    """The answer is encrypted: a user whom the device does not know has to bring a certificate, and only such a user.

    Raises:
        Malformed: otherwise. The certificate travels only with commands of the broker.
    """
    place = f"{body.name}/{_CREDENTIALS}"
    brokered = context.user != context.originator
    if brokered and not body.has(_CREDENTIALS):
        raise Malformed(place, "is present where the device does not know the user")
    if body.has(_CREDENTIALS) and not brokered:
        raise Malformed(place, "is carried by GBCS only where the device does not know the user")


def start(body: Node, never: int = NEVER) -> int:
    """ExecutionDateTime as a start: absent now, 3000-12-31 ``never``."""
    if not body.has("ExecutionDateTime"):
        return NOW
    if whole_second(body, "ExecutionDateTime") == CANCELLATION:
        return never
    return second_of(body, "ExecutionDateTime")


def attribute(
    cluster: int, number: int, read: Callable[[Attribute], Iterable[Part]] | str, under: Place = (), rank: int = 0
) -> Read:
    """An attribute into MMC: as the number of the element that ``read`` names, or as ``read`` tells."""

    def of(readings: Readings) -> Iterable[Part]:
        found = readings.attribute(cluster, number)
        if found is None:
            return ()
        return [Part(leaf(read, found.value), under, rank)] if isinstance(read, str) else read(found)

    return of


def word(field: str, words: Mapping[int, NodeValue], code: int) -> NodeValue:
    """The MMC word for a code.

    Raises:
        Malformed: there is none.
    """
    if code not in words:
        known = ", ".join(f"{each:02X}" for each in words)
        raise Malformed(field, f"is one of {known}, not {code:02X}")
    return words[code]


def within(field: str, value: int, low: int, high: int) -> int:
    """``value``, which MMC has room for from ``low`` to ``high``.

    Raises:
        Malformed: it is outside.
    """
    if not low <= value <= high:
        raise Malformed(field, f"is {low} to {high}, not {value}")
    return value
