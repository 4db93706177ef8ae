"""pcapng files of IEEE 802.15.4 frames, written and read (draft-ietf-opsawg-pcapng).

Written: little-endian, one interface, link type 195 (with check sequence), microseconds. Read: either byte order, any
number of interfaces of that link type or 230 (without).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from schemas.errors import Malformed

WITH_FCS: Final = 195
WITHOUT_FCS: Final = 230

_SECTION, _INTERFACE, _ENHANCED = 0x0A0D0D0A, 1, 6
_MAGIC = 0x1A2B3C4D
_END, _COMMENT, _USER_APPLICATION, _TIME_RESOLUTION, _NAME = 0, 1, 4, 9, 2
_MICROSECONDS = 6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHORTEST = 12
_ENHANCED_FIXED = 20


@dataclass(frozen=True, slots=True)
class Packet:
    """One captured frame: when, its octets, what the link type says of them, and its comment."""

    time: datetime
    octets: bytes
    link_type: int
    comment: str = ""


def section_header(comment: str, application: str) -> bytes:
    """The first block of a file."""
    fixed = struct.pack("<IHHq", _MAGIC, 1, 0, -1)
    return _block(_SECTION, fixed + _options((_COMMENT, comment.encode()), (_USER_APPLICATION, application.encode())))


def interface_description(name: str) -> bytes:
    """The block of the one interface: frames with check sequence, times in microseconds."""
    fixed = struct.pack("<HHI", WITH_FCS, 0, 0)
    return _block(_INTERFACE, fixed + _options((_NAME, name.encode()), (_TIME_RESOLUTION, bytes((_MICROSECONDS,)))))


def enhanced_packet(time: datetime, octets: bytes, comment: str) -> bytes:
    """The block of one frame.

    Args:
        time: aware; from 1970.
    """
    ticks = (time - _EPOCH) // timedelta(microseconds=1)
    fixed = struct.pack("<IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(octets), len(octets))
    return _block(_ENHANCED, fixed + _padded(octets) + _options((_COMMENT, comment.encode())))


def read(data: bytes) -> Iterator[Packet]:
    """The frames of a file, in its order; blocks of other kinds are passed over.

    Raises:
        Malformed: no pcapng, cut short, or frames of another link type.
    """
    order, at = "<", 0
    interfaces: list[tuple[int, timedelta]] = []
    if len(data) < _SHORTEST or data[:4] != _SECTION.to_bytes(4, "little"):
        raise Malformed("pcapng", "begins with a section header block")
    while at < len(data):
        if len(data) < at + _SHORTEST:
            raise Malformed("pcapng block", "is cut short")
        kind = struct.unpack_from(order + "I", data, at)[0]
        if data[at : at + 4] == _SECTION.to_bytes(4, "little"):
            kind, order = _SECTION, _order(data[at + 8 : at + 12])
            interfaces = []
        length = struct.unpack_from(order + "I", data, at + 4)[0]
        if length < _SHORTEST or length % 4 or len(data) < at + length:
            raise Malformed("pcapng block", "is as long as it says, a multiple of 4")
        body = data[at + 8 : at + length - 4]
        if kind == _INTERFACE:
            interfaces.append(_interface(order, body))
        elif kind == _ENHANCED:
            yield _packet(order, body, interfaces)
        at += length


def _order(magic: bytes) -> str:
    for order in "<>":
        if struct.unpack(order + "I", magic)[0] == _MAGIC:
            return order
    raise Malformed("pcapng byte-order magic", "is 0x1A2B3C4D")


def _interface(order: str, body: bytes) -> tuple[int, timedelta]:
    if len(body) < 8:
        raise Malformed("pcapng interface", "is cut short")
    exponent = _read_options(order, body[8:]).get(_TIME_RESOLUTION, bytes((_MICROSECONDS,)))
    if exponent != bytes((_MICROSECONDS,)):
        raise Malformed("pcapng if_tsresol", "is 6, microseconds")
    link_type: int = struct.unpack_from(order + "H", body)[0]
    if link_type not in (WITH_FCS, WITHOUT_FCS):
        raise Malformed("pcapng link type", f"is {WITH_FCS} or {WITHOUT_FCS}, IEEE 802.15.4, not {link_type}")
    return link_type, timedelta(microseconds=1)


def _packet(order: str, body: bytes, interfaces: list[tuple[int, timedelta]]) -> Packet:
    if len(body) < _ENHANCED_FIXED:
        raise Malformed("pcapng packet", "is cut short")
    interface, high, low, captured, _ = struct.unpack_from(order + "IIIII", body)
    if interface >= len(interfaces):
        raise Malformed("pcapng packet", f"is of an interface described before, not {interface}")
    if _ENHANCED_FIXED + captured > len(body):
        raise Malformed("pcapng packet", "is cut short")
    link_type, tick = interfaces[interface]
    options = _read_options(order, body[_ENHANCED_FIXED + captured + -captured % 4 :])
    try:
        time = _EPOCH + tick * (high << 32 | low)
    except OverflowError:
        raise Malformed("pcapng time", "is before the year 10000") from None
    octets = body[_ENHANCED_FIXED : _ENHANCED_FIXED + captured]
    return Packet(time, octets, link_type, options.get(_COMMENT, b"").decode(errors="replace"))


def _read_options(order: str, octets: bytes) -> dict[int, bytes]:
    options: dict[int, bytes] = {}
    at = 0
    while len(octets) >= at + 4:
        code, length = struct.unpack_from(order + "HH", octets, at)
        if code == _END:
            break
        if len(octets) < at + 4 + length:
            raise Malformed("pcapng option", "is cut short")
        options.setdefault(code, octets[at + 4 : at + 4 + length])
        at += 4 + length + -length % 4
    return options


def _options(*options: tuple[int, bytes]) -> bytes:
    octets = b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options)
    return octets + struct.pack("<HH", _END, 0)


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + _SHORTEST)
    return struct.pack("<I", kind) + length + body + length
