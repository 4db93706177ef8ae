"""What a link does to frames: rates hold, chance is drawn only where it is asked for, same seed same fates."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from han.conditions import Arrival, Burst, Conditions, Link, bit_error_rate, signal_to_noise
from schemas.errors import Malformed

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)
LONG = bytes(range(127))
SHORT = LONG[:12]

rates = st.sampled_from([0.0, 0.1, 0.5, 1.0])
anything = st.builds(
    Conditions,
    jitter=st.sampled_from([0 * MS, 9 * MS]),
    loss=rates,
    duplication=rates,
    reordering=rates,
    bit_error_rate=st.sampled_from([0.0, 1e-3, 0.5, 1.0]),
    quality=st.none() | st.integers(0, 255),
)


def carried(conditions: Conditions, seed: int = 1, count: int = 50, psdu: bytes = LONG) -> list[list[Arrival]]:
    link = Link(conditions, Random(seed))
    return [link.carry(psdu, NOW + number * MS) for number in range(count)]


def broken(conditions: Conditions, psdu: bytes, count: int = 1000) -> float:
    """The share of frames that arrive with a bit turned over."""
    fates = carried(conditions, 1, count, psdu)
    return sum(arrival.psdu != psdu for (arrival,) in fates) / count


def turned(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


@given(anything, st.integers(0, 99))
@settings(max_examples=60)
def test_the_same_seed_gives_the_same_fates(conditions: Conditions, seed: int) -> None:
    first = carried(conditions, seed)
    assert first == carried(conditions, seed)
    for number, arrivals in enumerate(first):
        sent = NOW + number * MS
        assert len(arrivals) <= 2
        for arrival in arrivals:
            # In order, a frame may wait for the one before it, which was sent no later and has the same limits.
            assert (
                sent + conditions.delay
                <= arrival.at
                <= sent + conditions.delay + max(conditions.jitter, conditions.hold + conditions.jitter)
            )
            assert len(arrival.psdu) == len(LONG)


@given(st.sampled_from([Conditions(), Conditions(quality=255), Conditions(delay=50 * MS), Conditions(seed=4)]))
def test_no_chance_is_drawn_where_none_is_asked_for(conditions: Conditions) -> None:
    chance = Random(7)
    before = chance.getstate()
    quiet = Burst(NOW + timedelta(hours=1), MS, 10.0)
    assert Link(conditions, chance, (quiet,)).carry(LONG, NOW) == [Arrival(NOW + conditions.delay, LONG)]
    assert chance.getstate() == before


def test_losses_and_duplicates_come_at_their_rates() -> None:
    fates = carried(Conditions(loss=0.3, duplication=0.2), count=5000)
    lost = sum(not arrivals for arrivals in fates)
    twice = sum(len(arrivals) == 2 for arrivals in fates)
    assert 0.28 < lost / 5000 < 0.32
    assert 0.18 < twice / (5000 - lost) < 0.22


def test_bit_errors_come_at_their_rate_in_every_bit() -> None:
    link = Link(Conditions(bit_error_rate=0.01), Random(3))
    blank = bytes(100)
    places = [0] * 800
    for number in range(2000):
        for bit, mark in enumerate(f"{int.from_bytes(link.carry(blank, NOW + number * MS)[0].psdu):0800b}"):
            places[bit] += mark == "1"
    assert 0.0095 < sum(places) / 1_600_000 < 0.0105
    assert min(places) > 0 and max(places) < 60


def test_every_bit_is_turned_over_at_a_rate_of_one() -> None:
    ((arrival,),) = carried(Conditions(bit_error_rate=1.0), count=1)
    assert turned(arrival.psdu, LONG) == 127 * 8


def test_long_frames_break_more_often_than_short_ones_and_weak_links_more_than_strong() -> None:
    weak, fair, strong = (Conditions(quality=quality) for quality in (100, 115, 200))
    assert broken(strong, LONG) == 0
    for conditions in (weak, fair):
        assert broken(conditions, LONG) > 2 * broken(conditions, SHORT) > 0
    assert broken(weak, LONG) > broken(fair, LONG)


@pytest.mark.parametrize("quality", [100, 110, 120])
def test_the_share_of_broken_frames_is_that_of_the_formula(quality: int) -> None:
    rate = bit_error_rate(signal_to_noise(quality))
    assert abs(broken(Conditions(quality=quality), LONG, 2000) - (1 - (1 - rate) ** (8 * 127))) < 0.04


def test_bit_errors_fall_with_the_ratio_and_never_exceed_a_half() -> None:
    rates_by_ratio = [bit_error_rate(tenth / 10) for tenth in range(-300, 80)]
    assert rates_by_ratio == sorted(rates_by_ratio, reverse=True)
    assert 0.49 < rates_by_ratio[0] <= 0.5


def test_a_burst_breaks_what_is_on_the_air_during_it() -> None:
    burst = Burst(NOW, 4 * MS, 12.0, period=100 * MS, end=NOW + 200 * MS)
    link = Link(Conditions(), Random(1), (burst,))
    hit = {number for number in range(400) if link.carry(LONG, NOW + number * MS)[0].psdu != LONG}
    # A frame of 127 octets is 4.3 ms on the air: one that begins up to 4 ms before the burst is met by it.
    assert hit == {0, 1, 2, 3, 96, 97, 98, 99, 100, 101, 102, 103}


def test_only_the_octets_that_the_burst_meets_are_touched() -> None:
    link = Link(Conditions(), Random(1), (Burst(NOW + 3 * MS, MS / 2, 20.0),))
    ((arrival),) = link.carry(LONG, NOW)
    first, last = 88, 103  # (3 ms / 32 us) - 6, and 15.6 octets on
    assert arrival.psdu[:first] == LONG[:first]
    assert arrival.psdu[last + 1 :] == LONG[last + 1 :]
    assert turned(arrival.psdu, LONG) > 30


def test_conditions_change_while_running() -> None:
    link = Link(Conditions(loss=1.0), Random(1))
    assert link.carry(LONG, NOW) == []
    link.conditions = replace(link.conditions, loss=0.0)
    assert len(link.carry(LONG, NOW)) == 1


@pytest.mark.parametrize(
    ("field", "value"), [("bit_error_rate", -0.1), ("bit_error_rate", 1.1), ("quality", -1), ("quality", 256)]
)
def test_conditions_outside_their_ranges_are_refused(field: str, value: float) -> None:
    with pytest.raises(Malformed, match=field):
        Conditions(**{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"duration": 0 * MS}, "duration"),
        ({"strength": -1.0}, "strength"),
        ({"strength": float("nan")}, "strength"),
        ({"period": MS / 2}, "period"),
    ],
)
def test_bursts_outside_their_ranges_are_refused(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(Malformed, match=named):
        Burst(**{"start": NOW, "duration": MS, "strength": 3.0, **wrong})  # type: ignore[arg-type]
