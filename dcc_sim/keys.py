"""A folder of keys by EUI-64, and what they verify: ``EUI-ds.pem``, ``EUI-ka.pem`` (certificates), ``.key`` (private).

The folder is somebody's test key store; private keys are used and never shown.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key, load_pem_public_key

from schemas.errors import Malformed, NotAuthentic
from schemas.eui import EUI64
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.protection import shared_secret, verify_mac, verify_signature
from schemas.gbcs.sealed import Opener, opener, reader_of

_NAME = re.compile(r"([0-9a-fA-F]{16})-(ds|ka)\.(pem|key)")

DEVICE_TO_DEVICE = (0x0090, 0x009B)
"""Message codes of commands between two devices (PCS02, PCS01): their MAC is theirs, without the broker (inferred)."""

HOLDS, WRONG, NO_KEY, ABSENT = "holds", "WRONG", "no key", "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a key folder says of one message: each of HOLDS, WRONG, NO_KEY, ABSENT."""

    mac: str
    signature: str

    @property
    def good(self) -> bool:
        """Nothing is wrong; what cannot be checked is not wrong."""
        return WRONG not in (self.mac, self.signature)


@dataclass(slots=True)
class KeyFolder:
    """Keys by EUI-64 and usage (``ds``, ``ka``)."""

    public: dict[tuple[EUI64, str], ec.EllipticCurvePublicKey] = field(default_factory=dict)
    private: dict[tuple[EUI64, str], ec.EllipticCurvePrivateKey] = field(default_factory=dict, repr=False)
    _secrets: dict[tuple[EUI64, EUI64], bytes] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, folder: Path) -> "KeyFolder":
        """All keys of a folder whose files are named as above; others are passed over.

        Raises:
            Malformed: a file with such a name holds no P-256 key of its kind.
        """
        keys = cls()
        for path in sorted(folder.iterdir()):
            found = _NAME.fullmatch(path.name)
            if found is None:
                continue
            name = (EUI64.parse(found[1]), found[2])
            if found[3] == "pem":
                keys.public[name] = _public(path)
            else:
                keys.private[name] = private_key(path)
        return keys

    def secret(self, own: EUI64, peer: EUI64) -> bytes | None:
        """Z of two parties, if the folder holds a private key of one and a public key of the other."""
        if (own, peer) not in self._secrets:
            key, public = self.private.get((own, "ka")), self.public.get((peer, "ka"))
            if key is None or public is None:
                return None
            self._secrets[own, peer] = shared_secret(key, public)
        return self._secrets[own, peer]

    def opener(self, message: Message) -> Opener | None:
        """What opens the encrypted parts of a response or alert, if the folder holds the keys for it."""
        reader, device = reader_of(message), message.originator
        secret = self.secret(reader, device) or self.secret(device, reader)
        return None if secret is None else opener(secret, message)

    def verify(self, message: Message, broker: EUI64) -> Verdict:
        """Check MAC and signature by GBCS's rule: the MAC of a command is the ``broker``'s, whoever originates."""
        return Verdict(self._mac(message, broker), self._signature(message))

    def _mac(self, message: Message, broker: EUI64) -> str:
        if message.mac is None:
            return ABSENT
        remote = message.target
        if message.cra is CraFlag.COMMAND and message.message_code not in DEVICE_TO_DEVICE:
            remote = broker
        device = message.originator if remote == message.target else message.target
        # Z is the same from either end: any private key of the two will do.
        secret = self.secret(remote, device) or self.secret(device, remote)
        if secret is None:
            return NO_KEY
        try:
            verify_mac(message, secret)
        except NotAuthentic:
            return WRONG
        return HOLDS

    def _signature(self, message: Message) -> str:
        if not message.signature:
            return ABSENT
        key = self.public.get((message.originator, "ds"))
        if key is None:
            return NO_KEY
        try:
            verify_signature(message, key)
        except NotAuthentic:
            return WRONG
        return HOLDS


def _public(path: Path) -> ec.EllipticCurvePublicKey:
    content = path.read_bytes()
    try:
        key = (
            x509.load_pem_x509_certificate(content).public_key()
            if b"BEGIN CERTIFICATE" in content
            else load_pem_public_key(content)
        )
    except ValueError:
        raise Malformed(path.name, "is a certificate or a public key in PEM") from None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Malformed(path.name, "is of a P-256 key")
    return key


def private_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The P-256 private key in a file, PEM or PKCS 8 DER.

    Raises:
        Malformed: naming the file.
    """
    content = path.read_bytes()
    try:
        load = load_pem_private_key if content.startswith(b"-----BEGIN") else load_der_private_key
        key = load(content, None)
    except (ValueError, TypeError):
        raise Malformed(path.name, "is a private key in PEM or PKCS 8 DER, not encrypted") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Malformed(path.name, "is a P-256 key")
    return key
