"""ECDSA on P-256 with SHA-256 as GBCS and DUIS write it: r and s, 32 octets each, in place of DER."""

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

# The digests are hashlib's: those that cryptography makes take it some ten calls more.
_SIGNING = ec.ECDSA(Prehashed(SHA256()), deterministic_signing=True)
_VERIFYING = ec.ECDSA(Prehashed(SHA256()))


def signature(key: ec.EllipticCurvePrivateKey, octets: bytes) -> bytes:
    """The signature of ``octets``, 64 octets; deterministic (RFC 6979): a seed repeats it."""
    r, s = decode_dss_signature(key.sign(sha256(octets).digest(), _SIGNING))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify(key: ec.EllipticCurvePublicKey, value: bytes, octets: bytes) -> None:
    """Check the signature ``value`` of ``octets``.

    Raises:
        InvalidSignature: it is another's, or of something else.
    """
    half = len(value) // 2
    pair = encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
    key.verify(pair, sha256(octets).digest(), _VERIFYING)
