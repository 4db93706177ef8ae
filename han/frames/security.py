"""Frame security of NWK and APS: the auxiliary header, AES-CCM* and the frame counter rule (Zigbee 4.3, 4.4, 4.5).

The security level, 5 (encrypted, 4 octets of MIC), is 0 on the air and put back before anything is computed.
"""

from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from struct import Struct
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from schemas.errors import Malformed, NotAuthentic
from schemas.eui import EUI64

LEVEL: Final = 5
MIC_LENGTH: Final = 4
KEY_LENGTH: Final = 16
LAST_COUNTER: Final = 0xFFFFFFFF
"""Never sent and never taken: a counter that stands there is used up (4.3.1.1)."""

_FIXED, _WITH_SOURCE = Struct("<BI"), Struct("<BI8s")
_LEVEL_BITS, _RESERVED = 0x07, 0xC0
EXTENDED_NONCE: Final = 0x20
"""In the security control: the header carries its source."""


class KeyId(IntEnum):
    """Which key protects a frame (4.5.1.1.2)."""

    LINK = 0
    NETWORK = 1
    KEY_TRANSPORT = 2
    KEY_LOAD = 3


_KEY_IDS = tuple(KeyId)


class Auxiliary(NamedTuple):
    """The auxiliary header.

    Attributes:
        counter: frame counter, unsigned 32-bit.
        source: the EUI-64 behind the counter, where the header carries it (extended nonce).
        key_sequence: of the network key, 0 to 255; None with every other key.
    """

    key_id: KeyId
    counter: int
    source: EUI64 | None = None
    key_sequence: int | None = None

    @property
    def size(self) -> int:
        """Octets of it."""
        return _FIXED.size + 8 * (self.source is not None) + (self.key_sequence is not None)

    def encode(self, level: int = 0) -> bytes:
        """Octets as on the air; with ``LEVEL``, as authenticated."""
        control = level | self.key_id << 3
        if self.source is None:
            octets = _FIXED.pack(control, self.counter)
        else:
            octets = _WITH_SOURCE.pack(control | EXTENDED_NONCE, self.counter, self.source[::-1])
        return octets if self.key_sequence is None else octets + bytes((self.key_sequence,))


def read_auxiliary(octets: bytes) -> tuple[Auxiliary, bytes]:
    """The auxiliary header at the front of ``octets``, and the rest.

    Raises:
        Malformed: cut short, reserved bits, or a level on the air.
    """
    if len(octets) < _FIXED.size:
        raise Malformed("auxiliary header", "is cut short")
    control, counter = _FIXED.unpack_from(octets)
    if control & (_LEVEL_BITS | _RESERVED):
        raise Malformed("security control", f"has level and reserved bits 0 on the air, not 0x{control:02X}")
    key_id, at, source, sequence = _KEY_IDS[control >> 3 & 3], _FIXED.size, None, None
    if control & EXTENDED_NONCE:
        at = _WITH_SOURCE.size
        if len(octets) < at:
            raise Malformed("auxiliary header", "is cut short")
        source = on_air_eui(octets[5:13])
    if key_id is KeyId.NETWORK:
        if len(octets) <= at:
            raise Malformed("auxiliary header", "is cut short")
        sequence = octets[at]
        at += 1
    return Auxiliary(key_id, counter, source, sequence), octets[at:]


@lru_cache(maxsize=1024)
def on_air_eui(octets: bytes) -> EUI64:
    """The EUI-64 of 8 octets as on the air, least significant first; the same object for the same octets."""
    return EUI64(octets[::-1])


# Setting up a key takes as long as sealing a frame, and a home has few of them.
@lru_cache(maxsize=256)
def cipher(key: bytes) -> AESCCM:
    """AES-CCM* under a key of 16 octets, with a MIC of 4."""
    return AESCCM(key, tag_length=MIC_LENGTH)


def seal(header: bytes, auxiliary: Auxiliary, plain: bytes, key: bytes, source: EUI64) -> bytes:
    """The auxiliary header as on the air, the encrypted payload and the MIC.

    Args:
        header: of the layer that is protected, all octets before the auxiliary header.
        key: 16 octets.
        source: EUI-64 behind the counter.

    Raises:
        NotAuthentic: the counter is used up.
    """
    if auxiliary.counter >= LAST_COUNTER:
        raise used_up()
    inner = auxiliary.encode(LEVEL)
    octets = cipher(key).encrypt(source[::-1] + inner[1:5] + inner[:1], plain, header + inner)
    return bytes((inner[0] ^ LEVEL,)) + inner[1:] + octets


def used_up() -> NotAuthentic:
    """What is raised for a counter of ``LAST_COUNTER`` or above."""
    return NotAuthentic("frame counter", "is used up: the key must be changed")


def unseal(header: bytes, auxiliary: Auxiliary, sealed: bytes, key: bytes, source: EUI64) -> bytes:
    """The payload in clear.

    Args:
        header: of the layer that is protected, all octets before the auxiliary header.
        sealed: what follows the auxiliary header.
        key: 16 octets.
        source: EUI-64 behind the counter.

    Raises:
        Malformed: shorter than a MIC.
        NotAuthentic: the MIC is of another key, source, counter, header or payload.
    """
    if len(sealed) < MIC_LENGTH:
        raise Malformed("secured payload", f"has at least the {MIC_LENGTH} octets of its MIC, not {len(sealed)}")
    inner = auxiliary.encode(LEVEL)
    try:
        return cipher(key).decrypt(source[::-1] + inner[1:5] + inner[:1], sealed, header + inner)
    except InvalidTag:
        raise NotAuthentic("MIC", "is made with the key, the counter and the octets of this frame") from None


def unseal_any(
    header: bytes, auxiliary: Auxiliary, sealed: bytes, keys: Iterable[bytes], source: EUI64
) -> tuple[bytes, bytes]:
    """Like ``unseal`` with the first of ``keys`` that fits: the payload in clear, and that key.

    Raises:
        Malformed, NotAuthentic: as ``unseal``; also where there is no key.
    """
    for key in keys:
        try:
            return unseal(header, auxiliary, sealed, key, source), key
        except NotAuthentic:
            continue
    raise NotAuthentic("MIC", "is made with a key that we hold")


WINDOW: Final = 32
"""Counters below the highest one that are still taken once: frames that overtook each other on their way are no replay.

Zigbee's own rule is the strict one, a window of 0 (4.3.1.2, 4.4.1.2).
"""


class FrameCounters:
    """The replay window: which counters were taken of each source under each key.

    Args:
        window: how far below the highest counter one may be that has not been taken yet, from 0.
    """

    def __init__(self, window: int = WINDOW) -> None:
        self._seen = (1 << window + 1) - 1
        self._taken: dict[tuple[KeyId, bytes, EUI64], tuple[int, int]] = {}

    def take(self, key_id: KeyId, key: bytes, source: EUI64, counter: int) -> None:
        """Take the counter of a frame whose MIC holds.

        Raises:
            NotAuthentic: taken before, below the window, or used up.
        """
        if counter >= LAST_COUNTER:
            raise NotAuthentic("frame counter", "is used up")
        name = key_id, key, source
        # The highest counter, and below it one bit for each counter of the window, the highest one's own included.
        highest, bits = self._taken.get(name, (-1, 0))
        if counter > highest:
            self._taken[name] = counter, (bits << counter - highest & self._seen if counter - highest < 64 else 0) | 1
            return
        bit = 1 << highest - counter if highest - counter < 64 else 0
        if not bit & self._seen or bits & bit:
            raise NotAuthentic("frame counter", f"is new and not far below {highest}, the highest one, not {counter}")
        self._taken[name] = highest, bits | bit
