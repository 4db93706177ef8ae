"""Tariff bodies of our own with every branch of the grammar, and the items that they become."""

from collections.abc import Sequence
from datetime import time

from dcc_sim.transform import transform
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import Request
from schemas.gbcs.auxiliary import CosemDate
from schemas.gbcs.dlms.access import AccessRequest, Item, decode_dlms
from schemas.gbcs.use_cases.calendar_fields import write_date
from schemas.gbcs.use_cases.table import for_request

NEW_YEAR = CosemDate(None, 1, 1, None)
LAST_SUNDAY = CosemDate(2026, 3, CosemDate.LAST_DAY, 7)
TOPMOST = 2**32 - 1
ONE_PRICE = (leaf("TOUPrice", -1, index=48),)


def items(asked: Request) -> tuple[Item, ...]:
    """The items of the command as it travels."""
    content = decode_dlms(transform(asked, for_request(asked)).payload)
    assert isinstance(content, AccessRequest)
    return content.items


def season(name: str, start: CosemDate, week: int) -> Node:
    """A season, of DUIS and of MMC."""
    begins = branch("SeasonStartDate", *write_date(start))
    return branch("Season", leaf("SeasonName", name), begins, leaf("ReferencedWeekName", week))


def action(at: time, **price: int) -> Node:
    """A row of a day, of DUIS and of MMC."""
    return branch("ProfileSchedule", leaf("StartTime", at), *(leaf(name, number) for name, number in price.items()))


SEASONS = (season("", LAST_SUNDAY, 4), season("Q4 2026+", NEW_YEAR, 1))
ACTIONS = (
    action(time(0), TOUTariffAction=48),
    action(time(6, 30, 15), BlockTariffAction=8),
    action(time(23, 59, 59), TOUTariffAction=1),
)
SECONDARY_ACTIONS = (action(time(0), TOUTariffAction=4), action(time(12), TOUTariffAction=1))
WEEK = (16, 1, 2, 3, 4, 5, 6)
DAYS = (LAST_SUNDAY, NEW_YEAR, CosemDate(None, None, CosemDate.SECOND_LAST_DAY, None))


def switching(*actions: Node, seasons: Sequence[Node] = SEASONS, week: Sequence[int] = WEEK) -> Node:
    """A switching table of one day and one week, whose days are named from Sunday back to Monday."""
    back = reversed(list(enumerate(week, start=1)))
    return branch(
        "SwitchingTable",
        branch("DayProfiles", branch("DayProfile", leaf("DayName", 16), *actions)),
        branch(
            "WeekProfiles",
            branch("WeekProfile", leaf("WeekName", 4), *(leaf("ReferencedDayName", d, index=i) for i, d in back)),
        ),
        branch("Seasons", *seasons),
    )


def special_days(element: str, referenced: str) -> Node:
    """Special days, each of another day."""
    days = (
        branch("SpecialDay", branch("Date", *write_date(date)), leaf(referenced, number))
        for number, date in enumerate(DAYS, start=14)
    )
    return branch(element, *days)


def matrix(element: str, band_name: str, given: Sequence[Sequence[int]]) -> Node:
    """Thresholds of eight bands."""
    bands = (
        branch(band_name, *(leaf("BlockThreshold", n, index=i) for i, n in enumerate(band, 1)), index=index)
        for index, band in enumerate(given, 1)
    )
    return branch(element, *bands)


THRESHOLDS = ((0,), (1, 2), (10, 20, 30), *((TOPMOST,),) * 5)


def primary(*tariff: Node, **changed: Node) -> Node:
    """A primary tariff body with every branch, parts of it changed by element."""
    parts = {
        "CurrencyUnits": leaf("CurrencyUnits", "ECB"),
        "SwitchingTable": switching(*ACTIONS),
        "SpecialDays": special_days("SpecialDays", "ReferencedDayName"),
        "ThresholdMatrix": matrix("ThresholdMatrix", "Thresholds", THRESHOLDS),
        **changed,
    }
    return branch("UpdateImportTariffPrimaryElement", *tariff, branch("ElecTariffElements", *parts.values()))


def prices(tariff: str, *nodes: Node) -> Node:
    """PriceElements of the primary element."""
    return branch(
        "PriceElements",
        branch(
            "ElectricityPriceElements",
            leaf("StandingCharge", -32768),
            leaf("StandingChargeScale", 127),
            leaf("PriceScale", -128),
            branch(tariff, *nodes),
        ),
    )


def band(index: int, **price: int) -> Node:
    """BlockPrices of one TOU band: b1 to b4."""
    return branch(
        "BlockPrices", *(leaf("BlockPrice", n, index=int(block[1])) for block, n in price.items()), index=index
    )


def with_prices(body: Node, tariff: Node) -> Node:
    """A body and its prices, which come last."""
    return body._replace(children=(*body.children, tariff))
