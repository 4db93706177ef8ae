"""An SMKI that exists already, as files: certificates in PEM and, where they are known, private keys beside them.

Any folder will do: one that ``dcc-sim pki new`` has made, or the ZAZ1 set of public test tools. Of several
certificates of one party and usage, the one whose file is called ``xml-sign-`` or ``dsp-xml-sign-`` is taken, else
the first by name: the one that test tools sign with (peers 3.2, 3.3).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from dcc_sim.keys import private_key
from dcc_sim.smki.credentials import KeyPair
from dcc_sim.smki.profiles import Usage, eui_of, usage_of
from schemas.errors import Malformed
from schemas.eui import EUI64

_PREFERRED = ("xml-sign-", "dsp-xml-sign-")
_MARGIN = timedelta(days=30)
"""Before the first certificate ends, so that a first month of virtual time holds good."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The content of a folder.

    Attributes:
        authorities: certificates of authorities.
        certificates: of parties and devices, by file name.
        pairs: what is used of a party and usage, where its private key is there.
        passed_over: files that hold no certificate of a profile, and why.
    """

    authorities: tuple[x509.Certificate, ...] = ()
    certificates: tuple[x509.Certificate, ...] = ()
    pairs: Mapping[tuple[EUI64, Usage], KeyPair] = field(default_factory=dict)
    passed_over: tuple[str, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> "Folder":
        """All ``*.pem`` of a folder with a certificate in them, and the ``.key`` of the same name.

        Raises:
            Malformed: there is no certificate, or a key is not its certificate's.
        """
        authorities: list[x509.Certificate] = []
        certificates: list[x509.Certificate] = []
        passed_over: list[str] = []
        pairs: dict[tuple[EUI64, Usage], KeyPair] = {}
        for path, certificate in sorted(_certificates(folder), key=_rank):
            if _is_authority(certificate):
                authorities.append(certificate)
                continue
            try:
                name = eui_of(certificate), usage_of(certificate)
            except Malformed as error:
                passed_over.append(f"{path.name}: {error}")
                continue
            certificates.append(certificate)
            key = _key(path.with_suffix(".key"), certificate)
            if key is not None:
                pairs.setdefault(name, KeyPair(certificate, key))
        if not certificates:
            raise Malformed("PKI folder", f"has certificates of parties, {folder} has none")
        return cls(tuple(authorities), tuple(certificates), pairs, tuple(passed_over))

    def start(self, wanted: datetime) -> datetime:
        """``wanted``, or earlier where a certificate that is used ends before it."""
        ends = min((pair.certificate.not_valid_after_utc for pair in self.pairs.values()), default=wanted)
        return wanted if wanted <= ends else ends - _MARGIN


def _certificates(folder: Path) -> Iterator[tuple[Path, x509.Certificate]]:
    for path in folder.glob("*.pem"):
        content = path.read_bytes()
        if b"BEGIN CERTIFICATE-" in content:
            try:
                yield path, x509.load_pem_x509_certificate(content)
            except ValueError:
                raise Malformed(path.name, "is a certificate in PEM") from None


def _rank(found: tuple[Path, x509.Certificate]) -> tuple[bool, str]:
    return not found[0].name.startswith(_PREFERRED), found[0].name


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _key(path: Path, certificate: x509.Certificate) -> EllipticCurvePrivateKey | None:
    if not path.exists():
        return None
    key = private_key(path)
    if key.public_key() != certificate.public_key():
        raise Malformed(path.name, "is the private key of its certificate")
    return key
