"""Names of COSEM classes, objects and units.

Classes and units are the DLMS standard's; objects of load control are named after what the vectors put in them.
"""

import re
from functools import lru_cache

from schemas.gbcs.names.cosem_members import ATTRIBUTES, METHODS

CLASSES: dict[int, str] = {
    1: "Data",
    3: "Register",
    4: "Extended register",
    7: "Profile generic",
    8: "Clock",
    9: "Script table",
    10: "Schedule",
    11: "Special days table",
    20: "Activity calendar",
    21: "Register monitor",
    22: "Single action schedule",
    30: "Data protection",
    70: "Disconnect control",
    71: "Limiter",
    104: "ZigBee network control",
    111: "Account",
    112: "Credit",
    113: "Charge",
    115: "Token gateway",
    9000: "GBCS extended data",
}

UNITS: dict[int, str] = {27: "W", 29: "var", 30: "Wh", 32: "varh", 33: "A", 35: "V"}

_OBJECTS: tuple[tuple[str, str], ...] = (
    (r"0-0:0\.2\.1\.255", "firmware version"),
    (r"0-0:1\.0\.0\.255", "clock"),
    (r"0-0:94\.44\.0\.0", "randomised offset"),
    (r"0-0:94\.44\.0\.1", "randomised offset limit"),
    (r"0-0:94\.44\.0\.2", "randomised offset number"),
    (r"0-0:94\.44\.0\.4", "supply tamper state"),
    (r"0-0:94\.44\.0\.1([1-5])", "description of controller {}"),
    (r"0-0:94\.44\.0\.2([1-5])", "type and identifier of controller {}"),
    (r"0-0:94\.44\.0\.3([1-5])", "state and information of controller {}"),
    (r"0-0:94\.44\.6\.([1-5])", "boost function control {}"),
    (r"0-0:94\.44\.7\.255", "boost function availability"),
    (r"0-0:94\.44\.34\.10", "instantaneous import registers"),
    (r"0-0:94\.44\.34\.20", "active power import"),
    (r"0-0:94\.44\.100\.255", "log time stamp"),
    (r"0-0:43\.2\.1\.255", "protected reading of prepayment balances"),
    (r"0-0:43\.2\.2\.255", "protected reading of the billing calendar's billing data log"),
    (r"0-0:43\.2\.3\.255", "protected reading of the change of mode or tariff billing data log"),
    (r"0-0:43\.2\.4\.255", "protected reading of the daily consumption log"),
    (r"0-0:43\.2\.5\.255", "protected reading of the daily read log"),
    (r"0-0:43\.2\.6\.255", "protected reading of the prepayment daily read log"),
    (r"0-0:43\.2\.7\.255", "protected reading of the active import profile"),
    (r"0-0:43\.2\.8\.255", "protected reading of instantaneous import registers"),
    (r"0-0:43\.2\.9\.255", "protected reading of time of use registers"),
    (r"0-0:43\.2\.10\.255", "protected reading of block registers and counters"),
    (r"0-0:94\.44\.34\.1", "time of use registers"),
    (r"0-0:94\.44\.34\.2", "block registers and counters"),
    (r"0-0:94\.44\.34\.30", "prepayment balances"),
    (r"0-0:98\.1\.0\.255", "billing data log of the billing calendar: registers"),
    (r"0-0:98\.1\.1\.255", "billing data log of the billing calendar: balances"),
    (r"0-0:98\.1\.2\.255", "billing data log of a change of mode or tariff"),
    (r"0-0:98\.1\.4\.255", "billing data log: payments of debt"),
    (r"0-0:98\.1\.5\.255", "billing data log: prepayment credits"),
    (r"0-0:98\.1\.8\.255", "prepayment daily read log"),
    (r"0-0:98\.1\.9\.255", "daily read log"),
    (r"0-0:98\.1\.10\.255", "daily read log of export"),
    (r"0-0:99\.1\.0\.255", "active import profile"),
    (r"0-0:99\.1\.1\.255", "export profile"),
    (r"0-0:99\.1\.2\.255", "reactive import profile"),
    (r"0-0:99\.1\.3\.255", "daily consumption log"),
    (r"0-0:96\.1\.1\.255", "device identifier"),
    (r"0-0:96\.1\.2\.255", "meter variant"),
    (r"0-0:96\.1\.4\.255", "model"),
    (r"0-0:96\.1\.6\.255", "manufacturer"),
    (r"1-0:2\.8\.0\.255", "active energy export"),
    (r"1-0:4\.8\.0\.255", "reactive energy export"),
    (r"0-0:94\.44\.128\.26", "activation of the controllers' calendar"),
    (r"0-0:94\.44\.128\.35", "activation of the controllers' special days"),
    (r"0-17:99\.98\.2\.255", "auxiliary controller event log"),
    (r"0-0:99\.98\.0\.255", "event log"),
    (r"0-0:99\.98\.1\.255", "security log"),
    (r"0-0:99\.98\.20\.255", "boost event log"),
    (r"0-0:10\.0\.103\.255", "set state script"),
    (r"0-0:10\.0\.107\.255", "limit level script"),
    (r"0-0:12\.0\.2\.255", "controllers' calendar, active"),
    (r"0-1:12\.0\.2\.255", "controllers' calendar, passive"),
    (r"0-0:11\.0\.3\.255", "controllers' special days, active"),
    (r"0-1:11\.0\.3\.255", "controllers' special days, passive"),
    (r"0-([1-5]):96\.3\.10\.255", "state of switch {}"),
    (r"0-0:30\.3\.0\.255", "hub device log"),
    (r"0-30:97\.98\.11\.255", "supplier WAN alert behaviour"),
    (r"0-30:97\.98\.12\.255", "supplier HAN alert behaviour"),
    (r"0-30:97\.98\.13\.255", "supplier alarm behaviour"),
    (r"0-30:97\.98\.14\.255", "supplier logging behaviour"),
    (r"0-33:97\.98\.11\.255", "network operator WAN alert behaviour"),
    (r"0-33:97\.98\.14\.255", "network operator logging behaviour"),
)
_PATTERNS = tuple((re.compile(pattern), name) for pattern, name in _OBJECTS)
_PERIOD = re.compile(r"0-0:94\.44\.(117|118|119|120|121)\.([1-4])")
_PERIOD_NAMES = ("set state start", "set state end", "limit start", "limit end")


def obis_text(obis: bytes) -> str:
    """A logical name as people write it, ``0-0:94.44.0.1``."""
    a, b, c, d, e, f = obis
    return f"{a}-{b}:{c}.{d}.{e}.{f}"


def class_name(class_id: int) -> str:
    """The name of a COSEM class, or that it is not known here."""
    return CLASSES.get(class_id, "class not known here")


def member_name(class_id: int, member: int, method: bool) -> str:
    """The name of an attribute or method of a class, empty where none is known here."""
    return (METHODS if method else ATTRIBUTES).get(class_id, {}).get(member, "")


@lru_cache(maxsize=512)
def object_name(obis: bytes) -> str:
    """The name of a COSEM object, empty where none is known here."""
    text = obis_text(obis)
    period = _PERIOD.fullmatch(text)
    if period:
        return f"{_PERIOD_NAMES[int(period[2]) - 1]} of controller {int(period[1]) - 116}"
    for pattern, name in _PATTERNS:
        found = pattern.fullmatch(text)
        if found:
            return name.format(*found.groups())
    return ""
