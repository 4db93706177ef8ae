"""An in-home display: what its meter told it last is what it shows."""

from datetime import UTC, datetime, timedelta

from devices.display import Display, Shown
from devices.output import Output, Tell
from schemas.eui import EUI64
from schemas.zse import CancelMessage, DisplayMessage, GetLastMessage, ReadAttributes, ReadAttributesResponse
from schemas.zse.attributes import METERING, TIME, MeteringAttribute
from schemas.zse.times import MAX_UTC, utc_moment, utc_seconds

DISPLAY, METER = EUI64.parse("00DB1234567890A7"), EUI64.parse("00DB1234567890A0")
NOW = datetime(2026, 1, 15, 17, tzinfo=UTC)
SCALE = ((MeteringAttribute.MULTIPLIER, 1), (MeteringAttribute.DIVISOR, 1000))


def display(every: timedelta | None = None) -> Display:
    return Display(DISPLAY, METER, every)


def metering(*values: tuple[int, int | None]) -> ReadAttributesResponse:
    return ReadAttributesResponse(METERING, values)


def asked(outputs: list[Output]) -> list[type]:
    assert all(isinstance(each, Tell) and each.target == METER for each in outputs)
    return [type(each.command) for each in outputs if isinstance(each, Tell)]


def test_it_asks_when_it_is_looked_at_and_as_often_as_it_is_set() -> None:
    some = display(timedelta(seconds=10))
    assert some.next_timer() is None
    assert asked(some.look(NOW)) == [ReadAttributes, ReadAttributes, GetLastMessage]
    due = some.next_timer()
    assert due == NOW + timedelta(seconds=10)
    assert some.handle_timer(NOW) == []
    assert len(some.handle_timer(due)) == 3
    assert some.next_timer() == NOW + timedelta(seconds=20)
    other = display()
    other.look(NOW)
    assert other.next_timer() is None


def test_it_shows_what_it_was_told() -> None:
    some = display()
    some.hear(METER, ReadAttributesResponse(TIME, ((0, utc_seconds(NOW)),)), NOW)
    energy = (
        (MeteringAttribute.CURRENT_SUMMATION_DELIVERED, 12345),
        (MeteringAttribute.CURRENT_SUMMATION_RECEIVED, None),
    )
    some.hear(METER, metering(*SCALE, (MeteringAttribute.INSTANTANEOUS_DEMAND, -1500), *energy), NOW)
    some.hear(METER, DisplayMessage(7, "Hello"), NOW)
    assert some.shown == Shown(NOW, -1.5, 12.345, None, "Hello")
    some.hear(METER, CancelMessage(6), NOW)
    assert some.shown.message == "Hello"
    some.hear(METER, CancelMessage(7), NOW)
    assert some.shown.message is None


def test_numbers_without_a_scale_and_words_of_others_are_not_shown() -> None:
    some = display()
    some.hear(METER, metering((MeteringAttribute.INSTANTANEOUS_DEMAND, 1500)), NOW)
    some.hear(METER, metering((MeteringAttribute.DIVISOR, 0), *SCALE[:1]), NOW)
    some.hear(METER, ReadAttributesResponse(TIME, ((0, None),)), NOW)
    some.hear(DISPLAY, DisplayMessage(7, "Hello"), NOW)
    assert some.shown == Shown()


def test_utc_times_have_a_first_and_a_last() -> None:
    assert utc_moment(utc_seconds(NOW)) == NOW
    assert utc_seconds(datetime(1999, 1, 1, tzinfo=UTC)) == 0
    assert utc_seconds(datetime(9999, 1, 1, tzinfo=UTC)) == MAX_UTC
