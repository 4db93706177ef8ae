"""The SMKI repository as clients search it: certificates of a party, and one certificate by its serial.

``POST /services/certificatesearch`` and ``/services/retrievecertificate``, XML in and out, without namespace prefixes
(clients find nothing under one: peers 2.3). Status 402 says that nothing is found, 401 that the request is none.
"""

from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dcc_sim.media import XML
from dcc_sim.smki import Entry, Repository, Status, Usage
from schemas.duis.document import parse
from schemas.errors import Malformed, NotAuthentic, SmartMeterError
from schemas.eui import EUI64

NOT_FOUND, NOT_A_SEARCH = 402, 401
LARGEST_BODY = 10_000
"""Octets; a search has a few hundred."""

_USAGES = {Usage.SIGNING: "DS", Usage.XML_SIGNING: "DS", Usage.KEY_AGREEMENT: "KA"}


def build(now: Callable[[], tuple[Repository, datetime]]) -> Starlette:
    """The service.

    Args:
        now: the repository, and the virtual clock that a certificate's status depends on, as they are at the moment.
    """

    def search(document: etree._Element) -> bytes:
        party = _party(document)
        repository, at = now()
        found = repository.entries(party)
        if not found:
            raise NotAuthentic("EntityIdentifier", f"has certificates here, {party} has none")
        results = (_element("Result", *_listed(entry, repository.status(entry, at))) for entry in found)
        return _answer("CertificateSearchResponse", party.hex(), *results)

    def retrieve(document: etree._Element) -> bytes:
        serial = _serial(document)
        repository, at = now()
        entry = repository.entry(serial)
        whole = _element("CertificateResponse", *_whole(entry, repository.status(entry, at)))
        return _answer("CertificateDataResponse", f"{serial:x}", whole)

    def route(path: str, answer: Callable[[etree._Element], bytes]) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                return Response(answer(parse(await _body(request)).root), 200, media_type=XML)
            except NotAuthentic:
                return Response(_refusal(NOT_FOUND, "no certificate found"), NOT_FOUND, media_type=XML)
            except SmartMeterError as error:
                return Response(_refusal(NOT_A_SEARCH, str(error)), NOT_A_SEARCH, media_type=XML)

        return Route(path, endpoint, methods=["POST"])

    return Starlette(
        routes=[route("/services/certificatesearch", search), route("/services/retrievecertificate", retrieve)]
    )


def _listed(entry: Entry, status: Status) -> Iterator[bytes]:
    yield _serial_of(entry)
    yield _name(entry)
    yield _text("CertificateStatus", status.value)
    yield from _role(entry)
    yield from _tail(entry)


def _whole(entry: Entry, status: Status) -> Iterator[bytes]:
    yield _name(entry)
    yield _serial_of(entry)
    yield _text("CertificateStatus", status.value)
    yield _text("CertificateBody", b64encode(entry.certificate.public_bytes(Encoding.DER)).decode())
    yield from _role(entry)
    yield from _tail(entry)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Malformed("body", f"has at most {LARGEST_BODY} octets")
    return bytes(body)


def _party(document: etree._Element) -> EUI64:
    """The party of a search: a device by its alternative name, an organisation by its subject name, an EUI-64 both."""
    for name in ("CertificateSubjectAltName", "CertificateSubjectName"):
        text = _child(document, "CertificateSearchRequest", name)
        if text is not None:
            return EUI64.parse(text)
    raise Malformed("CertificateSearchRequest", "has a CertificateSubjectAltName or a CertificateSubjectName")


def _serial(document: etree._Element) -> int:
    text = _child(document, "CertificateDataRequest", "CertificateSerial")
    try:
        # Clients drop leading zeros and write lower case: a serial is a number.
        return int(text or "", 16)
    except ValueError:
        raise Malformed("CertificateSerial", "is hex digits") from None


def _child(document: etree._Element, root: str, name: str) -> str | None:
    if etree.QName(document).localname != root:
        raise Malformed(root, f"is the root, not {etree.QName(document).localname[:60]}")
    found = document.find(f"{{*}}{name}")
    return None if found is None or not found.text else found.text.strip()


def _serial_of(entry: Entry) -> bytes:
    return _text("CertificateSerial", f"{entry.certificate.serial_number:X}")


def _name(entry: Entry) -> bytes:
    return _text("CertificateSubjectAltName" if entry.role is None else "CertificateSubjectName", str(entry.eui))


def _role(entry: Entry) -> Iterator[bytes]:
    if entry.role is not None:
        yield _text("CertificateRole", str(int(entry.role)))


def _tail(entry: Entry) -> Iterator[bytes]:
    yield _text("CertificateUsage", _USAGES[entry.usage])
    yield _text("ManufacturingFlag", "false")


def _answer(root: str, asked: str, *results: bytes) -> bytes:
    reference = sha256(asked.encode()).hexdigest()[:20]
    head = _text("ResponseCode", "200"), _text("ResponseMessage", "Success"), _text("AuditReference", reference)
    return _DECLARATION + _element(root, *head, *results)


def _refusal(status: int, why: str) -> bytes:
    code, message = _text("ResponseCode", str(status)), _text("ResponseMessage", why)
    return _DECLARATION + _element("CertificateSearchResponse", code, message)


_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>'


def _text(name: str, text: str) -> bytes:
    element = etree.Element(name)
    element.text = text
    return etree.tostring(element)


def _element(name: str, *children: bytes) -> bytes:
    return b"<" + name.encode() + b">" + b"".join(children) + b"</" + name.encode() + b">"
