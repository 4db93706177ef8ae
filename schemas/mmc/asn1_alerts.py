"""Alerts with an ASN.1 payload in MMC: firmware activated and credentials replaced later
(00CA, 00CB, 0124), CCS08, CS09, GCS62."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber, generalized_time
from schemas.gbcs.envelope import Message
from schemas.gbcs.names.statuses import ACTIVATION_RESULTS
from schemas.gbcs.use_cases.credentials_outcome import outcome_node
from schemas.mmc.told import Told

SEQUENCE, INTEGER, OCTET_STRING, GENERALIZED_TIME = 0x30, 0x02, 0x04, 0x18
_VERSION_LENGTH, _EUI_LENGTH = 4, 8
_HEAD = 2
"""Code and time stamp."""


def asn1_alert(message: Message, content: Ber) -> Told:
    """Code, time stamp and payload of an alert; without a payload where MMC has no element for it: CCS08, CS09 and
    GCS62, whose contents the DCC passes on in alerts of its own.

    Raises:
        Malformed: not the layout of the alert's message code.
    """
    elements = _expect(content, "alert content", SEQUENCE).children
    if len(elements) < _HEAD:
        raise Malformed("alert content", f"has a code and a time stamp at least, not {len(elements)} elements")
    code = _expect(elements[0], "alert code", INTEGER).number
    if not 0 <= code <= 0xFFFF:
        raise Malformed("alert code", f"has 16 bits, not {code}")
    at = generalized_time(_expect(elements[1], "time stamp", GENERALIZED_TIME))
    read = _PAYLOADS.get(message.message_code)
    return Told(code, at, None if read is None else read(at, elements[_HEAD:]))


def _expect(value: Ber, what: str, tag: int) -> Ber:
    if value.tag != tag:
        raise Malformed(what, f"has ASN.1 tag {tag:02X}, not {value.tag:02X}")
    return value


def _fields(values: Sequence[Ber], what: str, *tags: int) -> tuple[Ber, ...]:
    if [value.tag for value in values] != list(tags):
        found = " ".join(f"{value.tag:02X}" for value in values) or "nothing"
        raise Malformed(what, f"has the ASN.1 tags {' '.join(f'{tag:02X}' for tag in tags)}, not {found}")
    return tuple(values)


def _octets(value: Ber, what: str, length: int) -> bytes:
    if len(value.content) != length:
        raise Malformed(what, f"has {length} octets, not {len(value.content)}")
    return value.content


def _firmware_activated(at: datetime, extra: Sequence[Ber]) -> Node:
    """CS06's outcome: the command's counter, result, version that runs now. It happens at the time stamp (assumed)."""
    counter, outcome = _fields(extra, "firmware outcome", INTEGER, SEQUENCE)
    result, version = _fields(outcome.children, "activation outcome", INTEGER, OCTET_STRING)
    if counter.number < 0:
        raise Malformed("originator counter", f"is not negative, as {counter.number} is")
    told = branch(
        "FirmwareActivationDeviceAlert",
        leaf("ExecutionDateTime", at),
        leaf("OriginatorCounterFromCommand", counter.number),
        branch(
            "ActivateImageResponseCode",
            leaf("ASN1Status", ACTIVATION_RESULTS.get(result.number, "notKnown")),
            ResponseCode=result.number,
        ),
        leaf("FirmwareVersion", _octets(version, "firmware version", _VERSION_LENGTH).hex().upper()),
    )
    return branch("FutureDatedCommandOutcomeDeviceAlert", told)


def _credentials_replaced(at: datetime, extra: Sequence[Ber]) -> Node:
    """The outcome of CS02b or CS02g, executed at the time stamp."""
    (outcome,) = _fields(extra, "outcome", SEQUENCE)
    told, _, _ = outcome_node("UpdateSecurityCredentialsExecutionOutcome", outcome)
    return branch("FutureDatedCommandOutcomeDeviceAlert", branch("UpdateSecurityCredentialsDeviceAlert", told))


def _firmware_transferred(at: datetime, extra: Sequence[Ber]) -> None:
    """CCS08: device, version, result."""
    device, version, _ = _fields(extra, "firmware transfer", OCTET_STRING, OCTET_STRING, INTEGER)
    _octets(device, "device", _EUI_LENGTH)
    _octets(version, "firmware version", _VERSION_LENGTH)


def _display_firmware(at: datetime, extra: Sequence[Ber]) -> None:
    """CS09, of a PPMID: version that runs now, result."""
    version, _ = _fields(extra, "firmware activation", OCTET_STRING, INTEGER)
    _octets(version, "firmware version", _VERSION_LENGTH)


def _gas_proxy_log(at: datetime, extra: Sequence[Ber]) -> None:
    """GCS62: every device of the gas proxy's log, with its type."""
    (log,) = _fields(extra, "device log", SEQUENCE)
    for entry in log.children:
        device, _ = _fields(entry.children, "device log entry", OCTET_STRING, INTEGER)
        _octets(device, "device", _EUI_LENGTH)


_PAYLOADS: dict[int, Callable[[datetime, Sequence[Ber]], Node | None]] = {
    0x00CA: _firmware_activated,
    0x00CB: _credentials_replaced,
    0x0124: _credentials_replaced,
    0x00B2: _gas_proxy_log,
    0x0128: _firmware_transferred,
    0x012B: _display_firmware,
}
"""By message code."""
