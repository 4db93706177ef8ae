"""Keys and serials out of a seed: no chance, so that a run repeats byte for byte."""

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SERIAL_TOP_BIT = 1 << 126


def private_key(seed: bytes, *label: bytes) -> ec.EllipticCurvePrivateKey:
    """The P-256 key of a label: SHA-256 over seed and label, reduced into 1..order-1."""
    scalar = int.from_bytes(_digest(b"key", seed, *label), "big") % (_P256_ORDER - 1) + 1
    return ec.derive_private_key(scalar, ec.SECP256R1())


def serial_number(seed: bytes, *label: bytes) -> int:
    """The serial of a label: positive and always 16 octets of DER, as the ZAZ1 set has them."""
    return int.from_bytes(_digest(b"serial", seed, *label)[:16], "big") % _SERIAL_TOP_BIT | _SERIAL_TOP_BIT


def _digest(*parts: bytes) -> bytes:
    # Each part goes in behind its length: ("ab", "c") and ("a", "bc") must not give the same key.
    return sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()
