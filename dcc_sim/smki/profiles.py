"""The certificate profiles: what is written into a certificate, and beside it how it is read back.

The form is that of the ZAZ1 organisation set and of the RTDS 4.5.0 device set, read from their certificates:

    organisation  subject CN (name), OU (role, two hex digits), x500UniqueIdentifier (BIT STRING of the EUI-64)
    device        empty subject; critical SAN otherName hardwareModuleName (RFC 4108) holding the EUI-64
    both          critical keyUsage with one use, 8-octet key identifiers (RFC 5280 4.2.1.2 method 2), critical policy
"""

from datetime import UTC, datetime
from enum import Enum, IntEnum
from hashlib import sha1
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID, ObjectIdentifier

from schemas.errors import Malformed
from schemas.eui import EUI64

VALID_FROM: Final = datetime(2014, 1, 1, tzinfo=UTC)
VALID_TO: Final = datetime(2050, 1, 1, tzinfo=UTC)

_POLICY = ObjectIdentifier("1.2.826.0.1.8641679.1.2.1.4")
_HARDWARE_MODULE_NAME = ObjectIdentifier("1.3.6.1.5.5.7.8.4")
_HARDWARE_TYPE = bytes.fromhex("060d2a863a0001848fb90f01020201")  # 1.2.826.0.1.8641679.1.2.2.1
_SEQUENCE, _OBJECT_IDENTIFIER = 0x30, 0x06
_EUI_OCTETS = b"\x04\x08"  # OCTET STRING of 8
_NO_UNUSED_BITS = b"\x00"


class Role(IntEnum):
    """Remote party role, the OU of an organisation certificate (GBCS "RemotePartyRole")."""

    ROOT = 0
    RECOVERY = 1
    SUPPLIER = 2
    NETWORK_OPERATOR = 3
    ACCESS_CONTROL_BROKER = 4
    TRANSITIONAL_COS = 5
    WAN_PROVIDER = 6
    ISSUING_AUTHORITY = 7
    LOAD_CONTROLLER = 8
    OTHER = 127
    XML_SIGN = 135
    DSP_XML_SIGN = 137


class Usage(Enum):
    """What a key is for. The SMKI interface knows two, DS and KA: an XML signing key is DS with role 135 or 137."""

    SIGNING = "ds"
    KEY_AGREEMENT = "ka"
    XML_SIGNING = "xml"

    @property
    def published(self) -> str:
        """``DS`` or ``KA``, as CertificateUsage has it."""
        return "KA" if self is Usage.KEY_AGREEMENT else "DS"


def organisation_subject(name: str, role: Role, eui: EUI64 | None = None) -> x509.Name:
    """Subject of an organisation or an authority; authorities carry no EUI-64."""
    attributes = [
        x509.NameAttribute(NameOID.COMMON_NAME, name),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"{role:02X}"),
    ]
    if eui is None:
        # Reversed, so that RFC 4514, which prints the last first, gives the "CN=..,OU=07" of X509IssuerName.
        return x509.Name(attributes[::-1])
    # cryptography has no public name for the one ASN.1 type that this attribute may have (X.520 6.2.7).
    unique = x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, _NO_UNUSED_BITS + eui, _type=_ASN1Type.BitString)
    return x509.Name([*attributes, unique])


def device_alternative_name(eui: EUI64) -> x509.SubjectAlternativeName:
    """hardwareModuleName: SEQUENCE of the hardware type and, as serial number, the EUI-64."""
    content = _HARDWARE_TYPE + _EUI_OCTETS + eui
    value = bytes([_SEQUENCE, len(content)]) + content
    return x509.SubjectAlternativeName([x509.OtherName(_HARDWARE_MODULE_NAME, value)])


def eui_of(certificate: x509.Certificate | x509.CertificateSigningRequest) -> EUI64:
    """The EUI-64 of an organisation or device certificate, or of a request for one.

    Raises:
        Malformed: the certificate has none in the place of its profile, as those of authorities.
    """
    unique = certificate.subject.get_attributes_for_oid(NameOID.X500_UNIQUE_IDENTIFIER)
    if unique:
        value = unique[0].value
        if len(unique) != 1 or not isinstance(value, bytes) or value[:1] != _NO_UNUSED_BITS:
            raise Malformed("x500UniqueIdentifier", "is one BIT STRING with no unused bits")
        return EUI64(value[1:])
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise Malformed("certificate subject", "names an EUI-64") from None
    modules = [name for name in names.get_values_for_type(x509.OtherName) if name.type_id == _HARDWARE_MODULE_NAME]
    if len(modules) != 1:
        raise Malformed("subjectAltName", f"has one hardwareModuleName, not {len(modules)}")
    return _hardware_serial(modules[0].value)


def _hardware_serial(value: bytes) -> EUI64:
    tail = len(_EUI_OCTETS) + 8
    header, eui = value[:-8], value[-8:]
    if (
        len(value) < 4 + tail
        or (value[0], value[1], value[2]) != (_SEQUENCE, len(value) - 2, _OBJECT_IDENTIFIER)
        or value[3] != len(value) - 4 - tail
        or not header.endswith(_EUI_OCTETS)
    ):
        raise Malformed("hardwareModuleName", "is SEQUENCE of OBJECT IDENTIFIER and OCTET STRING of 8")
    return EUI64(eui)


def role_of(certificate: x509.Certificate) -> Role:
    """The role of an organisation or authority certificate.

    Raises:
        Malformed: no OU (a device certificate), or not two hex digits of a known role.
    """
    units = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    if len(units) != 1:
        raise Malformed("OrganizationalUnitName", f"is there once, not {len(units)} times")
    text = str(units[0].value)
    for role in Role:
        if text.upper() == f"{role:02X}":
            return role
    raise Malformed("OrganizationalUnitName", f"is a role as two hex digits, not {text[:16]!r}")


def usage_of(certificate: x509.Certificate | x509.CertificateSigningRequest) -> Usage:
    """What the key of an organisation or device certificate is for, or of a request for one.

    Raises:
        Malformed: keyUsage is missing or not exactly one of digitalSignature and keyAgreement.
    """
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        raise Malformed("keyUsage", "is present") from None
    if usage.digital_signature == usage.key_agreement:
        raise Malformed("keyUsage", "is either digitalSignature or keyAgreement")
    if usage.key_agreement:
        return Usage.KEY_AGREEMENT
    is_device = not list(certificate.subject)
    xml = (
        isinstance(certificate, x509.Certificate)
        and not is_device
        and role_of(certificate) in (Role.XML_SIGN, Role.DSP_XML_SIGN)
    )
    return Usage.XML_SIGNING if xml else Usage.SIGNING


def issuer_name(certificate: x509.Certificate) -> str:
    """The issuer as X509IssuerName has it, e.g. ``CN=DSIM1,OU=07``."""
    return certificate.issuer.rfc4514_string()


def builder(
    subject: x509.Name, issuer: x509.Name, public_key: EllipticCurvePublicKey, authority: EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    """What every certificate has: names, key, validity, key identifiers, policy. The serial is still open."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_TO)
        .add_extension(x509.SubjectKeyIdentifier(_key_identifier(public_key)), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier(_key_identifier(authority), None, None), critical=False)
        .add_extension(x509.CertificatePolicies([x509.PolicyInformation(_POLICY, None)]), critical=True)
    )


def key_usage(*, signing: bool = False, agreement: bool = False, authority: bool = False) -> x509.KeyUsage:
    """keyUsage with the bits of one profile."""
    return x509.KeyUsage(
        digital_signature=signing,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=agreement,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _key_identifier(key: EllipticCurvePublicKey) -> bytes:
    # RFC 5280 4.2.1.2 (2): 0100 and the last 60 bits of the SHA-1 of the key; a name here, not a protection.
    digest = sha1(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint), usedforsecurity=False).digest()
    return bytes([0x40 | digest[-8] & 0x0F]) + digest[-7:]
