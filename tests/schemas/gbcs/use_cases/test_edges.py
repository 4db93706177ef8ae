"""The edges of what DUIS may ask, and what GBCS cannot carry: a clear error that names the DUIS element."""

from datetime import UTC, datetime, time, timedelta

import pytest

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.auxiliary import CommandedState, CosemDate, Direction, ScheduleRow, SpecialDay
from schemas.gbcs.dlms.times import CANCELLATION
from tests.schemas.gbcs.use_cases import bodies, read_back
from tests.schemas.gbcs.use_cases.bodies import Calendar, Row
from tests.schemas.gbcs.use_cases.test_round_trip import agrees, items, request

START = datetime(2026, 1, 15, 18, tzinfo=UTC)
END = datetime(2026, 1, 15, 19, tzinfo=UTC)
ANY = CosemDate()
CHRISTMAS = SpecialDay(7, CosemDate(None, 12, 25))


def row(at: time = time(18), special: tuple[int, ...] = (), days: tuple[int, ...] = (0,), level: int = 50) -> Row:
    """One row."""
    return Row(CommandedState(1, level), at, frozenset(days), special, ANY, ANY)


def rows_of(calendar: Calendar) -> list[ScheduleRow]:
    """The rows that a device reads."""
    made = items(request("6.14.3", bodies.controller_calendar(calendar)))[1]
    return [ScheduleRow.from_data(item) for item in made.data.items]


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("level", [0, 1, 99, 100])
@pytest.mark.parametrize("controller", [1, 2, 3, 4, 5])
def test_levels_and_controllers(controller: int, level: int, direction: Direction) -> None:
    """The word is direction, controller, level; start and end go to the controller's own objects."""
    state = CommandedState(controller, level, direction)
    for service, element, first in (("7.13", "SetAuxiliaryControllerState", 1), ("7.16", "LimitAPCLevel", 3)):
        made = items(request(service, bodies.timed_state(element, state, START, END)))
        assert made[2].data.encode().hex() == f"12{direction:x}{controller:x}{level:02x}"
        assert [item.obis.hex() for item in made[:2]] == [
            f"00005e2c{116 + controller:02x}{first + n:02x}" for n in (0, 1)
        ]


def test_no_rows_and_no_special_days() -> None:
    """An empty calendar is two empty arrays: it clears what was there."""
    days, rows, *_ = items(request("6.14.3", bodies.controller_calendar(Calendar([], []))))
    assert (days.data.encode().hex(), rows.data.encode().hex()) == ("0100", "0100")


def test_no_days_of_week() -> None:
    """A row without DaysOfWeekApplicability, and one with an empty one, applies to no day of the week."""
    assert rows_of(Calendar([row(days=())], []))[0].weekdays == "0000000"
    body = bodies.controller_calendar(Calendar([row()], []))
    schedule = body.children[0]
    week = tuple(branch(n.name) if n.name == "DaysOfWeekApplicability" else n for n in schedule.children)
    changed = body._replace(children=(schedule._replace(children=week), *body.children[1:]))
    made = items(request("6.14.3", changed))[1]
    assert ScheduleRow.from_data(made.data.items[0]).weekdays == "0000000"


def test_every_day_of_week_has_its_bit() -> None:
    """Monday is the first bit."""
    for day in range(7):
        assert rows_of(Calendar([row(days=(day,))], []))[0].weekdays == "".join(
            "1" if n == day else "0" for n in range(7)
        )


def test_no_special_days_defined() -> None:
    """Rows then carry an empty bit string: length 0, no octet."""
    made = items(request("6.14.3", bodies.controller_calendar(Calendar([row()], []))))[1]
    assert made.data.items[0].items[7].encode().hex() == "0400"
    assert rows_of(Calendar([row()], []))[0].special_days == ""


def test_twenty_special_days() -> None:
    """All twenty, defined in falling order: bits follow the order of definition, not the numbers."""
    days = [SpecialDay(number, CosemDate(2026, 1, number)) for number in range(20, 0, -1)]
    read = rows_of(Calendar([row(special=(1, 20)), row(special=tuple(range(1, 21)))], days))
    assert read[0].special_days == "1" + "0" * 18 + "1"
    assert read[1].special_days == "1" * 20
    made = items(request("6.14.3", bodies.controller_calendar(Calendar([], days))))[0]
    assert [SpecialDay.from_data(item) for item in made.data.items] == days


def test_one_hundred_and_twenty_rows() -> None:
    """DUIS's most: the count is one octet, 78, and every row is there in order."""
    rows = [row(at=time(number // 60, number % 60, 59), level=number % 101) for number in range(120)]
    made = items(request("6.14.3", bodies.controller_calendar(Calendar(rows, []))))[1]
    assert made.data.encode()[:2].hex() == "0178"
    assert [each.index for each in rows_of(Calendar(rows, []))] == list(range(1, 121))
    assert agrees(request("6.14.3", bodies.controller_calendar(Calendar(rows, []))))


def test_one_hundred_and_twenty_one_rows_are_no_request() -> None:
    """The grammar stops at 120."""
    with pytest.raises(Malformed, match="AuxiliaryControllerSchedule"):
        request("6.14.3", bodies.controller_calendar(Calendar([row()] * 121, [])))


def test_seconds_in_switch_times() -> None:
    """Hour, minute and second are kept, hundredths are 0."""
    made = items(request("6.14.3", bodies.controller_calendar(Calendar([row(at=time(23, 59, 58))], []))))[1]
    assert made.data.items[0].items[4].octets.hex() == "173b3a00"


@pytest.mark.parametrize(("day", "octet"), [(CosemDate.LAST_DAY, "fe"), (CosemDate.SECOND_LAST_DAY, "fd"), (31, "1f")])
def test_days_of_month(day: int, octet: str) -> None:
    """The last day of a month is FE, the last but one FD."""
    made = items(
        request("6.14.3", bodies.controller_calendar(Calendar([], [SpecialDay(1, CosemDate(2026, 2, day, 7))])))
    )
    assert made[0].data.items[0].items[1].octets.hex() == f"07ea02{octet}07"


def test_cancellation() -> None:
    """3000-12-31T00:00:00Z, in any zone's words, cancels; one second later it is a date like others."""
    calendar = Calendar([row()], [])
    for zone in (timedelta(), timedelta(hours=1)):
        moment = CANCELLATION + zone
        text = moment.strftime("%Y-%m-%dT%H:%M:%S") + ("+01:00" if zone else "Z")
        body = bodies.controller_calendar(calendar)
        dated = body._replace(children=(leaf("ExecutionDateTime", text), *body.children))
        made = items(request("6.14.3", dated))
        assert [item.data.octets.hex() for item in made[2:]] == ["ffffffffffffffffff8000ff"] * 2
    made = items(request("6.14.3", bodies.controller_calendar(calendar, CANCELLATION + timedelta(seconds=1))))
    assert [item.data.octets.hex() for item in made[2:]] == ["0bb80c1fff000001008000ff"] * 2


def test_zones_become_utc() -> None:
    """A time with an offset is carried as the same moment in UTC, across midnight too."""
    body = branch(
        "SetAuxiliaryControllerState",
        leaf("StartDateTime", "2026-01-01T00:30:00+01:00"),
        leaf("EndDateTime", "2025-12-31T24:00:00Z"),
        leaf("CommandedStateLevel", 50),
        auxiliaryControllerN=1,
    )
    first, last, _ = items(request("7.13", body))
    assert first.data.octets.hex() == "07e90c1fff171e00008000ff"
    assert last.data.octets.hex() == "07ea0101ff000000008000ff"


def test_boost_button_with_nothing_wanted() -> None:
    """Five times false leaves nothing to send."""
    body = bodies.boost("AddAuxiliaryLoadToBoostButton", "AddToBoostButton", [False] * 5)
    with pytest.raises(Malformed, match="AddAuxiliaryLoadToBoostButton"):
        items(request("7.9", body, variant=1))


def _set_state(start: str) -> Node:
    return branch(
        "SetAuxiliaryControllerState",
        leaf("StartDateTime", start),
        leaf("EndDateTime", END),
        leaf("CommandedStateLevel", 50),
        auxiliaryControllerN=1,
    )


def _period(first: str, last: str) -> Node:
    return branch(
        "ReadBoostButtonDetails",
        branch("ReadLogPeriod", leaf("StartDateTime", first), leaf("EndDateTime", last)),
    )


def _calendar(at: str = "18:00:00", execution: str = "") -> Node:
    body = bodies.controller_calendar(Calendar([row()], []))
    schedule = body.children[0]
    season = schedule.children[-1]
    season = season._replace(children=(leaf("SwitchTime", at), *season.children[1:]))
    schedule = schedule._replace(children=(*schedule.children[:-1], season))
    dated = (leaf("ExecutionDateTime", execution),) if execution else ()
    return body._replace(children=(*dated, schedule, *body.children[1:]))


def _clock(at: str, tolerance: int) -> Node:
    return branch("SynchroniseClock", leaf("CurrentDateTime", at), leaf("TolerancePeriod", tolerance))


UNKNOWN_DAY = bodies.controller_calendar(Calendar([row(special=(7, 8))], [CHRISTMAS]))
TWICE = bodies.controller_calendar(Calendar([], [CHRISTMAS, CHRISTMAS]))


@pytest.mark.parametrize(
    ("service", "body", "element"),
    [
        ("6.14.3", UNKNOWN_DAY, "SpecialDaysApplicability"),
        ("6.14.3", TWICE, "AuxiliaryControllerSpecialDayDefinition"),
        ("6.14.2", bodies.switch_calendar(Calendar([row(special=(8,))], [CHRISTMAS]), []), "SpecialDaysApplicability"),
        ("6.14.3", _calendar(at="18:00:00.5"), "SwitchTime"),
        ("6.14.3", _calendar(at="18:00:00.005"), "SwitchTime"),
        ("6.14.3", _calendar(execution="2026-01-15T18:00:00.001Z"), "ExecutionDateTime"),
        ("6.14.3", _calendar(execution="10000-01-15T18:00:00Z"), "ExecutionDateTime"),
        ("7.13", _set_state("2026-01-15T18:00:00.5Z"), "StartDateTime"),
        ("7.13", _set_state("2026-01-15T18:00:00.000001Z"), "StartDateTime"),
        ("7.13", _set_state("10000-01-15T18:00:00Z"), "StartDateTime"),
        ("7.13", _set_state("-0001-01-15T18:00:00Z"), "StartDateTime"),
        ("7.11", _period("1999-12-31T23:59:59Z", "2026-01-15T18:00:00Z"), "StartDateTime"),
        ("7.11", _period("2026-01-15T18:00:00Z", "2136-02-07T06:28:16Z"), "EndDateTime"),
        ("7.11", _period("2026-01-15T18:00:00.5Z", "2026-01-15T19:00:00Z"), "StartDateTime"),
        ("7.11", _period("2026-01-15T18:00:00Z", "10000-01-15T19:00:00Z"), "EndDateTime"),
        ("6.11", _clock("2026-01-15T18:00:00.5Z", 10), "CurrentDateTime"),
        ("6.11", _clock("9999-12-31T23:59:59Z", 86400), "CurrentDateTime"),
    ],
)
def test_what_gbcs_cannot_carry(service: str, body: Node, element: str) -> None:
    """Legal DUIS that has no GBCS form is refused with the element's name, never rounded and never a crash."""
    asked = request(service, body)
    with pytest.raises(Malformed, match=element):
        items(asked)


def test_smallest_parts_of_a_second_are_nothing_if_zero() -> None:
    """18:00:00.000 is a whole second."""
    assert agrees(request("7.13", _set_state("2026-01-15T18:00:00.000Z")))
    assert agrees(request("6.14.3", _calendar(at="18:00:00.000")))


def test_log_period_at_its_ends() -> None:
    """The first and the last second that 32 bits since 2000 hold."""
    made = items(request("7.11", _period("2000-01-01T00:00:00Z", "2136-02-07T06:28:15Z"), variant=1))
    selection = made[1].selection
    assert selection is not None
    assert [edge.number for edge in selection.parameters.items[1:3]] == [0, 2**32 - 1]
    assert read_back.name(made[1]) == "GET_WITH_SELECTION 7 0-0:99.98.20 2"
