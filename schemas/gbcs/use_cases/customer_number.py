"""The customer identification number that a command shows on a meter (ECS50, GCS36: SR 9.1)."""

from schemas.errors import Malformed
from schemas.gbcs.dlms.access import AccessRequest
from schemas.gbcs.envelope import Message
from schemas.gbcs.gbz import GbzMessage
from schemas.gbcs.payload import decode_payload
from schemas.gbcs.zcl.table import read

SERVICE = "9.1"


def customer_number(command: Message) -> str:
    """The four digits in a command of SR 9.1.

    Raises:
        Malformed: it is another command.
    """
    content = decode_payload(command)
    if isinstance(content, AccessRequest) and len(content.items) == 1:
        return content.items[0].data.octets.decode("ascii", "replace")
    if isinstance(content, GbzMessage) and content.components:
        return read(content.components[0]).octets("customer id number").decode("ascii", "replace")
    raise Malformed("message code", f"is of ECS50 or GCS36, not {command.message_code:04X}")
