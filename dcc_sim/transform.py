"""Step 3 of the road: a DUIS request becomes GBCS, a pre-command to be signed or the body of a command."""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from schemas.duis.node import Node
from schemas.duis.request import Request
from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.envelope import CraFlag, Message, Supplementary
from schemas.gbcs.use_cases.declare import Context, Known, UseCase
from schemas.record import record

GBCS_VERSION = "4.3"
"""The version that a PreCommand answer names: the DUIS and MMC schemas 5.4 are aligned with it."""


@record
class Broker:
    """The access control broker as originator, for a user whose certificates the device does not hold; or the party of
    the DCC that commands in its own name.

    Attributes:
        eui: the party's EUI-64.
        counter: its own originator counter for this command.
    """

    eui: EUI64
    counter: int


_NOTHING_MORE = Known()
CREDENTIALS = "KAPublicSecurityCredentials"
"""Element with the key agreement certificate of a user that the device does not know."""


def transform(
    request: Request, use_case: UseCase, broker: Broker | None = None, known: Known = _NOTHING_MORE
) -> Message:
    """The unsigned GBCS message of ``request``: for a critical one, the pre-command.

    Directly, the header copies the RequestID. Through the broker it carries the broker's id and counter, and the
    user's go into the supplementary fields (gbcs-reference 1.7; 28 templates), with the user's key agreement
    certificate where the request brings it: the device encrypts its response for that key.

    Args:
        known: what the DCC adds to the few commands whose request does not carry it.

    Raises:
        Malformed: naming the DUIS element that GBCS cannot carry.
    """
    asked = request.request_id
    originator, counter, supplementary = asked.originator, asked.counter, None
    if broker is not None:
        originator, counter = broker.eui, broker.counter
        if use_case.dcc_party is None:
            supplementary = Supplementary(asked.originator, asked.counter, certificate=_certificate(request.body))
    context = Context(originator, asked.target, counter, asked.originator, asked.counter, known)
    payload = use_case.encode(request.body, context)
    return Message(
        CraFlag.COMMAND, counter, originator, asked.target, use_case.code, payload, supplementary=supplementary
    )


def _certificate(body: Node) -> bytes:
    """The X.509 DER that the device is to answer to, or nothing where the request has none."""
    if not body.has(CREDENTIALS):
        return b""
    certificate = body.octets(CREDENTIALS)
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except ValueError:
        raise Malformed(CREDENTIALS, "is an X.509 certificate in DER") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Malformed(CREDENTIALS, "is the certificate of a P-256 key")
    return certificate
