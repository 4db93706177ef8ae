"""Electricity tariffs: templates become vectors, vectors become MMC, and what GBCS cannot carry is refused."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree

from dcc_sim.transform import transform
from schemas.duis.document import parse
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import read_request
from schemas.errors import Malformed
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import Item
from schemas.gbcs.dlms.times import NEVER, NOW, encode_date_time
from schemas.gbcs.envelope import CraFlag, decode
from schemas.gbcs.use_cases.access import Access
from schemas.gbcs.use_cases.declare import DeviceType, UseCase
from schemas.gbcs.use_cases.prices import PRICES
from schemas.gbcs.use_cases.table import for_request
from schemas.gbcs.use_cases.tariff import TARIFF
from schemas.gbcs.use_cases.tariff_read import READ_TARIFF
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.tariff_bodies import (
    ACTIONS,
    NEW_YEAR,
    ONE_PRICE,
    SECONDARY_ACTIONS,
    action,
    band,
    items,
    prices,
    primary,
    season,
    switching,
    with_prices,
)
from tests.schemas.gbcs.use_cases.test_round_trip import request
from tests.schemas.gbcs.use_cases.vectors import octets

FAMILY: tuple[UseCase, ...] = (*TARIFF, *PRICES, *READ_TARIFF)
NAMES = [use_case.name for use_case in FAMILY]
PREFIX = "{http://www.dccinterface.co.uk/ResponseAndAlert}"


@pytest.mark.parametrize("use_case", FAMILY, ids=NAMES)
def test_template_becomes_its_vector(reference: Path, use_case: UseCase) -> None:
    """Every template with a vector, octet for octet up to what protection adds; the device takes the form."""
    compared = 0
    for path in sorted((reference / "duis-templates").glob(f"{use_case.name}_*.XML")):
        asked = read_request(parse(path.read_bytes()))
        made = transform(asked, for_request(asked, DeviceType.ESME))
        assert isinstance(use_case.content, Access)
        assert use_case.content.fits(items(asked))
        stem = path.name.removesuffix("_REQUEST_DUIS.XML")
        for vector in sorted((reference / "rtds").glob(f"*/{stem}_*COMMAND_GBCS.HEX")):
            assert made.encode() == decode(octets(vector)).stripped().encode(), vector.name
            compared += 1
    assert compared


@pytest.mark.parametrize("use_case", FAMILY, ids=NAMES)
def test_answers_and_alerts_are_valid_mmc(reference: Path, schema: etree.XMLSchema, use_case: UseCase) -> None:
    """Every response and alert."""
    checked = 0
    for path in sorted((reference / "rtds").glob(f"*/{use_case.name}_*.HEX")):
        message = decode(octets(path))
        if message.cra is CraFlag.COMMAND:
            continue
        document = etree.fromstring(write_mmc(message, use_case if message.cra is CraFlag.RESPONSE else None))
        schema.assertValid(document)
        if message.cra is CraFlag.RESPONSE:
            answer = document.find(f".//{PREFIX}{use_case.response}")
            assert answer is not None
            assert answer.get("MessageSuccess") == ("false" if "ERROR" in path.name else "true"), path.name
            assert bool(message.date_time) is use_case.dated_response
        else:
            code = document.findtext(f".//{PREFIX}FutureDatedCommandMessageCode")
            assert code == f"{use_case.code:04X}"
        checked += 1
    assert checked


def table(item: Item) -> dict[str, int]:
    """The prices of a charge that are not 0, by label in hex."""
    rows = [row.fields(2) for row in item.data.items[2].items]
    return {label.octets.hex().upper(): price.number for label, price in rows if price.number}


@pytest.mark.parametrize(
    ("tariff", "expected"),
    [
        (prices("TOUTariff", leaf("TOUPrice", 5, index=2), *ONE_PRICE), {"02": 5, "30": -1}),
        (prices("BlockTariff", band(8, b4=7, b1=6)), {"A8": 6, "D8": 7}),
        (
            prices("HybridTariff", band(3, b2=1), band(1, b1=2, b3=3), *ONE_PRICE),
            {"30": -1, "A1": 2, "B3": 1, "C1": 3},
        ),
    ],
)
def test_prices_of_each_kind_of_tariff(tariff: Node, expected: dict[str, int]) -> None:
    """80 prices in the same order whatever the request's; those not named are 0."""
    standing, matrix_item, *times = items(request("1.2.1", branch("UpdatePricePrimaryElement", tariff)))
    assert table(matrix_item) == expected
    labels = [row.items[0].octets for row in matrix_item.data.items[2].items]
    assert len(labels) == 80
    assert all(one < other for one, other in pairwise(labels))
    assert [row.items[1].number for row in standing.data.items[2].items] == [-32768]
    assert [charge.data.items[0].items[1].number for charge in (standing, matrix_item)] == [127, -128]
    assert [item.data.octets for item in times] == [NOW, NOW]


@pytest.mark.parametrize(
    ("at", "octet_string"),
    [
        (datetime(2027, 1, 1, tzinfo=UTC), encode_date_time(datetime(2027, 1, 1, tzinfo=UTC))),
        (datetime(3000, 12, 31, tzinfo=UTC), NEVER),
    ],
)
def test_activation(at: datetime, octet_string: bytes) -> None:
    """Dated and cancelled: every activation item of the four has it, and no other."""
    execution = leaf("ExecutionDateTime", at)
    element = leaf("ElectricityPriceElement", 1, index=1)
    second = branch("PriceElements", leaf("PriceScale", 0), element)
    bodies = {
        "1.1.1": with_prices(primary(execution), prices("TOUTariff", *ONE_PRICE)),
        "1.1.2": branch(
            "UpdateImportTariffSecondaryElement",
            execution,
            switching(*SECONDARY_ACTIONS),
            branch("SpecialDays"),
            second,
        ),
        "1.2.1": branch("UpdatePricePrimaryElement", execution, prices("TOUTariff", *ONE_PRICE)),
        "1.2.2": branch("UpdatePriceSecondaryElement", execution, second),
    }
    for (service, body), count in zip(bodies.items(), (6, 3, 2, 1), strict=True):
        sent = items(request(service, body))
        assert [item.data == dlms.octets(octet_string) for item in sent] == [False] * (len(sent) - count) + [
            True
        ] * count


BAD_BODIES = {
    "two prices of one index": ("TOUPrice/@index", prices("TOUTariff", *ONE_PRICE, *ONE_PRICE)),
    "two bands of one index": ("BlockPrices/@index", prices("BlockTariff", band(1, b1=1), band(1, b2=1))),
    "two blocks of one index": (
        "BlockPrice/@index",
        prices("BlockTariff", branch("BlockPrices", *(leaf("BlockPrice", 1, index=1),) * 2, index=1)),
    ),
}


@pytest.mark.parametrize(("element", "tariff"), BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_prices_that_gbcs_cannot_carry(element: str, tariff: Node) -> None:
    """The error names the element."""
    with pytest.raises(Malformed, match=element):
        items(request("1.2.1", branch("UpdatePricePrimaryElement", tariff)))


def threshold_matrix(first: Node, numbers: Sequence[int]) -> Node:
    """Thresholds of a first band, then of bands so numbered."""
    others = (branch("Thresholds", leaf("BlockThreshold", 1, index=1), index=number) for number in numbers)
    return branch("ThresholdMatrix", first, *others)


ONE = branch("Thresholds", leaf("BlockThreshold", 1, index=1), index=1)
GAP = branch("Thresholds", leaf("BlockThreshold", 1, index=1), leaf("BlockThreshold", 2, index=3), index=1)


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("SeasonName", switching(*ACTIONS, seasons=(season("été", NEW_YEAR, 1),))),
        ("SeasonName", switching(*ACTIONS, seasons=(season("a\tb", NEW_YEAR, 1),))),
        ("StartTime", switching(action(time(1, 0, 0, 500_000), TOUTariffAction=1))),
        ("BlockThreshold/@index", threshold_matrix(GAP, range(2, 9))),
        ("Thresholds/@index", threshold_matrix(ONE, (1, 2, 3, 4, 5, 6, 7))),
    ],
)
def test_tariffs_that_gbcs_cannot_carry(what: str, changed: Node) -> None:
    """The error names the element."""
    body = with_prices(primary(**{changed.name: changed}), prices("TOUTariff", *ONE_PRICE))
    with pytest.raises(Malformed, match=what):
        items(request("1.1.1", body))


def test_a_week_names_each_day_once() -> None:
    """Seven days of which two are Monday leave out another."""
    week = branch("WeekProfile", leaf("WeekName", 1), *(leaf("ReferencedDayName", 1, index=1) for _ in range(7)))
    table_of = switching(*ACTIONS)
    days, _, seasons = table_of.children
    changed = table_of._replace(children=(days, branch("WeekProfiles", week), seasons))
    with pytest.raises(Malformed, match="ReferencedDayName/@index"):
        items(request("1.1.1", with_prices(primary(SwitchingTable=changed), prices("TOUTariff", *ONE_PRICE))))


def test_gas_prices_in_an_electricity_tariff() -> None:
    """The grammar lets them pass; no device takes both."""
    gas = branch(
        "PriceElements",
        branch(
            "GasPriceElements",
            leaf("CurrencyUnits", "GBP"),
            leaf("StandingCharge", 1),
            branch("TOUTariff", leaf("TOUPrice", 1, index=1)),
        ),
    )
    with pytest.raises(Malformed, match="ElectricityPriceElements"):
        items(request("1.1.1", with_prices(primary(), gas)))
