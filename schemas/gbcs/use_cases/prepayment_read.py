"""Prepayment settings and balance of an electricity meter, read: SR 4.13 (ECS26a) and SR 4.18 (ECS82).

No request names the items of ECS26a; each is known by the setting that ECS03, ECS07 and ECS08 write, by type and
by size. Balances, limits and thresholds are in thousandths of a penny (or euro cent), debt rates in the power of ten
that goes with them, DebtRecoveryPerPayment in hundredths of a percent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.access import Access, Get, attribute
from schemas.gbcs.use_cases.declare import DeviceType, Part, UseCase
from schemas.gbcs.use_cases.fields import ignored, number
from schemas.gbcs.use_cases.payment_mode import ACCUMULATED_DEBT, ALWAYS, SUSPENDED, TIME_DEBTS
from schemas.gbcs.use_cases.prepayment_fields import read_calendar

_METERS = frozenset({DeviceType.ESME})
_DEBT_1, _DEBT_2 = "0-0:19.20.1.255", "0-0:19.20.2.255"
_ACCOUNT, _EMERGENCY = "0-0:19.0.0.255", "0-0:19.10.1.255"
_PERIODS = {3600: "HOURLY", 86400: "DAILY"}
"""Seconds; the vectors show a day."""

_ITEMS = (
    ("rate 1", attribute(113, _DEBT_1, 5)),
    ("special days", attribute(11, "0-0:11.0.2.255", 2)),
    ("period 1", attribute(113, _DEBT_1, 8)),
    # The same attribute once more, for the scale of the price in it.
    ("scale 1", attribute(113, _DEBT_1, 5)),
    ("rate 2", attribute(113, _DEBT_2, 5)),
    ("period 2", attribute(113, _DEBT_2, 8)),
    ("scale 2", attribute(113, _DEBT_2, 5)),
    ("DebtRecoveryPerPayment", attribute(113, "0-0:19.20.3.255", 13)),
    ("CreditMaxCreditThreshold", attribute(9000, "0-0:94.44.2.10", 2)),
    ("DisablementThreshold", attribute(21, "0-0:16.0.1.255", 2)),
    ("MaxCreditMaxMeterBalance", attribute(9000, "0-0:94.44.2.20", 2)),
    ("LowCreditThreshold", attribute(111, _ACCOUNT, 16)),
    ("DebtRecoveryRateCap", attribute(111, _ACCOUNT, 18)),
    # Seconds in which the cap counts; MMC has no element for it.
    ("cap period", attribute(111, _ACCOUNT, 19)),
    ("EmergencyCreditLimit", attribute(112, _EMERGENCY, 9)),
    ("EmergencyCreditThreshold", attribute(112, _EMERGENCY, 10)),
    ("schedule", attribute(10, "0-0:12.0.1.255", 2)),
    ("configuration", attribute(111, _ACCOUNT, 11)),
)
"""What is read, in wire order; those with an MMC element of their own have its name."""

_NUMBERS = (
    "DebtRecoveryPerPayment",
    "DebtRecoveryRateCap",
    "DisablementThreshold",
    "EmergencyCreditLimit",
    "EmergencyCreditThreshold",
    "LowCreditThreshold",
    "CreditMaxCreditThreshold",
    "MaxCreditMaxMeterBalance",
)
"""In MMC's order."""


def _arrange(values: Sequence[Data | None]) -> Iterator[Part]:
    read = {name: value for (name, _), value in zip(_ITEMS, values, strict=True) if value is not None}
    for name in _NUMBERS:
        if name in read:
            yield Part(leaf(name, _number(name, read[name])))
    if "configuration" in read:
        yield from (Part(node) for node in _suspensions(read["configuration"]))
    # Which payment mode the meter is in, is no item of this message: MMC leaves it out.
    calendar = read_calendar(read.get("special days"), read.get("schedule"))
    nodes = [] if calendar is None else [calendar]
    for debt in (1, 2):
        parts = list(_debt(read.get(f"rate {debt}"), read.get(f"scale {debt}"), read.get(f"period {debt}")))
        if parts:
            nodes.append(branch(f"DebtRecovery{debt}", *parts))
    if nodes:
        yield Part(branch("Electricity", *nodes))


def _number(name: str, value: Data) -> int:
    if name != "DisablementThreshold":
        return value.number
    thresholds = value.expect(Tag.ARRAY).items
    if len(thresholds) != 1:
        raise Malformed(name, f"is the one threshold of its monitor, not one of {len(thresholds)}")
    return thresholds[0].number


def _debt(rate: Data | None, scale: Data | None, period: Data | None) -> Iterator[Node]:
    """Amount per period, the power of ten that it counts in, and the period of a time debt."""
    if rate is not None:
        _, _, charges = rate.fields(3)
        if len(charges.expect(Tag.ARRAY).items) != 1:
            raise Malformed("DebtRecoveryRate", f"is the one charge of its debt, not one of {len(charges.items)}")
        _, amount = charges.items[0].fields(2)
        yield leaf("DebtRecoveryRate", amount.number)
    if scale is not None:
        scales, _, _ = scale.fields(3)
        _, price_scale = scales.fields(2)
        yield leaf("DebtRecoveryRatePriceScale", price_scale.expect(Tag.INTEGER).number)
    if period is not None:
        if period.number not in _PERIODS:
            raise Malformed("DebtRecoveryRatePeriod", f"is 3600 or 86400 seconds, not {period.number}")
        yield leaf("DebtRecoveryRatePeriod", _PERIODS[period.number])


def _suspensions(configuration: Data) -> Iterator[Node]:
    """The two settings on suspended debt, read back from what ECS03 makes of them.

    Neither is told where no time debt is collected (credit mode); nor is the first where debts differ in it.
    """
    rows = [row.fields(3) for row in configuration.expect(Tag.ARRAY).items]
    direct = [bits.bits for credit, charge, bits in rows if _is_time_debt(charge) and not _accumulates(credit)]
    if not direct:
        return
    if set(direct) in ({ALWAYS}, {SUSPENDED}):
        yield leaf("SuspendDebtDisabled", direct[0] == SUSPENDED)
    yield leaf("SuspendDebtEmergency", any(_accumulates(credit) for credit, _, _ in rows))


def _is_time_debt(charge: Data) -> bool:
    return charge.octets in TIME_DEBTS


def _accumulates(credit: Data) -> bool:
    return credit.octets == ACCUMULATED_DEBT


READ_SETTINGS = UseCase(
    name="ECS26a",
    code=0x003B,
    service="4.13",
    element="ReadPrepaymentConfiguration",
    critical=False,
    devices=_METERS,
    content=Access(tuple(Get(where, ignored) for _, where in _ITEMS), arrange=_arrange),
    response="ReadPrepaymentConfigurationRsp",
)

READ_BALANCE = UseCase(
    name="ECS82",
    code=0x0069,
    service="4.18",
    element="ReadMeterBalance",
    critical=False,
    devices=_METERS,
    content=Access((Get(attribute(112, "0-0:19.10.0.255", 2), number("MeterBalance")),)),
    response="ReadMeterBalanceRsp",
)

PREPAYMENT_READ = (READ_SETTINGS, READ_BALANCE)
