"""Prepayment cluster: credit, debts, top-ups, payment mode (Smart Energy profile; SR 1.5, 1.6, 2.x, 4.x)."""

from __future__ import annotations

from schemas.gbcs.zcl.fields import (
    COMMAND_INDEX,
    EVENT,
    IMPLEMENTATION,
    PROVIDER,
    START,
    TOTAL_COMMANDS,
    moment,
    number,
    show_bits,
    show_minutes,
    text,
    words,
)
from schemas.gbcs.zcl.layout import S32, U8, U16, U32, Choice, Field, Layout, Rows
from schemas.gbcs.zcl.metering import SNAPSHOT_HEAD, SNAPSHOT_REQUEST

CLUSTER = 0x0705

DEBT_TYPES = {0x00: "time-based debt 1", 0x01: "time-based debt 2", 0x02: "payment-based debt"}
CHANGED_DEBTS = {
    0x00: "type 1 absolute",
    0x01: "type 1 incremental",
    0x02: "type 2 absolute",
    0x03: "type 2 incremental",
    0x04: "type 3 absolute",
    0x05: "type 3 incremental",
}
PERIODS = {0x00: "hourly", 0x01: "daily", 0x02: "weekly", 0x03: "monthly"}
SOURCES = {0x00: "energy service interface", 0x01: "meter", 0x02: "in-home display"}
RESULTS = {0x00: "accepted", 0x01: "rejected: invalid top-up", 0x02: "rejected: duplicate", 0x03: "rejected: error"}
_MODE = Field("payment control configuration", U16, show_bits(4))

_DEBT_STATUS = (
    number("accumulated debt", S32),
    number("type 1 debt remaining", U32),
    number("type 2 debt remaining", U32),
    number("type 3 debt remaining", U32),
    number("emergency credit remaining", S32),
    number("credit remaining", S32),
)

TO_SERVER = {
    0x00: Layout(
        "Select Available Emergency Credit",
        (moment("command issue time"), Field("originating device", U8, words(SOURCES))),
    ),
    0x02: Layout(
        "Change Debt",
        (
            EVENT,
            text("debt label"),
            number("debt amount", S32),
            Field("debt recovery method", U8, words({0: "time based", 1: "percentage", 2: "catch-up"})),
            Field("debt amount type", U8, words(CHANGED_DEBTS)),
            moment("debt recovery start time"),
            Field("debt recovery collection time", U16, show_minutes),
            Field("debt recovery frequency", U8, words(PERIODS)),
            number("debt recovery amount", S32),
            number("debt recovery balance percentage", U16),
        ),
    ),
    0x03: Layout(
        "Emergency Credit Setup",
        (EVENT, START, number("emergency credit limit", U32), number("emergency credit threshold", U32)),
    ),
    0x04: Layout("Consumer Top Up", (Field("originating device", U8, words(SOURCES)), text("top up code"))),
    0x05: Layout(
        "Credit Adjustment",
        (EVENT, START, number("credit adjustment type"), number("credit adjustment value", S32)),
    ),
    0x06: Layout("Change Payment Mode", (PROVIDER, EVENT, IMPLEMENTATION, _MODE, number("cut off value", S32))),
    0x07: Layout("Get Prepay Snapshot", SNAPSHOT_REQUEST),
    0x08: Layout("Get Top Up Log", (moment("latest end time"), number("number of records"))),
    0x09: Layout("Set Low Credit Warning Level", (number("low credit warning level", U32),)),
    0x0A: Layout("Get Debt Repayment Log", (moment("latest end time"), number("number of debts"), number("debt type"))),
    0x0B: Layout(
        "Set Maximum Credit Limit",
        (
            PROVIDER,
            EVENT,
            IMPLEMENTATION,
            number("maximum credit level", U32),
            number("maximum credit per top up", U32),
        ),
    ),
    0x0C: Layout("Set Overall Debt Cap", (PROVIDER, EVENT, IMPLEMENTATION, number("overall debt cap", S32))),
}

TO_CLIENT = {
    0x01: Layout("Publish Prepay Snapshot", (*SNAPSHOT_HEAD, Choice("snapshot payload type", {0x00: _DEBT_STATUS}))),
    0x02: Layout(
        "Change Payment Mode Response",
        (
            Field("friendly credit", U8, show_bits(2)),
            number("friendly credit calendar id", U32),
            number("emergency credit limit", U32),
            number("emergency credit threshold", U32),
        ),
    ),
    0x03: Layout(
        "Consumer Top Up Response",
        (
            Field("result type", U8, words(RESULTS)),
            number("top up value", S32),
            Field("source of top up", U8, words(SOURCES)),
            number("credit remaining", S32),
        ),
    ),
    0x05: Layout(
        "Publish Top Up Log",
        (
            COMMAND_INDEX,
            TOTAL_COMMANDS,
            Rows("top ups", (text("top up code"), number("top up amount", S32), moment("top up time"))),
        ),
    ),
    0x06: Layout(
        "Publish Debt Log",
        (
            COMMAND_INDEX,
            TOTAL_COMMANDS,
            Rows(
                "collections",
                (
                    moment("collection time"),
                    number("amount collected", U32),
                    number("debt type"),
                    number("outstanding debt", U32),
                ),
            ),
        ),
    ),
}
