"""Step 2 of the road: may this user ask this, of this device, in this way, now?

The checks, in DUIS's order; what they check against is the table in [policy.py](policy.py). Schema, counter, signature
and certificate come before, in [receive.py](receive.py).
"""

from datetime import datetime
from enum import Enum

from dcc_sim.change_of_supplier import effective
from dcc_sim.inventory import DeviceEntry, Inventory, User, UserRole
from dcc_sim.lifecycle import check_status
from dcc_sim.local_delivery import BOTH_WAYS, ONLY
from dcc_sim.policy import NEVER_REGISTERED, RULES, Regime, Rule, When
from schemas.duis.request import Request
from schemas.errors import Malformed, NotAllowed, NotPossible
from schemas.gbcs.use_cases.table import USE_CASES

SIGNED_PRE_COMMAND = "SignedPreCommand"
SIGNED = frozenset({5, 6, 7})
"""The command variants that carry a signed pre-command."""
LOCAL_ROLES = frozenset({UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER})
"""Who may ask for a command to bring to the device: who may bring its response back (SR 8.13; assumed)."""


class Service(Enum):
    """The DUIS web services, and the command variants that each takes."""

    TRANSFORM = frozenset({4})
    SEND_COMMAND = frozenset({1, 3, 5, 7})
    NON_DEVICE = frozenset({2, 6, 8})

    def __init__(self, variants: frozenset[int]) -> None:
        self.variants = variants


TO_DEVICES = frozenset(use_case.service for use_case in USE_CASES if use_case.service)
"""The service request variants that this build carries to a device."""

_TAKEN = frozenset((use_case.service, device) for use_case in USE_CASES for device in use_case.devices)


def authorise_own(request: Request, inventory: Inventory, regime: Regime, carried: frozenset[str]) -> None:
    """A non-device request is permitted as far as the policy's table goes.

    Args:
        carried: the variants that the DCC carries out; each then checks registration, device and values itself.

    Raises:
        NotAllowed: E1, E2, E3, E11, E12 and E13 as of `authorise`.
        Malformed: service reference and variant do not belong together.
    """
    rule = check_reference(request)
    user = inventory.user(request.request_id.originator)
    eligible_roles(user, rule, regime)
    check_user(user)
    check_carried(rule, carried)
    check_variant(request, rule, Service.NON_DEVICE)


def authorise(request: Request, service: Service, now: datetime, inventory: Inventory, regime: Regime) -> DeviceEntry:
    """The device of a permitted request, new or signed; the checks are in DUIS's order.

    Raises:
        NotAllowed: E1 no such user, E2 role not eligible, E3 user suspended, E11 not carried, E19 no such device,
            E4 not registered here and now, E5 device status, E11 not for this type of device, E13 wrong web service,
            E12 command variant, E17 no local delivery for these roles.
        Malformed: service reference and variant do not belong together.
        NotPossible: it is for later, and nobody could keep it.
    """
    rule = check_reference(request)
    user = inventory.user(request.request_id.originator)
    roles = eligible_roles(user, rule, regime)
    check_user(user)
    check_carried(rule, TO_DEVICES)
    # Registration comes before the device in DUIS's order, but it is for the meter point that the device belongs to.
    device = inventory.device(request.request_id.target)
    check_registration(user, roles, device, effective(request, now), inventory)
    check_device(rule, device)
    check_variant(request, rule, service)
    check_delivery(request, rule, roles)
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


def check_carried(rule: Rule, carried: frozenset[str]) -> None:
    """This build carries the service request.

    Raises:
        NotAllowed: E11, it does not.
    """
    if rule.variant not in carried:
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
    check_status(device, rule.variant)
    if (rule.variant, device.device_type) not in _TAKEN:
        taken = f"is one that a {device.device_type} takes, not {rule.variant}"
        raise NotAllowed("ServiceReferenceVariant", taken, code="E11")


def check_variant(request: Request, rule: Rule, service: Service) -> None:
    """The command variant fits the web service, the kind of request, and the body.

    Raises:
        NotAllowed: E13 for the wrong web service, E12 for a variant that this request cannot have.
    """
    variant = request.command_variant
    if variant not in service.variants and any(variant in other.variants for other in Service):
        raise NotAllowed("CommandVariant", f"{variant} belongs to another web service", code="E13")
    if variant not in rule.command_variants:
        allowed = ", ".join(map(str, sorted(rule.command_variants)))
        raise NotAllowed("CommandVariant", f"of {rule.variant} is one of {allowed}, not {variant}", code="E12")
    if (variant in SIGNED) != (request.body.name == SIGNED_PRE_COMMAND):
        what = f"{variant} does not go with {request.body.name}"
        raise NotAllowed("CommandVariant", what, code="E12")


def check_delivery(request: Request, rule: Rule, roles: frozenset[UserRole]) -> None:
    """Who asks for local delivery may, and a date is one that the DCC or the device can keep the command until.

    Raises:
        NotAllowed: E17, the roles have no local delivery.
        NotPossible: a command with a date that nobody keeps.
    """
    variant = request.command_variant
    if variant in ONLY | BOTH_WAYS and not roles & LOCAL_ROLES:
        raise NotAllowed(
            "CommandVariant", f"{variant}, local delivery, is for {', '.join(sorted(LOCAL_ROLES))}", code="E17"
        )
    if variant == 4 or not request.body.has("ExecutionDateTime"):
        return
    # In a pre-command it tells the device; elsewhere it is for the DCC, which keeps what goes over the WAN alone.
    if When.DSP not in rule.when or variant != 1:
        raise NotPossible("ExecutionDateTime", f"is absent in variant {variant} of {rule.variant}")
