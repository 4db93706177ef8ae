"""Names of the attributes that GBCS reads (Zigbee Cluster Library; Smart Energy profile)."""

from schemas.gbcs.zcl.fields import show_bits, show_currency, show_unit, words
from schemas.gbcs.zcl.layout import Show
from schemas.gbcs.zcl.metering import SUPPLY_STATES

_NAMES: dict[int, dict[int, str]] = {
    0x0000: {0x0003: "HW Version", 0x0004: "Manufacturer Name", 0x0005: "Model Identifier"},
    0x0700: {
        0x0100: "Block 1 Threshold",
        0x0101: "Block 2 Threshold",
        0x0102: "Block 3 Threshold",
        0x0202: "Threshold Multiplier",
        0x0203: "Threshold Divisor",
        0x0301: "Standing Charge",
        0x0302: "Conversion Factor",
        0x0303: "Conversion Factor Trailing Digit",
        0x0304: "Calorific Value",
        0x0305: "Calorific Value Unit",
        0x0306: "Calorific Value Trailing Digit",
        0x0400: "No Tier Block 1 Price",
        0x0401: "No Tier Block 2 Price",
        0x0402: "No Tier Block 3 Price",
        0x0403: "No Tier Block 4 Price",
        0x0410: "Tier 1 Block 1 Price",
        0x0420: "Tier 2 Block 1 Price",
        0x0430: "Tier 3 Block 1 Price",
        0x0440: "Tier 4 Block 1 Price",
        0x0615: "Unit Of Measure",
        0x0616: "Currency",
        0x0617: "Price Trailing Digit",
    },
    0x0702: {
        0x0000: "Current Summation Delivered",
        0x0014: "Supply Status",
        0x0100: "Current Tier 1 Summation Delivered",
        0x0102: "Current Tier 2 Summation Delivered",
        0x0104: "Current Tier 3 Summation Delivered",
        0x0106: "Current Tier 4 Summation Delivered",
        0x0205: "Remaining Battery Life In Days",
        0x0206: "Current Meter ID",
        0x0300: "Unit Of Measure",
        0x0301: "Multiplier",
        0x0302: "Divisor",
        0x0307: "Site ID",
        0x0607: "Supply Tamper State",
        0x0608: "Supply Depletion State",
        0x0700: "Current No Tier Block 1 Summation Delivered",
        0x0701: "Current No Tier Block 2 Summation Delivered",
        0x0702: "Current No Tier Block 3 Summation Delivered",
        0x0703: "Current No Tier Block 4 Summation Delivered",
        0x0A00: "Bill To Date Delivered",
        0x0B10: "Uncontrolled Flow Threshold",
        0x0B11: "Uncontrolled Flow Threshold Unit Of Measure",
        0x0B12: "Uncontrolled Flow Multiplier",
        0x0B13: "Uncontrolled Flow Divisor",
        0x0B14: "Flow Stabilisation Period",
        0x0B15: "Flow Measurement Period",
    },
    0x0705: {
        0x0000: "Payment Control Configuration",
        0x0001: "Credit Remaining",
        0x0002: "Emergency Credit Remaining",
        0x0005: "Accumulated Debt",
        0x0006: "Overall Debt Cap",
        0x0010: "Emergency Credit Limit",
        0x0011: "Emergency Credit Threshold",
        0x0021: "Max Credit Limit",
        0x0022: "Max Credit Per Top Up",
        0x0031: "Low Credit Warning",
        0x0040: "Cut Off Value",
        0x0211: "Debt Amount 1",
        0x0216: "Debt Recovery Frequency 1",
        0x0217: "Debt Recovery Amount 1",
        0x0221: "Debt Amount 2",
        0x0226: "Debt Recovery Frequency 2",
        0x0227: "Debt Recovery Amount 2",
        0x0231: "Debt Amount 3",
        0x0239: "Debt Recovery Top Up Percentage 3",
    },
}
"""Cluster -> attribute -> name."""

_SHOWN: dict[tuple[int, int], Show] = {
    (0x0700, 0x0303): show_bits(2),
    (0x0700, 0x0306): show_bits(2),
    (0x0700, 0x0615): show_unit,
    (0x0700, 0x0616): show_currency,
    (0x0700, 0x0617): show_bits(2),
    (0x0702, 0x0014): words(SUPPLY_STATES),
    (0x0702, 0x0300): show_unit,
    (0x0702, 0x0B11): show_unit,
    (0x0705, 0x0000): show_bits(4),
}
"""What the values of some mean."""


def attribute_name(cluster: int, number: int) -> str:
    """``NNNN`` with its name where it is known."""
    name = _NAMES.get(cluster, {}).get(number)
    return f"{number:04X} {name}" if name else f"{number:04X}"


def attribute_meaning(cluster: int, number: int, value: int) -> str:
    """What a value means where its number alone does not tell, else nothing."""
    show = _SHOWN.get((cluster, number))
    return show(value) if show else ""
