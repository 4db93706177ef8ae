"""Tariff and prices of a gas meter: SR 1.1.1 (GCS01a) and 1.2.1 (GCS01b), time of use or block, now, later or never."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from schemas.duis.node import Node
from schemas.errors import Malformed
from schemas.gbcs.use_cases.declare import Context, UseCase
from schemas.gbcs.use_cases.gas_calendar import Plan
from schemas.gbcs.use_cases.gas_fields import METERS, provided, start
from schemas.gbcs.use_cases.zigbee import Row, Send, SendEach, Values, Zigbee
from schemas.gbcs.zcl import calendar, price
from schemas.gbcs.zcl.fields import NEVER_CALENDAR

_TARIFF_INFORMATION, _PRICE_MATRIX, _BLOCK_THRESHOLDS = 0x04, 0x05, 0x06
_BLOCK_SCHEME, _TIME_OF_USE_SCHEME = 0x10, 0x00
_BLOCK_PRICES, _TIME_OF_USE_PRICES = 0x00, 0x01
_THRESHOLDS_OF_ALL_TIERS = 0x01
_CURRENCIES = {"GBP": 826, "ECB": 978}
_TRAILING_DIGIT = 0x50
"""Prices are in hundred-thousandths of the currency."""

_NO_BLOCK_MODE = 0xFF
_PER_UNIT = 1000
_PRICES = "PriceElements/GasPriceElements"
_TARIFF = "GasTariffElements"


def _entries(day: Node) -> list[Row]:
    """One entry, from midnight: the day's tier, or 0 for block prices."""
    return [{"start time of day": 0, "price tier": day.integer("TOUTariffAction") if day.has("TOUTariffAction") else 0}]


_CALENDAR = Plan(
    kind=calendar.DELIVERED,
    days=f"{_TARIFF}/SwitchingTable/DayProfiles/DayProfile",
    weeks=f"{_TARIFF}/SwitchingTable/WeekProfiles/WeekProfile",
    seasons=f"{_TARIFF}/SwitchingTable/Seasons/Season",
    special_days=f"{_TARIFF}/SpecialDays/SpecialDay",
    day_id="DayName",
    entries=_entries,
)


def _is_block(body: Node) -> bool:
    return body.has(f"{_PRICES}/BlockTariff")


def _threshold_count(body: Node) -> int:
    """With a tariff as many as it has; with prices alone, what the request says (the templates differ there)."""
    if not _is_block(body):
        return 0
    if body.has(_TARIFF):
        return len(body.all(f"{_TARIFF}/ThresholdMatrix/BlockThreshold"))
    return body.integer(f"{_PRICES}/BlockTariff/NumberOfThresholds")


def _information(body: Node, context: Context) -> Values:
    block = _is_block(body)
    return {
        **_head(context),
        "start time": start(body),
        "tariff type and charging scheme": _BLOCK_SCHEME if block else _TIME_OF_USE_SCHEME,
        "tariff label": b"",
        "number of price tiers in use": len(body.all(f"{_PRICES}/TOUTariff/TOUPrice")),
        "number of block thresholds in use": _threshold_count(body),
        "unit of measure": 0,
        "currency": _CURRENCIES[body.text(f"{_PRICES}/CurrencyUnits")],
        "trailing digit": _TRAILING_DIGIT,
        "standing charge": body.integer(f"{_PRICES}/StandingCharge"),
        "tier block mode": _NO_BLOCK_MODE,
        "block threshold multiplier": 1,
        "block threshold divisor": _PER_UNIT,
    }


def _head(context: Context) -> Mapping[str, int]:
    return {**provided(context), "issuer tariff id": 1}


def _part(body: Node, context: Context) -> Mapping[str, int]:
    """Head of what belongs to a tariff: cancelled by another special time than the tariff itself."""
    once = {"command index": 0, "total number of commands": 1}
    return {**_head(context), **once, "start time": start(body, NEVER_CALENDAR)}


def _indexed(body: Node, path: str) -> list[tuple[int, int]]:
    found = [(each.integer("@index"), each.integer("")) for each in body.all(path)]
    if len(dict(found)) != len(found):
        raise Malformed(path, "has each index once")
    return found


def _prices(body: Node, context: Context) -> Values:
    if _is_block(body):
        # Blocks count from 0, tiers from 1.
        control, rows = _BLOCK_PRICES, [(n - 1, p) for n, p in _indexed(body, f"{_PRICES}/BlockTariff/BlockPrice")]
    else:
        control, rows = _TIME_OF_USE_PRICES, _indexed(body, f"{_PRICES}/TOUTariff/TOUPrice")
    prices = [{"tier or block id": number, "price": amount} for number, amount in rows]
    return {**_part(body, context), "sub-payload control": control, "prices": prices}


def _thresholds(body: Node, context: Context) -> Iterator[Values]:
    """Only of a block tariff: with time of use the schema's ThresholdMatrix says nothing."""
    if _is_block(body):
        found = _indexed(body, f"{_TARIFF}/ThresholdMatrix/BlockThreshold")
        if [index for index, _ in found] != list(range(1, len(found) + 1)):
            raise Malformed("BlockThreshold", "has the indexes 1, 2, 3 in order: GBCS carries no gap")
        yield {
            **_part(body, context),
            "sub-payload control": _THRESHOLDS_OF_ALL_TIERS,
            "tier and number of block thresholds": len(found),
            "thresholds": [{"block threshold": amount} for _, amount in found],
        }


_INFORMATION = Send(price.CLUSTER, _TARIFF_INFORMATION, _information, to_client=True)
_THRESHOLDS = SendEach(price.CLUSTER, _BLOCK_THRESHOLDS, _thresholds, to_client=True)
_PRICE_MATRIX_STEP = Send(price.CLUSTER, _PRICE_MATRIX, _prices, to_client=True)


def _holds(path: str) -> Callable[[Node], bool]:
    return lambda body: body.has(path)


GAS_TARIFF = (
    UseCase(
        name="GCS01a",
        code=0x006B,
        service="1.1.1",
        element="UpdateImportTariffPrimaryElement",
        critical=True,
        devices=METERS,
        content=Zigbee((*_CALENDAR.steps, _INFORMATION, _THRESHOLDS, _PRICE_MATRIX_STEP)),
        response="UpdateImportTariffPrimaryElementRsp",
        dated_response=True,
        applies=_holds(_TARIFF),
    ),
    UseCase(
        name="GCS01b",
        code=0x00A3,
        service="1.2.1",
        element="UpdatePricePrimaryElement",
        critical=True,
        devices=METERS,
        content=Zigbee((_INFORMATION, _PRICE_MATRIX_STEP)),
        response="UpdatePricePrimaryElementRsp",
        dated_response=True,
        applies=_holds(_PRICES),
    ),
)
