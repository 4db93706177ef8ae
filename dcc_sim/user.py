"""A stand-in user: does over HTTP what a supplier's head end does. The DCC never imports it and never sees its keys."""

from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric import ec

from dcc_sim.smki import Credentials, Repository, Usage, issuer_name
from dcc_sim.transform import transform
from schemas.duis.document import parse
from schemas.duis.node import Node, branch, leaf
from schemas.duis.payloads import PreCommand
from schemas.duis.request import Request, write_request
from schemas.duis.request_id import RequestId
from schemas.duis.response import Response, read_response
from schemas.duis.xml_signature import sign, verify
from schemas.errors import NotAuthentic, NotPossible
from schemas.eui import EUI64
from schemas.gbcs.envelope import Message, decode
from schemas.gbcs.protection import shared_secret, verify_mac, verify_signature
from schemas.gbcs.protection import sign as sign_gbcs
from schemas.gbcs.use_cases.declare import DeviceType, Known
from schemas.gbcs.use_cases.table import for_request

SCHEMA_VERSION = "5.4"
_NOTHING_MORE = Known()


@dataclass(slots=True)
class StandInUser:
    """One user and its keys.

    Attributes:
        smki: where it looks certificates up.
        counter: the last originator counter it used; the next request takes one more.
    """

    name: str
    credentials: Credentials = field(repr=False)
    smki: Repository = field(repr=False)
    counter: int = 1000

    @property
    def eui(self) -> EUI64:
        """The user's EUI-64."""
        return self.credentials.eui

    def request(self, target: EUI64, service: str, variant: int, body: Node) -> Request:
        """A new request with the next counter."""
        self.counter += 1
        reference = ".".join(service.split(".")[:2])
        return Request(RequestId(self.eui, target, self.counter), variant, reference, service, SCHEMA_VERSION, body)

    def write(self, request: Request) -> bytes:
        """The request as signed XML."""
        pair = self.credentials.xml_signing
        if pair is None:
            raise NotPossible("XML signing key", f"is among the credentials of {self.name}")
        return sign(write_request(request), pair.key, issuer_name(pair.certificate), pair.certificate.serial_number)

    def read(self, document: bytes) -> Response:
        """A DUIS response, its signature checked.

        Raises:
            NotAuthentic: the DCC's signature does not hold.
        """
        parsed = parse(document)
        verify(parsed, self.smki.by_serial)
        return read_response(parsed)

    def correlate(
        self, request: Request, answer: Response, known: Known = _NOTHING_MORE, device: DeviceType | None = None
    ) -> Message:
        """The pre-command of an answer, if it is what this user asked for, octet for octet.

        The user transforms the request itself and compares: signing what the DCC returned without that would give
        the DCC the power to make any command.

        Args:
            known: what the user knows besides its request, such as the type of the other device of a join.
            device: type of the target, where it tells commands apart.

        Raises:
            NotPossible: the answer holds no pre-command.
            NotAuthentic: the pre-command does something else.
        """
        if not isinstance(answer.payload, PreCommand):
            raise NotPossible("response", f"holds a PreCommand, this one has code {answer.code}")
        if transform(request, for_request(request, device, known), known=known).encode() != answer.payload.payload:
            raise NotAuthentic("PreCommand", f"is the transform of {request.request_id}")
        return decode(answer.payload.payload)

    def sign_pre_command(self, request: Request, pre_command: Message) -> Request:
        """The SignedPreCommand request (variant 5) for a correlated pre-command; it keeps the RequestID."""
        signed = sign_gbcs(pre_command, self.credentials.signing.key).encode()
        return replace(request, command_variant=5, body=branch("SignedPreCommand", leaf("GBCSPayload", signed)))

    def check(self, message: Message) -> str:
        """Verify a device's message to this user, and say what held.

        Raises:
            NotAuthentic: neither its signature nor its MAC holds.
        """
        if message.signature:
            verify_signature(message, self._key(message.originator, Usage.SIGNING))
            return "signature of the device holds"
        device = self._key(message.originator, Usage.KEY_AGREEMENT)
        verify_mac(message, shared_secret(self.credentials.key_agreement.key, device))
        return "MAC of the device holds"

    def _key(self, eui: EUI64, usage: Usage) -> ec.EllipticCurvePublicKey:
        key = self.smki.certificate(eui, usage).public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise NotAuthentic("certificate", f"of {eui} has a P-256 key")
        return key
