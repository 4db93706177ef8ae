"""Times of COSEM: what a command can carry reads back, and what it cannot is refused."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Malformed
from schemas.gbcs.dlms.times import (
    CANCELLATION,
    EPOCH,
    NEVER,
    NOW,
    decode_date_time,
    encode_activation,
    encode_date_time,
    from_seconds,
    to_seconds,
)

MOMENTS = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))


def test_a_date_time_as_commands_write_it() -> None:
    octets = bytes.fromhex("07DF0103FF0A1E00008000FF")
    moment = datetime(2015, 1, 3, 10, 30, tzinfo=UTC)
    assert encode_date_time(moment) == octets
    assert decode_date_time(octets) == moment
    assert encode_date_time(moment.astimezone(timezone(timedelta(hours=1)))) == octets


@given(MOMENTS)
def test_any_moment_reads_back(moment: datetime) -> None:
    assert decode_date_time(encode_date_time(moment)) == moment


@given(st.integers(0, 0xFFFFFFFF))
def test_any_count_of_seconds_reads_back(count: int) -> None:
    assert to_seconds(from_seconds(count)) == count


def test_seconds_count_from_2000() -> None:
    assert from_seconds(0) == EPOCH == datetime(2000, 1, 1, tzinfo=UTC)
    assert from_seconds(0x1C374A80) == datetime(2015, 1, 1, tzinfo=UTC)


def test_parts_of_a_second_are_refused() -> None:
    with pytest.raises(Malformed, match="whole seconds"):
        encode_date_time(datetime(2030, 1, 1, 0, 0, 0, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "octets", ["", NOW.hex(), NEVER.hex(), "00" * 12, "07DF0D01FF000000008000FF", "07DF021EFF000000008000FF"]
)
def test_dates_that_do_not_exist_are_refused(octets: str) -> None:
    with pytest.raises(Malformed):
        decode_date_time(bytes.fromhex(octets))


@pytest.mark.parametrize("deviation", ["003C", "FFC4", "8001", "FFFF"])
def test_a_local_time_is_not_read_as_utc(deviation: str) -> None:
    with pytest.raises(Malformed, match="UTC"):
        decode_date_time(bytes.fromhex("07DF0103FF0A1E00" + "00" + deviation + "FF"))


def test_no_deviation_is_utc() -> None:
    assert decode_date_time(bytes.fromhex("07DF0103FF0A1E00 00 0000 00")) == datetime(2015, 1, 3, 10, 30, tzinfo=UTC)


def test_an_activation_is_now_then_or_never() -> None:
    assert encode_activation(None) == NOW
    assert encode_activation(CANCELLATION) == NEVER
    moment = datetime(2030, 1, 15, 9, tzinfo=UTC)
    assert encode_activation(moment) == encode_date_time(moment)
