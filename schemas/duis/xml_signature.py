"""Sign and verify the XML signature of DUIS messages, in the one form real clients send and accept.

The document is digested by inclusive C14N 1.0 without its Signature element; only SignedInfo is canonicalised
exclusively (measured on signed samples and on the clients' own signing tool). Everything that could make a signature
cover less than the whole document is refused: one Signature, last child of the root; one Reference, to ``""``; one
transform; no attribute, comment or element more than the form has. So Ids, and with them wrapping, mean nothing here.
"""

from collections.abc import Callable
from copy import deepcopy
from hashlib import sha256
from hmac import compare_digest
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import Certificate
from lxml import etree

from schemas import ecdsa
from schemas.duis.document import DEFAULT_LIMIT, Document, new_parser, root_of
from schemas.duis.signature_form import (
    SIGNATURE_TAG,
    SignatureForm,
    SignerRef,
    canonical,
    octets_of,
    signature_form,
    sized,
)
from schemas.duis.signer import Signer
from schemas.duis.writer import DECLARATION
from schemas.errors import Malformed, NotAuthentic

_COMPACT = new_parser(remove_blank_text=True)


class P256(NamedTuple):
    """A public key that is known to be on P-256."""

    key: ec.EllipticCurvePublicKey


PublicKey = Certificate | ec.EllipticCurvePublicKey | P256


class Signed(NamedTuple):
    """What is signed in a message, and how.

    Attributes:
        form: the signature.
        unsigned: the document without it, in its canonical form.
        octets: what digest and value of the form say, where they have been read already.
    """

    form: SignatureForm
    unsigned: bytes
    octets: tuple[bytes, bytes] | None = None


def signed(document: Document) -> Signed:
    """The signature of a document, and what it is over.

    Raises:
        NotAuthentic: naming the part of the signature that is missing or of another form.
    """
    return Signed(signature_form(document), without_signature(document.root))


def verify(message: Document | Signed, find_certificate: Callable[[str, int], PublicKey | None]) -> SignerRef:
    """Check a message's signature. A document is not changed.

    Args:
        find_certificate: from issuer name and serial to a certificate or its public key, or None if not known.
            Dates, issuer and role of the certificate are the caller's to judge.

    Raises:
        NotAuthentic: naming the part that is missing, of another form, or wrong.
    """
    form, unsigned, octets = message if isinstance(message, Signed) else signed(message)
    if octets is None:
        digest = octets_of(form.digest, "DigestValue", 32)
        value = octets_of(form.value, "SignatureValue", 64)
    else:
        digest, value = sized(octets[0], "DigestValue", 32), sized(octets[1], "SignatureValue", 64)
    if not compare_digest(sha256(unsigned).digest(), digest):
        raise NotAuthentic("DigestValue", "is the SHA-256 of the document without its signature")
    _check_value(_key(find_certificate, form.signer), value, form.signed_info)
    return form.signer


def _key(find_certificate: Callable[[str, int], PublicKey | None], signer: SignerRef) -> ec.EllipticCurvePublicKey:
    found = find_certificate(signer.issuer_name, signer.serial)
    if found is None:
        raise NotAuthentic("X509SerialNumber", f"is of a certificate known here, not {signer.serial}")
    return found.key if isinstance(found, P256) else p256(found).key


def p256(found: Certificate | ec.EllipticCurvePublicKey) -> P256:
    """The key of a signer's certificate.

    Raises:
        NotAuthentic: it is another kind of key.
    """
    key = found.public_key() if isinstance(found, Certificate) else found
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise NotAuthentic("X509SerialNumber", "is of a certificate with a P-256 key")
    return P256(key)


def _check_value(key: ec.EllipticCurvePublicKey, value: bytes, signed: bytes) -> None:
    try:
        ecdsa.verify(key, value, signed)
    except InvalidSignature:
        raise NotAuthentic("SignatureValue", "is the signer's over SignedInfo") from None


def without_signature(root: etree._Element) -> bytes:
    """The canonical form of a document without the signature, its root's last child. The document is not changed."""
    signature = root[-1]
    if signature.tail:
        copy = deepcopy(root.getroottree()).getroot()
        _drop(copy, copy[-1])
        return canonical(copy.getroottree(), exclusive=False)
    # Taking it out and putting it back is a quarter of the time of a copy.
    root.remove(signature)
    try:
        return canonical(root.getroottree(), exclusive=False)
    finally:
        root.append(signature)


def _drop(root: etree._Element, signature: etree._Element) -> None:
    # lxml's remove() takes the text after the element with it; that text is signed, so it goes to the one before.
    tail = signature.tail
    before = signature.getprevious()
    root.remove(signature)
    if tail:
        if before is None:
            root.text = (root.text or "") + tail
        else:
            before.tail = (before.tail or "") + tail


def sign(
    xml: bytes, key: ec.EllipticCurvePrivateKey, issuer_name: str, serial: int, limit: int = DEFAULT_LIMIT
) -> bytes:
    """Sign a message, or sign it anew, as `sign_as` does.

    Args:
        xml: the message, as `schemas.duis.document.parse` takes it.
        key: on P-256.
        issuer_name: of the signer's certificate, in RFC 4514 text, e.g. ``CN=Z1,OU=07``.
        serial: of the signer's certificate.
    """
    return sign_as(Signer(key, issuer_name, serial), xml, limit)


def sign_as(signer: Signer, xml: bytes, limit: int = DEFAULT_LIMIT) -> bytes:
    """Sign a message, or sign it anew: white space between elements and any signature already there are dropped.

    The same message and key always give the same bytes (RFC 6979).

    Returns:
        The message on one line with its signature as the last child of the root.

    Raises:
        Malformed: not XML as `parse` takes it, or nothing in it to sign.
    """
    root = root_of(xml, _COMPACT, limit)
    for old in root.findall(SIGNATURE_TAG):
        _drop(root, old)
    if len(root) == 0:
        raise Malformed("XML", "has something to sign")
    signature = signer.signature_of(canonical(root.getroottree(), exclusive=False))
    body, end, rest = etree.tostring(root.getroottree(), encoding="UTF-8").rpartition(b"</")
    return b"".join((_declared(body), signature, end, rest))


def _declared(body: bytes) -> bytes:
    start = body.index(b"?>") + 2 if body.startswith(b"<?xml ") else 0
    return DECLARATION.encode() + body[start:].lstrip(b"\n")
