"""What a response carries, as frozen values, and how each is a `Node` of its element."""

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.record import record


@record
class PreCommand:
    """The GBCS pre-command the user is to sign; ``gbcs_version`` such as ``4.1``."""

    gbcs_version: str
    payload: bytes


@record
class ServiceResponse:
    """A device's GBCS response."""

    payload: bytes


@record
class LocalCommand:
    """A GBCS command for the user to bring to the device by hand-held terminal."""

    payload: bytes


@record
class FutureDatedDeviceAlert:
    """A device's alert on how a future-dated command went.

    Attributes:
        alert_code: 0x8F66 or 0x8F67, no other.
        payload: the GBCS alert.
        instruction: which of the command's instructions, 0 to 65,535.
        instructions: how many the command has, 0 to 65,535.
    """

    alert_code: int
    payload: bytes
    instruction: int
    instructions: int


@record
class DeviceAlert:
    """A device's GBCS alert; codes have 16 bits. The throttled pair is 0 to 2^32-1 each.

    Real clients refuse messages that carry the throttled pair.
    """

    alert_code: int
    payload: bytes
    throttled_sequence: int | None = None
    throttled_count: int | None = None


@record
class DccAlert:
    """An alert of the DCC's own; ``event`` is the one element in DCCAlert, see `schemas.duis.bodies.dcc_alerts`."""

    alert_code: str
    event: Node
    throttled_sequence: int | None = None
    throttled_count: int | None = None


@record
class Other:
    """Any other payload, as its element: DSPInventory, DSPScheduleID, CINMessage and so on."""

    node: Node


MessagePayload = PreCommand | ServiceResponse | LocalCommand | FutureDatedDeviceAlert | Other
"""What stands in a ResponseMessage, after its service references."""
Payload = MessagePayload | DeviceAlert | DccAlert


def node_of(payload: Payload) -> Node:
    """The element a payload is written as."""
    match payload:
        case PreCommand():
            return branch("PreCommand", leaf("GBCSVersion", payload.gbcs_version), _gbcs(payload.payload))
        case ServiceResponse():
            return _gbcs(payload.payload)
        case LocalCommand():
            return branch("LocalCommand", _gbcs(payload.payload))
        case FutureDatedDeviceAlert():
            return branch(
                "FutureDatedDeviceAlertMessage",
                _code("FutureDatedAlertCode", payload.alert_code),
                _gbcs(payload.payload),
                leaf("InstructionNumber", payload.instruction),
                leaf("TotalCommandInstructions", payload.instructions),
            )
        case DeviceAlert():
            code = _code("AlertCode", payload.alert_code)
            return branch("DeviceAlertMessage", code, *_throttled(payload), _gbcs(payload.payload))
        case DccAlert():
            dcc_alert = branch("DCCAlert", payload.event)
            return branch("DCCAlertMessage", leaf("DCCAlertCode", payload.alert_code), *_throttled(payload), dcc_alert)
        case Other():
            return payload.node


def payload_of(node: Node) -> Payload:
    """The payload an element holds; its shape was checked on reading."""
    match node.name:
        case "PreCommand":
            return PreCommand(node.text("GBCSVersion"), node.octets("GBCSPayload"))
        case "GBCSPayload":
            return ServiceResponse(node.octets(""))
        case "LocalCommand":
            return LocalCommand(node.octets("GBCSPayload"))
        case "FutureDatedDeviceAlertMessage":
            return FutureDatedDeviceAlert(
                int.from_bytes(node.octets("FutureDatedAlertCode")),
                node.octets("GBCSPayload"),
                node.integer("InstructionNumber"),
                node.integer("TotalCommandInstructions"),
            )
        case "DeviceAlertMessage":
            code = int.from_bytes(node.octets("AlertCode"))
            return DeviceAlert(code, node.octets("GBCSPayload"), *_throttled_pair(node))
        case "DCCAlertMessage":
            return DccAlert(node.text("DCCAlertCode"), node.node("DCCAlert").children[0], *_throttled_pair(node))
        case _:
            return Other(node)


def _gbcs(payload: bytes) -> Node:
    return leaf("GBCSPayload", payload)


def _code(name: str, code: int) -> Node:
    if not 0 <= code <= 0xFFFF:
        raise Malformed(name, f"is from 0 to 0xFFFF, not {code}")
    return leaf(name, code.to_bytes(2), lexical=f"{code:04X}")


def _throttled(payload: DeviceAlert | DccAlert) -> list[Node]:
    pair = (
        ("ThrottledAlertSequenceId", payload.throttled_sequence),
        ("ThrottledAlertCount", payload.throttled_count),
    )
    return [leaf(name, value) for name, value in pair if value is not None]


def _throttled_pair(node: Node) -> tuple[int | None, int | None]:
    sequence, count = (
        node.integer(name) if node.has(name) else None for name in ("ThrottledAlertSequenceId", "ThrottledAlertCount")
    )
    return sequence, count
