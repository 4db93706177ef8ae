"""Names of COSEM classes, members, objects and units; classes and units are the DLMS standard's."""

from functools import lru_cache

from schemas.gbcs.names.cosem_members import ATTRIBUTES, METHODS
from schemas.gbcs.names.cosem_objects import OBJECTS

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

UNITS: dict[int, str] = {
    27: "W",
    29: "var",
    30: "Wh",
    32: "varh",
    33: "A",
    35: "V",
    254: "other unit",
    255: "count",
}


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
    return OBJECTS.get(obis_text(obis), "")
