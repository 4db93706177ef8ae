"""Step 2 of the road: may this user ask this, of this device, in this way, now?

The checks, in DUIS's order; what they check against is the table in [policy.py](policy.py). Schema, counter, signature
and certificate come before, in [receive.py](receive.py).
"""

from datetime import datetime
from enum import Enum

from dcc_sim.change_of_supplier import effective
from dcc_sim.inventory import DeviceEntry, DeviceStatus, Inventory, User, UserRole
from dcc_sim.policy import NEVER_REGISTERED, RULES, Regime, Rule, When
from schemas.duis.request import Request
from schemas.errors import Malformed, NotAllowed, NotPossible
from schemas.gbcs.use_cases.table import USE_CASES

SIGNED_PRE_COMMAND = "SignedPreCommand"
SIGNED = frozenset({5, 6, 7})
"""The command variants that carry a signed pre-command."""
BOTH_WAYS = frozenset({3, 7})
"""The command variants whose command goes over the WAN and comes back to the user too, to be delivered in the home."""


class Service(Enum):
    """The DUIS web services, and the command variants that each takes."""

    TRANSFORM = frozenset({4})
    SEND_COMMAND = frozenset({1, 3, 5, 7})
    NON_DEVICE = frozenset({2, 6, 8})


CARRIED = frozenset(
    (
        *("3.3", "4.16", "6.2.2", "6.11", "6.13", "6.14.1", "6.14.2", "6.14.3"),
        *("6.15.1", "6.15.2", "6.17", "6.21", "6.23", "6.24.1", "6.24.2"),
        *("7.5", "7.6", "7.7", "7.8", "7.9", "7.10", "7.11", "7.12", "7.13", "7.14", "7.15", "7.16"),
        *("8.1.1", "8.11", "11.2"),
    )
)
"""The service request variants that this build carries to a device."""

_TAKEN = frozenset((use_case.service, device) for use_case in USE_CASES for device in use_case.devices)


def authorise(request: Request, service: Service, now: datetime, inventory: Inventory, regime: Regime) -> DeviceEntry:
    """The device of a permitted request, new or signed; the checks are in DUIS's order.

    Raises:
        NotAllowed: E1 no such user, E2 role not eligible, E3 user suspended, E11 not carried, E19 no such device,
            E4 not registered here and now, E5 device status, E11 not for this type of device, E13 wrong web service,
            E12 command variant.
        Malformed: service reference and variant do not belong together.
        NotPossible: it is for later, and would have to wait here; or its command is for local delivery.
    """
    rule = check_reference(request)
    user = inventory.user(request.request_id.originator)
    roles = eligible_roles(user, rule, regime)
    check_user(user)
    check_carried(rule)
    # Registration comes before the device in DUIS's order, but it is for the meter point that the device belongs to.
    device = inventory.device(request.request_id.target)
    check_registration(user, roles, device, effective(request, now), inventory)
    check_device(rule, device)
    check_variant(request, rule, service)
    check_delivery(request, rule)
    return device


def check_reference(request: Request) -> Rule:
    """The rule of the request, whose variant is one of its service's.

    Raises:
        Malformed: it is another service's.
    """
    reference, variant = request.service_reference, request.service_reference_variant
    if not f"{variant}.".startswith(f"{reference}."):
        raise Malformed("ServiceReference", f"is that of variant {variant}, not {reference}")
    return RULES[variant]


def eligible_roles(user: User, rule: Rule, regime: Regime) -> frozenset[UserRole]:
    """The roles in which ``user`` may send the request.

    Raises:
        NotAllowed: E2, there is none.
    """
    roles = user.roles & rule.eligible(regime)
    if not roles:
        held = ", ".join(sorted(user.roles))
        raise NotAllowed("user role", f"is eligible for service request {rule.variant}; {held} is not", code="E2")
    return roles


def check_user(user: User) -> None:
    """The user is not suspended.

    Raises:
        NotAllowed: E3.
    """
    if user.suspended:
        raise NotAllowed("user status", f"allows requests; {user.eui} is suspended", code="E3")


def check_carried(rule: Rule) -> None:
    """This build carries the service request.

    Raises:
        NotAllowed: E11, it does not.
    """
    if rule.variant not in CARRIED:
        name = f"{rule.variant} {rule.name}"
        raise NotAllowed("ServiceReferenceVariant", f"is one that this build carries, not {name}", code="E11")


def check_registration(
    user: User, roles: frozenset[UserRole], device: DeviceEntry, now: datetime, inventory: Inventory
) -> None:
    """One of ``roles`` needs no registration, or is registered for the device's meter point at ``now``.

    Raises:
        NotAllowed: E4.
    """
    for role in sorted(roles):
        if role in NEVER_REGISTERED or inventory.registered(device.mpxn, role, user.eui, now):
            return
    rule = f"is registered for the device's meter point at {now.isoformat()}; {user.eui} is not"
    raise NotAllowed("user", rule, code="E4")


def check_device(rule: Rule, device: DeviceEntry) -> None:
    """The device's status and type take the request.

    Raises:
        NotAllowed: E5 for its status, E11 for its type.
    """
    if device.status is not DeviceStatus.COMMISSIONED:
        raise NotAllowed("device status", f"is Commissioned for this request, not {device.status}", code="E5")
    if (rule.variant, device.device_type) not in _TAKEN:
        taken = f"is one that a {device.device_type} takes, not {rule.variant}"
        raise NotAllowed("ServiceReferenceVariant", taken, code="E11")


def check_variant(request: Request, rule: Rule, service: Service) -> None:
    """The command variant fits the web service, the kind of request, and the body.

    Raises:
        NotAllowed: E13 for the wrong web service, E12 for a variant that this request cannot have.
    """
    variant = request.command_variant
    if variant not in service.value and any(variant in other.value for other in Service):
        raise NotAllowed("CommandVariant", f"{variant} belongs to another web service", code="E13")
    if variant not in rule.command_variants:
        allowed = ", ".join(map(str, sorted(rule.command_variants)))
        raise NotAllowed("CommandVariant", f"of {rule.variant} is one of {allowed}, not {variant}", code="E12")
    if (variant in SIGNED) != (request.body.name == SIGNED_PRE_COMMAND):
        what = f"{variant} does not go with {request.body.name}"
        raise NotAllowed("CommandVariant", what, code="E12")


def check_delivery(request: Request, rule: Rule) -> None:
    """Over the WAN and now: the DCC keeps no command for later yet, only a device does, and a pre-command tells it so.

    Raises:
        NotPossible: a command that is to go now has a date to go at, or is to be delivered locally as well.
    """
    variant = request.command_variant
    if variant != 4 and request.body.has("ExecutionDateTime") and When.DEVICE not in rule.when:
        raise NotPossible("ExecutionDateTime", f"is absent in variant {variant}: this build keeps no command for later")
    if variant in BOTH_WAYS:
        raise NotPossible("CommandVariant", f"is not {variant}: this build gives no command out for local delivery")
