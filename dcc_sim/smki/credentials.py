"""What one party holds: its certificates with their private keys. Nobody else is given these."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dcc_sim.smki.profiles import Role, issuer_name, role_of
from schemas.duis.signer import Signer
from schemas.eui import EUI64


@dataclass(frozen=True)
class KeyPair:
    """A certificate and its P-256 private key; the key shows in no repr."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey = field(repr=False)

    @cached_property
    def xml_signer(self) -> Signer:
        """What signs DUIS messages with it."""
        return Signer(self.key, issuer_name(self.certificate), self.certificate.serial_number)


@dataclass(frozen=True)
class Credentials:
    """All key pairs of one party.

    Attributes:
        eui: the party.
        name: first part of its file names: an organisation's name, a device's EUI-64 as 16 hex digits.
        signing: for GBCS signatures.
        key_agreement: for GBCS MACs.
        xml_signing: for DUIS signatures; none where the party signs XML with ``signing`` or never.
    """

    eui: EUI64
    name: str
    signing: KeyPair
    key_agreement: KeyPair
    xml_signing: KeyPair | None = None


def save(credentials: Credentials, folder: Path, name: str = "") -> list[Path]:
    """Write each pair as ``NAME-ds.pem`` and ``NAME-ds.key`` (PKCS8 DER, readable by the owner only); made if missing.

    XML keys are called ``xml-sign-EUI-ds`` or ``dsp-xml-sign-EUI-ds``, as in the ZAZ1 set.

    Args:
        name: instead of the credentials' own.

    Returns:
        The files written.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = name or credentials.name
    pairs = {f"{name}-ds": credentials.signing, f"{name}-ka": credentials.key_agreement}
    if credentials.xml_signing is not None:
        prefix = "dsp-" if role_of(credentials.xml_signing.certificate) is Role.DSP_XML_SIGN else ""
        pairs[f"{prefix}xml-sign-{credentials.eui.hex().upper()}-ds"] = credentials.xml_signing
    written = []
    for name, pair in pairs.items():
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_bytes(pair.certificate.public_bytes(Encoding.PEM))
        # Closed to others before the first secret octet is in it.
        key.touch(mode=0o600)
        key.chmod(0o600)
        key.write_bytes(pair.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        written += [certificate, key]
    return written
