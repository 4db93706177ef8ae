"""The active tariff of an electricity meter, read: SR 4.11.1 (primary element) and 4.11.2 (secondary element).

Objects and order of items: RTDS vectors of ECS24 and ECS24b. MMC orders the values otherwise and gathers several of
them in one element, so all are arranged together; what failed is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.duis.node import Node, branch, leaf
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.access import Access, Get, attribute
from schemas.gbcs.use_cases.declare import DeviceType, Part, UseCase
from schemas.gbcs.use_cases.fields import ignored
from schemas.gbcs.use_cases.prices import (
    PRIMARY_PRICES,
    SECONDARY_PRICES,
    STANDING_CHARGE,
    Charge,
    block_matrix,
    standing_charge_nodes,
    tou_matrix,
)
from schemas.gbcs.use_cases.tariff_fields import (
    read_days,
    read_seasons,
    read_special_days,
    read_thresholds,
    read_weeks,
)

_METERS = frozenset({DeviceType.ESME})
_CURRENCIES = {True: ("GBP", "Millipence"), False: ("ECB", "Millicent")}
"""Label and name by the value of the currency object; the vectors show true only (false is assumed)."""


def _get(class_id: int, obis: str, member: int) -> Get:
    return Get(attribute(class_id, obis, member), ignored)


def _primary(values: Sequence[Data | None]) -> Iterator[Part]:
    price, scaler, seasons, weeks, days, special, *rest = values
    *bands, currency, standing, prices = rest
    thresholds = read_thresholds(bands)
    nodes = [
        *_active_price("PrimaryActiveTariffPrice", price),
        *_currency(currency),
        *(standing_charge_nodes(standing) if standing is not None else ()),
        *_prices(prices, scaler, secondary=False),
        *_calendar(days, weeks, seasons, special, secondary=False),
        *([thresholds] if thresholds is not None else ()),
    ]
    yield Part(branch("Electricity", *nodes))


def _secondary(values: Sequence[Data | None]) -> Iterator[Part]:
    prices, price, scaler, special, seasons, weeks, days = values
    yield from map(Part, _active_price("SecondaryActiveTariffPrice", price))
    yield from map(Part, _prices(prices, scaler, secondary=True))
    yield from map(Part, _calendar(days, weeks, seasons, special, secondary=True))


def _active_price(name: str, value: Data | None) -> Iterator[Node]:
    if value is not None:
        yield leaf(name, value.expect(Tag.DOUBLE_LONG_UNSIGNED).number)


def _currency(value: Data | None) -> Iterator[Node]:
    if value is not None:
        label, name = _CURRENCIES[bool(value.expect(Tag.BOOLEAN).value)]
        yield leaf("CurrencyUnitsLabel", label)
        yield leaf("CurrencyUnitsName", name)


def _prices(value: Data | None, scaler: Data | None, *, secondary: bool) -> Iterator[Node]:
    """PriceScale and the price matrices.

    MMC has one PriceScale for the matrices and the active price, and both are -5 in every vector: it is that of the
    matrices, or where those failed that of the active price (assumed).
    """
    if value is not None:
        charge = Charge.from_data(value)
        yield leaf("PriceScale", charge.scale)
        if not secondary:
            yield block_matrix(charge)
        yield tou_matrix(charge, secondary=secondary)
    elif scaler is not None:
        scale, _ = scaler.fields(2)
        yield leaf("PriceScale", scale.expect(Tag.INTEGER).number)


def _calendar(
    days: Data | None, weeks: Data | None, seasons: Data | None, special: Data | None, *, secondary: bool
) -> Iterator[Node]:
    tables = []
    if days is not None:
        tables.append(read_days(days, secondary=secondary))
    if weeks is not None:
        tables.append(read_weeks(weeks))
    if seasons is not None:
        tables.append(read_seasons(seasons))
    if tables:
        yield branch("TariffSwitchingTable", *tables)
    if special is not None:
        yield read_special_days(special)


READ_PRIMARY = UseCase(
    name="ECS24",
    code=0x003A,
    service="4.11.1",
    element="ReadTariffPrimaryElement",
    critical=False,
    devices=_METERS,
    content=Access(
        (
            _get(3, "0-0:94.44.1.7", 2),
            _get(3, "0-0:94.44.1.7", 3),
            _get(20, "0-0:13.0.0.255", 3),
            _get(20, "0-0:13.0.0.255", 4),
            _get(20, "0-0:13.0.0.255", 5),
            _get(11, "0-0:11.0.0.255", 2),
            *(_get(21, f"0-0:16.0.{10 + band}.255", 2) for band in range(1, 9)),
            _get(9000, "0-0:94.44.2.0", 2),
            _get(113, STANDING_CHARGE, 5),
            _get(113, PRIMARY_PRICES, 5),
        ),
        arrange=_primary,
    ),
    response="ReadTariffPrimaryElementRsp",
)

READ_SECONDARY = UseCase(
    name="ECS24b",
    code=0x00BD,
    service="4.11.2",
    element="ReadTariffSecondaryElement",
    critical=False,
    devices=_METERS,
    content=Access(
        (
            _get(113, SECONDARY_PRICES, 5),
            _get(3, "0-0:94.44.1.8", 2),
            _get(3, "0-0:94.44.1.8", 3),
            _get(11, "0-0:11.0.1.255", 2),
            _get(20, "0-0:13.0.1.255", 3),
            _get(20, "0-0:13.0.1.255", 4),
            _get(20, "0-0:13.0.1.255", 5),
        ),
        arrange=_secondary,
    ),
    response="ReadTariffSecondaryElementRsp",
)

READ_TARIFF = (READ_PRIMARY, READ_SECONDARY)
