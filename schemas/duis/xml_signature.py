"""Sign and verify the XML signature of DUIS messages, in the one form real clients send and accept.

The document is digested by inclusive C14N 1.0 without its Signature element; only SignedInfo is canonicalised
exclusively (measured on signed samples and on the clients' own signing tool). Everything that could make a signature
cover less than the whole document is refused: one Signature, last child of the root; one Reference, to ``""``; one
transform; no attribute, comment or element more than the form has. So Ids, and with them wrapping, mean nothing here.
"""

import re
from base64 import b64decode
from collections.abc import Callable
from copy import deepcopy
from hashlib import sha256
from hmac import compare_digest
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate
from lxml import etree

from schemas.duis.document import DEFAULT_LIMIT, Document, new_parser, root_of
from schemas.duis.signature_shape import XML_SIGNATURE
from schemas.duis.signer import DIGEST_METHOD, ECDSA, ENVELOPED, EXCLUSIVE, Signer
from schemas.duis.simple import WHITE
from schemas.duis.writer import DECLARATION
from schemas.errors import Malformed, NotAuthentic

_DS = f"{{{XML_SIGNATURE}}}"
_SIGNATURE = _DS + "Signature"

_W = r"(?:[ \t\n]|&#xD;)*+"
_BASE64 = r"(?:[A-Za-z0-9+/= \t\n]|&#xD;)*+"


def _open(name: str, attribute: str = "", value: str = "") -> tuple[str, str]:
    given = f' {attribute}="{re.escape(value)}"' if attribute else ""
    return name, f"{_W}<(?P=prefix){name}{given}>"


def _close(name: str) -> tuple[str, str]:
    return name, f"{_W}</(?P=prefix){name}>"


_FORM = (
    ("Signature", rf'<(?P<prefix>(?:[^\s:<>]+:)?)Signature(?P<declaration> xmlns[^\s<>]*="{XML_SIGNATURE}")>'),
    ("SignedInfo", rf"{_W}<(?P=prefix)SignedInfo(?P<start>)>"),
    _open("CanonicalizationMethod", "Algorithm", EXCLUSIVE),
    _close("CanonicalizationMethod"),
    _open("SignatureMethod", "Algorithm", ECDSA),
    _close("SignatureMethod"),
    ("Reference", rf'{_W}<(?P=prefix)Reference URI="">'),
    _open("Transforms"),
    _open("Transform", "Algorithm", ENVELOPED),
    _close("Transform"),
    _close("Transforms"),
    _open("DigestMethod", "Algorithm", DIGEST_METHOD),
    _close("DigestMethod"),
    _open("DigestValue"),
    ("DigestValue", f"(?P<digest>{_BASE64})</(?P=prefix)DigestValue>"),
    _close("Reference"),
    ("SignedInfo", rf"{_W}</(?P=prefix)SignedInfo>(?P<end>)"),
    _open("SignatureValue"),
    ("SignatureValue", f"(?P<value>{_BASE64})</(?P=prefix)SignatureValue>"),
    _open("KeyInfo"),
    _open("X509Data"),
    _open("X509IssuerSerial"),
    _open("X509IssuerName"),
    ("X509IssuerName", "(?P<issuer>[^<]*)</(?P=prefix)X509IssuerName>"),
    _open("X509SerialNumber"),
    # RFC 5280 4.1.2.2: at most 20 bytes, so at most 49 digits.
    ("X509SerialNumber", f"{_W}(?P<serial>[0-9]{{1,49}}){_W}</(?P=prefix)X509SerialNumber>"),
    _close("X509IssuerSerial"),
    _close("X509Data"),
    _close("KeyInfo"),
    _close("Signature"),
)
"""The one form of a signature, as exclusive C14N writes it with any one prefix: what each piece is, and its pattern.

What comes next is always told by the next character, so matching is linear.
"""

_WHOLE_FORM = re.compile("".join(pattern for _, pattern in _FORM))

_ECDSA_SHA256 = ec.ECDSA(SHA256())
_COMPACT = new_parser(remove_blank_text=True)
_NO_WHITE = str.maketrans("", "", WHITE)

PublicKey = Certificate | ec.EllipticCurvePublicKey


class SignerRef(NamedTuple):
    """Which certificate signed.

    Attributes:
        issuer_name: as written, e.g. ``CN=Z1,OU=07``.
        serial: the certificate's serial number.
    """

    issuer_name: str
    serial: int


def verify(document: Document, find_certificate: Callable[[str, int], PublicKey | None]) -> SignerRef:
    """Check a message's signature. The document is not changed.

    Args:
        find_certificate: from issuer name and serial to a certificate or its public key, or None if not known.
            Dates, issuer and role of the certificate are the caller's to judge.

    Raises:
        NotAuthentic: naming the part that is missing, of another form, or wrong.
    """
    form = _form(_canonical(_only_signature(document.root), exclusive=True, with_comments=True).decode())
    digest = _base64(form["digest"], "DigestValue", 32)
    value = _base64(form["value"], "SignatureValue", 64)
    signer = SignerRef(_unescaped(form["issuer"]).strip(WHITE), int(form["serial"]))
    if not compare_digest(sha256(_without_signature(document.root)).digest(), digest):
        raise NotAuthentic("DigestValue", "is the SHA-256 of the document without its signature")
    # Canonical SignedInfo on its own differs only in that it declares the prefix itself.
    rest = form.string[form.start("start") : form.end("end")]
    signed_info = f"<{form['prefix']}SignedInfo{form['declaration']}{rest}"
    _check_value(_key(find_certificate, signer), value, signed_info.encode())
    return signer


def _only_signature(root: etree._Element) -> etree._Element:
    found = list(root.iter(_SIGNATURE))
    if len(found) != 1:
        raise NotAuthentic("Signature", f"is there exactly once, not {len(found)} times")
    if len(root) == 0 or root[-1] is not found[0]:
        raise NotAuthentic("Signature", "is the last child of the root")
    return found[0]


def _form(canonical: str) -> re.Match[str]:
    found = _WHOLE_FORM.fullmatch(canonical)
    if found is None:
        raise NotAuthentic(_first_misfit(canonical), "has the one form of a DUIS signature")
    return found


def _first_misfit(canonical: str) -> str:
    pattern = ""
    for name, piece in _FORM:
        pattern += piece
        if re.match(pattern, canonical) is None:
            return name
    return "Signature"


def _base64(text: str, field: str, size: int) -> bytes:
    try:
        value = b64decode(text.replace("&#xD;", "").translate(_NO_WHITE), validate=True)
    except ValueError:
        raise NotAuthentic(field, "is base64") from None
    if len(value) != size:
        raise NotAuthentic(field, f"has {size} bytes, not {len(value)}")
    return value


def _unescaped(text: str) -> str:
    for reference, character in (("&#xD;", "\r"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(reference, character)
    return text


def _key(find_certificate: Callable[[str, int], PublicKey | None], signer: SignerRef) -> ec.EllipticCurvePublicKey:
    found = find_certificate(signer.issuer_name, signer.serial)
    if found is None:
        raise NotAuthentic("X509SerialNumber", f"is of a certificate known here, not {signer.serial}")
    key = found.public_key() if isinstance(found, Certificate) else found
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise NotAuthentic("X509SerialNumber", "is of a certificate with a P-256 key")
    return key


def _check_value(key: ec.EllipticCurvePublicKey, value: bytes, signed: bytes) -> None:
    pair = encode_dss_signature(int.from_bytes(value[:32]), int.from_bytes(value[32:]))
    try:
        key.verify(pair, signed, _ECDSA_SHA256)
    except InvalidSignature:
        raise NotAuthentic("SignatureValue", "is the signer's over SignedInfo") from None


def _without_signature(root: etree._Element) -> bytes:
    copy = deepcopy(root.getroottree()).getroot()
    _drop(copy, copy[-1])
    return _canonical(copy.getroottree(), exclusive=False)


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


def _canonical(tree: etree._Element | etree._ElementTree, *, exclusive: bool, with_comments: bool = False) -> bytes:
    try:
        return etree.tostring(tree, method="c14n", exclusive=exclusive, with_comments=with_comments)
    except (etree.LxmlError, ValueError) as error:
        raise NotAuthentic("Signature", f"is over a document that can be canonicalised: {str(error)[:80]}") from None


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
    for old in root.findall(_SIGNATURE):
        _drop(root, old)
    if len(root) == 0:
        raise Malformed("XML", "has something to sign")
    signature = signer.signature_of(_canonical(root.getroottree(), exclusive=False))
    body, end, rest = etree.tostring(root.getroottree(), encoding="UTF-8").rpartition(b"</")
    return b"".join((_declared(body), signature, end, rest))


def _declared(body: bytes) -> bytes:
    start = body.index(b"?>") + 2 if body.startswith(b"<?xml ") else 0
    return DECLARATION.encode() + body[start:].lstrip(b"\n")
