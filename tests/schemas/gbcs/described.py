"""What decode shows of DLMS values in a command, a response and an alert."""

from schemas.eui import EUI64
from schemas.gbcs.describe import describe, to_text
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, DataNotification, Item
from schemas.gbcs.dlms.data import (
    Data,
    long_unsigned,
    octets,
    structure,
)
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.use_cases.access import attribute

METER, SUPPLIER = EUI64(bytes.fromhex("AABBCCDDEEFF0011")), EUI64(bytes.fromhex("1122334455667788"))
AT = octets(bytes.fromhex("07EA0101FF000000008000FF"))
NO_MOMENT = octets(bytes.fromhex("FFFFFFFFFFFFFFFFFF8000FF"))


def lines(content: AccessRequest | AccessResponse | DataNotification, code: int, cra: CraFlag) -> list[str]:
    """The described content, without indentation."""
    message = Message(cra, 1, METER, SUPPLIER, code, content.encode())
    return [line.strip() for line in to_text(describe(message.encode())).splitlines()]


def written(class_id: int, obis: str, member: int, value: Data, choice: Choice = Choice.SET) -> list[str]:
    """What is shown of a value in a command, from its own line on."""
    place = attribute(class_id, obis, member)
    item = Item(choice, class_id, place.obis, member, value)
    shown = lines(AccessRequest(1, (item,)), 0x0019, CraFlag.COMMAND)
    start = next(index for index, line in enumerate(shown) if line.startswith(("attribute:", "method:")))
    return shown[start + 1 :]


def answered(code: int, *values: Data, choice: Choice = Choice.GET, result: int = 0) -> list[str]:
    """The items of a response in which all items have one choice and result."""
    response = AccessResponse(1, values, ((choice, result),) * len(values))
    shown = lines(response, code, CraFlag.RESPONSE)
    return shown[next(index for index, line in enumerate(shown) if line.startswith("item 1")) :]


def alerted(code: int, alert: int, *elements: Data) -> list[str]:
    """The elements of an alert after its time stamp."""
    shown = lines(DataNotification(1, structure(long_unsigned(alert), AT, *elements)), code, CraFlag.ALERT)
    return shown[shown.index("time stamp: 2026-01-01 00:00:00Z") + 1 :]
