"""DLMS values as people read them: types by name, times as times, scaler and unit together."""

from schemas.errors import Malformed
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.dlms.times import NEVER, NOW, decode_date_time, from_seconds
from schemas.gbcs.names.cosem import UNITS
from schemas.gbcs.reader import encode_length

_TYPES = {tag: tag.name.lower().replace("_", "-") for tag in Tag}
_COLLECTIONS = (Tag.ARRAY, Tag.STRUCTURE, Tag.COMPACT_ARRAY)
_DATE_TIME_LENGTH = 12
_DEVIATION = slice(9, 11)


def describe_data(name: str, value: Data, bare: bool = False) -> Tree:
    """One value and all inside it; ``bare`` inside a compact array, where values travel without tags."""
    kind = _TYPES[value.tag]
    if value.tag not in _COLLECTIONS:
        text = _text(value)
        return Tree(name, f"{kind} {text}" if text else kind, (), value.encode_bare() if bare else value.encode())
    inside = bare or value.tag is Tag.COMPACT_ARRAY
    children = tuple(describe_data(str(place), item, inside) for place, item in enumerate(value.items, start=1))
    return Tree(name, f"{kind} of {len(children)}{_scaler_unit(value)}", children, _collected(value, children, bare))


def date_time(octets: bytes) -> str:
    """A 12-octet date-time: the moment, its special meaning, or its octets."""
    if octets == NOW:
        return "now (immediate)"
    if octets == NEVER:
        return "never (cancel)"
    try:
        return moment(decode_date_time(octets))
    except Malformed:
        return octets.hex().upper()


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


def _collected(value: Data, children: tuple[Tree, ...], bare: bool) -> bytes:
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
