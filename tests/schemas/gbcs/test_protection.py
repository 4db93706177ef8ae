"""MACs, signatures, encryption: against the vectors with the key store, and with keys of our own."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dcc_sim.identities import BROKER
from dcc_sim.keys import DEVICE_TO_DEVICE, KeyFolder
from schemas.errors import Malformed, NotAuthentic
from schemas.eui import EUI64
from schemas.gbcs.dlms.access import AccessResponse
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.envelope import CraFlag, Message, decode
from schemas.gbcs.gbz import GbzMessage
from schemas.gbcs.payload import decode_payload
from schemas.gbcs.protection import (
    ENCRYPTION_FLAG,
    add_mac,
    compute_mac,
    decrypt,
    derive_key,
    encrypt,
    shared_secret,
    sign,
    signed_octets,
    verify_mac,
    verify_signature,
)
from tests.schemas.gbcs.conftest import Tell, Vectors

LOAD_CONTROL = (0x53, 0x54, 0x55, 0x4B, 0x5E, 0x5F, 0xBA, 0xBB, 0xC1, 0xFD, *range(0x11A, 0x120), *range(0x120, 0x124))
PLAIN = Message(CraFlag.COMMAND, 5, EUI64(b"originat"), EUI64(b"a device"), 0x0059, b"\x05\x00")
OWN, PEER = (ec.derive_private_key(number, ec.SECP256R1()) for number in (11, 12))
SECRET = shared_secret(OWN, PEER.public_key())


def pair_of(message: Message) -> tuple[EUI64, EUI64]:
    """The remote party and the device whose secret makes a message's MAC (gbcs-reference 1.9)."""
    if message.cra is CraFlag.COMMAND:
        return BROKER, message.target
    return message.target, message.originator


def test_every_mac_with_a_key_holds_and_no_flipped_one(vectors: Vectors, keys: KeyFolder, tell: Tell) -> None:
    chance, held, load_control, without_key = random.Random(1), 0, 0, []
    for name, octets in vectors:
        message = decode(octets)
        if message.mac is None:
            continue
        secret = keys.secret(*pair_of(message))
        if secret is None or message.message_code in DEVICE_TO_DEVICE:
            without_key.append(message.message_code)
            continue
        verify_mac(message, secret)
        held += 1
        load_control += message.message_code in LOAD_CONTROL
        assert not_authentic(flipped(octets, chance), secret), name
    macs = sum(decode(octets).mac is not None for _, octets in vectors)
    # All but those between two devices: no device's private key is in the store.
    assert set(without_key) <= set(DEVICE_TO_DEVICE)
    assert held == macs - len(without_key) and held > 700 and load_control > 40
    tell(f"{held} of {macs} MACs hold, {load_control} of load control; {len(without_key)} without a key")


def flipped(octets: bytes, chance: random.Random) -> bytes:
    """One bit the other way."""
    bit = chance.randrange(8 * len(octets))
    return octets[: bit // 8] + bytes((octets[bit // 8] ^ 1 << bit % 8,)) + octets[bit // 8 + 1 :]


def not_authentic(octets: bytes, secret: bytes) -> bool:
    """Refused, by its form or by its MAC."""
    try:
        verify_mac(decode(octets), secret)
    except (Malformed, NotAuthentic):
        return True
    return False


def test_every_signature_holds_and_no_flipped_one(vectors: Vectors, keys: KeyFolder, tell: Tell) -> None:
    chance, held, load_control = random.Random(2), 0, 0
    for name, octets in vectors:
        message = decode(octets)
        if not message.signature:
            continue
        key = keys.public[message.originator, "ds"]
        verify_signature(message, key)
        held += 1
        load_control += message.message_code in LOAD_CONTROL
        try:
            other = decode(flipped(octets, chance))
        except Malformed:
            continue
        if replace(other, mac=None) == replace(message, mac=None):
            continue  # the bit was in the MAC, which the signature does not cover
        with pytest.raises(NotAuthentic):
            verify_signature(other, key)
            pytest.fail(name)
    signed = sum(bool(decode(octets).signature) for _, octets in vectors)
    assert held == signed > 400 and load_control > 60
    tell(f"{held} of {signed} signatures hold, {load_control} of load control")


def sealed_parts(message: Message) -> Iterator[bytes]:
    """The encrypted parts of a response."""
    content = decode_payload(message)
    if isinstance(content, GbzMessage):
        yield from (each.payload for each in content.components if each.encrypted)
    elif isinstance(content, AccessResponse):
        yield from (each.octets for data in content.data for each in leaves(data) if is_sealed(each))


def leaves(data: Data) -> Iterator[Data]:
    """All values that hold no others."""
    if isinstance(data.value, tuple):
        for item in data.value:
            yield from leaves(item)
    else:
        yield data


def is_sealed(data: Data) -> bool:
    """An octet-string in the form of an encrypted attribute."""
    return data.tag is Tag.OCTET_STRING and data.octets.startswith(bytes.fromhex("3100000000"))


def test_every_encrypted_part_opens(vectors: Vectors, keys: KeyFolder, tell: Tell) -> None:
    opened = 0
    for _, octets in vectors:
        message = decode(octets)
        if message.cra is not CraFlag.RESPONSE:
            continue
        extra, device = message.supplementary, message.originator
        reader = extra.remote_party if extra else message.target
        counter = message.originator_counter
        if extra and extra.originator_counter is not None:
            counter = extra.originator_counter
        for part in sealed_parts(message):
            secret = keys.secret(reader, device)
            assert secret is not None
            key = derive_key(secret, device, ENCRYPTION_FLAG, counter, reader)
            plain = decrypt(part, key, device)
            assert encrypt(plain, key, device) == part
            opened += 1
    assert opened > 40
    tell(f"{opened} encrypted parts open")


def test_the_key_is_the_hash_that_the_rule_names() -> None:
    # The rule written out (gbcs-reference 1.9), the first 16 octets of SHA-256.
    info = bytes.fromhex("60857406080300") + b"originat" + b"\x09\x01" + (5).to_bytes(8, "big") + b"a device"
    expected = sha256(bytes.fromhex("00000001") + SECRET + info).digest()[:16]
    assert derive_key(SECRET, PLAIN.originator, 1, 5, PLAIN.target) == expected
    assert shared_secret(PEER, OWN.public_key()) == SECRET


def test_the_worked_example_step_by_step(reference: Path, keys: KeyFolder, vectors: Vectors) -> None:
    # Z, key and tag of ECS52's command as our reference prints them; here from the key store, without our own code.
    text = (reference / "gbcs-reference.md").read_text(encoding="utf-8")
    example = text[text.index("Worked example, ECS52") :]
    printed = {name: re.search(rf"^{name} +([0-9A-F ]+)", example, re.MULTILINE) for name in ("raw", "Z", "key", "tag")}
    raw, z, key, tag = (bytes.fromhex(found[1]) for found in printed.values() if found)
    assert raw in dict(vectors).values()
    message = decode(raw)
    device, own = keys.public[message.target, "ka"], keys.private[BROKER, "ka"]
    assert own.exchange(ec.ECDH(), device) == shared_secret(own, device) == z
    # The grouping message begins after 7 octets of MAC header, its length, and 5 of security header.
    grouped = raw[13:-12]
    info = bytes.fromhex("60857406080300") + grouped[12:20] + grouped[1:11] + grouped[21:29]
    assert sha256(bytes.fromhex("00000001") + z + info).digest()[:16] == key
    assert derive_key(z, message.originator, message.cra, message.originator_counter, message.target) == key
    assert AESGCM(key).encrypt(grouped[12:20] + bytes(4), b"", b"\x11" + bytes(5) + grouped) == tag
    assert compute_mac(message, z) == tag[:12] == raw[-12:] == message.mac


def test_each_part_of_the_identity_changes_the_key() -> None:
    arguments = (SECRET, PLAIN.originator, 1, 5, PLAIN.target)
    others = (bytes(32), EUI64(bytes(8)), 2, 6, EUI64(bytes(8)))
    keys = {derive_key(*arguments)}
    keys |= {derive_key(*arguments[:at], other, *arguments[at + 1 :]) for at, other in enumerate(others)}  # type: ignore[arg-type, call-arg]
    assert len(keys) == 6


def test_no_flipped_bit_passes_signature_and_mac() -> None:
    protected = add_mac(sign(PLAIN, OWN), SECRET)
    octets = protected.encode()
    verify_mac(decode(octets), SECRET)
    verify_signature(decode(octets), OWN.public_key())
    assert protected == add_mac(sign(PLAIN, OWN), SECRET)
    for bit in range(8 * len(octets)):
        changed = octets[: bit // 8] + bytes((octets[bit // 8] ^ 1 << bit % 8,)) + octets[bit // 8 + 1 :]
        assert not_authentic(changed, SECRET), bit


def test_signed_octets_are_those_of_the_signed_message() -> None:
    for message in (PLAIN, replace(PLAIN, date_time=bytes(12), payload=bytes(300))):
        octets = signed_octets(message, OWN)
        assert octets == sign(message, OWN).encode()
        verify_signature(decode(octets), OWN.public_key())


def test_what_is_not_there_is_not_authentic() -> None:
    with pytest.raises(NotAuthentic, match="MAC"):
        verify_mac(sign(PLAIN, OWN), SECRET)
    for unsigned in (PLAIN, add_mac(PLAIN, SECRET)):
        with pytest.raises(NotAuthentic, match="signature"):
            verify_signature(unsigned, OWN.public_key())
    with pytest.raises(NotAuthentic, match="MAC"):
        verify_mac(add_mac(PLAIN, SECRET), bytes(32))
    with pytest.raises(NotAuthentic, match="signature"):
        verify_signature(sign(PLAIN, OWN), PEER.public_key())


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, bytes(32) + b"\x01" * 32])
def test_signatures_out_of_range_are_not_authentic(signature: bytes) -> None:
    with pytest.raises(NotAuthentic):
        verify_signature(replace(PLAIN, signature=signature), OWN.public_key())


def test_encryption_opens_with_its_key_only() -> None:
    sealed = encrypt(b"a reading", bytes(16), PLAIN.target)
    assert decrypt(sealed, bytes(16), PLAIN.target) == b"a reading"
    wrong = [sealed[:-1], sealed[:10], b"", *(flipped(sealed, random.Random(seed)) for seed in range(40))]
    for other in wrong:
        with pytest.raises(NotAuthentic):
            decrypt(other, bytes(16), PLAIN.target)
    with pytest.raises(NotAuthentic):
        decrypt(sealed, b"\x01" * 16, PLAIN.target)
