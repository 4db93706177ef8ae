"""Metering cluster: snapshots, sampled data, supply control (Smart Energy profile; SR 4.x, 6.7, 7.x, 14.1)."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.gbcs.zcl.fields import (
    COMMAND_INDEX,
    EVENT,
    IMPLEMENTATION,
    PROVIDER,
    TOTAL_COMMANDS,
    UNIT,
    integer_of,
    moment,
    number,
    show_bits,
    words,
)
from schemas.gbcs.zcl.layout import U8, U16, U24, U32, U48, Choice, Field, Layout, Rows, Value

CLUSTER = 0x0702
SUPPLY_STATES = {0x00: "off", 0x01: "off, armed", 0x02: "on"}
_TIERS_AND_BLOCKS = "number of tiers and block thresholds in use"

SNAPSHOT_HEAD = (
    number("snapshot id", U32),
    moment("snapshot time"),
    number("total snapshots found"),
    COMMAND_INDEX,
    TOTAL_COMMANDS,
    Field("snapshot cause", U32, show_bits(8)),
    number("snapshot payload type"),
)
"""Of a metering and of a prepayment snapshot."""

SNAPSHOT_REQUEST = (
    moment("earliest start time"),
    moment("latest end time"),
    number("snapshot offset"),
    Field("snapshot cause", U32, show_bits(8)),
)
"""Of the request for either."""


def _registers(values: Mapping[str, Value]) -> int:
    """Tiers and blocks share an octet; a register stands for each block of each tier."""
    packed = integer_of(values, _TIERS_AND_BLOCKS)
    return (packed >> 4) * (packed & 0x0F)


TIERS_AND_BLOCKS = (
    number("current summation delivered", U48),
    number("number of tiers in use"),
    Rows(
        "tier summations", (number("tier summation delivered", U48),), lambda v: integer_of(v, "number of tiers in use")
    ),
    number(_TIERS_AND_BLOCKS),
    Rows("block summations", (number("tier block summation delivered", U48),), _registers),
)
"""Payload type 6: registers by tier, and by block of each tier."""

_SUPPLY_STATUS = Field("supply status", U8, words(SUPPLY_STATES))
_SAMPLES = Rows("samples", (number("sample", U24),), lambda values: integer_of(values, "number of samples"))

TO_SERVER = {
    0x06: Layout("Get Snapshot", SNAPSHOT_REQUEST),
    0x07: Layout(
        "Start Sampling",
        (
            EVENT,
            moment("start sampling time"),
            number("sample type"),
            number("sample request interval", U16),
            number("maximum number of samples", U16),
        ),
    ),
    0x08: Layout(
        "Get Sampled Data",
        (
            number("sample id", U16),
            moment("earliest sample time"),
            number("sample type"),
            number("number of samples", U16),
        ),
    ),
    0x0B: Layout(
        "Change Supply",
        (
            PROVIDER,
            EVENT,
            moment("request date time"),
            IMPLEMENTATION,
            Field("proposed supply status", U8, words(SUPPLY_STATES)),
            Field("supply control bits", U8, show_bits(2)),
        ),
    ),
    0x0D: Layout(
        "Set Supply Status",
        (
            EVENT,
            number("supply tamper state"),
            number("supply depletion state"),
            number("supply uncontrolled flow state"),
            number("load limit supply state"),
        ),
    ),
    0x0E: Layout(
        "Set Uncontrolled Flow Threshold",
        (
            PROVIDER,
            EVENT,
            number("uncontrolled flow threshold", U16),
            UNIT,
            number("multiplier", U16),
            number("divisor", U16),
            number("stabilisation period"),
            number("measurement period", U16),
        ),
    ),
}

TO_CLIENT = {
    0x06: Layout("Publish Snapshot", (*SNAPSHOT_HEAD, Choice("snapshot payload type", {0x06: TIERS_AND_BLOCKS}))),
    0x07: Layout(
        "Get Sampled Data Response",
        (
            number("sample id", U16),
            moment("sample start time"),
            number("sample type"),
            number("sample request interval", U16),
            number("number of samples", U16),
            _SAMPLES,
        ),
    ),
    0x0C: Layout("Supply Status Response", (PROVIDER, EVENT, IMPLEMENTATION, _SUPPLY_STATUS)),
    0x0D: Layout("Start Sampling Response", (number("sample id", U16),)),
}
