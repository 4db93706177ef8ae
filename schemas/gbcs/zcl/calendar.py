"""Calendar cluster: time of use and friendly credit (Smart Energy profile; SR 1.1.1, 2.1, 4.11.1, 4.13)."""

from __future__ import annotations

from schemas.gbcs.zcl.fields import (
    CALENDAR,
    COMMAND_INDEX,
    EVENT,
    PROVIDER,
    START,
    TOTAL_COMMANDS,
    number,
    show_date,
    show_minutes,
    text,
    words,
)
from schemas.gbcs.zcl.layout import U8, U16, Choice, Field, Layout, Rows, octets

CLUSTER = 0x0707
DELIVERED, FRIENDLY_CREDIT = 0x00, 0x03
_TYPE = Field("calendar type", U8, words({DELIVERED: "delivered", FRIENDLY_CREDIT: "friendly credit"}))
_AT = Field("start time of day", U16, show_minutes)
_DAY = number("day id")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS = tuple(f"{day}'s day id" for day in _DAYS)
"""The seven fields of a week profile."""

_GET = (PROVIDER, CALENDAR, number("first id"), number("number of ids"))

TO_SERVER = {
    0x01: Layout("Get Day Profiles", _GET),
    0x02: Layout("Get Week Profiles", _GET),
    0x03: Layout("Get Seasons", (PROVIDER, CALENDAR)),
    0x04: Layout("Get Special Days", (START, number("number of events"), _TYPE, PROVIDER, CALENDAR)),
}

TO_CLIENT = {
    0x00: Layout(
        "Publish Calendar",
        (
            PROVIDER,
            EVENT,
            CALENDAR,
            START,
            _TYPE,
            Field("calendar time reference", U8, words({0: "UTC"})),
            text("calendar name"),
            number("number of seasons"),
            number("number of week profiles"),
            number("number of day profiles"),
        ),
    ),
    0x01: Layout(
        "Publish Day Profile",
        (
            PROVIDER,
            EVENT,
            CALENDAR,
            _DAY,
            number("total number of schedule entries"),
            COMMAND_INDEX,
            TOTAL_COMMANDS,
            _TYPE,
            Choice(
                "calendar type",
                {
                    DELIVERED: (Rows("schedule entries", (_AT, number("price tier"))),),
                    FRIENDLY_CREDIT: (Rows("schedule entries", (_AT, number("friendly credit enable"))),),
                },
            ),
        ),
    ),
    0x02: Layout(
        "Publish Week Profile",
        (PROVIDER, EVENT, CALENDAR, number("week id"), *(number(name) for name in WEEKDAYS)),
    ),
    0x03: Layout(
        "Publish Seasons",
        (
            PROVIDER,
            EVENT,
            CALENDAR,
            COMMAND_INDEX,
            TOTAL_COMMANDS,
            Rows("seasons", (Field("season start date", octets(4), show_date), number("week id"))),
        ),
    ),
    0x04: Layout(
        "Publish Special Days",
        (
            PROVIDER,
            EVENT,
            CALENDAR,
            START,
            _TYPE,
            number("total number of special days"),
            COMMAND_INDEX,
            TOTAL_COMMANDS,
            Rows("special days", (Field("special day date", octets(4), show_date), _DAY)),
        ),
    ),
}
