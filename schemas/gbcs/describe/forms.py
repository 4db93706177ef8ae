"""What the values of an ASN.1 content are, by message code and by the tags that stand together.

Joins, device logs, credentials and alerts (gbcs-reference 4.1 to 4.3). ASN.1 names no fields: a form that is not here,
or that could be two things, is shown by its types alone.
"""

from collections.abc import Callable, Mapping

from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.envelope import CraFlag
from schemas.gbcs.names.alerts import alert
from schemas.gbcs.names.parties import (
    CONTROL_MODES,
    DEVICE_TYPES,
    JOIN_METHODS,
    JOIN_RESULTS,
    KEY_USAGES,
    REPLACEMENT_STATUSES,
    ROLES,
)

Part = tuple[str, Callable[[Ber], str]]
"""The name of a value, and what it means."""

_INTEGER, _BITS, _OCTETS, _ENUMERATED, _TIME, _SEQUENCE = 0x02, 0x03, 0x04, 0x0A, 0x18, 0x30

_JOINS = (0x000D, 0x000E, 0x00AB, 0x00AF)
_DEVICE_LOGS = (0x008C, 0x00B2)
_CREDENTIALS = (0x0008, 0x00CB, *range(0x0100, 0x010A), 0x011B, 0x0124, 0x0125, 0x0126)


def _unnamed(_: Ber) -> str:
    return ""


def _named(table: Mapping[int, str]) -> Callable[[Ber], str]:
    def meaning(value: Ber) -> str:
        try:
            return table.get(value.number, "")
        except Malformed:
            return ""

    return meaning


def _alert(value: Ber) -> str:
    try:
        return alert(value.number)
    except Malformed:
        return ""


_ROLE: Part = ("role", _named(ROLES))
_USAGE: Part = ("key usage", lambda value: KEY_USAGES.get(value.content, ""))
_STATUS: Part = ("status", _named(REPLACEMENT_STATUSES))
_DEVICE: Part = ("device", _unnamed)
_DEVICE_TYPE: Part = ("device type", _named(DEVICE_TYPES))
_METHOD: Part = ("method and role", _named(JOIN_METHODS))
_MODE: Part = ("control mode", _named(CONTROL_MODES))
_CONTROL_PARTS: dict[int, str] = {
    0x81: "[1] time-based checks not applied",
    0xA2: "[2] authorising party's cell",
    0x83: "[3] counter",
    0x84: "[4] new floor",
    0xA5: "[5] prepayment top-up floor",
    0xA6: "[6] floors of other parties",
}

_Forms = dict[tuple[int, ...], tuple[Part, ...]]

_JOIN_FORMS: _Forms = {
    (_INTEGER, _OCTETS, _INTEGER): (_METHOD, _DEVICE, _DEVICE_TYPE),
    (_INTEGER, _OCTETS, _INTEGER, _SEQUENCE): (_METHOD, _DEVICE, _DEVICE_TYPE, ("certificate", _unnamed)),
}
_LOG_FORMS: _Forms = {(_OCTETS, _INTEGER): (_DEVICE, _DEVICE_TYPE)}
_CREDENTIAL_FORMS: _Forms = {
    (_INTEGER, _BITS): (_ROLE, _USAGE),
    (_INTEGER, _BITS, _INTEGER): (_ROLE, _USAGE, ("cell usage", _named({1: "top-up"}))),
    (_INTEGER, _ENUMERATED): (_ROLE, _STATUS),
    (_INTEGER, _ENUMERATED, _INTEGER, _SEQUENCE): (_ROLE, _STATUS, ("counter", _unnamed), ("cells", _unnamed)),
    (_INTEGER, _INTEGER, _SEQUENCE, _SEQUENCE): (
        ("counter", _unnamed),
        _MODE,
        ("floors", _unnamed),
        ("replacements", _unnamed),
    ),
    (_SEQUENCE, _ENUMERATED, _OCTETS, _OCTETS, _OCTETS, _OCTETS): (
        ("cell", _unnamed),
        _STATUS,
        ("old subject", _unnamed),
        ("old key id", _unnamed),
        ("new subject", _unnamed),
        ("new key id", _unnamed),
    ),
}
_FORMS: dict[int, _Forms] = (
    dict.fromkeys(_JOINS, _JOIN_FORMS)
    | dict.fromkeys(_DEVICE_LOGS, _LOG_FORMS)
    | dict.fromkeys(_CREDENTIALS, _CREDENTIAL_FORMS)
)


def whole(code: int, cra: CraFlag, value: Ber) -> Part | None:
    """What a content of one value is, or None."""
    if code in _JOINS and cra is CraFlag.RESPONSE and value.tag == _INTEGER:
        return "join response code", _named(JOIN_RESULTS)
    return None


def parts(code: int, cra: CraFlag, tags: tuple[int, ...], outermost: bool) -> tuple[Part | None, ...]:
    """What each of the values with these tags is, or None; one for each tag."""
    unknown: tuple[Part | None, ...] = (None,) * len(tags)
    if outermost and cra is CraFlag.ALERT and tags[:2] == (_INTEGER, _TIME):
        return ("alert code", _alert), ("time stamp", _unnamed), *unknown[2:]
    form = _FORMS.get(code, {}).get(tags)
    # The authorising party's control: a mode, then tagged parts only, each of which may be left out.
    controls = len(tags) > 1 and tags[0] == _INTEGER and all(tag in _CONTROL_PARTS for tag in tags[1:])
    if form is None and code in _CREDENTIALS and controls:
        return _MODE, *((_CONTROL_PARTS[tag], _unnamed) for tag in tags[1:])
    return form or unknown
