"""What a load-control command says, told from its DLMS items alone, and what its DUIS body asked for.

Written apart from the declarations: logical names and layouts are spelt out here, so that a slip there shows.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from schemas.duis.node import Node
from schemas.eui import EUI64
from schemas.gbcs.dlms.access import Item

Facts = list[tuple[object, ...]]

_NOW, _NEVER = bytes.fromhex("0000000000000000008000FF"), bytes.fromhex("FFFFFFFFFFFFFFFFFF8000FF")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def name(item: Item) -> str:
    """Choice, class, logical name and member of an item, e.g. ``SET 1 0-0:94.44.117.1 2``."""
    a, b, c, d, e, f = item.obis
    assert f == 255 or (a, b, c, d) == (0, 0, 94, 44)
    tail = "" if f == 255 else f".{f}"
    return f"{item.choice.name} {item.class_id} {a}-{b}:{c}.{d}.{e}{tail} {item.member}"


def said(use_case: str, items: Sequence[Item]) -> Facts:
    """The facts in the items."""
    return _READERS[use_case][1](items)


def asked(use_case: str, body: Node) -> Facts:
    """The facts in the body."""
    return _READERS[use_case][0](body)


def known(use_case: str) -> bool:
    """Whether this use case carries values of the body."""
    return use_case in _READERS


def _when(octets: bytes) -> object:
    if octets in (_NOW, _NEVER):
        return "now" if octets == _NOW else "never"
    assert octets[4] == 0xFF
    assert octets[8:] == bytes.fromhex("008000FF")
    year, hour, minute, second = int.from_bytes(octets[:2]), octets[5], octets[6], octets[7]
    return datetime(year, octets[2], octets[3], hour, minute, second, tzinfo=UTC)


def _execution(body: Node) -> object:
    if not body.has("ExecutionDateTime"):
        return "now"
    moment = body.moment("ExecutionDateTime")
    return "never" if moment == datetime(3000, 12, 31, tzinfo=UTC) else moment


def _state(node: Node) -> tuple[object, ...]:
    number = node.integer("@auxiliaryControllerN")
    return number, node.integer("CommandedStateLevel"), "in" if node.has("InputFromControlledLoad") else "out"


def _word(word: int) -> tuple[object, ...]:
    return word >> 8 & 0x0F, word & 0xFF, {1: "out", 2: "in"}[word >> 12]


def _timed_asked(body: Node) -> Facts:
    return [(_state(body), body.moment("StartDateTime"), body.moment("EndDateTime"))]


def _timed_said(script: int, first: int) -> Callable[[Sequence[Item]], Facts]:
    def read(items: Sequence[Item]) -> Facts:
        start, end, action = items
        state = _word(action.data.number)
        assert [name(item) for item in items] == [
            f"SET 1 0-0:94.44.{116 + int(str(state[0]))}.{first} 2",
            f"SET 1 0-0:94.44.{116 + int(str(state[0]))}.{first + 1} 2",
            f"ACTION 9 0-0:10.0.{script} 1",
        ]
        return [(state, _when(start.data.octets), _when(end.data.octets))]

    return read


def _date_asked(node: Node) -> str:
    year = node.integer("Year/SpecifiedYear") if node.has("Year/SpecifiedYear") else 0xFFFF
    parts = []
    for part in ("Month", "DayOfMonth", "DayOfWeek"):
        path = f"{part}/Specified{part}"
        parts.append(node.integer(path) if node.has(path) else 0xFF)
    if node.has("DayOfMonth/LastDayOfMonth"):
        parts[1] = 0xFE
    if node.has("DayOfMonth/SecondLastDayOfMonth"):
        parts[1] = 0xFD
    return (year.to_bytes(2) + bytes(parts)).hex()


def _rows_asked(body: Node, row: str, period: str, days: str, number: str, act: Callable[[Node], object]) -> Facts:
    defined = [day.integer(f"@{number}") for day in body.all(days)]
    facts: Facts = [("day", day.integer(f"@{number}"), _date_asked(day)) for day in body.all(days)]
    for index, each in enumerate(body.all(row), start=1):
        applies = {day.integer(f"@{number}") for day in each.all("SpecialDaysApplicability")}
        week = {day.text("") for day in each.all("DaysOfWeekApplicability/DayOfWeekApplicability/DayOfWeekID")}
        clock = each.clock(f"{period}/SwitchTime")
        facts.append(
            (
                "row",
                index,
                act(each),
                (clock.hour, clock.minute, clock.second),
                [day in week for day in _DAYS],
                [day in applies for day in defined],
                _date_asked(each.node(f"{period}/StartDate")),
                _date_asked(each.node(f"{period}/EndDate")),
            )
        )
    return [*facts, ("active", _execution(body), _execution(body))]


def _rows_said(items: Sequence[Item], act: Callable[[int], object]) -> Facts:
    days, rows, *activations = items
    assert [name(item) for item in items] == [
        "SET 11 0-1:11.0.3 2",
        "SET 10 0-1:12.0.2 2",
        "SET 9000 0-0:94.44.128.26 6",
        "SET 9000 0-0:94.44.128.35 6",
    ]
    facts: Facts = []
    for day in days.data.items:
        index, on, day_id = day.fields(3)
        assert index.number == day_id.number
        facts.append(("day", index.number, on.octets.hex()))
    for row in rows.data.items:
        index, enable, script, selector, clock, window, week, special, start, end = row.fields(10)
        assert enable.value is True
        assert script.octets.hex() == "00000a0067ff"
        assert window.number == 0xFFFF
        assert clock.octets[3] == 0
        facts.append(
            (
                "row",
                index.number,
                act(selector.number),
                tuple(clock.octets[:3]),
                [bit == "1" for bit in week.bits],
                [bit == "1" for bit in special.bits],
                start.octets.hex(),
                end.octets.hex(),
            )
        )
    return [*facts, ("active", *(_when(item.data.octets) for item in activations))]


def _controllers_asked(body: Node) -> Facts:
    day = "AuxiliaryControllerSpecialDayDefinitions/AuxiliaryControllerSpecialDayDefinition"
    period = "AuxiliaryControllerSchedulePeriodAndTime"
    return _rows_asked(
        body,
        "AuxiliaryControllerSchedule",
        period,
        day,
        "identifier",
        lambda row: _state(row.node("AuxiliaryControllerAction")),
    )


def _controllers_said(items: Sequence[Item]) -> Facts:
    def act(selector: int) -> object:
        assert selector & 0x80
        return _word(selector & ~0x80)

    return _rows_said(items, act)


def _switch(row: Node) -> object:
    action = row.node("ActivateDeactivateSwitch")
    return action.integer("@index"), action.has("ActivateSwitch")


def _switches_asked(body: Node) -> Facts:
    kinds: Facts = [
        ("type", each.integer("@index"), None if each.has("ALCS") else each.value_of("HCALCS"))
        for each in body.all("SwitchTypeAndId")
    ]
    day = "ALCSHCALCSSpecialDays/ALCSHCALCSSpecialDay"
    rows = _rows_asked(body, "ALCSHCALCSConnectionSchedule", "ALCSScheduleDatesAndTime", day, "index", _switch)
    return [*kinds, *rows]


def _switches_said(items: Sequence[Item]) -> Facts:
    kinds: Facts = []
    for item in items[:-4]:
        number = item.obis[5] - 20
        assert name(item) == f"SET 1 0-0:94.44.0.{20 + number} 2"
        octets = item.data.octets
        kinds.append(("type", number, None if octets == bytes(8) else EUI64(octets)))

    def act(selector: int) -> object:
        return selector >> 8, {1: True, 2: False}[selector & 0xFF]

    return [*kinds, *_rows_said(items[-4:], act)]


def _descriptions_asked(body: Node) -> Facts:
    return [(each.integer("@index"), each.text("SwitchDescription")) for each in body.all("ALCSHCALCSDescription")]


def _descriptions_said(items: Sequence[Item]) -> Facts:
    numbers = [item.obis[5] - 10 for item in items]
    assert [name(item) for item in items] == [f"SET 1 0-0:94.44.0.{10 + number} 2" for number in numbers]
    return [(number, item.data.text) for number, item in zip(numbers, items, strict=True)]


def _switched_asked(element: str) -> Callable[[Node], Facts]:
    def read(body: Node) -> Facts:
        node = body.node(element)
        return [(node.integer("@index"), node.integer("Duration") if node.has("Duration") else None)]

    return read


def _switched_said(low: int, item_number: int) -> Callable[[Sequence[Item]], Facts]:
    def read(items: Sequence[Item]) -> Facts:
        *duration, action = items
        word = action.data.number
        assert word & 0xFF == low
        index = word >> 8
        expected = [f"SET 1 0-0:94.44.{116 + index}.{item_number} 2"] if duration else []
        assert [name(item) for item in items] == [*expected, "ACTION 9 0-0:10.0.103 1"]
        return [(index, duration[0].data.number if duration else None)]

    return read


def _boost_asked(element: str) -> Callable[[Node], Facts]:
    return lambda body: [(each.integer("@index"),) for each in body.all(element) if each.boolean("")]


def _boost_said(value: bool) -> Callable[[Sequence[Item]], Facts]:
    def read(items: Sequence[Item]) -> Facts:
        assert all(item.data.value is value for item in items)
        assert [name(item) for item in items] == [f"SET 1 0-0:94.44.6.{item.obis[5]} 2" for item in items]
        return [(item.obis[5],) for item in items]

    return read


def _period_asked(body: Node) -> Facts:
    return [(body.moment("ReadLogPeriod/StartDateTime"), body.moment("ReadLogPeriod/EndDateTime"))]


def _period_said(log: str) -> Callable[[Sequence[Item]], Facts]:
    def read(items: Sequence[Item]) -> Facts:
        found = [item for item in items if item.selection is not None]
        assert [name(item) for item in found] == [f"GET_WITH_SELECTION 7 {log} 2"]
        selection = found[0].selection
        assert selection is not None
        _, first, last, _ = selection.parameters.fields(4)
        return [tuple(_EPOCH + timedelta(seconds=edge.number) for edge in (first, last))]

    return read


def _clock_asked(body: Node) -> Facts:
    at = body.moment("CurrentDateTime")
    return [(at, at + timedelta(seconds=body.integer("TolerancePeriod")))]


def _clock_said(items: Sequence[Item]) -> Facts:
    never, at, latest = items[1].data.fields(3)
    assert never.octets == _NEVER
    assert [name(item) for item in items] == [
        "SET 8 0-0:1.0.0 9",
        "ACTION 8 0-0:1.0.0 5",
        "ACTION 8 0-0:1.0.0 4",
        "GET 8 0-0:1.0.0 2",
        "GET 8 0-0:1.0.0 4",
    ]
    return [(_when(at.octets), _when(latest.octets))]


def _offset_said(items: Sequence[Item]) -> Facts:
    assert [name(item) for item in items] == ["SET 1 0-0:94.44.0.1 2"]
    return [(items[0].data.number,)]


def _log_said(items: Sequence[Item]) -> Facts:
    assert [name(item) for item in items] == [f"{each.choice.name} 104 0-0:30.3.0 {each.member}" for each in items]
    if len(items) == 1:
        return [("remove", EUI64(items[0].data.octets))]
    device, _, code, _ = items[0].data.fields(4)
    return [("add", EUI64(device.octets), code.octets, items[1].data.number)]


def _log_asked(body: Node) -> Facts:
    if body.text("RequestType") == "Remove":
        return [("remove", body.eui("DeviceID"))]
    code, period = (body.value_of(f"AddDeviceToCHFWhitelist/{each}") for each in ("InstallCode", "JoinTimePeriod"))
    return [("add", body.eui("DeviceID"), code, period)]


_READERS: dict[str, tuple[Callable[[Node], Facts], Callable[[Sequence[Item]], Facts]]] = {
    "ECS47a": (_timed_asked, _timed_said(103, 1)),
    "ECS47e": (_timed_asked, _timed_said(107, 3)),
    "ECS46d": (_controllers_asked, _controllers_said),
    "ECS46c": (_switches_asked, _switches_said),
    "ECS46a": (_descriptions_asked, _descriptions_said),
    "ECS47Activate": (_switched_asked("ActivateALCSHCALCS"), _switched_said(0x11, 1)),
    "ECS47Deactivate": (_switched_asked("DeactivateALCSHCALCS"), _switched_said(0x12, 2)),
    "ECS47Reset": (_switched_asked("ResetALCSHCALCS"), _switched_said(0x20, 0)),
    "ECS62Add": (_boost_asked("AddToBoostButton"), _boost_said(True)),
    "ECS62Remove": (_boost_asked("RemoveFromBoostButton"), _boost_said(False)),
    "ECS61c": (_period_asked, _period_said("0-0:99.98.20")),
    "ECS35f": (_period_asked, _period_said("0-17:99.98.2")),
    "ECS35g": (_period_asked, _period_said("0-17:99.98.2")),
    "ECS38": (lambda body: [(body.integer("RandomisedOffsetLimit"),)], _offset_said),
    "ECS70": (_clock_asked, _clock_said),
    "ECS70Commission": (_clock_asked, _clock_said),
    "CCS01": (_log_asked, _log_said),
    "CCS02": (_log_asked, _log_said),
}
