"""Certificates and certification requests inside messages, read by the library and described by what they say."""

from collections.abc import Callable, Iterator

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from schemas.eui import EUI64
from schemas.gbcs.asn1 import decode_ber
from schemas.gbcs.describe.tree import Tree

_EUI_LENGTH = 8
_USAGES = ("digital_signature", "key_agreement", "key_cert_sign", "crl_sign")


def certificate(raw: bytes) -> Tree | None:
    """A certificate, or None where the library cannot read it."""
    return _read("Certificate", raw, _certificate_fields)


def certification_request(raw: bytes) -> Tree | None:
    """A request for a certificate (PKCS #10), or None where the library cannot read it."""
    return _read("CertificationRequest", raw, _request_fields)


def _read(name: str, raw: bytes, fields: Callable[[bytes], Iterator[Tree]]) -> Tree | None:
    try:
        described = tuple(fields(raw))
    except Exception:  # the library raises many kinds; what it cannot read is shown as plain ASN.1
        return None
    return Tree(name, "", (*described, Tree("DER", raw.hex().upper(), (), raw)), raw)


def _certificate_fields(raw: bytes) -> Iterator[Tree]:
    read = x509.load_der_x509_certificate(raw)
    yield Tree("subject", read.subject.rfc4514_string() or "empty")
    yield Tree("issuer", read.issuer.rfc4514_string())
    yield Tree("serial", f"{read.serial_number:X}")
    yield Tree("valid", f"{read.not_valid_before_utc:%Y-%m-%d} to {read.not_valid_after_utc:%Y-%m-%d}")
    yield from _extension_fields(read.extensions)
    yield _public_key(read)


def _request_fields(raw: bytes) -> Iterator[Tree]:
    read = x509.load_der_x509_csr(raw)
    yield Tree("subject", read.subject.rfc4514_string() or "empty")
    yield from _extension_fields(read.extensions)
    yield _public_key(read)
    yield Tree("self-signed", "holds" if read.is_signature_valid else "does not hold")


def _public_key(read: x509.Certificate | x509.CertificateSigningRequest) -> Tree:
    point = read.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return Tree("public key", point.hex().upper())


def _extension_fields(extensions: x509.Extensions) -> Iterator[Tree]:
    for extension in extensions:
        match extension.value:
            case x509.KeyUsage() as usage:
                yield Tree("usage", ", ".join(name.replace("_", " ") for name in _USAGES if getattr(usage, name)))
            case x509.SubjectKeyIdentifier() as identifier:
                yield Tree("subject key id", identifier.digest.hex().upper())
            case x509.SubjectAlternativeName() as names:
                for other in names.get_values_for_type(x509.OtherName):
                    yield Tree("subject device", _device(other))


def _device(name: x509.OtherName) -> str:
    # hardwareModuleName (RFC 4108): the type of the hardware, then its serial number, here the EUI-64.
    serial = decode_ber(name.value).children[-1].content
    return str(EUI64(serial)) if len(serial) == _EUI_LENGTH else serial.hex().upper()
