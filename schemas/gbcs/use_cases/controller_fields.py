"""Answers about auxiliary controllers in MMC: descriptions, types, states, event logs (ECS61a/c/d/e, ECS35f/g)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import MAX_LEVEL
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.dlms.times import from_seconds
from schemas.gbcs.use_cases.access import Read
from schemas.gbcs.use_cases.declare import Part, Place

APC_TYPE = b"\xff"
ALCS_TYPE = bytes(8)
NO_TYPE = b""
"""Values of the type object of a controller; any other eight octets are the EUI of an HCALCS (ECS61e vector)."""

_ACTIONS = {
    0x11: "On",
    0x12: "Off",
    0x20: "Revert to calendar control",
    0x00: "Entry relates to a Message from an HC ALCS",
}
_OUTCOMES = ("Outcome not known", "Success", "Failure")
_MAX_SWITCH = 5
_LEVEL_DIGITS = len(str(MAX_LEVEL))


def description(number: int) -> Read:
    """ECS61d: description of a controller."""

    def read(value: Data) -> Iterable[Part]:
        text = leaf("AuxiliaryControlDescription", value.text)
        yield Part(text, _numbered("AuxiliaryControllerDescription", "auxiliaryControllerN", number))

    return read


def operational_type(number: int) -> Read:
    """ECS61e: type and identifier of a controller."""

    def read(value: Data) -> Iterable[Part]:
        octets = value.octets
        if octets == APC_TYPE:
            nodes = [leaf("AuxiliaryControllerType", "APC")]
        elif octets == NO_TYPE:
            nodes = [leaf("AuxiliaryControllerType", "None")]
        elif octets == ALCS_TYPE:
            nodes = [leaf("AuxiliaryControllerType", "ALCS")]
        else:
            nodes = [leaf("AuxiliaryControllerType", "HCALCS"), leaf("HCALCSID", str(EUI64(octets)))]
        yield Part(branch("TypeAndIdentifier", *nodes), _operational(number))

    return read


def operational_state(number: int) -> Read:
    """ECS61e: the state object's JSON text; its levels become elements, the text itself is kept whole."""

    def read(value: Data) -> Iterable[Part]:
        nodes = list(state_nodes(value))
        yield Part(branch("AuxiliaryControllerStateAndAssociatedInformation", *nodes), _operational(number))

    return read


def state_nodes(value: Data) -> Iterator[Node]:
    """OutputState, InputState and StateAndAssociatedInformation of a state text (ECS61e, alert 8F88)."""
    text = value.expect(Tag.UTF8_STRING).octets.decode("utf-8", "replace")
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):  # ValueError also for a number too long for Python
        raise Malformed("state and associated information", "is JSON text") from None
    if not isinstance(members, dict):
        raise Malformed("state and associated information", "is a JSON object")
    for member, element in (("outputState", "OutputState"), ("inputState", "InputState")):
        if member in members:
            yield leaf(element, _level(member, members[member]))
    yield leaf("StateAndAssociatedInformation", text)


def switch_description(number: int) -> Read:
    """ECS61a: description of a switch."""
    return lambda value: [Part(leaf("Description", value.text), _switch(number))]


def switch_type(number: int) -> Read:
    """ECS61a: ALCS, or the EUI of an HCALCS."""

    def read(value: Data) -> Iterable[Part]:
        octets = value.octets
        kind = branch("ALCS") if octets == ALCS_TYPE else leaf("HCALCS", str(EUI64(octets)))
        yield Part(branch("TypeAndIdentifier", kind), _switch(number))

    return read


def switch_state(number: int) -> Read:
    """ECS61a: the state of a switch as the device gives it; its polarity is not public."""
    return lambda value: [Part(leaf("State", bool(value.expect(Tag.BOOLEAN).value)), _switch(number))]


def boost_log(value: Data) -> Iterable[Part]:
    """ECS61c: boost periods; the first time of each row is the earlier one in every vector, so it is the start."""
    for row in value.items:
        start, end = (from_seconds(item.number) for item in row.fields(2))
        # MMC has the log before the availability, the message after it.
        yield Part(branch("EventLogEntry", leaf("BoostEnd", end), leaf("BoostStart", start)), rank=-1)


def switch_log(value: Data) -> Iterable[Part]:
    """ECS35f and ECS35g: the auxiliary controller event log."""
    yield Part(branch("ALCSEvent", *(_log_entry(row) for row in value.items)))


def _log_entry(row: Data) -> Node:
    at, word, outcome, command_id = (item.number for item in row.fields(4))
    return branch(
        "ALCSEventLogEntry",
        leaf("Timestamp", from_seconds(at)),
        leaf("SwitchNumber", _switch_number(word >> 8)),
        leaf("SwitchAction", _named(_ACTIONS, word & 0xFF, "switch action")),
        leaf("Outcome", _named(dict(enumerate(_OUTCOMES)), outcome, "outcome")),
        leaf("HANCommandID", command_id),
    )


def _numbered(element: str, attribute: str, number: int) -> Place:
    return ((element, ((attribute, number),)),)


def _operational(number: int) -> Place:
    return _numbered("AuxiliaryControllerOperationalData", "auxiliaryControllerN", number)


def _switch(number: int) -> Place:
    return _numbered("AuxiliaryLoadControlSwitch", "Index", number)


def _level(member: str, value: object) -> int:
    # A number in ECS61e, a string of digits in alert 8F88.
    text = str(value)
    digits = text.isascii() and text.isdecimal() and len(text) <= _LEVEL_DIGITS
    if isinstance(value, bool) or not digits or int(text) > MAX_LEVEL:
        raise Malformed(member, f"is a level from 0 to 100, not {text[:20]!r}")
    return int(text)


def _switch_number(number: int) -> int:
    if not 1 <= number <= _MAX_SWITCH:
        raise Malformed("switch number", f"is 1 to 5, not {number}")
    return number


def _named(names: dict[int, str], number: int, field: str) -> str:
    if number not in names:
        raise Malformed(field, f"is one of {', '.join(f'{known:02X}' for known in names)}, not {number:02X}")
    return names[number]
