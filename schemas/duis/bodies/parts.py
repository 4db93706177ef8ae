"""Parts that request bodies of several chapters share (DUIS XML Schema 5.4)."""

from schemas.duis.shape import EMPTY, choice, many, one, optional, shape
from schemas.duis.xsd import CERTIFICATE, DATE_TIME, TIME, integer, one_of

FUTURE_DATED = optional("ExecutionDateTime", DATE_TIME)
"""First element of every request a user may date into the future."""

ON_DEMAND = EMPTY
ON_DEMAND_OR_FUTURE_DATED = shape(FUTURE_DATED)

LOG_PERIOD = shape(one("StartDateTime", DATE_TIME), one("EndDateTime", DATE_TIME))
READ_LOG = shape(FUTURE_DATED, one("ReadLogPeriod", LOG_PERIOD))
READ_LOG_WITH_CREDENTIALS = shape(
    FUTURE_DATED, one("ReadLogPeriod", LOG_PERIOD), optional("KAPublicSecurityCredentials", CERTIFICATE)
)
"""An unknown remote party (a user whose certificate the device does not hold) adds its key-agreement certificate."""

YEAR = shape(choice(one("SpecifiedYear", integer(2014, 9999)), one("NonSpecifiedYear", EMPTY)))
MONTH = shape(choice(one("SpecifiedMonth", integer(1, 12)), one("NonSpecifiedMonth", EMPTY)))
DAY_OF_WEEK = shape(choice(one("SpecifiedDayOfWeek", integer(1, 7)), one("NonSpecifiedDayOfWeek", EMPTY)))

DATE_PARTS = (
    one("Year", YEAR),
    one("Month", MONTH),
    one(
        "DayOfMonth",
        choice(
            one("SpecifiedDayOfMonth", integer(1, 31)),
            one("LastDayOfMonth", EMPTY),
            one("SecondLastDayOfMonth", EMPTY),
            one("NonSpecifiedDayOfMonth", EMPTY),
        ),
    ),
    one("DayOfWeek", DAY_OF_WEEK),
)
"""A date any part of which may be left open; the elements of an electricity meter's calendar."""

WILD_DATE = shape(*DATE_PARTS)

GAS_WILD_DATE = shape(
    one("GasYearWithWildcards", YEAR),
    one("GasMonthWithWildcards", MONTH),
    one(
        "GasDayOfMonthWithWildcards",
        choice(one("SpecifiedDayOfMonth", integer(1, 31)), one("GasNonSpecifiedDayOfMonth", EMPTY)),
    ),
    one("GasDayOfWeekWithWildcards", DAY_OF_WEEK),
)

WILD_DATES_AND_TIME = shape(one("SwitchTime", TIME), one("StartDate", WILD_DATE), one("EndDate", WILD_DATE))

DAYS_OF_WEEK = shape(
    many(
        "DayOfWeekApplicability",
        0,
        7,
        one(
            "DayOfWeekID",
            one_of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        ),
    )
)
