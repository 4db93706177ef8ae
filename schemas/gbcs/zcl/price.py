"""Price cluster: tariffs, billing periods, calorific value (Smart Energy profile; SR 1.x, 6.2.3, 6.6, 6.8)."""

from __future__ import annotations

from schemas.gbcs.zcl.fields import (
    COMMAND_INDEX,
    CURRENCY,
    EVENT,
    PROVIDER,
    START,
    TARIFF,
    TOTAL_COMMANDS,
    TRAILING_DIGIT,
    UNIT,
    integer_of,
    moment,
    number,
    show_bits,
    text,
    words,
)
from schemas.gbcs.zcl.layout import U8, U16, U24, U32, U48, Field, Layout, Rows

CLUSTER = 0x0700
_DURATION = number("duration", U24)
_TARIFF_TYPE = Field("tariff type", U8, words({0: "delivered"}))
_DURATION_TYPE = Field("duration type", U8, show_bits(2))
_PRICE_ROWS = (number("tier or block id"), number("price", U32))
_THRESHOLD_COUNT = "tier and number of block thresholds"

TO_SERVER = {
    0x00: Layout("Get Current Price", (Field("command options", U8, show_bits(2)),)),
    0x0B: Layout(
        "Get Billing Period",
        (
            moment("earliest start time"),
            number("minimum issuer event id", U32),
            number("number of commands"),
            _TARIFF_TYPE,
        ),
    ),
}

TO_CLIENT = {
    0x00: Layout(
        "Publish Price",
        (
            PROVIDER,
            text("rate label"),
            EVENT,
            moment("current time"),
            UNIT,
            CURRENCY,
            Field("price trailing digit and price tier", U8, show_bits(2)),
            Field("number of price tiers and register tier", U8, show_bits(2)),
            START,
            number("duration in minutes", U16),
            number("price", U32),
        ),
    ),
    0x01: Layout(
        "Publish Block Period",
        (
            PROVIDER,
            EVENT,
            START,
            _DURATION,
            Field("block period control", U8, show_bits(2)),
            _DURATION_TYPE,
            _TARIFF_TYPE,
            number("tariff resolution period"),
        ),
    ),
    0x02: Layout("Publish Conversion Factor", (EVENT, START, number("conversion factor", U32), TRAILING_DIGIT)),
    0x03: Layout(
        "Publish Calorific Value",
        (
            EVENT,
            START,
            number("calorific value", U32),
            Field("calorific value unit", U8, words({1: "MJ/m3"})),
            TRAILING_DIGIT,
        ),
    ),
    0x04: Layout(
        "Publish Tariff Information",
        (
            PROVIDER,
            EVENT,
            TARIFF,
            START,
            Field("tariff type and charging scheme", U8, show_bits(2)),
            text("tariff label"),
            number("number of price tiers in use"),
            number("number of block thresholds in use"),
            UNIT,
            CURRENCY,
            TRAILING_DIGIT,
            number("standing charge", U32),
            number("tier block mode"),
            number("block threshold multiplier", U24),
            number("block threshold divisor", U24),
        ),
    ),
    0x05: Layout(
        "Publish Price Matrix",
        (
            PROVIDER,
            EVENT,
            START,
            TARIFF,
            COMMAND_INDEX,
            TOTAL_COMMANDS,
            Field("sub-payload control", U8, words({0: "block", 1: "time of use"})),
            Rows("prices", _PRICE_ROWS),
        ),
    ),
    0x06: Layout(
        "Publish Block Thresholds",
        (
            PROVIDER,
            EVENT,
            START,
            TARIFF,
            COMMAND_INDEX,
            TOTAL_COMMANDS,
            Field("sub-payload control", U8, show_bits(2)),
            number(_THRESHOLD_COUNT),
            Rows("thresholds", (number("block threshold", U48),), lambda v: integer_of(v, _THRESHOLD_COUNT) & 0x0F),
        ),
    ),
    0x09: Layout("Publish Billing Period", (PROVIDER, EVENT, START, _DURATION, _DURATION_TYPE, _TARIFF_TYPE)),
}
