"""Electricity tariffs read: what was written is told as it was asked; what failed or is malformed."""

from collections.abc import Sequence

import pytest
from lxml import etree

from dcc_sim.identities import METER, SUPPLIER
from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import AccessResponse, Choice
from schemas.gbcs.dlms.data import NULL, Data, Tag
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.use_cases.declare import UseCase
from schemas.gbcs.use_cases.tariff_read import READ_PRIMARY, READ_SECONDARY
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.tariff_bodies import (
    ACTIONS,
    SEASONS,
    SECONDARY_ACTIONS,
    THRESHOLDS,
    TOPMOST,
    WEEK,
    band,
    items,
    matrix,
    prices,
    primary,
    special_days,
    switching,
    with_prices,
)
from tests.schemas.gbcs.use_cases.test_round_trip import request


def answered(use_case: UseCase, values: Sequence[Data | None]) -> Message:
    """A meter's answer; None is a value that could not be read."""
    results = tuple((Choice.GET, 1 if value is None else 0) for value in values)
    payload = AccessResponse(1, tuple(NULL if value is None else value for value in values), results).encode()
    return Message(CraFlag.RESPONSE, 1, METER, SUPPLIER, use_case.code, payload, signature=b"")


def told(use_case: UseCase, values: Sequence[Data | None], schema: etree.XMLSchema | None = None) -> list[Node]:
    """The MMC nodes of an answer."""
    message = answered(use_case, values)
    if schema is not None:
        schema.assertValid(etree.fromstring(write_mmc(message, use_case)))
    return [part.node for part in use_case.answer(message).parts]


def switching_told(*actions: Node) -> Node:
    """The same in MMC."""
    days = (leaf("ReferencedElecDay", day, index=index) for index, day in enumerate(WEEK, start=1))
    return branch(
        "TariffSwitchingTable",
        branch("DayProfiles", branch("DayProfile", leaf("Day", 16), *actions)),
        branch("WeekProfiles", branch("WeekProfile", leaf("WeekName", 4), *days)),
        branch("Seasons", *SEASONS),
    )


def test_primary_tariff_reads_back(schema: etree.XMLSchema) -> None:
    """What SR 1.1.1 writes, once active, SR 4.11.1 tells as it was asked."""
    hybrid = prices("HybridTariff", band(1, b1=1, b2=2, b3=3, b4=4), band(8, b1=5), leaf("TOUPrice", 9, index=48))
    seasons, weeks, days, special, *rest = (i.data for i in items(request("1.1.1", with_prices(primary(), hybrid))))
    bands, (currency, standing, charge) = rest[:8], rest[8:11]
    scaler = dlms.structure(dlms.integer(-5), dlms.enum(254))
    values = [dlms.double_long_unsigned(77), scaler, seasons, weeks, days, special, *bands, currency, standing, charge]
    (electricity,) = told(READ_PRIMARY, values, schema)
    assert [(node.name, node.value) for node in electricity.children[:6]] == [
        ("PrimaryActiveTariffPrice", 77),
        ("CurrencyUnitsLabel", "ECB"),
        ("CurrencyUnitsName", "Millicent"),
        ("StandingCharge", -32768),
        ("StandingChargeScale", 127),
        ("PriceScale", -128),
    ]
    blocks, tou, *calendar = electricity.children[6:]
    assert [
        (b.attributes["index"], [p.value for p in b.children])
        for b in blocks.children
        if any(price.value for price in b.children)
    ] == [(1, [1, 2, 3, 4]), (8, [5, 0, 0, 0])]
    assert [price.value for price in tou.children] == [0] * 47 + [9]
    assert calendar == [
        switching_told(*ACTIONS),
        special_days("TariffSwitchingTableSpecialDays", "ReferencedDay"),
        matrix("TariffThresholdMatrix", "ElecTariffThresholds", THRESHOLDS),
    ]


def secondary_values() -> list[Data | None]:
    """What SR 4.11.2 reads once a tariff of SR 1.1.2 is active."""
    body = branch(
        "UpdateImportTariffSecondaryElement",
        switching(*SECONDARY_ACTIONS),
        special_days("SpecialDays", "ReferencedDayName"),
        branch("PriceElements", leaf("PriceScale", 3), leaf("ElectricityPriceElement", 32767, index=4)),
    )
    charge, seasons, weeks, days, special, *_ = (item.data for item in items(request("1.1.2", body)))
    scaler = dlms.structure(dlms.integer(-2), dlms.enum(254))
    return [charge, dlms.double_long_unsigned(TOPMOST), scaler, special, seasons, weeks, days]


def test_secondary_tariff_reads_back(schema: etree.XMLSchema) -> None:
    """Likewise of the second element: four prices, those not named 0."""
    matrix_told = branch(
        "TariffTOUPriceMatrix", *(leaf("TariffTOUPrice", 32767 if n == 4 else 0, index=n) for n in range(1, 5))
    )
    assert told(READ_SECONDARY, secondary_values(), schema) == [
        leaf("SecondaryActiveTariffPrice", TOPMOST),
        leaf("PriceScale", 3),
        matrix_told,
        switching_told(*SECONDARY_ACTIONS),
        special_days("TariffSwitchingTableSpecialDays", "ReferencedDay"),
    ]


@pytest.mark.parametrize(
    ("failed", "missing"),
    [
        (0, {"TariffTOUPriceMatrix", "TariffTOUPrice"}),
        (1, {"SecondaryActiveTariffPrice"}),
        (2, set()),
        (3, {"TariffSwitchingTableSpecialDays", "SpecialDay"}),
        (4, {"Seasons"}),
        (5, {"WeekProfiles"}),
        (6, {"DayProfiles"}),
    ],
)
def test_what_failed_is_left_out(schema: etree.XMLSchema, failed: int, missing: set[str]) -> None:
    """One value fails; the scale of the active price stands in for that of the prices."""
    whole = secondary_values()
    values = [None if place == failed else value for place, value in enumerate(whole)]
    nodes = told(READ_SECONDARY, values, schema)
    assert names(told(READ_SECONDARY, whole)) - names(nodes) == missing
    assert [node.value for node in nodes if node.name == "PriceScale"] == [-2 if failed == 0 else 3]


def test_all_failed(schema: etree.XMLSchema) -> None:
    """An empty answer, of both elements."""
    assert told(READ_PRIMARY, [None] * 17, schema) == [branch("Electricity")]
    assert told(READ_SECONDARY, [None] * 7, schema) == []


def names(nodes: Sequence[Node]) -> set[str]:
    """The names of the elements and of those one level down."""
    return {name for node in nodes for name in (node.name, *(child.name for child in node.children))}


def day_row(at: str, script: str, selector: int) -> Data:
    """A day profile of one action."""
    row = dlms.structure(
        dlms.octets(bytes.fromhex(at)), dlms.octets(bytes.fromhex(script)), dlms.long_unsigned(selector)
    )
    return dlms.array(dlms.structure(dlms.unsigned(1), dlms.array(row)))


def charged(*rows: tuple[str, int]) -> Data:
    """A charge of these labels and prices."""
    measured = dlms.structure(dlms.long_unsigned(3), dlms.octets(bytes(6)), dlms.integer(2))
    prices_of = (dlms.structure(dlms.octets(bytes.fromhex(label)), Data(Tag.LONG, price)) for label, price in rows)
    scales = dlms.structure(dlms.integer(3), dlms.integer(-5))
    return dlms.structure(scales, measured, dlms.array(*prices_of))


def season_row(name: bytes, start: bytes, week: bytes) -> Data:
    """A season."""
    return dlms.array(dlms.structure(dlms.octets(name), dlms.octets(start), dlms.octets(week)))


START = bytes.fromhex("FFFF0101FF000000008000FF")
SCRIPTS = "00000A0064FF"
BAD_VALUES: dict[str, tuple[int, Data, str]] = {
    "unknown price label": (0, charged(("05", 1)), "price label"),
    "price label twice": (0, charged(("01", 1), ("01", 2)), "price label"),
    "price of 8 bits": (1, dlms.integer(1), "DLMS data"),
    "day 0": (3, dlms.array(dlms.structure(dlms.long_unsigned(1), dlms.octets(START[:5]), dlms.unsigned(0))), "day id"),
    "51 special days": (3, dlms.array(*(dlms.integer(0),) * 51), "special days"),
    "long season name": (4, season_row(b"123456789", START, b"\x01"), "season name"),
    "season name of odd characters": (4, season_row(b"\x00", START, b"\x01"), "season name"),
    "short season start": (4, season_row(b"a", START[:5], b"\x01"), "season start"),
    "week 5": (4, season_row(b"a", START, b"\x05"), "week name"),
    "week without a name": (4, season_row(b"a", START, b""), "week name"),
    "another script": (6, day_row("00000000", "00000A0067FF", 201), "tariff script"),
    "a price of the primary element": (6, day_row("00000000", SCRIPTS, 1), "selector"),
    "hour 24": (6, day_row("18000000", SCRIPTS, 201), "start time"),
    "short time": (6, day_row("1800", SCRIPTS, 201), "start time"),
}


@pytest.mark.parametrize(("place", "value", "what"), BAD_VALUES.values(), ids=BAD_VALUES.keys())
def test_answers_of_another_form(place: int, value: Data, what: str) -> None:
    """Refused, by field."""
    values = secondary_values()
    values[place] = value
    with pytest.raises(Malformed, match=what):
        told(READ_SECONDARY, values)


@pytest.mark.parametrize("charge", [charged(), charged(("01", 1), ("02", 2))])
def test_the_standing_charge_is_one_price(charge: Data) -> None:
    """Neither none nor two."""
    with pytest.raises(Malformed, match="standing charge"):
        told(READ_PRIMARY, [*(None,) * 15, charge, None])


def test_gbp_is_told_with_its_name() -> None:
    """As in every vector."""
    (electricity,) = told(READ_PRIMARY, [*(None,) * 14, dlms.boolean(True), None, None])
    assert electricity.children == (leaf("CurrencyUnitsLabel", "GBP"), leaf("CurrencyUnitsName", "Millipence"))
