"""``sr:Response``: everything the DCC sends a user, from acknowledgement to alert (DUIS XML Schema 5.4)."""

import re
from binascii import b2a_base64
from datetime import UTC, datetime
from functools import lru_cache

from schemas.duis.bodies.answers import ANSWERS, RESPONSE_CODE
from schemas.duis.bodies.dcc_alerts import DCC_ALERT_CODE, EVENTS
from schemas.duis.codes import MEANINGS
from schemas.duis.document import Document
from schemas.duis.node import Node
from schemas.duis.payloads import DccAlert, DeviceAlert, Payload, PreCommand, ServiceResponse, node_of, payload_of
from schemas.duis.reader import read
from schemas.duis.request_id import REQUEST_ID, RequestId
from schemas.duis.services import SERVICE_REFERENCE, SERVICE_REFERENCE_VARIANT
from schemas.duis.shape import SERVICE_USER_GATEWAY, attribute, choice, one, optional, shape
from schemas.duis.signature_shape import SIGNATURE
from schemas.duis.simple import Hex
from schemas.duis.writer import DECLARATION, Canonical, escaped, quoted, write
from schemas.duis.xsd import BYTES, DATE_TIME, DECIMAL, UNSIGNED_INT
from schemas.errors import Malformed
from schemas.record import record

_ROOT = f'{DECLARATION}<sr:Response xmlns:sr="{SERVICE_USER_GATEWAY}" schemaVersion='
_PLAIN = re.compile(r"[0-9A-Za-z.]+")
_THROTTLED = (optional("ThrottledAlertSequenceId", UNSIGNED_INT), optional("ThrottledAlertCount", UNSIGNED_INT))

_RESPONSE = shape(
    attribute("schemaVersion", DECIMAL),
    one(
        "Header",
        optional("RequestID", REQUEST_ID),
        optional("ResponseID", REQUEST_ID),
        one("ResponseCode", RESPONSE_CODE),
        one("ResponseDateTime", DATE_TIME),
    ),
    one(
        "Body",
        choice(
            one(
                "ResponseMessage",
                one("ServiceReference", SERVICE_REFERENCE),
                one("ServiceReferenceVariant", SERVICE_REFERENCE_VARIANT),
                optional(choice(*(one(name, answer) for name, answer in ANSWERS.items()))),
            ),
            # The schema sets no length; GBCS alert codes have two bytes.
            one("DeviceAlertMessage", one("AlertCode", Hex(2, 2)), *_THROTTLED, one("GBCSPayload", BYTES)),
            one(
                "DCCAlertMessage",
                one("DCCAlertCode", DCC_ALERT_CODE),
                *_THROTTLED,
                one("DCCAlert", choice(*(one(name, event) for name, event in EVENTS.items()))),
            ),
        ),
    ),
    optional(SIGNATURE),
)


@record
class Response:
    """One message from the DCC.

    Attributes:
        request_id: of the request answered; None in alerts.
        response_id: of the answer (`RequestId.reversed`); None in answers given at once.
        code: one of `schemas.duis.codes.MEANINGS`.
        moment: when it was made; aware; written to the millisecond.
        service_reference: of the request answered; None with `DeviceAlert` and `DccAlert`, given with any other.
        service_reference_variant: likewise.
        payload: what it carries; None in acknowledgements and errors.
        schema_version: any decimal.
    """

    request_id: RequestId | None
    response_id: RequestId | None
    code: str
    moment: datetime
    service_reference: str | None
    service_reference_variant: str | None
    payload: Payload | None = None
    schema_version: str = "5.4"


def write_response(response: Response) -> bytes:
    """The response as compact XML in UTF-8, not signed.

    Raises:
        Malformed: no such code, a moment without zone, or references that do not go with the payload.
    """
    if response.code not in MEANINGS:
        raise Malformed("ResponseCode", f"is one of the format's, not {response.code!r}")
    asked, answer = response.request_id, response.response_id
    # Ids, code and moment have no character to escape; the codes are those of the format.
    document = (
        f"{_root(response.schema_version)}<sr:Header>"
        f"{'' if asked is None else f'<sr:RequestID>{asked}</sr:RequestID>'}"
        f"{'' if answer is None else f'<sr:ResponseID>{answer}</sr:ResponseID>'}"
        f"<sr:ResponseCode>{response.code}</sr:ResponseCode>"
        f"<sr:ResponseDateTime>{_moment(response.moment)}</sr:ResponseDateTime></sr:Header>"
        f"<sr:Body>{_message(response)}</sr:Body></sr:Response>"
    ).encode()
    return Canonical(document) if _is_canonical(response) else document


def _is_canonical(response: Response) -> bool:
    """Of the three that every request has: no text empty, with white space at an end, or with a reference in it."""
    payload, others = response.payload, (response.service_reference, response.service_reference_variant)
    if isinstance(payload, PreCommand):
        return bool(payload.payload) and _are_plain(response.schema_version, *others, payload.gbcs_version)
    has_text = payload is None or (isinstance(payload, ServiceResponse) and bool(payload.payload))
    return has_text and _are_plain(response.schema_version, *others)


@lru_cache(maxsize=512)
def _are_plain(*texts: str | None) -> bool:
    return all(text is not None and _PLAIN.fullmatch(text) for text in texts)


@lru_cache(maxsize=16)
def _root(schema_version: str) -> str:
    return f'{_ROOT}"{quoted(schema_version)}">'


@lru_cache(maxsize=64)
def _moment(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise Malformed("ResponseDateTime", "has a time zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


@lru_cache(maxsize=512)
def _references(reference: str, variant: str) -> str:
    return (
        f"<sr:ServiceReference>{escaped(reference)}</sr:ServiceReference>"
        f"<sr:ServiceReferenceVariant>{escaped(variant)}</sr:ServiceReferenceVariant>"
    )


def _message(response: Response) -> str:
    reference, variant, payload = response.service_reference, response.service_reference_variant, response.payload
    if isinstance(payload, DeviceAlert | DccAlert):
        if reference is not None or variant is not None:
            raise Malformed("ServiceReference", "is not in alerts")
        return write(node_of(payload))
    if reference is None or variant is None:
        raise Malformed("ServiceReference", "is in every message but alerts, with its variant")
    carried = "" if payload is None else _carried(payload)
    return f"<sr:ResponseMessage>{_references(reference, variant)}{carried}</sr:ResponseMessage>"


def _carried(payload: Payload) -> str:
    """The two that every request has are written without nodes."""
    if isinstance(payload, ServiceResponse):
        return f"<sr:GBCSPayload>{_base64(payload.payload)}</sr:GBCSPayload>"
    if isinstance(payload, PreCommand):
        return (
            f"<sr:PreCommand><sr:GBCSVersion>{escaped(payload.gbcs_version)}</sr:GBCSVersion>"
            f"<sr:GBCSPayload>{_base64(payload.payload)}</sr:GBCSPayload></sr:PreCommand>"
        )
    return write(node_of(payload))


def _base64(octets: bytes) -> str:
    return b2a_base64(octets, newline=False).decode("ascii")


def read_response(document: Document) -> Response:
    """Read a whole response, its signature's form included.

    SMETS1ResponseMessage, which only SMETS1 devices cause, is refused.

    Raises:
        Malformed: naming the path and the rule.
    """
    root = document.root
    if root.tag != f"{{{SERVICE_USER_GATEWAY}}}Response":
        raise Malformed("Response", f"is the root, in {SERVICE_USER_GATEWAY}, not {str(root.tag)[:120]!r}")
    whole = read(root, _RESPONSE)
    header, message = whole.children[0], whole.children[1].children[0]
    is_alert = message.name != "ResponseMessage"
    carried = (message,) if is_alert else message.children[2:]
    return Response(
        request_id=_id(header, "RequestID"),
        response_id=_id(header, "ResponseID"),
        code=header.text("ResponseCode"),
        moment=header.moment("ResponseDateTime"),
        service_reference=None if is_alert else message.text("ServiceReference"),
        service_reference_variant=None if is_alert else message.text("ServiceReferenceVariant"),
        payload=payload_of(carried[0]) if carried else None,
        schema_version=str(root.get("schemaVersion", "")).strip(),
    )


def _id(header: Node, name: str) -> RequestId | None:
    return RequestId.parse(header.text(name)) if header.has(name) else None
