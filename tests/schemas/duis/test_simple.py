"""Lexical rules of simple types; what is valid was asked of libxml2 where the two agree."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.duis import xsd
from schemas.duis.node import Value
from schemas.duis.simple import Hex, OneOf, Simple
from schemas.eui import EUI64

GOOD: list[tuple[Simple, str, Value]] = [
    (xsd.integer(0, 100), "+5", 5),
    (xsd.integer(0, 100), "-0", 0),
    (xsd.integer(0, 100), " \t0100\n", 100),
    (xsd.BOOLEAN, "1", True),
    (xsd.BOOLEAN, " false ", False),
    (xsd.fraction("0", "6.5535", 4), "6.55350", Decimal("6.5535")),
    (xsd.DECIMAL, ".5", Decimal("0.5")),
    (xsd.DATE_TIME, "2015-01-03T00:00:00.00Z", datetime(2015, 1, 3, tzinfo=UTC)),
    (xsd.DATE_TIME, "2015-01-03T00:00:00", datetime(2015, 1, 3, tzinfo=UTC)),
    (xsd.DATE_TIME, "2015-01-03T24:00:00Z", datetime(2015, 1, 4, tzinfo=UTC)),
    (xsd.DATE_TIME, "2015-01-03T00:00:00.123456789+14:00", datetime(2015, 1, 2, 10, 0, 0, 123456, tzinfo=UTC)),
    (xsd.DATE_TIME, "65535-01-03T00:00:00Z", "65535-01-03T00:00:00Z"),
    (xsd.DATE_TIME, "9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59-01:00"),
    (xsd.DATE, "2016-02-29", date(2016, 2, 29)),
    (xsd.DATE, "65535-04-29Z", "65535-04-29Z"),
    (xsd.TIME, "12:00:00+01:00", time(11)),
    (xsd.TIME, "00:30:00+01:00", time(23, 30)),
    (xsd.BYTES, " AA A\n=", b"\x00\x00"),
    (xsd.BYTES, "", b""),
    (Hex(1, 2), " 8f0A ", b"\x8f\x0a"),
    (xsd.EUI, "00-db-12-34-56-78-90-a0", EUI64.parse("00DB1234567890A0")),
    (OneOf(frozenset(("a",)), token=True), " a ", "a"),
    (xsd.printable(1, 116), " a ", " a "),
]

BAD: list[tuple[Simple, str]] = [
    (xsd.integer(0, 100), "101"),
    (xsd.integer(0, 100), ""),
    (xsd.integer(0, 100), "5.0"),
    (xsd.integer(0, 100), "٣"),
    (xsd.integer(0, 100), "\u00a05"),
    (xsd.INTEGER, "1" * 5000),
    (xsd.BOOLEAN, "TRUE"),
    (xsd.fraction("1.5", "2.5", 1, inside=True), "1.5"),
    (xsd.fraction("0", "9", 1), "1.55"),
    (xsd.DECIMAL, "1e5"),
    (xsd.DECIMAL, "NaN"),
    (xsd.DATE_TIME, "2015-02-29T00:00:00Z"),
    (xsd.DATE_TIME, "0000-01-01T00:00:00Z"),
    (xsd.DATE_TIME, "65535-02-29T00:00:00Z"),
    (xsd.DATE_TIME, "2015-01-03T24:00:01Z"),
    (xsd.DATE_TIME, "2015-01-03T00:00:60Z"),
    (xsd.DATE_TIME, "2015-01-03T00:00:00+14:01"),
    (xsd.DATE_TIME, "2015-01-03 00:00:00Z"),
    (xsd.DATE, "2015-1-3"),
    (xsd.DATE, "2015-13-01"),
    (xsd.TIME, "12:00"),
    (xsd.TIME, "25:00:00"),
    (xsd.BYTES, "AB=="),
    (xsd.BYTES, "AAAA="),
    (xsd.BYTES, "AAF="),
    (xsd.BYTES, "A-_A"),
    (xsd.BYTES, "éAAA"),
    (xsd.BYTES, "A==="),
    (Hex(1, 2), "8f0"),
    (Hex(1, 2), "8f 0a"),
    (Hex(1, 2), "٣٣"),
    (Hex(1, 2), "aabbcc"),
    (xsd.EUI, "00DB1234567890A0"),
    (xsd.printable(1, 116), "é"),
    (xsd.printable(1, 116), "a\nb"),
    (xsd.one_of("a", "b"), " a"),
]


@pytest.mark.parametrize(("kind", "text", "value"), GOOD)
def test_good(kind: Simple, text: str, value: Value) -> None:
    read = kind.read(text)[0]
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize(("kind", "text"), BAD)
def test_bad_with_the_value_shown(kind: Simple, text: str) -> None:
    with pytest.raises(ValueError, match="not '"):
        kind.read(text)


@given(st.text(max_size=60) | st.text("0123456789-+:TZ.=AaFf ", max_size=40))
def test_no_text_raises_anything_but_value_error(text: str) -> None:
    for kind, _, _ in GOOD:
        try:
            kind.read(text)
        except ValueError:
            continue
