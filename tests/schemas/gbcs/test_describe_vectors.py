"""What describing says of every vector: its message code always, and of load control which, how much and when.

The lines expected are made here from the decoded octets, with names written out here: none comes from ``describe``.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from schemas.gbcs.describe import Tree, describe, to_json, to_text
from schemas.gbcs.dlms.access import AccessRequest, Choice, DataNotification, Item
from schemas.gbcs.dlms.data import Data
from schemas.gbcs.envelope import CraFlag, decode
from schemas.gbcs.payload import decode_payload
from tests.schemas.gbcs.conftest import Tell, Vectors

DIRECTIONS = {1: "output", 2: "input"}
WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def lines(octets: bytes) -> list[str]:
    """What is printed, without indentation."""
    return [line.strip() for line in to_text(describe(octets)).splitlines()]


def test_every_vector_names_its_message_code_and_parties(vectors: Vectors) -> None:
    for name, octets in vectors:
        message, shown = decode(octets), lines(octets)
        assert any(line.startswith(f"message code: {message.message_code:04X} ") for line in shown), name
        assert f"CRA flag: {message.cra:02d} {message.cra.name.lower()}" in shown, name
        assert f"originator counter: {message.originator_counter}" in shown, name
        assert f"business originator: {message.originator.hex('-').upper()}" in shown, name
        assert f"business target: {message.target.hex('-').upper()}" in shown, name


def test_json_of_every_vector_holds_the_tree(vectors: Vectors) -> None:
    for name, octets in vectors:
        tree = describe(octets)
        assert rebuilt(json.loads(to_json(tree))) == tree, name


def rebuilt(value: dict[str, object]) -> Tree:
    """The tree of JSON values."""
    children = value.get("fields", [])
    assert isinstance(children, list)
    text, raw = str(value.get("value", "")), bytes.fromhex(str(value.get("raw", "")))
    return Tree(str(value["name"]), text, tuple(map(rebuilt, children)), raw)


def test_load_control_says_which_how_much_and_when(vectors: Vectors, tell: Tell) -> None:
    explained: Counter[str] = Counter()
    for name, octets in vectors:
        message = decode(octets)
        title, expect = EXPECTED.get((message.cra, message.message_code), ("", None))
        if expect is None:
            continue
        # In this order, with other lines between them.
        following = iter(lines(octets))
        for line in expect(decode_payload(message)):
            assert line in following, (name, line)
        explained[title] += 1
    assert set(explained) == {title for title, _ in EXPECTED.values()}
    tell(f"load control explained: {dict(explained)}")


def items_of(content: object) -> tuple[Item, ...]:
    """The items of a command."""
    assert isinstance(content, AccessRequest)
    return content.items


def elements_of(content: object) -> tuple[Data, ...]:
    """The elements of an alert."""
    assert isinstance(content, DataNotification)
    return content.body.items


def moment(octets: bytes) -> str:
    """A 12-octet date-time as people read it."""
    if octets[:2] in (b"\x00\x00", b"\xff\xff"):
        return {0: "now (immediate)", 255: "never (cancel)"}[octets[0]]
    year, (hour, minute, second) = int.from_bytes(octets[:2], "big"), octets[5:8]
    at = datetime(year, octets[2], octets[3], hour, minute, second, tzinfo=UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


def day(octets: bytes) -> str:
    """A 5-octet date as people read it."""
    year = "every year" if octets[:2] == b"\xff\xff" else str(int.from_bytes(octets[:2], "big"))
    month = "every month" if octets[2] == 0xFF else f"month {octets[2]}"
    return f"{year}, {month}, " + ("every day" if octets[3] == 0xFF else f"day {octets[3]}")


def word(number: int) -> str:
    """A packed word (3.5); bit 7 is set in calendar rows only (3.4)."""
    level = number & 0x7F
    return f"{number:04X}: controller {number >> 8 & 0xF}, {DIRECTIONS[number >> 12]}, level {level} %"


def commanded(verb: str, script: str) -> Callable[[object], Iterator[str]]:
    """ECS47a and ECS47e: a period of one controller, and the level in it (3.5)."""

    def expect(content: object) -> Iterator[str]:
        start, end, action = items_of(content)
        controller = action.data.number >> 8 & 0xF
        for end_of_period, item in (("start", start), ("end", end)):
            assert item.obis[:5] == bytes((0, 0, 94, 44, 116 + controller))
            name = f"{verb} {end_of_period} of controller {controller}"
            yield f"object: class 1 Data, 0-0:94.44.{item.obis[4]}.{item.obis[5]}, {name}"
            yield f"value: octet-string {item.data.octets.hex().upper()} ({moment(item.data.octets)})"
        yield f"object: class 9 Script table, {script}"
        yield f"parameter: {word(action.data.number)}"

    return expect


def switched(content: object) -> Iterator[str]:
    """ECS47: activate, deactivate or reset one switch (3.6)."""
    *durations, action = items_of(content)
    switch, step = divmod(action.data.number, 0x100)
    for item in durations:
        assert item.obis[4] == 116 + switch
        yield f"value: long-unsigned {item.data.number}"
    verb = {0x11: "activate", 0x12: "deactivate", 0x20: "reset to the calendar"}[step]
    yield f"parameter: {action.data.number:04X}: {verb} switch {switch}"


def calendar(content: object) -> Iterator[str]:
    """ECS46c and ECS46d: special days, rows, and when they count (3.4)."""
    for item in items_of(content):
        assert item.choice is Choice.SET
        if item.class_id == 11:
            yield f"special days: {len(item.data.items)}"
            for each in item.data.items:
                yield f"special day {each.items[0].number}: {day(each.items[1].octets)}"
        elif item.class_id == 10:
            yield f"rows: {len(item.data.items)}"
            for row in item.data.items:
                yield from calendar_row(row.items)
        elif item.class_id == 9000:
            yield f"value: octet-string {item.data.octets.hex().upper()} ({moment(item.data.octets)})"


def calendar_row(fields: tuple[Data, ...]) -> Iterator[str]:
    """One row: what it does, at what time, on which days, in which season."""
    selector, clock = fields[3].number, fields[4].octets
    weekdays, special = fields[6].bits, fields[7].bits
    action = {1: "activate", 2: "deactivate"}.get(selector & 0xFF, "")
    yield f"row {fields[0].number}"
    yield f"selector: {selector:04X}: {action} switch {selector >> 8}" if action else f"selector: {word(selector)}"
    yield f"switch time: {clock[0]:02}:{clock[1]:02}:{clock[2]:02}Z"
    chosen = [name for name, bit in zip(WEEK, weekdays, strict=True) if bit == "1"]
    yield f"days of week: {', '.join(chosen) or 'none'}"
    numbers = [str(place) for place, bit in enumerate(special, start=1) if bit == "1"]
    yield f"special days: {', '.join(numbers) or 'none'} of {len(special)}"
    yield f"season start: {day(fields[8].octets)}"
    yield f"season end: {day(fields[9].octets)}"


def controller_of(octet: int) -> str:
    """The high octet of a packed word."""
    return f"{octet:02X}: controller {octet & 0xF}, {DIRECTIONS[octet >> 4]}"


def limited(content: object) -> Iterator[str]:
    """ECS101: a limit was processed (3.9)."""
    _, stamp, controller, start, end, level = elements_of(content)
    yield "alert code: 8F86 limit APC level command processed"
    yield f"time stamp: {moment(stamp.octets)}"
    yield f"direction and controller: {controller_of(controller.number)}"
    yield f"limit period start: {moment(start.octets)}"
    yield f"limit period end: {moment(end.octets)}"
    yield f"resulting level: {level.number} %"


def ended(content: object) -> Iterator[str]:
    """ECS102: a limit ended or was cancelled (3.9)."""
    _, stamp, controller, level = elements_of(content)
    yield "alert code: 8F87 APC level limit ended or cancelled"
    yield f"time stamp: {moment(stamp.octets)}"
    yield f"direction and controller: {controller_of(controller.number)}"
    yield f"resulting level: {level.number} %"


Expect = Callable[[object], Iterator[str]]
EXPECTED: dict[tuple[CraFlag, int], tuple[str, Expect]] = {
    (CraFlag.COMMAND, 0x0054): ("ECS46c", calendar),
    (CraFlag.COMMAND, 0x0055): ("ECS47", switched),
    (CraFlag.COMMAND, 0x011A): ("ECS46d", calendar),
    (CraFlag.COMMAND, 0x011E): ("ECS47a", commanded("set state", "0-0:10.0.103.255, set state script")),
    (CraFlag.COMMAND, 0x011F): ("ECS47e", commanded("limit", "0-0:10.0.107.255, limit level script")),
    (CraFlag.ALERT, 0x0121): ("ECS101", limited),
    (CraFlag.ALERT, 0x0122): ("ECS102", ended),
}
