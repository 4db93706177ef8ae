"""The form of ``ds:Signature`` as far as reading a message goes (W3C XML Signature, without its open ends).

Forms nobody uses in DUIS (Object, KeyValue, PGPData, transforms with content) are refused although W3C's schema lets
them pass. `xml_signature.verify` is stricter still.
"""

import re

from schemas.duis.shape import Element, Item, Repeat, attribute, choice, many, one, optional
from schemas.duis.simple import Token
from schemas.duis.xsd import BYTES, INTEGER, STRING

XML_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"

_ID = attribute("Id", Token(re.compile(r"[A-Za-z_][A-Za-z0-9._-]*"), "a name of ASCII letters"), required=False)
_ALGORITHM = attribute("Algorithm", STRING)


def _one(name: str, *items: Item) -> Element:
    return one(name, *items, namespace=XML_SIGNATURE)


def _optional(name: str, *items: Item) -> Repeat:
    return optional(name, *items, namespace=XML_SIGNATURE)


SIGNATURE = _one(
    "Signature",
    _ID,
    _one(
        "SignedInfo",
        _ID,
        _one("CanonicalizationMethod", _ALGORITHM),
        _one("SignatureMethod", _ALGORITHM),
        many(
            "Reference",
            1,
            None,
            _ID,
            attribute("URI", STRING, required=False),
            attribute("Type", STRING, required=False),
            _optional("Transforms", many("Transform", 1, None, _ALGORITHM, namespace=XML_SIGNATURE)),
            _one("DigestMethod", _ALGORITHM),
            _one("DigestValue", BYTES),
            namespace=XML_SIGNATURE,
        ),
    ),
    _one("SignatureValue", BYTES, _ID),
    _optional(
        "KeyInfo",
        _ID,
        many(
            choice(
                _one("KeyName", STRING),
                _one(
                    "X509Data",
                    many(
                        choice(
                            _one("X509IssuerSerial", _one("X509IssuerName", STRING), _one("X509SerialNumber", INTEGER)),
                            _one("X509SKI", BYTES),
                            _one("X509SubjectName", STRING),
                            _one("X509Certificate", BYTES),
                        ),
                        1,
                        None,
                    ),
                ),
            ),
            1,
            None,
        ),
    ),
)
