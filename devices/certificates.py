"""Certificates as a device reads them: of remote parties, and its own (SMKI profiles, as in the vectors' certificates).

A device knows no repository: what it trusts is in its trust anchor cells, and the rest comes with the command.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier

from schemas.errors import Malformed
from schemas.eui import EUI64

if TYPE_CHECKING:
    from datetime import datetime

_HARDWARE_MODULE_NAME = ObjectIdentifier("1.3.6.1.5.5.7.8.4")
_HARDWARE_TYPE = bytes.fromhex("060d2a863a0001848fb90f01020201")
"""OBJECT IDENTIFIER 1.2.826.0.1.8641679.1.2.2.1, as in the vector of CS02c."""
_SEQUENCE = 0x30
_NO_UNUSED_BITS = b"\x00"
_EUI_LENGTH = 8
_EUI_HEAD = b"\x04\x08"
"""OCTET STRING of 8, the last element of a hardwareModuleName."""
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.ExtensionNotFound)


@dataclass(frozen=True, slots=True)
class RemoteCertificate:
    """A certificate of a remote party, read.

    Attributes:
        party: EUI-64 of the subject.
        role: remote party role, the subject's organisational unit.
        signs, agrees: what its key usage allows; exactly one of them.
        key: its P-256 public key.
        certificate: the whole.
    """

    party: EUI64
    role: int
    signs: bool
    agrees: bool
    key: ec.EllipticCurvePublicKey
    certificate: x509.Certificate


def load(der: bytes) -> x509.Certificate:
    """An X.509 certificate.

    Raises:
        Malformed: it is none.
    """
    try:
        return x509.load_der_x509_certificate(der)
    except _UNREADABLE:
        raise Malformed("certificate", "is X.509 in DER") from None


def read_remote(der: bytes) -> RemoteCertificate:
    """A remote party's certificate.

    Raises:
        Malformed: it keeps to another profile than that of organisations.
    """
    certificate = load(der)
    try:
        unique = certificate.subject.get_attributes_for_oid(NameOID.X500_UNIQUE_IDENTIFIER)
        units = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        signs, agrees = key_usage(certificate)
    except _UNREADABLE:
        raise Malformed("certificate", "is of the profile of organisations") from None
    value = unique[0].value if len(unique) == 1 else None
    if not isinstance(value, bytes) or value[:1] != _NO_UNUSED_BITS or len(value) != 1 + _EUI_LENGTH:
        raise Malformed("x500UniqueIdentifier", "is one BIT STRING of 64 bits")
    if signs == agrees:
        raise Malformed("keyUsage", "is either digitalSignature or keyAgreement")
    return RemoteCertificate(EUI64(value[1:]), _role(units), signs, agrees, public_key(certificate), certificate)


def _role(units: Sequence[x509.NameAttribute[str | bytes]]) -> int:
    text = str(units[0].value) if len(units) == 1 else ""
    try:
        return int(text, 16)
    except ValueError:
        raise Malformed("OrganizationalUnitName", f"is a role as two hex digits, not {text[:16]!r}") from None


def public_key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    """Its key.

    Raises:
        Malformed: no P-256 key.
    """
    try:
        key = certificate.public_key()
    except _UNREADABLE:
        raise Malformed("subjectPublicKeyInfo", "is a P-256 key") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Malformed("subjectPublicKeyInfo", "is a P-256 key")
    return key


def key_usage(certificate: x509.Certificate) -> tuple[bool, bool]:
    """Whether it is for digital signatures, and for key agreement.

    Raises:
        Malformed: no key usage.
    """
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except _UNREADABLE:
        raise Malformed("keyUsage", "is present") from None
    return usage.digital_signature, usage.key_agreement


def device_of(certificate: x509.Certificate) -> EUI64:
    """The device of a device certificate: the hardware serial number in its subjectAltName.

    Raises:
        Malformed: it has none.
    """
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except _UNREADABLE:
        raise Malformed("subjectAltName", "is present") from None
    modules = [name for name in names.get_values_for_type(x509.OtherName) if name.type_id == _HARDWARE_MODULE_NAME]
    if len(modules) != 1 or modules[0].value[-_EUI_LENGTH - 2 : -_EUI_LENGTH] != _EUI_HEAD:
        raise Malformed("subjectAltName", "has one hardwareModuleName with a serial number of 8 octets")
    return EUI64(modules[0].value[-_EUI_LENGTH:])


def device_name(device: EUI64) -> x509.OtherName:
    """How a device's certificate names it: hardware type, and the EUI-64 as serial number."""
    content = _HARDWARE_TYPE + _EUI_HEAD + device
    return x509.OtherName(_HARDWARE_MODULE_NAME, bytes((_SEQUENCE, len(content))) + content)


def key_identifier(key: ec.EllipticCurvePublicKey) -> bytes:
    """8 octets: 0100 and the last 60 bits of the key's SHA-1 (RFC 5280 4.2.1.2, and every vector's certificate)."""
    digest = sha1(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint), usedforsecurity=False).digest()
    return bytes([0x40 | digest[-8] & 0x0F]) + digest[-7:]


def valid_at(certificate: x509.Certificate, at: datetime | None) -> bool:
    """Whether its validity covers ``at``; None asks for no check."""
    return at is None or certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def leads_to(
    certificate: x509.Certificate,
    path: Sequence[x509.Certificate],
    root: ec.EllipticCurvePublicKey | None,
    at: datetime | None,
) -> bool:
    """Whether a certificate is issued by an authority of ``path``, and so on up to one that the root signed.

    Args:
        root: the key of the device's root cell. Without one the path's own last authority has to do (assumed).
        at: when every authority has to be valid; None asks for no check.
    """
    link, left = certificate, list(path)
    while True:
        if root is not None and link is not certificate and _signed_by(link, root):
            return True
        issuer = next((each for each in left if _issues(each, link) and valid_at(each, at)), None)
        if issuer is None:
            return root is None and link is not certificate
        left.remove(issuer)
        link = issuer


def _issues(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        extensions = authority.extensions
        if not extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
        if not extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign:
            return False
        certificate.verify_directly_issued_by(authority)
    except (*_UNREADABLE, InvalidSignature):
        return False
    return True


def _signed_by(certificate: x509.Certificate, key: ec.EllipticCurvePublicKey) -> bool:
    algorithm = certificate.signature_hash_algorithm
    if algorithm is None:
        return False
    try:
        key.verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(algorithm))
    except (*_UNREADABLE, InvalidSignature):
        return False
    return True
