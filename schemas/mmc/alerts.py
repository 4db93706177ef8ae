"""Device alerts in MMC: code, description, time stamp, and the payload of those that carry one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.auxiliary import CommandedState, Direction
from schemas.gbcs.dlms.access import DataNotification
from schemas.gbcs.dlms.data import Data, Tag, octets
from schemas.gbcs.dlms.times import decode_date_time
from schemas.gbcs.envelope import Message
from schemas.gbcs.gbz import GbzAlert
from schemas.gbcs.names.alerts import ALERT_CODES
from schemas.gbcs.outcome import CosemOutcome, outcome_of
from schemas.gbcs.payload import decode_payload
from schemas.gbcs.reader import Reader
from schemas.gbcs.sealed import Opener, gbcs_data
from schemas.gbcs.use_cases.controller_fields import state_nodes
from schemas.mmc import gbz_alerts
from schemas.mmc.asn1_alerts import asn1_alert
from schemas.mmc.electricity_alerts import (
    billing_log,
    firmware_verified,
    integrity_warning,
    only,
    sealed_billing_log,
    supply_restored,
)
from schemas.mmc.gbz_alerts import gbz_alert
from schemas.mmc.told import Told

_BILLING_LOG_ALERT = 0x0061
"""Message code of ECS68."""

_DESCRIPTIONS = {
    0x8F1E: "Content or format check of a command failed",
    0x8F30: "Source has no authority for the command",
    0x8F3D: "Trusted source authentication failed",
    0x8F53: "Failed authentication or authorisation",
    0x8F66: "Future dated command carried out",
    0x8F67: "Future dated command failed",
    0x8F85: "Command not supported by device",
    0x8F86: "Limit APC level command processed",
    0x8F87: "Limit APC level ended or cancelled",
    0x8F88: "Operational update",
}
"""Our own words for the alerts of load control and security; MMC asks for a description of at most 250 characters."""


def alert_content(message: Message) -> Node:
    """DeviceAlertContent of an alert; without a Payload where MMC has no element for it (8F12, 8F20 to 8F2D, 8F8A,
    8F8B, 8071) or where it is encrypted (8F0A).

    Raises:
        Malformed: the content is no alert's, or not the alert's layout.
    """
    told = _told(message)
    nodes = [
        leaf("GBCSHexAlertCode", f"{told.code:04X}"),
        leaf("AlertDescription", _description(told.code)),
        leaf("Timestamp", told.at),
    ]
    if told.payload is not None:
        nodes.append(branch("Payload", told.payload))
    return branch("DeviceAlertContent", *nodes)


def _told(message: Message) -> Told:
    """By kind of payload; what each has is in a module of its own."""
    content = decode_payload(message)
    if isinstance(content, DataNotification):
        return _dlms_alert(message, content)
    if isinstance(content, Ber):
        return asn1_alert(message, content)
    if isinstance(content, GbzAlert):
        return gbz_alert(message, content)
    raise Malformed("content", "is a data notification, a GBZ alert or ASN.1 in an alert")


def _dlms_alert(message: Message, notification: DataNotification) -> Told:
    items = notification.body.expect(Tag.STRUCTURE).items
    if len(items) < 2:
        raise Malformed("alert content", f"has a code and a time stamp at least, not {len(items)} elements")
    code, at, *extra = items
    number = code.expect(Tag.LONG_UNSIGNED).number
    payload = _PAYLOADS.get(number)
    return Told(number, decode_date_time(at.octets), None if payload is None else payload(message, extra))


def sealed_parts(message: Message) -> list[Node]:
    """GBCSData with the encrypted part of an alert, where it has one: only who has the key can tell more.

    Raises:
        Malformed: as ``alert_content``.
    """
    content = decode_payload(message)
    sealed = None
    if message.message_code == _BILLING_LOG_ALERT and isinstance(content, DataNotification):
        sealed = sealed_billing_log(content.body.items[2:])
    elif message.message_code == gbz_alerts.BILLING_LOG_ALERT and isinstance(content, GbzAlert):
        sealed = gbz_alerts.sealed_billing_log(content)
    if sealed is None:
        return []
    kind = "zigbeeCiphered" if isinstance(content, GbzAlert) else "dlms"
    return [gbcs_data(sealed, "BillingDataLog", 0, kind)]


def opened(message: Message, opener: Opener) -> Message:
    """The alert with the plaintext in the place of its encrypted part, where it has one.

    Raises:
        Malformed: as ``alert_content``.
        NotAuthentic: it does not open.
    """
    content = decode_payload(message)
    if message.message_code == gbz_alerts.BILLING_LOG_ALERT and isinstance(content, GbzAlert):
        return replace(message, payload=gbz_alerts.opened_billing_log(content, opener).encode())
    if message.message_code != _BILLING_LOG_ALERT or not isinstance(content, DataNotification):
        return message
    items = content.body.items
    sealed = sealed_billing_log(items[2:])
    if sealed is None:
        return message
    body = replace(content.body, value=(*items[:-1], octets(opener(sealed))))
    return replace(message, payload=replace(content, body=body).encode())


def _description(code: int) -> str:
    if code in _DESCRIPTIONS:
        return _DESCRIPTIONS[code]
    name = ALERT_CODES.get(code, f"alert {code:04X}")
    return name[0].upper() + name[1:]


def _future_dated(message: Message, extra: list[Data]) -> Node:
    outcome = outcome_of(message)
    if not isinstance(outcome, CosemOutcome):
        raise Malformed("message code", f"is 00CC with this alert and a DLMS payload, not {message.message_code:04X}")
    instruction = branch(
        "DLMSCOSEMFDInstructionIdentification",
        leaf("ClassId", f"{outcome.class_id:04X}"),
        leaf("InstanceId", outcome.obis.hex().upper()),
        leaf("AttributeId", f"{outcome.member:02X}"),
    )
    told = branch(
        "COSEMFutureDatedAlert",
        leaf("FutureDatedCommandMessageCode", f"{outcome.message_code:04X}"),
        leaf("FutureDatedCommandOriginatorCounter", outcome.request.counter),
        instruction,
    )
    return branch("FutureDatedCommandOutcomeDeviceAlert", told)


def _not_supported(message: Message, extra: list[Data]) -> Node:
    reader = Reader(only(extra, 1)[0].octets)
    code = leaf("MessageCodeofCommandReceived", reader.take(2, "message code").hex().upper())
    counter = leaf("OriginatorCounterfromCommandReceived", reader.uint(8, "originator counter"))
    reader.finish("command not supported")
    return branch("CommandNotSupportedbyDevice", code, counter)


def _limit_processed(message: Message, extra: list[Data]) -> Node:
    controller, start, end, level = only(extra, 4)
    return branch(
        "LimitAPCLevelCommandProcessedDeviceAlert",
        leaf("APCLimitPeriodStart", decode_date_time(start.octets)),
        leaf("APCLimitPeriodEnd", decode_date_time(end.octets)),
        *_resulting(controller, level),
    )


def _limit_ended(message: Message, extra: list[Data]) -> Node:
    controller, level = only(extra, 2)
    return branch("LimitAPCLevelEndedDeviceAlert", *_resulting(controller, level))


def _operational_update(message: Message, extra: list[Data]) -> Node:
    return branch("OperationalUpdateDeviceAlert", *state_nodes(only(extra, 1)[0]))


def _resulting(controller: Data, level: Data) -> list[Node]:
    # One octet, direction and controller: the high octet of a commanded state's word.
    state = CommandedState.from_word(controller.number << 8 | level.number)
    nodes = [leaf("AuxiliaryControllerN", state.controller), leaf("ResultingLevel", state.level)]
    return [*nodes, branch("InputFromControlledLoad")] if state.direction is Direction.INPUT else nodes


def _told_by(read: Callable[[Sequence[Data]], Node | None]) -> Callable[[Message, list[Data]], Node | None]:
    """A payload that its elements alone tell."""
    return lambda message, extra: read(extra)


_PAYLOADS: dict[int, Callable[[Message, list[Data]], Node | None]] = {
    0x81A0: _told_by(integrity_warning),
    0x8F0A: _told_by(billing_log),
    0x8F1C: _told_by(firmware_verified),
    0x8F72: _told_by(firmware_verified),
    **dict.fromkeys(range(0x8F35, 0x8F3D), _told_by(supply_restored)),
    0x8F66: _future_dated,
    0x8F67: _future_dated,
    0x8F85: _not_supported,
    0x8F86: _limit_processed,
    0x8F87: _limit_ended,
    0x8F88: _operational_update,
}
