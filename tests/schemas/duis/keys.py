"""A P-256 key of our own for tests; it protects nothing."""

from cryptography.hazmat.primitives.asymmetric import ec

KEY = ec.derive_private_key(0x0DCC51, ec.SECP256R1())
OTHER_KEY = ec.derive_private_key(0x0DCC52, ec.SECP256R1())
