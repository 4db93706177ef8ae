"""Keys of a HAN: from an install code to link key, from a link key to the keys that transport others (Zigbee 4.5.3)."""

from hashlib import sha256
from typing import Final

from crccheck.crc import CrcX25  # type: ignore[import-untyped]
from zigpy.util import aes_mmo_hash, convert_install_code

from han.frames.security import KEY_LENGTH
from schemas.errors import Malformed
from schemas.eui import EUI64

_TRANSPORT, _LOAD = b"\x00", b"\x02"
_INNER, _OUTER = (bytes((octet,)) * KEY_LENGTH for octet in (0x36, 0x5C))
STAND_IN: Final = b"dcc-sim stand-in for the key that key establishment (CBKE) would give"


def install_code_key(code: bytes) -> bytes:
    """The link key of an install code of 6, 8, 12 or 16 octets followed by its CRC of 2.

    Raises:
        Malformed: another length, or the CRC is wrong.
    """
    try:
        key = convert_install_code(code)
    except ValueError:
        key = None
    if key is None:
        raise Malformed("install code", "has 6, 8, 12 or 16 octets and the CRC of them")
    return key.serialize()


def device_log_key(code: bytes) -> bytes:
    """The link key of an install code as CCS01 and DUIS carry it: 6 to 16 octets without a CRC.

    That it is the bare code, hashed with the CRC that is not sent along, is assumed: whether the 16 octets of the
    vectors are code or key is not public.
    """
    check = CrcX25().process(code).finalbytes(byteorder="little")
    return aes_mmo_hash(code + check).serialize()


def key_hash(link_key: bytes) -> bytes:
    """The hash of a link key by which a device log names it: AES-MMO (assumed), 16 octets."""
    return aes_mmo_hash(link_key).serialize()


def key_transport_key(link_key: bytes) -> bytes:
    """What wraps a network key on its way to a joiner."""
    return _derived(link_key, _TRANSPORT)


def key_load_key(link_key: bytes) -> bytes:
    """What wraps a link key."""
    return _derived(link_key, _LOAD)


def stand_in_key(seed: bytes, *parties: EUI64) -> bytes:
    """A key that is the same for the same seed and parties, in any order: network key with none, link key with two."""
    return sha256(STAND_IN + len(seed).to_bytes(4, "big") + seed + b"".join(sorted(parties))).digest()[:KEY_LENGTH]


def _derived(key: bytes, text: bytes) -> bytes:
    """HMAC over AES-MMO, block size 16 (Zigbee B.1.4)."""
    inner = aes_mmo_hash(_exclusive_or(key, _INNER) + text).serialize()
    return aes_mmo_hash(_exclusive_or(key, _OUTER) + inner).serialize()


def _exclusive_or(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
