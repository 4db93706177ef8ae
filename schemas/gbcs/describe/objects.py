"""What the attributes and methods of COSEM objects hold: one table, by object or, where all of a class agree, by class.

Attributes are the same whether a command writes them or a response reads them.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.gbcs.describe import calendars, hub, logs
from schemas.gbcs.describe.accounts import CHARGE, CREDIT_CHARGES, MODE_AND_STATUS, MONEY
from schemas.gbcs.describe.alert_bits import behaviour
from schemas.gbcs.describe.load_control import script_parameter
from schemas.gbcs.describe.protection import protected_answer, protected_read
from schemas.gbcs.describe.shapes import (
    DATE_TIME,
    EUI,
    HEX,
    SCALER_UNIT,
    TEXT,
    Form,
    cells,
    choice,
    flag,
    named,
    plain,
    record,
    rows,
    words,
)
from schemas.gbcs.describe.values import (
    BLOCK_THRESHOLD,
    CLOCK_BASE,
    CLOCK_STATUS,
    CONTROL_STATE,
    CONTROLLER_TYPE,
    MPANS,
    NOTHING,
    PERCENTAGE,
    PERIOD,
    STATE,
    VARIANT,
    VOLTS,
    WATTS,
)
from schemas.gbcs.dlms.data import Tag


def _thresholds(form: Form) -> Form:
    return named("thresholds", rows("threshold", form))


BY_CLASS: dict[tuple[int, int], Form] = {
    (3, 3): SCALER_UNIT,
    (4, 3): SCALER_UNIT,
    (4, 5): DATE_TIME,
    (7, 4): PERIOD,
    (8, 2): DATE_TIME,
    (8, 4): CLOCK_STATUS,
    (8, 9): CLOCK_BASE,
    (10, 2): calendars.SCHEDULE,
    (11, 2): calendars.SPECIAL_DAYS,
    **{(20, member): calendars.SEASONS for member in (3, 7)},
    **{(20, member): calendars.WEEKS for member in (4, 8)},
    **{(20, member): calendars.DAY_PROFILES for member in (5, 9)},
    (21, 2): _thresholds(BLOCK_THRESHOLD),
    (22, 4): calendars.EXECUTION_TIMES,
    (70, 2): flag("connected", "disconnected"),
    (70, 3): CONTROL_STATE,
    (71, 4): VOLTS,
    (71, 6): PERIOD,
    (71, 7): PERIOD,
    (104, 2): flag("joining enabled", "joining disabled"),
    (104, 3): PERIOD,
    (104, 4): hub.ACTIVE_DEVICES,
    (111, 2): MODE_AND_STATUS,
    (111, 11): CREDIT_CHARGES,
    (111, 16): MONEY,
    (111, 19): PERIOD,
    (112, 2): MONEY,
    (112, 9): MONEY,
    (112, 10): MONEY,
    (113, 5): CHARGE,
    (113, 6): CHARGE,
    (113, 8): PERIOD,
    (113, 13): PERCENTAGE,
}
"""Attributes by class and number."""


def _of(form: Form, member: int, *objects: str) -> Iterable[tuple[tuple[str, int], Form]]:
    return (((each, member), form) for each in objects)


def _gbcs_data(form: Form, *objects: str) -> Iterable[tuple[tuple[str, int], Form]]:
    """Active and passive value of GBCS's own class."""
    return (((each, member), form) for each in objects for member in (2, 4))


BY_OBJECT: dict[tuple[str, int], Form] = dict(
    (
        *_of(HEX, 2, "0-0:0.2.1.255"),
        *_of(PERIOD, 2, "0-0:94.44.0.0", "0-0:94.44.0.1"),
        *_of(CONTROLLER_TYPE, 2, *(f"0-0:94.44.0.{20 + each}" for each in range(1, 6))),
        *_of(STATE, 2, *(f"0-0:94.44.0.{30 + each}" for each in range(1, 6))),
        *_of(flag("locked", "unchanged"), 2, "0-0:94.44.0.4"),
        *_of(DATE_TIME, 2, "0-0:94.44.5.0", "0-0:94.44.5.1", "0-0:94.44.5.2"),
        *_of(flag("available", "not available"), 2, "0-0:94.44.7.255"),
        *_of(hub.CONFIGURATION, 2, "0-0:94.44.10.0"),
        *_of(hub.CHANNELS, 2, "0-0:94.44.10.2"),
        *_of(MPANS, 2, "0-0:94.44.34.11", "1-0:0.0.2.255"),
        *_of(
            record(("active power import", plain), ("scaler and unit", SCALER_UNIT), ("primary element", plain)),
            2,
            "0-0:94.44.34.20",
        ),
        *_of(EUI, 2, "0-0:96.1.1.255"),
        *_of(VARIANT, 2, "0-0:96.1.2.255"),
        *_of(TEXT, 2, "0-0:94.44.3.1", "0-0:96.1.4.255", "0-0:96.1.6.255", "0-2:96.13.1.255", "0-3:96.13.1.255"),
        *_of(TEXT, 2, "0-0:96.13.0.255", "0-0:96.13.1.255"),
        *_of(behaviour("81"), 2, *(f"0-30:97.98.{each}.255" for each in range(11, 19))),
        *_of(behaviour("80"), 2, *(f"0-33:97.98.{each}.255" for each in range(11, 19))),
        *_of(VOLTS, 2, *(f"1-0:{phase}.{kind}.0.4" for phase in (32, 52, 72) for kind in (31, 35))),
        *_of(WATTS, 4, "0-0:17.0.0.255"),
        *_of(named("thresholds", cells(("low to medium", "medium to high"), WATTS)), 2, "0-0:16.0.0.255"),
        *_of(_thresholds(MONEY), 2, "0-0:16.0.1.255"),
        *_of(calendars.TARIFF_SPECIAL_DAYS, 2, "0-0:11.0.0.255", "0-1:11.0.0.255", "0-0:11.0.1.255", "0-1:11.0.1.255"),
        *_of(logs.EVENT_LOG, 2, "0-0:99.98.0.255"),
        *_of(logs.SECURITY_LOG, 2, "0-0:99.98.1.255"),
        *_of(logs.POWER_EVENT_LOG, 2, "0-0:99.98.4.255"),
        *_of(logs.BOOST_LOG, 2, "0-0:99.98.20.255"),
        *_of(logs.SWITCH_LOG, 2, "0-17:99.98.2.255"),
        *_of(logs.CHANNEL_LOG, 2, "0-0:94.44.10.3"),
        *_of(logs.VOLTAGE_LOG, 2, *(f"1-0:{phase}.24.0.255" for phase in (32, 52, 72))),
        *_of(logs.AMOUNTS, 2, "0-0:98.1.4.255", "0-0:98.1.5.255"),
        *_of(logs.DAILY_EXPORT, 2, "0-0:98.1.10.255"),
        *_of(logs.EXPORT_PROFILE, 2, "0-0:99.1.1.255"),
        *_of(logs.REACTIVE_IMPORT, 2, "0-0:99.1.2.255"),
        *_gbcs_data(MONEY, "0-0:94.44.2.10", "0-0:94.44.2.20"),
        *_gbcs_data(MONEY, *(f"0-0:94.44.128.{each}" for each in (2, 3, 9, 22))),
        *_gbcs_data(PERIOD, *(f"0-0:94.44.128.{each}" for each in (6, 8, 13))),
        *_gbcs_data(WATTS, "0-0:94.44.128.7"),
        *_gbcs_data(flag("disable the supply", "leave the supply"), "0-0:94.44.0.3"),
        *_gbcs_data(flag("GBP", "ECB"), "0-0:94.44.2.0"),
    )
)
"""Attributes by logical name and number, before those of their class."""

PARAMETERS: dict[tuple[int, int], Form] = {
    (3, 1): NOTHING,
    (4, 1): NOTHING,
    (7, 1): NOTHING,
    (8, 4): NOTHING,
    (8, 5): record(("preset time", DATE_TIME), ("validity start", DATE_TIME), ("validity end", DATE_TIME)),
    (30, 1): protected_read,
    (104, 1): hub.REGISTRATION,
    (104, 2): EUI,
    (104, 5): hub.RESTORED,
    (112, 1): MONEY,
    (112, 2): MONEY,
    (112, 3): NOTHING,
    (113, 2): NOTHING,
    (113, 4): MONEY,
    (115, 1): TEXT,
}
"""Parameters of methods, by class and number."""

_STATE_SCRIPT = words(lambda value: script_parameter(value.number), Tag.LONG_UNSIGNED)

SCRIPT_PARAMETERS: dict[str, Form] = {
    "0-0:10.0.100.255": words(lambda value: calendars.tariff_selector(value.number), Tag.LONG_UNSIGNED),
    "0-0:10.0.103.255": _STATE_SCRIPT,
    "0-0:10.0.106.255": choice(calendars.SUPPLY_SELECTORS),
    "0-0:10.0.107.255": _STATE_SCRIPT,
}
"""Which script of a table (class 9, method 1) is run, by logical name."""

ANSWERS: dict[tuple[int, int], Form] = {(30, 1): protected_answer, (104, 4): hub.BACKUP}
"""What methods return, by class and number."""


def attribute_form(class_id: int, obis: str, member: int) -> Form:
    """How the value of an attribute is described."""
    return BY_OBJECT.get((obis, member)) or BY_CLASS.get((class_id, member), plain)


def parameter_form(class_id: int, obis: str, member: int) -> Form:
    """How the parameter of a method is described."""
    return SCRIPT_PARAMETERS.get(obis) or PARAMETERS.get((class_id, member), plain)


def answer_form(class_id: int, member: int) -> Form:
    """How what a method returns is described."""
    return ANSWERS.get((class_id, member), plain)
