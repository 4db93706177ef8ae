"""``sr:Request``: what a user sends the DCC, whatever the service (DUIS XML Schema 5.4)."""

from lxml import etree

from schemas.duis.bodies import BODIES
from schemas.duis.document import Document
from schemas.duis.node import Node
from schemas.duis.reader import read
from schemas.duis.request_id import REQUEST_ID, RequestId
from schemas.duis.services import SERVICE_REFERENCE, SERVICE_REFERENCE_VARIANT
from schemas.duis.shape import SERVICE_USER_GATEWAY, attribute, choice, one, optional, shape
from schemas.duis.signature_form import has_signature_form
from schemas.duis.signature_shape import SIGNATURE
from schemas.duis.writer import DECLARATION, quoted, write
from schemas.duis.xsd import BOOLEAN, DECIMAL, integer
from schemas.errors import Malformed
from schemas.record import record

_SR = f"{{{SERVICE_USER_GATEWAY}}}"

REQUEST = shape(
    attribute("schemaVersion", DECIMAL),
    one(
        "Header",
        one("RequestID", REQUEST_ID),
        optional("FirstInSequence", BOOLEAN),
        optional("PrecedingServiceRequestID", REQUEST_ID),
        one("CommandVariant", integer(1, 9)),
        one("ServiceReference", SERVICE_REFERENCE),
        one("ServiceReferenceVariant", SERVICE_REFERENCE_VARIANT),
    ),
    one("Body", choice(*(one(name, body) for name, body in BODIES.items()))),
    optional(SIGNATURE),
)


@record
class Request:
    """One service request.

    Attributes:
        request_id: originator, target and counter.
        command_variant: 1 to 9; which road the request takes (DUIS "Command Variant").
        service_reference: such as ``7.13``.
        service_reference_variant: such as ``6.14.1``; equal to the reference where there is one variant only.
        schema_version: as written; any decimal.
        body: the one element in Body.
        first_in_sequence: of a chain of requests; None where not said.
        preceding: the request that must be done before; None where not said.
    """

    request_id: RequestId
    command_variant: int
    service_reference: str
    service_reference_variant: str
    schema_version: str
    body: Node
    first_in_sequence: bool | None = None
    preceding: RequestId | None = None


def read_request(document: Document) -> Request:
    """Read a whole request, its signature's form included; whether the signature holds is `xml_signature.verify`'s.

    Raises:
        Malformed: naming the path and the rule.
    """
    root = document.root
    if root.tag != _SR + "Request":
        raise Malformed("Request", f"is the root, in {SERVICE_USER_GATEWAY}, not {str(root.tag)[:120]!r}")
    # A signature of the one form is of the shape: reading it by the shape is two thirds of a request.
    whole = read(root, REQUEST, but_last=has_signature_form(document))
    return request_of(str(root.get("schemaVersion", "")).strip(), whole)


def request_of(schema_version: str, whole: Node) -> Request:
    """The request that a root node of the shape is; ``schema_version`` as written."""
    header, body = whole.children[:2]
    name, *others, variant, reference, reference_variant = header.children
    first = preceding = None
    for other in others:
        if other.name == "FirstInSequence":
            first = other.boolean("")
        else:
            preceding = RequestId.parse(other.text(""))
    return Request(
        RequestId.parse(name.text("")),
        variant.integer(""),
        reference.text(""),
        reference_variant.text(""),
        schema_version,
        body.children[0],
        first,
        preceding,
    )


def write_request(request: Request) -> bytes:
    """The request as compact XML in UTF-8, not signed. The body is written as given, its shape not checked."""
    first = (
        "" if request.first_in_sequence is None else _text("FirstInSequence", str(request.first_in_sequence).lower())
    )
    preceding = "" if request.preceding is None else _text("PrecedingServiceRequestID", str(request.preceding))
    return (
        f'{DECLARATION}<sr:Request xmlns:sr="{SERVICE_USER_GATEWAY}" schemaVersion="{quoted(request.schema_version)}">'
        f"<sr:Header>{_text('RequestID', str(request.request_id))}{first}{preceding}"
        f"{_text('CommandVariant', str(request.command_variant))}"
        f"{_text('ServiceReference', request.service_reference)}"
        f"{_text('ServiceReferenceVariant', request.service_reference_variant)}</sr:Header>"
        f"<sr:Body>{write(request.body)}</sr:Body></sr:Request>"
    ).encode()


def peek_request_id(document: Document) -> RequestId | None:
    """The RequestID of a request that may be wrong in any other way, to answer an error to; None if there is none."""
    found = document.root.find(f"{_SR}Header/{_SR}RequestID")
    if found is None or not isinstance(found, etree._Element):
        return None
    try:
        return RequestId.parse((found.text or "").strip())
    except Malformed:
        return None


def _text(name: str, text: str) -> str:
    return write(Node(name, lexical=text))
