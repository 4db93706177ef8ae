"""Device management, messaging and events clusters (Smart Energy profile; SR 3.x, 6.13, 6.20, 6.22, 9.1)."""

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
    show_alert,
    show_bits,
    text,
    words,
)
from schemas.gbcs.zcl.layout import OCTETS, U8, U16, U32, Choice, Field, Layout, Rows

MESSAGING, MANAGEMENT, EVENTS = 0x0703, 0x0708, 0x0709
_ALERT = Field("event id", U16, show_alert)
_CONFIGURATION = Field("event configuration", U8, show_bits(2))
_LOGS = {0x3: "event log", 0x4: "security log", 0x6: "GSME event log", 0x7: "GSME security log"}
"""Of the device itself, and those of the gas meter that a gas proxy function keeps."""
_TARIFF_TYPE = number("tariff type")


def _log(control: int) -> str:
    return _LOGS.get(control & 0x0F, "log not known here")


MESSAGING_TO_CLIENT = {
    0x00: Layout(
        "Display Message",
        (
            moment("message id"),
            Field("message control", U8, show_bits(2)),
            START,
            number("duration in minutes", U16),
            text("message"),
        ),
    ),
}

MANAGEMENT_TO_SERVER = {
    0x04: Layout(
        "Report Event Configuration", (COMMAND_INDEX, TOTAL_COMMANDS, Rows("events", (_ALERT, _CONFIGURATION)))
    ),
}

MANAGEMENT_TO_CLIENT = {
    0x00: Layout(
        "Publish Change of Tenancy",
        (PROVIDER, EVENT, _TARIFF_TYPE, IMPLEMENTATION, Field("proposed tenancy change control", U32, show_bits(8))),
    ),
    0x01: Layout(
        "Publish Change of Supplier",
        (
            number("current provider id", U32),
            EVENT,
            _TARIFF_TYPE,
            number("proposed provider id", U32),
            moment("provider change implementation time"),
            Field("provider change control", U32, show_bits(8)),
            text("proposed provider name"),
            text("proposed provider contact details"),
        ),
    ),
    0x02: Layout(
        "Request New Password Response",
        (
            EVENT,
            IMPLEMENTATION,
            number("duration in minutes", U16),
            Field("password type", U8, words({1: "service menu", 2: "consumer menu"})),
            text("password"),
        ),
    ),
    0x03: Layout("Update Site ID", (EVENT, moment("site id time"), PROVIDER, text("site id"))),
    0x04: Layout(
        "Set Event Configuration",
        (
            EVENT,
            START,
            _CONFIGURATION,
            Field("configuration control", U8, words({0: "by list"})),
            Choice("configuration control", {0: (number("number of events"), Rows("events", (_ALERT,)))}),
        ),
    ),
    0x05: Layout("Get Event Configuration", (Field("event id", U16, show_bits(4)),)),
    0x06: Layout("Update CIN", (EVENT, IMPLEMENTATION, PROVIDER, text("customer id number"))),
}

EVENTS_TO_SERVER = {
    0x00: Layout(
        "Get Event Log",
        (
            Field("event control and log id", U8, _log),
            Field("event id", U16, show_bits(4)),
            START,
            moment("end time"),
            number("number of events"),
            number("event offset", U16),
        ),
    ),
    0x01: Layout("Clear Event Log Request", (Field("log id", U8, _log),)),
}

EVENTS_TO_CLIENT = {
    0x01: Layout(
        "Publish Event Log",
        (
            number("total number of events", U16),
            COMMAND_INDEX,
            TOTAL_COMMANDS,
            Field("log payload control", U8, show_bits(2)),
            Rows("events", (Field("log id", U8, _log), _ALERT, moment("event time"), Field("event data", OCTETS))),
        ),
    ),
    0x02: Layout("Clear Event Log Response", (Field("cleared event logs", U8, show_bits(2)),)),
}
