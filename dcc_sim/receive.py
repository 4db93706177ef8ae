"""Step 1 of the road: an HTTP body becomes a typed request, and its XML signature is its originator's."""

from datetime import datetime

from dcc_sim.dcc import Dcc
from dcc_sim.smki import Role, Usage
from schemas.duis.document import Document, parse
from schemas.duis.request import Request, read_request
from schemas.duis.xml_signature import Signed, verify
from schemas.errors import NotAuthentic


def receive(xml: bytes, dcc: Dcc) -> tuple[Document | Signed, Request]:
    """Read, check the shape, and that the originator is a user.

    Raises:
        Malformed: no XML, not of DUIS's shape.
        NotAllowed: E1, the originator is no user.
    """
    read: tuple[Document | Signed, Request] | None = dcc.familiar.read(xml)
    if read is None:
        document = parse(xml)
        read = document, read_request(document)
    dcc.inventory.user(read[1].request_id.originator)
    return read


def authenticate(message: Document | Signed, request: Request, now: datetime, dcc: Dcc) -> None:
    """Check the signature, and that the certificate is the originator's, for XML signing, and good at ``now``.

    Raises:
        NotAuthentic: the signature, or the certificate behind it: role, EUI-64, validity or revocation.
    """
    originator = request.request_id.originator
    signer = verify(message, dcc.smki.key_by_serial)
    certificate = dcc.smki.by_serial(signer.issuer_name, signer.serial)
    dcc.smki.check(certificate, now)
    # What the repository read from it when it came: reading it again takes six times as long.
    entry = dcc.smki.entry(signer.serial)
    # A key of the DCC signs XML as well, but in another role.
    for_xml = entry.usage is Usage.XML_SIGNING and entry.role is Role.XML_SIGN
    # In the ZAZ1 set some parties have none, and sign with the key that signs GBCS (peers 3.2).
    only_key = entry.usage is Usage.SIGNING and dcc.smki.is_pinned(entry.certificate)
    users_own = entry.eui == originator and (for_xml or only_key)
    if not users_own or (entry.certificate is not certificate and entry.certificate != certificate):
        raise NotAuthentic("X509SerialNumber", f"is of the XML signing certificate of {originator}")
