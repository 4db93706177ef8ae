"""Which message codes a device takes, and from whom; what they hold comes from the one table of use cases.

Authority goes by message code, so a code must not carry another code's items: ``check`` holds a command to the items
that the table declares for its code. Roles: the supplier alone changes load control, the network operator reads too
(DUIS matrix); the access control broker reads for a party that the device does not know. ECS47e is the load
controller's alone (assumed: the matrix names nobody, the vectors use that role); a device without a load controller
cell therefore refuses it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from devices.replacement import MODES
from devices.trust import Role
from schemas.errors import Malformed
from schemas.gbcs.dlms.access import Choice, Item
from schemas.gbcs.envelope import Message
from schemas.gbcs.names.message_codes import message_code
from schemas.gbcs.use_cases import load_control, support
from schemas.gbcs.use_cases.access import Access
from schemas.gbcs.use_cases.credentials import CREDENTIALS
from schemas.gbcs.use_cases.credentials_read import READ_CREDENTIALS, READ_CREDENTIALS_ELDER
from schemas.gbcs.use_cases.declare import DeviceType
from schemas.gbcs.use_cases.declare import UseCase as Declared
from schemas.gbcs.use_cases.device_keys import DEVICE_KEYS
from schemas.gbcs.use_cases.protected import Protected
from schemas.gbcs.use_cases.table import by_name

SUPPLIER = frozenset({Role.SUPPLIER})
LOAD_CONTROLLER = frozenset({Role.LOAD_CONTROLLER})
READERS = frozenset({Role.SUPPLIER, Role.NETWORK_OPERATOR, Role.ACCESS_CONTROL_BROKER})
_ANYBODY = frozenset(Role) - {Role.ROOT}
_SIGNED_ALONE = frozenset({0x0008, 0x011B, 0x0108})
"""Commands that come with a signature and no MAC too: CS02a, CS02f, and always from the recovery party (vectors)."""
_SIGNED_ANSWERS = frozenset({0x0104})
"""Commands with a MAC alone whose response is signed: the broker's own replacement (vector)."""


@dataclass(frozen=True, eq=False)
class UseCase:
    """One message code as a device sees it.

    Attributes:
        declared: the use cases of the table that share the code; alike in all but their items.
        roles: the originators that may send it.
    """

    declared: tuple[Declared, ...]
    roles: frozenset[Role]

    @cached_property
    def name(self) -> str:
        """The code's name, e.g. ``ECS47``."""
        return message_code(self.code)

    @cached_property
    def code(self) -> int:
        """Message code, 16 bits."""
        return self.declared[0].code

    @cached_property
    def critical(self) -> bool:
        """Signed command and response, by its user or by the party of the DCC that sends it; else MACed only."""
        return self.declared[0].critical or self.declared[0].broker_signs

    @cached_property
    def content(self) -> type:
        """Which kind of content it has."""
        return type(self.declared[0].content)

    @cached_property
    def in_own_name(self) -> bool:
        """Parties of the DCC send it for themselves: no remote party stands behind the broker."""
        return any(declared.dcc_party is not None for declared in self.declared)

    def signed_alone(self, command: Message) -> bool:
        """Whether this command needs no MAC, because it is signed."""
        return command.mac is None and self.code in _SIGNED_ALONE

    def answer_signed(self, command: Message) -> bool:
        """Whether the response to this command is signed; else it has a MAC."""
        return self.critical or self.code in _SIGNED_ANSWERS or self.signed_alone(command)

    @cached_property
    def dated(self) -> bool:
        """Its response's header carries the device's date-time."""
        return self.declared[0].dated_response

    def check(self, items: Sequence[Item]) -> None:
        """The items must be those of one of the use cases with this code.

        Raises:
            Malformed: for any item too many, too few or out of place.
        """
        if not _fit(self, tuple([(item.choice, item.class_id, item.obis, item.member) for item in items])):
            raise Malformed("access request", f"holds the items of {self.name}, in their order")


@lru_cache(maxsize=512)
def _fit(use_case: UseCase, members: tuple[tuple[Choice, int, bytes, int], ...]) -> bool:
    """Whether items of these members are those of a use case: their values have no part in it.

    A device gets the same few use cases over and over; the 512 answers that were asked for last are kept.
    """
    items = [Item(*each) for each in members]
    contents = (declared.content for declared in use_case.declared)
    return any(isinstance(content, Access | Protected) and content.fits(items) for content in contents)


def _takes(roles: frozenset[Role], *declared: Declared) -> UseCase:
    return UseCase(declared, roles)


READ_FIRMWARE = _takes(READERS, support.FIRMWARE_VERSION)
READ_ACTIVE_POWER = _takes(READERS, support.ACTIVE_POWER)
METERING = tuple(_takes(READERS, by_name(name)) for name in ("ECS17a", "ECS17b", "ECS22a", "ECS22b", "ECS66"))
"""Registers, profiles and the daily log of a meter."""
SUPPLY = (
    *(_takes(SUPPLIER, by_name(name)) for name in ("ECS42", "ECS43", "ECS44", "ECS28a", "ECS28b")),
    *(_takes(READERS, by_name(name)) for name in ("ECS45", "ECS27")),
)
"""Supply and load limiting of a meter."""
METER_LOGS = (
    *(_takes(READERS, by_name(name)) for name in ("ECS35a", "ECS35b")),
    _takes(SUPPLIER, by_name("ECS15a")),
)
"""The meter's event and security log, and clearing the first."""
HUB_LOGS = tuple(_takes(READERS, by_name(name)) for name in ("ECS35c", "ECS35d"))
READ_RANDOMISATION = _takes(READERS, support.RANDOMISATION)
CHANGE_DEVICE_LOG = (
    _takes(frozenset({Role.ACCESS_CONTROL_BROKER}), support.ADD_TO_DEVICE_LOG),
    _takes(frozenset({Role.ACCESS_CONTROL_BROKER}), support.REMOVE_FROM_DEVICE_LOG),
)
READ_DEVICE_LOG = (_takes(READERS, by_name("CCS06")), _takes(READERS, by_name("CCS07")))
RESTORE_DEVICE_LOG = _takes(frozenset({Role.ACCESS_CONTROL_BROKER}), by_name("CCS03"))
SHOW_CUSTOMER_NUMBER = _takes(frozenset({Role.ACCESS_CONTROL_BROKER}), by_name("ECS50"))
"""For another user, whom the meter does not know."""
SHOW_MESSAGE = _takes(SUPPLIER, by_name("ECS10"))
SYNCHRONISE_CLOCK = _takes(SUPPLIER, support.CLOCK)
JOINS = (_takes(SUPPLIER, by_name("CS03A1")), _takes(SUPPLIER, by_name("CS04ACCritical")))
"""Method A, which an ESME begins."""
SWITCH_JOINS = (_takes(SUPPLIER, by_name("CS03A2Critical")), _takes(SUPPLIER, by_name("CS04ACCritical")))
"""Method A, to which an HCALCS responds."""
READ_SWITCH_FIRMWARE = _takes(READERS, by_name("CS08"))


def _replacing(device: DeviceType, *codes: int) -> tuple[UseCase, ...]:
    return tuple(
        _takes(
            frozenset({MODES[code].authority.role}),
            *(declared for declared in CREDENTIALS if declared.code == code and device in declared.devices),
        )
        for code in codes
    )


READ_OLDER_CREDENTIALS = _takes(_ANYBODY, READ_CREDENTIALS_ELDER)
METER_CREDENTIALS = (
    *_replacing(DeviceType.SAPC, 0x0102, 0x0103, 0x0104, 0x0106, 0x0107, 0x0108, 0x0125, 0x0126),
    _takes(_ANYBODY, READ_CREDENTIALS),
    *(_takes(SUPPLIER, declared) for declared in DEVICE_KEYS),
)
"""Of devices that their supplier commands: ESME and SAPC."""
SWITCH_CREDENTIALS = (
    *_replacing(DeviceType.HCALCS, 0x0102, 0x0103, 0x0104, 0x0106, 0x0107, 0x0108),
    _takes(_ANYBODY, READ_CREDENTIALS),
    *(_takes(SUPPLIER, declared) for declared in DEVICE_KEYS),
)
"""Of an HCALCS, which its supplier or, before it is handed over, the DCC commands."""
HUB_CREDENTIALS = (*_replacing(DeviceType.CHF, 0x0102, 0x0103, 0x0104, 0x0105, 0x0106, 0x0108), READ_OLDER_CREDENTIALS)
"""Of a hub, which the DCC commands until it is handed over."""

CONTROLLER_USE_CASES = (
    _takes(SUPPLIER, load_control.RANDOMISED_OFFSET),
    _takes(SUPPLIER, load_control.DESCRIPTIONS),
    _takes(SUPPLIER, load_control.CALENDAR),
    _takes(SUPPLIER, load_control.SET_STATE),
    _takes(LOAD_CONTROLLER, load_control.LIMIT_LEVEL),
    _takes(READERS, load_control.READ_CONFIGURATION),
    _takes(READERS, load_control.READ_OPERATION),
    _takes(READERS, load_control.READ_EVENT_LOG),
)
"""Every device with auxiliary controllers."""

SWITCH_USE_CASES = (
    _takes(SUPPLIER, load_control.SWITCH_CALENDAR),
    _takes(SUPPLIER, load_control.ACTIVATE, load_control.DEACTIVATE, load_control.RESET),
    _takes(READERS, load_control.READ_SWITCHES),
    _takes(READERS, load_control.READ_EVENT_LOG_OLDER),
    _takes(SUPPLIER, load_control.CLEAR_EVENT_LOG),
    _takes(READERS, load_control.READ_BOOST),
    _takes(SUPPLIER, load_control.ADD_BOOST, load_control.REMOVE_BOOST),
)
"""The older generation, on an ESME."""
