"""Values of load control: every one that exists reads back, every other is refused."""

from contextlib import suppress
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Malformed
from schemas.gbcs.auxiliary import (
    SET_STATE_SCRIPT,
    CommandedState,
    CosemDate,
    Direction,
    ScheduleRow,
    SpecialDay,
    calendar_selector,
    calendar_state,
)
from schemas.gbcs.dlms.data import Data, Tag, boolean, octets, structure, unsigned

DATES = st.builds(
    CosemDate,
    st.none() | st.integers(0, 0xFFFE),
    st.none() | st.integers(1, 12),
    st.none() | st.integers(1, 31) | st.sampled_from((CosemDate.LAST_DAY, CosemDate.SECOND_LAST_DAY)),
    st.none() | st.integers(1, 7),
)
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 99)).map(
    lambda clock: clock.replace(microsecond=clock.microsecond * 10_000)
)
ROWS = st.builds(
    ScheduleRow,
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    TIMES,
    st.text("01", min_size=7, max_size=7),
    st.text("01", max_size=20),
    DATES,
    DATES,
)
ROW = ScheduleRow(1, 0x11B2, time(9, 30), "1111100", "101", CosemDate(2030, 6, 21), CosemDate())


def test_the_word_of_a_state() -> None:
    assert CommandedState(3, 50, Direction.INPUT).word == 0x2332
    assert CommandedState(5, 100).word == 0x1564
    assert calendar_selector(CommandedState(1, 0)) == 0x1180


def test_every_word_is_one_state_or_refused() -> None:
    taken = 0
    for word in range(0x10000):
        try:
            state = CommandedState.from_word(word)
        except Malformed:
            continue
        assert state.word == word
        assert calendar_state(calendar_selector(state)) == state
        taken += 1
    assert taken == 2 * 5 * 101


@pytest.mark.parametrize(("controller", "level"), [(0, 0), (6, 0), (1, -1), (1, 101), (-1, 50)])
def test_states_that_do_not_exist_are_refused(controller: int, level: int) -> None:
    with pytest.raises(Malformed):
        CommandedState(controller, level)


@pytest.mark.parametrize("selector", [0x1132, 0x0180, 0x3180, 0x1080, 0x1680, 0x11E5, 0xFFFF])
def test_selectors_that_do_not_exist_are_refused(selector: int) -> None:
    with pytest.raises(Malformed):
        calendar_state(selector)


@given(DATES)
def test_any_date_reads_back(date: CosemDate) -> None:
    assert CosemDate.decode(date.encode()) == date


@given(st.binary(max_size=6))
def test_five_octets_are_a_date_or_refused(raw: bytes) -> None:
    with suppress(Malformed):
        assert CosemDate.decode(raw).encode() == raw


@pytest.mark.parametrize(
    "arguments", [(-1,), (0xFFFF,), (None, 0), (None, 13), (None, 1, 0), (None, 1, 32), (None, 1, 255), (None, 1, 1, 8)]
)
def test_dates_that_do_not_exist_are_refused(arguments: tuple[int | None, ...]) -> None:
    with pytest.raises(Malformed):
        CosemDate(*arguments)


@given(st.builds(SpecialDay, st.integers(0, 255), DATES))
def test_any_special_day_reads_back(day: SpecialDay) -> None:
    assert SpecialDay.from_data(day.to_data()) == day


def test_a_special_day_with_two_numbers_is_refused() -> None:
    index, date, _ = SpecialDay(1, CosemDate()).to_data().items
    with pytest.raises(Malformed, match="day id"):
        SpecialDay.from_data(structure(index, date, unsigned(2)))
    with pytest.raises(Malformed):
        SpecialDay(256, CosemDate()).to_data().encode()


@given(ROWS)
def test_any_row_reads_back(row: ScheduleRow) -> None:
    data = row.to_data()
    assert ScheduleRow.from_data(data) == row
    assert data.items[2].octets == SET_STATE_SCRIPT


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, unsigned(1)),
        (1, boolean(False)),
        (2, octets(bytes(6))),
        (3, unsigned(1)),
        (4, octets(bytes(3))),
        (4, octets(bytes.fromhex("18000000"))),
        (4, octets(bytes.fromhex("00000064"))),
        (5, Data(Tag.LONG_UNSIGNED, 0)),
        (6, Data(Tag.BIT_STRING, "111111")),
        (7, octets(b"")),
        (8, octets(bytes(4))),
        (9, octets(bytes.fromhex("FFFF0DFFFF"))),
    ],
)
def test_rows_of_another_form_are_refused(place: int, value: Data) -> None:
    items = list(ROW.to_data().items)
    items[place] = value
    with pytest.raises(Malformed):
        ScheduleRow.from_data(structure(*items))
    with pytest.raises(Malformed):
        ScheduleRow.from_data(structure(*items[:9]))


@pytest.mark.parametrize(
    ("clock", "weekdays", "special_days"),
    [(time(0, 0, 0, 1), "1" * 7, ""), (time(), "1" * 6, ""), (time(), "1" * 7, "2"), (time(), "1111 11", "")],
)
def test_rows_that_the_wire_cannot_carry_are_refused(clock: time, weekdays: str, special_days: str) -> None:
    with pytest.raises(Malformed):
        ScheduleRow(1, 0x11B2, clock, weekdays, special_days, CosemDate(), CosemDate())
