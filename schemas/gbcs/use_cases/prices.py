"""Prices of an electricity meter: standing charge and price matrices, and SR 1.2.1 and 1.2.2 that set them alone.

Each is a Charge, class 113: structure(structure(commodity scale, price scale), structure(class, object and attribute of
the commodity), array of structure(label, price)). Objects, labels and order of items: RTDS vectors of ECS01a to d.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.access import Access, Attribute, Set, attribute
from schemas.gbcs.use_cases.declare import DeviceType, UseCase
from schemas.gbcs.use_cases.fields import activation
from schemas.gbcs.use_cases.tariff_fields import indexed

STANDING_CHARGE = "0-0:19.20.4.255"
PRIMARY_PRICES = "0-0:19.20.0.255"
SECONDARY_PRICES = "0-0:19.20.5.255"

_PRIMARY = "PriceElements/ElectricityPriceElements"
_SECONDARY = "PriceElements"
_TOU_PRICES = range(1, 49)
_BANDS = range(1, 9)
_BLOCKS = range(1, 5)
_SECONDARY_TOU_PRICES = range(1, 5)


@dataclass(frozen=True, slots=True)
class Commodity:
    """What a charge is for.

    Attributes:
        scale: power of ten of the commodity's unit; 3 with energy in Wh gives a price per kWh.
        class_id, obis, member: the attribute that measures it, or zeros.
    """

    scale: int = 0
    class_id: int = 0
    obis: bytes = bytes(6)
    member: int = 0


_TIME = Commodity()
_PRIMARY_IMPORT = Commodity(3, 3, bytes.fromhex("0100010800FF"), 2)
_SECONDARY_IMPORT = Commodity(3, 3, bytes.fromhex("0114010800FF"), 2)


@dataclass(frozen=True, slots=True)
class Charge:
    """Prices of one charge object.

    Attributes:
        scale: power of ten that every price is multiplied by, in the currency's unit; -128 to 127.
        prices: by label, in the order of the wire; each -32768 to 32767. The standing charge's one label is empty.
    """

    scale: int
    prices: Mapping[bytes, int]

    def to_data(self, commodity: Commodity) -> Data:
        """The structure that is written."""
        measured = dlms.structure(
            dlms.long_unsigned(commodity.class_id), dlms.octets(commodity.obis), dlms.integer(commodity.member)
        )
        table = (dlms.structure(dlms.octets(label), Data(Tag.LONG, price)) for label, price in self.prices.items())
        scales = dlms.structure(dlms.integer(commodity.scale), dlms.integer(self.scale))
        return dlms.structure(scales, measured, dlms.array(*table))

    @classmethod
    def from_data(cls, value: Data) -> Charge:
        """Read the structure; the commodity, for which MMC has no element, is left out.

        Raises:
            Malformed: another layout, or a label twice.
        """
        scales, _, table = value.fields(3)
        _, scale = scales.fields(2)
        prices: dict[bytes, int] = {}
        for row in table.expect(Tag.ARRAY).items:
            label, price = row.fields(2)
            if label.octets in prices:
                raise Malformed("price label", f"is used once each, not {label.octets.hex().upper()} again")
            prices[label.octets] = price.expect(Tag.LONG).number
        return cls(scale.expect(Tag.INTEGER).number, prices)


def _block_label(band: int, block: int) -> bytes:
    """A1 to A8 are the prices of block 1 in each TOU band, D1 to D8 those of block 4."""
    return bytes(((0x9 + block) << 4 | band,))


def standing_charge(body: Node) -> Data:
    """StandingCharge and its scale."""
    prices = body.node(_PRIMARY)
    return Charge(prices.integer("StandingChargeScale"), {b"": prices.integer("StandingCharge")}).to_data(_TIME)


def primary_prices(body: Node) -> Data:
    """All 80 prices: 48 of TOU, then 8 of each block; those that the tariff does not name are 0.

    The vectors show this for TOU and for hybrid tariffs; a block tariff follows them (assumed).
    """
    prices = body.node(_PRIMARY)
    table = {bytes((index,)): 0 for index in _TOU_PRICES}
    table.update({_block_label(band, block): 0 for block in _BLOCKS for band in _BANDS})
    tou = (*prices.all("TOUTariff/TOUPrice"), *prices.all("HybridTariff/TOUPrice"))
    for index, price in indexed(tou).items():
        table[bytes((index,))] = price.integer("")
    bands = (*prices.all("BlockTariff/BlockPrices"), *prices.all("HybridTariff/BlockPrices"))
    for band, blocks in indexed(bands).items():
        for block, price in indexed(blocks.all("BlockPrice")).items():
            table[_block_label(band, block)] = price.integer("")
    return Charge(prices.integer("PriceScale"), table).to_data(_PRIMARY_IMPORT)


def secondary_prices(body: Node) -> Data:
    """All four TOU prices of the second element; those that the request does not name are 0 (assumed)."""
    prices = body.node(_SECONDARY)
    table = {bytes((index,)): 0 for index in _SECONDARY_TOU_PRICES}
    for index, price in indexed(prices.all("ElectricityPriceElement")).items():
        table[bytes((index,))] = price.integer("")
    return Charge(prices.integer("PriceScale"), table).to_data(_SECONDARY_IMPORT)


def block_matrix(charge: Charge) -> Node:
    """TariffBlockPriceMatrix: the block prices of each TOU band that the meter has."""
    bands = []
    for band in _BANDS:
        labels = {block: _block_label(band, block) for block in _BLOCKS}
        nodes = [leaf("BlockPrice", charge.prices[at], index=n) for n, at in labels.items() if at in charge.prices]
        if nodes:
            bands.append(branch("TariffBlockPrices", *nodes, index=band))
    return branch("TariffBlockPriceMatrix", *bands)


def tou_matrix(charge: Charge, *, secondary: bool = False) -> Node:
    """TariffTOUPriceMatrix, in order of index.

    Raises:
        Malformed: a label that is neither a TOU price nor, in the primary element, a block price.
    """
    tou = {bytes((index,)): index for index in (_SECONDARY_TOU_PRICES if secondary else _TOU_PRICES)}
    known = set(tou)
    if not secondary:
        known.update(_block_label(band, block) for block in _BLOCKS for band in _BANDS)
    unknown = sorted(set(charge.prices) - known)
    if unknown:
        raise Malformed("price label", f"is one of the tariff's, not {unknown[0].hex().upper()}")
    prices = (leaf("TariffTOUPrice", charge.prices[at], index=n) for at, n in tou.items() if at in charge.prices)
    return branch("TariffTOUPriceMatrix", *prices)


def standing_charge_nodes(value: Data) -> Iterable[Node]:
    """StandingCharge and StandingChargeScale of a response.

    Raises:
        Malformed: not exactly one price.
    """
    charge = Charge.from_data(value)
    if len(charge.prices) != 1:
        raise Malformed("standing charge", f"is one price, not {len(charge.prices)}")
    return leaf("StandingCharge", *charge.prices.values()), leaf("StandingChargeScale", charge.scale)


def passive(obis: str) -> Attribute:
    """The prices that a charge object takes over at its activation."""
    return attribute(113, obis, 6)


def activated(obis: str) -> Set:
    """When a charge object takes its passive prices over."""
    return Set(attribute(113, obis, 7), activation)


PRICES_PRIMARY = UseCase(
    name="ECS01b",
    code=0x00A2,
    service="1.2.1",
    element="UpdatePricePrimaryElement",
    critical=True,
    devices=frozenset({DeviceType.ESME}),
    content=Access(
        (
            Set(passive(STANDING_CHARGE), standing_charge),
            Set(passive(PRIMARY_PRICES), primary_prices),
            activated(STANDING_CHARGE),
            activated(PRIMARY_PRICES),
        )
    ),
    response="UpdatePricePrimaryElementRsp",
    dated_response=True,
    applies=lambda body: body.has(_PRIMARY),
)

PRICES_SECONDARY = UseCase(
    name="ECS01d",
    code=0x00C7,
    service="1.2.2",
    element="UpdatePriceSecondaryElement",
    critical=True,
    devices=frozenset({DeviceType.ESME}),
    content=Access((Set(passive(SECONDARY_PRICES), secondary_prices), activated(SECONDARY_PRICES))),
    response="UpdatePriceSecondaryElementRsp",
    dated_response=True,
)

PRICES = (PRICES_PRIMARY, PRICES_SECONDARY)
