"""What a device knows of each message code: who may send it, whether it is critical, and which items it may hold.

Authority goes by message code, so a code must not carry another code's items: the items' form is part of the table.
Roles: the supplier alone changes load control, the network operator reads too (DUIS matrix); the access control
broker reads for a party that the device does not know. ECS47e is the load controller's alone (assumed: the matrix
names nobody, the vectors use that role); a device without a load controller cell therefore refuses it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from devices import objects
from devices.objects import Member
from devices.trust import Role
from schemas.errors import Malformed
from schemas.gbcs.auxiliary import CONTROLLERS
from schemas.gbcs.dlms.access import Choice, Item

Step = tuple[Choice, Member]
Form = tuple[Step, ...]

_SUPPLIER = frozenset({Role.SUPPLIER})
_LOAD_CONTROLLER = frozenset({Role.LOAD_CONTROLLER})
_READERS = frozenset({Role.SUPPLIER, Role.NETWORK_OPERATOR, Role.ACCESS_CONTROL_BROKER})


@dataclass(frozen=True, slots=True)
class UseCase:
    """One use case as a device sees it.

    Attributes:
        name: e.g. ``ECS47a``.
        code: message code, 16 bits.
        roles: the originators that may send it.
        forms: the item sequences it may hold; one of them, whole.
        choosable: items of which any may come before the form, each once, in any order (ECS46a, ECS46c).
        critical: signed command and response; else both are MACed only.
        dated: its response's header carries the device's date-time.
    """

    name: str
    code: int
    roles: frozenset[Role]
    forms: tuple[Form, ...]
    choosable: frozenset[Step] = frozenset()
    critical: bool = True
    dated: bool = False

    def check(self, items: Sequence[Item]) -> None:
        """The items must be of this use case.

        Raises:
            Malformed: for any item too many, too few or out of place.
        """
        steps = tuple((item.choice, Member(item.class_id, item.obis, item.member)) for item in items)
        for form in self.forms:
            head = steps[: len(steps) - len(form)]
            if head + form == steps and self.choosable.issuperset(head) and len(set(head)) == len(head) and steps:
                return
        raise Malformed("access request", f"holds the items of {self.name}, in their order")


def _gets(*members: Member) -> tuple[Form, ...]:
    return (tuple((Choice.GET, member) for member in members),)


def _read(name: str, code: int, *members: Member, dated: bool = False) -> UseCase:
    return UseCase(name, code, _READERS, _gets(*members), critical=False, dated=dated)


def _set(member: Member) -> Step:
    return Choice.SET, member


def _run(member: Member) -> Step:
    return Choice.ACTION, member


_SCHEDULE: Form = (
    _set(objects.SPECIAL_DAYS_PASSIVE),
    _set(objects.CALENDAR_PASSIVE),
    _set(objects.CALENDAR_ACTIVATION),
    _set(objects.SPECIAL_DAYS_ACTIVATION),
)
_SWITCHES: tuple[Form, ...] = (
    *((_set(objects.period_time(n, 1)), _run(objects.SET_STATE)) for n in CONTROLLERS),
    *((_set(objects.period_time(n, 2)), _run(objects.SET_STATE)) for n in CONTROLLERS),
    (_run(objects.SET_STATE),),
)
_DESCRIPTIONS = tuple(objects.description(n) for n in CONTROLLERS)
_TYPES = tuple(objects.type_and_identifier(n) for n in CONTROLLERS)
_STATES = tuple(objects.state_and_information(n) for n in CONTROLLERS)


def _period(first: int, script: Member) -> tuple[Form, ...]:
    return tuple(
        (_set(objects.period_time(n, first)), _set(objects.period_time(n, first + 1)), _run(script))
        for n in CONTROLLERS
    )


RANDOMISED_OFFSET = UseCase("ECS38", 0x004B, _SUPPLIER, ((_set(objects.RANDOMISED_OFFSET_LIMIT),),))
DESCRIPTIONS = UseCase("ECS46a", 0x0053, _SUPPLIER, ((),), frozenset(map(_set, _DESCRIPTIONS)))
SWITCH_CALENDAR = UseCase("ECS46c", 0x0054, _SUPPLIER, (_SCHEDULE,), frozenset(map(_set, _TYPES)), dated=True)
CALENDAR = UseCase("ECS46d", 0x011A, _SUPPLIER, (_SCHEDULE,), dated=True)
SWITCHING = UseCase("ECS47", 0x0055, _SUPPLIER, _SWITCHES)
SET_STATE = UseCase("ECS47a", 0x011E, _SUPPLIER, _period(1, objects.SET_STATE))
LIMIT_LEVEL = UseCase("ECS47e", 0x011F, _LOAD_CONTROLLER, _period(3, objects.LIMIT_LEVEL))
SYNCHRONISE_CLOCK = UseCase(
    "ECS70",
    0x0062,
    _SUPPLIER,
    (
        (
            _set(objects.CLOCK_BASE),
            _run(objects.CLOCK_PRESET),
            _run(objects.CLOCK_ADJUST_TO_PRESET),
            (Choice.GET, objects.CLOCK_TIME),
            (Choice.GET, objects.CLOCK_STATUS),
        ),
    ),
)
READ_ACTIVE_POWER = _read("ECS17c", 0x0028, objects.ACTIVE_POWER_IMPORT, dated=True)
READ_FIRMWARE = _read("ECS52", 0x0059, objects.FIRMWARE_VERSION)
READ_RANDOMISATION = _read(
    "ECS26c",
    0x003D,
    objects.RANDOMISED_OFFSET,
    objects.RANDOMISED_OFFSET_NUMBER,
    objects.RANDOMISED_OFFSET_LIMIT,
)
READ_SWITCHES = _read(
    "ECS61a",
    0x00BB,
    *_DESCRIPTIONS,
    *_TYPES,
    objects.SPECIAL_DAYS_ACTIVE,
    objects.CALENDAR_ACTIVE,
    *(objects.switch_state(n) for n in CONTROLLERS),
)
READ_CONFIGURATION = _read("ECS61d", 0x011C, *_DESCRIPTIONS, objects.SPECIAL_DAYS_ACTIVE, objects.CALENDAR_ACTIVE)
READ_OPERATION = _read("ECS61e", 0x011D, *_TYPES, *_STATES)

CONTROLLER_USE_CASES = (
    RANDOMISED_OFFSET,
    DESCRIPTIONS,
    CALENDAR,
    SET_STATE,
    LIMIT_LEVEL,
    READ_CONFIGURATION,
    READ_OPERATION,
)
"""Every device with auxiliary controllers."""

SWITCH_USE_CASES = (SWITCH_CALENDAR, SWITCHING, READ_SWITCHES)
"""The older generation, on an ESME."""
