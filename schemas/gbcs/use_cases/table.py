"""Find a use case: by the DUIS request that asks for it, or by the message code of a GBCS message."""

from collections.abc import Callable
from typing import TypeVar

from schemas.duis.request import Request
from schemas.errors import Malformed, NotAllowed
from schemas.gbcs.use_cases.account import ACCOUNT
from schemas.gbcs.use_cases.alert_behaviour import ALERT_BEHAVIOUR
from schemas.gbcs.use_cases.configuration import CONFIGURATION
from schemas.gbcs.use_cases.configuration_billing import BILLING
from schemas.gbcs.use_cases.configuration_voltage import VOLTAGE
from schemas.gbcs.use_cases.credentials import CREDENTIALS
from schemas.gbcs.use_cases.credentials_read import CREDENTIALS_READ
from schemas.gbcs.use_cases.customer import CUSTOMER
from schemas.gbcs.use_cases.declare import DeviceType, Known, UseCase
from schemas.gbcs.use_cases.demand_reads import DEMAND_READS
from schemas.gbcs.use_cases.device_keys import DEVICE_KEYS
from schemas.gbcs.use_cases.device_log import DEVICE_LOG
from schemas.gbcs.use_cases.export_reads import EXPORT_READS
from schemas.gbcs.use_cases.firmware import FIRMWARE
from schemas.gbcs.use_cases.gas_alerts import GAS_ALERTS
from schemas.gbcs.use_cases.gas_billing import GAS_BILLING
from schemas.gbcs.use_cases.gas_clock import GAS_CLOCK
from schemas.gbcs.use_cases.gas_configuration import GAS_CONFIGURATION
from schemas.gbcs.use_cases.gas_customer import GAS_CUSTOMER
from schemas.gbcs.use_cases.gas_debt_logs import GAS_DEBT_LOGS
from schemas.gbcs.use_cases.gas_log import GAS_LOG
from schemas.gbcs.use_cases.gas_logs import GAS_LOGS
from schemas.gbcs.use_cases.gas_prepayment import GAS_PREPAYMENT
from schemas.gbcs.use_cases.gas_profiles import GAS_PROFILES
from schemas.gbcs.use_cases.gas_registers import GAS_REGISTERS
from schemas.gbcs.use_cases.gas_snapshots import GAS_SNAPSHOTS
from schemas.gbcs.use_cases.gas_supply import GAS_SUPPLY
from schemas.gbcs.use_cases.gas_tariff import GAS_TARIFF
from schemas.gbcs.use_cases.gas_tariff_read import GAS_TARIFF_READ
from schemas.gbcs.use_cases.hub_log import HUB_LOG
from schemas.gbcs.use_cases.hub_radio import HUB_RADIO
from schemas.gbcs.use_cases.joining import JOINING
from schemas.gbcs.use_cases.load_control import LOAD_CONTROL
from schemas.gbcs.use_cases.load_limit import LOAD_LIMIT
from schemas.gbcs.use_cases.logs import LOGS
from schemas.gbcs.use_cases.payment_mode import PAYMENT_MODE
from schemas.gbcs.use_cases.prepayment import PREPAYMENT
from schemas.gbcs.use_cases.prepayment_read import PREPAYMENT_READ
from schemas.gbcs.use_cases.prices import PRICES
from schemas.gbcs.use_cases.profile_reads import PROFILE_READS
from schemas.gbcs.use_cases.protected_profiles import PROTECTED_PROFILES
from schemas.gbcs.use_cases.protected_reads import PROTECTED_READS
from schemas.gbcs.use_cases.supply import SUPPLY
from schemas.gbcs.use_cases.support import SUPPORT
from schemas.gbcs.use_cases.tamper import TAMPER
from schemas.gbcs.use_cases.tariff import TARIFF
from schemas.gbcs.use_cases.tariff_read import READ_TARIFF
from schemas.gbcs.use_cases.top_up import TOP_UP
from schemas.gbcs.use_cases.voltage_reads import VOLTAGE_READS

USE_CASES: tuple[UseCase, ...] = (
    *LOAD_CONTROL,
    *SUPPORT,
    *SUPPLY,
    *TARIFF,
    *PRICES,
    *READ_TARIFF,
    *CUSTOMER,
    *VOLTAGE,
    *BILLING,
    *CONFIGURATION,
    *LOGS,
    *ALERT_BEHAVIOUR,
    *HUB_LOG,
    *HUB_RADIO,
    *PAYMENT_MODE,
    *PREPAYMENT,
    *PREPAYMENT_READ,
    *LOAD_LIMIT,
    *ACCOUNT,
    *TOP_UP,
    *TAMPER,
    *EXPORT_READS,
    *DEMAND_READS,
    *VOLTAGE_READS,
    *PROFILE_READS,
    *PROTECTED_READS,
    *PROTECTED_PROFILES,
    *GAS_SUPPLY,
    *GAS_PREPAYMENT,
    *GAS_TARIFF,
    *GAS_TARIFF_READ,
    *JOINING,
    *FIRMWARE,
    *GAS_CLOCK,
    *GAS_LOG,
    *DEVICE_LOG,
    *CREDENTIALS,
    *CREDENTIALS_READ,
    *DEVICE_KEYS,
    *GAS_CUSTOMER,
    *GAS_BILLING,
    *GAS_CONFIGURATION,
    *GAS_ALERTS,
    *GAS_LOGS,
    *GAS_REGISTERS,
    *GAS_SNAPSHOTS,
    *GAS_PROFILES,
    *GAS_DEBT_LOGS,
)

_NOTHING_MORE = Known()
T = TypeVar("T")


def _grouped(key: Callable[[UseCase], T]) -> dict[T, tuple[UseCase, ...]]:
    """The use cases by a key, each group in the order of the table."""
    groups: dict[T, tuple[UseCase, ...]] = {}
    for use_case in USE_CASES:
        groups[key(use_case)] = (*groups.get(key(use_case), ()), use_case)
    return groups


_BY_SERVICE = _grouped(lambda use_case: use_case.service)
_BY_CODE = _grouped(lambda use_case: use_case.code)
_BY_NAME = _grouped(lambda use_case: use_case.name)


def by_service(service: str) -> tuple[UseCase, ...]:
    """The use cases of one service reference variant."""
    return _BY_SERVICE.get(service, ())


def for_request(request: Request, device: DeviceType | None = None, known: Known = _NOTHING_MORE) -> UseCase:
    """The use case that carries ``request``.

    Args:
        device: the type of the target, to choose by; None where it is not known.
        known: what the DCC knows, which tells some joins apart.

    Raises:
        Malformed: the body is not the one of the service.
        NotAllowed: no use case takes it to this type of device (E11).
    """
    candidates = by_service(request.service_reference_variant)
    if candidates and request.body.name not in [use_case.element for use_case in candidates]:
        raise Malformed(request.body.name, f"is not the body of service {request.service_reference_variant}")
    for use_case in candidates:
        if not use_case.applies(request.body) or not use_case.suits(known):
            continue
        if device is None or device in use_case.devices:
            return use_case
    what = "this build transforms to GBCS" if device is None else f"a {device} takes"
    raise NotAllowed(
        "ServiceReferenceVariant", f"is one that {what}, not {request.service_reference_variant}", code="E11"
    )


def by_code(code: int) -> tuple[UseCase, ...]:
    """The use cases that share a message code (three do for ECS47, two for ECS62 and ECS70)."""
    return _BY_CODE.get(code, ())


def by_name(name: str) -> UseCase:
    """The use case called ``name``, e.g. ``ECS47a``.

    Raises:
        Malformed: there is none.
    """
    if name in _BY_NAME:
        return _BY_NAME[name][0]
    raise Malformed("use case", f"is one that this build declares, not {name}")
