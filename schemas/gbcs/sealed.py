"""Encrypted parts of responses and alerts: who may read them, and what opens them (gbcs-reference 1.10, 63 vectors)."""

from collections.abc import Callable

from schemas.duis.node import Node, leaf
from schemas.eui import EUI64
from schemas.gbcs.envelope import MAC_LENGTH, Message
from schemas.gbcs.protection import ENCRYPTION_FLAG, decrypt, derive_key

Opener = Callable[[bytes], bytes]
"""From an encrypted part of one message, header and tag included, to its plaintext; NotAuthentic where it is not."""

_HEAD = bytes.fromhex("3100000000")


def is_sealed(octets: bytes) -> bool:
    """Whether ``octets`` have the form of an encrypted part: ``31 00000000``, ciphertext, 12-octet tag."""
    return octets.startswith(_HEAD) and len(octets) >= len(_HEAD) + MAC_LENGTH


def reader_of(message: Message) -> EUI64:
    """The party for which a device encrypts: the remote party of the supplementary fields, else the target."""
    extra = message.supplementary
    return message.target if extra is None else extra.remote_party


def opener(secret: bytes, message: Message) -> Opener:
    """What opens the encrypted parts of a response or alert.

    Args:
        secret: Z of ``reader_of(message)`` and the device, from their key agreement keys, 32 octets.
    """
    extra, device = message.supplementary, message.originator
    counter = message.originator_counter
    if extra is not None and extra.originator_counter is not None:
        counter = extra.originator_counter
    key = derive_key(secret, device, ENCRYPTION_FLAG, counter, reader_of(message))
    return lambda sealed: decrypt(sealed, key, device)


def gbcs_data(sealed: bytes, name: str, sequence: int = 0, kind: str = "dlms") -> Node:
    """MMC's GBCSData: an encrypted part as it is, for whoever has the key.

    Args:
        name: what is inside.
        sequence: place among the message's encrypted parts, from 0.
        kind: ``dlms``, or ``zigbeeCiphered`` for a component of GBZ.
    """
    return leaf("GBCSData", sealed, format="encrypted", sequence=sequence, name=name, type=kind)
