"""ZCL frames of the clusters we speak: bytes to command and back, strictly, and a line of English for the trace.

zigpy's header and schemas do the coding; what it lets pass (trailing octets, unknown enumeration values, reserved bits)
is refused here. Layout: ZCL 2.4.1. Only unicast cluster commands without manufacturer code travel in GB tunnels.
"""

import enum
from functools import lru_cache
from typing import Any, NamedTuple, cast

import zigpy.types as t
from zigpy.zcl import Cluster
from zigpy.zcl.foundation import CommandSchema, Direction, FrameControl, FrameType

from han import attributes
from han.clusters import TransferData, Tunneling
from han.drlc import DemandResponse, Messaging
from schemas.errors import Malformed

TO_SERVER = Direction.Client_to_Server
TO_CLIENT = Direction.Server_to_Client

_HEADER = 3
_CLUSTERS: tuple[type[Cluster], ...] = (Tunneling, DemandResponse, Messaging)


def _tables() -> tuple[dict[tuple[int, Direction, int], type[CommandSchema]], dict[type, tuple[Direction, int]]]:
    by_id: dict[tuple[int, Direction, int], type[CommandSchema]] = {}
    by_schema: dict[type, tuple[Direction, int]] = {}
    for cluster in _CLUSTERS:
        for direction, commands in ((TO_SERVER, cluster.ServerCommandDefs), (TO_CLIENT, cluster.ClientCommandDefs)):
            for command in cast(Any, commands):
                by_id[cluster.cluster_id, direction, command.id] = command.schema
                by_schema[command.schema] = direction, command.id
    return by_id, by_schema


_SCHEMAS, _IDS = _tables()


class Frame(NamedTuple):
    """One decoded ZCL frame.

    Attributes:
        tsn: transaction sequence number, 0 to 255.
        direction: to the server or to the client, as the frame says.
        wants_default_response: the sender asks for an answer even where the command has none.
        command: zigpy's schema object; not to be changed.
    """

    tsn: int
    direction: Direction
    wants_default_response: bool
    command: CommandSchema


def made(schema: type[TransferData], tunnel_id: int, data: bytes) -> TransferData:
    """A TransferData either way, what ``schema(tunnel_id, data)`` is: every message travels in one.

    zigpy binds, converts and checks each field by its declaration, which takes ten times as long.
    """
    command = tuple.__new__(schema)  # the base that zigpy gives its commands; empty
    command.__dict__.update(tunnel_id=t.uint16_t(tunnel_id), data=t.Bytes(data))  # type: ignore[no-untyped-call]
    return command


# zigpy takes some 100 us for a header. Of its three octets only the first has a structure, and few values.
@lru_cache
def _control_octet(direction: Direction) -> bytes:
    control: bytes = FrameControl.cluster(direction).replace(disable_default_response=1).serialize()
    return control


@lru_cache
def _control(octet: int) -> tuple[Direction, bool]:
    control = FrameControl.deserialize(bytes((octet,)))[0]
    if control.frame_type is not FrameType.CLUSTER_COMMAND:
        raise Malformed("ZCL frame type", f"is cluster command, not {control.frame_type.name}")
    if control.is_manufacturer_specific:
        raise Malformed("ZCL frame control", "is not manufacturer-specific")
    if control.reserved:
        raise Malformed("ZCL frame control", "has reserved bits 0")
    return control.direction, not control.disable_default_response


def encode(command: CommandSchema, tsn: int) -> bytes:
    """Return the ZCL frame of ``command`` (one of ``han.clusters``), default response disabled (0x11 or 0x19)."""
    direction, command_id = _IDS[type(command)]
    if isinstance(command, TransferData):
        # As its fields are made; zigpy looks up their types, which takes longer than all the rest.
        transfer = command.tunnel_id.to_bytes(2, "little") + command.data
        return _control_octet(direction) + bytes((tsn, command_id)) + transfer
    return _control_octet(direction) + bytes((tsn, command_id)) + command.serialize()


def decode(cluster_id: int, data: bytes) -> Frame:
    """Read one ZCL frame, all of it.

    Raises:
        Malformed: cut short, too long, reserved bits, unknown command or unknown enumeration value.
    """
    if len(data) < _HEADER:
        raise Malformed("ZCL header", f"has {_HEADER} octets, not {len(data)}")
    direction, wants_default_response = _control(data[0])
    tsn, command_id = data[1], data[2]
    schema = _SCHEMAS.get((cluster_id, direction, command_id))
    if schema is None:
        raise Malformed("ZCL command", f"0x{command_id:02X} of cluster 0x{cluster_id:04X} is unknown")
    if issubclass(schema, TransferData) and len(data) >= _HEADER + 2:
        tunnel_id = int.from_bytes(data[_HEADER : _HEADER + 2], "little")
        return Frame(tsn, direction, wants_default_response, made(schema, tunnel_id, data[_HEADER + 2 :]))
    try:
        command, rest = schema.deserialize(data[_HEADER:])
    except ValueError as error:
        raise Malformed(schema.__name__, "is cut short") from error
    if rest:
        raise Malformed(schema.__name__, f"is followed by {len(rest)} octets")
    for field in schema.fields:
        value = getattr(command, field.name)
        if isinstance(value, enum.Flag):
            continue  # any bits may be set together
        if isinstance(value, enum.Enum) and value.name not in type(value).__members__:
            raise Malformed(field.name, f"has no value 0x{value.value:02X}")
    return Frame(tsn, direction, wants_default_response, command)


def fields(cluster_id: int, data: bytes) -> dict[str, str | int]:
    """The command of a ZCL frame and its fields by name, octets in hex; never raises."""
    try:
        if cluster_id in attributes.CLUSTERS:
            return {"command": attributes.describe(attributes.decode(cluster_id, data)[1])}
        frame = decode(cluster_id, data)
    except Malformed as error:
        return {"error": str(error)}
    told: dict[str, str | int] = {
        "command": type(frame.command).__name__.removesuffix("ToClient"),
        "transaction": frame.tsn,
    }
    for field in frame.command.fields:
        value = getattr(frame.command, field.name)
        if isinstance(value, bytes):
            told[field.name] = value.hex()
        elif isinstance(value, enum.Enum) and not isinstance(value, enum.Flag):
            told[field.name] = value.name
        elif isinstance(value, int):
            told[field.name] = int(value)
        elif value is not None:
            told[field.name] = str(value)
    return told


def describe(cluster_id: int, data: bytes) -> str:
    """Say in one line what a ZCL frame is, e.g. ``TransferData tunnel_id=1 data=194 octets``; never raises."""
    try:
        if cluster_id in attributes.CLUSTERS:
            return attributes.describe(attributes.decode(cluster_id, data)[1])
        frame = decode(cluster_id, data)
    except Malformed as error:
        return f"undecodable: {error}"
    words = [type(frame.command).__name__.removesuffix("ToClient")]
    for field in frame.command.fields:
        value = getattr(frame.command, field.name)
        if isinstance(value, bytes):
            words.append(f"{field.name}={len(value)} octets")
        elif isinstance(value, enum.Flag):
            words.append(f"{field.name}=0x{value.value:02X}")
        elif isinstance(value, enum.Enum):
            words.append(f"{field.name}={value.name}")
        elif value is None:
            continue  # an optional field that is not there
        elif field.name == "manufacturer_code":
            words.append(f"{field.name}=0x{value:04X}")
        else:
            words.append(f"{field.name}={int(value) if isinstance(value, int) else value}")
    return " ".join(words)
