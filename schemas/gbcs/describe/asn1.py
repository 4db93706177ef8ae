"""ASN.1 content, described value by value; certificates and certification requests by what they say."""

from collections.abc import Callable

from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber, bit_string, generalized_time, object_identifier
from schemas.gbcs.describe.certificates import certificate, certification_request
from schemas.gbcs.describe.forms import Document, Field, form, inside
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.envelope import CraFlag

_LONGEST_NUMBER = 20
_LONGEST_BITS = 8


def describe_ber(code: int, cra: CraFlag, value: Ber) -> Tree:
    """The content of a message with message code ``code``, and all inside it."""
    return _describe(value, form(code, cra, value))


def _describe(value: Ber, field: Field | None) -> Tree:
    raw = value.encode()
    if not value.constructed:
        return _primitive(value, field, raw)
    if field is not None and field.document is not None:
        document = certificate(raw) if field.document is Document.CERTIFICATE else certification_request(raw)
        if document is not None:
            return document
    named = zip(value.children, inside(field, value.children), strict=True)
    children = tuple(_describe(child, each) for child, each in named)
    return Tree(value.name, "", children, raw) if field is None else Tree(field.name, value.name, children, raw)


def _primitive(value: Ber, field: Field | None, raw: bytes) -> Tree:
    text = _text(value)
    if field is None:
        return Tree(value.name, text, (), raw)
    explained = field.meaning(value)
    return Tree(field.name, f"{value.name} {text}{', ' + explained if explained else ''}", (), raw)


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
