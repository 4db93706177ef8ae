"""ASN.1 content, described value by value; certificates by what they say."""

from collections.abc import Callable

from cryptography import x509

from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber, bit_string, generalized_time, object_identifier
from schemas.gbcs.describe.forms import Part, parts, whole
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.envelope import CraFlag

_CERTIFICATE_PARTS = (0x30, 0x30, 0x03)
_LONGEST_NUMBER = 20
_LONGEST_BITS = 8


def describe_ber(code: int, cra: CraFlag, value: Ber) -> Tree:
    """The content of a message with message code ``code``, and all inside it."""
    return _describe(code, cra, value, whole(code, cra, value), outermost=True)


def _describe(code: int, cra: CraFlag, value: Ber, part: Part | None, outermost: bool = False) -> Tree:
    raw = value.encode()
    if not value.constructed:
        return _primitive(value, part, raw)
    tags = tuple(child.tag for child in value.children)
    if tags == _CERTIFICATE_PARTS:
        certificate = _certificate(raw)
        if certificate is not None:
            return certificate
    named = zip(value.children, parts(code, cra, tags, outermost), strict=True)
    children = tuple(_describe(code, cra, child, each) for child, each in named)
    return Tree(value.name, "", children, raw) if part is None else Tree(part[0], value.name, children, raw)


def _primitive(value: Ber, part: Part | None, raw: bytes) -> Tree:
    text = _text(value)
    if part is None:
        return Tree(value.name, text, (), raw)
    name, meaning = part
    explained = meaning(value)
    return Tree(name, f"{value.name} {text}{', ' + explained if explained else ''}", (), raw)


def _text(value: Ber) -> str:
    octets = value.content.hex().upper() or "empty"
    try:
        return _READINGS[value.name](value, octets)
    except KeyError:
        return octets
    except Malformed as error:
        return f"{octets}, but {error}"


def _number(value: Ber, octets: str) -> str:
    # Long integers are keys and signatures: nobody reads them in decimal, and writing them so takes long.
    return octets if len(value.content) > _LONGEST_NUMBER else f"{value.number} ({octets})"


def _bits(value: Ber, octets: str) -> str:
    return octets if len(value.content) > _LONGEST_BITS else f"{bit_string(value)} ({octets})"


_READINGS: dict[str, Callable[[Ber, str], str]] = {
    "INTEGER": _number,
    "ENUMERATED": _number,
    "BIT STRING": _bits,
    "OBJECT IDENTIFIER": lambda value, octets: object_identifier(value),
    "GeneralizedTime": lambda value, octets: f"{generalized_time(value):%Y-%m-%d %H:%M:%S}Z",
    "NULL": lambda value, octets: "null" if octets == "empty" else octets,
    "PrintableString": lambda value, octets: value.content.decode("ascii", "backslashreplace"),
    "UTF8String": lambda value, octets: value.content.decode("utf-8", "backslashreplace"),
    "UTCTime": lambda value, octets: value.content.decode("ascii", "backslashreplace"),
}


def _certificate(raw: bytes) -> Tree | None:
    try:
        certificate = x509.load_der_x509_certificate(raw)
        fields = (
            Tree("subject", certificate.subject.rfc4514_string() or "empty"),
            Tree("issuer", certificate.issuer.rfc4514_string()),
            Tree("serial", f"{certificate.serial_number:X}"),
            Tree("valid", f"{certificate.not_valid_before_utc:%Y-%m-%d} to {certificate.not_valid_after_utc:%Y-%m-%d}"),
            Tree("DER", raw.hex().upper(), (), raw),
        )
    except Exception:  # the library raises many kinds; what it cannot read is shown as plain ASN.1
        return None
    return Tree("Certificate", "", fields, raw)
