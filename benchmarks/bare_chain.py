"""The bare chain: one critical request by hand with lxml and cryptography, and nothing else.

It does what nobody can leave out, once for each message: parse, XML signature, digest, GBCS signatures and MACs. It has
no grammar, policy, certificate check, counter, store, clock or network, trusts its input where a DCC must not, and is
no model for one: it is the yardstick of [dcc_chain.py](dcc_chain.py) and [http_load.py](http_load.py).

Its XML signatures are made with a document tree, as by hand one does. The keys are looked up once, before.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from struct import Struct

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

_SR = "http://www.dccinterface.co.uk/ServiceUserGateway"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_VERIFYING, _SIGNING = ec.ECDSA(SHA256()), ec.ECDSA(SHA256(), deterministic_signing=True)
_HEADER = Struct(">BBBQB8sB8sB")
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)

_ANSWER = (
    f'<sr:Response xmlns:sr="{_SR}" schemaVersion="5.4"><sr:Header><sr:RequestID>%s</sr:RequestID>'
    "<sr:ResponseCode>%s</sr:ResponseCode><sr:ResponseDateTime>2026-01-15T12:00:00.000Z</sr:ResponseDateTime>"
    "</sr:Header><sr:Body><sr:ResponseMessage><sr:ServiceReference>7.13</sr:ServiceReference>"
    "<sr:ServiceReferenceVariant>7.13</sr:ServiceReferenceVariant>%s</sr:ResponseMessage></sr:Body></sr:Response>"
)
_PRE_COMMAND = "<sr:PreCommand><sr:GBCSVersion>4.3</sr:GBCSVersion><sr:GBCSPayload>%s</sr:GBCSPayload></sr:PreCommand>"
_RESPONSE = "<sr:GBCSPayload>%s</sr:GBCSPayload>"
_BLOCK = (
    f'<ds:Signature xmlns:ds="{_DS}"><ds:SignedInfo>'
    '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
    '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>'
    '<ds:Reference URI=""><ds:Transforms>'
    '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></ds:Transforms>'
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>%s</ds:DigestValue>'
    "</ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial>"
    "<ds:X509IssuerName>CN=Z1,OU=07</ds:X509IssuerName><ds:X509SerialNumber>1</ds:X509SerialNumber>"
    "</ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo></ds:Signature>"
)


@dataclass(frozen=True)
class Keys:
    """Every key of the chain.

    Attributes:
        user_xml, user: the user's public keys, of its XML and of its GBCS messages.
        dcc_xml: signs the DCC's answers.
        device: signs the device's responses.
        secret: Z of broker and device, 32 octets; perf anchors cache it, and so do we.
    """

    user_xml: ec.EllipticCurvePublicKey
    user: ec.EllipticCurvePublicKey
    dcc_xml: ec.EllipticCurvePrivateKey
    device: ec.EllipticCurvePrivateKey
    secret: bytes


class BareChain:
    """One critical request in two calls, as the two POSTs of its user.

    Args:
        response: what the device answers, a critical GBCS response without its signature.
        our_operations: count what this DCC counts: the acknowledgement is signed too, and the device's signature is
            not checked. Otherwise the chain of the perf anchors: 5 verifications, 3 signatures.
    """

    def __init__(self, keys: Keys, response: bytes, *, our_operations: bool = False) -> None:
        self.keys = keys
        self.response = response
        self._our_operations = our_operations
        self._device_public = keys.device.public_key()

    def transform(self, xml: bytes, pre_command: bytes) -> bytes:
        """The signed PreCommand answer to ``xml``; its octets are given, transforming is not crypto or XML."""
        root = self._verified(xml)
        return self._signed(root, "I0", _PRE_COMMAND % b64encode(pre_command).decode())

    def send(self, xml: bytes) -> list[bytes]:
        """Broker, device and answer: the signed service response, after a signed acknowledgement where that counts."""
        root = self._verified(xml)
        payload = root.find(f".//{{{_SR}}}GBCSPayload")
        assert payload is not None and payload.text
        signed = b64decode(payload.text)
        _check(self.keys.user, signed[1:-65], signed[-64:])
        response = self._device(b"\xdd" + signed + _mac(self.keys.secret, signed))
        parsed(response)
        answers = [self._signed(root, "I99", "")] if self._our_operations else []
        if not self._our_operations:
            _check(self._device_public, response[1:-65], response[-64:])
        return [*answers, self._signed(root, "I0", _RESPONSE % b64encode(response).decode())]

    def _device(self, command: bytes) -> bytes:
        signed, mac = command[1:-12], command[-12:]
        parsed(signed)
        if not compare_digest(_mac(self.keys.secret, signed), mac):
            raise ValueError("MAC")
        _check(self.keys.user, signed[1:-65], signed[-64:])
        signature = _raw(self.keys.device.sign(self.response[1:], _SIGNING))
        return self.response + b"\x40" + signature

    def _verified(self, xml: bytes) -> etree._Element:
        root = etree.fromstring(xml, _PARSER)
        signature = root.find(f"{{{_DS}}}Signature")
        assert signature is not None
        info = signature.find(f"{{{_DS}}}SignedInfo")
        digest, value = info.find(f".//{{{_DS}}}DigestValue"), signature.find(f"{{{_DS}}}SignatureValue")
        signed = etree.tostring(info, method="c14n", exclusive=True)
        root.remove(signature)
        if sha256(etree.tostring(root, method="c14n")).digest() != b64decode(digest.text):
            raise ValueError("DigestValue")
        _check(self.keys.user_xml, signed, b64decode(value.text))
        return root

    def _signed(self, request: etree._Element, code: str, payload: str) -> bytes:
        root = etree.fromstring(_ANSWER % (request[0][0].text, code, payload), _PARSER)
        digest = b64encode(sha256(etree.tostring(root, method="c14n")).digest()).decode()
        signature = etree.fromstring(_BLOCK % digest, _PARSER)
        signed = etree.tostring(signature[0], method="c14n", exclusive=True)
        signature[1].text = b64encode(_raw(self.keys.dcc_xml.sign(signed, _SIGNING))).decode()
        root.append(signature)
        return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def parsed(message: bytes) -> tuple[int, bytes]:
    """Counter and content of a GBCS message with short lengths, without a MAC header."""
    _, _, _, counter, _, _, _, _, _ = _HEADER.unpack_from(message)
    at = _HEADER.size + message[_HEADER.size - 1]
    at += 1 + message[at]
    return counter, message[at + 1 : at + 1 + message[at]]


def _check(key: ec.EllipticCurvePublicKey, data: bytes, signature: bytes) -> None:
    pair = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    key.verify(pair, data, _VERIFYING)


def _raw(der: bytes) -> bytes:
    r, s = decode_dss_signature(der)
    return r.to_bytes(32) + s.to_bytes(32)


def _mac(secret: bytes, message: bytes) -> bytes:
    key = sha256(b"\0\0\0\1" + secret + bytes(7) + message[2:30]).digest()[:16]
    return AESGCM(key).encrypt(bytes(12), b"", b"\x11\0\0\0\0\0" + message)[:12]
