"""The calendar of a tariff, both ways: days, weeks, seasons, special days, and the thresholds of its blocks.

Tables of an Activity calendar (class 20), a Special days table (class 11) and Register monitors (class 21), as the RTDS
vectors of ECS01a, ECS01c, ECS24 and ECS24b have them. The primary element switches TOU prices and blocks, the
secondary one TOU prices only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import time

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.auxiliary import CosemDate
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.access import Write
from schemas.gbcs.use_cases.calendar_fields import read_date, write_date

_TARIFF_SCRIPTS = bytes.fromhex("00000A0064FF")
"""0-0:10.0.100.255: the scripts that switch to a price."""

_BLOCK_SELECTORS = 100
_SECONDARY_SELECTORS = 200
"""Added to the number of a price: 1 to 48 are TOU prices, 101 to 108 blocks, 201 to 204 those of the second element."""

_SELECTORS = {"TOUTariffAction": range(1, 49), "BlockTariffAction": range(101, 109)}
_SECONDARY_ACTIONS = {"TOUTariffAction": range(201, 205)}

_START_OF_DAY = bytes.fromhex("00000000")
_NOT_SPECIFIED = bytes.fromhex("8000FF")
_DAYS_OF_WEEK = 7
_DAY_NAMES = range(1, 17)
_WEEK_NAMES = range(1, 5)
_MONITORS = 8
_LONGEST_NAME = 8
_HUNDREDTH = 10_000  # microseconds


def indexed(nodes: Iterable[Node]) -> dict[int, Node]:
    """Elements by their attribute ``index``.

    Raises:
        Malformed: two have the same, of which GBCS can carry one only.
    """
    found: dict[int, Node] = {}
    for node in nodes:
        index = node.integer("@index")
        if index in found:
            raise Malformed(f"{node.name}/@index", f"is used once each, not {index} again")
        found[index] = node
    return found


def _in_order(body: Node, path: str, count: int | None = None) -> list[Node]:
    """The elements at ``path`` by their indexes, which run from 1 to their number, or to ``count``."""
    found = indexed(body.all(path))
    indexes = range(1, (len(found) if count is None else count) + 1)
    if set(found) != set(indexes):
        raise Malformed(f"{path}/@index", f"runs from 1 to {indexes.stop - 1}, not {sorted(found)}")
    return [found[index] for index in indexes]


def seasons(path: str) -> Write:
    """The seasons of the switching table at ``path``; each starts at midnight UTC."""

    def write(body: Node) -> Data:
        return dlms.array(*(_season(node) for node in body.all(f"{path}/Seasons/Season")))

    return write


def _season(node: Node) -> Data:
    name = node.text("SeasonName")
    if not (name.isascii() and name.isprintable()):
        raise Malformed("Season/SeasonName", "is printable ASCII in GBCS")
    start = read_date(node.node("SeasonStartDate")).encode() + _START_OF_DAY + _NOT_SPECIFIED
    week = bytes((node.integer("ReferencedWeekName"),))
    return dlms.structure(dlms.octets(name.encode("ascii")), dlms.octets(start), dlms.octets(week))


def weeks(path: str) -> Write:
    """The week profiles of the switching table at ``path``: a name and seven days, Monday first."""

    def write(body: Node) -> Data:
        return dlms.array(*(_week(node) for node in body.all(f"{path}/WeekProfiles/WeekProfile")))

    return write


def _week(node: Node) -> Data:
    referenced = (dlms.unsigned(day.integer("")) for day in _in_order(node, "ReferencedDayName", _DAYS_OF_WEEK))
    return dlms.structure(dlms.octets(bytes((node.integer("WeekName"),))), *referenced)


def days(path: str, *, secondary: bool = False) -> Write:
    """The day profiles of the switching table at ``path``."""

    def write(body: Node) -> Data:
        return dlms.array(*(_day(node, secondary) for node in body.all(f"{path}/DayProfiles/DayProfile")))

    return write


def _day(node: Node, secondary: bool) -> Data:
    actions = (_action(action, secondary) for action in node.all("ProfileSchedule"))
    return dlms.structure(dlms.unsigned(node.integer("DayName")), dlms.array(*actions))


def _action(node: Node, secondary: bool) -> Data:
    at = node.clock("StartTime")
    if at.microsecond:
        raise Malformed("ProfileSchedule/StartTime", f"has whole seconds in GBCS, not {node.text('StartTime')}")
    if secondary:
        selector = _SECONDARY_SELECTORS + node.integer("TOUTariffAction")
    elif node.has("BlockTariffAction"):
        selector = _BLOCK_SELECTORS + node.integer("BlockTariffAction")
    else:
        selector = node.integer("TOUTariffAction")
    return dlms.structure(
        dlms.octets(bytes((at.hour, at.minute, at.second, 0))),
        dlms.octets(_TARIFF_SCRIPTS),
        dlms.long_unsigned(selector),
    )


def special_days(path: str) -> Write:
    """The special days at ``path``, numbered from 1 in document order."""

    def write(body: Node) -> Data:
        rows = []
        for number, node in enumerate(body.all(f"{path}/SpecialDay"), start=1):
            date, day = read_date(node.node("Date")), node.integer("ReferencedDayName")
            rows.append(dlms.structure(dlms.long_unsigned(number), dlms.octets(date.encode()), dlms.unsigned(day)))
        return dlms.array(*rows)

    return write


def thresholds(path: str, monitor: int) -> Write:
    """The thresholds of one TOU band, in Wh (assumed): as many as the request gives, indexed from 1 without gaps."""

    def write(body: Node) -> Data:
        band = _in_order(body, f"{path}/Thresholds", _MONITORS)[monitor - 1]
        return dlms.array(*(dlms.double_long_unsigned(node.integer("")) for node in _in_order(band, "BlockThreshold")))

    return write


def read_seasons(value: Data) -> Node:
    """Seasons of a response; MMC has no element for the time of day at which one starts."""
    return branch("Seasons", *map(_read_season, _rows(value, 4, "seasons")))


def _read_season(row: Data) -> Node:
    name, start, week = (item.octets for item in row.fields(3))
    if len(start) != 12:
        raise Malformed("season start", f"has 12 octets, not {len(start)}")
    text = name.decode("ascii", "replace")
    if len(name) > _LONGEST_NAME or not (name.isascii() and text.isprintable()):
        raise Malformed("season name", f"is at most {_LONGEST_NAME} printable ASCII characters, not {name[:20].hex()}")
    return branch(
        "Season",
        leaf("SeasonName", text),
        branch("SeasonStartDate", *write_date(CosemDate.decode(start[:5]))),
        leaf("ReferencedWeekName", _week_name(week)),
    )


def read_weeks(value: Data) -> Node:
    """WeekProfiles of a response."""
    return branch("WeekProfiles", *map(_read_week, _rows(value, 4, "week profiles")))


def _read_week(row: Data) -> Node:
    name, *days_of_week = row.fields(8)
    nodes = [leaf("ReferencedElecDay", _day_name(day), index=n) for n, day in enumerate(days_of_week, start=1)]
    return branch("WeekProfile", leaf("WeekName", _week_name(name.octets)), *nodes)


def read_days(value: Data, *, secondary: bool = False) -> Node:
    """DayProfiles of a response."""
    return branch("DayProfiles", *(_read_day(row, secondary) for row in _rows(value, 16, "day profiles")))


def _read_day(row: Data, secondary: bool) -> Node:
    name, actions = row.fields(2)
    schedule = (_read_action(action, secondary) for action in _rows(actions, 48, "day schedule"))
    return branch("DayProfile", leaf("Day", _day_name(name)), *schedule)


def _read_action(row: Data, secondary: bool) -> Node:
    at, script, selector = row.fields(3)
    if script.octets != _TARIFF_SCRIPTS:
        raise Malformed("tariff script", f"is {_TARIFF_SCRIPTS.hex().upper()}, not {script.octets.hex().upper()}")
    number = selector.expect(Tag.LONG_UNSIGNED).number
    for name, numbers in (_SECONDARY_ACTIONS if secondary else _SELECTORS).items():
        if number in numbers:
            action = leaf(name, number - numbers[0] + 1)
            return branch("ProfileSchedule", leaf("StartTime", _time_of_day(at.octets)), action)
    raise Malformed("tariff script selector", f"is a price of the tariff, not {number}")


def read_special_days(value: Data) -> Node:
    """TariffSwitchingTableSpecialDays of a response; MMC has no element for their numbers, the order is the wire's."""
    return branch("TariffSwitchingTableSpecialDays", *map(_read_special_day, _rows(value, 50, "special days")))


def _read_special_day(row: Data) -> Node:
    _, date, day = row.fields(3)
    when = branch("Date", *write_date(CosemDate.decode(date.octets)))
    return branch("SpecialDay", when, leaf("ReferencedDay", _day_name(day)))


def read_thresholds(values: Sequence[Data | None]) -> Node | None:
    """TariffThresholdMatrix of a response's eight bands; None if all failed."""
    bands = [
        branch(
            "ElecTariffThresholds",
            *(leaf("BlockThreshold", item.number, index=n) for n, item in enumerate(_rows(value, 3, "thresholds"), 1)),
            index=band,
        )
        for band, value in enumerate(values, start=1)
        if value is not None
    ]
    return branch("TariffThresholdMatrix", *bands) if bands else None


def _rows(value: Data, most: int, what: str) -> tuple[Data, ...]:
    """The elements of an array, of which MMC has room for ``most``."""
    rows = value.expect(Tag.ARRAY).items
    if len(rows) > most:
        raise Malformed(what, f"are at most {most}, not {len(rows)}")
    return rows


def _day_name(value: Data) -> int:
    number = value.expect(Tag.UNSIGNED).number
    if number not in _DAY_NAMES:
        raise Malformed("day id", f"is 1 to {_DAY_NAMES[-1]}, not {number}")
    return number


def _week_name(octets: bytes) -> int:
    if len(octets) != 1 or octets[0] not in _WEEK_NAMES:
        raise Malformed("week name", f"is one octet, 1 to {_WEEK_NAMES[-1]}, not {octets[:20].hex().upper()}")
    return octets[0]


def _time_of_day(octets: bytes) -> time:
    try:
        hour, minute, second, hundredths = octets
        return time(hour, minute, second, hundredths * _HUNDREDTH)
    except ValueError:
        raise Malformed("start time", f"is a time of day, not {octets[:20].hex().upper()}") from None
