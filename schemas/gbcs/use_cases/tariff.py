"""Tariffs of an electricity meter: SR 1.1.1 sets that of the primary element, SR 1.1.2 that of the secondary one.

Everything is written to passive attributes; the items at the end tell each object when to take them over, and answer
with an alert each when it has. Objects and order of items: RTDS vectors of ECS01a and ECS01c.
"""

from schemas.duis.node import Node
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data
from schemas.gbcs.use_cases.access import Access, Set, attribute
from schemas.gbcs.use_cases.declare import DeviceType, UseCase
from schemas.gbcs.use_cases.fields import activation
from schemas.gbcs.use_cases.prices import (
    PRIMARY_PRICES,
    SECONDARY_PRICES,
    STANDING_CHARGE,
    activated,
    passive,
    primary_prices,
    secondary_prices,
    standing_charge,
)
from schemas.gbcs.use_cases.tariff_fields import days, seasons, special_days, thresholds, weeks

_METERS = frozenset({DeviceType.ESME})
_TARIFF = "ElecTariffElements"
_SWITCHING = f"{_TARIFF}/SwitchingTable"
_CALENDAR = "0-0:13.0.0.255"
_SECONDARY_CALENDAR = "0-0:13.0.1.255"
_CURRENCY = "0-0:94.44.2.0"
_EXTENDED = 9000
"""Class of GBCS's own data with an activation date-time."""


def _currency(body: Node) -> Data:
    """GBP is true, as in every vector; the only other value, ECB, is false (assumed)."""
    return dlms.boolean(body.text(f"{_TARIFF}/CurrencyUnits") == "GBP")


TARIFF_PRIMARY = UseCase(
    name="ECS01a",
    code=0x0019,
    service="1.1.1",
    element="UpdateImportTariffPrimaryElement",
    critical=True,
    devices=_METERS,
    content=Access(
        (
            Set(attribute(20, _CALENDAR, 7), seasons(_SWITCHING)),
            Set(attribute(20, _CALENDAR, 8), weeks(_SWITCHING)),
            Set(attribute(20, _CALENDAR, 9), days(_SWITCHING)),
            Set(attribute(11, "0-1:11.0.0.255", 2), special_days(f"{_TARIFF}/SpecialDays")),
            *(
                Set(attribute(21, f"0-0:16.1.{10 + band}.255", 2), thresholds(f"{_TARIFF}/ThresholdMatrix", band))
                for band in range(1, 9)
            ),
            Set(attribute(_EXTENDED, _CURRENCY, 4), _currency),
            Set(passive(STANDING_CHARGE), standing_charge),
            Set(passive(PRIMARY_PRICES), primary_prices),
            Set(attribute(20, _CALENDAR, 10), activation),
            Set(attribute(_EXTENDED, "0-0:94.44.128.29", 6), activation),  # special days
            Set(attribute(_EXTENDED, _CURRENCY, 6), activation),
            activated(STANDING_CHARGE),
            activated(PRIMARY_PRICES),
            Set(attribute(_EXTENDED, "0-0:63.1.1.255", 6), activation),  # thresholds
        )
    ),
    response="UpdateImportTariffPrimaryElementRsp",
    dated_response=True,
    applies=lambda body: body.has(_TARIFF),
)

TARIFF_SECONDARY = UseCase(
    name="ECS01c",
    code=0x00B7,
    service="1.1.2",
    element="UpdateImportTariffSecondaryElement",
    critical=True,
    devices=_METERS,
    content=Access(
        (
            Set(passive(SECONDARY_PRICES), secondary_prices),
            Set(attribute(20, _SECONDARY_CALENDAR, 7), seasons("SwitchingTable")),
            Set(attribute(20, _SECONDARY_CALENDAR, 8), weeks("SwitchingTable")),
            Set(attribute(20, _SECONDARY_CALENDAR, 9), days("SwitchingTable", secondary=True)),
            Set(attribute(11, "0-1:11.0.1.255", 2), special_days("SpecialDays")),
            Set(attribute(20, _SECONDARY_CALENDAR, 10), activation),
            activated(SECONDARY_PRICES),
            Set(attribute(_EXTENDED, "0-0:94.44.128.30", 6), activation),  # special days
        )
    ),
    response="UpdateImportTariffSecondaryElementRsp",
    dated_response=True,
)

TARIFF = (TARIFF_PRIMARY, TARIFF_SECONDARY)
