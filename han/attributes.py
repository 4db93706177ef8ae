"""ZCL Read Attributes on the air, for Time and Metering: zigpy knows their attributes' types (ZCL 2.5.1, 2.5.2)."""

from typing import Any, Final

import zigpy.types as t
from zigpy.zcl import Cluster
from zigpy.zcl.clusters.general import Time
from zigpy.zcl.clusters.smartenergy import Metering
from zigpy.zcl.foundation import (
    GENERAL_COMMANDS,
    Direction,
    FrameControl,
    GeneralCommand,
    ReadAttributeRecord,
    Status,
    TypeValue,
    ZCLHeader,
)

from schemas.errors import Malformed
from schemas.zse.attributes import ReadAttributes, ReadAttributesResponse

CLUSTERS: Final[dict[int, type[Cluster]]] = {int(each.cluster_id): each for each in (Time, Metering)}
"""What has attributes that are read."""

_READ: Final = GENERAL_COMMANDS[GeneralCommand.Read_Attributes].schema
_RESPONSE: Final = GENERAL_COMMANDS[GeneralCommand.Read_Attributes_rsp].schema
_HEADER: Final = 3
_NO_DEFAULT_RESPONSE: Final = 0x10
_SCHEMAS: Final[dict[tuple[int, int], Any]] = {(0x00, 0x00): _READ, (0x08, 0x01): _RESPONSE}
"""By frame control, general and the server's direction bit, and command."""

Reading = ReadAttributes | ReadAttributesResponse


def encode(command: Reading, tsn: int) -> bytes:
    """The ZCL frame.

    Raises:
        Malformed: the cluster has no attributes here, or a value is out of its attribute's range.
    """
    cluster = _cluster(command.cluster)
    if isinstance(command, ReadAttributes):
        return _frame(Direction.Client_to_Server, tsn, GeneralCommand.Read_Attributes, _READ(list(command.attributes)))
    records = [_record(cluster, number, value) for number, value in command.values]
    return _frame(Direction.Server_to_Client, tsn, GeneralCommand.Read_Attributes_rsp, _RESPONSE(records))


def decode(cluster_id: int, data: bytes) -> tuple[int, Reading]:
    """Read one frame, all of it: its transaction number and what it says.

    Raises:
        Malformed: it is neither of the two, cut short, too long, or has a value that is not its attribute's.
    """
    cluster = _cluster(cluster_id)
    if len(data) < _HEADER:
        raise Malformed("ZCL header", f"has {_HEADER} octets, not {len(data)}")
    way = data[0] & ~_NO_DEFAULT_RESPONSE, data[2]
    if way not in _SCHEMAS:
        raise Malformed("ZCL command", "is Read Attributes, 00 00, or its response, 08 01")
    schema = _SCHEMAS[way]
    try:
        command, left = schema.deserialize(data[_HEADER:])
    except (ValueError, KeyError) as error:  # zigpy: cut short; a data type that it does not know
        raise Malformed("Read Attributes", "is cut short, or has an unknown data type") from error
    if left:
        raise Malformed("Read Attributes", f"is followed by {len(left)} octets")
    if schema is _READ:
        return data[1], ReadAttributes(cluster_id, tuple(int(each) for each in command.attribute_ids))
    values = tuple(_value(cluster, record) for record in command.status_records)
    return data[1], ReadAttributesResponse(cluster_id, values)


def describe(command: Reading) -> str:
    """One line of English, e.g. ``ReadAttributesResponse instantaneous_demand=7360``."""
    cluster = CLUSTERS[command.cluster]
    if isinstance(command, ReadAttributes):
        return " ".join(["ReadAttributes", *(_name(cluster, number) for number in command.attributes)])
    told = (f"{_name(cluster, number)}={'unsupported' if value is None else value}" for number, value in command.values)
    return " ".join(["ReadAttributesResponse", *told])


def _cluster(number: int) -> type[Cluster]:
    cluster = CLUSTERS.get(number)
    if cluster is None:
        raise Malformed("cluster", f"has attributes to read, 0x{number:04X} has none here")
    return cluster


def _name(cluster: type[Cluster], number: int) -> str:
    known = cluster.attributes.get(t.uint16_t(number))  # type: ignore[no-untyped-call]
    return f"0x{number:04X}" if known is None else known.name


def _frame(direction: Direction, tsn: int, command: GeneralCommand, payload: Any) -> bytes:
    control = FrameControl.general(direction).replace(disable_default_response=1)
    header: bytes = ZCLHeader(frame_control=control, tsn=tsn, command_id=command).serialize()
    return header + bytes(payload.serialize())


def _record(cluster: type[Cluster], number: int, value: int | None) -> ReadAttributeRecord:
    known = cluster.attributes.get(t.uint16_t(number))  # type: ignore[no-untyped-call]
    if known is None or value is None:
        return ReadAttributeRecord(attrid=t.uint16_t(number), status=Status.UNSUPPORTED_ATTRIBUTE)  # type: ignore[no-untyped-call]
    try:
        typed = TypeValue(type=known.zcl_type, value=known.type(value))
    except ValueError as error:
        raise Malformed(known.name, f"is a {known.type.__name__}, not {value}") from error
    return ReadAttributeRecord(attrid=t.uint16_t(number), status=Status.SUCCESS, value=typed)  # type: ignore[no-untyped-call]


def _value(cluster: type[Cluster], record: ReadAttributeRecord) -> tuple[int, int | None]:
    number = int(record.attrid)
    if record.status is not Status.SUCCESS:
        return number, None
    known = cluster.attributes.get(t.uint16_t(number))  # type: ignore[no-untyped-call]
    if known is None or not isinstance(record.value, TypeValue) or record.value.type != known.zcl_type:
        raise Malformed(_name(cluster, number), "has the data type of its attribute")
    return number, int(record.value.value)
