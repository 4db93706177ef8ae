"""The message ladder: arrows, wrapping, width."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_sim.ladder import draw
from dcc_sim.trace import Trace

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def example() -> Trace:
    trace = Trace()
    trace.add(NOON, "Supplier", "DCC", "request", "DUIS", body=b"x" * 1034)
    trace.add(NOON + timedelta(seconds=0.4), "DCC", "Hub", "command", "GBCS", body=b"x" * 9, verdict="refused E2: old")
    trace.note(NOON + timedelta(seconds=5), "Hub", "forgets it")
    trace.note(NOON + timedelta(seconds=5), "Hub", "tries", verdict="refused E4: no")
    trace.add(NOON + timedelta(days=1), "Hub", "Supplier", "alert", "GBCS", verdict="")
    return trace


def test_unicode() -> None:
    assert draw(example()).splitlines() == [
        "2026-06-01     Supplier      DCC        Hub",
        "12:00:00.000       ├─────────▶│          │      request, 1,034 B: ok",
        "12:00:00.400       │          ├─────────✗│      command, 9 B: refused E2: old",
        "12:00:05.000       │          │          ●      forgets it",
        "12:00:05.000       │          │          ✗      tries: refused E4: no",
        "2026-06-02     Supplier      DCC        Hub",
        "12:00:00.000       │◀─────────┼──────────┤      alert",
    ]


def test_ascii() -> None:
    text = draw(example(), ascii_only=True)
    assert text.isascii() and len(text.splitlines()) == 7
    assert text.splitlines()[1] == "12:00:00.000       |--------->|          |      request, 1,034 B: ok"


def test_parties_come_in_the_order_given_then_as_they_appear() -> None:
    heading = draw(example(), ["SAPC", "Hub"]).splitlines()[0]
    assert heading.split()[1:] == ["SAPC", "Hub", "Supplier", "DCC"]


def test_time_is_utc() -> None:
    trace = Trace()
    trace.note(NOON.astimezone(timezone(timedelta(hours=1))), "DCC", "x")
    assert "12:00:00.000" in draw(trace)


def test_nothing_drawn_of_nothing() -> None:
    assert draw([]) == ""


def test_too_many_parties() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        draw([], [f"Party{number}" for number in range(20)])


words = st.lists(st.text("abcdefgh-:1", min_size=1, max_size=90), min_size=1, max_size=20)


@given(words, words, st.booleans())
def test_no_letter_is_lost_and_no_line_too_long(what: list[str], verdict: list[str], ascii_only: bool) -> None:
    trace = Trace()
    trace.add(NOON, "Supplier", "DCC", " ".join(what), "GBCS", verdict=" ".join(verdict))
    text = draw(trace, ["Supplier", "DCC", "Hub", "HAN", "SAPC"], ascii_only=ascii_only)
    lines = text.splitlines()[1:]
    assert all(len(line) <= 120 for line in lines)
    labels = "".join(line[14 + 5 * 11 :] for line in lines)
    assert "".join(labels.split()) == "".join([*what, ":", *verdict])
