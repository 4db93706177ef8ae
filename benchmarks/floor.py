"""The cryptographic floor: the bare operations of one critical round trip, nothing between them."""

from dataclasses import dataclass
from hashlib import sha256
from time import perf_counter

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

_SIGNING = ec.ECDSA(SHA256(), deterministic_signing=True)
_VERIFYING = ec.ECDSA(SHA256())


@dataclass(frozen=True)
class Operations:
    """How many of each one round trip needs."""

    verify: int
    sign: int
    agree: int
    derive_and_mac: int
    digest: int


CRITICAL = Operations(
    verify=4,  # XML of CV4, XML of CV5, GBCS signature at the broker, GBCS signature at the device
    sign=4,  # PreCommand answer, acknowledgement, device response, service response
    agree=0,  # Z of broker and device is the same for every message: both ends keep it
    derive_and_mac=2,  # the broker's MAC made, the device's check
    digest=5,  # documents verified (2) and signed (3)
)


def seconds_per_round(operations: Operations, rounds: int) -> float:
    """Seconds that the bare operations of one round trip take, over ``rounds``."""
    key, peer = ec.derive_private_key(7, ec.SECP256R1()), ec.derive_private_key(11, ec.SECP256R1())
    public, document = key.public_key(), bytes(800)
    signature = key.sign(document, _SIGNING)
    secret = key.exchange(ec.ECDH(), peer.public_key())
    start = perf_counter()
    for _ in range(rounds):
        for _ in range(operations.digest):
            sha256(document).digest()
        for _ in range(operations.verify):
            public.verify(signature, document, _VERIFYING)
        for _ in range(operations.sign):
            key.sign(document, _SIGNING)
        for _ in range(operations.agree):
            key.exchange(ec.ECDH(), peer.public_key())
        for _ in range(operations.derive_and_mac):
            aes = sha256(secret + bytes(37)).digest()[:16]
            AESGCM(aes).encrypt(bytes(12), b"", bytes(180))
    return (perf_counter() - start) / rounds
