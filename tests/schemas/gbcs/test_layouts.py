"""The declared layouts and the hand-written fast paths read and write the same, and refuse the same."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import Malformed
from schemas.gbcs.dlms.access import Dlms, decode_dlms
from schemas.gbcs.envelope import Message, decode
from tests.schemas.gbcs.conftest import Tell, Vectors
from tests.schemas.gbcs.oracle import build_dlms, build_message, parse_dlms, parse_message
from tests.schemas.gbcs.strategies import DLMS, messages

_DLMS_TAGS = (0xD9, 0xDA, 0x0F)
GET_WITH_DATA = "D9 20000001 00 01 01 0001 00005E2C0001 02 01 1100"


def test_every_vector_reads_and_builds_as_declared(vectors: Vectors, tell: Tell) -> None:
    contents = 0
    for name, octets in vectors:
        message = decode(octets)
        assert parse_message(octets) == message, name
        assert build_message(message) == octets, name
        if message.payload[0] in _DLMS_TAGS:
            content = decode_dlms(message.payload)
            assert parse_dlms(message.payload) == content, name
            assert build_dlms(content) == message.payload, name
            contents += 1
    assert contents > 600
    tell(f"{len(vectors)} envelopes and {contents} DLMS contents agree with their declared layouts")


@settings(max_examples=150, deadline=None)
@given(messages(st.binary(max_size=300)))
def test_any_message_reads_and_builds_as_declared(message: Message) -> None:
    octets = message.encode()
    assert build_message(message) == octets
    assert parse_message(octets) == message


@settings(max_examples=150, deadline=None)
@given(DLMS)
def test_any_content_reads_and_builds_as_declared(content: Dlms) -> None:
    payload = content.encode()
    assert build_dlms(content) == payload
    assert parse_dlms(payload) == decode_dlms(payload) == content


def test_both_take_and_refuse_the_same_mutants(vectors: Vectors, tell: Tell) -> None:
    chance, refused, tried = random.Random(3), 0, 0
    for name, octets in vectors:
        message = decode(octets)
        mutant = mutated(octets, chance)
        seen = outcome(decode, mutant)
        assert seen == outcome(parse_message, mutant), (name, mutant.hex())
        if message.payload[0] in _DLMS_TAGS:
            mutant = mutated(message.payload, chance)
            seen = outcome(decode_dlms, mutant)
            assert seen == outcome(parse_dlms, mutant), (name, mutant.hex())
        tried += 1
        refused += seen is None
    assert 0 < refused < tried
    tell(f"{tried} mutated vectors: layouts and fast paths agree, {refused} refused")


def mutated(octets: bytes, chance: random.Random) -> bytes:
    """One octet changed in the first half, where lengths, tags and counts are."""
    at = chance.randrange(len(octets) // 2)
    return octets[:at] + bytes((chance.randrange(256),)) + octets[at + 1 :]


def outcome(read: Callable[[bytes], object], octets: bytes) -> object:
    """What is read, or None where it is refused."""
    try:
        return read(octets)
    except Malformed:
        return None


@pytest.mark.parametrize(
    "payload", ["", "00", "D9", "D9200000010000", "0F20000001000000", "DA2000000100000100", GET_WITH_DATA]
)
def test_what_is_no_content_is_refused_by_both(payload: str) -> None:
    for read in (decode_dlms, parse_dlms):
        with pytest.raises(Malformed):
            read(bytes.fromhex(payload))
