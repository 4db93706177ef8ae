"""Step 1 of the road: an HTTP body becomes a typed request whose XML signature is its originator's."""

from datetime import datetime

from dcc_sim.dcc import Dcc
from dcc_sim.smki import Usage, eui_of, usage_of
from schemas.duis.document import parse
from schemas.duis.request import Request, read_request
from schemas.duis.xml_signature import verify
from schemas.errors import NotAuthentic


def receive(xml: bytes, now: datetime, dcc: Dcc) -> Request:
    """Read, check the shape, check the signature, and that the certificate is the originator's and good at ``now``.

    Raises:
        Malformed: no XML, not of DUIS's shape.
        NotAllowed: E1, the originator is no user.
        NotAuthentic: the signature, or the certificate behind it.
    """
    document = parse(xml)
    request = read_request(document)
    originator = request.request_id.originator
    dcc.inventory.user(originator)
    signer = verify(document, dcc.smki.by_serial)
    certificate = dcc.smki.by_serial(signer.issuer_name, signer.serial)
    dcc.smki.check(certificate, now)
    if usage_of(certificate) is not Usage.XML_SIGNING or eui_of(certificate) != originator:
        raise NotAuthentic("X509SerialNumber", f"is of the XML signing certificate of {originator}")
    return request
