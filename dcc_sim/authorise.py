"""Step 2 of the road: may this user ask this, of this device, in this way, now?

The whole policy is here. ``ELIGIBLE`` names the user roles of each service request variant (DUIS; facts of the
public request matrix, section 7, 6.13, 6.14 and what supports them). Who is merely allowed in a role must also be
registered in it for the device's meter point at the time: only the registered import supplier controls load.
"""

from datetime import datetime
from enum import Enum

from dcc_sim.inventory import DeviceEntry, DeviceStatus, Inventory, User, UserRole
from schemas.duis.request import Request
from schemas.errors import Malformed, NotAllowed, NotPossible
from schemas.gbcs.use_cases.table import by_service

IS, ES, GS, ED, GT, RSA, OU = (
    UserRole.IMPORT_SUPPLIER,
    UserRole.EXPORT_SUPPLIER,
    UserRole.GAS_SUPPLIER,
    UserRole.ELECTRICITY_DISTRIBUTOR,
    UserRole.GAS_TRANSPORTER,
    UserRole.REGISTERED_SUPPLIER_AGENT,
    UserRole.OTHER_USER,
)
SIGNED_PRE_COMMAND = "SignedPreCommand"
UNREGISTERED = frozenset({OU})
"""Roles that exist without a registration: any other user may send what other users may send."""


class Service(Enum):
    """The DUIS web services, and the command variants that each takes."""

    TRANSFORM = frozenset({4})
    SEND_COMMAND = frozenset({1, 5})
    NON_DEVICE = frozenset({8})


ELIGIBLE: dict[str, frozenset[UserRole]] = {
    "3.3": frozenset({IS, GS}),
    "4.16": frozenset({IS, ED}),
    "6.2.2": frozenset({IS, ED, RSA}),
    "6.11": frozenset({IS, GS}),
    "6.13": frozenset({IS, GS, ED, GT, RSA}),
    "6.14.1": frozenset({IS}),
    "6.14.2": frozenset({IS}),
    "6.14.3": frozenset({IS}),
    "7.5": frozenset({IS}),
    "7.6": frozenset({IS}),
    "7.7": frozenset({IS, ED, OU}),
    "7.8": frozenset({IS}),
    "7.9": frozenset({IS}),
    "7.10": frozenset({IS}),
    "7.11": frozenset({IS, OU}),
    "7.12": frozenset({IS}),
    "7.13": frozenset({IS}),
    "7.14": frozenset({IS, ED, OU}),
    "7.15": frozenset({IS, ED, OU}),
    "7.16": frozenset(),
    "8.1.1": frozenset({IS, GS}),
    "8.11": frozenset({IS, GS, OU}),
    "11.2": frozenset({IS, ES, GS, ED, GT, RSA, OU}),
}


def authorise(request: Request, service: Service, now: datetime, inventory: Inventory) -> DeviceEntry:
    """The device of a permitted request, new or signed; the checks are in DUIS's order.

    Raises:
        NotAllowed: E1 no such user, E2 role not eligible, E4 not registered here and now, E5 device status,
            E11 no such service request, E12 command variant, E13 wrong web service, E19 no such device.
        Malformed: service reference and variant do not belong together.
        NotPossible: it is for later, and would have to wait here.
    """
    check_reference(request)
    user = inventory.user(request.request_id.originator)
    roles = eligible_roles(user, request.service_reference_variant)
    check_variant(request, service)
    device = inventory.device(request.request_id.target)
    check_registration(user, roles, device, now, inventory)
    if device.status is not DeviceStatus.COMMISSIONED:
        raise NotAllowed("device status", f"is Commissioned for this request, not {device.status}", code="E5")
    check_date(request)
    return device


def check_reference(request: Request) -> None:
    """The variant is one of the service's.

    Raises:
        Malformed: it is another service's.
    """
    reference, variant = request.service_reference, request.service_reference_variant
    if not f"{variant}.".startswith(f"{reference}."):
        raise Malformed("ServiceReference", f"is that of variant {variant}, not {reference}")


def check_date(request: Request) -> None:
    """Only a device keeps a command for later, and a pre-command tells it so: the DCC keeps none yet.

    Raises:
        NotPossible: a command that is to go now has a date to go at.
    """
    if request.command_variant != 4 and request.body.has("ExecutionDateTime"):
        variant = request.command_variant
        raise NotPossible("ExecutionDateTime", f"is absent in variant {variant}: this build keeps no command for later")


def eligible_roles(user: User, variant: str) -> frozenset[UserRole]:
    """The roles in which ``user`` may send ``variant``.

    Raises:
        NotAllowed: E2, there is none; E11, this build carries no such service request.
    """
    if variant not in ELIGIBLE:
        raise NotAllowed("ServiceReferenceVariant", f"is one that this build carries, not {variant}", code="E11")
    roles = user.roles & ELIGIBLE[variant]
    if not roles:
        held = ", ".join(sorted(user.roles))
        raise NotAllowed("user role", f"is eligible for service request {variant}; {held} is not", code="E2")
    return roles


def check_variant(request: Request, service: Service) -> None:
    """The command variant fits the web service, the criticality of the request, and the body.

    Raises:
        NotAllowed: E13 for the wrong web service, E12 for a variant that this request cannot have.
    """
    variant = request.command_variant
    if variant not in service.value:
        if any(variant in other.value for other in Service):
            raise NotAllowed("CommandVariant", f"{variant} belongs to another web service", code="E13")
        raise NotAllowed("CommandVariant", f"{variant} is none that this service offers", code="E12")
    critical = any(use_case.critical for use_case in by_service(request.service_reference_variant))
    if critical != (variant in (4, 5)):
        rule = "critical: 4 to Transform, then 5" if critical else "non-critical: 1"
        name = request.service_reference_variant
        raise NotAllowed("CommandVariant", f"of {name} is that of a {rule}, not {variant}", code="E12")
    if (variant == 5) != (request.body.name == SIGNED_PRE_COMMAND):
        raise NotAllowed(
            "CommandVariant", f"5 goes with a SignedPreCommand, {variant} has {request.body.name}", code="E12"
        )


def check_registration(
    user: User, roles: frozenset[UserRole], device: DeviceEntry, now: datetime, inventory: Inventory
) -> None:
    """One of ``roles`` needs no registration, or is registered for the device's meter point at ``now``.

    Raises:
        NotAllowed: E4.
    """
    for role in sorted(roles):
        if role in UNREGISTERED or inventory.registered(device.mpxn, role, user.eui, now):
            return
    rule = f"is registered for the device's meter point at {now.isoformat()}; {user.eui} is not"
    raise NotAllowed("user", rule, code="E4")
