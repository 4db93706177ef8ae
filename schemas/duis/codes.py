"""DUIS response codes: all that schema 5.4 lists, each with its meaning as far as one is public.

Meanings are told in our words after a volunteer's public page (https://iananthony3000.wixsite.com/smets2reference-1),
which breaks off in E30. A code whose meaning is not public here has None: we invent no texts.
"""

from collections.abc import Mapping

_PUBLIC = {
    "I0": "done, an answer to a request for information",
    "I99": "accepted and past access control: on its way to the device, or done with nothing to return",
    "E1": "no such party and role in the Smart Energy Code",
    "E2": "this role may not send this service request",
    "E3": "the user's status does not allow it",
    "E4": "this role had no right over this device at that date",
    "E5": "the device's status in the inventory does not fit the request",
    "E11": "the request is not for this type of device",
    "E12": "the command variant does not fit the request",
    "E13": "this kind of request does not go to this address",
    "E17": "no local command for this role, or in the device's present status",
    "E19": "no device of this identity",
    "E20": "the device cannot be reached",
    "E21": "the device did not answer",
    "E30": "time ran out on a future-dated command",
}

_GENERAL = (
    *("I0", "I99"),
    *(f"E{number}" for number in (1, 2, 3, 4, 5, 11, 12, 13, 17, 19, 20, 21, 30, 31, *range(40, 72), 100)),
    *(f"E{number}" for number in (1000, 1001, 1003, 1004, 1006, 1007, 1008, 1010, 1011)),
)

_BY_SERVICE = {
    "0101": "01 02", "0102": "01", "0303": "01 02", "0401": "01", "0417": "01",
    "0501": "01 02 03 05 07 08 09 10 11 12", "0502": "01 02", "0503": "01 02",
    "0605": "01 02", "0607": "01", "0608": "01 02 03", "0613": "01 04 05",
    "0615": "01 04 05 06 07 08 09", "0618": "01 02 03",
    "0621": "01 02 03 05", "0622": "01 02 03", "0623": "01 02 03 04 05 06", "0624": "01 02 03", "0628": "01 02 03",
    "0802": "01 02", "0803": "01 02", "0804": "05 06 07 08 09 10 11 12 13 14 15", "0805": "01 02 03",
    "0806": "01 02 04 06 07", "0807": "02 21 22 23", "0808": "01 21 22", "0809": "01 02 03",
    "0811": "01 02 04 05 06 07 08 09 10 11", "0812": "02 04 05 21 22 23", "0813": "01 02 03",
    "0814": "01 02 05 06", "1101": "01 02 03 05 06", "1104": "01 02 03 05",
    "1201": "01 02 03", "1202": "01 03 04 07",
}  # fmt: skip
"""First four digits (a service reference, it seems) to the last two (a reason)."""

_WARNINGS = ("W050201", "W050301", "W081401", "W110101", "W110401")

MEANINGS: Mapping[str, str | None] = {
    code: _PUBLIC.get(code)
    for code in (
        *_GENERAL,
        *(f"E{service}{reason}" for service, reasons in _BY_SERVICE.items() for reason in reasons.split()),
        *_WARNINGS,
    )
}
"""Every response code to its meaning, or to None where none is public."""


def meaning(code: str) -> str:
    """What a code means, for people to read."""
    return MEANINGS.get(code) or "meaning not public here"
