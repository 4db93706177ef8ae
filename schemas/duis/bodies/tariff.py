"""Service chapter 1, first half: tariffs and prices (1.1, 1.2)."""

from schemas.duis.bodies.parts import FUTURE_DATED, GAS_WILD_DATE, WILD_DATE
from schemas.duis.shape import EMPTY, Part, Shape, attribute, choice, many, one, shape
from schemas.duis.xsd import SHORT, TIME, UNSIGNED_INT, integer, one_of, string

_CURRENCY = one("CurrencyUnits", one_of("GBP", "ECB"))
_PRICE_SCALE = integer(-128, 127)
"""Power of ten a price is multiplied by."""

_WEEK_PROFILES = shape(
    many(
        "WeekProfile",
        1,
        4,
        one("WeekName", integer(1, 4)),
        many("ReferencedDayName", 7, 7, integer(1, 16), attribute("index", integer(1, 7))),
    )
)
_SEASONS = shape(
    many(
        "Season",
        1,
        4,
        one("SeasonName", string(0, 8)),
        one("SeasonStartDate", WILD_DATE),
        one("ReferencedWeekName", integer(1, 4)),
    )
)
_SPECIAL_DAYS = shape(many("SpecialDay", 0, 50, one("Date", WILD_DATE), one("ReferencedDayName", integer(1, 16))))


def _switching_table(action: Part) -> Shape:
    return shape(
        one(
            "DayProfiles",
            many(
                "DayProfile",
                1,
                16,
                one("DayName", integer(1, 16)),
                many("ProfileSchedule", 1, 48, one("StartTime", TIME), action),
            ),
        ),
        one("WeekProfiles", _WEEK_PROFILES),
        one("Seasons", _SEASONS),
    )


_ELECTRICITY_TARIFF = shape(
    _CURRENCY,
    one(
        "SwitchingTable",
        _switching_table(choice(one("TOUTariffAction", integer(1, 48)), one("BlockTariffAction", integer(1, 8)))),
    ),
    one("SpecialDays", _SPECIAL_DAYS),
    one(
        "ThresholdMatrix",
        many(
            "Thresholds",
            8,
            8,
            attribute("index", integer(1, 8)),
            many("BlockThreshold", 1, 3, UNSIGNED_INT, attribute("index", integer(1, 3))),
        ),
    ),
)

_GAS_TARIFF = shape(
    one(
        "SwitchingTable",
        one(
            "DayProfiles",
            many(
                "DayProfile",
                1,
                4,
                one("DayName", integer(1, 4)),
                choice(one("TOUTariffAction", integer(1, 4)), one("BlockTariff", EMPTY)),
            ),
        ),
        one(
            "WeekProfiles",
            many(
                "WeekProfile",
                1,
                2,
                one("WeekName", integer(1, 2)),
                many("ReferencedDayName", 7, 7, integer(1, 4), attribute("index", integer(1, 7))),
            ),
        ),
        one(
            "Seasons",
            many("Season", 1, 3, one("SeasonStartDate", GAS_WILD_DATE), one("ReferencedWeekName", integer(1, 2))),
        ),
    ),
    one(
        "SpecialDays",
        many("SpecialDay", 0, 20, one("Date", GAS_WILD_DATE), one("ReferencedDayName", integer(1, 4))),
    ),
    one(
        "ThresholdMatrix",
        many("BlockThreshold", 1, 3, integer(0, 2**48 - 1), attribute("index", integer(1, 3))),
    ),
)

_BLOCK_PRICES = many(
    "BlockPrices",
    1,
    8,
    attribute("index", integer(1, 8)),
    many("BlockPrice", 1, 4, SHORT, attribute("index", integer(1, 4))),
)
_TOU_PRICES = many("TOUPrice", 1, 48, SHORT, attribute("index", integer(1, 48)))

_ELECTRICITY_PRICES = shape(
    one("StandingCharge", SHORT),
    one("StandingChargeScale", _PRICE_SCALE),
    one("PriceScale", _PRICE_SCALE),
    choice(
        one("BlockTariff", _BLOCK_PRICES),
        one("TOUTariff", _TOU_PRICES),
        one("HybridTariff", _BLOCK_PRICES, _TOU_PRICES),
    ),
)
_GAS_PRICES = shape(
    _CURRENCY,
    one("StandingCharge", UNSIGNED_INT),
    choice(
        one(
            "BlockTariff",
            many("BlockPrice", 1, 4, UNSIGNED_INT, attribute("index", integer(1, 4))),
            one("NumberOfThresholds", integer(1, 3)),
        ),
        one("TOUTariff", many("TOUPrice", 1, 4, UNSIGNED_INT, attribute("index", integer(1, 4)))),
    ),
)
_PRIMARY_PRICES = one(
    "PriceElements",
    choice(one("ElectricityPriceElements", _ELECTRICITY_PRICES), one("GasPriceElements", _GAS_PRICES)),
)
_SECONDARY_PRICES = one(
    "PriceElements",
    one("PriceScale", _PRICE_SCALE),
    many("ElectricityPriceElement", 1, 4, SHORT, attribute("index", integer(1, 4))),
)

BODIES: dict[str, Shape] = {
    "UpdateImportTariffPrimaryElement": shape(
        FUTURE_DATED,
        choice(one("ElecTariffElements", _ELECTRICITY_TARIFF), one("GasTariffElements", _GAS_TARIFF)),
        _PRIMARY_PRICES,
    ),
    "UpdateImportTariffSecondaryElement": shape(
        FUTURE_DATED,
        one("SwitchingTable", _switching_table(one("TOUTariffAction", integer(1, 4)))),
        one("SpecialDays", _SPECIAL_DAYS),
        _SECONDARY_PRICES,
    ),
    "UpdatePricePrimaryElement": shape(FUTURE_DATED, _PRIMARY_PRICES),
    "UpdatePriceSecondaryElement": shape(FUTURE_DATED, _SECONDARY_PRICES),
}
"""By element name."""
