"""The envelope: every vector, every drawn message, and what is refused."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.envelope import CraFlag, Message, decode
from tests.schemas.gbcs.conftest import Tell, Vectors
from tests.schemas.gbcs.strategies import messages

ALICE, BOB = EUI64(bytes.fromhex("AABBCCDDEEFF0011")), EUI64(bytes.fromhex("1122334455667788"))
PLAIN = Message(CraFlag.COMMAND, 5, ALICE, BOB, 0x0059, b"\x05\x00")


def test_every_vector_reads_back_to_its_octets(vectors: Vectors, tell: Tell) -> None:
    shapes: Counter[str] = Counter()
    for name, octets in vectors:
        message = decode(octets)
        # As it was read, and anew from its fields alone.
        assert message.encode() == replace(message).encode() == octets, name
        shapes[f"{bool(message.signature):d}{message.mac is not None:d}"] += 1
    assert shapes.total() == len(vectors) > 1000
    tell(f"{len(vectors)} messages: {dict(shapes)} by signed, MACed")


def test_a_pre_command_is_its_command_stripped(vectors: Vectors) -> None:
    by_name = dict(vectors)
    pairs = [(name.replace("_PRECOMMAND_", "_COMMAND_"), octets) for name, octets in vectors if "_PRECOMMAND_" in name]
    present = [(name, octets) for name, octets in pairs if name in by_name]
    assert present
    for name, octets in present:
        assert decode(by_name[name]).stripped().encode() == octets, name


@settings(max_examples=200, deadline=None)
@given(messages(st.binary(max_size=300)))
def test_any_message_reads_back(message: Message) -> None:
    assert decode(message.encode()) == message


@pytest.mark.parametrize(
    ("octets", "field"),
    [
        ("", "grouping header"),
        ("00" * 40, "message tag"),
        (PLAIN.encode().hex() + "0000", "GBCS message"),
        (PLAIN.encode().hex() + "41" + "00" * 65, "signature length"),
        (PLAIN.encode().hex()[:-2], "content"),
        ("DF08" + PLAIN.encode().hex()[4:], "transaction id length"),
        ("DF0904" + PLAIN.encode().hex()[6:], "CRA flag"),
        ("DD00000000000100", "MAC header"),
        ("DD000000000000051100000000", "MAC"),
        ("DD000000000000061100000000", "ciphered service length"),
        ("DD00000000000081051100000000", "ciphered service length"),
    ],
)
def test_what_is_no_message_is_refused_by_field(octets: str, field: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode(bytes.fromhex(octets))
    assert caught.value.field == field


def test_a_mac_needs_the_signature_length() -> None:
    inner = PLAIN.encode()
    service = bytes.fromhex("1100000000") + inner + bytes(12)
    with pytest.raises(Malformed, match="signature length"):
        decode(bytes.fromhex("DD000000000000") + bytes((len(service),)) + service)


@pytest.mark.parametrize("extra", [1, 7, 9, 15, 17, 23, 25, 60])
def test_other_information_of_another_length_is_refused(extra: int) -> None:
    octets = PLAIN.encode()
    head, tail = octets[:30], octets[33:]
    with pytest.raises(Malformed):
        decode(head + bytes((2 + extra,)) + octets[31:33] + bytes(extra) + tail)
