"""The calendar against days written out by hand, and its timer against looking at every quarter of an hour."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.calendar import LOOK_BACK, Calendar, day_matches, in_season, row_state
from schemas.errors import Malformed
from schemas.gbcs.auxiliary import CommandedState, CosemDate, Direction, ScheduleRow, SpecialDay, calendar_selector

ALWAYS = CosemDate()
WEEKDAYS, WEEKEND, EVERY_DAY = "1111100", "0000011", "1111111"
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def row(
    hour: int,
    level: int,
    *,
    index: int = 1,
    days: str = EVERY_DAY,
    special: str = "",
    start: CosemDate = ALWAYS,
    end: CosemDate = ALWAYS,
    minute: int = 0,
    direction: Direction = Direction.OUTPUT,
) -> ScheduleRow:
    selector = calendar_selector(CommandedState(1, level, direction))
    return ScheduleRow(index, selector, time(hour, minute), days, special, start, end)


def level(calendar: Calendar, moment: datetime) -> int | None:
    return calendar.level(1, Direction.OUTPUT, moment)


def change(calendar: Calendar, moment: datetime) -> datetime | None:
    return calendar.next_change(1, Direction.OUTPUT, moment)


def test_the_latest_switch_holds_until_the_next_and_over_midnight() -> None:
    calendar = Calendar((row(7, 100), row(16, 25), row(21, 0)))
    assert [level(calendar, MONDAY + timedelta(hours=hour)) for hour in (6, 7, 15, 16, 20, 21, 23, 30)] == [
        0,
        100,
        100,
        25,
        25,
        0,
        0,
        0,
    ]
    assert change(calendar, MONDAY + timedelta(hours=7)) == MONDAY + timedelta(hours=16)
    assert change(calendar, MONDAY + timedelta(hours=23)) == MONDAY + timedelta(hours=31)


def test_another_controller_or_direction_hears_nothing() -> None:
    calendar = Calendar((row(7, 50),))
    assert calendar.level(2, Direction.OUTPUT, MONDAY) is None
    assert calendar.level(1, Direction.INPUT, MONDAY) is None
    assert calendar.next_change(1, Direction.INPUT, MONDAY) is None


def test_weekday_rows_and_weekend_rows() -> None:
    calendar = Calendar((row(8, 10, days=WEEKDAYS), row(9, 90, days=WEEKEND)))
    assert level(calendar, MONDAY + timedelta(hours=7)) == 90
    assert level(calendar, MONDAY + timedelta(hours=8)) == 10
    assert level(calendar, MONDAY + timedelta(days=5, hours=8)) == 10
    assert level(calendar, MONDAY + timedelta(days=5, hours=9)) == 90
    assert change(calendar, MONDAY + timedelta(hours=8)) == MONDAY + timedelta(days=5, hours=9)


def test_on_a_special_day_only_rows_with_its_bit_count() -> None:
    christmas = SpecialDay(1, CosemDate(None, 12, 25))
    boxing = SpecialDay(2, CosemDate(None, 12, 26))
    calendar = Calendar((row(8, 10, special="00"), row(9, 90, special="10")), (christmas, boxing))
    assert level(calendar, datetime(2026, 12, 25, 8, 30, tzinfo=UTC)) == 90  # the day before, 9:00, weekday rows
    assert level(calendar, datetime(2026, 12, 24, 8, 30, tzinfo=UTC)) == 10
    assert level(calendar, datetime(2026, 12, 25, 9, tzinfo=UTC)) == 90
    assert level(calendar, datetime(2026, 12, 26, 23, tzinfo=UTC)) == 90  # no row counts: the last switch holds


def test_after_the_season_the_last_switch_holds_for_the_look_back_and_no_longer() -> None:
    calendar = Calendar((row(8, 30, end=CosemDate(2026, 3, 2)),))
    eight = MONDAY + timedelta(hours=8)
    silence = MONDAY + timedelta(days=LOOK_BACK)
    assert level(calendar, silence - timedelta(seconds=1)) == 30
    assert level(calendar, silence) is None
    assert change(calendar, eight + timedelta(days=3)) == silence
    assert change(calendar, silence) == silence + timedelta(days=LOOK_BACK)


def test_at_the_same_time_the_higher_index_holds() -> None:
    assert level(Calendar((row(8, 30, index=2), row(8, 60, index=1))), MONDAY + timedelta(hours=9)) == 30


@pytest.mark.parametrize(
    ("pattern", "days"),
    [
        (CosemDate(None, 12, 25), {date(2025, 12, 25), date(2026, 12, 25)}),
        (CosemDate(2026, 2, CosemDate.LAST_DAY), {date(2026, 2, 28)}),
        (CosemDate(2028, 2, CosemDate.LAST_DAY), {date(2028, 2, 29)}),
        (CosemDate(2026, 2, CosemDate.SECOND_LAST_DAY), {date(2026, 2, 27)}),
        (CosemDate(2026, 3, None, 1), {date(2026, 3, day) for day in (2, 9, 16, 23, 30)}),
    ],
)
def test_special_day_patterns(pattern: CosemDate, days: set[date]) -> None:
    span = [date(2025, 1, 1) + timedelta(days=count) for count in range(4 * 365 + 1)]
    found = {day for day in span if day_matches(pattern, day)}
    assert days <= found
    assert pattern.year is None or found == days


@pytest.mark.parametrize(
    ("start", "end", "inside", "outside"),
    [
        (ALWAYS, ALWAYS, [date(1999, 1, 1)], []),
        (CosemDate(None, 6, 21), CosemDate(None, 9, 21), [date(2026, 6, 21), date(2030, 9, 21)], [date(2026, 6, 20)]),
        (CosemDate(None, 10, 1), CosemDate(None, 3, 31), [date(2026, 1, 5), date(2026, 12, 5)], [date(2026, 4, 1)]),
        (CosemDate(2026, 6, 21), CosemDate(2026, 12, 21), [date(2026, 12, 21)], [date(2026, 12, 22), date(2027, 7, 1)]),
        (CosemDate(2026, 6, 21), ALWAYS, [date(2030, 1, 1)], [date(2026, 6, 20)]),
        (ALWAYS, CosemDate(2026, 6, 21), [date(2020, 1, 1)], [date(2026, 6, 22)]),
        (CosemDate(2026), CosemDate(2026), [date(2026, 1, 1), date(2026, 12, 31)], [date(2025, 12, 31)]),
        (CosemDate(day=5), CosemDate(day=10), [date(2026, 7, 5)], [date(2026, 7, 11)]),
        (CosemDate(None, 2, 1), CosemDate(None, 2, CosemDate.LAST_DAY), [date(2028, 2, 29)], [date(2028, 3, 1)]),
    ],
)
def test_seasons(start: CosemDate, end: CosemDate, inside: list[date], outside: list[date]) -> None:
    assert all(in_season(start, end, day) for day in inside)
    assert not any(in_season(start, end, day) for day in outside)


def test_selectors_of_both_generations() -> None:
    assert row_state(0x23B2) == CommandedState(3, 50, Direction.INPUT)
    assert row_state(0x0201) == CommandedState(2, 100)
    assert row_state(0x0202) == CommandedState(2, 0)
    for wrong in (0x0203, 0x0601, 0x0001, 0x2332, 0x31B2):
        with pytest.raises(Malformed):
            row_state(wrong)


rows = st.builds(
    row,
    st.integers(0, 23),
    st.sampled_from([0, 50, 100]),
    index=st.integers(1, 9),
    days=st.integers(0, 127).map(lambda bits: f"{bits:07b}"),
    special=st.sampled_from(["0", "1"]),
    minute=st.sampled_from([0, 15, 30, 45]),
    end=st.sampled_from([ALWAYS, CosemDate(2026, 3, 4), CosemDate(None, 3, 5)]),
)


@given(st.lists(rows, max_size=6).map(tuple), st.integers(0, 14 * 96))
@settings(deadline=None, max_examples=150)
def test_nothing_changes_before_the_timer(some: tuple[ScheduleRow, ...], quarter: int) -> None:
    calendar = Calendar(some, (SpecialDay(1, CosemDate(2026, 3, 6)),))
    now = MONDAY + quarter * timedelta(minutes=15)
    due, before = change(calendar, now), level(calendar, now)
    step = now
    while step < (due or now + timedelta(days=10)):
        assert level(calendar, step) == before
        step += timedelta(minutes=15)
    assert due is None or due > now
