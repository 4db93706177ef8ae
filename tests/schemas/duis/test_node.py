"""Typed access by path."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from schemas.duis.node import Node, Value, branch, leaf, lexical_of
from schemas.errors import Malformed
from schemas.eui import EUI64

MOMENT = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
EUI = EUI64.parse("00DB1234567890A0")
TREE = branch(
    "Root",
    leaf("Number", 5, index=3),
    branch("Pair", leaf("Flag", True), leaf("Flag", False)),
    branch("Pair", leaf("Flag", False)),
    leaf("Bytes", b"\x00\x01"),
    leaf("Who", EUI),
    leaf("When", MOMENT),
    leaf("Day", date(2026, 11, 22)),
    leaf("Clock", time(18, 30)),
    leaf("Part", Decimal("0.50")),
    branch("Empty"),
)


def test_by_path() -> None:
    assert TREE.integer("Number") == 5
    assert TREE.integer("Number/@index") == 3
    assert TREE.node("Number").integer("@index") == 3
    assert TREE.node("Number").integer("") == 5
    assert TREE.boolean("Pair/Flag") is True
    assert TREE.octets("Bytes") == b"\x00\x01"
    assert TREE.eui("Who") == TREE.octets("Who") == EUI
    assert TREE.moment("When") == MOMENT
    assert TREE.day("Day") == date(2026, 11, 22)
    assert TREE.clock("Clock") == time(18, 30)
    assert TREE.decimal("Part") == Decimal("0.5")
    assert TREE.text("Part") == "0.50"
    assert TREE.text("Number/@index") == "3"
    assert [node.value for node in TREE.all("Pair/Flag")] == [True, False, False]
    assert len(TREE.all("Pair")) == 2 and TREE.all("None") == ()


def test_presence() -> None:
    assert TREE.has("Empty") and TREE.has("Number/@index") and TREE.has("Pair/Flag")
    assert not (TREE.has("None") or TREE.has("None/@index") or TREE.has("Number/@other") or TREE.has("Number/Flag"))
    assert TREE.find("None/Deeper") is None


@pytest.mark.parametrize("getter", ["integer", "boolean", "decimal", "octets", "eui", "moment", "day", "clock", "text"])
@pytest.mark.parametrize("path", ["Empty", "None", "Number/@other", "Pair"])
def test_nothing_there_names_the_path(getter: str, path: str) -> None:
    with pytest.raises(Malformed, match=f"Root/{path}"):
        getattr(TREE, getter)(path)


@pytest.mark.parametrize(
    ("getter", "path"),
    [
        *[("integer", "Pair/Flag"), ("boolean", "Number"), ("decimal", "Number"), ("octets", "Number")],
        *[("eui", "Bytes"), ("moment", "Day"), ("day", "When"), ("clock", "When")],
    ],
)
def test_another_type_is_refused(getter: str, path: str) -> None:
    with pytest.raises(Malformed, match=f"Root/{path}"):
        getattr(TREE, getter)(path)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (7, "7"),
        ("a", "a"),
        (b"\x00", "AA=="),
        (EUI, "00-DB-12-34-56-78-90-A0"),
        (MOMENT, "2026-11-22T18:30:00Z"),
        (MOMENT.replace(microsecond=790_000), "2026-11-22T18:30:00.790Z"),
        (MOMENT.replace(microsecond=1), "2026-11-22T18:30:00.000001Z"),
        (MOMENT.astimezone(timezone(timedelta(hours=1))), "2026-11-22T18:30:00Z"),
        (Decimal("1E+2"), "100"),
    ],
)
def test_text_of_a_value(value: Value, text: str) -> None:
    assert lexical_of(value) == text


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(Malformed):
        leaf("When", datetime(2026, 11, 22))  # noqa: DTZ001


def test_frozen() -> None:
    with pytest.raises(AttributeError):
        TREE.name = "Other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        Node("A").attributes["b"] = 1  # type: ignore[index]
