"""No octets crash the codec or hold it up: whatever comes in, it is read or it is refused, soon."""

import random
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.describe import describe, to_json, to_text
from schemas.gbcs.envelope import CraFlag, Message, decode
from schemas.gbcs.payload import decode_payload, encode_payload
from schemas.gbcs.reader import encode_length
from tests.schemas.gbcs.conftest import Tell, Vectors
from tests.schemas.gbcs.strategies import BER, DLMS, GBZ_MESSAGES, messages

LIMIT = 0.05
"""Seconds of processor time for one message as long as the vectors are, up to 4000 octets and 2000 values."""

MEMORY = 4_000_000
"""Octets that describing such a message may hold at once: its values, each a field, and the text of all."""


def decoded(octets: bytes) -> bool:
    """Whether envelope and content were taken; what is taken, even of octets made to mislead, encodes to the same."""
    try:
        message = decode(octets)
        content = decode_payload(message)
    except SmartMeterError:
        return False
    assert encode_payload(content) == message.payload
    # A message keeps the octets it was read from: written anew from its fields they are the same.
    assert message.encode() == replace(message).encode() == octets
    return True


def read_all(octets: bytes) -> bool:
    """Decode, describe and print; whether the octets were taken."""
    taken = decoded(octets)
    try:
        tree = describe(octets)
    except SmartMeterError:
        assert not taken
        return False
    assert taken
    to_text(tree)
    to_json(tree)
    return True


def soon(octets: bytes) -> bool:
    """The same, in time. A second try sets apart the message that is slow from the collector that ran meanwhile."""
    for _ in range(3):
        start = process_time()
        taken = read_all(octets)
        # A tracer, such as a coverage tool's, makes everything slow.
        if process_time() - start < LIMIT or sys.gettrace() is not None:
            return taken
    pytest.fail(f"takes longer than {LIMIT} s: {octets[:200].hex()}")


def around(payload: bytes, cra: CraFlag = CraFlag.RESPONSE, code: int = 0x0055) -> bytes:
    """A message with this content."""
    return Message(cra, 1, EUI64(bytes(8)), EUI64(bytes(8)), code, payload, signature=b"").encode()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_octets(octets: bytes) -> None:
    soon(octets)
    soon(b"\xdf\x09" + octets)


_STARTS = [b"\xd9 \x00\x00\x01\x00", b"\xda \x00\x00\x01\x00\x00", b"\x0f \x00\x00\x01\x00", b"\x01\x09\x01", b"\x30"]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(_STARTS), st.binary(max_size=300), st.sampled_from(CraFlag), st.integers(0, 0x130))
def test_any_content(start: bytes, octets: bytes, cra: CraFlag, code: int) -> None:
    soon(around(start + octets, cra, code))


_CONTENTS = (DLMS | GBZ_MESSAGES | BER).map(lambda content: content.encode())


@settings(max_examples=150, deadline=None)
@given(messages(_CONTENTS))
def test_any_well_formed_message(message: Message) -> None:
    soon(message.encode())


def flip(octets: bytes, chance: random.Random) -> bytes:
    """One bit the other way."""
    bit = chance.randrange(8 * len(octets))
    return octets[: bit // 8] + bytes((octets[bit // 8] ^ 1 << bit % 8,)) + octets[bit // 8 + 1 :]


def cut(octets: bytes, chance: random.Random) -> bytes:
    """Ended early."""
    return octets[: chance.randrange(len(octets))]


def lengthen(octets: bytes, chance: random.Random) -> bytes:
    """Followed by more."""
    return octets + chance.randbytes(chance.randrange(1, 20))


def lie(octets: bytes, chance: random.Random) -> bytes:
    """An octet, a length perhaps, turned into the largest numbers."""
    at = chance.randrange(len(octets))
    return octets[:at] + chance.choice((b"\xff", b"\x7f", b"\x82\xff\xff", b"\x83\xff\xff\xff")) + octets[at + 1 :]


def repeat(octets: bytes, chance: random.Random) -> bytes:
    """A part of it again and again, nesting what nests."""
    start = chance.randrange(len(octets))
    return octets[:start] + octets[start : start + chance.randrange(1, 6)] * 200 + octets[start:]


@pytest.mark.parametrize("mutate", [flip, cut, lengthen, lie, repeat])
def test_mutated_vectors(mutate: Callable[[bytes, random.Random], bytes], vectors: Vectors, tell: Tell) -> None:
    chance, taken = random.Random(mutate.__name__), 0
    for _, octets in vectors:
        taken += soon(mutate(octets, chance))
        # Around the mutated content the envelope is whole, so that the content's decoder sees it.
        message = decode(octets)
        taken += soon(around(mutate(message.payload, chance), message.cra, message.message_code))
    tell(f"{2 * len(vectors)} vectors after {mutate.__name__}: {taken} taken, the others refused, none crashed")


def test_every_octet_of_one_message_set_to_every_extreme() -> None:
    octets = around(bytes.fromhex("DA 20000001 00 00 02 0A0141 13 0202061604 05 0000000102 02 0100 0100"))
    for at in range(len(octets)):
        for extreme in (0x00, 0x01, 0x7F, 0x80, 0x81, 0x82, 0x83, 0x84, 0xFF):
            soon(octets[:at] + bytes((extreme,)) + octets[at + 1 :])


def ber(tag: int, content: bytes) -> bytes:
    """One BER value."""
    return bytes((tag,)) + encode_length(len(content)) + content


_NOTHING = bytes.fromhex("DA 20000001 00 00 01")
_RESULT = bytes.fromhex("010100")
_NESTED = ber(0x05, b"")
for _ in range(1000):
    _NESTED = ber(0x30, _NESTED)


_COSTLY = [
    _NOTHING + b"\x01\x01" * 2000 + b"\x00" + _RESULT,
    _NOTHING + b"\x13" + b"\x02\x01" * 2000 + b"\x11\x00" + _RESULT,
    _NOTHING + b"\x13" + b"\x01\xff\xff" * 12 + b"\x00\x01\x00" + _RESULT,
    _NOTHING + b"\x13" + b"\x01\x0f\x00" * 12 + b"\x11\x01\x00" + bytes(4000) + _RESULT,
    _NOTHING + b"\x01\x83\x7f\xff\xff" + bytes(4000),
    _NOTHING + b"\x01\x82\x07\xd0" + bytes(2000) + _RESULT,
    _NOTHING + b"\x13\x11\x82\x07\xd0" + bytes(2000) + _RESULT,
    _NOTHING + b"\x04\x82\x7d\x00" + b"\xaa" * 4000 + _RESULT,
    _NESTED,
    ber(0x30, b"\x05\x00" * 2000),
    ber(0x02, b"\x7f" * 4000),
    ber(0x30, ber(0x06, b"\xff" * 4000)),
    ber(0x30, ber(0x18, b"9" * 4000)),
    ber(0x30, ber(0x03, b"\x00" + b"\xff" * 4000)),
    ber(0x30, ber(0x30, b"") + ber(0x30, b"") + ber(0x03, b"\x00")),
    b"\x01\x09\xff" + bytes.fromhex("00 0702 0003 00 00 00") * 255,
    bytes.fromhex("0109 01 01 0702 0FA3 08 00 01") + bytes.fromhex("0002 00 00") * 1000,
]


@pytest.mark.parametrize("payload", _COSTLY)
def test_contents_made_to_cost_time(payload: bytes) -> None:
    soon(around(payload))


@pytest.mark.parametrize("payload", _COSTLY)
def test_contents_made_to_cost_memory(payload: bytes) -> None:
    octets = around(payload)
    tracemalloc.start()
    try:
        read_all(octets)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MEMORY, peak


@pytest.mark.parametrize("elements", ["00", "01 128F66", "02 128F66 00", "01 00", "03 128F66 090100 0900"])
@pytest.mark.parametrize("code", [0x00CC, 0x0120, 0x0121, 0x0122, 0x0123, 0x1000])
def test_alerts_of_another_form_are_described(elements: str, code: int) -> None:
    assert soon(around(bytes.fromhex("0F 20000001 00 02" + elements), CraFlag.ALERT, code))


def test_a_message_cannot_write_its_own_lines() -> None:
    text = b"\x1b[2J\nMAC: 00\r\x00\x7f"
    octets = around(_NOTHING + b"\x0a" + bytes((len(text),)) + text + _RESULT)
    spoof = "\u202e\u2028MAC: 00".encode()
    other = around(_NOTHING + b"\x0c" + bytes((len(spoof),)) + spoof + _RESULT)
    for lines in (to_text(describe(octets)), to_text(describe(other))):
        assert lines.replace("\n", "").isprintable()
        assert not any(line.strip().startswith("MAC") for line in lines.splitlines())
