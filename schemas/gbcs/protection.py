"""Protection of GBCS messages as pure functions: key derivation, MAC, signature, encryption.

Keys, identities and counters are arguments. Every rule here is verified against the RTDS vectors: 811 MACs,
472 signatures, 63 encrypted parts.
"""

from hashlib import sha256
from hmac import compare_digest
from struct import Struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schemas import ecdsa
from schemas.errors import NotAuthentic
from schemas.eui import EUI64
from schemas.gbcs.envelope import MAC_LENGTH, SIGNATURE_LENGTH, Message

ENCRYPTION_FLAG = 4
"""The flag that takes the CRA flag's place in the derivation of an encryption key."""

_ALGORITHM_ID = bytes.fromhex("60857406080300")
_INFO = Struct(">7s8sBBQ8s")
_SIGNATURE_LENGTH = bytes((SIGNATURE_LENGTH,))
_COUNTER_ONE = bytes.fromhex("00000001")
_ZERO_INVOCATION = bytes(4)
_MAC_AAD_HEAD = bytes.fromhex("110000000000")
_ENCRYPTION_AAD = b"\x31"
_ENCRYPTED_HEAD = bytes.fromhex("3100000000")


def shared_secret(own: ec.EllipticCurvePrivateKey, peer: ec.EllipticCurvePublicKey) -> bytes:
    """Z: static-static ECDH on P-256, the x coordinate, 32 octets. The same for every message of a pair: cache it."""
    return own.exchange(ec.ECDH(), peer)


def derive_key(secret: bytes, originator: EUI64, flag: int, counter: int, target: EUI64) -> bytes:
    """The AES-128 key of one message: single-step KDF with SHA-256 over Z and the message's identity.

    Args:
        secret: Z of the pair.
        flag: the CRA flag, or ENCRYPTION_FLAG.
        counter: the originator counter, unsigned 64-bit.
    """
    return sha256(_COUNTER_ONE + secret + _INFO.pack(_ALGORITHM_ID, originator, 9, flag, counter, target)).digest()[:16]


def compute_mac(message: Message, secret: bytes) -> bytes:
    """The 12-octet MAC of ``message``, signature included, under Z of its pair.

    For a command the pair is access control broker and device whoever originates; for a response or alert it is
    the business target and the device.
    """
    key = derive_key(secret, message.originator, message.cra, message.originator_counter, message.target)
    nonce = message.originator + _ZERO_INVOCATION
    return AESGCM(key).encrypt(nonce, b"", _MAC_AAD_HEAD + message.grouped())[:MAC_LENGTH]


def add_mac(message: Message, secret: bytes) -> Message:
    """``message`` with its MAC; an unsigned one gets the signature length octet ``00`` that the MAC covers."""
    if message.signature is None:
        message = message.protected(b"", None)
    return message.protected(message.signature, compute_mac(message, secret))


def verify_mac(message: Message, secret: bytes) -> None:
    """Check the MAC in constant time.

    Raises:
        NotAuthentic: when there is none or it does not match.
    """
    if message.mac is None:
        raise NotAuthentic("MAC", "is missing")
    if not compare_digest(message.mac, compute_mac(message, secret)):
        raise NotAuthentic("MAC", "does not match the message under the key of this pair")


def sign(message: Message, key: ec.EllipticCurvePrivateKey) -> Message:
    """``message`` with its ECDSA P-256 SHA-256 signature, deterministic (RFC 6979): a seed repeats it."""
    return message.protected(ecdsa.signature(key, message.signed_part()), message.mac)


def signed_octets(message: Message, key: ec.EllipticCurvePrivateKey) -> bytes:
    """What ``sign(message, key).encode()`` gives of a message without a MAC, without the message in between."""
    part = message.signed_part()
    return b"".join((b"\xdf", part, _SIGNATURE_LENGTH, ecdsa.signature(key, part)))


def verify_signature(message: Message, key: ec.EllipticCurvePublicKey) -> None:
    """Check the signature.

    Raises:
        NotAuthentic: when there is none or it does not match.
    """
    if not message.signature:
        raise NotAuthentic("signature", "is missing")
    try:
        ecdsa.verify(key, message.signature, message.signed_part())
    except InvalidSignature:
        raise NotAuthentic("signature", "does not match the message under the originator's key") from None


def encrypt(plaintext: bytes, key: bytes, device: EUI64) -> bytes:
    """A sensitive attribute as a device sends it: ``31 00000000``, ciphertext, 12-octet tag."""
    sealed = AESGCM(key).encrypt(bytes(device) + _ZERO_INVOCATION, plaintext, _ENCRYPTION_AAD)
    return _ENCRYPTED_HEAD + sealed[:-4]


def decrypt(sealed: bytes, key: bytes, device: EUI64) -> bytes:
    """The plaintext of a sensitive attribute.

    Raises:
        NotAuthentic: when the header or the truncated tag is wrong.
    """
    if len(sealed) < len(_ENCRYPTED_HEAD) + MAC_LENGTH or not sealed.startswith(_ENCRYPTED_HEAD):
        raise NotAuthentic("encrypted attribute", "starts with 31 00000000 and ends with a 12-octet tag")
    body = sealed[len(_ENCRYPTED_HEAD) : -MAC_LENGTH]
    nonce = bytes(device) + _ZERO_INVOCATION
    # The tag is cut to 12 octets, which AESGCM cannot check: GCM is CTR, so encrypting gives the plaintext back,
    # and sealing that plaintext again gives the tag to compare.
    plaintext = AESGCM(key).encrypt(nonce, body, _ENCRYPTION_AAD)[: len(body)]
    if not compare_digest(encrypt(plaintext, key, device), sealed):
        raise NotAuthentic("encrypted attribute", "does not match its tag under this key")
    return plaintext
