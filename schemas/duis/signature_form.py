"""The one form of a ``ds:Signature`` that DUIS messages have, and its parts.

Everything that could make a signature cover less than the whole document is refused: one Signature, last child of the
root; one Reference, to ``""``; one transform; no attribute, comment or element more than the form has. So Ids, and with
them wrapping, mean nothing here.
"""

import re
from binascii import a2b_base64
from typing import NamedTuple

from lxml import etree

from schemas.duis.document import Document
from schemas.duis.signature_shape import XML_SIGNATURE
from schemas.duis.signer import DIGEST_METHOD, ECDSA, ENVELOPED, EXCLUSIVE
from schemas.duis.simple import WHITE, compact
from schemas.duis.xsd import BYTES
from schemas.errors import NotAuthentic

_DS = f"{{{XML_SIGNATURE}}}"
SIGNATURE_TAG = _DS + "Signature"

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


class SignerRef(NamedTuple):
    """Which certificate signed.

    Attributes:
        issuer_name: as written, e.g. ``CN=Z1,OU=07``.
        serial: the certificate's serial number.
    """

    issuer_name: str
    serial: int


class SignatureForm(NamedTuple):
    """What a signature says, nothing of it checked yet.

    Attributes:
        digest, value: the text of DigestValue and SignatureValue, in base64.
        signer: which certificate.
        signed_info: SignedInfo as it is signed, in its canonical form.
    """

    digest: str
    value: str
    signer: SignerRef
    signed_info: bytes


def signature_form(document: Document) -> SignatureForm:
    """The parts of the document's signature; looked for once.

    Raises:
        NotAuthentic: naming the part that is missing or of another form.
    """
    known = document.signature
    if not isinstance(known, SignatureForm):
        known = document.signature = _form(document.root)
    return known


def has_signature_form(document: Document) -> bool:
    """Whether the signature is of the form, its base64 well-formed: then it is also of XML Signature's shape."""
    try:
        form = signature_form(document)
        BYTES.read(_text(form.digest))
        BYTES.read(_text(form.value))
    except (NotAuthentic, ValueError):
        return False
    return True


def _form(root: etree._Element) -> SignatureForm:
    form = _matched(canonical(_only_signature(root), exclusive=True, with_comments=True).decode())
    signer = SignerRef(_unescaped(form["issuer"]).strip(WHITE), int(form["serial"]))
    # Canonical SignedInfo on its own differs only in that it declares the prefix itself.
    rest = form.string[form.start("start") : form.end("end")]
    signed_info = f"<{form['prefix']}SignedInfo{form['declaration']}{rest}"
    return SignatureForm(form["digest"], form["value"], signer, signed_info.encode())


def _only_signature(root: etree._Element) -> etree._Element:
    found = list(root.iter(SIGNATURE_TAG))
    if len(found) != 1:
        raise NotAuthentic("Signature", f"is there exactly once, not {len(found)} times")
    if len(root) == 0 or root[-1] is not found[0]:
        raise NotAuthentic("Signature", "is the last child of the root")
    return found[0]


def _matched(text: str) -> re.Match[str]:
    found = _WHOLE_FORM.fullmatch(text)
    if found is None:
        raise NotAuthentic(_first_misfit(text), "has the one form of a DUIS signature")
    return found


def _first_misfit(text: str) -> str:
    pattern = ""
    for name, piece in _FORM:
        pattern += piece
        if re.match(pattern, text) is None:
            return name
    return "Signature"


def octets_of(text: str, field: str, size: int) -> bytes:
    """The ``size`` bytes of a base64 text.

    Raises:
        NotAuthentic: naming ``field``.
    """
    try:
        value = a2b_base64(compact(_text(text)), strict_mode=True)
    except ValueError:
        raise NotAuthentic(field, "is base64") from None
    return sized(value, field, size)


def sized(value: bytes, field: str, size: int) -> bytes:
    """``value``, which has ``size`` bytes.

    Raises:
        NotAuthentic: naming ``field``.
    """
    if len(value) != size:
        raise NotAuthentic(field, f"has {size} bytes, not {len(value)}")
    return value


def _text(canonical_text: str) -> str:
    return canonical_text.replace("&#xD;", "\r")


def _unescaped(text: str) -> str:
    for reference, character in (("&#xD;", "\r"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(reference, character)
    return text


def canonical(tree: etree._Element | etree._ElementTree, *, exclusive: bool, with_comments: bool = False) -> bytes:
    """C14N 1.0.

    Raises:
        NotAuthentic: libxml2 cannot, e.g. for a relative namespace.
    """
    try:
        return etree.tostring(tree, method="c14n", exclusive=exclusive, with_comments=with_comments)
    except (etree.LxmlError, ValueError) as error:
        raise NotAuthentic("Signature", f"is over a document that can be canonicalised: {str(error)[:80]}") from None
