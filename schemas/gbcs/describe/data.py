"""DLMS values as people read them: types by name, times as times, scaler and unit together."""

from schemas.errors import Malformed
from schemas.gbcs.auxiliary import DAYS, CosemDate
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.dlms.times import NEVER, NOW, decode_date_time, from_seconds
from schemas.gbcs.names.cosem import UNITS
from schemas.gbcs.reader import encode_length

_TYPES = {tag: tag.name.lower().replace("_", "-") for tag in Tag}
_COLLECTIONS = (Tag.ARRAY, Tag.STRUCTURE, Tag.COMPACT_ARRAY)
_DATE_TIME_LENGTH = 12
_DEVIATION = slice(9, 11)
_SCALER_UNIT = ("scaler", "unit")
_NAMED_DAYS = {CosemDate.LAST_DAY: "last day", CosemDate.SECOND_LAST_DAY: "second last day"}
_ANY = 0xFF


def describe_data(name: str, value: Data, bare: bool = False) -> Tree:
    """One value and all inside it; ``bare`` inside a compact array, where values travel without tags."""
    kind = _TYPES[value.tag]
    if value.tag not in _COLLECTIONS:
        text = _text(value)
        return Tree(name, f"{kind} {text}" if text else kind, (), value.encode_bare() if bare else value.encode())
    inside = bare or value.tag is Tag.COMPACT_ARRAY
    scaler_unit = _scaler_unit(value)
    names = _SCALER_UNIT if scaler_unit else map(str, range(1, len(value.items) + 1))
    children = tuple(describe_data(each, item, inside) for each, item in zip(names, value.items, strict=True))
    return Tree(name, f"{kind} of {len(children)}{scaler_unit}", children, collected(value, children, bare))


def date_time(octets: bytes) -> str:
    """A 12-octet date-time: the moment, its special meaning, or its octets."""
    if octets == NOW:
        return "now (immediate)"
    if octets == NEVER:
        return "never (cancel)"
    try:
        return moment(decode_date_time(octets))
    except Malformed:
        pass
    try:
        # With wildcards: the date repeats.
        return f"{date(octets[:5])}, {clock(octets[5:9])}"
    except Malformed:
        return octets.hex().upper()


def date(octets: bytes) -> str:
    """A 5-octet date, wildcards as words.

    Raises:
        Malformed: it is none.
    """
    day = CosemDate.decode(octets)
    year = "every year" if day.year is None else str(day.year)
    month = "every month" if day.month is None else f"month {day.month}"
    of_month = "every day" if day.day is None else _NAMED_DAYS.get(day.day, f"day {day.day}")
    weekday = "" if day.weekday is None else f", {DAYS[day.weekday - 1]}"
    return f"{year}, {month}, {of_month}{weekday}"


def clock(octets: bytes) -> str:
    """A 4-octet time of day, UTC; its hundredths where there are any.

    Raises:
        Malformed: it is none.
    """
    if len(octets) != 4 or octets[0] > 23 or max(octets[1:3]) > 59 or not (octets[3] < 100 or octets[3] == _ANY):
        raise Malformed("time of day", f"is hour, minute, second and hundredths, not {octets[:20].hex().upper()}")
    hundredths = f".{octets[3]:02}" if octets[3] not in (0, _ANY) else ""
    return f"{octets[0]:02}:{octets[1]:02}:{octets[2]:02}{hundredths}Z"


def seconds(count: int) -> str:
    """Seconds since 2000, 32 bits, as a moment."""
    return moment(from_seconds(count))


def moment(value: object) -> str:
    """A UTC date-time as this project prints it."""
    return f"{value:%Y-%m-%d %H:%M:%S}Z"


def described_date_time(name: str, value: Data) -> Tree:
    """A value that should be a date-time in an octet-string; anything else as what it is."""
    if value.tag is Tag.OCTET_STRING and len(value.octets) == _DATE_TIME_LENGTH:
        return Tree(name, date_time(value.octets), (), value.encode())
    return describe_data(name, value)


def collected(value: Data, children: tuple[Tree, ...], bare: bool) -> bytes:
    """The octets of an array, structure or compact array whose items ``children`` describe."""
    if value.tag is Tag.COMPACT_ARRAY:
        return value.encode()
    # From the octets of what is inside, which are there already: encoding again at each level would add up.
    inside = b"".join(child.raw for child in children)
    return inside if bare else bytes((value.tag,)) + encode_length(len(children)) + inside


def _text(value: Data) -> str:
    if value.tag is Tag.OCTET_STRING:
        octets = value.octets
        shown = octets.hex().upper() or "empty"
        return f"{shown} ({date_time(octets)})" if _looks_like_time(octets) else shown
    if value.tag is Tag.UTF8_STRING:
        return value.octets.decode("utf-8", "backslashreplace")
    return "" if value.value is None else str(value.value)


def _looks_like_time(octets: bytes) -> bool:
    # Nothing in the message tells a date-time from other octets: deviation "not specified" is in every one of them.
    return len(octets) == _DATE_TIME_LENGTH and octets[_DEVIATION] == NOW[_DEVIATION]


def _scaler_unit(value: Data) -> str:
    if value.tag is not Tag.STRUCTURE or [item.tag for item in value.items] != [Tag.INTEGER, Tag.ENUM]:
        return ""
    scaler, unit = (item.number for item in value.items)
    return f" (scaler {scaler}, unit {UNITS[unit]})" if unit in UNITS else ""
