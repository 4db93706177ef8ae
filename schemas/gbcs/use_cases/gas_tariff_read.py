"""Tariff and prepayment settings of a gas meter, read: SR 4.11.1 (GCS21f) and 4.13 (GCS21b)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time
from decimal import Decimal

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.use_cases.declare import Part, Place, UseCase
from schemas.gbcs.use_cases.gas_calendar import day_profiles, get_calendar, seasons, special_days, week_profiles
from schemas.gbcs.use_cases.gas_fields import METERS, attribute, within, word
from schemas.gbcs.use_cases.zigbee import Read, ReadAttributes, Readings, Send, Zigbee
from schemas.gbcs.zcl import calendar, prepayment, price
from schemas.gbcs.zcl.general import Attribute
from schemas.gbcs.zcl.layout import Fields

_GET_CURRENT_PRICE, _PUBLISH_PRICE = 0x00, 0x00
_THRESHOLDS = (0x0100, 0x0101, 0x0102)
_MULTIPLIER, _DIVISOR = 0x0202, 0x0203
_UNIT, _CURRENCY, _TRAILING_DIGIT, _STANDING_CHARGE = 0x0615, 0x0616, 0x0617, 0x0301
_BLOCK_PRICES = (0x0400, 0x0401, 0x0402, 0x0403)
_TIER_PRICES = (0x0410, 0x0420, 0x0430, 0x0440)
_CURRENCIES = {826: "GBP", 978: "ECB"}
_GAS: Place = (("Gas", ()),)
_HIGHEST_PRICE = 2**32 - 1
_PERIODS = {0x00: "HOURLY", 0x01: "DAILY"}
_ACTIONS = {0: "STOP", 1: "START"}
_TARIFF_DAYS, _CREDIT_DAYS = 4, 5
"""How many day profiles there are at most."""


def _current_price(readings: Readings) -> Iterable[Part]:
    for each in readings.published(price.CLUSTER, _PUBLISH_PRICE):
        yield Part(leaf("PrimaryActiveTariffPrice", each.integer("price")), _GAS)


def _scale(found: Attribute) -> Iterable[Part]:
    # The high half octet counts the digits right of the decimal point.
    yield Part(leaf("PrimaryActiveTariffPriceScale", -(found.value >> 4)), _GAS, 1)


def _currency(found: Attribute) -> Iterable[Part]:
    yield Part(leaf("CurrencyUnitsLabel", word("currency", _CURRENCIES, found.value)), _GAS, 2)


def _tariff_day(day: Fields) -> Node:
    entries = day.rows("schedule entries")
    if len(entries) > 1:
        raise Malformed("total number of schedule entries", f"is at most 1 in a tariff's day, not {len(entries)}")
    number = leaf("DayName", within("day id", day.integer("day id"), 1, _TARIFF_DAYS))
    if not entries:
        return branch("DayProfile", number)
    tier = entries[0].integer("price tier")
    action = leaf("TOUTariffAction", within("price tier", tier, 1, 4)) if tier else branch("BlockTariff")
    return branch("DayProfile", number, action)


def _switching(readings: Readings) -> Iterable[Part]:
    table = [
        *day_profiles(readings, _tariff_day),
        *week_profiles(readings, "ReferencedDay", _TARIFF_DAYS),
        *seasons(readings, "Seasons"),
    ]
    if table:
        yield Part(branch("TariffSwitchingTable", *table), _GAS, 4)
    for node in special_days(readings, "TariffSwitchingTableSpecialDays", "ReferencedDay", _TARIFF_DAYS):
        yield Part(node, _GAS, 5)


def _thresholds(readings: Readings) -> Iterable[Part]:
    """Thresholds in units, by multiplier and divisor; as they came where the meter did not tell those."""
    multiplier, divisor = (readings.attribute(price.CLUSTER, number) for number in (_MULTIPLIER, _DIVISOR))
    known = multiplier and divisor and divisor.value
    factor = Decimal(multiplier.value) / divisor.value if multiplier and divisor and known else Decimal(1)
    found = [readings.attribute(price.CLUSTER, number) for number in _THRESHOLDS]
    nodes = [
        leaf("BlockThreshold", (each.value * factor).normalize(), index=index)
        for index, each in enumerate(found, start=1)
        if each is not None
    ]
    if nodes:
        yield Part(branch("TariffThresholds", *nodes), _GAS, 6)


def _prices(readings: Readings) -> Iterable[Part]:
    for rank, element, name, numbers in (
        (7, "TOUTariff", "TariffTOUPrice", _TIER_PRICES),
        (8, "BlockTariff", "BlockPrice", _BLOCK_PRICES),
    ):
        found = [readings.attribute(price.CLUSTER, number) for number in numbers]
        nodes = [
            leaf(name, within("price", each.value, 0, _HIGHEST_PRICE), index=index)
            for index, each in enumerate(found, start=1)
            if each is not None
        ]
        if nodes:
            yield Part(branch(element, *nodes), _GAS, rank)


def _something(reads: tuple[Read, ...]) -> Read:
    """The parts of all reads; where there are none the empty element, without which MMC has no answer for gas."""

    def read(readings: Readings) -> Iterable[Part]:
        return [part for each in reads for part in each(readings)] or [Part(branch("Gas"))]

    return read


def _credit_day(day: Fields) -> Node:
    entries = (
        branch(
            "TimeStartAction",
            leaf("StartTime", _time(each.integer("start time of day"))),
            leaf(
                "NonDisablementAction", word("friendly credit enable", _ACTIONS, each.integer("friendly credit enable"))
            ),
            index=index,
        )
        for index, each in enumerate(day.rows("schedule entries"), start=1)
    )
    return branch(
        "GasNonDisablementDayProfile",
        *entries,
        leaf("GasDayName", within("day id", day.integer("day id"), 1, _CREDIT_DAYS)),
    )


def _time(minutes: int) -> time:
    if minutes >= 24 * 60:
        raise Malformed("start time of day", f"is less than 1440 minutes, not {minutes}")
    return time(*divmod(minutes, 60))


def _non_disablement(readings: Readings) -> Iterable[Part]:
    nodes = [
        *day_profiles(readings, _credit_day),
        *week_profiles(readings, "ReferencedDayName", _CREDIT_DAYS),
        *seasons(readings, "SeasonProfiles"),
        *special_days(readings, "SpecialDays", "ReferencedDayName", _CREDIT_DAYS),
    ]
    if nodes:
        yield Part(branch("NonDisablementCalendar", *nodes), _GAS, 10)


def _recovery(readings: Readings) -> Iterable[Part]:
    for debt, (frequency, amount) in enumerate(((0x0216, 0x0217), (0x0226, 0x0227)), start=1):
        rate, period = (readings.attribute(prepayment.CLUSTER, number) for number in (amount, frequency))
        nodes = []
        if rate is not None:
            nodes.append(leaf("DebtRecoveryRate", rate.value))
        if period is not None:
            nodes.append(leaf("DebtRecoveryRatePeriod", word("debt recovery frequency", _PERIODS, period.value)))
        if nodes:
            yield Part(branch(f"DebtRecovery{debt}", *nodes), _GAS, 10 + debt)


_SETTINGS: Mapping[int, str] = {
    0x0239: "DebtRecoveryPerPayment",
    0x0006: "DebtRecoveryRateCap",
    0x0040: "DisablementThreshold",
    0x0010: "EmergencyCreditLimit",
    0x0011: "EmergencyCreditThreshold",
    0x0031: "LowCreditThreshold",
    0x0022: "CreditMaxCreditThreshold",
    0x0021: "MaxCreditMaxMeterBalance",
}
"""Attributes in the order of MMC."""

READ_TARIFF = UseCase(
    name="GCS21f",
    code=0x009F,
    service="4.11.1",
    element="ReadTariffPrimaryElement",
    critical=False,
    devices=METERS,
    content=Zigbee(
        (
            ReadAttributes(
                price.CLUSTER,
                (
                    *(_DIVISOR, _MULTIPLIER),
                    *_THRESHOLDS,
                    _UNIT,
                    *_BLOCK_PRICES,
                    *_TIER_PRICES,
                    *(_CURRENCY, _TRAILING_DIGIT, _STANDING_CHARGE),
                ),
            ),
            *get_calendar(calendar.DELIVERED),
            Send(price.CLUSTER, _GET_CURRENT_PRICE, lambda body, context: {"command options": 0}),
        ),
        (
            _something(
                (
                    _current_price,
                    attribute(price.CLUSTER, _TRAILING_DIGIT, _scale),
                    attribute(price.CLUSTER, _CURRENCY, _currency),
                    attribute(price.CLUSTER, _STANDING_CHARGE, "StandingCharge", _GAS, 3),
                    _switching,
                    _thresholds,
                    _prices,
                )
            ),
        ),
    ),
    response="ReadTariffPrimaryElementRsp",
)

READ_PREPAYMENT = UseCase(
    name="GCS21b",
    code=0x00B5,
    service="4.13",
    element="ReadPrepaymentConfiguration",
    critical=False,
    devices=METERS,
    content=Zigbee(
        (
            ReadAttributes(
                prepayment.CLUSTER,
                (0x0239, 0x0006, 0x0216, 0x0226, 0x0040, 0x0010, 0x0011, 0x0031, 0x0021, 0x0022, 0x0217, 0x0227),
            ),
            ReadAttributes(price.CLUSTER, (_TRAILING_DIGIT,)),
            *get_calendar(calendar.FRIENDLY_CREDIT),
        ),
        (
            *(
                attribute(prepayment.CLUSTER, number, name, rank=rank)
                for rank, (number, name) in enumerate(_SETTINGS.items())
            ),
            _non_disablement,
            _recovery,
        ),
    ),
    response="ReadPrepaymentConfigurationRsp",
)

GAS_TARIFF_READ = (READ_TARIFF, READ_PREPAYMENT)
