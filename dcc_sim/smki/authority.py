"""The authorities: a root, one issuing authority for organisations and one for devices."""

import re
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dcc_sim.smki.credentials import Credentials, KeyPair
from dcc_sim.smki.derive import private_key, serial_number
from dcc_sim.smki.folder import Folder
from dcc_sim.smki.profiles import (
    Role,
    Usage,
    builder,
    device_alternative_name,
    eui_of,
    key_usage,
    organisation_subject,
    usage_of,
)
from dcc_sim.smki.repository import Repository
from schemas.errors import NotAuthentic, NotPossible
from schemas.eui import EUI64

ROOT: Final = "DSIM0"
ORGANISATION_AUTHORITY: Final = "DSIM1"
DEVICE_AUTHORITY: Final = "DSIM2"

# An organisation's name becomes a file name too.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# Who signs DUIS with a key of its own; the others of the DCC use their signing key (the ZAZ1 set, peers 3.2).
_XML_ROLE: Final = {
    Role.SUPPLIER: Role.XML_SIGN,
    Role.NETWORK_OPERATOR: Role.XML_SIGN,
    Role.LOAD_CONTROLLER: Role.XML_SIGN,
    Role.OTHER: Role.XML_SIGN,
    Role.ACCESS_CONTROL_BROKER: Role.DSP_XML_SIGN,
}
_ORGANISATIONS: Final = {*_XML_ROLE, Role.RECOVERY, Role.TRANSITIONAL_COS, Role.WAN_PROVIDER}


class Smki(Repository):
    """The repository together with the authorities that fill it.

    Keys of parties leave in their Credentials and are not kept. What only reads should be given it as ``Repository``.

    Args:
        seed: any octets but none; a secret if anything about this test SMKI is to be one.
        given: another SMKI; its certificates are good here, and used wherever it has one with its key.

    Raises:
        ValueError: the seed is empty.
        NotPossible: two certificates of the given one have the same issuer and serial.
    """

    def __init__(self, seed: bytes, given: Folder | None = None) -> None:
        if not seed:
            raise ValueError("the seed of an SMKI has at least one octet")
        super().__init__()
        self._seed = seed
        self._root = self._authority(ROOT, Role.ROOT, None)
        self._organisations = self._authority(ORGANISATION_AUTHORITY, Role.ISSUING_AUTHORITY, self._root)
        self._devices = self._authority(DEVICE_AUTHORITY, Role.ISSUING_AUTHORITY, self._root)
        self._given = given or Folder()
        self._take()

    @property
    def root(self) -> x509.Certificate:
        """The root, self-signed."""
        return self._root.certificate

    @property
    def organisation_authority(self) -> x509.Certificate:
        """Who issues to organisations: ``CN=DSIM1,OU=07``."""
        return self._organisations.certificate

    @property
    def device_authority(self) -> x509.Certificate:
        """Who issues to devices: ``CN=DSIM2,OU=07``."""
        return self._devices.certificate

    @property
    def from_folder(self) -> bool:
        """Whether a folder gave keys or certificates, so that the seed alone does not give them again."""
        return self._given != Folder()

    def issue_organisation(self, eui: EUI64, role: Role, name: str, *, generation: int = 0) -> Credentials:
        """Certificates of an organisation; asking again gives the same ones.

        Args:
            eui: the organisation.
            role: what it is; XML signing roles come with it and are not asked for.
            name: common name and file name, 1..64 letters, digits, dots, underscores and hyphens.
            generation: 0..255; a higher one is a new set of keys, and the newest issued is the one in use.

        Raises:
            NotPossible: no organisation has this role, the name does not fit, the EUI-64 is another kind of party, or
                a certificate of this generation is revoked.
        """
        if role not in _ORGANISATIONS:
            raise NotPossible("RemotePartyRole", f"is one of an organisation, not {role.name}")
        if _NAME.fullmatch(name) is None:
            raise NotPossible("commonName", "has 1..64 letters, digits, dots, underscores and hyphens")
        xml_role = _XML_ROLE.get(role)
        self._keep_kind(eui, {role, xml_role or role})

        def issue(usage: Usage, role: Role) -> KeyPair:
            subject = organisation_subject(name, role, eui)
            return self._issue(self._organisations, subject, usage, (eui, bytes([role, generation]), name.encode()))

        return Credentials(
            eui,
            name,
            signing=issue(Usage.SIGNING, role),
            key_agreement=issue(Usage.KEY_AGREEMENT, role),
            xml_signing=issue(Usage.XML_SIGNING, xml_role) if xml_role is not None else None,
        )

    def issue_device(self, eui: EUI64, *, generation: int = 0) -> Credentials:
        """Certificates of a device, with an empty subject; ``generation`` and the errors as for an organisation."""
        self._keep_kind(eui, {None})

        def issue(usage: Usage) -> KeyPair:
            return self._issue(self._devices, x509.Name([]), usage, (eui, bytes([generation])))

        return Credentials(eui, eui.hex(), signing=issue(Usage.SIGNING), key_agreement=issue(Usage.KEY_AGREEMENT))

    def certify_device(self, request: x509.CertificateSigningRequest) -> x509.Certificate:
        """The certificate of a device's new key pair, for its certification request (SR 6.17); in use from now on.

        Raises:
            NotAuthentic: the request is not signed with its own key.
            Malformed: it names no device, or is neither for signatures nor for key agreement.
            NotPossible: the device is another kind of party, or the key is no P-256 key.
        """
        key = request.public_key()
        if not request.is_signature_valid:
            raise NotAuthentic("certification request", "is signed with the key that it asks a certificate for")
        if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
            raise NotPossible("certification request", "is for a P-256 key")
        eui = eui_of(request)
        self._keep_kind(eui, {None})
        usage = usage_of(request)
        open_certificate = builder(
            x509.Name([]), self._devices.certificate.subject, key, self._devices.key.public_key()
        ).add_extension(
            key_usage(signing=usage is not Usage.KEY_AGREEMENT, agreement=usage is Usage.KEY_AGREEMENT), critical=True
        )
        named = open_certificate.add_extension(device_alternative_name(eui), critical=True)
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        certificate = _signed(self._seed, named, self._devices.key, (eui, point, usage.value.encode()))
        self._add(certificate)
        return certificate

    def _keep_kind(self, eui: EUI64, roles: set[Role] | set[None]) -> None:
        # Two roles under one EUI-64 would leave open whose key "the certificate in use" is.
        if any(entry.role not in roles for entry in self.entries(eui)):
            raise NotPossible("EntityIdentifier", f"{eui} is not another kind of party already")

    def _issue(self, issuer: KeyPair, subject: x509.Name, usage: Usage, label: tuple[bytes, ...]) -> KeyPair:
        given = self._given.pairs.get((EUI64(label[0]), usage))
        if given is not None and label[1][-1] == 0:
            return given
        pair = _made(self._seed, issuer, subject, usage, (*label, usage.value.encode()))
        if pair.certificate.serial_number in self._revoked:
            raise NotPossible("CertificateSerial", f"{pair.certificate.serial_number:x} is not revoked")
        self._add(pair.certificate)
        return pair

    def _take(self) -> None:
        """Put the given certificates in, those that are used last: the newest of a party and usage is in use."""
        for certificate in self._given.authorities:
            self._add_authority(certificate)
        used = [pair.certificate for pair in self._given.pairs.values()]
        for certificate in (*(each for each in self._given.certificates if each not in used), *used):
            # What no authority here has made is taken as it is.
            self.take(certificate)

    def _authority(self, name: str, role: Role, issuer: KeyPair | None) -> KeyPair:
        pair = _made_authority(self._seed, name, role, issuer)
        self._add_authority(pair.certificate)
        return pair


@lru_cache(maxsize=4096)
def _made(seed: bytes, issuer: KeyPair, subject: x509.Name, usage: Usage, label: tuple[bytes, ...]) -> KeyPair:
    """A party's certificate and key. What grows from a seed is the same each time: emulators of one seed share it."""
    key = private_key(seed, *label)
    open_certificate = builder(
        subject, issuer.certificate.subject, key.public_key(), issuer.key.public_key()
    ).add_extension(
        key_usage(signing=usage is not Usage.KEY_AGREEMENT, agreement=usage is Usage.KEY_AGREEMENT), critical=True
    )
    if not list(subject):
        open_certificate = open_certificate.add_extension(device_alternative_name(EUI64(label[0])), critical=True)
    return KeyPair(_signed(seed, open_certificate, issuer.key, label), key)


@lru_cache(maxsize=256)
def _made_authority(seed: bytes, name: str, role: Role, issuer: KeyPair | None) -> KeyPair:
    label = (b"authority", name.encode())
    key = private_key(seed, *label)
    subject = organisation_subject(name, role)
    issuing_key, issuing_name = (issuer.key, issuer.certificate.subject) if issuer else (key, subject)
    open_certificate = (
        builder(subject, issuing_name, key.public_key(), issuing_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0 if issuer else 1), critical=True)
        .add_extension(key_usage(authority=True), critical=True)
    )
    return KeyPair(_signed(seed, open_certificate, issuing_key, label), key)


def _signed(
    seed: bytes, certificate: x509.CertificateBuilder, key: EllipticCurvePrivateKey, label: tuple[bytes, ...]
) -> x509.Certificate:
    serial = serial_number(seed, *label)
    return certificate.serial_number(serial).sign(key, SHA256(), ecdsa_deterministic=True)
