"""Device alerts in MMC: code, description, time stamp, and the payload of those that carry one."""

from __future__ import annotations

from collections.abc import Callable

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.auxiliary import CommandedState, Direction
from schemas.gbcs.dlms.access import DataNotification, decode_dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.dlms.times import decode_date_time
from schemas.gbcs.envelope import Message
from schemas.gbcs.outcome import outcome_of
from schemas.gbcs.reader import Reader
from schemas.gbcs.use_cases.controller_fields import state_nodes

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
    """DeviceAlertContent of an alert with a DLMS payload.

    Raises:
        Malformed: the content is no DLMS data notification, or not the alert's layout.
    """
    notification = decode_dlms(message.payload)
    if not isinstance(notification, DataNotification):
        raise Malformed("DLMS tag", "is 0F, a data notification, in an alert")
    code, at, *extra = notification.body.expect(Tag.STRUCTURE).items
    number = code.expect(Tag.LONG_UNSIGNED).number
    nodes = [
        leaf("GBCSHexAlertCode", f"{number:04X}"),
        leaf("AlertDescription", _DESCRIPTIONS.get(number, f"Alert {number:04X}")),
        leaf("Timestamp", decode_date_time(at.octets)),
    ]
    payload = _PAYLOADS.get(number)
    if payload is not None:
        nodes.append(branch("Payload", payload(message, extra)))
    return branch("DeviceAlertContent", *nodes)


def _future_dated(message: Message, extra: list[Data]) -> Node:
    outcome = outcome_of(message)
    if outcome is None:
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
    reader = Reader(_only(extra, 1)[0].octets)
    code = leaf("MessageCodeofCommandReceived", reader.take(2, "message code").hex().upper())
    counter = leaf("OriginatorCounterfromCommandReceived", reader.uint(8, "originator counter"))
    reader.finish("command not supported")
    return branch("CommandNotSupportedbyDevice", code, counter)


def _limit_processed(message: Message, extra: list[Data]) -> Node:
    controller, start, end, level = _only(extra, 4)
    return branch(
        "LimitAPCLevelCommandProcessedDeviceAlert",
        leaf("APCLimitPeriodStart", decode_date_time(start.octets)),
        leaf("APCLimitPeriodEnd", decode_date_time(end.octets)),
        *_resulting(controller, level),
    )


def _limit_ended(message: Message, extra: list[Data]) -> Node:
    controller, level = _only(extra, 2)
    return branch("LimitAPCLevelEndedDeviceAlert", *_resulting(controller, level))


def _operational_update(message: Message, extra: list[Data]) -> Node:
    return branch("OperationalUpdateDeviceAlert", *state_nodes(_only(extra, 1)[0]))


def _resulting(controller: Data, level: Data) -> list[Node]:
    # One octet, direction and controller: the high octet of a commanded state's word.
    state = CommandedState.from_word(controller.number << 8 | level.number)
    nodes = [leaf("AuxiliaryControllerN", state.controller), leaf("ResultingLevel", state.level)]
    return [*nodes, branch("InputFromControlledLoad")] if state.direction is Direction.INPUT else nodes


def _only(extra: list[Data], count: int) -> list[Data]:
    if len(extra) != count:
        raise Malformed("alert content", f"has {count + 2} elements, not {len(extra) + 2}")
    return extra


_PAYLOADS: dict[int, Callable[[Message, list[Data]], Node]] = {
    0x8F66: _future_dated,
    0x8F67: _future_dated,
    0x8F85: _not_supported,
    0x8F86: _limit_processed,
    0x8F87: _limit_ended,
    0x8F88: _operational_update,
}
