"""What an alert says before its details: its code, and of a future-dated command's outcome, which instruction."""

from dataclasses import dataclass

from schemas.duis.request_id import RequestId
from schemas.errors import Malformed
from schemas.gbcs.dlms.access import DataNotification, decode_dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.envelope import Message
from schemas.gbcs.reader import Reader

OUTCOME_CODE = 0x00CC
"""Message code of alerts 8F66 and 8F67 with a DLMS payload (41 vectors)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one activation instruction.

    Attributes:
        alert: 8F66 carried out, 8F67 failed.
        message_code: of the command.
        request: name of the command's request.
        class_id, obis, member: the activation attribute.
    """

    alert: int
    message_code: int
    request: RequestId
    class_id: int
    obis: bytes
    member: int


def alert_code(message: Message) -> int:
    """The alert code, the first element of a DLMS alert."""
    return _elements(message)[0].expect(Tag.LONG_UNSIGNED).number


def outcome_of(message: Message) -> Outcome | None:
    """The outcome that an alert tells, or None for any other alert.

    Raises:
        Malformed: message code 00CC with another layout.
    """
    if message.message_code != OUTCOME_CODE:
        return None
    elements = _elements(message)
    if len(elements) != 3:
        raise Malformed("alert content", f"has 3 elements with message code 00CC, not {len(elements)}")
    reader = Reader(elements[2].octets)
    code = reader.uint(2, "message code")
    counter = reader.uint(8, "originator counter")
    instruction = reader.uint(2, "class id"), reader.take(6, "logical name"), reader.byte("attribute id")
    reader.finish("future dated instruction")
    request = RequestId(message.target, message.originator, counter)
    return Outcome(alert_code(message), code, request, *instruction)


def _elements(message: Message) -> tuple[Data, ...]:
    content = decode_dlms(message.payload)
    if not isinstance(content, DataNotification):
        raise Malformed("DLMS tag", "is 0F, a data notification, in an alert")
    elements = content.body.expect(Tag.STRUCTURE).items
    if len(elements) < 2:
        raise Malformed("alert content", f"has an alert code and a time stamp, not {len(elements)} elements")
    return elements
