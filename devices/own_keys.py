"""A device's own keys: a new key pair and its certification request (CS02c), the certificate for it (CS02d), and the
certificate in use, read (CS02e).

From the moment that a certificate is stored its key is in use: the response to CS02d is signed with it already
(assumed; whoever looks the newest certificate up finds that it holds).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from hmac import digest
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from devices.certificates import device_name, device_of, key_usage, load, public_key
from devices.trust import Use
from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber, decode_ber
from schemas.gbcs.use_cases.asn1_fields import BITS, fields, integer

if TYPE_CHECKING:
    from devices.asn1 import Handler
    from schemas.eui import EUI64
    from schemas.gbcs.envelope import Message

_USES = {bytes.fromhex("0780"): Use.SIGNATURE, bytes.fromhex("0308"): Use.AGREEMENT}
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256's group."""
_SUCCESS = 0
_NO_SUCH_USAGE, _NO_REQUEST = 1, 3
_NOT_A_CERTIFICATE, _OTHER_DEVICE, _OTHER_USAGE, _NO_KEY_PAIR, _OTHER_KEY, _NOT_STORED = 1, 2, 3, 4, 5, 6
_NONE_HELD, _NOT_READ = 2, 3
"""Results of CS02c, CS02d and CS02e; numbers beyond the vectors' follow the order of MMC's words (assumed)."""


class OwnKeys:
    """The key pairs of one device.

    Args:
        eui: the device.
        signing, agreement: the keys that it was made with, P-256.
        certificates: theirs, DER, where it holds them.
        agreed: told of another key agreement key.

    Attributes:
        handlers: its answers, by message code.
        generations: how many key pairs it has made for each use, and which one it uses; 0 is that from the start.
        certificates: in use.
        faults: uses that fail as if the device could not make, store or read; a test sets them.
    """

    def __init__(
        self,
        eui: EUI64,
        signing: ec.EllipticCurvePrivateKey,
        agreement: ec.EllipticCurvePrivateKey,
        certificates: Mapping[Use, bytes],
        agreed: Callable[[ec.EllipticCurvePrivateKey], None],
    ) -> None:
        self.certificates = dict(certificates)
        self.generations = {Use.SIGNATURE: (0, 0), Use.AGREEMENT: (0, 0)}
        self.faults: set[Use] = set()
        self.handlers: Mapping[int, Handler] = {0x000A: self.make, 0x000B: self.store, 0x000C: self.read}
        self._eui = eui
        self._agreed = agreed
        self._first = {Use.SIGNATURE: signing, Use.AGREEMENT: agreement}
        self._in_use = dict(self._first)

    @property
    def signing(self) -> ec.EllipticCurvePrivateKey:
        """The digital signing key in use."""
        return self._in_use[Use.SIGNATURE]

    @property
    def agreement(self) -> ec.EllipticCurvePrivateKey:
        """The key agreement key in use."""
        return self._in_use[Use.AGREEMENT]

    def restore(self, generations: Mapping[Use, tuple[int, int]], certificates: Mapping[Use, bytes]) -> None:
        """Go on with the key pairs that the device had made and used before."""
        self.generations = dict(generations)
        self.certificates = dict(certificates)
        self._in_use = {use: self._key(use, used) for use, (_, used) in generations.items()}
        self._agreed(self.agreement)

    def make(self, command: Message, value: Ber, moment: datetime) -> Ber:
        """CS02c: a new key pair; its certification request, PKCS 10, or why there is none.

        Raises:
            Malformed: another layout.
        """
        use = _use(value)
        if use is None:
            return integer(_NO_SUCH_USAGE)
        if use in self.faults:
            return integer(_NO_REQUEST)
        made, used = self.generations[use]
        self.generations[use] = made + 1, used
        request = (
            x509.CertificateSigningRequestBuilder()
            .subject_name(x509.Name([]))
            .add_extension(_key_usage(use), critical=True)
            .add_extension(x509.SubjectAlternativeName([device_name(self._eui)]), critical=True)
            .sign(self._key(use, made + 1), SHA256(), ecdsa_deterministic=True)
        )
        return decode_ber(request.public_bytes(Encoding.DER))

    def store(self, command: Message, value: Ber, moment: datetime) -> Ber:
        """CS02d: the certificate of the newest key pair, which is in use from now on; the result."""
        try:
            certificate = load(value.encode())
            device, key = device_of(certificate), public_key(certificate)
            signs, agrees = key_usage(certificate)
        except Malformed:
            return integer(_NOT_A_CERTIFICATE)
        if device != self._eui:
            return integer(_OTHER_DEVICE)
        if signs == agrees:
            return integer(_OTHER_USAGE)
        use = Use.SIGNATURE if signs else Use.AGREEMENT
        made, used = self.generations[use]
        if made == used:
            return integer(_NO_KEY_PAIR)
        new = self._key(use, made)
        if key != new.public_key():
            return integer(_OTHER_KEY)
        if use in self.faults:
            return integer(_NOT_STORED)
        self.generations[use] = made, made
        self.certificates[use] = value.encode()
        self._in_use[use] = new
        if use is Use.AGREEMENT:
            self._agreed(new)
        return integer(_SUCCESS)

    def read(self, command: Message, value: Ber, moment: datetime) -> Ber:
        """CS02e: the certificate in use, or why there is none.

        Raises:
            Malformed: another layout.
        """
        use = _use(value)
        if use is None:
            return integer(_NO_SUCH_USAGE)
        if use in self.faults:
            return integer(_NOT_READ)
        held = self.certificates.get(use)
        return integer(_NONE_HELD) if held is None else decode_ber(held)

    def _key(self, use: Use, generation: int) -> ec.EllipticCurvePrivateKey:
        # Grown from the first key, as chance is in this project: the same device makes the same keys in every run.
        first = self._first[use]
        if not generation:
            return first
        secret = first.private_numbers().private_value.to_bytes(32, "big")
        grown = digest(secret, f"{use.value} {generation}".encode("ascii"), sha256)
        return ec.derive_private_key(int.from_bytes(grown, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def _use(value: Ber) -> Use | None:
    (usage,) = fields(value, "key usage asked for", BITS)
    return _USES.get(usage.content)


def _key_usage(use: Use) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=use is Use.SIGNATURE,
        key_agreement=use is Use.AGREEMENT,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
