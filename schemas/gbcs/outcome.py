"""What an alert says before its details: its code, and of a future-dated command's outcome, which instruction."""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.duis.request_id import RequestId
from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.dlms.access import DataNotification
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.envelope import Message
from schemas.gbcs.gbz import GbzAlert
from schemas.gbcs.payload import decode_payload
from schemas.gbcs.reader import Reader

_FIRMWARE_COMMAND = 0x0012
"""Message code of CS06."""

_CREDENTIAL_COMMANDS, _LOAD_CONTROLLER_COMMANDS = 0x0100, {10: 0x0125, 11: 0x0126}
"""Message codes of CS02b and CS02g by control mode (gbcs-reference 4.3)."""

_INSTRUCTION_LENGTH = b"\x0e"
"""Of a GBZ outcome: 14 octets follow."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a future-dated command: of the whole, where the command has one instruction only (ASN.1).

    Attributes:
        alert: 8F66 carried out, 8F67 failed.
        message_code: of the command.
        request: name of the command's request.
    """

    alert: int
    message_code: int
    request: RequestId


@dataclass(frozen=True, slots=True)
class CosemOutcome(Outcome):
    """The outcome of one activation instruction of a DLMS command.

    Attributes:
        class_id, obis, member: the activation attribute.
    """

    class_id: int
    obis: bytes
    member: int


@dataclass(frozen=True, slots=True)
class ZigbeeOutcome(Outcome):
    """The outcome of one ZigBee command of a GBZ command.

    Attributes:
        cluster, frame_control, command: which one.
    """

    cluster: int
    frame_control: int
    command: int


def alert_code(message: Message) -> int:
    """The alert code, first of a content of any kind.

    Raises:
        Malformed: not an alert's content.
    """
    content = decode_payload(message)
    match content:
        case DataNotification():
            return _elements(content)[0].expect(Tag.LONG_UNSIGNED).number
        case GbzAlert():
            return content.code
        case Ber() if content.children:
            return _unsigned(content.children[0], 16, "alert code")
    raise Malformed("content", "is that of an alert: data notification, GBZ alert or ASN.1 sequence")


def outcome_of(message: Message) -> Outcome | None:
    """The outcome that an alert tells, or None for any other alert.

    Raises:
        Malformed: a message code of outcomes with another layout.
    """
    read = _READS.get(message.message_code)
    return None if read is None else read(message)


def _cosem(message: Message) -> CosemOutcome:
    content = decode_payload(message)
    if not isinstance(content, DataNotification):
        raise Malformed("DLMS tag", "is 0F, a data notification, in an alert")
    elements = _elements(content)
    if len(elements) != 3:
        raise Malformed("alert content", f"has 3 elements with message code 00CC, not {len(elements)}")
    reader = Reader(elements[2].octets)
    code = reader.uint(2, "message code")
    counter = reader.uint(8, "originator counter")
    instruction = reader.uint(2, "class id"), reader.take(6, "logical name"), reader.byte("attribute id")
    reader.finish("future dated instruction")
    return CosemOutcome(alert_code(message), code, _request(message, counter), *instruction)


def _firmware(message: Message) -> Outcome:
    content = decode_payload(message)
    if not isinstance(content, Ber) or len(content.children) != 4:
        raise Malformed("alert content", "has 4 ASN.1 elements with message code 00CA")
    return Outcome(
        alert_code(message), _FIRMWARE_COMMAND, _request(message, _unsigned(content.children[2], 64, "counter"))
    )


def _credentials(message: Message) -> Outcome:
    content = decode_payload(message)
    if not isinstance(content, Ber) or len(content.children) != 3 or len(content.children[2].children) < 2:
        raise Malformed("alert content", "has 3 ASN.1 elements with this message code, the last an outcome")
    counter, mode = content.children[2].children[:2]
    number = _unsigned(mode, 8, "control mode")
    code = _LOAD_CONTROLLER_COMMANDS.get(number, _CREDENTIAL_COMMANDS + number)
    return Outcome(alert_code(message), code, _request(message, _unsigned(counter, 64, "counter")))


def _zigbee(message: Message) -> ZigbeeOutcome:
    content = decode_payload(message)
    if not isinstance(content, GbzAlert):
        raise Malformed("content", "is a GBZ alert with message code 00CD")
    reader = Reader(content.content)
    reader.expect(_INSTRUCTION_LENGTH, "length of the instruction")
    code = reader.uint(2, "message code")
    counter = reader.uint(8, "originator counter")
    instruction = reader.uint(2, "cluster id"), reader.byte("ZCL frame control"), reader.byte("ZCL command")
    reader.finish("future dated instruction")
    return ZigbeeOutcome(content.code, code, _request(message, counter), *instruction)


def _unsigned(value: Ber, bits: int, what: str) -> int:
    if not 0 <= value.number < 1 << bits:
        raise Malformed(what, f"has {bits} bits in an alert")
    return value.number


def _request(message: Message, counter: int) -> RequestId:
    # An outcome goes to the originator of the command, whose counter it tells.
    return RequestId(message.target, message.originator, counter)


def _elements(content: DataNotification) -> tuple[Data, ...]:
    elements = content.body.expect(Tag.STRUCTURE).items
    if len(elements) < 2:
        raise Malformed("alert content", f"has an alert code and a time stamp, not {len(elements)} elements")
    return elements


_READS: dict[int, Callable[[Message], Outcome]] = {
    0x00CA: _firmware,
    0x00CB: _credentials,
    0x00CC: _cosem,
    0x00CD: _zigbee,
    0x0124: _credentials,
}
"""By message code: firmware (CS06), credentials (CS02b), DLMS (41 vectors), GBZ (15 vectors), credentials (CS02g)."""
