"""The power plot: repeatable bytes, flags that keep apart, arguments that make no picture."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_sim.plot import power_plot, rows_of

MIDNIGHT = datetime(2026, 6, 1, tzinfo=UTC)


def at(hour: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


SERIES = [(at(0), 7.2), (at(4.5), 0.0), (at(17), -3.6), (at(20), 0.4), (at(24), 0.4)]
MARKS = [(at(23.9), "a long label at the very end of the day"), (at(4.5), "off"), (at(4.6), "boost"), (at(0), "joins")]


Times = list[tuple[datetime, float]]
Marks = list[tuple[datetime, str]]


def plot(folder: Path, name: str = "p.png", *, series: Times = SERIES, marks: Marks = MARKS) -> bytes:
    power_plot(folder / name, series, "A day", marks)
    return (folder / name).read_bytes()


def test_the_same_day_gives_the_same_bytes(tmp_path: Path) -> None:
    one = plot(tmp_path, "one.png")
    assert one.startswith(b"\x89PNG\r\n") and len(one) > 10_000
    assert one == plot(tmp_path, "two.png")
    assert one == plot(tmp_path, "three.png", marks=MARKS[::-1])
    assert one != plot(tmp_path, "four.png", marks=MARKS[:3])


def test_no_software_and_no_date_in_the_picture(tmp_path: Path) -> None:
    png = plot(tmp_path)
    assert not any(chunk in png for chunk in (b"tEXt", b"iTXt", b"tIME", b"Software", b"atplotlib"))


def test_it_is_1200_wide_and_grows_upwards_with_its_flags(tmp_path: Path) -> None:
    def size(png: bytes) -> tuple[int, int]:
        return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")

    none, crowd = (plot(tmp_path, marks=marks) for marks in ([], [(at(12), f"mark {n}") for n in range(6)]))
    assert size(none)[0] == size(crowd)[0] == 1200
    assert size(none)[1] < size(crowd)[1]


def test_time_zone_does_not_matter(tmp_path: Path) -> None:
    zone = timezone(timedelta(hours=1))
    summer = [(time.astimezone(zone), power) for time, power in SERIES]
    assert plot(tmp_path, "a.png") == plot(tmp_path, "b.png", series=summer)


@pytest.mark.parametrize("powers", [[0, 0], [5, 5], [-1, -1], [1e-6, 1e6]])
@pytest.mark.parametrize("hours", [[3, 5], [0, 24], [0, 60], [0, 24 * 40]])
def test_any_range_of_power_and_days(tmp_path: Path, powers: list[float], hours: list[float]) -> None:
    series = [(at(hour), float(power)) for hour, power in zip(hours, powers, strict=True)]
    assert plot(tmp_path, series=series, marks=[(at(3), "mark")])


@pytest.mark.parametrize(
    ("series", "marks"),
    [
        ([], []),
        (SERIES[:1], []),
        (SERIES[::-1], []),
        ([*SERIES, (at(25).replace(tzinfo=None), 1.0)], []),
        (SERIES, [(at(25), "late")]),
        (SERIES, [(at(-1), "early")]),
    ],
)
def test_what_makes_no_picture(tmp_path: Path, series: Times, marks: Marks) -> None:
    with pytest.raises(ValueError):
        plot(tmp_path, series=series, marks=marks)
    assert not list(tmp_path.iterdir())


spans = st.lists(st.tuples(st.integers(0, 100), st.integers(1, 30)), max_size=12).map(
    lambda items: sorted((left, left + width) for left, width in items)
)


@given(spans)
def test_flags_keep_apart(spans: list[tuple[float, float]]) -> None:
    rows = rows_of(spans)
    assert len(rows) == len(spans)
    flags = list(zip(spans, rows, strict=True))
    for ((left, right), row), ((other_left, _), other_row) in combinations(flags, 2):
        if left <= other_left <= right:
            assert row > other_row  # neither the label nor the pole of the right one meets the left one's label
    assert not spans or min(rows) == 0


def test_flags_with_room_stay_on_the_ground() -> None:
    assert rows_of([(0, 10), (20, 30), (40, 50)]) == [0, 0, 0]
    assert rows_of([(0, 25), (20, 30), (29, 40)]) == [2, 1, 0]
    assert rows_of([]) == []
