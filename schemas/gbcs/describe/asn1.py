"""ASN.1 content, described value by value."""

from cryptography import x509

from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber, generalized_time
from schemas.gbcs.describe.tree import Tree

_CERTIFICATE_PARTS = (0x30, 0x30, 0x03)


def describe_ber(value: Ber) -> Tree:
    """One value and all inside it; a certificate by what it says."""
    if value.constructed:
        if tuple(child.tag for child in value.children) == _CERTIFICATE_PARTS:
            certificate = _certificate(value)
            if certificate is not None:
                return certificate
        return Tree(value.name, children=tuple(describe_ber(child) for child in value.children))
    return Tree(value.name, _primitive(value))


def _primitive(value: Ber) -> str:
    text = value.content.hex().upper()
    if value.name in ("INTEGER", "ENUMERATED") and value.content:
        return f"{value.number} ({text})"
    if value.name == "GeneralizedTime":
        try:
            return f"{generalized_time(value):%Y-%m-%d %H:%M:%S}Z"
        except Malformed:
            return f"not a time: {text}"
    if value.name == "NULL":
        return "null"
    return text or "empty"


def _certificate(value: Ber) -> Tree | None:
    try:
        certificate = x509.load_der_x509_certificate(value.encode())
        fields = (
            Tree("subject", certificate.subject.rfc4514_string() or "empty"),
            Tree("issuer", certificate.issuer.rfc4514_string()),
            Tree("serial", f"{certificate.serial_number:X}"),
            Tree("valid", f"{certificate.not_valid_before_utc:%Y-%m-%d} to {certificate.not_valid_after_utc:%Y-%m-%d}"),
            Tree("DER", value.encode().hex().upper()),
        )
    except Exception:  # the library raises many kinds; what it cannot read is shown as plain ASN.1
        return None
    return Tree("Certificate", children=fields)
