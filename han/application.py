"""The commands of a node beside its tunnels: values to ZCL frames and back (DRLC, Messaging, Time, Metering)."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

from zigpy.zcl.foundation import CommandSchema

from han import attributes, drlc
from han import zcl as frames
from schemas import zse
from schemas.errors import Malformed
from schemas.zse import HanCommand
from schemas.zse.drlc import SIGNATURE_LENGTH, SignatureType

_COMMANDS: Final[dict[type, tuple[int, type[CommandSchema]]]] = {
    getattr(zse, name): (int(cluster.cluster_id), getattr(drlc, name))
    for cluster, names in (
        (
            drlc.DemandResponse,
            (
                "LoadControlEvent",
                "CancelLoadControlEvent",
                "CancelAllLoadControlEvents",
                "ReportEventStatus",
                "GetScheduledEvents",
            ),
        ),
        (drlc.Messaging, ("DisplayMessage", "CancelMessage", "GetLastMessage", "MessageConfirmation")),
    )
    for name in names
}
_VALUES: Final = {schema: value for value, (_, schema) in _COMMANDS.items()}
_CONVERTED: Final[dict[type, dict[str, Any]]] = {
    zse.LoadControlEvent: {"device_class": zse.drlc.DeviceClass, "event_control": zse.drlc.EventControl},
    zse.CancelLoadControlEvent: {"device_class": zse.drlc.DeviceClass, "cancel_control": zse.drlc.CancelControl},
    zse.CancelAllLoadControlEvents: {"cancel_control": zse.drlc.CancelControl},
    zse.ReportEventStatus: {
        "event_status": zse.drlc.EventStatus,
        "event_control": zse.drlc.EventControl,
        "signature_type": SignatureType,
        "signature": bytes,
    },
    zse.DisplayMessage: {"message": lambda octets: bytes(octets).decode()},
}
"""Fields that are not plain numbers."""

CLUSTERS: Final = frozenset({cluster for cluster, _ in _COMMANDS.values()} | attributes.CLUSTERS.keys())
"""The clusters of these commands."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A command has come to a node.

    Attributes:
        peer: NWK address of who sent it.
        tsn: its transaction number, which an answer repeats.
    """

    peer: int
    tsn: int
    command: HanCommand


def encode(command: HanCommand, tsn: int) -> tuple[int, bytes]:
    """Its cluster and ZCL frame.

    Raises:
        Malformed: a field is out of its range.
    """
    if isinstance(command, zse.ReadAttributes | zse.ReadAttributesResponse):
        return command.cluster, attributes.encode(command, tsn)
    cluster, schema = _COMMANDS[type(command)]
    fields = {field.name: getattr(command, field.name) for field in dataclasses.fields(command)}
    if isinstance(command, zse.DisplayMessage):
        fields["message"] = command.message.encode()
    try:
        return cluster, frames.encode(schema(**fields), tsn)
    except ValueError as error:
        raise Malformed(schema.__name__, f"has fields in their ranges: {error}") from error


def decode(cluster: int, data: bytes) -> tuple[int, bool, HanCommand]:
    """Transaction number, whether the sender wants a default response, and the command.

    Raises:
        Malformed: it is no command of the cluster.
    """
    if cluster in attributes.CLUSTERS:
        tsn, reading = attributes.decode(cluster, data)
        return tsn, False, reading
    frame = frames.decode(cluster, data)
    value = _VALUES[type(frame.command)]
    convert = _CONVERTED.get(value, {})
    fields = {}
    for field in dataclasses.fields(value):
        coded = getattr(frame.command, field.name)
        try:
            fields[field.name] = None if coded is None else convert.get(field.name, int)(coded)
        except ValueError as error:
            raise Malformed(field.name, f"is a value of {value.__name__}") from error
    command: HanCommand = value(**fields)
    if isinstance(command, zse.ReportEventStatus):
        _check_signature(command)
    return frame.tsn, frame.wants_default_response, command


def _check_signature(report: zse.ReportEventStatus) -> None:
    lengths = (0, SIGNATURE_LENGTH) if report.signature_type is SignatureType.NONE else (SIGNATURE_LENGTH,)
    if len(report.signature) not in lengths:
        raise Malformed("signature", f"has {SIGNATURE_LENGTH} octets, not {len(report.signature)}")
