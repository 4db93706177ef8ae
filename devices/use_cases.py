"""Which message codes a device takes, and from whom; what they hold comes from the one table of use cases.

Authority goes by message code, so a code must not carry another code's items: ``check`` holds a command to the items
that the table declares for its code. Roles: the supplier alone changes load control, the network operator reads too
(DUIS matrix); the access control broker reads for a party that the device does not know. ECS47e is the load
controller's alone (assumed: the matrix names nobody, the vectors use that role); a device without a load controller
cell therefore refuses it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from devices.trust import Role
from schemas.errors import Malformed
from schemas.gbcs.dlms.access import Item
from schemas.gbcs.names.message_codes import message_code
from schemas.gbcs.use_cases import load_control, support
from schemas.gbcs.use_cases.access import Access
from schemas.gbcs.use_cases.declare import UseCase as Declared

SUPPLIER = frozenset({Role.SUPPLIER})
LOAD_CONTROLLER = frozenset({Role.LOAD_CONTROLLER})
READERS = frozenset({Role.SUPPLIER, Role.NETWORK_OPERATOR, Role.ACCESS_CONTROL_BROKER})


@dataclass(frozen=True, slots=True)
class UseCase:
    """One message code as a device sees it.

    Attributes:
        declared: the use cases of the table that share the code; alike in all but their items.
        roles: the originators that may send it.
    """

    declared: tuple[Declared, ...]
    roles: frozenset[Role]

    @property
    def name(self) -> str:
        """The code's name, e.g. ``ECS47``."""
        return message_code(self.code)

    @property
    def code(self) -> int:
        """Message code, 16 bits."""
        return self.declared[0].code

    @property
    def critical(self) -> bool:
        """Signed command and response; else both are MACed only."""
        return self.declared[0].critical

    @property
    def dated(self) -> bool:
        """Its response's header carries the device's date-time."""
        return self.declared[0].dated_response

    def check(self, items: Sequence[Item]) -> None:
        """The items must be those of one of the use cases with this code.

        Raises:
            Malformed: for any item too many, too few or out of place.
        """
        contents = (declared.content for declared in self.declared)
        if not any(isinstance(content, Access) and content.fits(items) for content in contents):
            raise Malformed("access request", f"holds the items of {self.name}, in their order")


def _takes(roles: frozenset[Role], *declared: Declared) -> UseCase:
    return UseCase(declared, roles)


READ_FIRMWARE = _takes(READERS, support.FIRMWARE_VERSION)
READ_ACTIVE_POWER = _takes(READERS, support.ACTIVE_POWER)
READ_RANDOMISATION = _takes(READERS, support.RANDOMISATION)
CHANGE_DEVICE_LOG = (
    _takes(frozenset({Role.ACCESS_CONTROL_BROKER}), support.ADD_TO_DEVICE_LOG),
    _takes(frozenset({Role.ACCESS_CONTROL_BROKER}), support.REMOVE_FROM_DEVICE_LOG),
)
SYNCHRONISE_CLOCK = _takes(SUPPLIER, support.CLOCK)

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
