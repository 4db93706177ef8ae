"""The MMC form of a GBCS response or alert: header fields, values under their names, results as words.

There are no MMC samples among the vectors: the mapping is inferred from the schema's names (docs/conformance.md),
and every document is validated against ``MMC Schema V5.4.xsd`` in the tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.duis.node import Node, Value, branch, leaf
from schemas.duis.writer import DECLARATION, write
from schemas.errors import Malformed
from schemas.gbcs.dlms.times import decode_date_time
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.sealed import Opener
from schemas.gbcs.use_cases.declare import Part, UseCase
from schemas.mmc.alerts import alert_content, opened, sealed_parts

NAMESPACE = "http://www.dccinterface.co.uk/ResponseAndAlert"
SCHEMA_VERSION = "5.4"

_NOT_SPECIFIED = 0xFF
_INVALID, _DOUBTFUL, _OTHER_CLOCK = 0x01, 0x02, 0x04


def write_mmc(message: Message, use_case: UseCase | None, opener: Opener | None = None) -> bytes:
    """The GBCSResponse document of ``message``.

    Args:
        use_case: of a response, the one of its command (message codes alone do not tell ECS47's three apart);
            an alert needs none.
        opener: of the encrypted parts; without it they are there as GBCSData.

    Raises:
        Malformed: the message is a command, or its content is not what the use case declares.
        NotAuthentic: an encrypted part does not open.
    """
    if message.cra is CraFlag.COMMAND:
        raise Malformed("CRA flag", "is response or alert in MMC, not command")
    if message.cra is CraFlag.ALERT:
        alert = message if opener is None else opened(message, opener)
        body = branch("DeviceAlertMessage", *sealed_parts(alert), alert_content(alert))
    elif use_case is None:
        raise Malformed("message code", f"is one that this build maps to MMC, not {message.message_code:04X}")
    else:
        body = branch("ResponseMessage", *response_content(message, use_case, opener))
    document = branch("GBCSResponse", branch("Header", *_header(message, use_case)), branch("Body", body))
    text = write(document, prefix="ra")
    head = f'<ra:GBCSResponse xmlns:ra="{NAMESPACE}" schemaVersion="{SCHEMA_VERSION}"'
    return (DECLARATION + text.replace("<ra:GBCSResponse", head, 1)).encode()


def response_content(message: Message, use_case: UseCase, opener: Opener | None = None) -> list[Node]:
    """What stayed encrypted, SMETSData with the values, and DebugInfo with one result per item where there are any."""
    answer = use_case.answer(message, opener)
    content = [*answer.sealed, branch("SMETSData", _place(use_case.response, answer.success, answer.parts))]
    return content if answer.debug is None else [*content, branch("DebugInfo", answer.debug)]


def _header(message: Message, use_case: UseCase | None) -> Iterator[Node]:
    yield leaf("BusinessOriginatorID", message.originator)
    yield leaf("BusinessTargetID", message.target)
    yield leaf("OriginatorCounter", message.originator_counter)
    extra = message.supplementary
    if extra is not None:
        yield leaf("SupplementaryRemotePartyID", extra.remote_party)
        if extra.remote_party_counter is not None:
            yield leaf("SupplementaryRemotePartyCounter", extra.remote_party_counter)
        if extra.originator_counter is not None:
            yield leaf("SupplementaryOriginatorCounter", extra.originator_counter)
    yield leaf("GBCSHexadecimalMessageCode", f"{message.message_code:04X}")
    if use_case is not None and use_case.service:
        yield leaf("ServiceReference", ".".join(use_case.service.split(".")[:2]))
        yield leaf("ServiceReferenceVariant", use_case.service)
    if message.date_time:
        timestamp = leaf("Timestamp", decode_date_time(message.date_time))
        yield timestamp._replace(attributes=_clock(message.date_time[-1]))


def _clock(status: int) -> dict[str, Value]:
    """What the status octet of a date-time says of the clock: DLMS's bits, as the gas reads' headers have them.

    A gas proxy function that tells of its meter's clock marks it as another one than its own (vectors: RELIABLE_GSME).
    """
    if status == _NOT_SPECIFIED:
        return {}
    word = "invalid" if status & _INVALID else "unreliable" if status & _DOUBTFUL else "reliable"
    return {"isFromGSME": bool(status & _OTHER_CLOCK), "ClockStatus": word}


def _place(element: str, success: bool, parts: Sequence[Part]) -> Node:
    """Parts under their places, by rank and then in order of first mention; parts of one place share its element."""
    children: list[Node] = []
    homes: dict[object, int] = {}
    for part in sorted(parts, key=lambda part: part.rank):
        if not part.under:
            children.append(part.node)
            continue
        (name, attributes), *deeper = part.under
        inner = part.node
        for inner_name, inner_attributes in reversed(deeper):
            inner = Node(inner_name, dict(inner_attributes), children=(inner,))
        place = (name, attributes)
        if place in homes:
            home = children[homes[place]]
            children[homes[place]] = home._replace(children=(*home.children, inner))
        else:
            homes[place] = len(children)
            children.append(Node(name, dict(attributes), children=(inner,)))
    return Node(element, {"MessageSuccess": success}, children=tuple(children))
