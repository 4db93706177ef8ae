"""The ``ds:Signature`` element of DUIS messages, built as text: its form is fixed, so no document tree is needed.

What is made here is what [xml_signature.py](xml_signature.py) verifies; the form and its reasons are told there.
"""

import re
from binascii import b2a_base64
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec

from schemas.duis.shape import SERVICE_USER_GATEWAY
from schemas.duis.signature_shape import XML_SIGNATURE
from schemas.duis.writer import DECLARATION, Canonical, escaped
from schemas.ecdsa import signature

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
DIGEST_METHOD = "http://www.w3.org/2001/04/xmlenc#sha256"

_DECLARATION = DECLARATION.encode()

_CANONICAL_HEAD = (
    f'<ds:SignedInfo xmlns:ds="{XML_SIGNATURE}">'
    f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
    f'<ds:SignatureMethod Algorithm="{ECDSA}"></ds:SignatureMethod>'
    f'<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"></ds:Transform></ds:Transforms>'
    f'<ds:DigestMethod Algorithm="{DIGEST_METHOD}"></ds:DigestMethod><ds:DigestValue>'
).encode()
"""SignedInfo up to the digest, already canonical, so that signing needs no second pass of C14N."""
_INFO_TAIL = b"</ds:DigestValue></ds:Reference></ds:SignedInfo>"

_WRITTEN_HEAD = (
    f'<ds:Signature xmlns:ds="{XML_SIGNATURE}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
    f'<ds:SignatureMethod Algorithm="{ECDSA}"/><ds:Reference URI=""><ds:Transforms>'
    f'<ds:Transform Algorithm="{ENVELOPED}"/></ds:Transforms><ds:DigestMethod Algorithm="{DIGEST_METHOD}"/>'
    f"<ds:DigestValue>"
).encode()
"""The same as the clients' tool writes it: no second namespace declaration, empty elements in one tag."""

_PLAIN = re.compile(
    re.escape(_DECLARATION)
    + rf'(<sr:\w++ xmlns:sr="{re.escape(SERVICE_USER_GATEWAY)}" schemaVersion="[0-9.]++">'.encode()
    + rb"(?:<sr:\w++>(?!</)(?:[^<>&\s][^<>&\r]*+)?+|</sr:\w++>)++)"
)
"""A message whose text is its own canonical form: elements of one namespace without attributes, none of them empty,
no white space between them, and no character that is written as a reference."""


class Signer:
    """A key with the name of its certificate.

    Args:
        key: on P-256.
        issuer_name: of the certificate, in RFC 4514 text, e.g. ``CN=Z1,OU=07``.
        serial: of the certificate.
    """

    def __init__(self, key: ec.EllipticCurvePrivateKey, issuer_name: str, serial: int) -> None:
        self._key = key
        self._tail = (
            "</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial>"
            f"<ds:X509IssuerName>{escaped(issuer_name)}</ds:X509IssuerName>"
            f"<ds:X509SerialNumber>{serial}</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo>"
            "</ds:Signature>"
        ).encode()

    def signature_of(self, canonical: bytes) -> bytes:
        """The Signature element over a document whose inclusive canonical form is ``canonical``."""
        digest = b2a_base64(sha256(canonical).digest(), newline=False)
        value = b2a_base64(signature(self._key, _CANONICAL_HEAD + digest + _INFO_TAIL), newline=False)
        # The clients' tool breaks the line after 76 characters, and writes the carriage return as a reference.
        return b"".join(
            (
                *(_WRITTEN_HEAD, digest, _INFO_TAIL, b"<ds:SignatureValue>"),
                *(value[:76], b"&#13;\n", value[76:], self._tail),
            )
        )

    def sign_plain(self, xml: bytes) -> bytes | None:
        """A message that `schemas.duis` has written, with its signature as the last child of the root.

        Most answers are their own canonical form: then neither parsing nor C14N is needed. None for any other, which
        `xml_signature.sign` signs, with the same bytes as here for those that both can sign.

        Args:
            xml: well-formed, as the writer makes it; that it is well-formed is not checked here.
        """
        if type(xml) is Canonical:
            plain = xml[len(_DECLARATION) :]
        else:
            found = _PLAIN.fullmatch(xml)
            if found is None:
                return None
            plain = found[1]
        end = xml.rindex(b"</")
        return b"".join((xml[:end], self.signature_of(plain), xml[end:]))
